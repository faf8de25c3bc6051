// Options below an input: arrow keys walk them, Enter or a click takes one.

import { make } from "./dom.js";

/**
 * Binds a list to an input with the role combobox.
 * @param take is called with the option that was taken
 * @returns {{show, close, onKey}} `show` takes options `{text, note}`; `onKey` says whether a key was meant for the list
 */
export function listbox(box, list, take) {
  let shown = [], active = -1;

  function show(options) {
    shown = options;
    active = -1;
    list.replaceChildren(...shown.map(({ text, note }, at) => make("li",
      { id: `${list.id}-${at}`, role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); pick(at); } },
      make("span", { textContent: text }), make("small", { textContent: note }))));
    list.hidden = !shown.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
  }

  const close = () => show([]);

  function pick(at) {
    const taken = shown[at];
    close();
    take(taken);
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

  function onKey(event) {
    if (list.hidden) return false;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(active < 0 ? 0 : -1);
    else if (event.key === "Enter" && active >= 0) pick(active);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  }

  return { show, close, onKey };
}
