// Many pictures at once: tags put on and taken off, deletion and its undoing.

import * as api from "./api.js";
import { $, plural } from "./dom.js";
import * as grid from "./grid.js";
import { may, onAsk, state } from "./state.js";
import { complain, toast } from "./toasts.js";

const chosen = new Set();
let last = null;

export const size = () => chosen.size;

export function toggle(item, through = false) {
  if (!may("write")) return;
  const order = grid.hits.map((hit) => hit.item);
  const [from, to] = [order.indexOf(last), order.indexOf(item)].sort((a, b) => a - b);
  if (through && from >= 0) order.slice(from, to + 1).forEach((one) => chosen.add(one));
  else if (!chosen.delete(item)) chosen.add(item);
  last = item;
  show();
}

export function clear() {
  chosen.clear();
  last = null;
  show();
}

export function mark(cell) {
  const is = chosen.has(Number(cell.dataset.item));
  cell.classList.toggle("picked", is);
  cell.querySelector(".tick").setAttribute("aria-pressed", String(is));
}

function show() {
  for (const cell of $("grid").children) mark(cell);
  $("selection").hidden = !chosen.size;
  $("selected").textContent = `${chosen.size} selected`;
  $("grid").classList.toggle("selecting", chosen.size > 0);
  document.body.classList.toggle("selecting-bar", chosen.size > 0);
}

async function tagged(op) {
  const tag = $("tag").value.trim();
  if (!tag) { $("tag").focus(); return; }
  try {
    await api.batch(state.gallery, [{ op, items: [...chosen], tags: [tag] }]);
    const how = op === "add_tags" ? "put on" : "taken off";
    toast(`The tag ${tag} was ${how} ${plural(chosen.size, "picture")}.`);
    $("tag").value = "";
  } catch (error) { complain(error); }
}

export async function deleted(items) {
  const gallery = state.gallery;
  try {
    await api.batch(gallery, [{ op: "delete", items }]);
    grid.remove(items);
    items.forEach((item) => chosen.delete(item));
    show();
    toast(`${plural(items.length, "picture")} deleted.`, { action: "Undo", lastsMs: 15000, does: async () => {
      try {
        await api.batch(gallery, [{ op: "undelete", items }]);
        await grid.search();
      } catch (error) { complain(error); }
    } });
  } catch (error) { complain(error); }
}

export function start() {
  $("selection").addEventListener("submit", (event) => { event.preventDefault(); tagged("add_tags"); });
  $("tag-off").onclick = () => tagged("remove_tags");
  $("delete").onclick = () => deleted([...chosen]);
  $("deselect").onclick = clear;
  onAsk(() => chosen.size && clear());
}
