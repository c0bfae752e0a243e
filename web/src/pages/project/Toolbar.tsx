// Above the run table: filter, and how it is grouped, sorted and laid out.
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { formatCount } from "../../format";
import { saveFile } from "../../save";
import { Button, Menu, toast, toastError, type IconName, type MenuEntry } from "../../ui";
import { ColumnPicker } from "./ColumnPicker";
import { FilterBox } from "./FilterBox";
import { GroupPicker, SortPicker } from "./GroupPicker";
import { fetchCsv } from "./runs/csv";
import type { ProjectState } from "./state";

export function Toolbar({ state }: { state: ProjectState }) {
  return (
    <div class="toolbar">
      <FilterBox state={state} />
      <div class="toolbar-row">
        <Count state={state} />
        <span class="space" />
        <Picker
          state={state}
          icon="group"
          label="Group by"
          active={state.by.value.length > 0}
          picker={GroupPicker}
        />
        <Picker
          state={state}
          icon="sort"
          label="Sort by"
          active={state.sort.value.length > 0}
          picker={SortPicker}
        />
        <Picker
          state={state}
          icon="columns"
          label="Columns"
          active={state.chosen_columns.value.length > 0}
          picker={ColumnPicker}
        />
        <Menu icon="menu" label="More" align="end" entries={moreEntries(state)} />
      </div>
      {state.warnings.value.map((warning) => (
        <p key={warning} class="toolbar-warning">
          {warning}
        </p>
      ))}
    </div>
  );
}

function Count({ state }: { state: ProjectState }) {
  const drawn = state.visible.value.length;
  const total = state.total.value ?? 0;
  return (
    <span class="toolbar-count">
      {formatCount(total, "run")}
      <em>{drawn} drawn</em>
    </span>
  );
}

interface PickerButtonProps {
  state: ProjectState;
  icon: IconName;
  label: string;
  active: boolean;
  picker: ComponentType<{ state: ProjectState; anchor: Element; onClose: () => void }>;
}

function Picker({ state, icon, label, active, picker: Content }: PickerButtonProps) {
  const anchor = useSignal<Element | null>(null);
  const toggle = (event: MouseEvent) => {
    const at = event.currentTarget as Element;
    anchor.value = anchor.value ? null : at;
  };
  return (
    <>
      <Button
        small
        icon={icon}
        label={label}
        class={active ? "active" : ""}
        pressed={anchor.value !== null}
        onClick={toggle}
      />
      {anchor.value && (
        <Content state={state} anchor={anchor.value} onClose={() => (anchor.value = null)} />
      )}
    </>
  );
}

function moreEntries(state: ProjectState): MenuEntry[] {
  const counts = [0, 10, 25, 50, 100, 200];
  return [
    { heading: "Draw the first of the list" },
    ...counts.map((count) => ({
      label: count === 0 ? "None" : formatCount(count, "run"),
      checked: state.drawn_count.value === count,
      onSelect: () => state.showFirst(count),
    })),
    "line",
    {
      label: "Show archived runs",
      icon: "archive",
      checked: state.archived.value,
      onSelect: () => (state.archived.value = !state.archived.value),
    },
    { label: "Export as CSV", icon: "download", onSelect: () => void exportCsv(state) },
  ];
}

async function exportCsv(state: ProjectState): Promise<void> {
  const names = ["name", "state", ...state.shown_columns.peek()];
  let close = toast("Exporting …", { shown_ms: 600_000 });
  try {
    const csv = await fetchCsv({
      project: state.project,
      filter: state.full_filter.peek(),
      sort: state.sort.peek().join(",") || "-created",
      columns: names.map((name) => ({ name, type: state.typeOf(name) })),
      onProgress: (done, total) => {
        if (done === total) return;
        close();
        close = toast(`Exporting ${done} of ${total} runs …`, { shown_ms: 600_000 });
      },
    });
    saveFile(`${state.project}.csv`, csv);
    toast(`Saved ${state.project}.csv`);
  } catch (error) {
    toastError(error);
  } finally {
    close();
  }
}
