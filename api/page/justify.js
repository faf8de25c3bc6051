// Rows of pictures as wide as the page, from their widths and heights alone.

/**
 * Places of pictures, in order. Pictures of a row that is not full yet get none while more are to
 * come, so that what is on the screen never moves. The picture at `breakAt` begins a row of its
 * own, with `breakGap` above it.
 * @returns {{places: {left, top, width, height}[], height: number}}
 */
export function justify(ratios, width, { gap, target, finished, breakAt = -1, breakGap = 0 }) {
  const places = [];
  let top = 0, row = [], sum = 0;
  const close = (height) => {
    let left = 0;
    for (const ratio of row) {
      places.push({ left, top, width: ratio * height, height });
      left += ratio * height + gap;
    }
    top += height + gap;
    row = []; sum = 0;
  };
  for (const [at, ratio] of ratios.entries()) {
    if (at === breakAt) {
      if (row.length) close(Math.min(target, (width - gap * (row.length - 1)) / sum));
      top += breakGap;
    }
    const shown = Math.min(Math.max(ratio || 1, 0.4), 3.5);
    row.push(shown);
    sum += shown;
    const height = (width - gap * (row.length - 1)) / sum;
    if (height <= target) close(height);
  }
  if (row.length && finished) close(Math.min(target, (width - gap * (row.length - 1)) / sum));
  return { places, height: Math.max(0, top - gap) };
}
