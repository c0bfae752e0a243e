// ChartData: brings the curves of all charts in sight in one request a frame, keeps them, and lets
// them grow as new points arrive.
import { api, isAborted, messageOf, path } from "../api/client";
import { numbers, type ColumnArray, type Columns, type Series } from "../api/columns";
import { openLive, type Handlers, type Live, type Points, type Want } from "../api/live";
import { bodyOf, endpointOf, planAsks, subjectsOf, viewOf, type Ask, type SeriesWant } from "./ask";
import { CurveCache, type Entry } from "./curve_cache";
import { LiveCurve, type Curve } from "./live_curve";
import { lowerBound } from "./line_paint";
import type { Floats } from "./types";

export type { AxisWant, Band, Group, SeriesWant } from "./ask";
export type { Curve } from "./live_curve";

/** A run as its curves need it: whether more is to come, and since when it runs. */
export interface ChartRun {
  id: string;
  alive: boolean;
  /** Seconds since the epoch; needed for new points by time since start. */
  created_s?: number | undefined;
}

export interface PanelCurve extends Curve {
  subject: string;
  key: string;
}

export interface PanelData {
  curves: readonly PanelCurve[];
  loading: boolean;
  error: string | null;
  /** Why there is no curve at all, where the server said so. */
  reason?: string | null;
}

/** The world outside, so that tests can be one. */
export interface Outside {
  fetch: (to: string, body: unknown, signal: AbortSignal) => Promise<Columns>;
  live: (want: Want, handlers: Handlers) => Live;
  frame: (work: () => void) => void;
  now_ms: () => number;
  later: (work: () => void, after_ms: number) => void;
}

function browser(project: string): Outside {
  return {
    fetch: (to, body, signal) =>
      api.columns(path`/projects/${project}` + "/" + to, body, { signal }),
    live: (want, handlers) => openLive(project, want, handlers),
    frame: (work) => void requestAnimationFrame(work),
    now_ms: () => performance.now(),
    later: (work, after_ms) => void setTimeout(work, after_ms),
  };
}

const kNsPerS = 1e9;
/** A curve that cannot grow by itself is asked for again at most this often. */
const kRefetch_ms = 4000;
/** A point that came this soon after an answer may be in it already. */
const kOverlap_ms = 3000;
const kRetry_ms = 5000;
const kLiveSettle_ms = 250;

/** One chart's standing order. Made by ChartData.watch(); close() ends it. */
export class Watch {
  x_want: SeriesWant | null = null;
  x_view = -1;
  x_seen = false;
  x_dirty = true;
  x_curves: readonly PanelCurve[] = [];

  constructor(
    private readonly data: ChartData,
    readonly onData: (data: PanelData) => void,
  ) {}

  want(want: SeriesWant): void {
    this.x_want = want;
    this.x_view = this.data.viewNumber(want);
    this.x_dirty = true;
    this.data.touch();
  }

  /** Only what is seen is fetched and followed. */
  see(seen: boolean): void {
    if (seen === this.x_seen) return;
    this.x_seen = seen;
    this.x_dirty ||= seen;
    this.data.touch();
  }

  close(): void {
    this.data.leave(this);
  }
}

interface Flight {
  ask: Ask;
  view: number;
  subjects: ReadonlySet<string>;
  keys: ReadonlySet<string>;
  abort: AbortController;
  /** What it brings was overtaken by news of these series while it was on its way. */
  outdated: Set<string>;
}

/** What a stream brings; `covers` tells whether a series is among it. */
interface Following {
  want: Want;
  text: string;
  covers: (run: string, key: string) => boolean;
  live: Live | null;
}

const kNothing: Following = { want: {}, text: "", covers: () => false, live: null };

/** Owned by a page; close() ends its requests and its stream. */
export class ChartData {
  private readonly x_cache = new CurveCache();
  private readonly x_watches = new Set<Watch>();
  private readonly x_flights = new Set<Flight>();
  private readonly x_errors = new Map<number, { message: string; until_ms: number }>();
  private readonly x_pending: Points[] = [];
  private readonly x_out: Outside;
  private x_runs = new Map<string, ChartRun>();
  private x_following = kNothing;
  private x_next_following = kNothing;
  private x_again_at_ms = Infinity;
  private x_frame_asked = false;
  private x_closed = false;

  constructor(project: string, outside?: Outside) {
    this.x_out = outside ?? browser(project);
  }

