// Where a list of millions of rows stands: browsers end at some 17 million pixels, lists do not.
//
// As long as the list fits, its scroll bar is exact. Beyond, the bar is a map: what it shows is
// scaled, while the wheel and the keys still move by pixels of the list.

export const kTall_px = 10_000_000;

export interface Window {
  first: number;
  last: number; // not included
  /** Where the first row stands, in pixels from the top of the scrolled content. */
  top_px: number;
}

export class ScrollMap {
  constructor(
    readonly rows: number,
    readonly row_px: number,
    readonly view_px: number,
  ) {}

  get list_px(): number {
    return this.rows * this.row_px;
  }

  /** The height of what is scrolled. */
  get content_px(): number {
    return Math.min(this.list_px, kTall_px);
  }

  get scaled(): boolean {
    return this.list_px > kTall_px;
  }

  /** The last place in the list that can stand at the top of the view. */
  get end_px(): number {
    return Math.max(0, this.list_px - this.view_px);
  }

  /** The place in the list that a scroll bar at `scroll_px` means. */
  toList(scroll_px: number): number {
    if (!this.scaled) return scroll_px;
    const most = kTall_px - this.view_px;
    return most <= 0 ? 0 : (Math.min(Math.max(scroll_px, 0), most) / most) * this.end_px;
  }

  toScroll(list_px: number): number {
    if (!this.scaled) return list_px;
    return this.end_px === 0 ? 0 : (list_px / this.end_px) * (kTall_px - this.view_px);
  }

  clamp(list_px: number): number {
    return Math.min(Math.max(list_px, 0), this.end_px);
  }

  /** The rows in sight at this place, with spare ones around. */
  window(list_px: number, spare: number): Window {
    const first = Math.max(0, Math.floor(list_px / this.row_px) - spare);
    const last = Math.min(this.rows, Math.ceil((list_px + this.view_px) / this.row_px) + spare);
    return {
      first,
      last: Math.max(first, last),
      top_px: this.toScroll(list_px) - (list_px - first * this.row_px),
    };
  }

  /** The place that brings a row into sight with the least movement; undefined when it is there. */
  reveal(row: number, list_px: number): number | undefined {
    const top = row * this.row_px;
    if (top >= list_px && top + this.row_px <= list_px + this.view_px) return undefined;
    return this.clamp(top - this.view_px / 2);
  }
}
