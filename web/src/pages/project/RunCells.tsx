// How the run table's heads, runs and groups look.
import type { ColumnType, RunState, Value } from "../../api/types";
import { formatDelta, formatDuration, formatNumber, formatPercent } from "../../format";
import { hrefOf } from "../../state/url";
import { Icon, type IconName } from "../../ui";
import type { RowLook } from "../../ui/VirtualTable";
import { isNumber, printCell, printExactCell, titleOf, type RunColumn } from "./runs/columns";
import type { Group } from "./runs/groups";
import type { RunSource } from "./runs/source";
import type { ProjectState } from "./state";

const kIndent_px = 18;
const kMeanDigits = 4;
const kSpreadDigits = 2;

export function Head({ state, column }: { state: ProjectState; column: RunColumn }) {
  const sort = state.sort.value;
  const at = sort.findIndex((key) => key === column.id || key === "-" + column.id);
  const down = sort[at]?.startsWith("-");
  return (
    <button
      type="button"
      class="column-head"
      data-tip={column.id}
      onClick={(event) => state.sortBy(column.id, event.shiftKey)}
    >
      {column.origin && <small>{column.origin}</small>}
      <span>{column.title}</span>
      {at >= 0 && <Icon name={down ? "arrow_down" : "arrow_up"} size={12} />}
      {at >= 0 && sort.length > 1 && <sup>{at + 1}</sup>}
    </button>
  );
}

// Functions and not components: a row renders its cells in one go, which is what scrolling costs.
export function renderRow(state: ProjectState, index: number): RowLook<RunColumn> {
  const row = state.row(index);
  const at_cursor = index === state.cursor.value ? "at-cursor" : "";
  if (!row) return { cell: () => null };
  if (row.kind === "more")
    return {
      class: at_cursor,
      cell: (column) => column.pinned && <span class="more">More groups …</span>,
    };
  if (row.kind === "group")
    return {
      class: `group-row ${at_cursor}`,
      cell: (column) =>
        column.pinned
          ? renderGroupName(state, row.group, row.depth, row.open)
          : renderAggregate(row.group, column),
    };
  const { source, depth } = row;
  const id = source.id(row.index);
  if (!id) return { class: at_cursor, cell: () => <i class="waiting" /> };
  const base = state.baseline.value;
  const selected = state.selected.value.has(id);
  return {
    class: [
      at_cursor,
      selected && "selected",
      state.pointed_line.value === id && "pointed",
      id === base && "baseline",
      source.value(row.index, "archived") === true && "archived",
    ]
      .filter(Boolean)
      .join(" "),
    cell: (column) =>
      column.id === "name"
        ? renderName(state, id, source, row.index, depth, selected)
        : renderCell(state, source.value(row.index, column.id), column, base, id),
  };
}

function renderCell(
  state: ProjectState,
  value: Value | undefined,
  column: RunColumn,
  base: string,
  id: string,
) {
  if (value === undefined) return <i class="waiting" />;
  if (value === null) return null;
  if (column.id === "tags" && Array.isArray(value)) return <Tags tags={value.map(String)} />;
  const text = printCell(value, column.type);
  if (typeof value !== "number" || !base || !isNumber(column.type)) return text;
  return (
    <>
      {text}
      {renderDifference(value, id === base ? null : state.baselineValue(column.id), column.type)}
    </>
  );
}

/** What the pointer is told about a cell. */
export function tipOf(state: ProjectState, index: number, name: string): string {
  const row = state.row(index);
  const type = state.typeOf(name);
  if (row?.kind === "run") return printExactCell(row.source.value(row.index, name), type);
  if (row?.kind !== "group") return "";
  const cell = row.group.cells.get(name);
  if (!cell || cell.count === 0) return "";
  const exact = (value: number) => printExactCell(value, type);
  return `mean of ${cell.count} runs: ${exact(cell.mean)}\nstd ${exact(cell.std)}\nfrom ${exact(cell.min)} to ${exact(cell.max)}`;
}

