// A curve that grows: what the server sent, and the points that came since, in buckets of its width.
import type { Floats } from "./types";

/** A curve as the server answers it: `value` is the mean of each bucket, or the point itself. */
export interface Curve {
  x: Floats;
  value: Floats;
  min?: Floats | undefined;
  max?: Floats | undefined;
  low?: Floats | undefined;
  high?: Floats | undefined;
}

/** Grown to this many times its buckets, a curve is better asked for anew. */
const kOutgrown = 2;

const kColumns = ["x", "value", "min", "max"] as const;
type Name = (typeof kColumns)[number];

/**
 * Owned by ChartData. It takes no more memory than twice the buckets that were asked for: once the
 * points are denser than that, new ones go into the last bucket until that is as wide as the others.
 */
export class LiveCurve {
  private x_columns: Record<Name, Float64Array>;
  private x_count: number;
  private x_open_at: number;
  private x_inside = 1; // points in the last bucket
  private readonly x_width: number;

  constructor(
    curve: Curve,
    private readonly buckets: number,
  ) {
    const { x, value } = curve;
    this.x_count = x.length;
    this.x_columns = {
      x: withRoom(x),
      value: withRoom(value),
      min: withRoom(curve.min ?? value),
      max: withRoom(curve.max ?? value),
    };
    const last = x.length > 0 ? x[x.length - 1]! : -Infinity;
    this.x_open_at = last;
    // Fewer points than buckets: each is a bucket by itself.
    const sparse = x.length < buckets / 2;
    this.x_width = sparse || x.length < 2 ? 0 : (last - x[0]!) / buckets;
  }

  get last(): number {
    return this.x_count > 0 ? this.x_columns.x[this.x_count - 1]! : -Infinity;
  }

  get outgrown(): boolean {
    return this.x_count > kOutgrown * this.buckets;
  }

  /** Takes a point; false where it is not after the last one, as after a step was logged again. */
  append(x: number, value: number, min = value, max = value): boolean {
    if (!(x > this.last)) return false;
    if (x < this.x_open_at + this.x_width) this.merge(x, value, min, max);
    else this.push(x, value, min, max);
    return true;
  }

  /** The curve as it is now. The arrays are windows: they change with the next append. */
  curve(): Curve {
    const part = (name: Name) => this.x_columns[name].subarray(0, this.x_count);
    return { x: part("x"), value: part("value"), min: part("min"), max: part("max") };
  }

  get bytes(): number {
    return kColumns.length * this.x_columns.x.byteLength;
  }

  private merge(x: number, value: number, min: number, max: number): void {
    const at = this.x_count - 1;
    const { x: xs, value: values, min: mins, max: maxs } = this.x_columns;
    xs[at] = x;
    if (Number.isNaN(value)) return;
    const known = !Number.isNaN(values[at]!);
    this.x_inside = known ? this.x_inside + 1 : 1;
    values[at] = known ? values[at]! + (value - values[at]!) / this.x_inside : value;
    mins[at] = known ? Math.min(mins[at]!, min) : min;
    maxs[at] = known ? Math.max(maxs[at]!, max) : max;
  }

  private push(x: number, value: number, min: number, max: number): void {
    if (this.x_count === this.x_columns.x.length)
      for (const name of kColumns) this.x_columns[name] = withRoom(this.x_columns[name]);
    const at = this.x_count++;
    this.x_columns.x[at] = x;
    this.x_columns.value[at] = value;
    this.x_columns.min[at] = min;
    this.x_columns.max[at] = max;
    this.x_open_at = x;
    this.x_inside = 1;
  }
}

/** A copy with room for half as much again. */
function withRoom(values: Floats): Float64Array {
  const roomy = new Float64Array(values.length + Math.max(16, values.length >> 1));
  roomy.set(values);
  return roomy;
}
