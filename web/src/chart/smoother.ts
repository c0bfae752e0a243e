// The page's side of the smoothing thread: at most one question of a chart is under way, and the
// newest one waits, so that dragging a slider never builds a queue.
import { useEffect, useState } from "preact/hooks";
import { isSmooth } from "./smoothing";
import type { SmoothAnswer, SmoothRequest } from "./smoothing_worker";
import type { Floats, LineSeries, Smoothing } from "./types";

const kNone: Smoothing = { kind: "none", amount: 0, original: false };

let x_worker: Worker | null = null;
let x_next_id = 1;
const x_waiting = new Map<number, (curves: Floats[]) => void>();

function worker(): Worker {
  if (x_worker) return x_worker;
  x_worker = new Worker(new URL("./smoothing_worker.ts", import.meta.url), { type: "module" });
  x_worker.onmessage = ({ data }: MessageEvent<SmoothAnswer>) => {
    x_waiting.get(data.id)?.(data.curves);
    x_waiting.delete(data.id);
  };
  return x_worker;
}

function ask(series: readonly LineSeries[], smoothing: Smoothing, span: number): Promise<Floats[]> {
  const id = x_next_id++;
  const curves = series.map(({ x, value }) => ({ x, y: value }));
  const request: SmoothRequest = { id, smoothing, span, curves };
  return new Promise((done) => {
    x_waiting.set(id, done);
    worker().postMessage(request);
  });
}

/** The width of x over all series: what a time-weighted average measures its distances in. */
function spanOf(series: readonly LineSeries[]): number {
  let min = Infinity;
  let max = -Infinity;
  for (const { x } of series) {
    if (x.length === 0) continue;
    min = Math.min(min, x[0]!);
    max = Math.max(max, x[x.length - 1]!);
  }
  return max - min;
}

interface Question {
  series: readonly LineSeries[];
  smoothing: Smoothing;
}

/** One chart's standing order: the answer to the newest question, with no queue behind it. */
class Smoother {
  private x_busy = false;
  private x_next: Question | null = null;
  private x_over = false;

  constructor(private readonly done: (smoothed: Smoothed) => void) {}

  ask(question: Question): void {
    this.x_next = question;
    if (!this.x_busy) void this.work();
  }

  close(): void {
    this.x_over = true;
  }

  private async work(): Promise<void> {
    this.x_busy = true;
    while (this.x_next && !this.x_over) {
      const { series, smoothing } = this.x_next;
      this.x_next = null;
      const curves = await ask(series, smoothing, spanOf(series));
      if (!this.x_over) this.done({ series, smoothing, curves });
    }
    this.x_busy = false;
  }
}

export interface Smoothed extends Question {
  /** Smoothed values of each series, in order; null where there are none (yet). */
  curves: Floats[] | null;
}

/**
 * The series with their smoothed values. While an answer is on its way the last one stays, so that
 * a chart never flickers back to its raw lines.
 */
export function useSmoothed(
  series: readonly LineSeries[],
  smoothing: Smoothing | undefined,
): Smoothed {
  const [answer, setAnswer] = useState<Smoothed | null>(null);
  const [smoother] = useState(() => new Smoother(setAnswer));
  useEffect(() => () => smoother.close(), [smoother]);
  const wanted = smoothing && isSmooth(smoothing) ? smoothing : null;
  useEffect(() => {
    if (wanted) smoother.ask({ series, smoothing: wanted });
    else setAnswer(null);
  }, [series, wanted?.kind, wanted?.amount]);
  if (!wanted) return { series, smoothing: kNone, curves: null };
  // Until the first answer the originals are there, faint as they will stay: nothing jumps.
  return answer
    ? { ...answer, smoothing: wanted }
    : { series, smoothing: { ...wanted, original: true }, curves: null };
}
