// The question in the address, and back: every settled query is one entry.

import { ask, onAsk, state } from "./state.js";

let typing = false;
const pictures = new Map(); // pictures do not fit in an address; kept while the page lives

function address() {
  const fields = new URLSearchParams();
  if (state.gallery) fields.set("gallery", state.gallery);
  if (state.q.trim()) fields.set("q", state.q);
  if (state.more.length) fields.set("more", state.more.join(","));
  if (state.less.length) fields.set("less", state.less.join(","));
  const text = fields.toString();
  return text ? `?${text}` : location.pathname;
}

export function read() {
  const fields = new URLSearchParams(location.search);
  const items = (name) => (fields.get(name) ?? "").split(",").map(Number).filter((n) => n > 0);
  return {
    ...(fields.get("gallery") && { gallery: fields.get("gallery") }),
    q: fields.get("q") ?? "",
    more: items("more"),
    less: items("less"),
    picture: pictures.get(history.state?.picture) ?? null,
  };
}

export const settle = () => { typing = false; };

export function start() {
  onAsk((how) => {
    document.title = state.q.trim() ? `${state.q.trim()} · Sightline` : "Sightline";
    if (how === "back") return;
    const kept = { picture: state.picture?.id ?? null };
    if (state.picture) pictures.set(state.picture.id, state.picture);
    if (how === "typing" && typing) history.replaceState(kept, "", address());
    else history.pushState(kept, "", address());
    typing = how === "typing";
  });
  addEventListener("popstate", () => { settle(); ask(read(), "back"); });
}
