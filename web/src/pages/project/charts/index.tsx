// The charts of a project or of a run: every key a panel, in sections, only those in sight alive.
import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, path } from "../../../api/client";
import type { Column as ColumnInfo, VisibleRun } from "../../../api/types";
import { ChartData } from "../../../chart";
import { kSwatches, runColor } from "../../../color";
import { formatCount } from "../../../format";
import { go } from "../../../state/url";
import { Empty, Failure, Loading } from "../../../ui";
import { AddPanel } from "./AddPanel";
import "./charts.css";
import { layOut, sectionsIn } from "./layout";
import { useChartRuns, useGroups, useKeys, type Groups, type Loaded } from "./load";
import { blankOf, titleOf } from "./own_panel";
import { Seen, type Line, type Pane } from "./pane";
import { arrange, indexKeys, type Key } from "./sections";
import { SectionView } from "./SectionView";
import { PaneState } from "./state";
import { Toolbar } from "./Toolbar";

export { askForKeys } from "./load";

export interface ChartsPaneProps {
  project: string;
  /** What is drawn, in this order. Charts of columns draw all that the filter lets through. */
  runs: readonly VisibleRun[];
  filter: string;
  group_by: readonly string[];
  /** The run that is pointed at elsewhere, and who is told when one is pointed at here. */
  focused?: ReadonlySignal<string | null>;
  onFocus?: (run: string | null) => void;
}

/** Rendered beyond what is in sight, so that scrolling meets charts that are there. */
const kAhead_px = 300;
/** Fetched beyond what is in sight. */
const kFetchAhead_px = 160;
const kTyping_ms = 90;

export default function ChartsPane(props: ChartsPaneProps) {
  const { project, runs, filter, group_by } = props;
  const state = useMemo(() => new PaneState(), []);
  const data = useMemo(() => new ChartData(project), [project]);
  useEffect(() => () => data.close(), [data]);
  const alive = runs.some((run) => run.state === "running");
  const keys = useKeys(project, runs);
  const groups = useGroups(project, filter, group_by, alive);
  const chart_runs = useChartRuns(project, runs, groups.value, state.usesAxis("relative"));
  useEffect(() => data.setRuns(chart_runs), [data, chart_runs]);
  const { focused } = props;
  useEffect(() => focused && effect(() => void (state.focused.value = focused.value)), [focused]);
  const seen = useMemo(() => new Seen(), []);
  const on_focus = useRef(props.onFocus);
  on_focus.current = props.onFocus;
  const pane = useMemo(
    (): Pane => ({
      project,
      filter,
      state,
      data,
      runs,
      group_by,
      seen,
      groups: groups.value,
      lines: linesOf(runs, groups.value),
      focus: (run) => {
        state.focused.value = run;
        on_focus.current?.(run);
      },
      open: (run) => go({ page: "run", project, run }),
    }),
    [project, filter, state, data, runs, group_by.join("\n"), groups.value, seen],
  );
  return <Body pane={pane} keys={keys} groups_error={group_by.length > 0 ? groups.error : null} />;
}

function linesOf(runs: readonly VisibleRun[], groups: Groups | null): ReadonlyMap<string, Line> {
  if (!groups) return new Map(runs.map(({ id, name, color }) => [id, { label: name, color }]));
  return new Map(
    groups.groups.map(({ name, runs: members }, i) => [
      name,
      // Few enough to be told apart; by a hash of their names two might look alike.
      { label: `${name} (${members.length})`, color: kSwatches[i] ?? runColor(name) },
    ]),
  );
}

interface BodyProps {
  pane: Pane;
  keys: Loaded<Key[]>;
  groups_error: string | null;
}

