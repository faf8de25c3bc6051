// Pictures in the query: what it should be like, and what not; each can be taken off.

import { $, make } from "./dom.js";
import * as api from "./api.js";
import * as snap from "./snap.js";
import { ask, drop, onAsk, state } from "./state.js";

function chip(kind, says, image, face, away) {
  const words = make("span", { className: "says", textContent: says });
  const body = face
    ? make("button", { type: "button", className: "face", title: "Choose the part that matters", onclick: face }, image, words)
    : make("span", { className: "chip-face" }, image);
  return make("div", { className: `chip ${kind}` }, body, ...(face ? [] : [words]),
    make("button", { type: "button", textContent: "✕", "aria-label": `Remove: ${says}`, onclick: away }));
}

function show() {
  const { picture, gallery } = state;
  const face = (src) => make("img", { src, alt: "" });
  const of = (kind, says) => state[kind].map((item) =>
    chip(kind, says, face(api.thumb(gallery, item)), null, () => drop(item, kind)));
  $("chips").replaceChildren(
    ...(picture ? [chip("picture", picture.box ? "Part of your picture" : "Your picture", face(picture.url),
      () => snap.crop(picture), () => ask({ picture: null }))] : []),
    ...of("more", "More like this"), ...of("less", "Less like this"));
  $("chips").hidden = !$("chips").children.length;
}

export const start = () => onAsk(show);
