// What a report is asked for, and asking for it again while runs go on.
import { useEffect, useState } from "preact/hooks";
import { api, path, urlOf, type Params } from "../../api/client";
import type { Goal } from "../../api/metrics";
import type { ReportDocument } from "../../api/report";
import { useLoad, type Loaded } from "../../state/load";
import { query } from "../../state/url";

const kRefresh_ms = 60_000;

export function choiceSignals() {
  return {
    filter: query<string>("r.q", ""),
    /** "": the one that the project defines. */
    metric: query<string>("r.metric", ""),
    goal: query<Goal | "">("r.goal", ""),
  };
}

export interface Asked {
  project: string;
  filter: string;
  metric: string;
  goal: Goal | "";
}

export type Format = "document" | "html" | "md" | "tex" | "json" | "svg" | "csv";

export function reportPath(project: string): string {
  return path`/projects/${project}/report`;
}

export function reportParams({ filter, metric, goal }: Asked, format: Format): Params {
  return { filter, metric, direction: metric ? goal : "", format };
}

/** The report, a minute old at most. */
export function useReport(asked: Asked): Loaded<ReportDocument> {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setTick((old) => old + 1), kRefresh_ms);
    return () => clearInterval(timer);
  }, []);
  const [to, params] = [reportPath(asked.project), reportParams(asked, "document")];
  const load = (signal: AbortSignal) => api.get<ReportDocument>(to, params, { signal });
  return useLoad(urlOf(to, params), load, tick);
}
