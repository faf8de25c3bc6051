// Arrow keys from picture to picture; one of them is the grid's stop for the Tab key.

import { $ } from "./dom.js";
import * as grid from "./grid.js";
import { push } from "./state.js";
import * as selection from "./selection.js";

let current = 0;

export function reset() { current = 0; }

export function rove(at) {
  if (at < 0) return;
  const old = grid.tileAt(current);
  if (old) old.tabIndex = -1;
  current = at;
  const tile = grid.tileAt(at);
  if (tile) tile.tabIndex = 0;
}

/** After pictures have come or gone. */
export const keep = () => rove(Math.min(current, grid.placed().length - 1));

export function focusAt(at) {
  const tile = grid.tileAt(at);
  if (!tile) return false;
  rove(at);
  tile.focus({ preventScroll: true });
  tile.parentElement.scrollIntoView({ block: "nearest" });
  return true;
}

/** The picture in the row above (-1) or below (1) whose middle is nearest. */
function beside(step) {
  const places = grid.placed(), from = places[current];
  const middle = (place) => place.left + place.width / 2;
  let best = -1, nearest = Infinity, row = null;
  for (let at = current + step; places[at]; at += step) {
    if (places[at].top === from.top) continue;
    row ??= places[at].top;
    if (places[at].top !== row) break;
    const far = Math.abs(middle(places[at]) - middle(from));
    if (far < nearest) { nearest = far; best = at; }
  }
  return best;
}

const GOES = {
  ArrowRight: () => current + 1, ArrowLeft: () => current - 1, ArrowDown: () => beside(1), ArrowUp: () => beside(-1),
  Home: () => 0, End: () => grid.placed().length - 1,
};

function onKey(event) {
  if (!event.target.matches(".tile") || event.ctrlKey || event.metaKey || event.altKey) return;
  const hit = grid.hits[current];
  if (GOES[event.key]) {
    event.preventDefault();
    if (!focusAt(GOES[event.key]()) && event.key === "ArrowUp") $("q").focus();
  } else if (event.key === "x") selection.toggle(hit.item);
  else if (event.key === "X") selection.toggle(hit.item, true);
  else if (event.key === "m") push(hit.item, "more");
  else if (event.key === "l") push(hit.item, "less");
  else if (event.key === "Delete" && selection.size()) selection.removeChosen();
}

export function start() {
  $("grid").addEventListener("keydown", onKey);
  $("grid").addEventListener("focusin", (event) => {
    const at = [...$("grid").children].indexOf(event.target.closest(".cell"));
    if (event.target.matches(".tile") && at >= 0) rove(at);
  });
}
