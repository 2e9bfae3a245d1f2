/**
 * Where rows stand when long lines are wrapped, so that rows have heights nobody knows before they are drawn. Short logs
 * are drawn whole. In longer ones the scroll position says which row is looked at, as everywhere; that row is put at the
 * same fraction of the view as the position is of the track, and its neighbours around it take the room they need. So the
 * first row stands at the top of the track, the last at its end, and nothing jumps in between.
 */
import { trackHeight } from './viewport';

/** Logs up to so many rows are drawn whole. */
export const wholeLimit = 300;

export interface Anchor {
  /** The row that is looked at, and how far down in it. */
  row: number;
  part: number;
  /** How far down in the view it is to stand, from 0 to 1. */
  fraction: number;
  first: number;
  /** One past the last row to draw. */
  last: number;
}

export function anchorAt(scrollTop: number, height: number, rows: number, rowHeight: number, overscan = 6): Anchor {
  const scrollable = Math.max(0, trackHeight(rows, rowHeight) - height);
  const fraction = scrollable === 0 ? 0 : Math.min(1, Math.max(0, scrollTop / scrollable));
  const at = fraction * rows;
  const row = Math.min(Math.max(0, rows - 1), Math.floor(at));
  const reach = Math.ceil(height / rowHeight) + overscan;
  return { row, part: at - row, fraction, first: Math.max(0, row - reach), last: Math.min(rows, row + reach + 1) };
}

/** The scroll position at which a row is looked at. */
export function scrollTopForWrapped(row: number, height: number, rows: number, rowHeight: number): number {
  return rows === 0 ? 0 : ((row + 0.5) / rows) * Math.max(0, trackHeight(rows, rowHeight) - height);
}
