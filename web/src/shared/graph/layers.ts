/**
 * A layered picture of a directed graph without cycles: what comes first stands in an earlier layer, and within a layer
 * the order crosses few edges. Positions are logical (along, across), so a right-to-left page draws it mirrored.
 */

export interface Edge<K> {
  from: K;
  to: K;
}

export interface Placed<K> {
  key: K;
  /** Layer, from 0. */
  layer: number;
  /** Place across the layer, in units of one node; centred, so it may be a half. */
  across: number;
}

export interface Layout<K> {
  nodes: Placed<K>[];
  layers: number;
  /** Number of nodes in the widest layer. */
  breadth: number;
}

const sweeps = 6;

export function layered<K>(keys: readonly K[], edges: readonly Edge<K>[]): Layout<K> {
  const known = new Set(keys);
  const used = edges.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to);
  const before = new Map<K, K[]>(keys.map((key) => [key, []]));
  const after = new Map<K, K[]>(keys.map((key) => [key, []]));
  for (const { from, to } of used) {
    before.get(to)?.push(from);
    after.get(from)?.push(to);
  }
  const layerOf = longestPaths(keys, before, after);
  const count = keys.length === 0 ? 0 : Math.max(...layerOf.values()) + 1;
  const rows: K[][] = Array.from({ length: count }, () => []);
  for (const key of keys) rows[layerOf.get(key) ?? 0]?.push(key);

  // Each layer in turn is sorted by where its neighbours stand, forwards and backwards.
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const forwards = sweep % 2 === 0;
    for (let step = 1; step < count; step += 1) {
      const index = forwards ? step : count - 1 - step;
      const row = rows[index];
      if (row) rows[index] = sortedBy(row, forwards ? before : after, places(rows));
    }
  }
  const breadth = Math.max(0, ...rows.map((row) => row.length));
  const nodes = rows.flatMap((row, layer) =>
    row.map((key, at) => ({ key, layer, across: at + (breadth - row.length) / 2 })),
  );
  return { nodes, layers: count, breadth };
}

/** One layer after the last of what comes before; a cycle, which the server refuses, does not hang the page. */
function longestPaths<K>(keys: readonly K[], before: Map<K, K[]>, after: Map<K, K[]>): Map<K, number> {
  const layer = new Map<K, number>(keys.map((key) => [key, 0]));
  const waiting = new Map<K, number>(keys.map((key) => [key, before.get(key)?.length ?? 0]));
  const ready = keys.filter((key) => waiting.get(key) === 0);
  for (let key = ready.shift(); key !== undefined; key = ready.shift()) {
    for (const next of after.get(key) ?? []) {
      layer.set(next, Math.max(layer.get(next) ?? 0, (layer.get(key) ?? 0) + 1));
      const left = (waiting.get(next) ?? 1) - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return layer;
}

function places<K>(rows: K[][]): Map<K, number> {
  return new Map(rows.flatMap((row) => row.map((key, at) => [key, at - (row.length - 1) / 2] as const)));
}

function sortedBy<K>(row: K[], neighbours: Map<K, K[]>, place: Map<K, number>): K[] {
  const weight = new Map(
    row.map((key) => {
      const near = neighbours.get(key) ?? [];
      const sum = near.reduce((total, other) => total + (place.get(other) ?? 0), 0);
      return [key, near.length > 0 ? sum / near.length : (place.get(key) ?? 0)] as const;
    }),
  );
  return [...row].sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
}
