/**
 * Which rows of a long list are in view. Browsers cap how tall an element may be (Firefox near 17.9 million pixels), so a
 * longer list gets a shorter track and the scroll position is stretched over it.
 */
export const trackLimit = 12_000_000;

export interface Viewport {
  /** First row to draw. */
  first: number;
  /** One past the last row to draw. */
  last: number;
  /** Where, in the track, the first drawn row stands. */
  offset: number;
}

export function trackHeight(rows: number, rowHeight: number): number {
  return Math.min(rows * rowHeight, trackLimit);
}

export function viewportAt(
  scrollTop: number,
  height: number,
  rows: number,
  rowHeight: number,
  overscan = 12,
): Viewport {
  const content = rows * rowHeight;
  const track = trackHeight(rows, rowHeight);
  const scrollable = Math.max(0, track - height);
  const top = Math.min(Math.max(0, scrollTop), scrollable);
  const contentTop = scrollable === 0 ? 0 : (top / scrollable) * Math.max(0, content - height);
  const firstVisible = Math.floor(contentTop / rowHeight);
  const first = Math.max(0, firstVisible - overscan);
  const last = Math.min(rows, Math.ceil((contentTop + height) / rowHeight) + overscan);
  return { first, last, offset: top - (contentTop - first * rowHeight) };
}

/** The scroll position that brings a row to the middle of the view. */
export function scrollTopFor(row: number, height: number, rows: number, rowHeight: number): number {
  const content = rows * rowHeight;
  const track = trackHeight(rows, rowHeight);
  const wanted = Math.min(Math.max(0, row * rowHeight - height / 2 + rowHeight / 2), Math.max(0, content - height));
  return content <= height ? 0 : (wanted / (content - height)) * Math.max(0, track - height);
}
