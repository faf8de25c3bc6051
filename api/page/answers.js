// Labels with their probabilities, as bars.

import { make } from "./dom.js";

export const percent = (chance) => `${(100 * chance).toFixed(chance < 0.0995 ? 1 : 0)}\u00a0%`;

/** List items, one for each `{label, probability}`, in their order. */
export const answersOf = (labels) => labels.map(({ label, probability }) => make("li", {},
  make("span", { className: "name", textContent: label }), make("span", { className: "chance", textContent: percent(probability) }),
  make("progress", { max: 1, value: probability, "aria-label": `Probability of ${label}` })));
