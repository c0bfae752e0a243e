// Console text with terminal escapes → spans of plain text, each with a style; never HTML.

/** 0–15 are the terminal's named colours, 16–255 its palette, a text is "#rrggbb". */
export type AnsiColor = number | string;

export interface AnsiStyle {
  fg?: AnsiColor;
  bg?: AnsiColor;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  strike?: boolean;
  inverse?: boolean;
}

export interface AnsiSpan {
  text: string;
  style: AnsiStyle;
}

/** A stretch of the plain text, end not included. */
export interface Range {
  from: number;
  to: number;
}

const kPlain: AnsiStyle = Object.freeze({});

// Everything a terminal would act on. In this order: CSI (whose parameters are wanted); OSC, DCS,
// SOS, PM and APC up to their end, or to the end of the line where a writer never sent it; two- and
// three-byte escapes; other control characters but the tab.
const kEscape = new RegExp(
  [
    String.raw`(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~])`,
    String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?`,
    String.raw`\x1b[ -/]*[0-~]?`,
    String.raw`[\x00-\x08\x0a-\x1f\x7f-\x9f]`,
  ].join("|"),
  "g",
);
const kNeedsWork = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** The spans of one line. Styles begin afresh with every line, so any page of lines stands alone. */
export function parseAnsi(line: string): AnsiSpan[] {
  if (!kNeedsWork.test(line)) return line ? [{ text: line, style: kPlain }] : [];
  const spans: AnsiSpan[] = [];
  let style = kPlain;
  let from = 0;
  const add = (text: string) => {
    if (!text) return;
    const last = spans[spans.length - 1];
    if (last && last.style === style) last.text += text;
    else spans.push({ text, style });
  };
  for (const match of line.matchAll(kEscape)) {
    add(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === "m") style = applySgr(style, match[1] ?? "");
  }
  add(line.slice(from));
  return spans;
}

/** The text without escapes: what is searched, copied and measured. */
export function stripAnsi(line: string): string {
  return kNeedsWork.test(line) ? line.replace(kEscape, "") : line;
}

/** One SGR sequence, parameters as they stood between "[" and "m". Unknown codes change nothing. */
function applySgr(before: AnsiStyle, parameters: string): AnsiStyle {
  const style: AnsiStyle = { ...before };
  // "38:2::r:g:b" is the standard's form and "38;2;r;g;b" everybody's.
  const groups = parameters.split(";").map((group) => group.split(":"));
  for (let at = 0; at < groups.length; at++) {
    const group = groups[at] as string[];
    const code = Number(group[0] || 0);
    if (code === 38 || code === 48) {
      const flat =
        group.length > 1 ? group.slice(1) : groups.slice(at + 1, at + 5).map((g) => g[0] ?? "");
      const [color, used] = readColor(flat, group.length > 1);
      if (group.length === 1) at += used;
      if (color !== undefined) style[code === 38 ? "fg" : "bg"] = color;
    } else {
      applyCode(style, code, group);
    }
  }
  return Object.keys(style).length ? style : kPlain;
}

function applyCode(style: AnsiStyle, code: number, group: string[]): void {
  if (code === 0) for (const name of Object.keys(style)) delete style[name as keyof AnsiStyle];
  else if (code === 1) style.bold = true;
  else if (code === 2) style.dim = true;
  else if (code === 3) style.italic = true;
  else if (code === 4 || code === 21) {
    if (code === 4 && group[1] === "0") delete style.underline;
    else style.underline = true;
  } else if (code === 7) style.inverse = true;
  else if (code === 9) style.strike = true;
  else if (code === 22) {
    delete style.bold;
    delete style.dim;
  } else if (code === 23) delete style.italic;
  else if (code === 24) delete style.underline;
  else if (code === 27) delete style.inverse;
  else if (code === 29) delete style.strike;
  else if (code >= 30 && code <= 37) style.fg = code - 30;
  else if (code === 39) delete style.fg;
  else if (code >= 40 && code <= 47) style.bg = code - 40;
  else if (code === 49) delete style.bg;
  else if (code >= 90 && code <= 97) style.fg = code - 82;
  else if (code >= 100 && code <= 107) style.bg = code - 92;
}

/** "5;n" or "2;r;g;b" behind a 38 or 48: the colour, and how many parameters it took. */
function readColor(parameters: string[], colons: boolean): [AnsiColor | undefined, number] {
  const number = (text: string | undefined) => {
    const value = Number(text || 0);
    return Number.isInteger(value) && value >= 0 && value <= 255 ? value : undefined;
  };
  if (parameters[0] === "5") return [number(parameters[1]), 2];
  if (parameters[0] !== "2") return [undefined, 0];
  const first = colons && parameters.length > 4 ? 2 : 1;
  const parts = parameters.slice(first, first + 3).map(number);
  if (parts.length < 3 || parts.includes(undefined)) return [undefined, 4];
  return ["#" + parts.map((part) => (part as number).toString(16).padStart(2, "0")).join(""), 4];
}

const kCube = [0, 95, 135, 175, 215, 255];

/** The CSS colour of palette entries 16–255 and true colours; undefined for the 16 named ones. */
export function cssColor(color: AnsiColor): string | undefined {
  if (typeof color === "string") return color;
  if (color < 16) return undefined;
  if (color >= 232) {
    const grey = 8 + 10 * (color - 232);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const index = color - 16;
  const red = kCube[Math.floor(index / 36)];
  const green = kCube[Math.floor(index / 6) % 6];
  const blue = kCube[index % 6];
  return `rgb(${red} ${green} ${blue})`;
}

export interface MarkedSpan extends AnsiSpan {
  /** The number of the range this span lies in, or -1. */
  mark: number;
}

/** Splits spans at ranges (ascending, not overlapping) of the plain text that are to be marked. */
export function markSpans(spans: AnsiSpan[], ranges: Range[]): MarkedSpan[] {
  const marked: MarkedSpan[] = [];
  let at = 0;
  let next = 0;
  for (const span of spans) {
    const end = at + span.text.length;
    let from = at;
    while (from < end) {
      while (next < ranges.length && (ranges[next] as Range).to <= from) next++;
      const range = ranges[next];
      const inside = range !== undefined && range.from <= from;
      const to = Math.min(end, range ? (inside ? range.to : range.from) : end);
      marked.push({
        text: span.text.slice(from - at, to - at),
        style: span.style,
        mark: inside ? next : -1,
      });
      from = to;
    }
    at = end;
  }
  return marked;
}
