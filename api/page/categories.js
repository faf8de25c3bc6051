// A picture's categories: how likely, who says so, and what a person says to that.

import { percent } from "./answers.js";
import { categoryField } from "./category-field.js";
import { decide } from "./decisions.js";
import { make } from "./dom.js";
import { filterOf } from "./query.js";
import { may } from "./state.js";

const KEYS = { a: "accept", r: "reject", f: "forget" };

/**
 * Headings, lists and a field for a picture's details.
 * @param item all about it
 * @param find is called with the filter of a category that was clicked
 */
export function section(item, find) {
  if (!item) return [];
  const names = [...new Set(item.guesses.map((guess) => guess.taxonomy))];
  if (!names.length && !may("write")) return [];
  return [make("h3", { textContent: "Categories" }),
    ...names.flatMap((name) => [
      make("p", { className: "taxonomy hint", textContent: name }),
      make("ul", { className: "guesses", role: "list", "aria-label": name },
        ...item.guesses.filter((guess) => guess.taxonomy === name).map((guess) => row(item, guess, find)))]),
    ...(may("write") ? [adding(item)] : [])];
}

function row(item, guess, find) {
  const { category, taxonomy, probability, verdict, effective } = guess;
  const line = make("li", { className: verdict === "reject" ? "guess not" : effective ? "guess" : "guess maybe" },
    make("button", { type: "button", className: "name", textContent: category, title: `All in ${category}`, onclick: () => find(filterOf("category", `${taxonomy}:${category}`)) }),
    make("span", { className: "from", textContent: from(guess) }),
    ...(probability == null ? [] : [make("progress", { max: 1, value: probability, "aria-label": `Probability of ${category}` })]));
  if (!may("write")) return line;
  const say = (op) => decide(op, [item.item], guess);
  line.append(acts(guess, say));
  line.addEventListener("keydown", (event) => {
    const op = KEYS[event.key];
    if (!op || event.ctrlKey || event.metaKey || event.altKey || (op === "forget" && !verdict)) return;
    event.preventDefault();
    say(op);
  });
  return line;
}

function from({ probability, verdict, assigned }) {
  const said = verdict && (verdict === "accept" ? "a person" : "a person: no");
  const guessed = probability != null && `${assigned ? "model" : "model, unsure"} ${percent(probability)}`;
  return [said, guessed].filter(Boolean).join(" · ");
}

function acts({ taxonomy, category, verdict }, say) {
  const act = (op, text, label, state) => make("button", { type: "button", textContent: text, title: `${label} (${op[0]})`,
    "aria-label": `${label} ${category}`, "data-key": `${op} ${taxonomy} ${category}`, onclick: () => say(op), ...state });
  // Not disabled: the focus would be lost where something has just been forgotten.
  const nothing = verdict ? {} : { "aria-disabled": "true", onclick: () => {} };
  return make("span", { className: "acts" },
    act("accept", "✓", "Accept", { "aria-pressed": String(verdict === "accept") }),
    act("reject", "✕", "Reject", { "aria-pressed": String(verdict === "reject") }),
    act("forget", "↺", "Forget what was said of", nothing));
}

function adding(item) {
  const add = () => { if (field.chosen()) decide("accept", [item.item], field.chosen()); };
  const field = categoryField("Add a category", add);
  field.input.dataset.key = "add a category";
  return make("form", { className: "row", onsubmit: (event) => { event.preventDefault(); add(); } },
    field.element, make("button", { textContent: "Add", "aria-label": "Add the category" }));
}
