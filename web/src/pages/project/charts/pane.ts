// What all panels of a charts page share. Made anew when one of its parts changes.
import type { VisibleRun } from "../../../api/types";
import type { ChartData } from "../../../chart";
import type { Groups } from "./load";
import type { PaneState } from "./state";

export interface Line {
  label: string;
  color: string;
}

export interface Pane {
  project: string;
  filter: string;
  state: PaneState;
  data: ChartData;
  runs: readonly VisibleRun[];
  groups: Groups | null;
  /** Names and colours by run or group. */
  lines: ReadonlyMap<string, Line>;
  group_by: readonly string[];
  seen: Seen;
  focus: (run: string | null) => void;
  /** Goes to a run's page. */
  open: (run: string) => void;
}

/** Tells elements when they come into sight and when they leave it; one observer for all. */
export class Seen {
  private x_observer: IntersectionObserver | null = null;
  private readonly x_told = new Map<Element, (seen: boolean) => void>();

  /** Begins to watch; `margin_px` around the scrolled box counts as in sight. */
  start(root: Element, margin_px: number): void {
    this.x_observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.x_told.get(target)?.(isIntersecting);
      },
      { root, rootMargin: `${margin_px}px 0px` },
    );
    for (const element of this.x_told.keys()) this.x_observer.observe(element);
  }

  stop(): void {
    this.x_observer?.disconnect();
    this.x_observer = null;
  }

  add(element: Element, tell: (seen: boolean) => void): () => void {
    this.x_told.set(element, tell);
    this.x_observer?.observe(element);
    return () => {
      this.x_told.delete(element);
      this.x_observer?.unobserve(element);
    };
  }
}
