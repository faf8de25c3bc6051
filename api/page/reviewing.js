// The pictures that the model is least certain of, decided about one after another.

import * as api from "./api.js";
import { percent } from "./answers.js";
import { categoryField } from "./category-field.js";
import { decide } from "./decisions.js";
import { $, make, plural } from "./dom.js";
import { state } from "./state.js";
import { complain } from "./toasts.js";

const AT_ONCE = 50, MOST = 500;
const dialog = $("reviewing");
let taxonomy = "", waiting = [], labels = 0, doing = Promise.resolve();
const said = [], seen = new Set();

/** Asks about the pictures of a taxonomy until nothing is left, or one has had enough. */
export async function open(name) {
  taxonomy = name;
  waiting = [];
  said.length = 0;
  seen.clear();
  $("reviewing-title").textContent = `Review ${name}`;
  $("review-body").replaceChildren();
  $("review-count").textContent = "";
  dialog.showModal();
  await next();
}

/** Shows what comes next, with new pictures where none are at hand. */
async function next() {
  if (!waiting.length) {
    try {
      const answer = await api.review(state.gallery, taxonomy, Math.min(MOST, AT_ONCE + seen.size));
      waiting = answer.items.filter((item) => !seen.has(item.item));
      labels = answer.labels;
    } catch (error) { complain(error); return; }
  }
  show();
}

function show() {
  const [item, following] = waiting;
  const decided = plural(said.length, "decision");
  $("review-count").textContent = `${decided} now · ${labels.toLocaleString()} decided in all · ${item ? `${waiting.length} to go` : "nothing left"}`;
  $("review-body").replaceChildren(...(item ? [picture(item), question(item)]
    : [make("p", { className: "hint", textContent: `Nothing of ${taxonomy} is left to review.` })]));
  if (following) new Image().src = following.views[0].images.preview; // it is there when its turn comes
  (dialog.querySelector(".primary") ?? $("reviewing-title")).focus();
}

const picture = (item) => make("img", { src: item.views[0].images.preview, alt: item.title || `Picture ${item.item}` });
const guessesOf = (item) => item.guesses.filter((guess) => guess.taxonomy === taxonomy);

function question(item) {
  const guesses = guessesOf(item), [first] = guesses;
  const act = (text, key, className = "") => make("button", { type: "button", className, onclick: () => take(key) },
    `${text} `, make("kbd", { textContent: key }));
  const field = categoryField("Another category", () => say("accept", field.chosen().category), taxonomy);
  return make("div", { className: "question" },
    make("h3", { textContent: first ? `Is it ${first.category}?` : "What is it?" }),
    make("div", { className: "row" }, ...(first ? [act("Yes", "y", "primary"), act("No", "n")] : []), act("Skip", "s"), undo()),
    make("ol", { className: "choices", "aria-label": "What the model finds likely" }, ...guesses.map((guess, at) => make("li", {},
      make("button", { type: "button", onclick: () => take(String(at + 1)) }, make("kbd", { textContent: String(at + 1) }),
        make("span", { className: "name", textContent: guess.category }), make("span", { className: "chance", textContent: percent(guess.probability) })),
      make("progress", { max: 1, value: guess.probability, "aria-label": `Probability of ${guess.category}` })))),
    make("form", { className: "row", onsubmit: (event) => { event.preventDefault(); if (field.chosen()) say("accept", field.chosen().category); } },
      field.element, make("button", { textContent: "Take it" })));
}

const undo = () => make("button", { type: "button", disabled: !said.length, onclick: () => take("u") }, "Undo ", make("kbd", { textContent: "u" }));

/** Keys that come quickly wait for each other. */
const take = (key) => { doing = doing.then(() => act(key)); };
const say = (op, category) => { doing = doing.then(() => keep(op, category)); };

async function act(key) {
  const [item] = waiting;
  if (key === "u") return back();
  if (!item) return undefined;
  if (key === "s") return pass(item);
  const guess = guessesOf(item)[key === "y" || key === "n" ? 0 : Number(key) - 1];
  return guess && keep(key === "n" ? "reject" : "accept", guess.category);
}

async function keep(op, category) {
  const [item] = waiting;
  const takeBack = item && await decide(op, [item.item], { category, taxonomy }, { quiet: true });
  if (!takeBack) return;
  said.push({ item, takeBack });
  labels += 1;
  await pass(item);
}

function pass(item) {
  seen.add(item.item);
  waiting.shift();
  return next();
}

async function back() {
  const last = said.pop();
  if (!last) return;
  await last.takeBack();
  labels -= 1;
  waiting.unshift(last.item);
  show();
}

export function start() {
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    if (!/^[ynsu1-9]$/.test(event.key)) return;
    event.preventDefault();
    take(event.key);
  });
}
