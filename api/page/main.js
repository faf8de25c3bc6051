// Puts the page's parts together.

import * as admin from "./admin.js";
import * as api from "./api.js";
import * as chips from "./chips.js";
import * as crop from "./crop.js";
import * as decideMany from "./decide-many.js";
import { onDecision } from "./decisions.js";
import { $, make } from "./dom.js";
import * as facets from "./facets.js";
import * as grid from "./grid.js";
import * as past from "./history.js";
import * as lightbox from "./lightbox.js";
import * as makeCategory from "./make-category.js";
import * as reviewing from "./reviewing.js";
import * as searchbox from "./searchbox.js";
import * as selection from "./selection.js";
import * as snap from "./snap.js";
import { ask, onAsk, state } from "./state.js";
import * as taxonomy from "./taxonomy.js";
import * as timeline from "./timeline.js";
import * as toasts from "./toasts.js";
import * as trying from "./trying.js";
import * as upload from "./upload.js";
import * as walk from "./walk.js";

const GALLERY = "sightline.gallery";

async function enter() {
  const session = await api.session();
  state.scopes = session.scopes;
  const outside = session.keys_required && !session.signed_in;
  $("enter").hidden = !outside;
  const galleries = outside ? session.anonymous_galleries.map((name) => ({ name, items: 1 })) : (await api.galleries()).galleries;
  // Not before it is known which gallery they are about.
  for (const part of [upload, admin, selection]) part.allow();
  if (outside && !galleries.length) $("sign-in").showModal();
  else choose(galleries);
}

function choose(galleries) {
  const asked = past.read();
  const names = galleries.map((one) => one.name);
  const fullest = [...galleries].sort((a, b) => b.items - a.items)[0]?.name ?? "";
  const wanted = [asked.gallery, localStorage.getItem(GALLERY)].find((name) => names.includes(name));
  $("gallery").replaceChildren(...names.map((name) => make("option", { value: name, textContent: name })));
  $("gallery").hidden = names.length < 2;
  for (const id of ["q", "snap", "try"]) $(id).disabled = !names.length;
  if (!names.length) {
    for (const id of ["add", "manage"]) $(id).hidden = true;
    $("said").textContent = "There is no gallery yet. Index some pictures: sightline index ~/Pictures";
    return;
  }
  ask({ ...asked, gallery: wanted ?? fullest }, "back");
}

const inDialog = () => document.querySelector("dialog[open]");

function keys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || inDialog()) return;
    if (event.key === "Escape" && selection.active()) selection.clear();
    if (event.target.matches("input, select, textarea")) return;
    if (event.key === "/") {
      event.preventDefault();
      $("q").focus();
      $("q").select();
    } else if (event.key === "?") $("help").showModal();
    else if (event.key === "t" && state.gallery) { event.preventDefault(); trying.open(); }
  });
}

function buttons() {
  for (const button of document.querySelectorAll("[data-close]")) button.onclick = () => button.closest("dialog").close();
  $("home").onclick = (event) => { event.preventDefault(); ask({ q: "", more: [], less: [], picture: null }); };
  $("gallery").onchange = () => ask({ gallery: $("gallery").value, more: [], less: [] });
  $("helps").onclick = () => $("help").showModal();
  $("enter").onclick = () => $("sign-in").showModal();
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

for (const part of [toasts, grid, walk, past, searchbox, chips, snap, crop, facets, timeline, selection, decideMany, makeCategory, upload,
  lightbox, trying, reviewing, taxonomy, admin]) part.start();
keys();
buttons();
selection.onChange(facets.refresh);
onDecision(facets.refresh);
upload.onAdded(() => (grid.hits.length ? facets.refresh() : find()));
async function find() {
  facets.hold();
  if (state.gallery && await grid.search()) facets.refresh();
}
onAsk(() => {
  $("gallery").value = state.gallery;
  localStorage.setItem(GALLERY, state.gallery);
  find();
});
enter().catch((error) => { $("said").textContent = error.message; });
