import { describe, expect, it } from 'vitest';
import { scrollTopFor, trackHeight, trackLimit, viewportAt } from './viewport';

describe('viewportAt', () => {
  it('shows everything of a short list', () => {
    expect(viewportAt(0, 400, 5, 20)).toEqual({ first: 0, last: 5, offset: 0 });
  });

  it('shows a window of a long one, aligned to the scroll position', () => {
    const view = viewportAt(1000, 400, 10_000, 20, 2);
    expect(view).toEqual({ first: 48, last: 72, offset: 960 });
  });

  it('reaches the very last row of five million', () => {
    const rows = 5_000_000;
    const track = trackHeight(rows, 20);
    expect(track).toBe(trackLimit);
    const view = viewportAt(track - 400, 400, rows, 20, 0);
    expect(view.last).toBe(rows);
    // The last drawn row ends where the track ends.
    expect(view.offset + (view.last - view.first) * 20).toBeCloseTo(track, 0);
  });

  it('draws a bounded number of rows whatever the size', () => {
    for (const rows of [10, 1000, 1_000_000, 20_000_000]) {
      const view = viewportAt(trackHeight(rows, 20) / 2, 600, rows, 20);
      expect(view.last - view.first).toBeLessThan(60);
    }
  });

  it('brings any row into view', () => {
    for (const rows of [50, 5000, 3_000_000]) {
      for (const row of [0, Math.floor(rows / 3), rows - 1]) {
        const view = viewportAt(scrollTopFor(row, 400, rows, 20), 400, rows, 20, 0);
        expect(view.first).toBeLessThanOrEqual(row);
        expect(view.last).toBeGreaterThan(row);
      }
    }
  });
});
