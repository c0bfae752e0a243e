// The line above the charts: search, the x axis, smoothing, all settings, and a new panel.
import { useCallback, useRef, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../../../format";
import { Button, Popover, SearchBox, useCommands } from "../../../ui";
import { AxisPicker, SettingsForm, SmoothingPicker } from "./SettingsForm";
import { matcher } from "./sections";
import { kSmoothings, type Overrides } from "./settings";
import { kHeights, type PaneState, type Scope } from "./state";

const kAll: Scope = { kind: "all" };

export interface ToolbarProps {
  state: PaneState;
  keys: readonly string[];
  found: number;
  grouped: boolean;
  onAdd: () => void;
}

export function Toolbar({ state, keys, found, grouped, onAdd }: ToolbarProps) {
  const settings = state.settingsOf(kAll);
  const change = (part: Overrides) => state.change(kAll, part);
  const search = useRef<HTMLInputElement | null>(null);
  const { error } = matcher(state.search.value);
  const smoothing =
    settings.smooth === "none"
      ? "Smoothing"
      : `${kSmoothings[settings.smooth].label.replace(" average", "")} ${formatNumber(settings.amount, 3)}`;
  useCommands([
    { label: "Search charts", keys: "c", group: "Charts", run: () => search.current?.focus() },
    {
      label: "Log y on all charts",
      keys: "y",
      group: "Charts",
      run: () => change({ y_log: !settings.y_log }),
    },
    {
      label: "Leave outliers out of the scale",
      keys: "o",
      group: "Charts",
      run: () => change({ clip: !settings.clip }),
    },
    { label: "Add a panel", group: "Charts", run: onAdd },
    { label: "Reset the settings of charts", group: "Charts", run: () => state.reset(kAll) },
  ]);
  return (
    <div class="charts-bar" role="toolbar" aria-label="Charts">
      <SearchBox
        label="Search charts by key"
        placeholder="Search charts, such as loss|acc"
        value={state.search.value}
        onInput={(text) => state.type(text)}
        inputRef={(input) => (search.current = input)}
        class="charts-search"
      />
      {state.search.value && (
        <span class="muted" role="status">
          {error ? `as plain text: ${error}` : formatCount(found, "chart")}
        </span>
      )}
      <div class="charts-tools">
        <AxisPicker settings={settings} keys={keys} change={change} />
        <Drop text={smoothing} on={settings.smooth !== "none"}>
          <SmoothingPicker state={state} settings={settings} change={change} />
        </Drop>
        <Button
          small
          pressed={settings.y_log}
          label="Logarithmic y (Y)"
          onClick={() => change({ y_log: !settings.y_log })}
        >
          Log y
        </Button>
        <Drop icon="settings" label="Settings of all charts">
          <SettingsForm state={state} scope={kAll} keys={keys} grouped={grouped} />
          <HeightPicker state={state} />
        </Drop>
        <Button icon="plus" small kind="plain" onClick={onAdd}>
          Add panel
        </Button>
      </div>
    </div>
  );
}

function HeightPicker({ state }: { state: PaneState }) {
  const names = ["Low", "Medium", "High", "Very high"];
  return (
    <div class="chart-settings">
      <hr />
      <div class="chart-field">
        <span>Height</span>
        <select
          class="input"
          aria-label="Height of panels"
          value={state.height_px.value}
          onChange={(event) => (state.height_px.value = Number(event.currentTarget.value))}
        >
          {kHeights.map((height, i) => (
            <option key={height} value={height}>
              {names[i]}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

interface DropProps {
  text?: string;
  icon?: "settings";
  label?: string;
  on?: boolean;
  children: preact.ComponentChildren;
}

/** A button with a layer below it. */
function Drop({ text, icon, label, on = false, children }: DropProps) {
  const [anchor, setAnchor] = useState<Element | null>(null);
  const close = useCallback(() => setAnchor(null), []);
  const toggle = (event: MouseEvent) => {
    const at = event.currentTarget as Element;
    setAnchor((open) => (open ? null : at));
  };
  return (
    <>
      <Button
        small
        pressed={on || anchor !== null}
        onClick={toggle}
        {...(icon ? { icon } : {})}
        {...(label ? { label } : {})}
      >
        {text}
      </Button>
      {anchor && (
        <Popover anchor={anchor} onClose={close} align="end" label={label ?? text ?? ""}>
          <div class="charts-drop">{children}</div>
        </Popover>
      )}
    </>
  );
}