function Body({ pane, keys, groups_error }: BodyProps) {
  const { state } = pane;
  const index = useMemo(() => (keys.value ? indexKeys(keys.value) : null), [keys.value]);
  const names = useMemo(() => keys.value?.map(({ key }) => key).sort() ?? [], [keys.value]);
  const columns = useColumns(pane.project);
  const search = useSettled(state.search.value, kTyping_ms);
  const [editing, setEditing] = useState<string | null>(null);
  if (keys.error && !keys.value) return <Failure error={keys.error} onRetry={keys.retry} />;
  if (groups_error && !pane.groups) return <Failure error={groups_error} />;
  if (!index) return <Loading />;
  if (index.keys.length === 0 && state.own.value.size === 0)
    return (
      <Empty
        icon="chart"
        title="Nothing was logged yet"
        command={'run.log({"loss": loss, "val/acc": accuracy})'}
      >
        Every key that a run logs becomes a chart here, within two seconds:
      </Empty>
    );
  const sections = arrange(index, {
    search,
    pinned: state.pinned.value,
    own: new Map([...state.own.value].map(([id, spec]) => [id, titleOf(spec)])),
    order: state.order.value,
    first: state.first.value,
  });
  const found = sections.reduce((sum, { panels }) => sum + panels.length, 0);
  const edited =
    editing === null ? undefined : (state.own.value.get(editing) ?? blankOf("scatter"));
  return (
    <div class="charts">
      <Toolbar
        state={state}
        keys={names}
        found={found}
        grouped={pane.groups !== null}
        onAdd={() => setEditing("")}
      />
      <Sheet pane={pane} sections={sections} keys={names} columns={columns} onEdit={setEditing} />
      {edited && (
        <AddPanel
          spec={edited}
          keys={names}
          columns={columns}
          onDone={(spec) => state.putOwn(editing || null, spec)}
          onClose={() => setEditing(null)}
        />
      )}
    </div>
  );
}

interface SheetProps {
  pane: Pane;
  sections: ReturnType<typeof arrange>;
  keys: readonly string[];
  columns: readonly ColumnInfo[];
  onEdit: (id: string) => void;
}

/** The long page of sections, of which only what is in sight is in the document. */
function Sheet({ pane, sections, keys, columns, onEdit }: SheetProps) {
  const { state, seen } = pane;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current!;
    let frame = 0;
    const look = () => {
      frame = 0;
      const { scrollTop: top, clientWidth: width, clientHeight: height } = element;
      setView((old) =>
        old.top === top && old.width === width && old.height === height
          ? old
          : { top, width, height },
      );
    };
    const soon = () => (frame ||= requestAnimationFrame(look));
    const watch = new ResizeObserver(look);
    watch.observe(element);
    element.addEventListener("scroll", soon, { passive: true });
    seen.start(element, kFetchAhead_px);
    look();
    return () => {
      cancelAnimationFrame(frame);
      watch.disconnect();
      element.removeEventListener("scroll", soon);
      seen.stop();
    };
  }, [seen]);
  const layout = layOut(sections, {
    width: Math.max(0, view.width - 2 * kPadding_px),
    panel_height: state.height_px.value,
    isOpen: (name) => state.search.value !== "" || state.isOpen(name),
    columnsOf: (name) => state.columnsOf(name),
  });
  const [top, bottom] = [view.top - kAhead_px, view.top + view.height + kAhead_px];
  const names = sections.map(({ name }) => name);
  return (
    <div class="charts-sheet" ref={box}>
      {sections.length === 0 && (
        <p class="charts-none">
          No key matches <code>{state.search.value}</code> among {formatCount(keys.length, "key")}.
        </p>
      )}
      <div class="charts-page" style={{ height: `${layout.height}px` }}>
        {view.width > 0 &&
          sectionsIn(layout, top, bottom).map((each) => (
            <SectionView
              key={each.section.name}
              pane={pane}
              layout={each}
              top={top}
              bottom={bottom}
              names={names}
              keys={keys}
              columns={columns}
              onEdit={onEdit}
            />
          ))}
      </div>
    </div>
  );
}

const kPadding_px = 16;

/** The value once it has stopped changing: charts come and go between words, not between letters. */
function useSettled(value: string, after_ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === "" ? 0 : after_ms);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** The columns of the project's runs, for panels that are added. */
function useColumns(project: string): readonly ColumnInfo[] {
  const [columns, setColumns] = useState<readonly ColumnInfo[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    api
      .get<{ columns: ColumnInfo[] }>(
        path`/projects/${project}/columns`,
        {},
        { signal: abort.signal },
      )
      .then(
        ({ columns: all }) => setColumns(all),
        () => {}, // only the dialog for new panels needs them
      );
    return () => abort.abort();
  }, [project]);
  return columns;
}
