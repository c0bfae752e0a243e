// The box around a chart: its title, what is loading or wrong, full screen, and the ways out.
import { useMemo, useRef, useState } from "preact/hooks";
import { formatCount } from "../format";
import { saveFile } from "../save";
import {
  Button,
  copyText,
  Dialog,
  Menu,
  toast,
  toastError,
  type IconName,
  type MenuEntry,
} from "../ui";
import { pngOf, svgOf } from "./export";
import { csvOf, fileName, tsvOf } from "./table_text";
import { PanelContext, type PanelSlot } from "./panel_context";
import type { ChartHandle, ChartPanelProps, PanelAction, Table } from "./types";

const kWidth_px = 800;
const kHeight_px = 450;
const kRowsMost = 1000;
const kCopiedMost = 100_000;

export function ChartPanel(props: ChartPanelProps) {
  const { title, note, loading, error, actions = [], height, children } = props;
  const slot = useMemo((): PanelSlot => ({ chart: null }), []);
  const box = useRef<HTMLElement>(null);
  const [full, setFull] = useState(false);
  const [table, setTable] = useState<Table | null>(null);
  const entries = [
    ...actions.map(entryOf),
    ...(actions.length > 0 ? (["line"] as const) : []),
    ...ownEntries(slot, box, () => setFull(true), setTable),
  ];
  const key = (event: KeyboardEvent) => {
    const typing = (event.target as Element).closest("input, select, textarea, .popover");
    if (event.key !== "f" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    setFull(!full);
  };
  const content = (
    <PanelContext.Provider value={slot}>
      {error ? (
        <div class="chart-error" role="alert">
          {error}
        </div>
      ) : (
        children
      )}
    </PanelContext.Provider>
  );
  return (
    <section
      ref={box}
      class="chart-panel"
      aria-label={title}
      style={height ? { height: `${height}px` } : undefined}
      onKeyDown={key}
    >
      <header>
        <h3 title={title}>{title}</h3>
        {note && <span class="chart-note">{note}</span>}
        <div class="chart-tools">
          <Button icon="full" label="Full screen" small onClick={() => setFull(true)} />
          <Menu icon="menu" label="Chart menu" small align="end" entries={entries} />
        </div>
      </header>
      {loading && <div class="chart-loading" role="progressbar" aria-label="Loading" />}
      <div class="chart-content">{!full && content}</div>
      {full && (
        <Dialog title={title} class="chart-full" onClose={() => setFull(false)}>
          <div class="chart-content" onKeyDown={key}>
            {content}
          </div>
        </Dialog>
      )}
      {table && <TableDialog title={title} table={table} onClose={() => setTable(null)} />}
    </section>
  );
}

/** What every chart can do. */
function ownEntries(
  slot: PanelSlot,
  box: { current: Element | null },
  onFull: () => void,
  onTable: (table: Table) => void,
): MenuEntry[] {
  const withChart = (use: (chart: ChartHandle) => void | Promise<void>) => () => {
    if (slot.chart) Promise.resolve(use(slot.chart)).catch(toastError);
  };
  const entry = (
    label: string,
    icon: IconName,
    use: (chart: ChartHandle) => void | Promise<void>,
  ): MenuEntry => ({ label, icon, onSelect: withChart(use) });
  return [
    { label: "Full screen", icon: "full", hint: "F", onSelect: onFull },
    entry("Show as table", "table", (chart) => onTable(chart.table())),
    entry("Copy values", "copy", copyValues),
    "line",
    entry("Download CSV", "download", saveCsv),
    entry("Download PNG", "image", (chart) => savePng(chart, box.current)),
    entry("Download SVG", "image", (chart) => saveSvg(chart, box.current)),
  ];
}

function entryOf({ label, run, danger, checked }: PanelAction): MenuEntry {
  return {
    label,
    onSelect: run,
    ...(danger ? { danger } : {}),
    ...(checked === undefined ? {} : { checked }),
  };
}

async function copyValues(chart: ChartHandle): Promise<void> {
  const table = chart.table();
  await copyText(tsvOf({ ...table, rows: table.rows.slice(0, kCopiedMost) }));
  toast(`Copied ${formatCount(Math.min(kCopiedMost, table.rows.length), "row")}`);
}

function saveCsv(chart: ChartHandle): void {
  saveFile(fileName(chart.title, "csv"), csvOf(chart.table()), "text/csv");
}

function sizeOf(box: Element | null): [number, number] {
  const { width = 0, height = 0 } = box?.getBoundingClientRect() ?? {};
  return [Math.max(kWidth_px, Math.round(width)), Math.max(kHeight_px, Math.round(height))];
}

async function savePng(chart: ChartHandle, box: Element | null): Promise<void> {
  saveFile(fileName(chart.title, "png"), await pngOf(chart, ...sizeOf(box)));
}

function saveSvg(chart: ChartHandle, box: Element | null): void {
  saveFile(fileName(chart.title, "svg"), svgOf(chart, ...sizeOf(box)), "image/svg+xml");
}

function TableDialog({
  title,
  table,
  onClose,
}: {
  title: string;
  table: Table;
  onClose: () => void;
}) {
  const rows = table.rows.slice(0, kRowsMost);
  return (
    <Dialog title={title} wide class="chart-table" onClose={onClose}>
      <table>
        <thead>
          <tr>
            {table.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, c) => (
                <td key={c} class={typeof cell === "number" ? "number" : ""}>
                  {cell ?? "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > kRowsMost && (
        <p class="chart-note">
          The first {formatCount(kRowsMost, "row")} of {formatCount(table.rows.length, "row")};
          download the CSV for all.
        </p>
      )}
    </Dialog>
  );
}
