// The box's text taken apart, so that filters can be put in and taken out of it.

export const words = (text) => text.match(/(?:[^\s"]|"(?:\\.|[^"\\])*"?)+/gu) ?? [];

export const has = (text, filter) => words(text).includes(filter);

/** The text without the words that `unwanted` says yes to. */
export const without = (text, unwanted) => words(text).filter((word) => !unwanted(word)).join(" ");

/** The text with the filter put on, or taken off where it was on. */
export const toggled = (text, filter) =>
  has(text, filter) ? without(text, (word) => word === filter) : [...words(text), filter].join(" ");

/** A filter as the box's syntax writes it. */
export const filterOf = (key, value) =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) ? `${key}:${value}` : `${key}:"${value.replace(/["\\]/g, "\\$&")}"`;
