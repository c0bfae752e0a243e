// What the sweep's model believes: which settings matter, and how the result changes with them.
import type { Signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, isAborted, messageOf, path, type Params } from "../../api/client";
import type { Belief, Importance, Sweep } from "../../api/sweeps";
import { BarChart, ChartPanel, HeatMap, ScatterChart, type Bar, type Column } from "../../chart";
import { formatNumber } from "../../format";
import { theme, themeColor } from "../../state/theme";
import { query } from "../../state/url";
import { usePoints } from "./Progress";
import type { SweepView } from "./SweepPage";
import { columnOf, textOf, varied } from "./trials";

const kSlice_px = 260;
const kContour_px = 430;
const kContourPlaces = 24;
const kSlicesMost = 24;
/** Models are asked again when so many more trials have ended. */
const kAgain = 5;
/** With fewer results there is no model. */
const kResultsLeast = 3;
const kTooFew = "Not enough evidence yet";
const kInactive = "inactive in the best trial";

interface Asked<T> {
  value: T | null;
  error: string | null;
}

/** Asks the server anew when `to` or `params` change, and now and then while results come. */
function useAsked<T>(to: string | null, params: Params, ended: number): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ value: null, error: null });
  const age = Math.floor(ended / kAgain);
  useEffect(() => {
    if (to === null) return;
    const abort = new AbortController();
    api.get<T>(to, params, { signal: abort.signal }).then(
      (value) => setAsked({ value, error: null }),
      (error: unknown) => isAborted(error) || setAsked({ value: null, error: messageOf(error) }),
    );
    return () => abort.abort();
  }, [to, JSON.stringify(params), age]);
  return asked;
}

function useBelief({ id }: Sweep, params: Params, ended: number): Asked<Belief> {
  return useAsked<Belief>(ended < kResultsLeast ? null : path`/sweeps/${id}/belief`, params, ended);
}

export function BeliefTab(view: SweepView) {
  const { sweep } = view;
  const { complete, stopped, prior } = sweep.counts;
  const ended = complete + stopped + prior;
  const importance = useAsked<Importance>(path`/sweeps/${sweep.id}/importance`, {}, ended);
  const names = useMemo(
    () => mostImportantFirst([...varied(sweep).keys()], importance.value),
    [sweep.version, importance.value],
  );
  const shared: BeliefProps = { ...view, names, ended };
  return (
    <div class="sweep-panels">
      <ImportanceBars importance={importance} />
      {names.length > 1 && <Contour {...shared} />}
      <h2>
        Along each setting{" "}
        <span class="soft">
          what is believed with all others as in the best trial, ± one standard deviation
        </span>
      </h2>
      <div class="sweep-slices">
        {names.slice(0, kSlicesMost).map((name) => (
          <Slice key={name} {...shared} name={name} />
        ))}
      </div>
    </div>
  );
}

interface BeliefProps extends SweepView {
  /** The settings that vary, the most important first. */
  names: readonly string[];
  /** How many trials have ended: with more of them the models believe something else. */
  ended: number;
}

function mostImportantFirst(names: string[], importance: Importance | null): string[] {
  const order = new Map(importance?.parameters.map(({ name }, i) => [name, i]));
  return names.sort((a, b) => (order.get(a) ?? order.size) - (order.get(b) ?? order.size));
}

function ImportanceBars({ importance }: { importance: Asked<Importance> }) {
  const { value, error } = importance;
  const dark = theme.value;
  const bars = useMemo(() => {
    const color = themeColor(value?.reason ? "--faint" : "--accent"); // doubtful, or well founded
    return (value?.parameters ?? [])
      .filter(({ total }) => total !== null)
      .map(({ name, total }): Bar => ({ id: name, label: name, color, value: total! }));
  }, [value, dark]);
  const quality = value?.quality ?? null;
  const note =
    quality === null ? "" : `the model explains ${Math.round(100 * quality)}% of unseen results`;
  return (
    <ChartPanel
      title="What matters"
      note={value?.reason || note}
      error={error}
      height={Math.max(150, 90 + 24 * bars.length)}
    >
      <BarChart
        title="What matters"
        bars={bars}
        axis={{ label: "share of the variance, alone and with others" }}
        empty={value ? kTooFew : "…"}
      />
    </ChartPanel>
  );
}

