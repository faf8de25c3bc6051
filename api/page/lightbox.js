// One picture, large; beside it what is known about it.

import * as api from "./api.js";
import * as details from "./details.js";
import { $ } from "./dom.js";
import * as grid from "./grid.js";
import * as past from "./history.js";
import { state } from "./state.js";
import { complain } from "./toasts.js";
import * as walk from "./walk.js";

const SWIPE = 50; // pixels that a finger moves at least
const dialog = $("lightbox"), large = $("large");
let at = 0;

function open(index) {
  at = index;
  past.enter(grid.hits[at].item);
  if (!dialog.open) dialog.showModal();
  show();
}

const close = () => dialog.close();

async function show() {
  const hit = grid.hits[at];
  if (!hit) { close(); return; }
  large.alt = grid.nameOf(hit);
  // The thumbnail is there already: it stands in until the large one has come.
  large.style.backgroundImage = `url("${hit.images.thumb}")`;
  large.removeAttribute("src");
  large.src = hit.images.preview;
  steps();
  details.show(hit, null);
  if (at > grid.hits.length - 8) grid.loadMore().then(steps);
  try {
    const item = await api.item(state.gallery, hit.item);
    if (grid.hits[at] === hit) details.show(hit, item);
  } catch (error) { complain(error); }
}

function steps() {
  $("previous").disabled = at === 0;
  $("next").disabled = at >= grid.hits.length - 1;
}

function step(by) {
  if (grid.hits[at + by]) open(at + by);
}

function swiping() {
  let from = null;
  $("stage").addEventListener("pointerdown", (event) => { from = event.pointerType === "touch" ? event.clientX : null; });
  $("stage").addEventListener("pointerup", (event) => {
    const moved = from === null ? 0 : event.clientX - from;
    from = null;
    if (Math.abs(moved) > SWIPE) step(moved < 0 ? 1 : -1);
  });
}

export function start() {
  grid.onOpen(open);
  details.start();
  details.onGone(() => (grid.hits[at] ? show() : close()));
  details.onLeave(close);
  swiping();
  $("close").onclick = close;
  $("previous").onclick = () => step(-1);
  $("next").onclick = () => step(1);
  past.whenMoved((item) => {
    const found = grid.hits.findIndex((hit) => hit.item === item);
    if (found >= 0) { at = found; if (!dialog.open) dialog.showModal(); show(); }
    else if (dialog.open) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("close", () => {
    if (past.isInside()) history.back(); // "back" and "close" are one
    large.removeAttribute("src");
    walk.focusAt(at);
  });
}
