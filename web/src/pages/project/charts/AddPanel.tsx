// The dialog that makes a panel: its kind, and what stands on its axes.
import { useState } from "preact/hooks";
import type { Column as ColumnInfo } from "../../../api/types";
import { Button, Dialog, SearchBox, Tabs, type Completion } from "../../../ui";
import { rank } from "../../../ui/rank";
import {
  blankOf,
  isWhole,
  kTypes,
  type HeatSpec,
  type PanelSpec,
  type ScatterSpec,
} from "./own_panel";

const kOffersMost = 60;
const kRunning = { "": "Nothing", min: "Least so far", max: "Most so far", mean: "Mean so far" };
const kPicks = { mean: "Mean", min: "Least", max: "Most" };

export interface AddPanelProps {
  /** Filled in where a panel is changed instead of made. */
  spec: PanelSpec;
  keys: readonly string[];
  columns: readonly ColumnInfo[];
  onDone: (spec: PanelSpec) => void;
  onClose: () => void;
}

export function AddPanel({ spec: first, keys, columns, onDone, onClose }: AddPanelProps) {
  const [spec, setSpec] = useState(first);
  const tabs = Object.entries(kTypes).map(([id, label]) => ({
    id: id as PanelSpec["type"],
    label,
  }));
  const done = () => {
    onDone(spec);
    onClose();
  };
  return (
    <Dialog
      title="Panel"
      wide
      class="add-panel"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!isWhole(spec)} onClick={done}>
            Show
          </Button>
        </>
      }
    >
      <Tabs
        kind="box"
        label="Kind of chart"
        tabs={tabs}
        selected={spec.type}
        onSelect={(type) => setSpec(blankOf(type))}
      />
      <Fields key={spec.type} {...{ spec, keys, columns, setSpec }} />
    </Dialog>
  );
}

interface FieldsProps {
  spec: PanelSpec;
  keys: readonly string[];
  columns: readonly ColumnInfo[];
  setSpec: (spec: PanelSpec) => void;
}

function Fields({ spec, keys, columns, setSpec }: FieldsProps) {
  const numeric = columns.filter(({ type }) => !["text", "list", "mixed", "bool"].includes(type));
  const put = (part: object) => setSpec({ ...spec, ...part } as PanelSpec);
  const one = (label: string, field: string, from: readonly ColumnInfo[], optional = false) => (
    <PickOne
      label={label}
      names={from.map(({ name }) => name)}
      value={String((spec as unknown as Record<string, unknown>)[field] ?? "")}
      optional={optional}
      onPick={(name) => put({ [field]: name })}
    />
  );
  switch (spec.type) {
    case "lines":
      return (
        <PickMany
          label="Keys"
          names={keys}
          values={spec.keys}
          onChange={(list) => put({ keys: list })}
        />
      );
    case "scatter":
      return (
        <>
          {one("X", "x", columns)}
          {one("Y", "y", columns)}
          {one("Colour", "shade", columns, true)}
          <Choice
            label="Line of"
            value={spec.running}
            options={kRunning}
            onChange={(running) => put({ running: running as ScatterSpec["running"] })}
          />
        </>
      );
    case "box":
      return (
        <>
          {one("Value", "value", numeric)}
          {one("By", "by", columns, true)}
        </>
      );
    case "parallel":
      return (
        <PickMany
          label="Axes"
          names={columns.map(({ name }) => name)}
          values={spec.columns}
          onChange={(list) => put({ columns: list })}
        />
      );
    case "heat":
      return (
        <>
          {one("X", "x", columns)}
          {one("Y", "y", columns)}
          {one("Value", "value", numeric)}
          <Choice
            label="Of several runs"
            value={spec.pick}
            options={kPicks}
            onChange={(pick) => put({ pick: pick as HeatSpec["pick"] })}
          />
        </>
      );
    default:
      return one("Value", "value", numeric);
  }
}

function completer(names: readonly string[]): (text: string) => Completion[] {
  return (text) =>
    rank(names, text, (name) => name)
      .slice(0, kOffersMost)
      .map((name) => ({ text: name, from: 0, to: text.length }));
}

interface PickOneProps {
  label: string;
  names: readonly string[];
  value: string;
  optional: boolean;
  onPick: (name: string) => void;
}

function PickOne({ label, names, value, optional, onPick }: PickOneProps) {
  const known = new Set(names);
  return (
    <div class="chart-field">
      <span>{label}</span>
      <SearchBox
        label={label}
        placeholder={optional ? "None" : "Column, such as config.lr"}
        value={value}
        complete={completer(names)}
        onInput={(text) => (known.has(text) || text === "") && onPick(text)}
        onCommit={(text) => (known.has(text) || text === "") && onPick(text)}
      />
    </div>
  );
}

interface PickManyProps {
  label: string;
  names: readonly string[];
  values: readonly string[];
  onChange: (values: string[]) => void;
}

function PickMany({ label, names, values, onChange }: PickManyProps) {
  const known = new Set(names);
  const [round, setRound] = useState(0);
  const add = (name: string) => {
    if (!known.has(name) || values.includes(name)) return;
    onChange([...values, name]);
    setRound(round + 1);
  };
  const rest = names.filter((name) => !values.includes(name));
  return (
    <div class="chart-field tall">
      <span>{label}</span>
      <div class="pick-many">
        {values.map((name) => (
          <span key={name} class="pick">
            {name}
            <Button
              icon="close"
              label={`Remove ${name}`}
              small
              onClick={() => onChange(values.filter((each) => each !== name))}
            />
          </span>
        ))}
        <SearchBox
          key={round}
          label={`Add to ${label}`}
          placeholder={values.length === 0 ? "Add the first" : "Add another"}
          value=""
          complete={completer(rest)}
          onInput={add}
          onCommit={add}
        />
      </div>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: Record<string, string>;
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <div class="chart-field">
      <span>{label}</span>
      <select
        class="input"
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {Object.entries(options).map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