// It takes its room where there is nothing to say too, so that values stand below each other.
function renderDifference(value: number, base: Value | undefined, type: ColumnType) {
  const delta = typeof base === "number" ? value - base : NaN;
  const print = (difference: number) =>
    type === "duration"
      ? (difference > 0 ? "+" : "") + formatDuration(difference / 1e9)
      : formatDelta(difference);
  return (
    <small class="difference">
      <span>{Number.isFinite(delta) && (delta === 0 ? "=" : print(delta))}</span>
      <b>
        {Number.isFinite(delta) && delta !== 0 && base
          ? formatPercent(delta / Math.abs(Number(base)))
          : ""}
      </b>
    </small>
  );
}

function Tags({ tags }: { tags: string[] }) {
  return (
    <span class="row-tags">
      {tags.map((tag) => (
        <span key={tag} class="row-tag">
          {tag}
        </span>
      ))}
    </span>
  );
}

function renderName(
  state: ProjectState,
  id: string,
  source: RunSource,
  index: number,
  depth: number,
  selected: boolean,
) {
  const name = String(source.value(index, "name") ?? id);
  const visible = state.visible_ids.value.has(id);
  return (
    <div class="row-name" style={{ paddingLeft: `${depth * kIndent_px}px` }}>
      <input
        type="checkbox"
        class="row-check"
        tabIndex={-1}
        checked={selected}
        aria-label="Select"
        onClick={keepChecked}
      />
      <button
        type="button"
        class={visible ? "row-eye" : "row-eye off"}
        tabIndex={-1}
        aria-pressed={visible}
        aria-label="Draw"
      >
        <Icon name={visible ? "eye" : "eye_off"} size={14} />
      </button>
      <button
        type="button"
        class={visible ? "row-dot" : "row-dot off"}
        tabIndex={-1}
        aria-label="Colour"
        style={{ color: state.colorOf(id) }}
      />
      <a href={hrefOf({ page: "run", project: state.project, run: id })} tabIndex={-1}>
        {name}
      </a>
      {state.baseline.value === id && <Mark icon="flag" label="Baseline" />}
      {state.pins.value.includes(id) && <Mark icon="pin" label="Pinned" />}
      <State state={source.value(index, "state") as RunState | undefined} />
    </div>
  );
}

// The row's handler decides whether it is selected; the box only shows.
function keepChecked(event: MouseEvent): void {
  event.preventDefault();
}

function Mark({ icon, label }: { icon: IconName; label: string }) {
  return (
    <span class="row-mark" data-tip={label}>
      <Icon name={icon} size={13} />
    </span>
  );
}

function State({ state }: { state: RunState | undefined }) {
  if (!state || state === "finished") return null;
  return (
    <span class={`row-state ${state}`} data-tip={state}>
      <i />
    </span>
  );
}

function renderGroupName(state: ProjectState, group: Group, depth: number, open: boolean) {
  const type = state.typeOf(group.field);
  const title = group.value === null ? "none" : printExactCell(group.value, type);
  return (
    <div class="group-name" style={{ paddingLeft: `${depth * kIndent_px}px` }}>
      <Icon name={open ? "chevron_down" : "chevron_right"} size={14} />
      <small>{titleOf(group.field)[0]}</small>
      <span>{title}</span>
      <em>{group.runs}</em>
    </div>
  );
}

function renderAggregate(group: Group, column: RunColumn) {
  const cell = group.cells.get(column.id);
  if (!cell || cell.count === 0) return null;
  const print = (value: number, digits: number) =>
    column.type === "duration" ? formatDuration(value / 1e9) : formatNumber(value, digits);
  const has_spread = cell.count > 1 && Number.isFinite(cell.std);
  return (
    <span class="aggregate">
      {print(cell.mean, kMeanDigits)}
      {has_spread && <small>± {print(cell.std, kSpreadDigits)}</small>}
    </span>
  );
}
