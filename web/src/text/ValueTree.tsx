// A tree of values to look through: branches that open, a search, paths and values to copy.
import { useState } from "preact/hooks";
import type { Tree, Value } from "../api/types";
import { formatNumber } from "../format";
import { copyText, Icon, toast } from "../ui";
import { printValue, treeRows, type TreeRow } from "./tree";
import "./text.css";

export interface ValueTreeProps {
  tree: Tree;
  label: string;
  query?: string;
  /** Branches above this depth are open at first. */
  openDepth?: number;
}

const kRowsMax = 500;
const kIndent_px = 16;

export function ValueTree({ tree, label, query = "", openDepth = 2 }: ValueTreeProps) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [most, setMost] = useState(kRowsMax);
  const isOpen = (path: string, depth: number) => depth < openDepth !== turned.has(path);
  const rows = treeRows(tree, isOpen, query);
  const turn = (path: string) => {
    const next = new Set(turned);
    if (!next.delete(path)) next.add(path);
    setTurned(next);
  };
  if (!rows.length && query) return <p class="tree-none">Nothing fits “{query}”.</p>;
  return (
    <div class="tree" role="tree" aria-label={label} onKeyDown={moveFocus}>
      {rows.slice(0, most).map((row, index) => (
        <Row key={row.path} row={row} first={index === 0} turn={() => turn(row.path)} />
      ))}
      {rows.length > most && (
        <button type="button" class="tree-more" onClick={() => setMost(most * 4)}>
          Show more of {rows.length.toLocaleString("en")}
        </button>
      )}
    </div>
  );
}

function Row({ row, first, turn }: { row: TreeRow; first: boolean; turn: () => void }) {
  const branch = row.members >= 0;
  const copy = async (text: string, what: string) => {
    await copyText(text);
    toast(`Copied ${what}`);
  };
  const key = (event: KeyboardEvent) => {
    const opens = event.key === "ArrowRight" && branch && !row.open;
    const closes = event.key === "ArrowLeft" && branch && row.open;
    if (!opens && !closes && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (branch) turn();
    else void copy(printValue(row.value), "the value");
  };
  return (
    <div
      class="tree-row"
      role="treeitem"
      tabIndex={first ? 0 : -1}
      aria-level={row.depth + 1}
      aria-expanded={branch ? row.open : undefined}
      onKeyDown={key}
      onClick={branch ? turn : undefined}
    >
      <span class="tree-name" style={{ paddingLeft: `${row.depth * kIndent_px}px` }}>
        <span class="tree-turn">
          {branch && <Icon name={row.open ? "chevron_down" : "chevron_right"} size={12} />}
        </span>
        <span class="tree-label" title={row.path}>
          {row.name}
        </span>
      </span>
      <span class={`tree-value of-${typeNameOf(row.value)}`}>
        {branch ? countOf(row) : shown(row.value)}
      </span>
      <span class="tree-copy">
        <button
          type="button"
          tabIndex={-1}
          aria-label={`Copy ${row.path}`}
          onClick={(event) => {
            event.stopPropagation();
            void copy(event.altKey ? row.path : printValue(row.value), row.path);
          }}
        >
          <Icon name="copy" size={14} />
        </button>
      </span>
    </div>
  );
}

function countOf(row: TreeRow): string {
  return row.open
    ? ""
    : Array.isArray(row.value)
      ? `${row.members} items`
      : `${row.members} values`;
}

function typeNameOf(value: Value): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}

function shown(value: Value) {
  if (typeof value === "number") return <span title={String(value)}>{formatNumber(value, 8)}</span>;
  return value === "" ? "“”" : printValue(value);
}

function moveFocus(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined) return;
  const items = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=treeitem]"),
  ];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = items[Math.max(0, Math.min(items.length - 1, at + step))];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
