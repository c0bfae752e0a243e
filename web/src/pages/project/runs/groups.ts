// Nested groups of runs: one level is fetched when its parent is opened.
import { signal, type Signal } from "@preact/signals";
import { api, messageOf, path } from "../../../api/client";
import type { GroupCell, GroupsPage, Value } from "../../../api/types";
import { joinFilters, printEqual } from "../../../filter/text";
import { RunSource } from "./source";

const kGroupsAtOnce = 500;

export interface Group {
  /** Unique among all groups of the list: the values on the way to it. */
  path: string;
  field: string;
  value: Value;
  filter: string;
  runs: number;
  cells: Map<string, GroupCell>;
  /** What is inside, made when it is first opened. */
  inside: Inside;
}

export type Inside = { groups: GroupLevel; source: null } | { groups: null; source: RunSource };

interface Query {
  project: string;
  filter: string;
  sort: string;
  by: string[];
  parent: string;
}

export class GroupLevel {
  readonly groups = signal<Group[]>([]);
  readonly total = signal<number | null>(null);
  readonly error: Signal<string | null> = signal(null);
  private x_cursor: string | null = "";
  private x_loading = false;
  private x_measures: string[] = [];

  constructor(private readonly x_query: Query) {}

  get has_more(): boolean {
    return this.x_cursor !== null;
  }

  /** Fetches the first groups, with these columns of numbers; nothing when they are here. */
  load(measures: string[]): void {
    const missing = measures.some((column) => !this.x_measures.includes(column));
    if (this.total.peek() !== null && !missing) return;
    this.x_measures = [...new Set([...this.x_measures, ...measures])];
    void this.fetch("");
  }

  loadMore(): void {
    if (this.x_cursor) void this.fetch(this.x_cursor);
  }

  refresh(): void {
    if (this.total.peek() !== null) void this.fetch("");
    for (const { inside } of this.groups.peek()) (inside.source ?? inside.groups).refresh();
  }

  private async fetch(cursor: string): Promise<void> {
    if (this.x_loading) return;
    this.x_loading = true;
    const { project, filter, by } = this.x_query;
    const measures = this.x_measures;
    try {
      const page = await api.get<GroupsPage>(path`/projects/${project}/groups`, {
        by: by[0] ?? "",
        filter,
        columns: measures,
        limit: kGroupsAtOnce,
        cursor,
      });
      const known = new Map(this.groups.peek().map((group) => [group.path, group]));
      const groups = page.groups.map((each) => this.makeGroup(each, measures, known));
      this.x_cursor = page.next_cursor; // before the signals: whoever they wake asks has_more
      this.groups.value = cursor ? [...this.groups.peek(), ...groups] : groups;
      this.total.value = page.total;
      this.error.value = null;
    } catch (error) {
      this.error.value = messageOf(error);
    }
    this.x_loading = false;
    if (this.error.peek() === null && measures !== this.x_measures) void this.fetch("");
  }

  private makeGroup(
    { values, runs, cells }: GroupsPage["groups"][number],
    measures: string[],
    known: Map<string, Group>,
  ): Group {
    const { project, filter, sort, by, parent } = this.x_query;
    const [field = "", ...rest] = by;
    const value = values[0] ?? null;
    const own_path = `${parent}/${typeof value === "number" ? value : JSON.stringify(value)}`;
    const own_filter = joinFilters(filter, printEqual(field, value));
    const inside: Inside =
      known.get(own_path)?.inside ??
      (rest.length > 0
        ? {
            groups: new GroupLevel({
              project,
              filter: own_filter,
              sort,
              by: rest,
              parent: own_path,
            }),
            source: null,
          }
        : { groups: null, source: new RunSource(project, own_filter, sort) });
    const measured = new Map<string, GroupCell>();
    measures.forEach((column, i) => {
      const cell = cells[i];
      if (cell) measured.set(column, cell);
    });
    return { path: own_path, field, value, filter: own_filter, runs, cells: measured, inside };
  }
}
