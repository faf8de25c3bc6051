// Adding pictures: dropped or chosen, sent one after the other, followed until they can be found.

import * as api from "./api.js";
import { $, make, plural } from "./dom.js";
import * as grid from "./grid.js";
import * as snap from "./snap.js";
import { may, state } from "./state.js";
import { toast } from "./toasts.js";

export async function add(files) {
  const gallery = state.gallery;
  const bar = make("progress", { max: files.length, value: 0, "aria-label": "Sent so far" });
  const told = toast(`Adding ${plural(files.length, "picture")} …`, { extra: bar, lastsMs: 0 });
  const refused = [];
  const jobs = [];
  for (const [at, file] of files.entries()) {
    try {
      const job = await api.upload(gallery, file, (part) => { bar.value = at + 0.9 * part; });
      jobs.push(job.job);
    } catch (error) { refused.push(`${file.name}: ${error.message}`); }
    bar.value = at + 1;
  }
  if (jobs.length) told.say("Looking at them …");
  let added = 0;
  for (const job of jobs) {
    try {
      const ended = await api.follow(gallery, job, () => {});
      added += ended.result.items?.length ?? 0;
      refused.push(...(ended.result.failed ?? []).map((one) => `${one.name}: ${one.reason}`));
      if (ended.error) refused.push(ended.error);
    } catch (error) { refused.push(error.message); }
  }
  told.close();
  if (added) toast(`${plural(added, "picture")} added.`, { action: "Show", does: () => grid.search() });
  for (const text of refused.slice(0, 5)) toast(text, { lastsMs: 20000 });
}

function dropping() {
  const drop = $("drop");
  const files = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => { if (files(event)) { event.preventDefault(); drop.hidden = false; } });
  addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    for (const zone of drop.children) zone.classList.toggle("over", zone === event.target);
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.hidden = true; });
  addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    drop.hidden = true;
    const given = [...event.dataTransfer.files];
    if (!given.length) return;
    if (event.target.dataset?.does === "add") add(given);
    else snap.search(given[0]);
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
