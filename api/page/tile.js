// One result: a picture to open, and what can be done with it at once.

import { make } from "./dom.js";
import { push } from "./state.js";
import * as selection from "./selection.js";

const HELD_MS = 450;

export const nameOf = (hit) => hit.title || hit.uri.split(/[\\/]/).pop() || `Picture ${hit.item}`;

/** A list item; `open` is called when the picture is chosen. */
export function tileOf(hit, open) {
  const name = nameOf(hit);
  const image = make("img", { src: hit.images.thumb, alt: name, decoding: "async", draggable: false });
  const small = (text, label, does) => make("button",
    { type: "button", textContent: text, title: label, tabIndex: -1, "aria-label": `${label}: ${name}`, onclick: does });
  const tick = small("✓", "Select", (event) => selection.toggle(hit.item, event.shiftKey));
  tick.className = "tick";
  const button = make("button", { type: "button", className: "tile", tabIndex: -1 }, image);
  button.onclick = () => (selection.active() ? selection.toggle(hit.item) : open());
  const cell = make("li", { className: "cell" }, button, tick, make("div", { className: "over" },
    small("+", "More like this", () => push(hit.item, "more")),
    small("−", "Less like this", () => push(hit.item, "less"))));
  cell.dataset.item = hit.item;
  holding(button, () => selection.toggle(hit.item));
  selection.mark(cell);
  return cell;
}

/** A finger that stays selects, and is then no click. */
function holding(button, does) {
  let timer, held = false;
  const end = () => clearTimeout(timer);
  button.addEventListener("pointerdown", (event) => {
    held = false;
    if (event.pointerType === "touch") timer = setTimeout(() => { held = true; does(); }, HELD_MS);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) button.addEventListener(name, end);
  button.addEventListener("contextmenu", (event) => event.pointerType === "touch" && event.preventDefault());
  button.addEventListener("click", (event) => { if (held) { held = false; event.stopImmediatePropagation(); } }, true);
}
