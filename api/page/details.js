// What is known about a picture, and what can be done with it.

import * as api from "./api.js";
import * as categories from "./categories.js";
import * as crop from "./crop.js";
import { onDecision } from "./decisions.js";
import { $, make, refill } from "./dom.js";
import { nameOf } from "./grid.js";
import { dataUrl } from "./pictures.js";
import { filterOf } from "./query.js";
import { deleted } from "./selection.js";
import { ask, may, push, state } from "./state.js";
import { complain } from "./toasts.js";
import * as trying from "./trying.js";

const NOT_TWICE = ["taken_at", "taken", "width", "height", "title", "filename", "ext"];
const NAMES = { iso: "ISO", gps: "GPS" };
let shown = null, gone = () => {}, leave = () => {};

export const onGone = (does) => { gone = does; };
export const onLeave = (does) => { leave = does; };

/** Shows a hit; `item` is all about it once that has come, null before. */
export function show(hit, item) {
  shown = hit;
  const had = $("details").contains(document.activeElement);
  refill($("details"),
    make("h2", { textContent: nameOf(hit) }), actions(hit),
    ...categories.section(item, find),
    make("h3", { textContent: "Tags" }), ...tags(hit, item),
    make("h3", { textContent: "Details" }), facts(hit, item));
  if (had && !$("details").contains(document.activeElement)) $("details").focus({ preventScroll: true });
}

function actions(hit) {
  const act = (text, does) => make("button", { type: "button", textContent: text, onclick: does });
  const then = (does) => () => { does(); leave(); };
  const row = make("div", { className: "row" },
    act("More like this", then(() => push(hit.item, "more"))),
    act("Less like this", then(() => push(hit.item, "less"))),
    act("Search a part", () => withPreview(hit, (data) => crop.open({ data, box: null }, leave))),
    act("Try labels", () => withPreview(hit, trying.open)));
  if (hit.images.original) row.append(make("a", { className: "button", href: hit.images.original, target: "_blank", rel: "noopener", textContent: "Original" }));
  if (may("write")) row.append(act("Delete", async () => { await deleted([hit.item]); gone(); }));
  return row;
}

/** Shows anew what people have just decided. */
async function again(items) {
  const hit = shown;
  if (!hit || !items.includes(hit.item) || !$("lightbox").open) return;
  try {
    const item = await api.item(state.gallery, hit.item);
    hit.categories = item.categories;
    if (shown === hit) show(hit, item);
  } catch (error) { complain(error); }
}

export const start = () => onDecision(again);

/** Hands the picture on as a data URL. */
async function withPreview(hit, does) {
  try {
    const response = await fetch(hit.images.preview);
    does(await dataUrl(await response.blob()));
  } catch (error) { complain(error); }
}

function facts(hit, item) {
  const rows = [];
  if (hit.score != null) rows.push(["Similarity", hit.score.toFixed(3)]);
  if (hit.taken_at) rows.push(["Taken", new Date(hit.taken_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })]);
  rows.push(["Size", `${hit.width.toLocaleString()} × ${hit.height.toLocaleString()}`]);
  for (const [key, value] of Object.entries(item?.attributes ?? {})) {
    if (!NOT_TWICE.includes(key)) rows.push([named(key), value.text]);
  }
  rows.push(["Path", hit.uri]);
  return make("dl", {}, ...rows.flatMap(([name, text]) => [make("dt", { textContent: name }), make("dd", { textContent: text })]));
}

const named = (key) => NAMES[key] ?? (key[0].toUpperCase() + key.slice(1)).replaceAll("_", " ");

/** All pictures that a filter matches. */
function find(filter) {
  ask({ q: filter, more: [], less: [], picture: null });
  leave();
}

function tags(hit, item) {
  const names = item?.tags ?? hit.tags;
  const change = async (changes) => {
    try {
      const now = await api.patch(state.gallery, hit.item, changes);
      hit.tags = now.tags;
      if (shown === hit) show(hit, now);
      document.getElementById("new-tag")?.focus();
    } catch (error) { complain(error); }
  };
  const list = make("ul", { className: "tags" }, ...names.map((name) => make("li", {},
    make("button", { type: "button", textContent: name, title: `All with the tag ${name}`, onclick: () => find(filterOf("tag", name)) }),
    ...(may("write") ? [make("button", { type: "button", textContent: "✕", "aria-label": `Remove the tag ${name}`, onclick: () => change({ remove_tags: [name] }) })] : []))));
  if (!may("write")) return [list];
  const input = make("input", { id: "new-tag", placeholder: "Add a tag", maxLength: 255, "aria-label": "Add a tag" });
  return [list, make("form", { className: "row", onsubmit: (event) => {
    event.preventDefault();
    if (input.value.trim()) change({ add_tags: [input.value.trim()] });
  } }, input, make("button", { textContent: "Add" }))];
}
