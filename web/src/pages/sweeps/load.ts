// Loads a sweep and its trials, and follows them while it lives.
import { batch, signal } from "@preact/signals";
import { api, isAborted, messageOf, path } from "../../api/client";
import type { Sweep, Trial } from "../../api/sweeps";

const kRefresh_ms = 1000;
const kPage = 1000;
/** What may still change, if only by a late result; all before the first of them is settled. */
const kOpen = new Set(["waiting", "running", "paused", "lost"]);

interface TrialsPage {
  trials: Trial[];
  next_cursor: string | null;
}

/** One sweep as it is now. Owned by a page, which calls start() and then what that answers. */
export class SweepState {
  readonly sweep = signal<Sweep | null>(null);
  readonly trials = signal<readonly Trial[]>([]);
  readonly error = signal<string | null>(null);
  private x_abort = new AbortController();
  private x_busy = false;

  constructor(readonly id: string) {}

  start(): () => void {
    void this.load();
    const timer = setInterval(() => void (document.hidden || this.load()), kRefresh_ms);
    return () => {
      clearInterval(timer);
      this.x_abort.abort();
    };
  }

  /** Takes what the server answered to a change, and then what followed from it. */
  take(sweep: Sweep): void {
    this.sweep.value = { ...sweep, seq: -1 };
    void this.load();
  }

  async load(): Promise<void> {
    if (this.x_busy) return;
    this.x_busy = true;
    try {
      const options = { signal: this.x_abort.signal };
      const sweep = await api.get<Sweep>(path`/sweeps/${this.id}`, {}, options);
      this.error.value = null;
      if (sweep.seq === this.sweep.peek()?.seq) return;
      const trials = await this.loadTrials(options);
      batch(() => {
        this.sweep.value = sweep;
        this.trials.value = trials;
      });
    } catch (error) {
      if (!isAborted(error)) this.error.value = messageOf(error);
    } finally {
      this.x_busy = false;
    }
  }

  /** From the first trial that was not over. */
  private async loadTrials(options: { signal: AbortSignal }): Promise<Trial[]> {
    const known = this.trials.peek();
    const open = known.findIndex(({ state }) => kOpen.has(state));
    const kept = known.slice(0, open < 0 ? known.length : open);
    let cursor: string | null = String(kept.length);
    while (cursor !== null) {
      const page: TrialsPage = await api.get<TrialsPage>(
        path`/sweeps/${this.id}/trials`,
        { limit: kPage, cursor },
        options,
      );
      kept.push(...page.trials);
      cursor = page.next_cursor;
    }
    return kept;
  }
}
