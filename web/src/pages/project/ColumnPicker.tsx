// Choosing columns among thousands: search, take, put in order; metrics as min, max, last, best.
import { useSignal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import { api, path } from "../../api/client";
import type { KeysPage } from "../../api/types";
import { Button, Icon, Popover, Tabs } from "../../ui";
import { kDragged } from "../../ui/VirtualTable";
import { rank } from "../../ui/rank";
import { titleOf } from "./runs/columns";
import { kStats, printStat } from "./runs/stat";
import type { ProjectState } from "./state";

const kShown = 200;
const kSearch_ms = 120;

interface PickerProps {
  state: ProjectState;
  anchor: Element;
  onClose: () => void;
}

export function ColumnPicker({ state, anchor, onClose }: PickerProps) {
  const text = useSignal("");
  const tab = useSignal<"columns" | "metrics">("columns");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <Popover anchor={anchor} onClose={onClose} align="end" class="picker" label="Columns">
      <div class="picker-head">
        <input
          ref={input}
          class="input"
          value={text.value}
          placeholder="Search columns"
          aria-label="Search columns"
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <Tabs
          kind="box"
          label="What to choose from"
          selected={tab.value}
          onSelect={(id) => (tab.value = id)}
          tabs={[
            { id: "columns", label: "Columns" },
            { id: "metrics", label: "Min, max, best" },
          ]}
        />
      </div>
      {tab.value === "columns" ? (
        <Columns state={state} text={text.value} />
      ) : (
        <Metrics state={state} text={text.value} />
      )}
      <div class="picker-foot">
        <Button small onClick={() => (state.chosen_columns.value = [])}>
          Automatic
        </Button>
        <Button small onClick={() => state.setColumns([])}>
          Hide all
        </Button>
        <Button small onClick={() => (state.widths.value = [])}>
          Reset widths
        </Button>
      </div>
    </Popover>
  );
}

function Columns({ state, text }: { state: ProjectState; text: string }) {
  const shown = state.shown_columns.value;
  const all = state.columns.value;
  const found = useMemo(() => {
    const taken = new Set([...shown, "name"]);
    return rank(
      all.filter(({ name }) => !taken.has(name)),
      text,
      ({ name }) => name,
    );
  }, [all, shown, text]);
  const chosen = rank(shown, text, String);
  return (
    <div class="picker-list">
      {chosen.length > 0 && <h3>Shown</h3>}
      {chosen.map((name) => (
        <ChosenRow key={name} state={state} name={name} />
      ))}
      {found.length > 0 && <h3>Hidden</h3>}
      {found.slice(0, kShown).map(({ name, type, count }) => (
        <button
          key={name}
          type="button"
          class="picker-row"
          onClick={() => state.toggleColumn(name)}
        >
          <Icon name="plus" size={12} />
          <Name name={name} />
          <em>
            {type} · {count}
          </em>
        </button>
      ))}
      {found.length > kShown && <p>{found.length - kShown} more: search to find them.</p>}
    </div>
  );
}

function ChosenRow({ state, name }: { state: ProjectState; name: string }) {
  const drop = useCallback(
    (event: DragEvent) => {
      event.preventDefault();
      const moved = event.dataTransfer?.getData(kDragged);
      if (moved && moved !== name) state.moveColumn(moved, name);
    },
    [state, name],
  );
  return (
    <div
      class="picker-row shown"
      draggable
      onDragStart={(event) => event.dataTransfer?.setData(kDragged, name)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <input
        type="checkbox"
        checked
        aria-label={`Hide ${name}`}
        onChange={() => state.toggleColumn(name)}
      />
      <Name name={name} />
      <Button small icon="arrow_up" label="To the left" onClick={() => shift(state, name, -1)} />
      <Button small icon="arrow_down" label="To the right" onClick={() => shift(state, name, 1)} />
    </div>
  );
}

function shift(state: ProjectState, name: string, step: number): void {
  const shown = state.shown_columns.peek();
  const at = shown.indexOf(name);
  state.moveColumn(name, shown[at + (step > 0 ? 2 : -1)] ?? (step > 0 ? null : name));
}

function Name({ name }: { name: string }) {
  const [title, origin] = titleOf(name);
  return (
    <span title={name}>
      {origin && <small>{origin} </small>}
      {title}
    </span>
  );
}

function Metrics({ state, text }: { state: ProjectState; text: string }) {
  const page = useSignal<KeysPage | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    const timer = setTimeout(() => {
      const search = text
        .trim()
        .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        .replace(/\s+/g, ".*");
      api
        .get<KeysPage>(
          path`/projects/${state.project}/keys`,
          { search: search && `(?i)${search}`, limit: kShown },
          { signal: ending.signal },
        )
        .then(
          (answer) => (page.value = answer),
          () => {},
        );
    }, kSearch_ms);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [text, state]);
  const shown = state.shown_columns.value;
  const { keys = [], total = 0 } = page.value ?? {};
  return (
    <div class="picker-list">
      {keys.map(({ key }) => (
        <div key={key} class="picker-row metric">
          <span title={key}>{key}</span>
          {kStats.map((what) => {
            const name = printStat(what, key);
            return (
              <Button
                key={what}
                small
                pressed={shown.includes(name)}
                onClick={() => state.toggleColumn(name)}
              >
                {what}
              </Button>
            );
          })}
        </div>
      ))}
      {page.value && keys.length === 0 && <p>No metric is called that.</p>}
      {total > keys.length && <p>{total - keys.length} more: search to find them.</p>}
    </div>
  );
}
