import { describe, expect, it } from 'vitest';
import { Folds } from './folds';

function sample(): Folds {
  const folds = new Folds();
  ['start', '::group::One', 'a', 'b', '::endgroup::', 'middle', '::group::Two', 'c', '::endgroup::', 'end'].forEach(
    (text, line) => {
      folds.learn(line, text);
    },
  );
  return folds;
}

describe('Folds', () => {
  it('hides nothing until a group is closed', () => {
    expect(sample().rows(10)).toBe(10);
  });

  it('hides a closed group down to its end mark', () => {
    const folds = sample();
    folds.toggle(1);
    expect(folds.rows(10)).toBe(7);
    expect([0, 1, 2, 3].map((row) => folds.lineOf(row, 10))).toEqual([0, 1, 5, 6]);
    folds.toggle(6);
    expect(folds.rows(10)).toBe(5);
    expect(folds.lineOf(4, 10)).toBe(9);
  });

  it('maps lines and rows back and forth', () => {
    const folds = sample();
    folds.toggle(1);
    for (let row = 0; row < folds.rows(10); row += 1) expect(folds.rowOf(folds.lineOf(row, 10), 10)).toBe(row);
  });

  it('opens what hides a line that must be seen', () => {
    const folds = sample();
    folds.toggle(1);
    folds.reveal(3);
    expect(folds.isClosed(1)).toBe(false);
  });

  it('copes with a group that never ends', () => {
    const folds = new Folds();
    folds.learn(2, '::group::open');
    folds.toggle(2);
    expect(folds.rows(100)).toBe(3);
  });
});
