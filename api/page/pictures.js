// Pictures that people search with: made small where the browser can read them, as data URLs.

const LONGEST = 1024, SMALL_BYTES = 300_000;

/**
 * The file's picture, at most this long on its long side; the file itself where that fails, and
 * where it is small already: writing it anew would only cost detail.
 */
export async function shrunk(file, longest = LONGEST) {
  let bitmap;
  try { bitmap = await createImageBitmap(file); } catch { return file; } // the service reads more kinds
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size <= SMALL_BYTES) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/webp", 0.92));
}

export const dataUrl = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

export const pastedPicture = (event) =>
  [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
