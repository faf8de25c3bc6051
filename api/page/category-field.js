// A field for the name of a category, with those of the gallery below it as one types.

import * as api from "./api.js";
import { debounce, make } from "./dom.js";
import { listbox } from "./listbox.js";
import { state } from "./state.js";

const AFTER_MS = 120;
let n = 0;

/**
 * A field to put into a form.
 * @param taken is called when a category was chosen from the list
 * @param taxonomy only its categories are offered; any where it is empty
 * @returns {{element, input, chosen}} `chosen()` is what was chosen or typed, `{category, taxonomy}`, or null
 */
export function categoryField(label, taken = () => {}, taxonomy = "") {
  const id = `categories-${n++}`;
  const input = make("input", { placeholder: label, maxLength: 1000, autocomplete: "off", spellcheck: false, role: "combobox",
    "aria-label": label, "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": id });
  const list = make("ul", { id, className: "suggestions", role: "listbox", "aria-label": "Categories", hidden: true });
  let meant = null, loading = null;
  const options = listbox(input, list, (option) => { meant = option; input.value = option.text; taken(); });

  const refresh = debounce(AFTER_MS, async () => {
    loading?.abort();
    const mine = (loading = new AbortController());
    try {
      const { suggestions } = await api.suggest(state.gallery, `category:"${input.value.trim()}`, mine.signal);
      if (mine !== loading || document.activeElement !== input) return;
      options.show(optionsOf(suggestions, taxonomy));
      list.scrollIntoView({ block: "nearest" });
    } catch { if (mine === loading) options.close(); }
  });

  input.addEventListener("input", () => { meant = null; refresh(); });
  input.addEventListener("click", refresh);
  input.addEventListener("blur", () => { loading?.abort(); options.close(); });
  input.addEventListener("keydown", (event) => {
    if (options.onKey(event)) event.stopPropagation();
    else if (event.key === "ArrowDown") refresh();
  });
  const chosen = () => {
    const typed = input.value.trim();
    return meant ? { category: meant.category, taxonomy: meant.taxonomy } : typed ? { category: typed, taxonomy } : null;
  };
  return { element: make("div", { className: "category-field" }, input, list), input, chosen };
}

const optionsOf = (suggestions, taxonomy) => suggestions
  .filter((one) => one.taxonomy && (!taxonomy || one.taxonomy === taxonomy))
  .map((one) => ({ text: one.text, note: one.taxonomy, category: one.text, taxonomy: one.taxonomy }));
