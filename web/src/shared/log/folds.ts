/** Folding of `::group::title` … `::endgroup::` sections, as build servers write them. Rows are what is drawn; lines are the log's. */

export interface Fold {
  /** Line of the group's head, counted from 0. */
  start: number;
  /** Line of its end mark; the newest known line while it is open. */
  end: number;
  title: string;
}

const opening = /^::group::(.*)$/;
const closing = /^::endgroup::\s*$/;

export class Folds {
  private readonly heads = new Map<number, string>();
  private readonly ends = new Set<number>();
  private readonly closed = new Set<number>();
  private intervals: Fold[] | null = null;

  /** Looks at one line as it arrives; answers whether it is a mark. */
  learn(line: number, text: string): boolean {
    const head = opening.exec(text);
    if (head) {
      if (!this.heads.has(line)) {
        this.heads.set(line, (head[1] ?? '').trim());
        this.intervals = null;
      }
      return true;
    }
    if (closing.test(text)) {
      if (!this.ends.has(line)) {
        this.ends.add(line);
        this.intervals = null;
      }
      return true;
    }
    return false;
  }

  titleAt(line: number): string | undefined {
    return this.heads.get(line);
  }

  isEnd(line: number): boolean {
    return this.ends.has(line);
  }

  isClosed(line: number): boolean {
    return this.closed.has(line);
  }

  toggle(line: number): void {
    if (!this.heads.has(line)) return;
    if (!this.closed.delete(line)) this.closed.add(line);
    this.intervals = null;
  }

  /** Opens whatever hides a line, so that a permalink or a search hit is never invisible. */
  reveal(line: number): void {
    for (const fold of this.hidden(Number.POSITIVE_INFINITY)) {
      if (line > fold.start && line <= fold.end) {
        this.closed.delete(fold.start);
        this.intervals = null;
      }
    }
  }

  rows(lines: number): number {
    let hidden = 0;
    for (const { start, end } of this.hidden(lines)) hidden += Math.min(end, lines - 1) - start;
    return Math.max(0, lines - hidden);
  }

  lineOf(row: number, lines: number): number {
    let line = row;
    for (const { start, end } of this.hidden(lines)) {
      if (line <= start) break;
      line += Math.min(end, lines - 1) - start;
    }
    return line;
  }

  rowOf(line: number, lines: number): number {
    let row = line;
    for (const { start, end } of this.hidden(lines)) {
      if (line <= start) break;
      row -= Math.min(line, Math.min(end, lines - 1)) - start;
    }
    return row;
  }

  /** Outermost closed groups, in order. */
  private hidden(lines: number): Fold[] {
    this.intervals ??= this.compute();
    return this.intervals.filter(({ start }) => start < lines);
  }

  private compute(): Fold[] {
    if (this.closed.size === 0) return [];
    const starts = [...this.heads.keys()].sort((a, b) => a - b);
    const ends = [...this.ends].sort((a, b) => a - b);
    const folds: Fold[] = [];
    let covered = -1;
    for (const [index, start] of starts.entries()) {
      if (start <= covered || !this.closed.has(start)) continue;
      const end = ends.find((candidate) => candidate > start);
      // An end mark that has not been seen yet: the group reaches to the next head, or to the end of the log.
      const next = starts[index + 1];
      const stop = end ?? (next === undefined ? Number.MAX_SAFE_INTEGER : next - 1);
      folds.push({ start, end: stop, title: this.heads.get(start) ?? '' });
      covered = stop;
    }
    return folds;
  }
}
