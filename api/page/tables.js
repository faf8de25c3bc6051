// Pieces of the administrator's view.

import { make } from "./dom.js";

export const title = (text) => make("h3", { textContent: text });

/** A table in a box that scrolls sideways by itself where it is too wide. */
export const table = (names, rows) => make("div", { className: "scrolls", tabIndex: 0, role: "group", "aria-label": names.filter(Boolean).join(", ") },
  make("table", {},
    make("thead", {}, make("tr", {}, ...names.map((name) => make(name ? "th" : "td", { textContent: name, ...(name && { scope: "col" }) })))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, ...[cell].flat())))))));

let n = 0;
/** An input with its label. */
export function field(label, properties, tag = "input") {
  const id = `field-${n++}`;
  const input = make(tag, { id, ...properties });
  return { input, row: make("p", { className: "field" }, make("label", { htmlFor: id, textContent: label }), input) };
}
