// ProjectState: all that the project page knows. One per page; what it shows is in the address.
import { batch, computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { api, ApiError, messageOf, path } from "../../api/client";
import { openLive } from "../../api/live";
import type {
  CellsPage,
  Column,
  ColumnType,
  RunChange,
  RunState,
  Value,
  VisibleRun,
} from "../../api/types";
import { runColor } from "../../color";
import { readFilterError, type FilterError } from "../../filter/error";
import { joinFilters, printIds } from "../../filter/text";
import { query, replacing } from "../../state/url";
import { toast, toastError } from "../../ui";
import { defaultColumns, isNumber, makeColumns, type RunColumn } from "./runs/columns";
import { GroupLevel } from "./runs/groups";
import { layRows, rowAt, wantRows, type Body, type Row } from "./runs/rows";
import { RunSource } from "./runs/source";
import { readStat } from "./runs/stat";

const kNameWidth_px = 260;
const kFirstRows = 60;
const kRefresh_ms = 1000;
const kColumnsRefresh_ms = 10_000;
const kNotArchived = "archived = false";
const kEditsAtOnce = 6;
const kIdsAtOnce = 200; // in a filter, so that the address stays short
/** What every row needs whichever columns are shown. */
const kAlways = ["name", "state", "archived"] as const;

/** One filter and order, as sources of rows. */
interface List {
  root: { source: RunSource } | { level: GroupLevel };
  pinned: RunSource | null;
  /** All runs in order, without groups: what is drawn is taken from its top. */
  flat: RunSource;
}

export class ProjectState {
  // --- in the address
  readonly filter = query("q", "");
  readonly sort = query("sort", [] as string[]);
  readonly by = query("by", [] as string[]);
  readonly opened = query("open", [] as string[]);
  readonly chosen_columns = query("cols", [] as string[]);
  readonly widths = query("w", [] as string[]);
  readonly pins = query("pin", [] as string[]);
  readonly baseline = query("base", "");
  readonly shown = query("show", [] as string[]);
  readonly hidden = query("hide", [] as string[]);
  readonly drawn_count = query("n", 10);
  readonly paints = query("paint", [] as string[]);
  readonly archived = query("archived", false);
  readonly view = query<"charts" | "table">("view", "charts");

  // --- of this visit
  readonly columns = signal<Column[]>([]);
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly cursor = signal(-1);
  /** The run under the pointer in the list, and the one in a chart: each shows the other's. */
  readonly pointed_row = signal<string | null>(null);
  readonly pointed_line = signal<string | null>(null);
  readonly filter_error = signal<FilterError | null>(null);
  readonly failure = signal<string | null>(null);

  private readonly x_list = signal<List | null>(null);
  private readonly x_attempt = signal(0);
  private readonly x_leaving = signal<string[]>([]);
  private readonly x_strays = signal<RunSource | null>(null);
  private readonly x_values = new Map<string, { values: string[]; wanted: boolean }>();
  private x_stop_waiting = () => {};
  private x_seen_columns: string[] = [];

  constructor(readonly project: string) {}

  /** Begins to load and to follow; the answer ends it. */
  start(): () => void {
    let stale = false;
    const live = openLive(
      this.project,
      {},
      {
        hello: () => (stale = true), // what came before the stream stood, nobody told
        runs: () => (stale = true),
      },
    );
    const refresh = setInterval(() => {
      if (!stale || document.hidden) return;
      stale = false;
      this.refresh();
    }, kRefresh_ms);
    const columns = setInterval(
      () => void (document.hidden || this.loadColumns()),
      kColumnsRefresh_ms,
    );
    void this.loadColumns();
    const ends = [
      () => live.close(),
      () => clearInterval(refresh),
      () => clearInterval(columns),
      effect(() => this.relist()),
      effect(() => this.followStrays()),
      effect(() => this.wantDrawn()),
      () => this.x_stop_waiting(),
    ];
    return () => {
      for (const end of ends) end();
      this.closeList(this.x_list.peek());
    };
  }

  // --- the list

  /** The user's filter, and what the page takes out by itself. */
  readonly full_filter: ReadonlySignal<string> = computed(() =>
    joinFilters(
      this.filter.value,
      printIds(this.x_leaving.value, true),
      this.archived.value ? "" : kNotArchived,
    ),
  );

  /** Begins anew after a failure. */
  retry(): void {
    this.failure.value = null;
    this.x_attempt.value++;
    void this.loadColumns();
  }

  private relist(): void {
    void this.x_attempt.value;
    const filter = this.full_filter.value;
    const sort = this.sort.value.join(",") || "-created";
    const by = this.by.value;
    const pins = this.pins.value;
    const { project } = this;
    const rest = joinFilters(filter, printIds(pins, true));
    const flat = new RunSource(project, filter, sort);
    const next: List = {
      flat,
      pinned: pins.length > 0 ? new RunSource(project, printIds(pins), "") : null,
      root:
        by.length > 0
          ? { level: new GroupLevel({ project, filter: rest, sort, by, parent: "" }) }
          : { source: pins.length > 0 ? new RunSource(project, rest, sort) : flat },
    };
    // The old rows stay until the new ones have come; a wrong filter changes nothing.
    const columns = [...kAlways, ...this.x_seen_columns];
    const head = "source" in next.root ? next.root.source : next.root.level;
    next.pinned?.want(0, pins.length, columns);
    if ("source" in next.root) next.root.source.want(0, kFirstRows, columns);
    else next.root.level.load(this.numericColumns(columns));
    flat.want(0, this.drawn_count.peek(), kAlways, "charts");
    this.x_stop_waiting();
    this.x_stop_waiting = effect(() => {
      const error = head.error.value ?? flat.error.value;
      if (error !== null) void this.explain(error);
      else if (head.total.value !== null && flat.total.value !== null) this.take(next);
    });
  }

  private take(next: List): void {
    const old = this.x_list.peek();
    if (old === next) return;
    batch(() => {
      this.x_list.value = next;
      this.filter_error.value = null;
      this.failure.value = null;
    });
    this.closeList(old);
  }

  private closeList(list: List | null): void {
    if (!list) return;
    list.flat.close();
    list.pinned?.close();
    if ("source" in list.root) list.root.source.close();
  }

  // The page puts more around the filter, so that its own words are asked about alone.
  private async explain(message: string): Promise<void> {
    const filter = this.filter.peek();
    try {
      if (filter) await api.get(path`/projects/${this.project}/runs`, { filter, limit: 0 });
      this.failure.value = message;
    } catch (error) {
      if (filter !== this.filter.peek()) return;
      if (error instanceof ApiError && error.status === 400)
        this.filter_error.value = readFilterError(error.message);
      else this.failure.value = messageOf(error);
    }
  }

  readonly body: ReadonlySignal<Body> = computed(() => {
    const list = this.x_list.value;
    if (!list) return { segments: [], rows: 0 };
    const opened = new Set(this.opened.value);
    return layRows(list.pinned, list.root, (each) => opened.has(each));
  });

  readonly pinned_rows: ReadonlySignal<number> = computed(
    () => this.x_list.value?.pinned?.total.value ?? 0,
  );

  /** Runs that the filter lets through; null before the first answer. */
  readonly total: ReadonlySignal<number | null> = computed(
    () => this.x_list.value?.flat.total.value ?? null,
  );

  /** There is nothing to filter: the project has no runs that are not archived. */
  readonly is_empty: ReadonlySignal<boolean> = computed(
    () => this.total.value === 0 && !this.filter.value && this.x_leaving.value.length === 0,
  );

  readonly warnings: ReadonlySignal<string[]> = computed(() => {
    const { flat, root } = this.x_list.value ?? {};
    const shown = root && "source" in root ? root.source : root?.level;
    const failed = shown?.error.value ?? flat?.error.value;
    return [...(flat?.warnings.value ?? []), ...(failed ? [failed] : [])];
  });

  row(index: number): Row | null {
    return rowAt(this.body.value, index);
  }

  runId(index: number): string | undefined {
    const row = this.row(index);
    return row?.kind === "run" ? row.source.id(row.index) : undefined;
  }

  /** These rows and columns are in sight. */
  want(first: number, last: number, columns: string[]): void {
    const list = this.x_list.peek();
    if (!list) return;
    this.x_seen_columns = columns;
    const wanted = [...kAlways, ...columns];
    wantRows(this.body.peek(), first, last, wanted);
    list.pinned?.want(0, this.pins.peek().length, wanted);
    this.x_strays.peek()?.want(0, kFirstRows, wanted);
    if ("level" in list.root) list.root.level.load(this.numericColumns(columns));
    for (const { group, open } of this.body.peek().segments)
      if (group?.inside.groups && open) group.inside.groups.load(this.numericColumns(columns));
  }

  private numericColumns(columns: string[]): string[] {
    const types = this.types.peek();
    return columns.filter((name) => readStat(name) || isNumber(types.get(name) ?? "mixed"));
  }

  refresh(): void {
    const list = this.x_list.peek();
    if (!list) return;
    list.flat.refresh();
    list.pinned?.refresh();
    this.x_strays.peek()?.refresh();
    if ("level" in list.root) list.root.level.refresh();
    else if (list.root.source !== list.flat) list.root.source.refresh();
  }

  // --- columns

  readonly types: ReadonlySignal<Map<string, ColumnType>> = computed(
    () => new Map(this.columns.value.map(({ name, type }) => [name, type])),
  );

  readonly shown_columns: ReadonlySignal<string[]> = computed(() =>
    this.chosen_columns.value.length > 0
      ? this.chosen_columns.value.filter((name) => name !== "-")
      : defaultColumns(this.columns.value).filter((name) => !this.by.value.includes(name)),
  );

  readonly table_columns: ReadonlySignal<RunColumn[]> = computed(() => {
    const widths = new Map<string, number>();
    for (const text of this.widths.value) {
      const at = text.lastIndexOf(":");
      widths.set(text.slice(0, at), Number(text.slice(at + 1)));
    }
    const shown = this.shown_columns.value.map((name) => ({ name, type: this.typeOf(name) }));
    const looks = {
      widths,
      with_diff: this.baseline.value !== "",
      with_spread: this.by.value.length > 0,
    };
    const name: RunColumn = {
      id: "name",
      type: "text",
      title: "Name",
      origin: "",
      width_px: widths.get("name") ?? kNameWidth_px,
      pinned: true,
      class: "name",
    };
    return [name, ...makeColumns(shown, looks)];
  });

  typeOf(column: string): ColumnType {
    return readStat(column) ? "float" : (this.types.value.get(column) ?? "mixed");
  }

  /** An empty choice is a choice too: only names. */
  setColumns(names: string[]): void {
    this.chosen_columns.value = names.length > 0 ? names : ["-"];
  }

  toggleColumn(name: string): void {
    const shown = this.shown_columns.peek();
    this.setColumns(
      shown.includes(name) ? shown.filter((other) => other !== name) : [...shown, name],
    );
  }

  moveColumn(name: string, before: string | null): void {
    const rest = this.shown_columns.peek().filter((other) => other !== name);
    const at = before === null ? -1 : rest.indexOf(before);
    rest.splice(at < 0 ? rest.length : at, 0, name);
    this.setColumns(rest);
  }

  resizeColumn(name: string, width_px: number): void {
    const rest = this.widths.peek().filter((text) => !text.startsWith(name + ":"));
    replacing(() => (this.widths.value = [...rest, `${name}:${Math.round(width_px)}`]));
  }

  /** Sorts by a column: up, down, not at all. With `add`, after what is sorted by already. */
  sortBy(name: string, add: boolean): void {
    const old = this.sort.peek();
    const is_down = old.includes("-" + name);
    const is_up = old.includes(name);
    const rest = add ? old.filter((key) => key !== name && key !== "-" + name) : [];
    this.sort.value = is_down ? [...rest, name] : is_up ? rest : [...rest, "-" + name];
  }

  async loadColumns(): Promise<void> {
    try {
      const answer = await api.get<{ columns: Column[] }>(path`/projects/${this.project}/columns`);
      const same = JSON.stringify(answer.columns.map(({ name, type }) => [name, type]));
      const old = JSON.stringify(this.columns.peek().map(({ name, type }) => [name, type]));
      if (same !== old) this.columns.value = answer.columns;
    } catch (error) {
      if (this.columns.peek().length === 0) this.failure.value = messageOf(error);
    }
  }

  /** Values of a field for completion: what is known, and a question for the rest. */
  valuesOf(field: string): readonly string[] {
    const known = this.x_values.get(field);
    if (known) return known.values;
    const entry = { values: [] as string[], wanted: true };
    this.x_values.set(field, entry);
    void this.loadValues(field, entry);
    return entry.values;
  }

  readonly values_version = signal(0);

  private async loadValues(field: string, entry: { values: string[] }): Promise<void> {
    try {
      const answer = await api.get<{ groups: { values: Value[]; runs: number }[] }>(
        path`/projects/${this.project}/groups`,
        { by: field, limit: 200 },
      );
      entry.values = answer.groups
        .sort((a, b) => b.runs - a.runs)
        .map(({ values }) => values[0])
        .filter((value) => typeof value === "string" || typeof value === "number")
        .map(String);
      this.values_version.value++;
    } catch {
      // Completion without values is completion still.
    }
  }

  // --- what is drawn

  private followStrays(): void {
    const ids = [...new Set([...this.pins.value, ...this.shown.value, this.baseline.value])].filter(
      Boolean,
    );
    this.x_strays.peek()?.close();
    const strays = ids.length > 0 ? new RunSource(this.project, printIds(ids), "") : null;
    strays?.want(0, ids.length, [...kAlways, ...this.x_seen_columns]);
    this.x_strays.value = strays;
  }

  private wantDrawn(): void {
    this.x_list.value?.flat.want(0, this.drawn_count.value, kAlways, "charts");
  }

  readonly visible: ReadonlySignal<VisibleRun[]> = computed(() => {
    const found = new Map<string, VisibleRun>();
    const hidden = new Set(this.hidden.value);
    const add = (source: RunSource, row: number) => {
      const id = source.id(row);
      if (!id || hidden.has(id) || found.has(id)) return;
      const name = String(source.value(row, "name") ?? id);
      const state = (source.value(row, "state") ?? "finished") as RunState;
      found.set(id, { id, name, color: this.colorOf(id), state });
    };
    const strays = this.x_strays.value;
    for (const id of [...this.pins.value, this.baseline.value, ...this.shown.value]) {
      const row = strays && id ? strays.find(id) : -1;
      if (strays && row >= 0) add(strays, row);
    }
    const flat = this.x_list.value?.flat;
    const count = Math.min(this.drawn_count.value, flat?.total.value ?? 0);
    for (let row = 0; flat && row < count; ++row) add(flat, row);
    const next = [...found.values()];
    // The same runs are the same array, so that charts do not start over at every refresh.
    if (JSON.stringify(next) !== JSON.stringify(this.x_visible)) this.x_visible = next;
    return this.x_visible;
  });
  private x_visible: VisibleRun[] = [];

  readonly visible_ids: ReadonlySignal<ReadonlySet<string>> = computed(
    () => new Set(this.visible.value.map((run) => run.id)),
  );

  colorOf(id: string): string {
    const paint = this.paints.value.find((text) => text.startsWith(id + ":"));
    return paint ? "#" + paint.slice(id.length + 1) : runColor(id);
  }

  paint(id: string, color: string | null): void {
    const rest = this.paints.peek().filter((text) => !text.startsWith(id + ":"));
    this.paints.value = color ? [...rest, `${id}:${color.replace("#", "")}`] : rest;
  }

  toggleVisible(id: string): void {
    const without = (list: string[]) => list.filter((other) => other !== id);
    batch(() => {
      if (this.visible_ids.peek().has(id)) {
        this.shown.value = without(this.shown.peek());
        this.hidden.value = [...without(this.hidden.peek()), id];
      } else {
        this.hidden.value = without(this.hidden.peek());
        if (!this.visible_ids.peek().has(id))
          this.shown.value = [...without(this.shown.peek()), id];
      }
    });
  }

  /** Draws these and no others. */
  showOnly(ids: string[]): void {
    batch(() => {
      this.drawn_count.value = 0;
      this.hidden.value = this.pins.peek().filter((pin) => !ids.includes(pin));
      this.shown.value = ids;
    });
  }

  /** Draws the first `count` of the list again. */
  showFirst(count: number): void {
    batch(() => {
      this.drawn_count.value = count;
      this.hidden.value = [];
      this.shown.value = [];
    });
  }

  togglePin(id: string): void {
    const pins = this.pins.peek();
    this.pins.value = pins.includes(id) ? pins.filter((pin) => pin !== id) : [...pins, id];
  }

  toggleBaseline(id: string): void {
    this.baseline.value = this.baseline.peek() === id ? "" : id;
  }

  /** The baseline's value in a column; undefined without a baseline or before it came. */
  baselineValue(column: string): Value | undefined {
    const strays = this.x_strays.value;
    const row = strays && this.baseline.value ? strays.find(this.baseline.value) : -1;
    return strays && row >= 0 ? strays.value(row, column) : undefined;
  }

  // --- selection

  toggleSelected(id: string): void {
    const next = new Set(this.selected.peek());
    if (!next.delete(id)) next.add(id);
    this.selected.value = next;
  }

  /** Selects the runs between two rows, both included, as far as they are here. */
  selectRange(a: number, b: number): void {
    const next = new Set(this.selected.peek());
    for (let row = Math.min(a, b); row <= Math.max(a, b); ++row) {
      const id = this.runId(row);
      if (id) next.add(id);
    }
    this.selected.value = next;
  }

  /** Every run that the filter lets through. */
  async selectAll(): Promise<void> {
    const ids: string[] = [];
    let cursor: string | null = "";
    try {
      while (cursor !== null) {
        const page: { runs: { id: string }[]; next_cursor: string | null } = await api.get(
          path`/projects/${this.project}/runs`,
          { filter: this.full_filter.peek(), columns: ["state"], limit: 10_000, cursor },
        );
        ids.push(...page.runs.map((run) => run.id));
        cursor = page.next_cursor;
      }
      this.selected.value = new Set(ids);
    } catch (error) {
      toastError(error);
    }
  }

  // --- changes

  private sources(): RunSource[] {
    const list = this.x_list.peek();
    const all = [list?.flat, list?.pinned, this.x_strays.peek()];
    for (const { source } of this.body.peek().segments) all.push(source);
    return [...new Set(all)].filter((source): source is RunSource => Boolean(source));
  }

  /** What a run has in a column, wherever it is known. */
  valueOf(id: string, column: string): Value | undefined {
    for (const source of this.sources()) {
      const row = source.find(id);
      const value = row >= 0 ? source.value(row, column) : undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The tags of runs as the server has them now. */
  async tagsOf(ids: string[]): Promise<Map<string, string[]>> {
    const tags = new Map<string, string[]>();
    for (let at = 0; at < ids.length; at += kIdsAtOnce) {
      const page = await api.get<CellsPage>(path`/projects/${this.project}/runs`, {
        filter: printIds(ids.slice(at, at + kIdsAtOnce)),
        columns: ["tags"],
        limit: kIdsAtOnce,
      });
      for (const { id, cells } of page.runs)
        tags.set(id, Array.isArray(cells[0]) ? cells[0].map(String) : []);
    }
    return tags;
  }

  private patchRows(id: string, change: RunChange): void {
    for (const source of this.sources()) source.patch(id, change as Record<string, Value>);
  }

  /** Changes one run at once and says so; undo changes it back. */
  async edit(id: string, change: RunChange, before: RunChange): Promise<void> {
    this.patchRows(id, change);
    try {
      await api.patch(path`/projects/${this.project}/runs/${id}`, change);
      const what = Object.keys(change).join(", ");
      toast(`Changed ${what}`, { undo: () => void this.edit(id, before, change) });
    } catch (error) {
      this.patchRows(id, before);
      toastError(error);
    }
  }

  /** Changes many runs, each in its way; answers how many the server took. */
  async editMany(changes: Map<string, RunChange>): Promise<number> {
    for (const [id, change] of changes) this.patchRows(id, change);
    let done = 0;
    const failures: unknown[] = [];
    const queue = [...changes];
    const work = async () => {
      for (let next = queue.pop(); next && failures.length === 0; next = queue.pop()) {
        try {
          await api.patch(path`/projects/${this.project}/runs/${next[0]}`, next[1]);
          ++done;
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: kEditsAtOnce }, work));
    if (failures.length > 0) toastError(failures[0]);
    this.refresh();
    return done;
  }

  /** Takes runs out of sight, and deletes them once undo has passed. */
  remove(ids: string[]): void {
    this.x_leaving.value = [...this.x_leaving.peek(), ...ids];
    this.selected.value = new Set();
    const back = () => {
      this.x_leaving.value = this.x_leaving.peek().filter((id) => !ids.includes(id));
    };
    toast(`Deleted ${ids.length === 1 ? "a run" : `${ids.length} runs`}`, {
      undo: back,
      onGone: () => void this.removeNow(ids).catch(toastError).finally(back),
    });
  }

  private async removeNow(ids: string[]): Promise<void> {
    for (const id of ids) await api.remove(path`/projects/${this.project}/runs/${id}`);
  }
}
