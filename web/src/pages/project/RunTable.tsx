// The run table: pinned runs, runs or groups, and the layers that belong to it.
import { useSignal, type Signal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { Button, Empty, MenuList, VirtualTable, type MenuEntry } from "../../ui";
import type { Slice } from "../../ui/virtual";
import { may_write } from "../Login";
import { CellEditor, type Editing } from "./CellEditor";
import { ColorPicker } from "./ColorPicker";
import { Head, renderRow, tipOf } from "./RunCells";
import { columnMenu, openRun, runMenu, toggleGroup, useTableKeys } from "./run_actions";
import type { RunColumn } from "./runs/columns";
import type { ProjectState } from "./state";

interface Layers {
  menu: Signal<{ at: { x: number; y: number }; entries: MenuEntry[] } | null>;
  editing: Signal<Editing | null>;
  painting: Signal<{ anchor: Element; id: string } | null>;
}

export function RunTable({ state }: { state: ProjectState }) {
  const layers: Layers = {
    menu: useSignal(null),
    editing: useSignal(null),
    painting: useSignal(null),
  };
  const columns = state.table_columns.value;
  const rows = state.body.value.rows;
  const row = useCallback((index: number) => renderRow(state, index), [state]);
  const head = useCallback((column: RunColumn) => <Head state={state} column={column} />, [state]);
  const body = state.body.value;
  const onRange = useCallback(
    (seen: Slice, seen_columns: Slice) => {
      const names = columns.filter((column) => !column.pinned);
      state.want(
        seen.first,
        seen.last,
        names.slice(seen_columns.first, seen_columns.last).map((column) => column.id),
      );
    },
    [state, columns, body],
  );

  const { edit, ...on } = useHandlers(state, layers);
  useTableKeys(state, edit);
  return (
    <div class="run-table" onContextMenu={on.headMenu}>
      <VirtualTable
        label="Runs"
        rows={rows}
        stuck={state.pinned_rows.value}
        columns={columns}
        head={head}
        row={row}
        tip={(index, column) => tipOf(state, index, column)}
        cursor={state.cursor.value}
        onRange={onRange}
        onRowPoint={(index) => (state.pointed_row.value = state.runId(index) ?? null)}
        onRowClick={on.click}
        onRowOpen={on.open}
        onRowMenu={on.menu}
        onResize={(id, width_px) => state.resizeColumn(id, width_px)}
        onMove={(id, before) => id !== "name" && before !== "name" && state.moveColumn(id, before)}
      />
      {state.total.value === 0 && (
        <div class="no-match">
          <Empty icon="filter" title="No run matches the filter">
            <Button kind="plain" onClick={() => (state.filter.value = "")}>
              Clear the filter
            </Button>
          </Empty>
        </div>
      )}
      <ShownLayers state={state} layers={layers} />
    </div>
  );
}

function ShownLayers({ state, layers }: { state: ProjectState; layers: Layers }) {
  const { menu, editing, painting } = layers;
  return (
    <>
      {menu.value && (
        <MenuList
          anchor={menu.value.at}
          entries={menu.value.entries}
          onClose={() => (menu.value = null)}
        />
      )}
      {editing.value && (
        <CellEditor state={state} editing={editing.value} onClose={() => (editing.value = null)} />
      )}
      {painting.value && (
        <ColorPicker
          anchor={painting.value.anchor}
          color={state.colorOf(painting.value.id)}
          onPick={(color) => state.paint(painting.value?.id ?? "", color)}
          onClose={() => (painting.value = null)}
        />
      )}
    </>
  );
}

/** What clicks on rows and heads do. */
function useHandlers(state: ProjectState, layers: Layers) {
  const anchor_row = useSignal(-1); // where a selection with Shift begins
  const edit = (row: number, column: string, target?: Element | null) => {
    const id = state.runId(row);
    if (!id) return;
    const anchor = target ?? document.querySelector(`.vt-row[data-row="${row}"] .vt-cell`);
    if (anchor) layers.editing.value = { anchor, id, column };
  };
  const click = (row: number, event: MouseEvent) => {
    const found = state.row(row);
    const target = event.target as Element;
    if (found?.kind === "group") return toggleGroup(state, found.group.path);
    if (found?.kind === "more") return found.level.loadMore();
    const id = state.runId(row);
    if (!id || target.closest("a")) return;
    state.cursor.value = row;
    if (target.closest(".row-eye")) return state.toggleVisible(id);
    if (target.closest(".row-dot")) return void (layers.painting.value = { anchor: target, id });
    const box = target.closest(".row-check");
    if (event.shiftKey && anchor_row.value >= 0) state.selectRange(anchor_row.value, row);
    else if (box || event.metaKey || event.ctrlKey) state.toggleSelected(id);
    anchor_row.value = row;
  };
  const open = (row: number, event: MouseEvent) => {
    const column = (event.target as Element).closest<HTMLElement>("[data-column]");
    const name = column?.dataset["column"] ?? "";
    if ((event.target as Element).closest("button, a")) return;
    if (may_write.peek() && ["name", "tags", "notes"].includes(name)) edit(row, name, column);
    else openRun(state, row);
  };
  const rowMenu = (row: number, event: MouseEvent) => {
    const id = state.runId(row);
    if (!id) return;
    event.preventDefault();
    state.cursor.value = row;
    layers.menu.value = {
      at: { x: event.clientX, y: event.clientY },
      entries: runMenu(state, row, id, edit),
    };
  };
  const headMenu = (event: MouseEvent) => {
    const cell = (event.target as Element).closest<HTMLElement>(".vt-head [data-column]");
    const id = cell?.dataset["column"];
    if (!id) return;
    event.preventDefault();
    layers.menu.value = {
      at: { x: event.clientX, y: event.clientY },
      entries: columnMenu(state, id),
    };
  };
  return { edit, click, open, menu: rowMenu, headMenu };
}
