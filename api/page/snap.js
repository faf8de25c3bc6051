// Searching with a picture: dropped, pasted, chosen or just taken.

import { $ } from "./dom.js";
import { dataUrl, pastedPicture, shrunk } from "./pictures.js";
import { ask } from "./state.js";
import { complain } from "./toasts.js";

/** Searches with a file; it is made small first where the browser can read it. */
export async function search(file) {
  try {
    ask({ picture: { data: await dataUrl(await shrunk(file)), box: null } });
  } catch (error) { complain(error); }
}

export function start() {
  $("snap").onclick = () => $("pick").showModal();
  const chosen = (input) => () => {
    const [file] = input.files;
    input.value = "";
    $("pick").close();
    if (file) search(file);
  };
  for (const [button, id] of [["choose", "file-search"], ["camera", "file-camera"]]) {
    $(button).onclick = () => $(id).click();
    $(id).onchange = chosen($(id));
  }
  $("camera").hidden = !matchMedia("(any-pointer: coarse)").matches;
  addEventListener("paste", (event) => {
    const file = pastedPicture(event);
    if (!file) return;
    event.preventDefault();
    $("pick").close();
    search(file);
  });
}
