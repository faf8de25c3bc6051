// Keys: listed, revoked, made; a new one's secret is shown once, for a site with the lines to paste.

import * as api from "./api.js";
import { make } from "./dom.js";
import { field, table, title } from "./tables.js";
import { complain } from "./toasts.js";

let made = null, changed = () => {};

export const onChange = (does) => { changed = does; };

export async function section(gallery) {
  const [{ keys }, session] = await Promise.all([api.keys(), api.session()]);
  const live = keys.filter((key) => !key.revoked_at);
  const shown = made ? [secret(gallery)] : [];
  made = null;
  return [title("Keys"),
    ...(live.length ? [table(["Name", "Begins", "May", "Where", "Last used", ""], live.map(row))] : []),
    ...shown, form(gallery, session), ...(session.signed_in ? [signOut()] : [])];
}

function row(key) {
  const where = [key.galleries?.join(", ") ?? "everywhere", ...(key.origin ? [`pages of ${key.origin}`] : [])].join(", ");
  const used = key.last_used_at ? new Date(1000 * key.last_used_at).toLocaleDateString() : "never";
  return [key.name, key.prefix, key.scopes.join(", "), where, used,
    make("button", { type: "button", textContent: "Revoke", "aria-label": `Revoke ${key.name}`, onclick: async () => {
      try { await api.revokeKey(key.id); changed(); } catch (error) { complain(error); }
    } })];
}

function secret(gallery) {
  const lines = `<script type="module" src="${location.origin}/embed.js"></script>\n` +
    `<sightline-search key="${made.secret}" gallery="${gallery}"></sightline-search>`;
  const text = made.origin ? lines : made.secret;
  const box = make("textarea", { value: text, readOnly: true, rows: made.origin ? 4 : 1, spellcheck: false, "aria-label": "The new key" });
  box.onfocus = () => box.select();
  const says = made.origin ? `Put these two lines into a page of ${made.origin}. The key is shown this once.` : "This is the key. It is shown this once.";
  const copy = make("button", { type: "button", textContent: "Copy", onclick: async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  } });
  return make("div", { className: "secret", role: "status" }, make("p", { textContent: says }), box, ...(navigator.clipboard ? [copy] : []));
}

const KINDS = {
  site: ["a site's pages: search only", (gallery, origin) => ({ scopes: ["search"], galleries: [gallery], origin })],
  search: ["a program: search", (gallery) => ({ scopes: ["search"], galleries: [gallery] })],
  write: ["a program: search and write", (gallery) => ({ scopes: ["search", "write"], galleries: [gallery] })],
  admin: ["an administrator: everything", () => ({ scopes: ["admin"] })],
};

function form(gallery, session) {
  const first = !session.keys_required; // from the first key on every request needs one: it has to be ours
  const name = field("New key, for whom", { required: true, maxLength: 100 });
  const kind = field("What for", {}, "select");
  const kinds = Object.entries(KINDS).filter(([value]) => !first || value === "admin");
  kind.input.replaceChildren(...kinds.map(([value, [text]]) => make("option", { value, textContent: text })));
  const origin = field("The site", { type: "url", placeholder: "https://shop.example", maxLength: 300 });
  const adapt = () => { origin.row.hidden = kind.input.value !== "site"; origin.input.required = !origin.row.hidden; };
  kind.input.onchange = adapt;
  adapt();
  const hint = first ? [make("p", { className: "hint", textContent: "The first key closes the service: from then on every request needs one. You are signed in with it." })] : [];
  return make("form", { className: "fields", "aria-label": "New key", onsubmit: async (event) => {
    event.preventDefault();
    try {
      const fields = KINDS[kind.input.value][1](gallery, origin.input.value.trim());
      made = await api.makeKey({ name: name.input.value.trim(), ...fields });
      if (first) await api.signIn(made.secret);
      changed();
    } catch (error) { complain(error); }
  } }, name.row, kind.row, origin.row, make("button", { textContent: "Make a key" }), ...hint);
}

const signOut = () => make("div", { className: "row" }, make("button", { type: "button", textContent: "Sign out", onclick: async () => {
  try { await api.signOut(); location.reload(); } catch (error) { complain(error); }
} }));
