// Every trial as a row: sorted by any column, only rows in sight in the document.
import { useCallback, useMemo } from "preact/hooks";
import type { Sweep, Trial } from "../../api/sweeps";
import type { Value } from "../../api/types";
import { query } from "../../state/url";
import { Icon, VirtualTable, type TableColumn } from "../../ui";
import { RunLink, TrialLink } from "./Why";
import type { SweepView } from "./SweepPage";
import { durationOf, kLooks, lookOf, printValue, textOf, varied } from "./trials";

interface TrialColumn extends TableColumn {
  label: string;
  /** What is sorted by. */
  key: (trial: Trial) => Value | undefined;
  cell: (trial: Trial) => preact.ComponentChildren;
}

function columnsOf({ sweep, trials, choose }: SweepView): TrialColumn[] {
  const text = (
    id: string,
    label: string,
    width_px: number,
    key: TrialColumn["key"],
  ): TrialColumn => ({
    id,
    label,
    width_px,
    key,
    class: trials.every((trial) => isNumberOrNone(key(trial))) ? "number" : "",
    cell: (trial) => textOf(key(trial)),
  });
  return [
    {
      ...text("number", "Trial", 110, ({ number }) => number),
      class: "",
      pinned: true,
      cell: ({ number }) => <TrialLink number={number} choose={choose} />,
    },
    {
      ...text("state", "State", 180, lookOf),
      cell: (trial) => (
        <span class="sweep-look">
          <i
            class={trial.state === "stopped" ? "ring" : ""}
            style={{ color: `var(${kLooks[lookOf(trial)].token})` }}
          />
          {lookOf(trial) === "open" ? trial.state : kLooks[lookOf(trial)].label}
        </span>
      ),
    },
    ...sweep.objectives.map(({ metric }, i): TrialColumn => ({
      ...text(`value.${i}`, metric, 110, ({ values }) => values?.[i] ?? null),
      cell: ({ values }) => printValue(values?.[i] ?? null),
    })),
    ...parametersOf(sweep, trials).map((name) =>
      text(`param.${name}`, name, 120, ({ params }) => params[name]),
    ),
    {
      ...text("took", "Took", 90, ({ cost }) => cost.seconds),
      cell: (trial) => durationOf(trial, Date.now() * 1e6),
    },
    text("sampler", "Chosen by", 90, ({ sampler }) => sampler),
    text("reason", "Why", 300, ({ reason }) => reason),
    text("end", "Ended because", 340, endOf),
    text("nearest", "Nearest", 90, ({ nearest }) => nearest),
    {
      ...text("run", "Run", 130, ({ run }) => run),
      cell: ({ run }) => (run ? <RunLink run={run} /> : "–"),
    },
  ];
}

/** What varies, and what trials have besides: parameters of a space that has grown. */
function parametersOf(sweep: Sweep, trials: readonly Trial[]): string[] {
  const names = new Set(trials.flatMap(({ params }) => Object.keys(params)));
  for (const name of Object.keys(sweep.definition.parameters ?? {})) names.delete(name);
  return [...varied(sweep).keys(), ...names];
}

/** Why it was stopped, or the last line of its error. */
function endOf({ decisions, error }: Trial): string | null {
  return decisions.find(({ stop }) => stop)?.reason ?? error?.trim().split("\n").at(-1) ?? null;
}

function isNumberOrNone(value: Value | undefined): boolean {
  return value === undefined || value === null || typeof value === "number";
}

/** Numbers by size, all else as text; what is missing comes last either way. */
function compare(a: Value | undefined, b: Value | undefined, sign: number): number {
  const [no_a, no_b] = [a === undefined || a === null, b === undefined || b === null];
  if (no_a || no_b) return Number(no_a) - Number(no_b);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * textOf(a).localeCompare(textOf(b), undefined, { numeric: true });
}

export function TrialTable(view: SweepView) {
  const { trials, chosen, choose } = view;
  const sort = query<string>("s.sort", "");
  const columns = useMemo(() => columnsOf(view), [view.sweep.version, trials]);
  const down = sort.value.startsWith("-");
  const by = columns.find(({ id }) => id === sort.value.replace(/^-/, ""));
  const rows = useMemo(
    () => (by ? [...trials].sort((a, b) => compare(by.key(a), by.key(b), down ? -1 : 1)) : trials),
    [trials, by?.id, down],
  );
  const head = useCallback(
    (column: TrialColumn) => (
      <button
        type="button"
        class="sweep-sort"
        onClick={() => (sort.value = sort.value === column.id ? `-${column.id}` : column.id)}
      >
        {column.label}
        {by?.id === column.id && <Icon name={down ? "arrow_down" : "arrow_up"} size={12} />}
      </button>
    ),
    [by?.id, down],
  );
  const row = useCallback(
    (index: number) => {
      const trial = rows[index];
      return {
        class: trial && String(trial.number) === chosen ? "selected" : "",
        cell: (column: TrialColumn) => trial && column.cell(trial),
      };
    },
    [rows, chosen],
  );
  const tip = (index: number, id: string) =>
    textOf(columns.find((column) => column.id === id)?.key(rows[index]!));
  return (
    <div class="sweep-table">
      <VirtualTable
        label="Trials"
        rows={rows.length}
        columns={columns}
        head={head}
        row={row}
        tip={tip}
        cursor={chosen === null ? -1 : rows.findIndex(({ number }) => String(number) === chosen)}
        onRowClick={(index) => rows[index] && choose(String(rows[index].number))}
      />
    </div>
  );
}
