// The settings of charts as a form: the same for all charts, for a section, and for one chart.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { SmoothingKind } from "../../../chart";
import { formatNumber } from "../../../format";
import { Button, SearchBox, type Completion } from "../../../ui";
import { rank } from "../../../ui/rank";
import { kSmoothings, type Overrides, type Settings } from "./settings";
import type { PaneState, Scope } from "./state";

const kAxes: [Settings["x"], string][] = [
  ["step", "Step"],
  ["time", "Wall time"],
  ["relative", "Time since start"],
  ["energy", "Energy (kWh)"],
  ["metric", "A metric…"],
];

const kOffersMost = 40;

export interface SettingsFormProps {
  state: PaneState;
  scope: Scope;
  keys: readonly string[];
  /** Bands are of groups only. */
  grouped: boolean;
}

export function SettingsForm({ state, scope, keys, grouped }: SettingsFormProps) {
  const settings = state.settingsOf(scope);
  const own = state.ownOf(scope);
  const change = (part: Overrides) => state.change(scope, part);
  const changed = (...names: (keyof Settings)[]) => names.some((name) => name in own);
  return (
    <div class="chart-settings">
      <Field label="X axis" changed={changed("x", "x_key")}>
        <AxisPicker settings={settings} keys={keys} change={change} />
      </Field>
      <Field label="Smoothing" changed={changed("smooth", "amount")}>
        <SmoothingPicker state={state} settings={settings} change={change} />
      </Field>
      {settings.smooth !== "none" && (
        <Check
          label="Show the original behind"
          value={settings.original}
          name="original"
          change={change}
        />
      )}
      <hr />
      <Checks settings={settings} change={change} />
      <Field label="Y range" changed={changed("y_min", "y_max")}>
        <NumberBox
          label="Lowest y"
          value={settings.y_min}
          onChange={(y_min) => change({ y_min })}
        />
        <span class="muted">to</span>
        <NumberBox
          label="Highest y"
          value={settings.y_max}
          onChange={(y_max) => change({ y_max })}
        />
      </Field>
      {settings.x !== "time" && (
        <Field label="X range" changed={changed("range")}>
          <RangeBoxes settings={settings} change={change} />
        </Field>
      )}
      <hr />
      {grouped && (
        <Field label="Band" changed={changed("band")}>
          <BandPicker settings={settings} change={change} />
        </Field>
      )}
      <Field label={grouped ? "Most groups" : "Most runs"} changed={changed("runs_most")}>
        <NumberBox
          label="Lines at most"
          value={settings.runs_most}
          onChange={(most) =>
            change({ runs_most: Math.max(1, Math.min(1000, Math.round(most ?? 100))) })
          }
        />
      </Field>
      {Object.keys(own).length > 0 && (
        <Button small onClick={() => state.reset(scope)}>
          {scope.kind === "all" ? "Back to defaults" : "Back to the settings of all charts"}
        </Button>
      )}
    </div>
  );
}

function Field(props: { label: string; changed?: boolean; children: ComponentChildren }) {
  return (
    <div class="chart-field">
      <span class={props.changed ? "changed" : ""}>{props.label}</span>
      <div>{props.children}</div>
    </div>
  );
}

interface Change {
  change: (part: Overrides) => void;
}

function Checks({ settings, change }: Change & { settings: Settings }) {
  return (
    <>
      <div class="chart-settings-row">
        <Check label="Log x" value={settings.x_log} name="x_log" change={change} />
        <Check label="Log y" value={settings.y_log} name="y_log" change={change} />
      </div>
      <Check
        label="Leave outliers out of the scale"
        value={settings.clip}
        name="clip"
        change={change}
      />
      <Check
        label="Show extremes around lines"
        value={settings.envelope}
        name="envelope"
        change={change}
      />
    </>
  );
}

function BandPicker({ settings, change }: Change & { settings: Settings }) {
  return (
    <select
      class="input"
      aria-label="Band of a group"
      value={settings.band}
      onChange={(event) => change({ band: event.currentTarget.value as Settings["band"] })}
    >
      <option value="minmax">Least to most</option>
      <option value="std">Standard deviation</option>
      <option value="stderr">Standard error</option>
    </select>
  );
}

