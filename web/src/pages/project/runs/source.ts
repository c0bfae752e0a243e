// RunSource: the runs that match a filter, in an order, fetched block by block as they are seen.
//
// Cells are kept by column, because a table of hundreds of columns asks only for those in sight.
// Whoever reads id() or value() while rendering is rendered again when the answer comes.
import { signal, type Signal } from "@preact/signals";
import { api, messageOf, path } from "../../../api/client";
import type { CellsPage, Value } from "../../../api/types";

const kBlockRuns = 100;
const kRequestsMost = 3;
const kBlocksKept = 400;

interface Wanted {
  first: number;
  last: number;
  columns: readonly string[];
}

interface Cells {
  values: Value[];
  generation: number;
}

interface Block {
  ids: string[];
  columns: Map<string, Cells>;
  pending: boolean;
  version: Signal<number>;
}

export class RunSource {
  /** Runs that match; null until the first answer. */
  readonly total = signal<number | null>(null);
  readonly warnings = signal<string[]>([]);
  /** Why the last request failed; null while all is well. */
  readonly error = signal<string | null>(null);

  private x_blocks = new Map<number, Block>();
  private x_generation = 0;
  private x_wanted = new Map<string, Wanted>(); // by who wants it
  private x_requests = 0;
  private x_closed = false;

  constructor(
    readonly project: string,
    readonly filter: string,
    readonly sort: string,
  ) {}

  close(): void {
    this.x_closed = true;
  }

  /** The run at a place in the order; undefined while it is on its way. */
  id(row: number): string | undefined {
    return this.readBlock(row).ids[row % kBlockRuns];
  }

  /** A cell; undefined while it is on its way, null where the run has no such value. */
  value(row: number, column: string): Value | undefined {
    return this.readBlock(row).columns.get(column)?.values[row % kBlockRuns];
  }

  /** The place of a run among those that are here, or -1. */
  find(id: string): number {
    for (const [number, block] of this.x_blocks) {
      void block.version.value;
      const at = block.ids.indexOf(id);
      if (at >= 0) return number * kBlockRuns + at;
    }
    return -1;
  }

  /** Rows and columns that `who` shows, instead of those before: fetch what is missing of them. */
  want(first: number, last: number, columns: readonly string[], who = "table"): void {
    this.x_wanted.set(who, { first, last, columns });
    this.pump();
  }

  /** Something changed on the server: fetch anew what is in sight; it is shown until then. */
  refresh(): void {
    ++this.x_generation;
    this.pump();
  }

  /** Shows a change of a run before the server has confirmed it. */
  patch(id: string, changes: Record<string, Value>): void {
    for (const block of this.x_blocks.values()) {
      const at = block.ids.indexOf(id);
      if (at < 0) continue;
      for (const [column, value] of Object.entries(changes)) {
        const cells = block.columns.get(column);
        if (cells) cells.values[at] = value;
      }
      block.version.value++;
    }
  }

  private readBlock(row: number): Block {
    const block = this.block(Math.floor(row / kBlockRuns));
    void block.version.value;
    return block;
  }

  private block(number: number): Block {
    let block = this.x_blocks.get(number);
    if (!block) {
      block = { ids: [], columns: new Map(), pending: false, version: signal(0) };
      this.x_blocks.set(number, block);
    }
    return block;
  }

  // Only as many requests as the server answers at once, and always for what is in sight now:
  // blocks that were scrolled past are never asked for.
  private pump(): void {
    for (const { first, last, columns } of this.x_wanted.values()) {
      const end = Math.min(last, this.total.peek() ?? Infinity);
      const from = Math.floor(first / kBlockRuns);
      const to = Math.max(from + 1, Math.ceil(end / kBlockRuns));
      for (let number = from; number < to && this.x_requests < kRequestsMost; ++number)
        this.fetchMissing(number, columns);
      this.prune(from, to);
    }
  }

  private fetchMissing(number: number, columns: readonly string[]): void {
    const block = this.block(number);
    if (block.pending || this.x_closed) return;
    const missing = columns.filter(
      (column) => block.columns.get(column)?.generation !== this.x_generation,
    );
    if (missing.length > 0) void this.fetch(number, block, missing);
  }

  private prune(from: number, to: number): void {
    if (this.x_blocks.size <= kBlocksKept) return;
    const far = kBlocksKept / 4;
    for (const [number, block] of this.x_blocks)
      if (!block.pending && number > 0 && (number < from - far || number > to + far))
        this.x_blocks.delete(number);
  }

  private async fetch(number: number, block: Block, columns: string[]): Promise<void> {
    const generation = this.x_generation;
    block.pending = true;
    ++this.x_requests;
    try {
      const page = await this.fetchPage(number, columns);
      if (generation === this.x_generation || block.ids.length === 0)
        this.accept(number, block, page, columns, generation);
      this.error.value = null;
    } catch (error) {
      this.error.value = messageOf(error);
      // Not again for ever: the next want() or refresh() will try.
      for (const column of columns)
        if (!block.columns.has(column)) block.columns.set(column, { values: [], generation });
    }
    block.pending = false;
    --this.x_requests;
    block.version.value++;
    if (!this.x_closed && this.error.peek() === null) this.pump();
  }

  private fetchPage(number: number, columns: string[]): Promise<CellsPage> {
    return api.get<CellsPage>(path`/projects/${this.project}/runs`, {
      filter: this.filter,
      sort: this.sort,
      columns,
      limit: kBlockRuns,
      cursor: number * kBlockRuns,
    });
  }

  private accept(
    number: number,
    block: Block,
    page: CellsPage,
    columns: string[],
    generation: number,
  ): void {
    const ids = page.runs.map((run) => run.id);
    if (ids.join() !== block.ids.join()) block.columns.clear();
    block.ids = ids;
    columns.forEach((column, i) => {
      const values = page.runs.map((run) => run.cells[i] ?? null);
      block.columns.set(column, { values, generation });
    });
    this.x_blocks.set(number, block);
    this.total.value = page.total;
    if (page.warnings.join() !== this.warnings.peek().join()) this.warnings.value = page.warnings;
  }
}
