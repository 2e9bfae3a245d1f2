import { describe, expect, it } from 'vitest';
import type { Chain, ChainJob, OnEnd } from '@/api/model';
import { boxSize, draw, linksOf } from './chainGraph';

function job(id: number, ...parents: [number, OnEnd][]): ChainJob {
  return {
    id,
    name: `job ${id}`,
    isEnabled: true,
    isPaused: false,
    isDeleted: false,
    isAncestor: false,
    isDescendant: false,
    waiting: [],
    after: parents.length > 0 ? { parents: parents.map(([jobId, on]) => ({ jobId, on })) } : null,
  };
}

const chain = (...jobs: ChainJob[]): Chain => ({ jobId: jobs[0]?.id ?? 0, jobs, truncated: false });

describe('picture of a chain', () => {
  const diamond = chain(
    job(1),
    job(2, [1, 'success']),
    job(3, [1, 'failure']),
    job(4, [2, 'completion'], [3, 'success'], [1, 'success']),
  );

  it('knows each line with its condition, and none to a job that is not shown', () => {
    expect(linksOf(chain(job(1), job(2, [1, 'failure'], [99, 'success'])))).toEqual([
      { from: 1, to: 2, on: 'failure' },
    ]);
    expect(linksOf(diamond)).toHaveLength(5);
  });

  it('lets time run along the reading direction, and mirrors it', () => {
    const forwards = draw(diamond, false);
    const mirrored = draw(diamond, true);
    const x = new Map(forwards.boxes.map((box) => [box.id, box.x]));
    for (const { from, to } of forwards.lines) expect(x.get(from)).toBeLessThan(x.get(to) ?? 0);
    expect([mirrored.width, mirrored.height]).toEqual([forwards.width, forwards.height]);
    for (const box of mirrored.boxes) expect(box.x).toBe(forwards.width - boxSize.width - (x.get(box.id) ?? 0));
    // Whoever goes through the links goes in the order of time, in both.
    expect(forwards.boxes.map(({ id }) => id)).toEqual([1, expect.any(Number), expect.any(Number), 4]);
    expect(mirrored.boxes[0]?.id).toBe(1);
  });

  it('keeps boxes apart and lines off the boxes between their ends', () => {
    const { boxes, lines, width, height } = draw(diamond, false);
    for (const box of boxes) {
      expect(box.x >= 0 && box.x + boxSize.width <= width).toBe(true);
      expect(box.y >= 0 && box.y + boxSize.height <= height).toBe(true);
      for (const other of boxes)
        if (other.id !== box.id && other.x === box.x) expect(Math.abs(other.y - box.y)).toBeGreaterThan(boxSize.height);
    }
    const long = lines.find(({ from, to }) => from === 1 && to === 4);
    // It crosses the layer of 2 and 3 in a straight piece that touches neither.
    const level = Number(/L [\d.]+ ([\d.]+)/.exec(long?.path ?? '')?.[1]);
    expect(level).toBeGreaterThan(0);
    for (const box of boxes.filter(({ id }) => id === 2 || id === 3))
      expect(level < box.y || level > box.y + boxSize.height).toBe(true);
  });

  it('does not hang on what the server would refuse', () => {
    expect(draw(chain(job(1, [2, 'success']), job(2, [1, 'success'])), false).boxes).toHaveLength(2);
  });
});