function Slice({ sweep, trials, chosen, choose, name, ended }: BeliefProps & { name: string }) {
  const asked = useBelief(sweep, { x: name }, ended);
  const { shown, ids, labels, colors } = usePoints(trials, "results");
  const document = useMemo(() => varied(sweep).get(name), [sweep.version, name]);
  const x = useMemo(
    () =>
      columnOf(
        name,
        shown.map(({ params }) => params),
        document,
      ),
    [shown, document, name],
  );
  const y = useMemo(
    (): Column => ({
      name: sweep.objectives[0]!.metric,
      values: Float64Array.from(shown, ({ values }) => values?.[0] ?? NaN),
    }),
    [shown],
  );
  const is_inactive = asked.value !== null && isInactive(asked.value.x);
  const belief = useMemo(
    () => (asked.value === null || is_inactive ? null : bandOf(asked.value, x)),
    [asked.value, x],
  );
  return (
    <ChartPanel title={name} note={is_inactive ? kInactive : ""} height={kSlice_px}>
      <ScatterChart
        title={name}
        empty="No trial has a result yet"
        focused={chosen}
        onPick={choose}
        {...(belief ? { belief } : {})}
        {...{ ids, labels, x, y, colors }}
      />
    </ChartPanel>
  );
}

/** Places of a setting that the best trial does not have. */
function isInactive(places: Belief["x"]): boolean {
  return places.every((place) => place === null);
}

/** A belief along x in the places of its column: numbers, or the indices of categories. */
function bandOf(belief: Belief, column: Column) {
  const place = (value: Belief["x"][number]) =>
    column.categories ? column.categories.indexOf(textOf(value)) : Number(value);
  const known = (values: (number | null)[]) => Float64Array.from(values, (value) => value ?? NaN);
  const [middle, sd] = [known(belief.mean), known(belief.sd)];
  return {
    x: Float64Array.from(belief.x, place),
    middle,
    low: middle.map((mean, i) => mean - sd[i]!),
    high: middle.map((mean, i) => mean + sd[i]!),
  };
}

function Contour({ sweep, trials, names, ended }: BeliefProps) {
  const [x_name, y_name] = [query<string>("s.cx", ""), query<string>("s.cy", "")];
  const x = names.find((name) => name === x_name.value) ?? names[0]!;
  const others = names.filter((name) => name !== x);
  const y = others.find((name) => name === y_name.value) ?? others[0]!;
  const params = { x, y, places: kContourPlaces };
  const asked = useBelief(sweep, params, ended);
  const is_inactive = asked.value !== null && [asked.value.x, asked.value.y].some(isInactive);
  const cells = useMemo(() => {
    if (!asked.value || is_inactive || asked.value.y.length === 0) return null;
    const { x: xs, y: ys, mean } = asked.value;
    const values = new Float64Array(xs.length * ys.length);
    for (let i = 0; i < xs.length; ++i)
      for (let k = 0; k < ys.length; ++k)
        values[k * xs.length + i] = mean[i * ys.length + k] ?? NaN;
    const counts = new Uint32Array(values.length);
    for (const trial of trials) {
      const i = nearestTo(xs, trial.params[x]);
      const k = nearestTo(ys, trial.params[y]);
      if (i >= 0 && k >= 0) ++counts[k * xs.length + i]!;
    }
    return { xs: xs.map(tickOf), ys: ys.map(tickOf), values, counts };
  }, [asked.value, trials]);
  return (
    <ChartPanel title="Two settings together" error={asked.error} height={kContour_px}>
      <div class="sweep-chart-head">
        <Choice label="Across" names={names} value={x} chosen={x_name} />
        <Choice label="Up" names={others} value={y} chosen={y_name} />
      </div>
      <HeatMap
        title="Two settings together"
        xLabel={x}
        yLabel={y}
        xs={cells?.xs ?? []}
        ys={cells?.ys ?? []}
        values={cells?.values ?? new Float64Array()}
        {...(cells ? { counts: cells.counts } : {})}
        valueLabel={sweep.objectives[0]!.metric}
        empty={is_inactive ? kInactive : ended < kResultsLeast ? kTooFew : "…"}
      />
    </ChartPanel>
  );
}

function tickOf(place: Belief["x"][number]): string {
  return typeof place === "number" ? formatNumber(place, 3) : textOf(place);
}

/** The index of the place that a value is nearest to; -1 where it is none. */
function nearestTo(places: Belief["x"], value: Belief["x"][number] | undefined): number {
  if (value === undefined || value === null) return -1;
  if (typeof value !== "number")
    return places.findIndex((place) => textOf(place) === textOf(value));
  let best = -1;
  let least = Infinity;
  places.forEach((place, i) => {
    const distance = Math.abs(Number(place) - value);
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

interface ChoiceProps {
  label: string;
  names: readonly string[];
  value: string;
  chosen: Signal<string>;
}

function Choice({ label, names, value, chosen }: ChoiceProps) {
  return (
    <label class="sweep-choice">
      {label}
      <select
        class="input"
        value={value}
        onChange={(event) => (chosen.value = event.currentTarget.value)}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
