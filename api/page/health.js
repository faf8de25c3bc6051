// How well a taxonomy fits: categories not told apart, those without pictures, pictures without a category.

import * as api from "./api.js";
import { percent } from "./answers.js";
import { make, plural } from "./dom.js";
import { table, title } from "./tables.js";

export function section(gallery, taxonomy) {
  const spot = make("div", { className: "health" });
  const look = make("button", { type: "button", textContent: "Examine", onclick: async () => {
    look.disabled = true;
    spot.replaceChildren(make("p", { className: "hint", role: "status", textContent: "Looking at every picture …" }));
    try { spot.replaceChildren(...parts(await api.health(gallery, taxonomy))); }
    catch (error) { spot.replaceChildren(make("p", { role: "alert", textContent: error.message })); }
    look.disabled = false;
  } });
  return [title("Health"),
    make("p", { className: "hint", textContent: "Which categories the model mixes up or never finds, and what has no category yet." }),
    make("div", { className: "row" }, look), spot];
}

function parts({ items, with_category: has, not_told_apart: pairs, without_items: empty, clusters }) {
  return [
    make("p", { textContent: `${has.toLocaleString()} of ${plural(items, "picture")} have a category.` }),
    heading(pairs.length ? "Not told apart" : "The model tells all categories apart."),
    ...(pairs.length ? [table(["Categories", "Alike", "Both likely"], pairs.map((pair) =>
      [pair.categories.join(", "), percent(pair.similarity), `${pair.items.toLocaleString()} of ${plural(pair.of, "picture")}`]))] : []),
    heading(empty.length ? `Without pictures: ${empty.length.toLocaleString()}` : "Every category has pictures."),
    ...(empty.length ? [make("p", { className: "empty-categories", textContent: empty.join(", ") })] : []),
    ...(clusters.length ? [heading("Without a category, alike among themselves"), ...clusters.map(cluster)] : []),
  ];
}

const heading = (text) => make("h4", { textContent: text });

function cluster({ items, words, examples }) {
  const says = words.length ? `${plural(items, "picture")}: ${words.join(", ")}?` : plural(items, "picture");
  return make("figure", { className: "cluster" },
    make("figcaption", { textContent: says }),
    make("div", {}, ...examples.map(({ item, images }) => make("img", { src: images.thumb, alt: `Picture ${item}`, loading: "lazy" }))));
}
