// Searching a console of any length: page by page from where one looks, found lines as they come.
import { signal } from "@preact/signals";
import { stripAnsi } from "../../../text/ansi";
import type { Finder } from "../../../text/search";
import { kPageLines, type ConsolePages } from "./pages";

const kPagesAtOnce = 6; // as much as is read and looked through without a stall
const kFoundMax = 100_000;

export interface Progress {
  lines_found: number;
  lines_looked_at: number;
  done: boolean;
}

/** One search. A new query is a new search; stop() ends the old one. */
export class ConsoleSearch {
  readonly progress = signal<Progress>({ lines_found: 0, lines_looked_at: 0, done: false });
  private x_found: number[] = [];
  private x_stopped = false;

  constructor(
    private readonly x_pages: ConsolePages,
    private readonly x_find: Finder,
  ) {}

  stop(): void {
    this.x_stopped = true;
  }

  /** Looks through all there is, beginning at `from`, and around the end back to it. */
  async run(from: number): Promise<void> {
    const count = this.x_pages.count.peek() ?? 0;
    const pages = Math.ceil(count / kPageLines);
    const first = Math.min(Math.floor(from / kPageLines), Math.max(0, pages - 1));
    const lines = (page: number, end: number) =>
      [page * kPageLines, Math.min(count, end * kPageLines)] as const;
    // Several pages at once, but never across the end of the console.
    const partAt = (i: number) => {
      const page = (first + i) % pages;
      return { page, end: page + Math.min(i === 0 ? 1 : kPagesAtOnce, pages - i, pages - page) };
    };
    for (let i = 0; i < pages && !this.x_stopped;) {
      const { page, end } = partAt(i);
      await this.x_pages.want(...lines(page, end));
      if (this.x_stopped) return;
      i += end - page;
      // The next part is on its way while this one is looked through.
      if (i < pages) void this.x_pages.want(...lines(partAt(i).page, partAt(i).end));
      this.look(...lines(page, end));
      this.tell(Math.min(count, i * kPageLines), i >= pages || this.x_found.length >= kFoundMax);
      if (this.x_found.length >= kFoundMax) return;
    }
    if (pages === 0) this.tell(0, true);
  }

  /** Lines that came since: found ones are added. */
  extend(from: number, to: number): void {
    const old = this.x_found.length;
    this.look(from, to);
    const { lines_looked_at, done } = this.progress.peek();
    if (this.x_found.length > old) this.tell(lines_looked_at, done);
  }

  /** The next found line after `line` (or before it), around the end; undefined: none is found. */
  next(line: number, step: 1 | -1): number | undefined {
    const found = this.x_found;
    if (!found.length) return undefined;
    const at = lowerBound(found, step > 0 ? line + 1 : line) + (step > 0 ? 0 : -1);
    return found[(at + found.length) % found.length];
  }

  /** Which of the found lines this is, counted from 1; 0 when it is none. */
  place(line: number): number {
    const at = lowerBound(this.x_found, line);
    return this.x_found[at] === line ? at + 1 : 0;
  }

  private look(from: number, to: number): void {
    const found: number[] = [];
    for (let number = from; number < to; number++) {
      const line = this.x_pages.line(number);
      if (line && this.x_find(stripAnsi(line.text)).length > 0) found.push(number);
    }
    if (!found.length) return;
    const at = lowerBound(this.x_found, found[0] as number);
    const known = new Set(this.x_found.slice(at, at + found.length));
    const added = found.filter((number) => !known.has(number));
    this.x_found = [...this.x_found.slice(0, at), ...added, ...this.x_found.slice(at)];
    if (known.size) this.x_found.sort((one, other) => one - other);
  }

  private tell(lines_looked_at: number, done: boolean): void {
    this.progress.value = { lines_found: this.x_found.length, lines_looked_at, done };
  }
}

function lowerBound(sorted: number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
