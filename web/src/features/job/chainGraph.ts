/** Where the jobs of a chain and the lines between them stand. Pure, so it is tested without a browser. */
import type { Chain, OnEnd } from '@/api/model';
import { type Edge, layered } from '@/shared/graph/layers';

export interface Link extends Edge<number> {
  on: OnEnd;
}

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  id: number;
}

export interface Line extends Link {
  /** Path of an SVG. */
  path: string;
  /** Corners of the arrow's head. */
  head: string;
  /** Where its word stands. */
  label: Point;
}

export interface Picture {
  boxes: Box[];
  lines: Line[];
  width: number;
  height: number;
}

export const boxSize = { width: 200, height: 76 };
const gap = { along: 118, across: 26 };
const margin = 6;
const headLength = 9;

/** Every job once, in the order of the server's answer. */
export function linksOf(chain: Chain): Link[] {
  const known = new Set(chain.jobs.map(({ id }) => id));
  return chain.jobs.flatMap((job) =>
    (job.after?.parents ?? [])
      .filter(({ jobId }) => known.has(jobId))
      .map(({ jobId, on }) => ({ from: jobId, to: job.id, on })),
  );
}

/** Time runs along the reading direction: from left to right, or mirrored. */
export function draw(chain: Chain, mirrored: boolean): Picture {
  const ids = chain.jobs.map(({ id }) => id);
  const links = linksOf(chain);
  const layer = new Map(layered(ids, links).nodes.map(({ key, layer: at }) => [key, at]));

  // A line over several layers takes a place in each of them, so it does not run behind other jobs.
  const stops = new Map<Link, string[]>();
  const edges: Edge<number | string>[] = [];
  for (const link of links) {
    const between: string[] = [];
    for (let at = (layer.get(link.from) ?? 0) + 1; at < (layer.get(link.to) ?? 0); at += 1)
      between.push(`${link.from}>${link.to}@${at}`);
    stops.set(link, between);
    const way = [link.from, ...between, link.to];
    way.slice(1).forEach((to, index) => {
      edges.push({ from: way[index] ?? link.from, to });
    });
  }
  const { nodes, layers, breadth } = layered<number | string>([...ids, ...[...stops.values()].flat()], edges);
  const width = 2 * margin + layers * boxSize.width + Math.max(0, layers - 1) * gap.along;
  const height = 2 * margin + breadth * boxSize.height + Math.max(0, breadth - 1) * gap.across;
  const place = new Map<number | string, Point>(
    nodes.map(({ key, layer: at, across }) => {
      const along = margin + at * (boxSize.width + gap.along);
      return [
        key,
        {
          x: mirrored ? width - along - boxSize.width : along,
          y: margin + across * (boxSize.height + gap.across),
        },
      ];
    }),
  );
  const forwards = mirrored ? -1 : 1;
  const entry = ({ x, y }: Point): Point => ({ x: mirrored ? x + boxSize.width : x, y: y + boxSize.height / 2 });
  const exit = ({ x, y }: Point): Point => ({ x: mirrored ? x : x + boxSize.width, y: y + boxSize.height / 2 });
  const at = (key: number | string): Point => place.get(key) ?? { x: 0, y: 0 };

  const lines = links.map((link): Line => {
    const between = stops.get(link) ?? [];
    let from = exit(at(link.from));
    const first = between[0] ?? link.to;
    const label = middle(from, entry(at(first)));
    let path = `M ${from.x} ${from.y}`;
    for (const stop of between) {
      path += ` ${curve(from, entry(at(stop)))}`;
      from = exit(at(stop));
      path += ` L ${from.x} ${from.y}`;
    }
    const end = entry(at(link.to));
    const neck = { x: end.x - forwards * headLength, y: end.y };
    path += ` ${curve(from, neck)}`;
    return { ...link, path, head: `${end.x},${end.y} ${neck.x},${end.y - 5} ${neck.x},${end.y + 5}`, label };
  });
  const boxes = ids.map((id): Box => ({ id, ...at(id) })).sort((a, b) => forwards * (a.x - b.x) || a.y - b.y);
  return { boxes, lines, width, height };
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** Leaves and arrives level. */
function curve(from: Point, to: Point): string {
  const half = (from.x + to.x) / 2;
  return `C ${half} ${from.y} ${half} ${to.y} ${to.x} ${to.y}`;
}
