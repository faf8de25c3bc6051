// Many pictures at once: tags put on and taken off, deletion and its undoing.

import * as api from "./api.js";
import { $, plural } from "./dom.js";
import * as grid from "./grid.js";
import { may, onAsk, state } from "./state.js";
import { complain, toast } from "./toasts.js";

const chosen = new Set();
let last = null, choosing = false, changed = () => {};

/** Hears when tags or what is in the gallery have changed. */
export const onChange = (does) => { changed = does; };

export const size = () => chosen.size;
export const items = () => [...chosen];
/** Whether a click on a picture selects it instead of opening it. */
export const active = () => choosing || chosen.size > 0;

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
  choosing = false;
  show();
}

export function mark(cell) {
  const is = chosen.has(Number(cell.dataset.item));
  cell.classList.toggle("picked", is);
  cell.querySelector(".tick").setAttribute("aria-pressed", String(is));
}

function show() {
  for (const cell of $("grid").children) mark(cell);
  $("selection").hidden = !active();
  $("selected").textContent = `${chosen.size.toLocaleString()} selected`;
  for (const id of ["tag-on", "tag-off", "accept", "reject", "make-category", "delete"]) $(id).disabled = !chosen.size;
  $("select").setAttribute("aria-pressed", String(active()));
  document.body.classList.toggle("selecting", active());
}

async function tagged(op) {
  const tag = $("tag").value.trim();
  if (!tag) { $("tag").focus(); return; }
  try {
    await api.batch(state.gallery, [{ op, items: [...chosen], tags: [tag] }]);
    const how = op === "add_tags" ? "put on" : "taken off";
    toast(`The tag ${tag} was ${how} ${plural(chosen.size, "picture")}.`);
    $("tag").value = "";
    changed();
  } catch (error) { complain(error); }
}

/** Deletes items; a message offers to bring them back to where they were. */
export async function deleted(items) {
  const gallery = state.gallery;
  try {
    await api.batch(gallery, [{ op: "delete", items }]);
    const putBack = grid.remove(items);
    items.forEach((item) => chosen.delete(item));
    if (!chosen.size) clear(); else show();
    changed();
    toast(`${plural(items.length, "picture")} deleted.`, { action: "Undo", lastsMs: 15000, does: async () => {
      try {
        await api.batch(gallery, [{ op: "undelete", items }]);
        putBack();
        changed();
      } catch (error) { complain(error); }
    } });
  } catch (error) { complain(error); }
}

export const removeChosen = () => chosen.size && deleted([...chosen]);

export function start() {
  $("selection").addEventListener("submit", (event) => { event.preventDefault(); tagged("add_tags"); });
  $("tag-off").onclick = () => tagged("remove_tags");
  $("delete").onclick = removeChosen;
  $("deselect").onclick = clear;
  $("all").onclick = () => { grid.hits.forEach((hit) => chosen.add(hit.item)); show(); };
  $("select").onclick = () => {
    if (active()) { clear(); return; }
    choosing = true;
    show();
  };
  onAsk(() => active() && clear());
  grid.onShow(offer);
}

/** "Select" is there where there is something to select. */
const offer = () => { $("select").hidden = !may("write") || !grid.hits.length; };

export function allow() {
  offer();
  $("make-category").hidden = !may("admin");
  $("grid").classList.toggle("read-only", !may("write"));
}
