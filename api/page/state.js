// What is being asked. One object, changed through `ask`, told to whoever listens.

const listeners = [];

/** `picture`: `{data: a data URL, box: [x, y, width, height] in [0, 1] or null}`, or null. */
export const state = { gallery: "", q: "", more: [], less: [], picture: null, scopes: [] };

export const may = (scope) => state.scopes.includes(scope);
export const onAsk = (listener) => listeners.push(listener);

/** Changes the question. `how`: "typing" (one history entry per query), "step" or "back". */
export function ask(changes, how = "step") {
  Object.assign(state, changes);
  for (const listener of listeners) listener(how);
}

/** The terms beside the box's own words, as the service takes them. */
export function terms() {
  const { picture, more, less } = state;
  const image = picture ? [{ image: picture.data.split(",", 2)[1], ...(picture.box && { box: picture.box }) }] : [];
  return [
    ...image,
    ...more.map((item) => ({ item })),
    ...less.map((item) => ({ item, weight: -0.5 })),
  ];
}

export function push(item, kind) {
  const other = kind === "more" ? "less" : "more";
  ask({
    [kind]: [...state[kind].filter((one) => one !== item), item].slice(-7),
    [other]: state[other].filter((one) => one !== item),
  });
}

export const drop = (item, kind) => ask({ [kind]: state[kind].filter((one) => one !== item) });
