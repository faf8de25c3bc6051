// The service's documented routes, and its one shape of errors.

import { patiently } from "./patience.js";

export class Refused extends Error {
  constructor(status, body) {
    super([body.error, body.hint].filter(Boolean).join(" "));
    this.status = status;
    this.code = body.code;
  }
}

async function call(path, { method = "GET", json, signal } = {}) {
  const request = { method, signal, headers: {} };
  if (json !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(json);
  }
  const send = async () => {
    try {
      return await fetch(path, request);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused(0, { error: "The service cannot be reached.", code: "unreachable" });
    }
  };
  const response = await patiently(send, (sent) => sent.headers.get("Retry-After"), signal);
  if (response.status === 204) return null;
  const body = await response.json().catch(() => ({ error: `The service answered ${response.status}.` }));
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

const at = (gallery, rest) => `/v1/galleries/${encodeURIComponent(gallery)}${rest}`;
const asked = (fields) => new URLSearchParams(Object.entries(fields).filter(([, v]) => v !== "" && v != null));

export const session = () => call("/v1/session");
export const signIn = (key) => call("/v1/session", { method: "POST", json: { key } });
export const signOut = () => call("/v1/session", { method: "DELETE" });
export const models = () => call("/v1/models");
export const galleries = () => call("/v1/galleries");
export const status = (gallery) => call(at(gallery, "/status"));
export const failures = (gallery, limit) => call(at(gallery, `/failures?limit=${limit}`));
export const item = (gallery, id) => call(at(gallery, `/items/${id}`));
export const keys = () => call("/v1/keys");
export const revokeKey = (id) => call(`/v1/keys/${id}`, { method: "DELETE" });
export const makeKey = (json) => call("/v1/keys", { method: "POST", json });

export const search = (gallery, { q, terms, cursor, limit }, signal) =>
  terms.length
    ? call(at(gallery, "/search"), { method: "POST", signal, json: { q, terms, limit, ...(cursor && { cursor }) } })
    : call(at(gallery, `/search?${asked({ q, limit, cursor })}`), { signal });

export const suggest = (gallery, q, signal) =>
  call(at(gallery, `/suggest?${asked({ q, limit: 8 })}`), { signal });

export const facets = (gallery, { q, terms }, signal) =>
  terms.length
    ? call(at(gallery, "/facets"), { method: "POST", signal, json: { q, terms } })
    : call(at(gallery, `/facets?${asked({ q })}`), { signal });

export const taxonomies = (gallery) => call(at(gallery, "/taxonomies"));
const taxonomyAt = (gallery, name, rest = "") => at(gallery, `/taxonomies/${encodeURIComponent(name)}${rest}`);
export const taxonomy = (gallery, name) => call(taxonomyAt(gallery, name));
export const importTaxonomy = (gallery, json) => call(at(gallery, "/taxonomies"), { method: "POST", json });
export const review = (gallery, name, limit) => call(taxonomyAt(gallery, name, `/review?limit=${limit}`));
export const health = (gallery, name) => call(taxonomyAt(gallery, name, "/health"));
export const teach = (gallery, name, json) => call(taxonomyAt(gallery, name, "/teach"), { method: "POST", json });
export const calibrate = (gallery, name, json) => call(taxonomyAt(gallery, name, "/calibrate"), { method: "POST", json });
export const examples = (gallery, name, json) => call(taxonomyAt(gallery, name, "/examples"), { method: "POST", json });
export const classify = (gallery, json, signal) => call(at(gallery, "/classify"), { method: "POST", signal, json });

export const patch = (gallery, id, json) => call(at(gallery, `/items/${id}`), { method: "PATCH", json });
export const batch = (gallery, operations) =>
  call(at(gallery, "/items:batch"), { method: "POST", json: { operations } });
export const reindex = (gallery, json) => call(at(gallery, "/reindex"), { method: "POST", json });

export const thumb = (gallery, id) => at(gallery, `/items/${id}/image?size=thumb`);

/** Sends one file; `onSent` hears the part sent so far, in [0, 1]. Resolves to its job. */
export async function upload(gallery, file, onSent) {
  const sent = await patiently(() => post(at(gallery, "/items"), file, onSent), (one) => one.getResponseHeader("Retry-After"));
  if (sent.status >= 300) throw new Refused(sent.status, sent.response ?? { error: "It was refused." });
  return sent.response;
}

/** Posts a file as a form: only an XMLHttpRequest tells how much has been sent. */
function post(address, file, onSent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("image", file, file.name || "picture");
    request.open("POST", address);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onSent(event.loaded / event.total);
    request.onerror = () => reject(new Refused(0, { error: "The service cannot be reached." }));
    request.onload = () => resolve(request);
    request.send(form);
  });
}

/** Follows a job to its end; `onChange` hears each of its states. */
export function follow(gallery, job, onChange) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(at(gallery, `/jobs/${job}/events`));
    events.addEventListener("job", (event) => {
      const now = JSON.parse(event.data);
      onChange(now);
      if (now.state === "done" || now.state === "failed") {
        events.close();
        resolve(now);
      }
    });
    events.onerror = () => {
      if (events.readyState !== EventSource.CLOSED) return;
      reject(new Refused(0, { error: "The job can no longer be followed." }));
    };
  });
}
