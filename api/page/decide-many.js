// One category accepted or rejected for all pictures that are selected.

import { categoryField } from "./category-field.js";
import { decide } from "./decisions.js";
import { $ } from "./dom.js";
import * as selection from "./selection.js";

export function start() {
  const field = categoryField("Category");
  $("selected-category").replaceWith(field.element);
  const say = (op) => {
    const meant = field.chosen();
    if (meant) decide(op, selection.items(), meant);
    else field.input.focus();
  };
  $("accept").onclick = () => say("accept");
  $("reject").onclick = () => say("reject");
  field.input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    event.preventDefault(); // the form's own button puts a tag on
    if (selection.size()) say("accept");
  });
}
