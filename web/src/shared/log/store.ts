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

export const blockSize = 500;
const maxBlocks = 240;

export class LogStore {
  private readonly blocks = new Map<number, LogLine[]>();
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

  /** The line at a position counted from 0, if it has been fetched. */
  line(index: number): LogLine | undefined {
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
      if (have && have.length >= due) {
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
      const have = this.total === 0 ? 0 : (this.blocks.get(lastBlock)?.length ?? 0);
      const page = await this.fetcher({ after: lastBlock * blockSize + have, limit: blockSize });
      this.take(page);
    } catch (error) {
      this.error = error;
      this.changed();
    }
  }

  private async load(block: number): Promise<void> {
    if (this.wanted.has(block)) return;
    this.wanted.add(block);
    try {
      this.take(await this.fetcher({ after: block * blockSize, limit: blockSize }));
    } catch (error) {
      this.error = error;
      this.changed();
    } finally {
      this.wanted.delete(block);
    }
  }

  take(page: LogPage): void {
    this.error = null;
    this.total = Math.max(this.total, page.total);
    this.complete = page.complete;
    for (const line of page.lines) {
      const index = line.number - 1;
      const block = Math.floor(index / blockSize);
      let lines = this.blocks.get(block);
      if (!lines) {
        lines = [];
        this.blocks.set(block, lines);
      }
      lines[index % blockSize] = line;
      this.folds.learn(index, line.text);
    }
    for (const block of this.blocks.keys()) {
      if (this.blocks.size <= maxBlocks) break;
      this.blocks.delete(block);
    }
    this.changed();
  }

  changed(): void {
    this.version += 1;
    for (const notify of this.listeners) notify();
  }
}
