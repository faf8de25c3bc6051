// The box: results as one types, suggestions below it.

import { settle } from "./history.js";
import { $, debounce } from "./dom.js";
import { ask, onAsk, state } from "./state.js";
import * as suggestions from "./suggestions.js";
import * as walk from "./walk.js";

const PAUSE_MS = 70; // shorter than the time between most people's keystrokes
const box = $("q");

export function start() {
  const typed = debounce(PAUSE_MS, () => box.value !== state.q && ask({ q: box.value }, "typing"));
  box.addEventListener("input", () => { typed(); suggestions.refresh(); });
  box.addEventListener("blur", () => { settle(); suggestions.close(); });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || suggestions.onKey(event)) return;
    if (event.key === "ArrowDown") { event.preventDefault(); suggestions.close(); walk.focusAt(0); }
    else if (event.key === "Escape" && box.value) { event.preventDefault(); box.value = ""; commit(); }
  });
  $("search").addEventListener("submit", (event) => { event.preventDefault(); commit(); });
  suggestions.onTake((text) => { box.value = text; suggestions.refresh(); typed(); });
  onAsk(() => { if (box.value !== state.q) box.value = state.q; });
}

function commit() {
  suggestions.close();
  if (box.value !== state.q) ask({ q: box.value }, "typing");
  settle();
}
