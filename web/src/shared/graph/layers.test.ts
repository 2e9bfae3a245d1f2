import { describe, expect, it } from 'vitest';
import { type Edge, layered } from './layers';

const edge = (from: string, to: string): Edge<string> => ({ from, to });

function crossings(keys: string[], edges: Edge<string>[]): number {
  const at = new Map(layered(keys, edges).nodes.map((node) => [node.key, node]));
  let count = 0;
  for (const one of edges)
    for (const other of edges) {
      const [a, b, c, d] = [one.from, one.to, other.from, other.to].map((key) => at.get(key));
      if (!a || !b || !c || !d || a.layer !== c.layer || b.layer !== d.layer) continue;
      if (a.across < c.across && b.across > d.across) count += 1;
    }
  return count;
}

describe('layered picture', () => {
  it('puts everything after what it waits for, as far back as the longest way', () => {
    const edges = [edge('a', 'b'), edge('b', 'c'), edge('a', 'c'), edge('c', 'd'), edge('x', 'd')];
    const { nodes, layers } = layered(['d', 'c', 'b', 'a', 'x'], edges);
    const layer = new Map(nodes.map((node) => [node.key, node.layer]));
    expect(layers).toBe(4);
    for (const { from, to } of edges) expect(layer.get(from)).toBeLessThan(layer.get(to) ?? -1);
    expect(layer.get('c')).toBe(2);
  });

  it('gives every node a place of its own', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `n${index}`);
    const edges = keys.slice(1).map((key, index) => edge(keys[Math.floor(index / 3)] ?? '', key));
    const { nodes, breadth } = layered(keys, edges);
    expect(new Set(nodes.map(({ layer, across }) => `${layer}/${across}`)).size).toBe(30);
    expect(Math.max(...nodes.map(({ across }) => across))).toBeLessThan(breadth);
  });

  it('untangles what was written crosswise', () => {
    const edges = [edge('a', 'z'), edge('b', 'y'), edge('c', 'x')];
    expect(crossings(['a', 'b', 'c', 'x', 'y', 'z'], edges)).toBe(0);
  });

  it('lives with nothing, with unknown ends and with a cycle', () => {
    expect(layered([], []).layers).toBe(0);
    expect(layered(['a'], [edge('a', 'elsewhere')]).nodes).toEqual([{ key: 'a', layer: 0, across: 0 }]);
    expect(layered(['a', 'b'], [edge('a', 'b'), edge('b', 'a')]).nodes).toHaveLength(2);
  });
});
