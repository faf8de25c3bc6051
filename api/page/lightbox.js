// One picture, large, with all that is known about it.

import * as api from "./api.js";
import { $, make } from "./dom.js";
import * as grid from "./grid.js";
import { deleted } from "./selection.js";
import { may, push, state } from "./state.js";
import { complain } from "./toasts.js";

const dialog = $("lightbox");
let at = 0;

export function open(index) {
  at = index;
  if (!dialog.open) dialog.showModal();
  show();
}

async function show() {
  const hit = grid.hits[at];
  if (!hit) { dialog.close(); return; }
  $("large").alt = grid.nameOf(hit);
  // The thumbnail is there already: it stands in until the large one has come.
  $("large").style.backgroundImage = `url("${hit.images.thumb}")`;
  $("large").removeAttribute("src");
  $("large").src = hit.images.preview;
  $("previous").disabled = at === 0;
  $("next").disabled = at >= grid.hits.length - 1;
  describe(hit, null);
  if (at > grid.hits.length - 8) grid.loadMore().then(() => { $("next").disabled = at >= grid.hits.length - 1; });
  try {
    const item = await api.item(state.gallery, hit.item);
    if (grid.hits[at] === hit) describe(hit, item);
  } catch (error) { complain(error); }
}

function facts(hit, item) {
  const rows = [];
  if (hit.score != null) rows.push(["Similarity", hit.score.toFixed(3)]);
  if (hit.relevance != null) rows.push(["Relevance", `${Math.round(100 * hit.relevance)} %`]);
  if (hit.taken_at) rows.push(["Taken", new Date(hit.taken_at).toLocaleString()]);
  rows.push(["Size", `${hit.width} × ${hit.height}`]);
  for (const [key, value] of Object.entries(item?.attributes ?? {})) {
    if (!["taken_at", "taken", "width", "height", "title"].includes(key)) rows.push([key.replaceAll("_", " "), value.text]);
  }
  rows.push(["Path", hit.uri]);
  return make("dl", {}, ...rows.flatMap(([name, text]) => [make("dt", { textContent: name }), make("dd", { textContent: text })]));
}

function describe(hit, item) {
  const act = (text, does) => make("button", { type: "button", textContent: text, onclick: does });
  const like = (kind) => () => { dialog.close(); push(hit.item, kind); };
  const buttons = [act("More like this", like("more")), act("Less like this", like("less"))];
  if (hit.images.original) {
    buttons.push(make("a", { href: hit.images.original, target: "_blank", rel: "noopener", textContent: "Original" }));
  }
  if (may("write")) buttons.push(act("Delete", async () => { await deleted([hit.item]); show(); }));
  $("details").replaceChildren(
    make("h2", { textContent: grid.nameOf(hit) }), make("div", { className: "row" }, ...buttons),
    make("h3", { textContent: "Tags" }), ...tags(hit, item), facts(hit, item));
}

function tags(hit, item) {
  const names = item?.tags ?? hit.tags;
  const change = async (changes) => {
    try {
      const now = await api.patch(state.gallery, hit.item, changes);
      hit.tags = now.tags;
      if (grid.hits[at] === hit) describe(hit, now);
      document.getElementById("new-tag")?.focus();
    } catch (error) { complain(error); }
  };
  const list = make("ul", { className: "tags" }, ...names.map((name) => make("li", {}, name, ...(may("write") ? [
    make("button", { type: "button", textContent: "✕", "aria-label": `Remove the tag ${name}`, onclick: () => change({ remove_tags: [name] }) }),
  ] : [" "]))));
  if (!may("write")) return [list];
  const input = make("input", { id: "new-tag", placeholder: "Add a tag", maxLength: 255, "aria-label": "Add a tag" });
  const form = make("form", { className: "row", onsubmit: (event) => {
    event.preventDefault();
    if (input.value.trim()) change({ add_tags: [input.value.trim()] });
  } }, input, make("button", { textContent: "Add" }));
  return [list, form];
}

function step(by) {
  if (!grid.hits[at + by]) return;
  at += by;
  show();
}

export function start() {
  grid.onOpen(open);
  $("close").onclick = () => dialog.close();
  $("previous").onclick = () => step(-1);
  $("next").onclick = () => step(1);
  dialog.addEventListener("keydown", (event) => {
    if (event.target.matches("input")) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("close", () => { $("large").removeAttribute("src"); grid.focusAt(at); });
}
