// Panels that were added by hand: what each shows, and how that is written into the address.

export interface LinesSpec {
  type: "lines";
  keys: string[];
}

export interface ScatterSpec {
  type: "scatter";
  x: string;
  y: string;
  shade: string;
  running: "" | "min" | "max" | "mean";
}

export interface BarSpec {
  type: "bar";
  value: string;
}

export interface BoxSpec {
  type: "box";
  value: string;
  by: string;
}

export interface ParallelSpec {
  type: "parallel";
  columns: string[];
}

export interface HeatSpec {
  type: "heat";
  x: string;
  y: string;
  value: string;
  pick: "mean" | "min" | "max";
}

export interface HistogramSpec {
  type: "histogram";
  value: string;
}

export type PanelSpec =
  LinesSpec | ScatterSpec | BarSpec | BoxSpec | ParallelSpec | HeatSpec | HistogramSpec;

export const kTypes: Record<PanelSpec["type"], string> = {
  lines: "Lines",
  scatter: "Scatter",
  bar: "Bars",
  box: "Box plot",
  parallel: "Parallel coordinates",
  heat: "Heat map",
  histogram: "Histogram",
};

/** An empty panel of a type, to be filled in. */
export function blankOf(type: PanelSpec["type"]): PanelSpec {
  switch (type) {
    case "lines":
      return { type, keys: [] };
    case "scatter":
      return { type, x: "", y: "", shade: "", running: "" };
    case "bar":
      return { type, value: "" };
    case "box":
      return { type, value: "", by: "" };
    case "parallel":
      return { type, columns: [] };
    case "heat":
      return { type, x: "", y: "", value: "", pick: "mean" };
    case "histogram":
      return { type, value: "" };
  }
}

/** The run columns it needs; none for lines, which need series. */
export function columnsOf(spec: PanelSpec): string[] {
  switch (spec.type) {
    case "lines":
      return [];
    case "scatter":
      return [spec.x, spec.y, spec.shade].filter(Boolean);
    case "bar":
      return [spec.value];
    case "box":
      return [spec.value, spec.by].filter(Boolean);
    case "parallel":
      return spec.columns;
    case "heat":
      return [spec.x, spec.y, spec.value];
    case "histogram":
      return [spec.value];
  }
}

/** Whether all that it needs is filled in. */
export function isWhole(spec: PanelSpec): boolean {
  switch (spec.type) {
    case "lines":
      return spec.keys.length > 0;
    case "scatter":
      return spec.x !== "" && spec.y !== "";
    case "parallel":
      return spec.columns.length > 1;
    case "heat":
      return spec.x !== "" && spec.y !== "" && spec.value !== "";
    default:
      return spec.value !== "";
  }
}

export function titleOf(spec: PanelSpec): string {
  switch (spec.type) {
    case "lines":
      return spec.keys.join(", ");
    case "scatter":
      return `${short(spec.y)} against ${short(spec.x)}`;
    case "bar":
      return short(spec.value);
    case "box":
      return spec.by ? `${short(spec.value)} by ${short(spec.by)}` : short(spec.value);
    case "parallel":
      return spec.columns.map(short).join(" · ");
    case "heat":
      return `${short(spec.value)} by ${short(spec.x)} and ${short(spec.y)}`;
    case "histogram":
      return `Distribution of ${short(spec.value)}`;
  }
}

/** config.optimizer.lr is called optimizer.lr on a chart. */
export function short(column: string): string {
  return column.replace(/^(config|summary)\./, "");
}

// --- as text: "ID scatter x=config.lr y=loss"; values are percent-encoded

export function printPanel(id: string, spec: PanelSpec): string {
  const { type, ...fields } = spec;
  const said = Object.entries(fields)
    .filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== ""))
    .map(([name, value]) => {
      const texts = Array.isArray(value) ? value : [value as string];
      return `${name}=${texts.map(encodeURIComponent).join(":")}`;
    });
  return [id, type, ...said].join(" ");
}

export function readPanel(text: string): { id: string; spec: PanelSpec } | null {
  const [id = "", type = "", ...fields] = text.split(" ");
  if (!id || !(type in kTypes)) return null;
  const spec = blankOf(type as PanelSpec["type"]) as unknown as Record<string, unknown>;
  for (const field of fields) {
    const at = field.indexOf("=");
    const name = field.slice(0, at);
    if (at < 1 || name === "type" || !(name in spec)) continue;
    const texts = field
      .slice(at + 1)
      .split(":")
      .map(decode);
    spec[name] = Array.isArray(spec[name]) ? texts : (texts[0] ?? "");
  }
  return { id, spec: spec as unknown as PanelSpec };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function readPanels(list: readonly string[]): ReadonlyMap<string, PanelSpec> {
  const read = list.map(readPanel).filter((each) => each !== null);
  return new Map(read.map(({ id, spec }) => [id, spec]));
}

/** An id that no panel has: p1, p2, … */
export function freshId(taken: ReadonlyMap<string, PanelSpec>): string {
  let n = 1;
  while (taken.has(`p${n}`)) ++n;
  return `p${n}`;
}
