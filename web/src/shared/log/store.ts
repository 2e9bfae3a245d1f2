/**
 * Lines of one log, fetched in blocks as they come into view and forgotten when there are too many. A log of a million
 * lines therefore costs as much memory as the part somebody looked at.
 */
import { Folds } from './folds';

export interface LogLine {
  /** From 1. */
  number: number;
  at: string;
  level: string;
  attempt: number;
  text: string;
}

export interface LogPage {
  lines: LogLine[];
  /** Lines in the whole log. */
  total: number;
  /** No more lines will come. */
  complete: boolean;
}

export interface LogRequest {
  after?: number;
  limit: number;
  tail?: boolean;
  search?: string;
  levels?: string[];
}

export type LogFetcher = (request: LogRequest) => Promise<LogPage>;

export interface LogListener {
  /** Lines in the order of their numbers, as they come. */
  lines(lines: LogLine[]): void;
  /** No more will come; so many there are. */
  end(total: number): void;
  /** The line is open, or is not at the moment and will be tried again. */
  connected(is: boolean): void;
}

/** Listens to a log from a line on; answers what stops it. */
export type LogFollower = (after: number, listener: LogListener) => () => void;

export const blockSize = 500;
const maxBlocks = 240;

export class LogStore {
  /** `null` stands for a line the server does not have: a log may be shortened in the middle when it comes too fast. */
  private readonly blocks = new Map<number, (LogLine | null)[]>();
  private readonly known = new Map<number, number>();
  private readonly wanted = new Set<number>();
  private readonly listeners = new Set<() => void>();
  private version = 0;
  readonly folds = new Folds();
  total = 0;
  complete = false;
  error: unknown = null;

  constructor(private readonly fetcher: LogFetcher) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): number => this.version;

  /** The line at a position counted from 0: undefined until it has been fetched, null when the server has left it out. */
  line(index: number): LogLine | null | undefined {
    return this.blocks.get(Math.floor(index / blockSize))?.[index % blockSize];
  }

  /** Asks for whatever is missing between two positions. */
  ensure(first: number, last: number): void {
    if (this.total === 0) return;
    const from = Math.floor(Math.max(0, first) / blockSize);
    const to = Math.floor(Math.max(0, Math.min(last, this.total) - 1) / blockSize);
    for (let block = from; block <= to; block += 1) {
      const have = this.blocks.get(block);
      const due = Math.min(blockSize, this.total - block * blockSize);
      if (have && (this.known.get(block) ?? 0) >= due) {
        // Used again: moves to the young end of the map.
        this.blocks.delete(block);
        this.blocks.set(block, have);
      } else void this.load(block);
    }
  }

  /** The newest lines and the length; what a viewer calls first and, while the run lasts, again and again. */
  async poll(): Promise<void> {
    try {
      const lastBlock = Math.max(0, Math.floor((this.total - 1) / blockSize));
      const after = lastBlock * blockSize + (this.total === 0 ? 0 : (this.known.get(lastBlock) ?? 0));
      this.take(await this.fetcher({ after, limit: blockSize }), after);
    } catch (error) {
      this.error = error;
      this.changed();
    }
  }

  /** Takes in lines that came by themselves, the first of which follows the last one known. */
  append(lines: LogLine[]): void {
    for (const line of lines) {
      for (let index = this.total; index < line.number - 1; index += 1) this.put(index, null);
      this.put(line.number - 1, line);
      this.folds.learn(line.number - 1, line.text);
      this.total = Math.max(this.total, line.number);
    }
    this.error = null;
    this.forget();
    this.changed();
  }

  /** No more lines will come. */
  finish(total: number): void {
    this.total = Math.max(this.total, total);
    this.complete = true;
    this.changed();
  }

  private async load(block: number): Promise<void> {
    if (this.wanted.has(block)) return;
    this.wanted.add(block);
    try {
      const after = block * blockSize;
      this.take(await this.fetcher({ after, limit: blockSize }), after);
    } catch (error) {
      this.error = error;
      this.changed();
    } finally {
      this.wanted.delete(block);
    }
  }

  /** Takes in what came for a request of `blockSize` lines after `after`. */
  take(page: LogPage, after = 0): void {
    this.error = null;
    this.total = Math.max(this.total, page.total);
    this.complete = page.complete;
    for (const line of page.lines) {
      this.put(line.number - 1, line);
      this.folds.learn(line.number - 1, line.text);
    }
    // Lines come in order, so a number that was passed over does not exist.
    const last = page.lines.length < blockSize ? page.total : (page.lines.at(-1)?.number ?? 0);
    const end = Math.min(last, after + blockSize);
    for (let index = after; index < end; index += 1) this.put(index, null);
    this.forget();
    this.changed();
  }

  private forget(): void {
    for (const block of this.blocks.keys()) {
      if (this.blocks.size <= maxBlocks) break;
      this.blocks.delete(block);
      this.known.delete(block);
    }
  }

  private put(index: number, line: LogLine | null): void {
    const block = Math.floor(index / blockSize);
    let lines = this.blocks.get(block);
    if (!lines) {
      lines = [];
      this.blocks.set(block, lines);
    }
    const at = index % blockSize;
    if (lines[at] === undefined) this.known.set(block, (this.known.get(block) ?? 0) + 1);
    else if (line === null) return;
    lines[at] = line;
  }

  changed(): void {
    this.version += 1;
    for (const notify of this.listeners) notify();
  }
}
