// When the pictures were taken: a bar for each month, or year. One chooses a bar, or drags over some.

import { $, make, refill } from "./dom.js";
import { without, words } from "./query.js";
import { ask, state } from "./state.js";

const MOST_YEARS_BY_MONTH = 5;
const isTime = (word) => /^taken:/i.test(word);
let bars = [], from = null, to = null, held = null;

/** `months`: `{value: "2024-05", count}` in order. Bars that are being dragged over stay until they are let go. */
export function show(months) {
  if (from !== null) {
    held = months;
    return;
  }
  held = null;
  bars = months.length ? barsOf(months) : [];
  $("timeline").hidden = !bars.length;
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  refill($("bars"), ...bars.map((bar, at) => {
    const button = make("button", { type: "button", title: `${bar.name}: ${bar.count.toLocaleString()}`, "aria-label": `${bar.name}: ${bar.count.toLocaleString()}`, "data-key": bar.value, tabIndex: -1 },
      make("span", { className: "fill" }));
    button.firstChild.style.height = bar.count ? `max(3px, ${(100 * bar.count) / most}%)` : "0";
    button.dataset.at = at;
    return make("li", {}, button);
  }));
  const reached = $("bars").contains(document.activeElement) ? document.activeElement : $("bars").querySelector("button");
  if (reached) reached.tabIndex = 0;
  $("ticks").replaceChildren(...[bars[0], bars.at(-1)].filter((bar, at, both) => bar && (at === 0 || bar !== both[0]))
    .map((bar) => make("span", { textContent: bar.short })));
  $("all-dates").hidden = !words(state.q).some(isTime);
}

/** Bars without gaps: whole years of months, or years where there are many. */
function barsOf(months) {
  const years = months.map(({ value }) => Number(value.slice(0, 4)));
  const [first, last] = [years[0], years.at(-1)];
  const counts = new Map();
  const byMonth = last - first < MOST_YEARS_BY_MONTH;
  for (const { value, count } of months) {
    const name = byMonth ? value : value.slice(0, 4);
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  const values = [];
  for (let year = first; year <= last; year++) {
    const text = String(year).padStart(4, "0");
    if (!byMonth) values.push(text);
    else for (let month = 1; month <= 12; month++) values.push(`${text}-${String(month).padStart(2, "0")}`);
  }
  const named = (value, month) => (byMonth ? monthName(value, month) : value);
  return values.map((value) => ({ value, name: named(value, "long"), short: named(value, "short"), count: counts.get(value) ?? 0 }));
}

const monthName = (value, month) =>
  new Date(`${value}-15T12:00:00`).toLocaleDateString(undefined, { year: "numeric", month });

function choose(one, other) {
  const [a, b] = [Math.min(one, other), Math.max(one, other)].map((at) => bars[at].value);
  const filter = a === b ? `taken:${a}` : `taken:${a}..${b}`;
  const rest = without(state.q, isTime);
  ask({ q: words(state.q).includes(filter) ? rest : `${rest} ${filter}`.trim() });
}

function paint() {
  const [low, high] = from === null ? [1, 0] : [Math.min(from, to), Math.max(from, to)];
  [...$("bars").children].forEach((bar, at) => bar.classList.toggle("within", low <= at && at <= high));
}

function dragging() {
  const list = $("bars");
  const under = (event) => {
    const area = list.getBoundingClientRect();
    const at = Math.floor(((event.clientX - area.left) / area.width) * bars.length);
    return Math.min(bars.length - 1, Math.max(0, at));
  };
  list.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = to = under(event);
    list.setPointerCapture(event.pointerId);
    paint();
  });
  list.addEventListener("pointermove", (event) => { if (from !== null) { to = under(event); paint(); } });
  const letGo = () => {
    from = null;
    paint();
    if (held) show(held);
  };
  list.addEventListener("pointerup", () => {
    if (from !== null) choose(from, to);
    letGo();
  });
  list.addEventListener("pointercancel", letGo);
}

function onKey(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = Number(event.target.dataset.at);
  const next = step && $("bars").children[at + step]?.firstChild;
  if (next) {
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  } else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(at, at); }
}

export function start() {
  dragging();
  $("bars").addEventListener("keydown", onKey);
  $("bars").addEventListener("click", (event) => { // a screen reader's click has no pointer
    if (event.detail === 0 && event.target.dataset.at) choose(Number(event.target.dataset.at), Number(event.target.dataset.at));
  });
  $("all-dates").onclick = () => ask({ q: without(state.q, isTime) });
}
