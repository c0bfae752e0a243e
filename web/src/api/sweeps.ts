// Sweeps and trials as the API tells them (docs/api.md, "Sweeps").
import type { Value } from "./types";

export type SweepState = "running" | "paused" | "stopped" | "finished";
export type TrialState =
  | "waiting"
  | "running"
  | "paused"
  | "complete"
  | "stopped"
  | "failed"
  | "lost"
  | "prior";

export interface Objective {
  metric: string;
  goal: "minimize" | "maximize";
  target: number | null;
}

/** What nobody measured is null. */
export interface Cost {
  seconds: number | null;
  kwh: number | null;
  gco2e: number | null;
  money: number | null;
}

export type Parameters = Record<string, Value>;

export interface Sweep {
  id: string;
  project: string;
  name: string;
  state: SweepState;
  reason: string;
  definition: Definition;
  version: number;
  created_ns: number;
  objectives: Objective[];
  method: string;
  seed: number;
  size: number | null;
  counts: Record<TrialState | "reused", number>;
  used: Cost & { trials: number };
  budget: {
    trials: number | null;
    hours: number | null;
    kwh: number | null;
    gco2e: number | null;
    money: number | null;
  };
  best: Best | null;
  front: number[];
  warnings: string[];
  seq: number;
}

export interface Best {
  trial: number;
  values: (number | null)[];
  mean: number | null;
  sd: number | null;
  params: Parameters;
  run: string | null;
}

/** The document of a sweep file, its parameters by dotted name: what the page shows and changes. */
export interface Definition {
  parameters?: Record<string, ParameterDocument>;
  budget?: Record<string, number>;
  [key: string]: unknown;
}

export interface ParameterDocument {
  distribution?: string;
  type?: string;
  min?: number;
  max?: number;
  value?: Value;
  values?: Value[];
  [key: string]: unknown;
}

export interface Decision {
  step: number;
  rule: string;
  stop: boolean;
  pause: boolean;
  is_dry: boolean;
  reason: string;
  limit: number | null;
  chance: number | null;
}

export interface Trial {
  number: number;
  state: TrialState;
  params: Parameters;
  values: (number | null)[] | null;
  /** The outcomes that are to be kept within limits. */
  limits: Record<string, number | null>;
  run: string | null;
  is_reused: boolean;
  worker: string | null;
  sampler: string;
  reason: string;
  mean: number | null;
  sd: number | null;
  improvement: number | null;
  nearest: number | null;
  replicate_of: number | null;
  created_ns: number;
  began_ns: number | null;
  ended_ns: number | null;
  cost: Cost;
  /** [step, value by objective…] */
  reports: (number | null)[][];
  decisions: Decision[];
  error: string | null;
  attempt: number;
}

export interface Importance {
  parameters: { name: string; first_order: number | null; total: number | null }[];
  quality: number | null;
  reason: string;
}

/** Along one parameter, or over two: the value at (x, y) is at x * y.length + y. */
export interface Belief {
  x: Value[];
  y: Value[];
  mean: (number | null)[];
  sd: (number | null)[];
}
