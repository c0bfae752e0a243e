// The nouns of the API as they travel (docs/api.md).

/** What a config, summary or meta may hold. NaN and infinities are numbers here. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Tree = { [key: string]: Value };

export type RunState = "running" | "finished" | "failed" | "crashed";

export interface Project {
  name: string;
  runs: number;
  running: number;
  updated_ns: number;
}

export interface Run {
  id: string;
  project: string;
  name: string;
  state: RunState;
  liveness: "alive" | "ended" | "unknown";
  created_ns: number;
  ended_ns: number | null;
  updated_ns: number;
  duration_s: number;
  exit_code: number | null;
  tags: string[];
  notes: string;
  group: string;
  job_type: string;
  config: Tree;
  summary: Tree;
  last_step: number | null;
  sessions: number;
  lost: number;
  archived: boolean;
}

export interface RunDetail extends Run {
  meta: Tree;
  metrics: Tree;
  losses: Tree;
}

/** What PATCH of a run may change. */
export type RunChange = Partial<
  Pick<Run, "name" | "tags" | "notes" | "group" | "job_type" | "archived">
>;

export type ColumnType = "bool" | "int" | "float" | "text" | "time" | "duration" | "list" | "mixed";

export interface Column {
  name: string;
  type: ColumnType;
  count: number;
}

export interface CellsPage {
  runs: { id: string; cells: Value[] }[];
  total: number;
  next_cursor: string | null;
  warnings: string[];
}

export interface RunsPage {
  runs: Run[];
  total: number;
  next_cursor: string | null;
  warnings: string[];
}

export interface GroupCell {
  min: number;
  max: number;
  mean: number;
  std: number;
  count: number;
}

export interface GroupsPage {
  groups: { values: Value[]; runs: number; cells: (GroupCell | null)[] }[];
  total: number;
  next_cursor: string | null;
}

/** One key of one run (GET /runs/{r}/keys). */
export interface RunKey {
  key: string;
  stream: "history" | "system";
  count: number;
  nan_count: number;
  first_step: number;
  last_step: number;
  last_time_ns: number;
  first: number;
  last: number;
  min: number;
  max: number;
  mean: number;
  min_step: number;
  max_step: number;
}

/** One key over all runs of a project (GET /projects/{p}/keys). */
export interface ProjectKey {
  key: string;
  stream: "history" | "system";
  runs: number;
}

export interface KeysPage {
  keys: ProjectKey[];
  total: number;
  next_cursor: string | null;
}

export type Axis = "step" | "time" | "relative" | "energy" | "metric";

export interface SeriesRequest {
  runs: string[];
  keys: string[];
  axis?: Axis;
  axis_key?: string;
  log_x?: boolean;
  min?: number;
  max?: number;
  buckets?: number;
  precision?: "f64" | "f32";
  columns?: ("x" | "min" | "max" | "mean" | "last" | "count")[];
}

export interface BandsRequest {
  groups: { name: string; runs: string[] }[];
  keys: string[];
  axis?: Axis;
  axis_key?: string;
  min?: number;
  max?: number;
  buckets?: number;
  band?: "minmax" | "std" | "stderr";
}

export interface ConsoleLine {
  number: number;
  stream: string;
  time_ns: number;
  text: string;
  partial: boolean;
}

export interface ConsolePage {
  lines: ConsoleLine[];
  count: number;
  state: string;
}

export interface View {
  name: string;
  state: string;
  updated_ns: number;
}

export interface Me {
  user: string | null;
  key: string | null;
  scopes: string[];
  /** null: all of them. */
  projects: string[] | null;
  /** Only of a session that began with a log-in. */
  csrf: string | null;
}

/** A run as the charts need it: what the run list made visible, in its order. */
export interface VisibleRun {
  id: string;
  name: string;
  color: string;
  state: RunState;
}