  watch(onData: (data: PanelData) => void): Watch {
    const watch = new Watch(this, onData);
    this.x_watches.add(watch);
    return watch;
  }

  /** All runs that charts may show. Those alive are followed. */
  setRuns(runs: readonly ChartRun[]): void {
    this.x_runs = new Map(runs.map((run) => [run.id, run]));
    this.touch();
  }

  /** Fetches again what failed. */
  retry(): void {
    this.x_errors.clear();
    this.touch();
  }

  close(): void {
    this.x_closed = true;
    for (const { abort } of this.x_flights) abort.abort();
    this.x_following.live?.close();
    this.x_next_following.live?.close();
    this.x_watches.clear();
  }

  // --- for Watch

  viewNumber(want: SeriesWant): number {
    return this.x_cache.viewNumber(viewOf(want));
  }

  leave(watch: Watch): void {
    this.x_watches.delete(watch);
    this.touch();
  }

  /** Something changed: look at everything once, in the next frame. */
  touch(): void {
    if (this.x_frame_asked || this.x_closed) return;
    this.x_frame_asked = true;
    this.x_out.frame(() => {
      this.x_frame_asked = false;
      if (!this.x_closed) this.settle();
    });
  }

  // --- what is missing

  private seen(): Watch[] {
    return [...this.x_watches].filter((watch) => watch.x_seen && watch.x_want);
  }

  private settle(): void {
    const begun = this.x_cache.now();
    this.takePoints();
    const seen = this.seen();
    this.dropUnwanted(seen);
    for (const ask of this.missing(seen)) void this.send(ask);
    for (const watch of seen) if (watch.x_dirty) this.deliver(watch);
    this.x_cache.trim(begun);
    this.follow(seen);
  }

  private missing(seen: readonly Watch[]): { ask: Ask; view: number }[] {
    const by_view = new Map<number, { want: SeriesWant; keys: Map<string, Set<string>> }>();
    for (const { x_view, x_want } of seen) {
      if (this.hasFailed(x_view)) continue;
      const wanted = by_view.get(x_view) ?? { want: x_want!, keys: new Map<string, Set<string>>() };
      by_view.set(x_view, wanted);
      for (const key of x_want!.keys) {
        const lacking = subjectsOf(x_want!).filter((subject) => this.lacks(x_view, subject, key));
        if (lacking.length === 0) continue;
        const all = wanted.keys.get(key) ?? new Set();
        for (const subject of lacking) all.add(subject);
        wanted.keys.set(key, all);
      }
    }
    return [...by_view].flatMap(([view, { want, keys }]) =>
      planAsks(want, new Map([...keys].map(([key, set]) => [key, [...set]]))).map((ask) => ({
        ask,
        view,
      })),
    );
  }

  private lacks(view: number, subject: string, key: string): boolean {
    const entry = this.x_cache.find(view, subject, key);
    if (entry && !entry.stale) return false;
    if (entry && entry.fetched_ms + kRefetch_ms > this.x_out.now_ms()) {
      this.touchAt(entry.fetched_ms + kRefetch_ms);
      return false;
    }
    for (const flight of this.x_flights)
      if (flight.view === view && flight.keys.has(key) && flight.subjects.has(subject))
        return false;
    return true;
  }

  /** Looks at everything again at this time, or sooner. */
  private touchAt(at_ms: number): void {
    if (at_ms >= this.x_again_at_ms) return;
    this.x_again_at_ms = at_ms;
    this.x_out.later(
      () => {
        this.x_again_at_ms = Infinity;
        this.touch();
      },
      Math.max(0, at_ms - this.x_out.now_ms()),
    );
  }

  private hasFailed(view: number): boolean {
    const error = this.x_errors.get(view);
    return error !== undefined && error.until_ms > this.x_out.now_ms();
  }

  private dropUnwanted(seen: readonly Watch[]): void {
    for (const flight of this.x_flights) {
      const wanted = seen.some(
        ({ x_view, x_want }) =>
          x_view === flight.view && x_want!.keys.some((key) => flight.keys.has(key)),
      );
      if (wanted) continue;
      this.x_flights.delete(flight);
      flight.abort.abort();
    }
  }

