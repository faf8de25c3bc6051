// A category made of the pictures that are selected: they are its examples, from which the model learns.

import * as api from "./api.js";
import { tell } from "./decisions.js";
import { $, make, plural } from "./dom.js";
import * as selection from "./selection.js";
import { state } from "./state.js";
import * as taxonomy from "./taxonomy.js";

const dialog = $("making");

async function open() {
  $("making-hint").textContent = `${plural(selection.size(), "picture")} will be its examples, from which the model learns to find more like them.`;
  $("making-said").textContent = "";
  dialog.showModal();
  try {
    const { taxonomies } = await api.taxonomies(state.gallery);
    $("known-taxonomies").replaceChildren(...taxonomies.map((one) => make("option", { value: one.taxonomy })));
  } catch (error) { $("making-said").textContent = error.message; }
}

async function keep() {
  const name = $("making-taxonomy").value.trim(), items = selection.items();
  try {
    await api.examples(state.gallery, name, { category: $("making-category").value.trim(), items });
  } catch (error) { $("making-said").textContent = error.message; return; }
  $("making-category").value = "";
  dialog.close();
  selection.clear();
  tell(items);
  taxonomy.open(name, "teach");
}

export function start() {
  $("make-category").onclick = open;
  $("making-form").addEventListener("submit", (event) => { event.preventDefault(); keep(); });
}
