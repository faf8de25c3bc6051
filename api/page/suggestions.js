// What the last word may become: a list that arrow keys walk and Enter takes.

import * as api from "./api.js";
import { $, debounce } from "./dom.js";
import { listbox } from "./listbox.js";
import { state } from "./state.js";

const box = $("q");
const options = listbox(box, $("suggestions"), pick);
let loading = null, take = () => {};

/** Whether the key was meant for the list. */
export const onKey = options.onKey;
export const onTake = (does) => { take = does; };

/** Where the last word begins: after the last space or bracket outside of quotes. */
export function lastWordAt(text) {
  let start = 0, quoted = false;
  [...text].reduce((at, character) => {
    if (character === '"') quoted = !quoted;
    else if (!quoted && /[\s(]/u.test(character)) start = at + character.length;
    return at + character.length;
  }, 0);
  return start;
}

export const refresh = debounce(150, async () => {
  loading?.abort();
  if (!box.value.slice(lastWordAt(box.value)).replace(/^-/, "")) { close(); return; }
  const mine = (loading = new AbortController());
  try {
    const answer = await api.suggest(state.gallery, box.value, mine.signal);
    if (mine === loading && document.activeElement === box) show(answer.suggestions);
  } catch { if (mine === loading) close(); }
});

function show(found) {
  const word = box.value.slice(lastWordAt(box.value));
  options.show(found.filter((one) => one.insert !== word).map((one) => ({
    text: one.text, note: noteOf(one), insert: one.insert })));
}

const noteOf = ({ kind, taxonomy, count }) => [kind, taxonomy, count?.toLocaleString()].filter(Boolean).join(" · ");

export function close() {
  loading?.abort();
  loading = null;
  options.close();
}

function pick({ insert }) {
  const text = box.value.slice(0, lastWordAt(box.value)) + insert + (insert.endsWith(":") ? "" : " ");
  close();
  take(text);
}
