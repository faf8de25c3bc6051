// The question in the address, and back: every settled query is one entry, an open picture another.

import { ask, onAsk, state } from "./state.js";

const LARGEST = 2_000_000; // characters of a picture that an entry may carry
let typing = false, onMove = () => {};

/** Hears which item's picture an entry shows, null for none, whenever one goes back or forward. */
export const whenMoved = (does) => { onMove = does; };

function address() {
  const fields = new URLSearchParams();
  if (state.gallery) fields.set("gallery", state.gallery);
  if (state.q.trim()) fields.set("q", state.q);
  if (state.more.length) fields.set("more", state.more.join(","));
  if (state.less.length) fields.set("less", state.less.join(","));
  const text = fields.toString();
  return text ? `?${text}` : location.pathname;
}

/** The question that the present entry holds. */
export function read() {
  const fields = new URLSearchParams(location.search);
  const items = (name) => (fields.get(name) ?? "").split(",").map(Number).filter((n) => n > 0);
  return {
    gallery: fields.get("gallery") ?? state.gallery,
    q: fields.get("q") ?? "",
    more: items("more"),
    less: items("less"),
    picture: history.state?.picture ?? null,
  };
}

const entry = () => ({ picture: state.picture && state.picture.data.length < LARGEST ? state.picture : null });
const same = (was) => JSON.stringify(was) === JSON.stringify(
  Object.fromEntries(Object.keys(was).map((name) => [name, state[name]])));

export const settle = () => { typing = false; };

/** Shows a picture as an entry of its own, so that "back" closes it. */
export function enter(item) {
  const kept = { ...entry(), open: item };
  if (history.state?.open) history.replaceState(kept, "");
  else history.pushState(kept, "");
}

export const isInside = () => Boolean(history.state?.open);

export function start() {
  onAsk((how) => {
    document.title = state.q.trim() ? `${state.q.trim()} · Sightline` : "Sightline";
    if (how === "back") return;
    if (isInside() || (how === "typing" && typing)) history.replaceState(entry(), "", address());
    else history.pushState(entry(), "", address());
    typing = how === "typing";
  });
  addEventListener("popstate", () => {
    settle();
    onMove(history.state?.open ?? null);
    const was = read();
    if (!same(was)) ask(was, "back");
  });
}
