// Categories beside the results: a list for each taxonomy, nested as the taxonomy is.

import { make } from "./dom.js";
import * as reviewing from "./reviewing.js";
import { may } from "./state.js";

const MOST = 12;
const whole = new Set();

/**
 * Sections of a heading and a nested list.
 * @param values `{value, count, filter, taxonomy}`, the most frequent first: never a category
 *   before those above it.
 * @param button makes a value's button
 * @param redraw is called when more or fewer are to be shown
 */
export function trees(values, button, redraw) {
  const names = [...new Set(values.map((one) => one.taxonomy))].sort();
  return names.flatMap((name) => {
    const mine = values.filter((one) => one.taxonomy === name);
    const shown = whole.has(name) ? mine : mine.slice(0, MOST);
    return [
      heading(name),
      list(nested(shown), button),
      ...(mine.length > MOST ? [more(name, mine.length, redraw)] : []),
    ];
  });
}

function heading(name) {
  const review = make("button", { type: "button", className: "quiet", textContent: "Review", "aria-label": `Review ${name}`,
    "data-key": `review ${name}`, onclick: () => reviewing.open(name) });
  return make("h2", { className: "taxonomy" }, make("span", { textContent: name }), ...(may("write") ? [review] : []));
}

function more(name, n, redraw) {
  const all = whole.has(name);
  return make("button", { type: "button", className: "more", "data-key": `more of ${name}`,
    textContent: all ? "Fewer" : `All ${n.toLocaleString()}`, "aria-label": all ? `Fewer of ${name}` : `All ${n} of ${name}`,
    onclick: () => { if (!whole.delete(name)) whole.add(name); redraw(); } });
}

/** The values as `{value, name, below}`, each below the nearest one above it. */
function nested(values) {
  const nodes = new Map(), tops = [];
  for (const value of values) {
    let above = parentOf(value.value);
    while (above && !nodes.has(above)) above = parentOf(above);
    const node = { value, name: value.value.slice(above ? above.length + 1 : 0), below: [] };
    nodes.set(value.value, node);
    (above ? nodes.get(above).below : tops).push(node);
  }
  return tops;
}

const parentOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

const list = (nodes, button) => make("ul", {}, ...nodes.map(({ value, name, below }) =>
  make("li", {}, button(value, name), ...(below.length ? [list(below, button)] : []))));
