// Adding pictures: dropped or chosen, sent one after the other, followed until they can be found.

import * as api from "./api.js";
import { $, make, plural } from "./dom.js";
import { filesOf } from "./files.js";
import * as snap from "./snap.js";
import { ask, may, state } from "./state.js";
import { complain, toast } from "./toasts.js";

const MOST_REASONS = 5;
let added = () => {};

/** Hears when pictures can be found that could not before. */
export const onAdded = (does) => { added = does; };

export async function add(files) {
  const gallery = state.gallery;
  const bar = make("progress", { max: 2 * files.length, value: 0, "aria-label": "Progress" });
  const told = toast(`Adding ${plural(files.length, "picture")} …`, { extra: bar, lastsMs: 0 });
  const refused = [], jobs = [], items = [];
  for (const [at, file] of files.entries()) {
    try {
      jobs.push((await api.upload(gallery, file, (part) => { bar.value = at + part; })).job);
    } catch (error) { refused.push(`${file.name}: ${error.message}`); }
    bar.value = at + 1;
    told.say(`Sent ${(at + 1).toLocaleString()} of ${plural(files.length, "picture")} …`);
  }
  told.say("Looking at what was sent …");
  for (const job of jobs) {
    try {
      const ended = await api.follow(gallery, job, () => {});
      items.push(...(ended.result.items ?? []).map((one) => one.item));
      refused.push(...(ended.result.failed ?? []).map((one) => `${one.name}: ${one.reason}`));
      if (ended.error) refused.push(ended.error);
    } catch (error) { refused.push(error.message); }
    bar.value += 1;
  }
  told.close();
  if (items.length) {
    const show = () => ask({ q: `item:${[...new Set(items)].slice(-300).join(",")}`, more: [], less: [], picture: null });
    toast(`${plural(items.length, "picture")} added.`, { action: "Show", does: show });
    added();
  }
  for (const text of refused.slice(0, MOST_REASONS)) toast(text, { lastsMs: 20000 });
  if (refused.length > MOST_REASONS) toast(`${plural(refused.length - MOST_REASONS, "more picture")} could not be added.`);
}

const hasFiles = (event) => state.gallery && [...(event.dataTransfer?.types ?? [])].includes("Files") && !document.querySelector("dialog[open]");

function dropping() {
  const drop = $("drop");
  addEventListener("dragenter", (event) => { if (hasFiles(event)) { event.preventDefault(); drop.hidden = false; } });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    for (const zone of drop.children) zone.classList.toggle("over", zone === event.target);
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.hidden = true; });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.hidden = true;
    const adds = event.target.dataset?.does === "add";
    try {
      const given = await filesOf(event.dataTransfer);
      if (given.length && adds) await add(given);
      else if (given.length) await snap.search(given[0]);
    } catch (error) { complain(error); }
  });
}

export function start() {
  dropping();
  $("add").onclick = () => $("file-add").click();
  $("file-add").onchange = () => {
    const given = [...$("file-add").files];
    $("file-add").value = "";
    if (given.length) add(given);
  };
}

export function allow() {
  $("add").hidden = !may("write");
  $("drop").lastElementChild.hidden = !may("write");
}
