// The files of a drop, those in dropped folders as well.

const MOST = 5000;

/** All files that were dropped; call it while the drop is being handled. */
export async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (found.length >= MOST) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    if (file.type.startsWith("image/") || /\.(hei[cf]|avif|tiff?|jxl)$/i.test(file.name)) found.push(file);
    return;
  }
  const reader = entry.createReader();
  for (;;) { // a folder is read some entries at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const one of some) await walk(one, found);
  }
}
