// The bar that says which colour means which value.
import { formatInColumn, placeInColumn } from "./column";
import { fit, type Box } from "./frame";
import { ticksOf, type Scale } from "./scale";
import type { Palette } from "./theme";
import { ramp } from "./tint";
import type { Column, Pen } from "./types";

const kBar_px = 8;
const kSteps = 40;

/** A vertical bar along the box's left edge, with ticks to its right and the column's name above. */
export function paintRamp(pen: Pen, theme: Palette, box: Box, column: Column, scale: Scale): void {
  const top = box.top + 20;
  const height = Math.max(20, box.height - 20 - 34);
  pen.save();
  pen.font = theme.font;
  for (let i = 0; i < kSteps; ++i) {
    pen.fillStyle = ramp((i + 0.5) / kSteps, theme.dark);
    const y = top + height * (1 - (i + 1) / kSteps);
    pen.fillRect(box.left, y, kBar_px, height / kSteps + 0.5);
  }
  pen.fillStyle = theme.muted;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  const ticks = column.categories
    ? column.categories.map((label, i) => ({ at: i, label }))
    : ticksOf(scale, column.time ? "time" : "number", height / 46);
  for (const { at, label } of ticks) {
    const y = top + height * (1 - placeInColumn(column, scale, at));
    pen.fillText(
      fit(pen, label || formatInColumn(column, at), box.width - kBar_px - 6),
      box.left + kBar_px + 5,
      y,
    );
  }
  pen.textAlign = "right";
  pen.textBaseline = "alphabetic";
  pen.fillText(fit(pen, column.name, box.width + 80), box.left + box.width - 2, top - 9);
  pen.restore();
}
