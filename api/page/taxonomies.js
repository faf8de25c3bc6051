// The administrator's list of taxonomies, and the ready-made ones to add.

import * as api from "./api.js";
import { tell } from "./decisions.js";
import { make } from "./dom.js";
import { field, table, title } from "./tables.js";
import * as taxonomy from "./taxonomy.js";
import { complain } from "./toasts.js";

const says = make("p", { className: "hint", role: "status" });
let changed = () => {};

export const onChange = (does) => { changed = does; };

export async function section(gallery) {
  const { taxonomies, ready_made: readyMade } = await api.taxonomies(gallery);
  const active = taxonomies.filter((one) => one.active);
  const names = new Set(active.map((one) => one.taxonomy));
  return [title("Taxonomies"),
    ...(active.length ? [table(["Name", "Categories", "An item has", ""], active.map((one) => [
      one.taxonomy, one.categories.toLocaleString(), one.mode === "single" ? "one of them" : "any of them",
      make("button", { type: "button", textContent: "Open", "aria-label": `Open ${one.taxonomy}`, onclick: () => taxonomy.open(one.taxonomy) })]))] : []),
    adding(gallery, readyMade.filter((name) => !names.has(name)))];
}

function adding(gallery, names) {
  const { input, row } = field("A ready-made taxonomy", {}, "select");
  input.append(...names.map((name) => make("option", { value: name, textContent: name })));
  return make("form", { className: "fields", "aria-label": "Another taxonomy", onsubmit: async (event) => {
    event.preventDefault();
    const name = input.value;
    says.textContent = `Assigning ${name} …`;
    try {
      const { job } = await api.importTaxonomy(gallery, { ready_made: name });
      const ended = await api.follow(gallery, job.job, ({ note }) => { if (note) says.textContent = note; });
      says.textContent = ended.error ? `${ended.error} ${ended.hint}` : `${name} is assigned.`;
      tell([]);
      changed();
    } catch (error) { says.textContent = ""; complain(error); }
  } }, row, make("button", { textContent: "Add it", disabled: !names.length }), says);
}
