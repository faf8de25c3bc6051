// A gallery's models: how far each covers it, another one prepared, taken into use, and back; the index.

import * as api from "./api.js";
import { make, plural } from "./dom.js";
import { ask } from "./state.js";
import { field, table, title } from "./tables.js";
import { complain } from "./toasts.js";

// One job is followed at a time; its line stays while the view around it is drawn again.
const says = make("p", { className: "hint", role: "status" });
const bar = make("progress", { hidden: true, "aria-label": "Progress" });
const line = make("div", { className: "job" }, bar, says);
let busy = false, known = null, changed = () => {};

export const onChange = (does) => { changed = does; };

export function section(gallery, status) {
  const act = (text, json, done) => make("button",
    { type: "button", textContent: text, disabled: busy, onclick: () => work(gallery, json, done) });
  return [
    title("Models"),
    ...(status.spaces.length ? [table(["Model", "Covers", "Use", ""], status.spaces.map((space) => [
      space.model, coverage(space, status), space.active ? "in use" : space.previous ? "used before" : "ready",
      space.active ? "" : act("Use", { model: space.model, activate: true }, `${space.model} is in use.`)]))] : []),
    make("div", { className: "row" },
      act("Build the index again", {}, "The index is built."),
      ...(status.spaces.some((space) => space.previous) ? [act("Go back to the model before", { rollback: true }, "The model before is in use.")] : [])),
    line, another(gallery),
  ];
}

function coverage(space, status) {
  const covered = Math.max(0, status.views - space.missing_views);
  return [make("progress", { max: Math.max(1, status.views), value: covered, "aria-label": `${space.model} covers` }),
    ` ${covered.toLocaleString()} of ${status.views.toLocaleString()}`];
}

/** A form that prepares another model beside the one in use. */
function another(gallery) {
  const list = make("datalist", { id: "known-models" });
  const { input, row } = field("Another model", { required: true, maxLength: 300, placeholder: "choose, or write a spec", autocomplete: "off" });
  input.setAttribute("list", "known-models");
  const note = make("p", { className: "hint" });
  const notes = new Map();
  input.oninput = () => { note.textContent = notes.get(input.value.trim()) ?? ""; };
  recommended().then((models) => {
    for (const one of models) notes.set(one.spec, describe(one));
    list.replaceChildren(...models.map((one) => make("option", { value: one.spec, label: one.note })));
  }).catch(complain);
  const submit = make("button", { textContent: "Prepare it", disabled: busy });
  return make("form", { className: "fields", "aria-label": "Another model", onsubmit: (event) => {
    event.preventDefault();
    const model = input.value.trim();
    work(gallery, { model }, `${model} is ready; searches still use the model before.`);
  } }, row, list, submit, note);
}

async function recommended() {
  known ??= (await api.models()).models;
  return known;
}

function describe({ note, dim, accuracy, download_bytes: bytes, licence, languages }) {
  const size = bytes ? `${(bytes / 1e9).toFixed(1)} GB to download` : "ships along";
  return [note, `${dim} numbers a picture`, ...(accuracy == null ? [] : [`${(100 * accuracy).toFixed(1)} % on ImageNet`]), size, licence, languages].join(" · ");
}

async function work(gallery, json, done) {
  busy = true;
  bar.hidden = false;
  bar.removeAttribute("value");
  says.textContent = "It begins …";
  changed();
  try {
    const ended = await api.follow(gallery, (await api.reindex(gallery, json)).job, told);
    says.textContent = ended.error ? `${ended.error} ${ended.hint}` : done;
    if (!ended.error && (json.activate || json.rollback)) ask({}, "back");
  } catch (error) { says.textContent = error.message; }
  busy = false;
  bar.hidden = true;
  changed();
}

function told({ done, total, note, state }) {
  if (total) { bar.max = total; bar.value = done; }
  says.textContent = total ? `${note || state}: ${done.toLocaleString()} of ${plural(total, "picture")}` : note || state;
}
