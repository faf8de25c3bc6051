// One taxonomy: what people decided, what was learnt from it, and how well it fits the gallery.

import * as api from "./api.js";
import { $, make } from "./dom.js";
import * as health from "./health.js";
import * as learning from "./learning.js";
import * as reviewing from "./reviewing.js";
import { may, state } from "./state.js";
import { title } from "./tables.js";
import { complain } from "./toasts.js";

const dialog = $("taxonomy");
let name = "";

/** `lesson`: what to show at once, "teach" where there is something new to learn from. */
export async function open(taxonomy, lesson = null) {
  name = taxonomy;
  $("taxonomy-title").textContent = `Taxonomy ${name}`;
  $("taxonomy-body").replaceChildren();
  if (!dialog.open) dialog.showModal();
  await show();
  if (lesson) await learning.propose(lesson);
}

async function show() {
  const gallery = state.gallery;
  try {
    const detail = await api.taxonomy(gallery, name);
    $("taxonomy-body").replaceChildren(figures(detail),
      title("Review"), make("div", { className: "row" },
        make("p", { className: "hint", textContent: "Decide about the pictures that the model is least certain of." }),
        make("button", { type: "button", className: "primary", textContent: "Review", onclick: () => { dialog.close(); reviewing.open(name); } })),
      ...(may("admin") ? learning.sections(gallery, detail) : []),
      ...health.section(gallery, name));
  } catch (error) { complain(error); }
}

function figures({ categories, learnt }) {
  const shown = [["Categories", categories], ["Accepted", learnt.accepted], ["Rejected", learnt.rejected], ["Since it was taught", learnt.new_decisions]];
  return make("dl", { className: "figures" }, ...shown.map(([text, n]) =>
    make("div", {}, make("dt", { textContent: text }), make("dd", { textContent: n.toLocaleString() }))));
}

export const start = () => learning.onChange(show);
