// Where the sections and panels of a long page lie, and which of them are in sight.
import type { Section } from "./sections";

export const kHead_px = 40;
export const kGap_px = 12;
/** Below a section that is open. */
const kFoot_px = 10;
const kNarrowest_px = 330;
const kColumnsMost = 6;

export interface SectionLayout {
  section: Section;
  open: boolean;
  top: number;
  height: number;
  columns: number;
  panel_width: number;
  panel_height: number;
}

export interface PaneLayout {
  sections: SectionLayout[];
  height: number;
}

export interface Place {
  panel: string;
  left: number;
  top: number;
}

/** As many columns as fit without a panel narrower than can be read. */
export function columnsFor(width: number): number {
  const fit = Math.floor((width + kGap_px) / (kNarrowest_px + kGap_px));
  return Math.max(1, Math.min(kColumnsMost, fit));
}

export interface LayoutOptions {
  width: number;
  panel_height: number;
  isOpen: (section: string) => boolean;
  /** 0: as many as fit. */
  columnsOf: (section: string) => number;
}

export function layOut(sections: readonly Section[], options: LayoutOptions): PaneLayout {
  const { width, panel_height, isOpen, columnsOf } = options;
  let top = 0;
  // Where there are few panels they are wide, in all sections alike.
  const most = Math.max(2, ...sections.map(({ panels }) => panels.length));
  const fitting = Math.min(columnsFor(width), most);
  const laid = sections.map((section): SectionLayout => {
    const open = isOpen(section.name);
    const columns = columnsOf(section.name) || fitting;
    const rows = Math.ceil(section.panels.length / columns);
    const height = kHead_px + (open ? rows * (panel_height + kGap_px) + kFoot_px : 0);
    const at = top;
    top += height;
    const panel_width = Math.max(80, (width - (columns - 1) * kGap_px) / columns);
    return { section, open, top: at, height, columns, panel_width, panel_height };
  });
  return { sections: laid, height: top };
}

/** The sections that lie in [top, bottom) at least in part. */
export function sectionsIn({ sections }: PaneLayout, top: number, bottom: number): SectionLayout[] {
  return sections.filter((section) => section.top < bottom && section.top + section.height > top);
}

/** The panels of a section in [top, bottom) of the page, placed within the section. */
export function panelsIn(layout: SectionLayout, top: number, bottom: number): Place[] {
  if (!layout.open) return [];
  const { section, columns, panel_width, panel_height } = layout;
  const row_px = panel_height + kGap_px;
  const begin = layout.top + kHead_px;
  const first = Math.max(0, Math.floor((top - begin) / row_px));
  const last = Math.min(
    Math.ceil(section.panels.length / columns),
    Math.ceil((bottom - begin) / row_px),
  );
  const places: Place[] = [];
  for (let i = first * columns; i < Math.min(section.panels.length, last * columns); ++i)
    places.push({
      panel: section.panels[i]!,
      left: (i % columns) * (panel_width + kGap_px),
      top: kHead_px + Math.floor(i / columns) * row_px,
    });
  return places;
}
