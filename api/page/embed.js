// The search box in another site's page, with a key that searches only and is good on that site alone:
//
//   <script type="module" src="https://photos.example/embed.js"></script>
//   <sightline-search key="sl_…" gallery="shop"></sightline-search>
//
// `query` asks at once, `limit` is how many pictures a page of results has. A chosen picture is a
// `sightline-open` event whose `detail` is the hit; unless it is cancelled the picture is shown large.

import { debounce, make } from "./dom.js";
import { STYLE } from "./embed-style.js";
import { justify } from "./justify.js";
import { patiently } from "./patience.js";
import { dataUrl, pastedPicture, shrunk } from "./pictures.js";

const PAUSE_MS = 120;
const CAMERA = "M4 8h3l2-3h6l2 3h3v11H4zM12 9.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7z";
const service = (path) => new URL(path, import.meta.url);

class SightlineSearch extends HTMLElement {
  #box; #chip; #said; #grid; #more; #large; #file;
  #picture = null; #hits = []; #next = null; #asking = null;

  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open", delegatesFocus: true }).adoptedStyleSheets = [STYLE];
    this.shadowRoot.append(...this.#parts());
    new ResizeObserver(() => this.#lay()).observe(this.#grid);
    if (this.getAttribute("query")) this.search(this.getAttribute("query"));
  }

  /** Searches for a text, together with the picture that was given, if any. */
  search(text) {
    this.#box.value = text;
    return this.#ask();
  }

  #parts() {
    this.#box = make("input", { type: "search", "aria-label": "Search pictures", placeholder: this.getAttribute("placeholder") ?? "Search pictures", autocomplete: "off" });
    this.#box.addEventListener("input", debounce(PAUSE_MS, () => this.#ask()));
    this.#file = make("input", { type: "file", accept: "image/*", hidden: true, onchange: () => {
      const [file] = this.#file.files;
      this.#file.value = "";
      this.#snap(file);
    } });
    this.#chip = make("p", { className: "chip", hidden: true });
    this.#said = make("p", { className: "said", role: "status" });
    this.#grid = make("ul", { className: "grid", role: "list", "aria-label": "Results" });
    this.#more = make("button", { type: "button", className: "more", textContent: "More", hidden: true, onclick: () => this.#ask(this.#next) });
    this.#large = make("dialog", { "aria-label": "Picture", onclick: () => this.#large.close() });
    const form = make("form", { role: "search", onsubmit: (event) => { event.preventDefault(); this.#ask(); } },
      this.#box, make("button", { type: "button", "aria-label": "Search with a picture", title: "Search with a picture", onclick: () => this.#file.click() }, icon(CAMERA)));
    this.addEventListener("paste", (event) => this.#snap(pastedPicture(event)));
    this.addEventListener("dragover", (event) => event.preventDefault());
    this.addEventListener("drop", (event) => { event.preventDefault(); this.#snap(event.dataTransfer.files[0]); });
    return [form, this.#file, this.#chip, this.#said, this.#grid, this.#more, this.#large];
  }

  async #snap(file) {
    if (!file) return;
    this.#picture = await dataUrl(await shrunk(file));
    this.#chip.replaceChildren(make("img", { src: this.#picture, alt: "" }), "Your picture",
      make("button", { type: "button", textContent: "✕", "aria-label": "Remove: Your picture", onclick: () => {
        this.#picture = null;
        this.#chip.hidden = true;
        this.#ask();
      } }));
    this.#chip.hidden = false;
    await this.#ask();
  }

  /** Asks the service; what an older question still brings is dropped. */
  async #ask(cursor = null) {
    this.#asking?.abort();
    const mine = (this.#asking = new AbortController());
    const q = this.#box.value.trim();
    if (!q && !this.#picture) { this.#show({ hits: [], next: null }, null); this.#said.textContent = ""; return; }
    try {
      const answer = await this.#fetch({ q, limit: Number(this.getAttribute("limit")) || 24, ...(cursor && { cursor }),
        ...(this.#picture && { terms: [{ image: this.#picture.split(",", 2)[1] }] }) }, mine.signal);
      if (mine === this.#asking) this.#show(answer, cursor);
    } catch (error) {
      if (mine === this.#asking && error.name !== "AbortError") this.#said.textContent = error.message;
    }
  }

  async #fetch(json, signal) {
    const gallery = encodeURIComponent(this.getAttribute("gallery") ?? "default");
    const headers = { "Content-Type": "application/json" };
    if (this.getAttribute("key")) headers.Authorization = `Bearer ${this.getAttribute("key")}`;
    let response;
    try {
      response = await patiently(() => fetch(service(`/v1/galleries/${gallery}/search`),
        { method: "POST", body: JSON.stringify(json), headers, signal, credentials: "omit" }),
      (sent) => sent.headers.get("Retry-After"), signal);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("The search cannot be reached from this page.");
    }
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error([body.error ?? `The service answered ${response.status}.`, body.hint].filter(Boolean).join(" "));
    return body;
  }

  #show({ hits, next }, cursor) {
    if (!cursor) { this.#hits = []; this.#grid.replaceChildren(); }
    this.#hits.push(...hits);
    this.#next = next;
    this.#more.hidden = !next;
    this.#said.textContent = this.#hits.length ? "" : "Nothing was found.";
    this.#grid.append(...hits.map((hit) => this.#tile(hit)));
    this.#lay();
  }

  #tile(hit) {
    const name = hit.title || hit.uri || `Picture ${hit.item}`;
    const image = make("img", { crossOrigin: "anonymous", alt: name, loading: "lazy", src: this.#address(hit.images.thumb) });
    return make("li", {}, make("button", { type: "button", onclick: () => this.#open(hit, name) }, image));
  }

  #open(hit, name) {
    const told = new CustomEvent("sightline-open", { detail: hit, bubbles: true, composed: true, cancelable: true });
    if (!this.dispatchEvent(told)) return;
    this.#large.replaceChildren(make("img", { crossOrigin: "anonymous", alt: name, src: this.#address(hit.images.preview) }),
      make("button", { type: "button", textContent: "✕", "aria-label": "Close" }));
    this.#large.showModal();
  }

  /** Where a picture is; an address cannot carry a header, so the key stands in it. */
  #address(path) {
    const address = service(path);
    if (this.getAttribute("key")) address.searchParams.set("key", this.getAttribute("key"));
    return address.href;
  }

  #lay() {
    const width = this.#grid.clientWidth;
    const ratios = this.#hits.map((hit) => hit.width / hit.height);
    const { places, height } = justify(ratios, width, { gap: 8, target: width < 500 ? 130 : 200, finished: true });
    this.#grid.style.height = `${height}px`;
    places.forEach((place, at) => {
      for (const side of ["left", "top", "width", "height"]) this.#grid.children[at].style[side] = `${place[side]}px`;
    });
  }
}

function icon(d) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

customElements.define("sightline-search", SightlineSearch);
