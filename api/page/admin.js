// The administrator's view: what the gallery holds, its models and taxonomies, what failed and why, keys.

import * as api from "./api.js";
import { $, make, plural } from "./dom.js";
import * as keys from "./keys.js";
import * as models from "./models.js";
import { may, state } from "./state.js";
import { table, title } from "./tables.js";
import * as taxonomies from "./taxonomies.js";
import { complain } from "./toasts.js";

const MOST_FAILURES = 200;

async function show() {
  const gallery = state.gallery;
  try {
    const [status, failed] = await Promise.all([api.status(gallery), api.failures(gallery, MOST_FAILURES)]);
    $("admin-title").textContent = `Gallery ${gallery}`;
    $("admin-body").replaceChildren(figures(status), ...models.section(gallery, status),
      ...(await taxonomies.section(gallery)), ...failures(failed), ...(await keys.section(gallery)));
  } catch (error) { complain(error); }
}

function figures(status) {
  const shown = [["Items", status.items], ["Pictures", status.views], ["Embedded", status.embedded],
    ["Missing", status.missing], ["Failed", status.failed], ["Jobs", status.jobs]];
  return make("dl", { className: "figures" }, ...shown.map(([name, n]) =>
    make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: n.toLocaleString() }))));
}

function failures({ failures: failed, total }) {
  if (!total) return [];
  const rest = total > failed.length ? [make("p", { className: "hint", textContent: `The first ${failed.length} are shown.` })] : [];
  return [title(`${plural(total, "file")} failed`), table(["File", "Why"], failed.map((one) => [one.name, one.reason])), ...rest];
}

export function start() {
  models.onChange(show);
  taxonomies.onChange(show);
  keys.onChange(show);
  $("manage").onclick = () => { $("admin-body").replaceChildren(); $("admin").showModal(); show(); };
}

export const allow = () => { $("manage").hidden = !may("admin"); };
