// Short messages at the page's edge, with at most one thing to do.

import { $, make } from "./dom.js";

/** Messages stand in the dialog that is open: what lies behind it is neither seen nor reached. */
function place() {
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if ($("toasts").parentElement !== host) host.append($("toasts"));
}

export function toast(text, { action, does, lastsMs = 8000, extra } = {}) {
  const says = make("span", { textContent: text });
  const box = make("div", { className: "toast" }, says);
  if (extra) box.append(extra);
  const close = () => box.remove();
  if (action) box.append(make("button", { type: "button", textContent: action, onclick: () => { close(); does(); } }));
  place();
  $("toasts").append(box);
  if (lastsMs) setTimeout(close, lastsMs);
  return { say: (next) => { says.textContent = next; }, close };
}

export const complain = (error) => {
  if (error.name !== "AbortError") toast(error.message);
};

export const start = () => document.addEventListener("close", place, true); // a dialog's event does not bubble
