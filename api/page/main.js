// Puts the page's parts together.

import * as admin from "./admin.js";
import * as api from "./api.js";
import * as chips from "./chips.js";
import { $, make } from "./dom.js";
import * as facets from "./facets.js";
import * as grid from "./grid.js";
import * as past from "./history.js";
import * as lightbox from "./lightbox.js";
import * as searchbox from "./searchbox.js";
import * as selection from "./selection.js";
import * as snap from "./snap.js";
import { ask, may, onAsk, state } from "./state.js";
import * as upload from "./upload.js";

const GALLERY = "sightline.gallery";

async function enter() {
  const session = await api.session();
  state.scopes = session.scopes;
  if (session.keys_required && !session.signed_in && !session.anonymous_galleries.length) {
    $("sign-in").showModal();
    return;
  }
  upload.allow();
  admin.allow();
  $("grid").classList.toggle("read-only", !may("write"));
  const found = session.keys_required && !session.signed_in
    ? session.anonymous_galleries.map((name) => ({ name, items: 1 }))
    : (await api.galleries()).galleries;
  choose(found);
}

function choose(galleries) {
  const asked = past.read();
  const names = galleries.map((one) => one.name);
  const fullest = [...galleries].sort((a, b) => b.items - a.items)[0]?.name ?? "";
  const wanted = [asked.gallery, localStorage.getItem(GALLERY)].find((name) => names.includes(name));
  $("gallery").replaceChildren(...names.map((name) => make("option", { value: name, textContent: name })));
  $("gallery").hidden = names.length < 2;
  if (!names.length) {
    $("said").textContent = "There is no gallery yet. Index some pictures: sightline index ~/Pictures";
    return;
  }
  ask({ ...asked, gallery: wanted ?? fullest }, "back");
}

function keys() {
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select, textarea") && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      $("q").focus();
      $("q").select();
    } else if (event.key === "Escape" && selection.size() && !document.querySelector("dialog[open]")) selection.clear();
  });
  for (const button of document.querySelectorAll("[data-close]")) button.onclick = () => button.closest("dialog").close();
  $("home").onclick = (event) => { event.preventDefault(); ask({ q: "", more: [], less: [], picture: null }); };
  $("gallery").onchange = () => ask({ gallery: $("gallery").value, more: [], less: [] });
  $("sign-in-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await api.signIn($("key").value);
      $("key").value = "";
      $("sign-in").close();
      await enter();
    } catch (error) { $("sign-in-said").textContent = error.message; }
  });
}

for (const part of [grid, past, searchbox, chips, snap, facets, selection, upload, lightbox, admin]) part.start();
keys();
onAsk(() => {
  $("gallery").value = state.gallery;
  localStorage.setItem(GALLERY, state.gallery);
  grid.search();
  facets.refresh();
});
enter().catch((error) => { $("said").textContent = error.message; });
