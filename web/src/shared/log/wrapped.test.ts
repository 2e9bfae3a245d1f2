import { expect, test } from 'vitest';
import { trackHeight } from './viewport';
import { anchorAt, scrollTopForWrapped } from './wrapped';

test.each([400, 100_000, 1_000_000])('a log of %i rows is seen from its first row to its last', (rows) => {
  const end = trackHeight(rows, 21) - 600;
  expect(anchorAt(0, 600, rows, 21)).toMatchObject({ row: 0, part: 0, fraction: 0, first: 0 });
  expect(anchorAt(end, 600, rows, 21)).toMatchObject({ row: rows - 1, part: 1, fraction: 1, last: rows });
  const middle = anchorAt(end / 2, 600, rows, 21);
  expect(middle.row).toBe(rows / 2);
  // Enough on either side, even when no line is longer than the view.
  expect(middle.row - middle.first).toBeGreaterThanOrEqual(29);
  expect(middle.last - middle.row).toBeGreaterThanOrEqual(29);
});

test('a row is found where it is looked for', () => {
  for (const row of [0, 1, 4_711, 99_999])
    expect(anchorAt(scrollTopForWrapped(row, 600, 100_000, 21), 600, 100_000, 21).row).toBe(row);
  expect(scrollTopForWrapped(0, 600, 0, 21)).toBe(0);
});

test('a log smaller than the view does not scroll', () => {
  expect(anchorAt(50, 600, 3, 21)).toMatchObject({ row: 0, fraction: 0, first: 0, last: 3 });
});
