// The results: placed without ever moving, loaded as one scrolls, walked with arrow keys.

import * as api from "./api.js";
import { $, make, plural } from "./dom.js";
import { justify } from "./justify.js";
import { push, state, terms } from "./state.js";
import * as selection from "./selection.js";
import { complain } from "./toasts.js";

const PAGE = 40;
const grid = $("grid");
export const hits = [];
let places = [], next = null, finished = true, loading = null, current = 0, open = () => {};

export const onOpen = (does) => { open = does; };

/** Asks anew; whatever an older question still brings is dropped. */
export async function search() {
  loading?.abort();
  const mine = (loading = new AbortController());
  grid.setAttribute("aria-busy", "true");
  try {
    const answer = await api.search(state.gallery, { q: state.q, terms: terms(), limit: PAGE }, mine.signal);
    if (mine !== loading) return;
    hits.length = 0;
    current = 0;
    grid.replaceChildren();
    scrollTo(0, 0);
    take(answer);
    said(hits.length ? `${finished ? plural(hits.length, "picture") : "Pictures"}${asks() ? ", nearest first" : ""}`
      : "Nothing was found. Try other words, or fewer filters.");
  } catch (error) {
    if (mine === loading && error.name !== "AbortError") said(error.message);
  } finally {
    if (mine === loading) {
      loading = null;
      grid.removeAttribute("aria-busy");
      watchEnd();
    }
  }
}

const asks = () => Boolean(state.q.trim() || terms().length);
const said = (text) => { $("said").textContent = text; };

async function more() {
  if (loading || finished || !next) return;
  const mine = (loading = new AbortController());
  try {
    const wanted = { q: state.q, terms: terms(), limit: PAGE, cursor: next };
    const answer = await api.search(state.gallery, wanted, mine.signal);
    if (mine === loading) take(answer);
  } catch (error) {
    if (mine === loading) { finished = true; lay(); complain(error); }
  } finally {
    if (mine === loading) { loading = null; watchEnd(); }
  }
}

export const loadMore = more;

function take(answer) {
  const known = new Set(hits.map((hit) => hit.item));
  hits.push(...answer.hits.filter((hit) => !known.has(hit.item)));
  next = answer.next;
  finished = !next;
  lay();
}

function lay() {
  const width = grid.clientWidth;
  const target = width < 500 ? 150 : Math.min(320, 170 + width / 18);
  const ratios = hits.map((hit) => hit.width / hit.height);
  const laid = justify(ratios, width, { gap: width < 500 ? 6 : 10, target, finished });
  places = laid.places;
  grid.style.height = `${laid.height}px`;
  places.forEach((place, at) => {
    const cell = grid.children[at] ?? grid.appendChild(cellOf(hits[at], at));
    for (const side of ["left", "top", "width", "height"]) cell.style[side] = `${place[side]}px`;
  });
  while (grid.children.length > places.length) grid.lastChild.remove();
  rove(Math.min(current, places.length - 1));
}

function cellOf(hit) {
  const name = nameOf(hit);
  const image = make("img", { src: hit.images.thumb, alt: name, loading: "lazy", decoding: "async" });
  const side = (text, label, does) =>
    make("button", { type: "button", textContent: text, title: label, tabIndex: -1, "aria-label": `${label}: ${name}`, onclick: does });
  const tick = side("✓", "Select", (event) => selection.toggle(hit.item, event.shiftKey));
  tick.className = "tick";
  tick.setAttribute("aria-pressed", "false");
  const cell = make("li", { className: "cell" },
    make("button", { type: "button", className: "tile", tabIndex: -1, onclick: () => {
      const at = hits.indexOf(hit);
      rove(at);
      if (selection.size()) selection.toggle(hit.item); else open(at);
    } }, image),
    tick,
    make("div", { className: "over" },
      side("+", "More like this", () => push(hit.item, "more")),
      side("−", "Less like this", () => push(hit.item, "less"))));
  cell.dataset.item = hit.item;
  selection.mark(cell);
  return cell;
}

export const nameOf = (hit) => hit.title || hit.uri.split(/[\\/]/).pop() || `Picture ${hit.item}`;

export function remove(items) {
  const gone = new Set(items);
  for (let at = hits.length - 1; at >= 0; at--) {
    if (!gone.has(hits[at].item)) continue;
    hits.splice(at, 1);
    grid.children[at]?.remove();
  }
  lay();
  watchEnd();
}

export const tileAt = (at) => grid.children[at]?.querySelector(".tile");

function rove(at) {
  if (at < 0) return;
  const old = tileAt(current);
  if (old) old.tabIndex = -1;
  current = at;
  const tile = tileAt(at);
  if (tile) tile.tabIndex = 0;
}

export function focusAt(at) {
  if (at < 0 || at >= places.length) return false;
  rove(at);
  tileAt(at).focus({ preventScroll: true });
  grid.children[at].scrollIntoView({ block: "nearest" });
  return true;
}

function above(step) {
  const from = places[current];
  const middle = from.left + from.width / 2;
  let best = -1, nearest = Infinity, row = null;
  for (let at = current + step; at >= 0 && at < places.length; at += step) {
    if (places[at].top === from.top) continue;
    row ??= places[at].top;
    if (places[at].top !== row) break;
    const far = Math.abs(places[at].left + places[at].width / 2 - middle);
    if (far < nearest) { nearest = far; best = at; }
  }
  return best;
}

function onKey(event) {
  if (!event.target.matches(".tile") || event.ctrlKey || event.metaKey || event.altKey) return;
  const hit = hits[current];
  const goes = { ArrowRight: () => current + 1, ArrowLeft: () => current - 1, ArrowDown: () => above(1),
    ArrowUp: () => above(-1), Home: () => 0, End: () => places.length - 1 }[event.key];
  if (goes) {
    event.preventDefault();
    if (!focusAt(goes()) && event.key === "ArrowUp") $("q").focus();
  } else if (event.key === "x") selection.toggle(hit.item, event.shiftKey);
  else if (event.key === "m") push(hit.item, "more");
  else if (event.key === "l") push(hit.item, "less");
}

let observer;
function watchEnd() {
  observer.unobserve($("sentinel"));
  if (!finished) observer.observe($("sentinel"));
}

export function start() {
  observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more(), { rootMargin: "1000px" });
  grid.addEventListener("keydown", onKey);
  let width = grid.clientWidth;
  new ResizeObserver(() => {
    if (grid.clientWidth === width) return;
    width = grid.clientWidth;
    lay();
  }).observe($("results"));
}
