// The report of a project as the API tells it (docs/api.md, "Reports"): what stands in the paper.

export interface Paragraph {
  kind: "paragraph";
  text: string;
  /** A note, in smaller letters. */
  is_aside: boolean;
}

/** The few numbers that a reader looks for first. */
export interface Facts {
  kind: "facts";
  facts: { label: string; value: string; beside: string }[];
}

export interface TextTable {
  kind: "table";
  name: string;
  caption: string;
  columns: { title: string; align: "left" | "right"; is_wide: boolean }[];
  rows: string[][];
}

export interface Figure {
  kind: "figure";
  name: string;
  title: string;
  width: number;
  height: number;
  /** Its colours are classes of the page. */
  svg: string;
}

export type Block = Paragraph | Facts | TextTable | Figure;

export interface Section {
  title: string;
  blocks: Block[];
}

export interface ReportDocument {
  title: string;
  subtitle: string;
  sections: Section[];
  footer: string;
}
