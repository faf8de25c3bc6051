// The part of a picture that matters: a box dragged over it, or moved with arrow keys.

import { $ } from "./dom.js";
import { ask } from "./state.js";

const FIRST = [0.15, 0.15, 0.7, 0.7];
const LEAST = 0.05, STEP = 0.03;
let picture = null, box = null, then = () => {};

/** Asks for the part of a picture and searches for it; `used` is called once that was done. */
export function open(given, used = () => {}) {
  picture = given;
  then = used;
  $("cropped").src = picture.data;
  place(picture.box ?? FIRST);
  $("crop").showModal();
  $("box").focus();
}

function place(next) {
  box = next;
  ["left", "top", "width", "height"].forEach((side, at) => { $("box").style[side] = `${100 * box[at]}%`; });
}

const within = (value, least = 0, most = 1) => Math.min(most, Math.max(least, value));

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
}

/** Arrow keys move the box, with Shift they move its right and lower edge. */
function onKey(event) {
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  if (!x && !y) return;
  event.preventDefault();
  const [left, top, width, height] = box;
  const size = (old, by, start) => within(old + by * STEP, LEAST, 1 - start);
  const start = (old, by, length) => within(old + by * STEP, 0, 1 - length);
  place(event.shiftKey ? [left, top, size(width, x, left), size(height, y, top)]
    : [start(left, x, width), start(top, y, height), width, height]);
}

export function start() {
  drawing();
  $("box").addEventListener("keydown", onKey);
  const use = (part) => () => {
    $("crop").close();
    ask({ picture: { ...picture, box: part() } });
    then();
  };
  $("whole").onclick = use(() => null);
  $("use-box").onclick = use(() => box);
}