type Flag = "x_log" | "y_log" | "clip" | "envelope" | "original";

function Check({
  label,
  value,
  name,
  change,
}: Change & { label: string; value: boolean; name: Flag }) {
  return (
    <label class="chart-check">
      <input
        type="checkbox"
        checked={value}
        onChange={(event) => change({ [name]: event.currentTarget.checked })}
      />
      {label}
    </label>
  );
}

export function AxisPicker({
  settings,
  keys,
  change,
}: Change & { settings: Settings; keys: readonly string[] }) {
  const complete = (text: string): Completion[] =>
    rank(keys, text, (key) => key)
      .slice(0, kOffersMost)
      .map((key) => ({ text: key, from: 0, to: text.length }));
  const [wanted, setWanted] = useState(settings.x);
  const shown = wanted === "metric" ? "metric" : settings.x;
  return (
    <div class="chart-axis">
      <select
        class="input"
        aria-label="X axis"
        value={shown}
        onChange={(event) => {
          const x = event.currentTarget.value as Settings["x"];
          setWanted(x);
          // A range of one axis means nothing on another.
          if (x !== "metric") change({ x, x_key: "", range: null });
        }}
      >
        {kAxes.map(([kind, label]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
      {shown === "metric" && (
        <SearchBox
          label="Key of the x axis"
          placeholder="Key, such as epoch"
          value={settings.x_key}
          complete={complete}
          onCommit={(key) => keys.includes(key) && change({ x: "metric", x_key: key, range: null })}
        />
      )}
    </div>
  );
}

export function SmoothingPicker({
  state,
  settings,
  change,
}: Change & { state: PaneState; settings: Settings }) {
  const { smooth, amount } = settings;
  const { most, step } = kSmoothings[smooth];
  return (
    <div class="chart-smoothing">
      <select
        class="input"
        aria-label="Kind of smoothing"
        value={smooth}
        onChange={(event) => {
          const kind = event.currentTarget.value as SmoothingKind;
          change({ smooth: kind, amount: kSmoothings[kind].first });
        }}
      >
        {Object.entries(kSmoothings).map(([kind, { label }]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
      {smooth !== "none" && (
        <label>
          <input
            type="range"
            aria-label="Amount of smoothing"
            min={smooth === "running" ? 1 : 0}
            max={most}
            step={step}
            value={amount}
            onPointerDown={state.beginDrag}
            onPointerUp={state.endDrag}
            onPointerCancel={state.endDrag}
            onInput={(event) => change({ amount: Number(event.currentTarget.value) })}
          />
          <output>{formatNumber(amount, 3)}</output>
        </label>
      )}
    </div>
  );
}

interface NumberBoxProps {
  label: string;
  value: number | null;
  onChange: (value: number | null) => void;
}

function NumberBox({ label, value, onChange }: NumberBoxProps) {
  return (
    <input
      class="input"
      type="text"
      inputMode="decimal"
      aria-label={label}
      placeholder="auto"
      value={value ?? ""}
      onChange={(event) => {
        const text = event.currentTarget.value.trim();
        const next = text === "" ? null : Number(text);
        if (next === null || Number.isFinite(next)) onChange(next);
        else event.currentTarget.value = String(value ?? "");
      }}
    />
  );
}

function RangeBoxes({ settings: { range }, change }: Change & { settings: Settings }) {
  const [half, setHalf] = useState<{ min: number | null; max: number | null }>({
    min: null,
    max: null,
  });
  const set = (part: Partial<typeof half>) => {
    const next = { min: range?.min ?? half.min, max: range?.max ?? half.max, ...part };
    setHalf(next);
    const whole = next.min !== null && next.max !== null && next.min < next.max;
    change({ range: whole ? { min: next.min!, max: next.max! } : null });
  };
  return (
    <>
      <NumberBox label="Lowest x" value={range?.min ?? half.min} onChange={(min) => set({ min })} />
      <span class="muted">to</span>
      <NumberBox
        label="Highest x"
        value={range?.max ?? half.max}
        onChange={(max) => set({ max })}
      />
    </>
  );
}
