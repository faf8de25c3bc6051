// A panel in which any labels, a taxonomy or a classifier are tried on a picture.

import * as api from "./api.js";
import { answersOf, percent } from "./answers.js";
import { $, debounce, make } from "./dom.js";
import { filesOf } from "./files.js";
import { dataUrl, pastedPicture, shrunk } from "./pictures.js";
import { state } from "./state.js";
import { field } from "./tables.js";

const AFTER_MS = 300, MOST_SHOWN = 12;
const panel = $("trying");
const by = field("Ask about", {}, "select");
const labels = field("Labels, between commas", { rows: 3, maxLength: 100_000, spellcheck: false, placeholder: "cat, dog, a city at night" }, "textarea");
const template = field("In the sentence", { value: "a photo of a {}.", maxLength: 300, spellcheck: false });
const own = make("option", { value: "labels", textContent: "labels of my own" });
let picture = null, loading = null;

/** Opens the panel; `data` is a picture as a data URL, null takes the one before or the one searched with. */
export async function open(data = null) {
  panel.showModal();
  take(data ?? picture ?? state.picture?.data ?? null);
  $("try-searched").hidden = !state.picture;
  try { await offer(); } catch (error) { say(error.message); }
}

/** What can be asked about: labels, the gallery's taxonomies and the ready-made ones, classifiers. */
async function offer() {
  const [{ taxonomies, ready_made: readyMade }, { classifiers }] = await Promise.all([api.taxonomies(state.gallery), api.models()]);
  const chosen = by.input.value;
  const mine = taxonomies.filter((one) => one.active).map((one) => one.taxonomy);
  const group = (label, kind, names) => (names.length ? [make("optgroup", { label },
    ...names.map((name) => make("option", { value: `${kind} ${name}`, textContent: name })))] : []);
  by.input.replaceChildren(own,
    ...group("Taxonomies of this gallery", "taxonomy", mine),
    ...group("Ready-made taxonomies", "taxonomy", readyMade.filter((name) => !mine.includes(name))),
    ...group("Classifiers", "classifier", classifiers));
  by.input.value = chosen;
  if (!by.input.value) by.input.value = "labels";
  adapt();
}

function adapt() {
  labels.row.hidden = template.row.hidden = by.input.value !== "labels";
  ask();
}

function take(data) {
  picture = data;
  $("tried").hidden = !data;
  $("tried-none").hidden = Boolean(data);
  if (data) $("tried").src = data;
  ask();
}

async function takeFile(file) {
  if (!file) return;
  try { take(await dataUrl(await shrunk(file))); } catch (error) { say(error.message); }
}

const ask = debounce(AFTER_MS, answer);

/** What the form asks, as the service takes it; null while something is missing. */
function question() {
  const [kind, ...name] = by.input.value.split(" ");
  const image = picture?.split(",", 2)[1];
  if (!image) return null;
  if (kind !== "labels") return { image, [kind]: name.join(" "), top_k: MOST_SHOWN };
  const given = labels.input.value.split(/[,\n]/).map((one) => one.trim()).filter(Boolean);
  return given.length ? { image, labels: given, templates: [template.input.value] } : null;
}

async function answer() {
  loading?.abort();
  const asked = question();
  if (!asked) { show([]); return; }
  const mine = (loading = new AbortController());
  panel.setAttribute("aria-busy", "true");
  try {
    const found = await api.classify(state.gallery, asked, mine.signal);
    if (mine === loading) show(found.labels);
  } catch (error) {
    if (mine === loading && error.name !== "AbortError") { show([]); say(error.message); }
  } finally {
    if (mine === loading) panel.removeAttribute("aria-busy");
  }
}

function show(found) {
  $("answers").replaceChildren(...answersOf(found));
  say(found.length ? `Likeliest: ${found[0].label}, ${percent(found[0].probability)}` : "");
}

const say = (text) => { $("try-said").textContent = text; };

function giving() {
  const file = $("file-try");
  $("try-choose").onclick = () => file.click();
  file.onchange = () => { const [one] = file.files; file.value = ""; takeFile(one); };
  $("try-searched").onclick = () => take(state.picture.data);
  panel.addEventListener("dragover", (event) => event.preventDefault());
  panel.addEventListener("drop", async (event) => {
    event.preventDefault();
    const [one] = await filesOf(event.dataTransfer);
    takeFile(one);
  });
  panel.addEventListener("paste", (event) => {
    const one = pastedPicture(event);
    if (!one) return;
    event.preventDefault();
    event.stopPropagation(); // the page would search with it
    takeFile(one);
  });
}

export function start() {
  by.input.append(own);
  $("try-form").append(by.row, labels.row, template.row);
  $("try-form").addEventListener("submit", (event) => { event.preventDefault(); answer(); });
  by.input.onchange = adapt;
  labels.input.oninput = template.input.oninput = ask;
  $("try").onclick = () => open();
  giving();
}
