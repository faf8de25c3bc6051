// The results: placed without ever moving, loaded as one scrolls.

import * as api from "./api.js";
import { $, plural } from "./dom.js";
import { justify } from "./justify.js";
import * as relevance from "./relevance.js";
import { may, state, terms } from "./state.js";
import { nameOf, tileOf } from "./tile.js";
import { complain } from "./toasts.js";
import * as walk from "./walk.js";

const grid = $("grid");
export const hits = [];
let places = [], next = null, finished = true, loading = null, asked = 0, line = 0, hint = "", open = () => {}, shown = () => {};
const cells = new Map();
const MORE_AFTER_MS = 250; // the screen's own pictures come first
let late = [];

export { nameOf };
export const onOpen = (does) => { open = does; };
/** Hears when other results are shown, or none. */
export const onShow = (does) => { shown = does; };
export const placed = () => places;
export const tileAt = (at) => grid.children[at]?.querySelector(".tile");

const wide = () => grid.clientWidth >= 500;
const rowHeight = () => (wide() ? Math.min(400, 170 + grid.clientWidth / 18) : 150);

/** About a screen and a half of pictures. */
function pageSize() {
  const area = grid.clientWidth * innerHeight * 1.5;
  return Math.round(Math.min(150, Math.max(30, area / (1.3 * rowHeight() ** 2))));
}

const wanted = () => ({ q: state.q, terms: terms(), limit: pageSize() });

/** Asks anew; whatever an older question still brings is dropped. True where the answer is shown. */
export async function search() {
  loading?.abort();
  const mine = (loading = new AbortController());
  grid.setAttribute("aria-busy", "true");
  holdBack();
  try {
    const answer = await api.search(state.gallery, wanted(), mine.signal);
    if (mine !== loading) return false;
    asked += 1;
    late = [];
    places = [];
    hits.length = 0;
    cells.clear();
    grid.replaceChildren();
    scrollTo(0, 0);
    walk.reset();
    hint = answer.hint;
    take(answer);
    said();
    return true;
  } catch (error) {
    if (mine === loading && error.name !== "AbortError") { $("said").textContent = error.message; goOn(); }
    return false;
  } finally {
    if (mine === loading) {
      loading = null;
      grid.removeAttribute("aria-busy");
      setTimeout(() => !loading && watchEnd(), MORE_AFTER_MS);
    }
  }
}

/** Stops loading what is shown: nobody waits for it while one asks anew. */
function holdBack() {
  for (const image of grid.querySelectorAll("img[src]")) {
    if (image.complete) continue;
    late.push([image, image.src]);
    image.removeAttribute("src");
  }
}

/** Loads it after all. */
function goOn() {
  for (const [image, address] of late) image.src = address;
  late = [];
}

/** Says how many there are. `total`: of everything that matches, where that is known. */
export function said(total = null) {
  const asks = state.q.trim() || terms().length;
  if (hits.length) $("said").textContent = [amount(total), hint].filter(Boolean).join(". ");
  else if (asks) $("said").textContent = `Nothing was found. ${hint || "Try other words, or fewer filters."}`;
  else $("said").textContent = `There are no pictures yet.${may("write") ? " Drop some on this page, or press Add." : ""}`;
  shown();
}

function amount(total) {
  const ranked = hits[0].score != null;
  const count = finished ? hits.length : ranked ? null : total;
  if (count == null) return ranked ? "Nearest first" : "Pictures";
  return plural(count, "picture") + (ranked ? ", nearest first" : "");
}

/** The page of results that follows, if any and none is on its way. */
export async function loadMore() {
  if (loading || finished || !next) return;
  const mine = (loading = new AbortController());
  try {
    const answer = await api.search(state.gallery, { ...wanted(), cursor: next }, mine.signal);
    if (mine === loading) take(answer);
  } catch (error) {
    if (mine === loading) { finished = true; lay(places.length); complain(error); }
  } finally {
    if (mine === loading) { loading = null; watchEnd(); }
  }
}

function take(answer) {
  const known = new Set(hits.map((hit) => hit.item));
  hits.push(...answer.hits.filter((hit) => !known.has(hit.item)));
  next = answer.next;
  line = answer.line;
  finished = !next;
  lay(places.length);
}

/** Places the pictures from the one at `from` on; those before it stay as they are. */
function lay(from = 0) {
  const ratios = hits.map((hit) => hit.width / hit.height);
  const end = relevance.endOf(hits, line);
  const laid = justify(ratios, grid.clientWidth, {
    gap: wide() ? 10 : 6, target: rowHeight(), finished, breakAt: end, breakGap: relevance.GAP });
  places = laid.places;
  grid.style.height = `${laid.height}px`;
  for (let at = Math.min(from, places.length); at < places.length; at++) {
    const cell = cellOf(hits[at]);
    if (grid.children[at] !== cell) grid.insertBefore(cell, grid.children[at] ?? null);
    for (const side of ["left", "top", "width", "height"]) cell.style[side] = `${places[at][side]}px`;
  }
  while (grid.children.length > places.length) grid.lastChild.remove();
  relevance.mark(grid, places, end);
  walk.keep();
}

function cellOf(hit) {
  if (!cells.has(hit.item)) cells.set(hit.item, tileOf(hit, () => open(hits.indexOf(hit))));
  return cells.get(hit.item);
}

/** Takes items out; the function that comes back puts them where they were. */
export function remove(items) {
  const before = [...hits], question = asked, gone = new Set(items);
  const show = (now) => {
    hits.splice(0, hits.length, ...now);
    lay();
    said();
    watchEnd();
  };
  show(before.filter((hit) => !gone.has(hit.item)));
  return () => (question === asked ? show([...before, ...hits.filter((hit) => !before.includes(hit))]) : search());
}

let observer;
function watchEnd() {
  observer.unobserve($("sentinel"));
  if (!finished) observer.observe($("sentinel"));
}

export function start() {
  observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && loadMore(), { rootMargin: "1200px" });
  let width = grid.clientWidth;
  new ResizeObserver(() => {
    if (grid.clientWidth === width) return;
    width = grid.clientWidth;
    lay();
  }).observe($("results"));
}
