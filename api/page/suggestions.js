// What the last word may become: a list that arrow keys walk and Enter takes.

import * as api from "./api.js";
import { $, debounce, make } from "./dom.js";
import { state } from "./state.js";

const box = $("q"), list = $("suggestions");
let shown = [], active = -1, loading = null, take = () => {};

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
  shown = found.filter((one) => one.insert !== word);
  active = -1;
  list.replaceChildren(...shown.map((one, at) => make("li",
    { id: `suggestion-${at}`, role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); pick(at); } },
    make("span", { textContent: one.text }),
    make("small", { textContent: one.count == null ? one.kind : `${one.kind} · ${one.count.toLocaleString()}` }))));
  list.hidden = !shown.length;
  box.setAttribute("aria-expanded", String(!list.hidden));
  box.removeAttribute("aria-activedescendant");
}

export function close() {
  loading?.abort();
  loading = null;
  show([]);
}

function pick(at) {
  const insert = shown[at].insert;
  const text = box.value.slice(0, lastWordAt(box.value)) + insert + (insert.endsWith(":") ? "" : " ");
  close();
  take(text);
}

function move(step) {
  list.children[active]?.setAttribute("aria-selected", "false");
  active = (active + step + shown.length + 1) % (shown.length + 1);
  if (active === shown.length) active = -1;
  const option = list.children[active];
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
}

/** Whether the key was meant for the list. */
export function onKey(event) {
  if (list.hidden) return false;
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(active < 0 ? 0 : -1);
  else if (event.key === "Enter" && active >= 0) pick(active);
  else if (event.key === "Escape") close();
  else return false;
  event.preventDefault();
  return true;
}