  private async send({ ask, view }: { ask: Ask; view: number }): Promise<void> {
    const abort = new AbortController();
    const flight: Flight = {
      ask,
      view,
      abort,
      keys: new Set(ask.keys),
      subjects: new Set(ask.subjects),
      outdated: new Set(),
    };
    this.x_flights.add(flight);
    const sent_ms = this.x_out.now_ms();
    try {
      const answer = await this.x_out.fetch(endpointOf(ask), bodyOf(ask), flight.abort.signal);
      this.keep(answer, flight, sent_ms);
      this.x_errors.delete(view);
    } catch (error) {
      if (isAborted(error) || this.x_closed) return;
      const until_ms = this.x_out.now_ms() + kRetry_ms;
      this.x_errors.set(view, { message: messageOf(error), until_ms });
      this.touchAt(until_ms);
    } finally {
      this.x_flights.delete(flight);
    }
    this.changed(({ x_view }) => x_view === view);
  }

  private keep({ series, missing }: Columns, flight: Flight, fetched_ms: number): void {
    const { ask, view, outdated } = flight;
    const { buckets, axis } = ask.view;
    const came = new Map(series.map((each) => [`${each.run}\n${each.key}`, each]));
    const reasons = new Map(
      missing.map(({ run, key, reason }) => [`${run}\n${key}`, reason ?? null]),
    );
    for (const subject of ask.subjects) {
      for (const key of ask.keys) {
        const found = came.get(`${subject}\n${key}`);
        const curve = found ? curveOf(found, axis.kind === "time") : null;
        const grown = this.x_cache.find(view, subject, key)?.live ?? null;
        const live = grown && curve ? carriedOver(grown, curve, buckets) : null;
        const reason = reasons.get(`${subject}\n${key}`) ?? null;
        this.x_cache.put({
          view,
          subject,
          key,
          curve,
          reason,
          live,
          buckets,
          fetched_ms,
          stale: outdated.has(`${subject}\n${key}`),
          overturned: false,
        });
      }
    }
  }

  // --- to the charts

  private changed(which: (watch: Watch) => boolean): void {
    for (const watch of this.x_watches) watch.x_dirty ||= which(watch);
    this.touch();
  }

  private deliver(watch: Watch): void {
    const { keys } = watch.x_want!;
    const curves: PanelCurve[] = [];
    let awaited = 0;
    let reason: string | null = null;
    for (const key of keys) {
      for (const subject of subjectsOf(watch.x_want!)) {
        const entry = this.x_cache.find(watch.x_view, subject, key);
        if (!entry) ++awaited;
        else if (entry.curve)
          curves.push({ subject, key, ...(entry.live?.curve() ?? entry.curve) });
        else reason ??= entry.reason;
      }
    }
    watch.x_dirty = false;
    // A chart that waits for another range shows what it has until then.
    if (curves.length > 0 || awaited === 0) watch.x_curves = curves;
    const error = this.x_errors.get(watch.x_view)?.message ?? null;
    const loading = awaited > 0 && error === null;
    watch.onData({
      curves: watch.x_curves,
      loading,
      error,
      reason: watch.x_curves.length > 0 ? null : reason,
    });
  }

  // --- new points

  /** Follows the runs that are alive, for the keys in sight. */
  private follow(seen: readonly Watch[]): void {
    const runs = new Set<string>();
    const keys = new Set<string>();
    for (const { x_want } of seen) {
      for (const key of x_want!.keys) keys.add(key);
      const members = x_want!.groups?.flatMap((group) => group.runs) ?? x_want!.runs;
      for (const run of members) if (this.x_runs.get(run)?.alive) runs.add(run);
    }
    const want: Want = { runs: [...runs].sort(), keys: [...keys].sort() };
    const text = runs.size > 0 && keys.size > 0 ? JSON.stringify(want) : "";
    if (text === this.x_next_following.text) return;
    const covers = (run: string, key: string) => runs.has(run) && keys.has(key);
    const next: Following = { want, text, covers, live: null };
    // Of one that was not heard of yet; the one that stands stays until the next does.
    if (this.x_next_following !== this.x_following) this.x_next_following.live?.close();
    this.x_next_following = next;
    // Scrolling passes many charts; the stream is opened for those where it ends.
    const settle_ms = this.x_following === kNothing ? 0 : kLiveSettle_ms;
    this.x_out.later(() => {
      if (next !== this.x_next_following || this.x_closed) return;
      if (text) next.live = this.x_out.live(want, this.handlers(next));
      else this.begin(next, false);
    }, settle_ms);
  }

  private handlers(following: Following): Handlers {
    return {
      hello: (_, again) => this.begin(following, again),
      points: (points) => {
        this.x_pending.push(points);
        this.touch();
      },
    };
  }

