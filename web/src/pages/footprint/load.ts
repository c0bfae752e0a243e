// Asks the server for footprints, and asks again from time to time: runs go on.
import { useEffect, useState } from "preact/hooks";
import { api, path, urlOf, type Params } from "../../api/client";
import type { FootprintPage, Tables } from "../../api/footprint";
import { useLoad, type Loaded } from "../../state/load";
import { pageParams, type Choices } from "./choices";

const kRefresh_ms = 30_000;
const kGroupsMost = 5000;

/** What every view on the page is asked for. */
export interface Asked {
  /** "": all that the reader may see. */
  project: string;
  choices: Choices;
}

export function footprintPath(project: string): string {
  return project ? path`/projects/${project}/footprint` : "/footprint";
}

/** The footprint of all runs that are meant, and of its groups. */
export function useFootprint({ project, choices }: Asked, by: string): Loaded<FootprintPage> {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setTick((old) => old + 1), kRefresh_ms);
    return () => clearInterval(timer);
  }, []);
  const to = footprintPath(project);
  const params: Params = { ...pageParams(choices), by, limit: kGroupsMost };
  const load = (signal: AbortSignal) => api.get<FootprintPage>(to, params, { signal });
  return useLoad(urlOf(to, params), load, tick);
}

/** What is known of grids, machines and prices. */
export function useTables(): Loaded<Tables> {
  return useLoad("/tables", (signal) => api.get<Tables>("/tables", {}, { signal }));
}
