// Teaching and calibrating a taxonomy: first what it would do is shown, then it is used, or not; and taken back.

import * as api from "./api.js";
import { percent } from "./answers.js";
import { tell } from "./decisions.js";
import { make, plural } from "./dom.js";
import { title } from "./tables.js";

const KINDS = {
  teach: {
    name: "Teach", stored: "head", answer: "head", why: "Learn from the decisions, so that the model finds more like them.",
    says: ({ measure, accuracy_before: before, accuracy: after, checked, labels }) => [
      `Learnt from ${plural(labels, "picture")}.`,
      ...(after == null || before == null ? [] : [`${measure === "accuracy" ? "Accuracy" : "Average precision"} on ${plural(checked, "picture")} kept out: ${percent(before)} before, ${percent(after)} with it.`])],
  },
  calibrate: {
    name: "Calibrate", stored: "calibration", answer: "calibration", why: "Fit probabilities and lines to the decisions, so that they mean what they say.",
    says: ({ labels, before, after, thresholds }) => [
      `Fitted to ${plural(labels, "picture")}.`,
      ...(before && after ? [`Confidence was off by ${percent(before.error)} on average, and is by ${percent(after.error)} with it; accuracy ${percent(before.accuracy)} and ${percent(after.accuracy)}, on pictures kept out.`] : []),
      ...(thresholds.length ? [`Lines for ${plural(thresholds.filter((one) => one.value != null).length, "category", "categories")}.`] : [])],
  },
};
const spots = {};
let gallery = "", taxonomy = "", changed = () => {};

/** Hears when a taxonomy has learnt, or what it learnt was taken back. */
export const onChange = (does) => { changed = does; };

/** Sections for a taxonomy, as `GET /taxonomies/{taxonomy}` shows it. */
export function sections(of, detail) {
  gallery = of;
  taxonomy = detail.taxonomy;
  return Object.keys(KINDS).flatMap((kind) => section(kind, detail.learnt));
}

function section(kind, learnt) {
  const { name, stored, why, says } = KINDS[kind];
  const now = learnt[stored];
  const spot = spots[kind] = make("div", { className: "lesson", role: "status" });
  return [title(name),
    make("p", { className: "hint", textContent: now ? [`In use since ${new Date(1000 * now.created_at).toLocaleString()}.`, ...says(now)].join(" ") : why }),
    make("div", { className: "row" },
      make("button", { type: "button", textContent: `${name} …`, onclick: () => propose(kind) }),
      ...(now ? [make("button", { type: "button", textContent: "Undo", "aria-label": `Undo: ${name}`, onclick: () => work(kind, { undo: true }, "It is taken back.") })] : [])),
    spot];
}

/** Shows what would be learnt, and asks whether to use it. */
export async function propose(kind) {
  const spot = spots[kind];
  if (!spot) return;
  spot.replaceChildren(make("p", { textContent: "One moment …" }));
  try {
    const found = (await api[kind](gallery, taxonomy, { dry_run: true }))[KINDS[kind].answer];
    const use = make("button", { type: "button", className: "primary", textContent: "Use it", onclick: () => work(kind, {}, "It is in use.") });
    spot.replaceChildren(...KINDS[kind].says(found).map((text) => make("p", { textContent: text })),
      ...(found.note ? [make("p", { className: "hint", textContent: found.note })] : []),
      ...(found.is_better === false && found.accuracy != null ? [make("p", { className: "hint", textContent: "It is no better than the model alone." })] : []),
      make("div", { className: "row" }, use, make("button", { type: "button", className: "quiet", textContent: "Leave it", onclick: () => spot.replaceChildren() })));
    use.focus();
  } catch (error) { spot.replaceChildren(make("p", { textContent: error.message })); }
}

async function work(kind, json, done) {
  const spot = spots[kind], bar = make("progress", { "aria-label": "Progress" });
  const says = make("p", { textContent: "It begins …" });
  spot.replaceChildren(says, bar);
  try {
    const { job } = await api[kind](gallery, taxonomy, json);
    const ended = await api.follow(gallery, job.job, ({ done: n, total, note, state }) => {
      if (total) { bar.max = total; bar.value = n; }
      says.textContent = note || state;
    });
    await changed();
    spots[kind].replaceChildren(make("p", { textContent: ended.error ? `${ended.error} ${ended.hint}` : done }));
    tell([]);
  } catch (error) { spot.replaceChildren(make("p", { textContent: error.message })); }
}
