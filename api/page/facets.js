// How the answer divides; each value narrows the search, in the box's own words.

import * as api from "./api.js";
import { $, make } from "./dom.js";
import { ask, onAsk, state, terms } from "./state.js";

const NAMES = { tag: "Tags", year: "Years", camera: "Cameras", kind: "Kinds" };
let loading = null;

export async function refresh() {
  loading?.abort();
  const mine = (loading = new AbortController());
  try {
    const answer = await api.facets(state.gallery, state.q, mine.signal);
    if (mine === loading) show(answer);
  } catch { /* the results say what is wrong with the query */ }
}

function show({ facets }) {
  const counted = !terms().length; // the service counts words and filters, not pictures
  const shown = facets.filter((facet) => facet.key !== "kind" || facet.values.length > 1);
  $("facets").replaceChildren(...shown.flatMap((facet) => [
    make("h2", { textContent: NAMES[facet.key] ?? facet.key }),
    make("ul", {}, ...facet.values.slice(0, 12).map((value) => make("li", {}, button(value, counted)))),
  ]));
}

const words = () => state.q.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];

function button({ value, count, filter }, counted) {
  const on = words().includes(filter);
  return make("button", { type: "button", "aria-pressed": String(on), onclick: () => {
    const kept = words().filter((word) => word !== filter);
    ask({ q: (on ? kept : [...kept, filter]).join(" ") });
  } },
  make("span", { className: "name", textContent: value }),
  make("span", { className: "count", textContent: counted ? count.toLocaleString() : "" }));
}

/** On narrow screens the filters lie over the results, until one is chosen. */
function unfold(open) {
  $("facets").classList.toggle("open", open);
  $("filters").setAttribute("aria-expanded", String(open));
}

export function start() {
  $("filters").onclick = () => unfold(!$("facets").classList.contains("open"));
  onAsk(() => unfold(false));
}