  /** A stream stands: it takes the place of the one before, which was kept open until now. */
  private begin(following: Following, again: boolean): void {
    const before = this.x_following;
    if (before !== following) before.live?.close();
    this.x_following = following;
    const { runs = [], keys = [] } = following.want;
    for (const run of runs)
      for (const key of keys) if (again || !before.covers(run, key)) this.missed(run, key);
    if (again) this.markBands();
    this.touch();
  }

  /** What came between an answer and the stream is in neither: it is asked for once more. */
  private missed(run: string, key: string): void {
    for (const entry of this.x_cache.ofSeries(run, key)) entry.stale = true;
    for (const { keys, subjects, outdated } of this.x_flights)
      if (keys.has(key) && subjects.has(run)) outdated.add(`${run}\n${key}`);
  }

  /** The points of this frame, all together. */
  private takePoints(): void {
    if (this.x_pending.length === 0) return;
    const views = new Set<number>();
    const wants = new Map([...this.x_watches].map(({ x_view, x_want }) => [x_view, x_want]));
    for (const points of this.x_pending.splice(0)) {
      if (points.again) this.missed(points.run, points.key);
      for (const entry of this.x_cache.ofSeries(points.run, points.key)) {
        this.append(entry, points, wants.get(entry.view) ?? null);
        views.add(entry.view);
      }
    }
    for (const view of this.markBands()) views.add(view);
    for (const watch of this.x_watches) watch.x_dirty ||= views.has(watch.x_view);
  }

  /** Means of groups cannot grow by points: they are computed anew. */
  private markBands(): Set<number> {
    const views = new Set<number>();
    for (const { x_view, x_want } of this.seen()) if (x_want!.groups) views.add(x_view);
    for (const entry of views.size > 0 ? this.x_cache.all() : [])
      if (views.has(entry.view)) entry.stale = true;
    return views;
  }

  private append(entry: Entry, points: Points, want: SeriesWant | null): void {
    if (points.again) entry.overturned = true;
    else if (entry.overturned) this.missed(points.run, points.key);
    if (entry.overturned) {
      entry.live = null; // what is new has nothing to be appended to until an answer comes
      return;
    }
    const x = want && xOfPoints(points, want, this.x_runs.get(points.run));
    if (!want || !x || !entry.curve) {
      entry.stale = true;
      return;
    }
    if (want.range && want.range.max < (x[0] ?? Infinity)) return; // a part of the past
    entry.live ??= new LiveCurve(entry.curve, entry.buckets);
    let in_order = true;
    for (let i = 0; i < x.length; ++i)
      in_order = entry.live.append(x[i]!, points.value[i]!) && in_order;
    const fresh = entry.fetched_ms + kOverlap_ms > this.x_out.now_ms();
    // A step that was logged again, or a curve with twice the points it was asked for.
    if ((!in_order && !fresh) || entry.live.outgrown) entry.stale = true;
  }
}

/** The points that came while the answer was on its way, at the end of the answer. */
function carriedOver(grown: LiveCurve, curve: Curve, buckets: number): LiveCurve {
  const live = new LiveCurve(curve, buckets);
  const { x, value, min, max } = grown.curve();
  for (let i = lowerBound(x, live.last); i < x.length; ++i)
    live.append(x[i]!, value[i]!, min![i], max![i]);
  return live;
}

/** The places of new points on the axis; null where only the server can tell. */
function xOfPoints(points: Points, want: SeriesWant, run: ChartRun | undefined): number[] | null {
  const { kind } = want.axis;
  if (kind === "step") return points.step;
  if (kind === "time") return points.time_ns.map((ns) => ns / kNsPerS);
  const begun_s = run?.created_s;
  if (kind !== "relative" || begun_s === undefined) return null;
  return points.time_ns.map((ns) => ns / kNsPerS - begun_s);
}

function curveOf({ columns }: Series, in_ns: boolean): Curve {
  const { x, mean, min, max, low, high } = columns;
  const floats = (column: ColumnArray | undefined): Floats | undefined =>
    column === undefined ? undefined : column instanceof Float32Array ? column : numbers(column);
  const places = floats(x ?? columns["step"]) ?? new Float64Array(0);
  return {
    x: in_ns ? Float64Array.from(places, (ns) => ns / kNsPerS) : places,
    value: floats(mean ?? columns["value"]) ?? new Float64Array(0),
    min: floats(min),
    max: floats(max),
    low: floats(low),
    high: floats(high),
  };
}
