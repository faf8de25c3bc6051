// Searching with a picture: dropped, pasted, chosen or just taken; whole, or the part in a box.

import { $ } from "./dom.js";
import { ask } from "./state.js";
import { complain } from "./toasts.js";

const LONGEST = 1024;
let n = 0, present = null, box = null;

/** Searches with a file; it is made small first where the browser can read it. */
export async function search(file) {
  try {
    const small = await shrunk(file);
    const picture = { id: `${Date.now()}-${n++}`, url: URL.createObjectURL(small), base64: await base64(small), box: null };
    ask({ picture });
  } catch (error) { complain(error); }
}

async function shrunk(file) {
  let bitmap;
  try { bitmap = await createImageBitmap(file); } catch { return file; } // the service reads more kinds
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/webp", 0.92));
}

const base64 = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.split(",", 2)[1] ?? "");
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

export function crop(picture) {
  present = picture;
  $("cropped").src = picture.url;
  place(picture.box);
  $("crop").showModal();
}

function place(next) {
  box = next;
  $("box").hidden = !box;
  if (!box) return;
  ["left", "top", "width", "height"].forEach((side, at) => { $("box").style[side] = `${100 * box[at]}%`; });
}

const within = (value) => Math.min(1, Math.max(0, value));

function drawing() {
  const canvas = $("canvas");
  let from = null;
  const point = (event) => {
    const area = canvas.getBoundingClientRect();
    return [within((event.clientX - area.left) / area.width), within((event.clientY - area.top) / area.height)];
  };
  canvas.addEventListener("pointerdown", (event) => { from = point(event); canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = point(event);
    const size = [0, 1].map((at) => Math.abs(to[at] - from[at]));
    if (Math.min(...size) > 0.02) place([Math.min(from[0], to[0]), Math.min(from[1], to[1]), ...size]);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { from = null; });
  $("box").addEventListener("keydown", (event) => {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!x && !y) return;
    event.preventDefault();
    const [left, top, width, height] = box, step = 0.03;
    const size = (old, by, start) => Math.min(1 - start, Math.max(0.05, old + by * step));
    const start = (old, by, length) => Math.min(1 - length, Math.max(0, old + by * step));
    place(event.shiftKey ? [left, top, size(width, x, left), size(height, y, top)]
      : [start(left, x, width), start(top, y, height), width, height]);
  });
}

export function start() {
  drawing();
  $("snap").onclick = () => $("pick").showModal();
  const chosen = (input) => () => {
    const [file] = input.files;
    input.value = "";
    $("pick").close();
    if (file) search(file);
  };
  for (const [button, id] of [["choose", "file-search"], ["camera", "file-camera"]]) {
    $(button).onclick = () => $(id).click();
    $(id).onchange = chosen($(id));
  }
  $("camera").hidden = !matchMedia("(pointer: coarse)").matches;
  const used = (chosenBox) => {
    $("crop").close();
    ask({ picture: { ...present, id: `${Date.now()}-${n++}`, box: chosenBox } });
  };
  $("whole").onclick = () => used(null);
  $("use-box").onclick = () => used(box);
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    $("pick").close();
    search(file);
  });
}
