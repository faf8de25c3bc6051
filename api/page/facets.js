// How the answer divides; each value narrows the search, in the box's own words.

import * as api from "./api.js";
import { $, debounce, make, refill } from "./dom.js";
import { trees } from "./facet-trees.js";
import * as grid from "./grid.js";
import { has, toggled } from "./query.js";
import { ask, onAsk, state, terms } from "./state.js";
import * as timeline from "./timeline.js";

const NAMES = { tag: "Tags", year: "Years", camera: "Cameras", kind: "Kinds" };
const MOST = 12, AFTER_MS = 350;
let loading = null;

/** Counts anew, for the question as it is now; a little later, so that the pictures come first. */
export const refresh = debounce(AFTER_MS, count);

/** Not now: the pictures of another question come first. */
export function hold() {
  refresh.cancel();
  loading?.abort();
}

async function count() {
  loading?.abort();
  const mine = (loading = new AbortController());
  try {
    const answer = await api.facets(state.gallery, { q: state.q, terms: terms() }, mine.signal);
    if (mine === loading) show(answer);
  } catch { /* the results say what is wrong with the query */ }
}

function show(answer) {
  const { facets, of, complete } = answer;
  if (complete) grid.said(of);
  timeline.show(facets.find((facet) => facet.key === "month")?.values ?? []);
  const lists = facets.filter(({ key, values }) => key !== "month" && (key !== "kind" || values.length > 1));
  refill($("facet-lists"),
    ...lists.flatMap(({ key, values }) => (key === "category" ? trees(values, button, () => show(answer)) : [
      make("h2", { textContent: NAMES[key] ?? key }),
      make("ul", {}, ...values.slice(0, MOST).map((value) => make("li", {}, button(value)))),
    ])),
    ...(complete || !of ? [] : [make("p", { className: "hint", textContent: `Counted among the ${of.toLocaleString()} nearest.` })]));
}

function button({ value, count, filter }, name = value) {
  return make("button",
    { type: "button", "data-key": filter, "aria-pressed": String(has(state.q, filter)), onclick: () => ask({ q: toggled(state.q, filter) }) },
    make("span", { className: "name", textContent: name, title: value }),
    make("span", { className: "count", textContent: count.toLocaleString() }));
}

/** On narrow screens the filters lie over the results, until one is chosen. */
function unfold(open) {
  $("facets").classList.toggle("open", open);
  $("filters").setAttribute("aria-expanded", String(open));
}

export function start() {
  $("filters").onclick = () => unfold(!$("facets").classList.contains("open"));
  $("facets").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && $("facets").classList.contains("open")) { unfold(false); $("filters").focus(); }
  });
  onAsk(() => unfold(false));
}
