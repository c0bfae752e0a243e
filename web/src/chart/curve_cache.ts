// The curves that came, by what they depend on: bounded in bytes, the longest unused going first.
import { LiveCurve, type Curve } from "./live_curve";

export interface Entry {
  view: number;
  subject: string;
  key: string;
  /** Null: there is nothing to show, and `reason` may say why. */
  curve: Curve | null;
  reason: string | null;
  /** Made when the first new point comes. */
  live: LiveCurve | null;
  buckets: number;
  fetched_ms: number;
  /** To be fetched again; until then it is shown as it is. */
  stale: boolean;
  /** The server said that what is shown no longer holds: nothing may be appended to it. */
  overturned: boolean;
  used: number;
}

const kBytesMost = 96 << 20;

export class CurveCache {
  private readonly x_entries = new Map<string, Entry>();
  private readonly x_by_series = new Map<string, Set<Entry>>();
  private readonly x_views = new Map<string, number>();
  private x_bytes = 0;
  private x_clock = 0;

  /** A short number for a long description of a view. */
  viewNumber(view: string): number {
    const known = this.x_views.get(view);
    if (known !== undefined) return known;
    this.x_views.set(view, this.x_views.size);
    return this.x_views.size - 1;
  }

  find(view: number, subject: string, key: string): Entry | undefined {
    const entry = this.x_entries.get(nameOf(view, subject, key));
    if (entry) entry.used = ++this.x_clock;
    return entry;
  }

  /** All views of one series of one run: where a new point goes. */
  ofSeries(subject: string, key: string): Iterable<Entry> {
    return this.x_by_series.get(seriesOf(subject, key)) ?? [];
  }

  all(): Iterable<Entry> {
    return this.x_entries.values();
  }

  put(entry: Omit<Entry, "used">): void {
    const name = nameOf(entry.view, entry.subject, entry.key);
    this.remove(name);
    const kept: Entry = { ...entry, used: ++this.x_clock };
    this.x_entries.set(name, kept);
    this.x_bytes += bytesOf(kept);
    const series = seriesOf(entry.subject, entry.key);
    const same = this.x_by_series.get(series);
    if (same) same.add(kept);
    else this.x_by_series.set(series, new Set([kept]));
  }

  /** Forgets what was unused longest, but nothing that was used since `spared`. */
  trim(spared: number): void {
    if (this.x_bytes <= kBytesMost) return;
    const old = [...this.x_entries].filter(([, { used }]) => used < spared);
    old.sort(([, a], [, b]) => a.used - b.used);
    for (const [name] of old) {
      if (this.x_bytes <= kBytesMost / 2) return;
      this.remove(name);
    }
  }

  /** A moment to compare `used` with. */
  now(): number {
    return this.x_clock;
  }

  private remove(name: string): void {
    const entry = this.x_entries.get(name);
    if (!entry) return;
    this.x_entries.delete(name);
    this.x_bytes -= bytesOf(entry);
    const series = seriesOf(entry.subject, entry.key);
    const same = this.x_by_series.get(series);
    same?.delete(entry);
    if (same?.size === 0) this.x_by_series.delete(series);
  }
}

function nameOf(view: number, subject: string, key: string): string {
  return `${view}\n${subject}\n${key}`;
}

function seriesOf(subject: string, key: string): string {
  return `${subject}\n${key}`;
}

function bytesOf({ curve }: Entry): number {
  if (!curve) return 64;
  const columns = [curve.x, curve.value, curve.min, curve.max, curve.low, curve.high];
  return 256 + columns.reduce((sum, column) => sum + (column?.byteLength ?? 0), 0);
}
