// What the cursor of a line chart points at: values from high to low, to be read and to be copied.
import { useLayoutEffect, useRef } from "preact/hooks";
import { formatExact, formatNumber } from "../format";
import { Button, Copy } from "../ui";
import { tsvOf } from "./table_text";
import { placeTip } from "./place_tip";
import type { Pointed, PointedRow } from "./line_plot";
import type { XAxis } from "./types";
import { formatX } from "./words";

export interface LineTipProps {
  pointed: Pointed;
  x_axis: XAxis;
  /** Pinned it stays, shows all lines, and its text can be marked. */
  pinned: boolean;
  onClose: () => void;
  onPick?: ((id: string) => void) | undefined;
}

const kRowsMost = 10;

export function LineTip({ pointed, x_axis, pinned, onClose, onPick }: LineTipProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (box.current) placeTip(box.current, pointed.left, pointed.top);
  });
  const { rows } = pointed;
  if (rows.length === 0) return null;
  const lead = rows[Math.max(0, pointed.nearest)]!;
  const [from, to] = pinned ? [0, rows.length] : windowAround(pointed.nearest, rows.length);
  return (
    <div
      ref={box}
      popover="manual"
      class={`chart-tip ${pinned ? "pinned" : ""}`}
      role={pinned ? "dialog" : "presentation"}
      aria-label={pinned ? "Values" : undefined}
    >
      <div class="chart-tip-head">
        <span>{formatX(x_axis, lead.line.series.x[lead.index]!)}</span>
        {pinned && (
          <span class="chart-tip-tools">
            <Copy text={tsvOfPointed(rows, x_axis)} label="Copy values" />
            <Button icon="close" label="Close" small onClick={onClose} />
          </span>
        )}
      </div>
      {from > 0 && <div class="chart-tip-more">{from} above</div>}
      <div class="chart-tip-rows">
        {rows.slice(from, to).map((row, i) => (
          <TipRow
            key={row.line.series.id}
            row={row}
            near={from + i === pointed.nearest}
            onPick={pinned ? onPick : undefined}
          />
        ))}
      </div>
      {to < rows.length && <div class="chart-tip-more">{rows.length - to} below</div>}
    </div>
  );
}

interface TipRowProps {
  row: PointedRow;
  near: boolean;
  onPick?: ((id: string) => void) | undefined;
}

function TipRow({ row: { line, index }, near, onPick }: TipRowProps) {
  const { series, value, original } = line;
  const [low, high] = [series.low?.[index], series.high?.[index]];
  return (
    <div class={`chart-tip-row ${near ? "near" : ""}`}>
      <i style={{ background: series.color }} />
      {onPick ? (
        <button type="button" class="chart-tip-name" onClick={() => onPick(series.id)}>
          {series.label}
        </button>
      ) : (
        <span class="chart-tip-name">{series.label}</span>
      )}
      <b title={formatExact(value[index]!)}>{formatNumber(value[index]!)}</b>
      {original && <small>{formatNumber(original[index]!, 4)}</small>}
      {low !== undefined && high !== undefined && (
        <small>
          {formatNumber(low, 3)} – {formatNumber(high, 3)}
        </small>
      )}
    </div>
  );
}

/** Ten rows with the nearest in their middle. */
function windowAround(nearest: number, count: number): [number, number] {
  if (count <= kRowsMost) return [0, count];
  const from = Math.max(0, Math.min(nearest - kRowsMost / 2, count - kRowsMost));
  return [from, from + kRowsMost];
}

function tsvOfPointed(rows: readonly PointedRow[], x_axis: XAxis): string {
  return tsvOf({
    columns: ["line", x_axis.kind, "value"],
    rows: rows.map(({ line, index }) => [
      line.series.label,
      line.series.x[index]!,
      line.value[index]!,
    ]),
  });
}
