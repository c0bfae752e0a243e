// A chart on its own, as it is exported: its title above, its legend below, the drawing between.
import { fit, type Box } from "./frame";
import type { Palette } from "./theme";
import type { Pen } from "./types";

export interface LegendEntry {
  label: string;
  color: string;
}

const kMargin_px = 14;
const kTitle_px = 26;
const kLegendRow_px = 18;
const kSwatch_px = 12;
const kLegendRowsMost = 6;

/** Writes title and legend and answers the box that is left for the chart. */
export function paintTitled(
  pen: Pen,
  palette: Palette,
  width: number,
  height: number,
  title: string,
  legend: readonly LegendEntry[] = [],
): Box {
  const inner = width - 2 * kMargin_px;
  pen.save();
  pen.font = palette.font.replace(/^\d+px/, "600 13px");
  pen.fillStyle = palette.text;
  pen.textBaseline = "top";
  pen.fillText(fit(pen, title, inner), kMargin_px, kMargin_px - 2);
  pen.font = palette.font;
  const rows = legendRows(pen, legend, inner);
  const legend_px = rows.length * kLegendRow_px + (rows.length > 0 ? 6 : 0);
  rows.forEach((row, n) => {
    const y = height - kMargin_px - (rows.length - n) * kLegendRow_px + kLegendRow_px / 2;
    paintLegendRow(pen, palette, row, y);
  });
  pen.restore();
  return {
    left: kMargin_px,
    top: kMargin_px + kTitle_px,
    width: inner,
    height: height - 2 * kMargin_px - kTitle_px - legend_px,
  };
}

type Placed = LegendEntry & { x: number };

function legendRows(pen: Pen, legend: readonly LegendEntry[], width: number): Placed[][] {
  const rows: Placed[][] = [];
  let x = Infinity;
  for (const entry of legend) {
    const wide = kSwatch_px + 5 + Math.min(240, pen.measureText(entry.label).width) + 14;
    if (x + wide > width) {
      if (rows.length === kLegendRowsMost) break;
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1]!.push({ ...entry, x });
    x += wide;
  }
  return rows;
}

function paintLegendRow(pen: Pen, palette: Palette, row: readonly Placed[], y: number): void {
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  for (const { label, color, x } of row) {
    pen.fillStyle = color;
    pen.fillRect(kMargin_px + x, y - 1.5, kSwatch_px, 3);
    pen.fillStyle = palette.muted;
    pen.fillText(fit(pen, label, 240), kMargin_px + x + kSwatch_px + 5, y);
  }
}
