// The lines of a console, however many: pages that are fetched when they come into sight.
import { api, isAborted } from "../../../api/client";
import type { ConsoleLine, ConsolePage } from "../../../api/types";
import { signal } from "@preact/signals";

export const kPageLines = 1000;
const kPagesMax = 250;
const kPagesAtOnce = 20;

interface Page {
  lines: ConsoleLine[];
  /** Was whole when it came: never asked for again. */
  full: boolean;
}

/**
 * The lines of one run. Owned by the console tab. Pages that were not looked at for longest go when
 * there are too many.
 */
export class ConsolePages {
  /** How many lines there are, as far as is known; null before the first answer. */
  readonly count = signal<number | null>(null);
  /** Grows whenever lines came: what shows them reads it. */
  readonly changed = signal(0);
  readonly error = signal<unknown>(undefined);

  private readonly x_pages = new Map<number, Page>();
  private readonly x_asked = new Map<number, Promise<void>>();
  private x_failed: [from: number, to: number] | undefined;
  private readonly x_leaving = new AbortController();

  constructor(private readonly x_path: string) {}

  close(): void {
    this.x_leaving.abort();
  }

  line(number: number): ConsoleLine | undefined {
    return this.x_pages.get(Math.floor(number / kPageLines))?.lines[number % kPageLines];
  }

  /** Asks for the pages that hold these lines, unless they are here or on their way. */
  async want(first: number, last: number): Promise<void> {
    const from = Math.floor(Math.max(0, first) / kPageLines);
    const to = Math.floor(Math.max(0, last - 1) / kPageLines);
    const answers: Promise<void>[] = [];
    for (let page = from; page <= to;) {
      const asked = this.x_asked.get(page);
      if (asked) answers.push(asked);
      if (asked || this.touch(page)) {
        page++;
        continue;
      }
      // Neighbours that are missing too come with it.
      let end = page + 1;
      while (end <= to && end - page < kPagesAtOnce && !this.x_asked.has(end) && !this.touch(end))
        end++;
      answers.push(this.ask(page, end));
      page = end;
    }
    await Promise.all(answers);
  }

  /** Asks again for what failed last. */
  async retry(): Promise<void> {
    if (this.x_failed) await this.ask(...this.x_failed);
  }

  /** The run wrote something: there are so many lines now, the last page may read differently. */
  async grow(count: number): Promise<void> {
    const known = Math.max(count, this.count.peek() ?? 0);
    const last = Math.floor(Math.max(0, known - 1) / kPageLines);
    for (const [page, { full }] of this.x_pages)
      if (!full && page < last) this.x_pages.delete(page);
    await this.x_asked.get(last);
    if (this.x_pages.has(last)) await this.ask(last, last + 1);
    else this.count.value = known;
  }

  /** Whether the page is here and whole; it becomes the last to be dropped. */
  private touch(page: number): boolean {
    const known = this.x_pages.get(page);
    if (!known?.full) return false;
    this.x_pages.delete(page);
    this.x_pages.set(page, known);
    return true;
  }

  private ask(from: number, to: number): Promise<void> {
    const asked = this.fetch(from, to).finally(() => {
      for (let page = from; page < to; page++) this.x_asked.delete(page);
    });
    for (let page = from; page < to; page++) this.x_asked.set(page, asked);
    return asked;
  }

  private async fetch(from: number, to: number): Promise<void> {
    const params = { first: from * kPageLines, limit: (to - from) * kPageLines };
    const { signal } = this.x_leaving;
    try {
      const { lines, count, state } = await api.get<ConsolePage>(this.x_path, params, { signal });
      for (let page = from; page < to; page++) {
        const part = lines.slice((page - from) * kPageLines, (page + 1 - from) * kPageLines);
        const ended = state !== "running" && count > page * kPageLines;
        const whole = part.length === kPageLines && !part[kPageLines - 1]?.partial;
        this.x_pages.delete(page);
        this.x_pages.set(page, { lines: part, full: ended || whole });
      }
      this.dropOld();
      this.count.value = Math.max(count, this.count.peek() ?? 0);
      this.error.value = undefined;
      this.changed.value++;
    } catch (error) {
      if (isAborted(error)) return;
      this.x_failed = [from, to];
      this.error.value = error;
    }
  }

  private dropOld(): void {
    for (const page of this.x_pages.keys()) {
      if (this.x_pages.size <= kPagesMax) return;
      this.x_pages.delete(page);
    }
  }
}
