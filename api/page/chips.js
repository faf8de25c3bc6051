// Pictures in the query: what it should be like, and what not; each can be taken off.

import * as api from "./api.js";
import * as crop from "./crop.js";
import { $, make } from "./dom.js";
import { ask, drop, onAsk, state } from "./state.js";
import * as trying from "./trying.js";

const act = (text, label, does) => make("button", { type: "button", textContent: text, "aria-label": label, onclick: does });

function chip(kind, says, src, ...acts) {
  return make("div", { className: `chip ${kind}`, role: "group", "aria-label": says },
    make("img", { src, alt: "" }), make("span", { className: "says", textContent: says }), ...acts);
}

function picture({ picture: given }) {
  const says = given.box ? "Part of your picture" : "Your picture";
  return chip("picture", says, given.data, act("Crop", "Choose the part that matters", () => crop.open(given)),
    act("Labels", "Try labels on it", () => trying.open(given.data)),
    act("✕", `Remove: ${says}`, () => ask({ picture: null })));
}

function show() {
  const had = $("chips").contains(document.activeElement);
  const of = (kind, says) => state[kind].map((item) =>
    chip(kind, says, api.thumb(state.gallery, item), act("✕", `Remove: ${says}`, () => drop(item, kind))));
  $("chips").replaceChildren(...(state.picture ? [picture(state)] : []),
    ...of("more", "More like this"), ...of("less", "Less like this"));
  $("chips").hidden = !$("chips").children.length;
  if (had) ($("chips").querySelector("button") ?? $("results")).focus();
}

export const start = () => onAsk(show);
