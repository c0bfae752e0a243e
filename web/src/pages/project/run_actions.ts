// What can be done with a run or a column of the table: menus and keys.
import { go } from "../../state/url";
import { copyText, useCommands, type MenuEntry } from "../../ui";
import { kReadOnly, may_write } from "../Login";
import { archiveRuns } from "./bulk";
import type { ProjectState } from "./state";

/** Opens the editor of a cell. */
export type Edit = (row: number, column: string) => void;

export function toggleGroup(state: ProjectState, path: string): void {
  const opened = state.opened.peek();
  state.opened.value = opened.includes(path)
    ? opened.filter((other) => other !== path)
    : [...opened, path];
}

export function openRun(state: ProjectState, row: number): void {
  const id = state.runId(row);
  if (id) go({ page: "run", project: state.project, run: id });
}

export function runMenu(state: ProjectState, row: number, id: string, edit: Edit): MenuEntry[] {
  const pinned = state.pins.peek().includes(id);
  const is_baseline = state.baseline.peek() === id;
  const base = state.baseline.peek();
  const compare = () => go({ page: "compare", project: state.project, runs: [base, id] });
  return [
    { label: "Open", icon: "chevron_right", hint: "↵", onSelect: () => openRun(state, row) },
    { label: "Draw only this", icon: "eye", onSelect: () => state.showOnly([id]) },
    ...(base && !is_baseline
      ? [{ label: "Compare with baseline", icon: "compare" as const, onSelect: compare }]
      : []),
    "line",
    {
      label: pinned ? "Unpin" : "Pin to the top",
      icon: "pin",
      hint: "P",
      onSelect: () => state.togglePin(id),
    },
    {
      label: is_baseline ? "No baseline" : "Use as baseline",
      icon: "flag",
      hint: "B",
      onSelect: () => state.toggleBaseline(id),
    },
    { label: "Copy ID", icon: "copy", onSelect: () => void copyText(id) },
    "line",
    ...(may_write.peek() ? changes(state, row, id, edit) : [{ heading: kReadOnly }]),
  ];
}

function changes(state: ProjectState, row: number, id: string, edit: Edit): MenuEntry[] {
  const archived = state.valueOf(id, "archived") === true;
  return [
    { label: "Rename", icon: "edit", hint: "E", onSelect: () => edit(row, "name") },
    { label: "Edit tags", icon: "tag", hint: "T", onSelect: () => edit(row, "tags") },
    { label: "Edit notes", icon: "notes", hint: "N", onSelect: () => edit(row, "notes") },
    "line",
    {
      label: archived ? "Bring back from the archive" : "Archive",
      icon: "archive",
      onSelect: () => void archiveRuns(state, [id], !archived),
    },
    { label: "Delete", icon: "trash", danger: true, onSelect: () => state.remove([id]) },
  ];
}

export function columnMenu(state: ProjectState, name: string): MenuEntry[] {
  const sorted = state.sort.peek();
  const grouped = state.by.peek();
  const entries: MenuEntry[] = [
    {
      label: "Sort descending",
      icon: "arrow_down",
      checked: sorted.includes("-" + name),
      onSelect: () => (state.sort.value = ["-" + name]),
    },
    {
      label: "Sort ascending",
      icon: "arrow_up",
      checked: sorted.includes(name),
      onSelect: () => (state.sort.value = [name]),
    },
  ];
  if (name === "name") return entries;
  return [
    ...entries,
    "line",
    {
      label: "Group by this",
      icon: "group",
      checked: grouped.includes(name),
      onSelect: () =>
        (state.by.value = grouped.includes(name)
          ? grouped.filter((each) => each !== name)
          : [...grouped, name]),
    },
    { label: "Copy name", icon: "copy", onSelect: () => void copyText(name) },
    "line",
    { label: "Hide column", icon: "eye_off", onSelect: () => state.toggleColumn(name) },
  ];
}

export function useTableKeys(state: ProjectState, edit: Edit): void {
  const move = (step: number) => {
    const last = state.body.peek().rows - 1;
    state.cursor.value = Math.max(0, Math.min(last, state.cursor.peek() + step));
  };
  const here = (act: (id: string, row: number) => void) => () => {
    const row = state.cursor.peek();
    const id = row >= 0 ? state.runId(row) : undefined;
    if (id) act(id, row);
  };
  const open = () => {
    const found = state.row(state.cursor.peek());
    if (found?.kind === "group") toggleGroup(state, found.group.path);
    else openRun(state, state.cursor.peek());
  };
  const hidden = { group: "Runs", hidden: true };
  useCommands([
    { ...hidden, label: "Next run", keys: "j arrowdown", run: () => move(1) },
    { ...hidden, label: "Previous run", keys: "k arrowup", run: () => move(-1) },
    { ...hidden, label: "First run", keys: "home", run: () => move(-Infinity) },
    { ...hidden, label: "Last run", keys: "end", run: () => move(Infinity) },
    { ...hidden, label: "Open", keys: "enter", run: open },
    { ...hidden, label: "Select", keys: "x", run: here((id) => state.toggleSelected(id)) },
    { ...hidden, label: "Draw or hide", keys: "space", run: here((id) => state.toggleVisible(id)) },
    { ...hidden, label: "Pin", keys: "p", run: here((id) => state.togglePin(id)) },
    { ...hidden, label: "Use as baseline", keys: "b", run: here((id) => state.toggleBaseline(id)) },
    ...(may_write.value
      ? [
          { ...hidden, label: "Rename", keys: "e", run: here((_, row) => edit(row, "name")) },
          { ...hidden, label: "Edit tags", keys: "t", run: here((_, row) => edit(row, "tags")) },
          { ...hidden, label: "Edit notes", keys: "n", run: here((_, row) => edit(row, "notes")) },
        ]
      : []),
  ]);
}
