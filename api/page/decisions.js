// What people decide about categories: kept at once, and taken back by a click.

import * as api from "./api.js";
import { plural } from "./dom.js";
import { state } from "./state.js";
import { complain, toast } from "./toasts.js";

const MOST_AT_ONCE = 100;
const SAYS = {
  accept: (category, items) => `${category} was accepted for ${items}.`,
  reject: (category, items) => `${category} was rejected for ${items}.`,
  forget: (category, items) => `What was said of ${category} is forgotten for ${items}.`,
};
const listeners = [];
let told = null;

/** Hears the items about which something was decided or taken back. */
export const onDecision = (listener) => listeners.push(listener);

/** Tells whoever listens that categories have changed; `items`: those that were decided about. */
export const tell = (items) => listeners.forEach((listener) => listener(items));

/**
 * Accepts, rejects or forgets a category of some items, and offers to take that back unless `quiet`.
 * @returns {Promise<(() => Promise<void>) | null>} takes it back; null where it was refused
 */
export async function decide(op, items, { category, taxonomy = "" }, { quiet = false } = {}) {
  const gallery = state.gallery;
  let undo;
  try {
    ({ undo } = await api.batch(gallery, [{ op, items, category, taxonomy }]));
  } catch (error) { complain(error); return null; }
  const takeBack = async () => {
    told?.close();
    try {
      for (let at = 0; at < undo.length; at += MOST_AT_ONCE) await api.batch(gallery, undo.slice(at, at + MOST_AT_ONCE));
      tell(items);
    } catch (error) { complain(error); }
  };
  told?.close(); // only the last one can be taken back
  if (!quiet) told = toast(SAYS[op](category, plural(items.length, "picture")), { action: "Undo", lastsMs: 15000, does: takeBack });
  tell(items);
  return takeBack;
}
