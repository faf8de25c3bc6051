// Where good answers end: a line across the results, and what lies past it dimmed.

import { $, make } from "./dom.js";

export const GAP = 52;
const PAST = "Probably not what you asked for";
const NOTHING = "Nothing here really matches. These came nearest.";

const label = make("p", { className: "past-line", hidden: true });
label.setAttribute("role", "status");

/** The place of the first hit that probably does not answer; how many there are if all do. */
export function endOf(hits, line) {
  const at = hits.findIndex((hit) => hit.relevance != null && hit.relevance < line);
  return at < 0 ? hits.length : at;
}

/** Dims the cells from `end` on, and writes the line into the gap that `justify` left there. */
export function mark(grid, places, end) {
  for (const [at, cell] of [...grid.children].entries()) cell.classList.toggle("unlikely", at >= end);
  if (!label.isConnected) grid.before(label);
  label.hidden = end >= places.length;
  if (label.hidden) { label.textContent = ""; return; }
  const said = end ? PAST : NOTHING;
  if (label.textContent !== said) label.textContent = said;
  label.style.top = `${$("grid").offsetTop + places[end].top - GAP}px`;
}
