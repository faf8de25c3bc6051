// What the gallery holds, what failed and why, its models, its keys; and building the index again.

import * as api from "./api.js";
import { $, make, plural } from "./dom.js";
import { may, state } from "./state.js";
import { complain } from "./toasts.js";

const title = (text) => make("h3", { textContent: text });
const table = (names, rows) => make("table", {},
  make("thead", {}, make("tr", {}, ...names.map((name) => make("th", { textContent: name, scope: "col" })))),
  make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))))));

async function show() {
  const gallery = state.gallery;
  try {
    const [status, failed, keys] = await Promise.all([api.status(gallery), api.failures(gallery), api.keys()]);
    $("admin-title").textContent = gallery;
    $("admin-body").replaceChildren(...figures(status), ...models(status), ...indexing(gallery), ...failures(failed), ...keyList(keys.keys));
  } catch (error) { complain(error); }
}

function figures(status) {
  const shown = [["Items", status.items], ["Pictures", status.views], ["Embedded", status.embedded],
    ["Missing", status.missing], ["Failed", status.failed], ["Jobs", status.jobs]];
  return [make("dl", { className: "figures" }, ...shown.map(([name, n]) =>
    make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: n.toLocaleString() }))))];
}

function models(status) {
  if (!status.spaces.length) return [];
  return [title("Models"), table(["Model", "Use", "Still to embed"], status.spaces.map((space) => [
    space.model, space.active ? "in use" : space.previous ? "before" : "ready", space.missing_views.toLocaleString()]))];
}

function indexing(gallery) {
  const says = make("p", { className: "hint", role: "status" });
  const bar = make("progress", { hidden: true, "aria-label": "Building the index" });
  const button = make("button", { type: "button", textContent: "Build the index again", onclick: async () => {
    button.disabled = true;
    bar.hidden = false;
    try {
      const job = await api.reindex(gallery, {});
      const ended = await api.follow(gallery, job.job, (now) => {
        if (now.total) { bar.max = now.total; bar.value = now.done; }
        says.textContent = now.note || now.state;
      });
      says.textContent = ended.error ? `${ended.error} ${ended.hint}` : "The index is built.";
    } catch (error) { says.textContent = error.message; }
    bar.hidden = true;
    button.disabled = false;
  } });
  return [title("Index"), make("div", { className: "row" }, button, bar, says)];
}

function failures({ failures: failed, total }) {
  if (!total) return [];
  return [title(`${plural(total, "file")} failed`), table(["File", "Why"], failed.map((one) => [one.uri, one.reason]))];
}

function keyList(keys) {
  const live = keys.filter((key) => !key.revoked_at);
  if (!live.length) return [];
  return [title("Keys"), table(["Name", "Begins", "May", ""], live.map((key) => [key.name, key.prefix, key.scopes.join(", "),
    make("button", { type: "button", textContent: "Revoke", "aria-label": `Revoke ${key.name}`, onclick: async () => {
      try { await api.revokeKey(key.id); await show(); } catch (error) { complain(error); }
    } })]))];
}

export function start() {
  $("manage").onclick = () => { $("admin").showModal(); show(); };
}

export const allow = () => { $("manage").hidden = !may("admin"); };
