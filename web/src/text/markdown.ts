// Notes in Markdown → a tree of blocks; a small, safe subset that knows no HTML at all.
//
// Everything that is not one of the forms below stays text. Work is linear in the input but for
// nesting, which is bounded.

export interface ListItem {
  /** undefined: no task. */
  done: boolean | undefined;
  blocks: Block[];
}

export type Align = "left" | "right" | "center" | undefined;

export type Block =
  | { kind: "heading"; level: number; inline: Inline[] }
  | { kind: "paragraph"; inline: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; ordered: boolean; start: number; items: ListItem[] }
  | { kind: "table"; align: Align[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em" | "strike"; inline: Inline[] }
  | { kind: "link"; href: string; inline: Inline[] }
  | { kind: "break" };

const kNestingMax = 12;
const kCharsMax = 1_000_000;

export function parseMarkdown(text: string): Block[] {
  return parseBlocks(text.slice(0, kCharsMax).replace(/\r\n?/g, "\n").split("\n"), 0);
}

// No expression below may try the same blanks twice: a note is anybody's text.
const kFence = /^( {0,3})(`{3,}(?!.*`)|~{3,})(.*)$/;
const kHeading = /^ {0,3}(#{1,6})(?=[ \t]|$)(.*)$/;
const kRule = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const kQuote = /^ {0,3}> ?/;
const kItem = /^( {0,3})([-*+]|(\d{1,9})[.)])(?:([ \t]+)(.*))?$/;
const kTableRule = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

function parseBlocks(lines: string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length)
      blocks.push({ kind: "paragraph", inline: parseInline(paragraph.join("\n")) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length;) {
    const line = lines[at] as string;
    const taken =
      line.trim() === "" ? undefined : takeBlock(lines, at, depth, paragraph.length > 0);
    if (taken) {
      flush();
      blocks.push(taken.block);
      at = taken.next;
      continue;
    }
    if (line.trim() === "") flush();
    else paragraph.push(line.trimStart());
    at++;
  }
  flush();
  return blocks;
}

interface Taken {
  block: Block;
  next: number;
}

/** The block that begins at this line, unless it is a paragraph. */
function takeBlock(
  lines: string[],
  at: number,
  depth: number,
  inParagraph: boolean,
): Taken | undefined {
  const line = lines[at] as string;
  const fence = kFence.exec(line);
  if (fence) return takeCode(lines, at, fence);
  const heading = kHeading.exec(line);
  if (heading) {
    const level = (heading[1] as string).length;
    const body = (heading[2] as string).trim();
    const open = trimEnd(body, "#");
    const title = open === "" || /[ \t]$/.test(open) ? open.trim() : body;
    return { block: { kind: "heading", level, inline: parseInline(title) }, next: at + 1 };
  }
  if (kRule.test(line)) return { block: { kind: "rule" }, next: at + 1 };
  if (depth < kNestingMax && kQuote.test(line)) return takeQuote(lines, at, depth);
  if (depth < kNestingMax && kItem.test(line)) return takeList(lines, at, depth, inParagraph);
  if (line.includes("|") && kTableRule.test(lines[at + 1] ?? "")) return takeTable(lines, at);
  return undefined;
}

function takeCode(lines: string[], at: number, fence: RegExpExecArray): Taken {
  const indent = (fence[1] as string).length;
  const mark = fence[2] as string;
  const content: string[] = [];
  let next = at + 1;
  for (; next < lines.length; next++) {
    const line = lines[next] as string;
    const close = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1];
    if (close && close[0] === mark[0] && close.length >= mark.length) break;
    content.push(line.replace(/^ +/, (blanks) => blanks.slice(indent)));
  }
  const language = (fence[3] as string).trim().split(/\s/, 1)[0] as string;
  return { block: { kind: "code", language, text: content.join("\n") }, next: next + 1 };
}

function takeQuote(lines: string[], at: number, depth: number): Taken {
  const content: string[] = [];
  let next = at;
  for (; next < lines.length && kQuote.test(lines[next] as string); next++)
    content.push((lines[next] as string).replace(kQuote, ""));
  return { block: { kind: "quote", blocks: parseBlocks(content, depth + 1) }, next };
}

/** Items of one kind of mark; lines that are indented to an item's content belong to it. */
function takeList(
  lines: string[],
  at: number,
  depth: number,
  inParagraph: boolean,
): Taken | undefined {
  const first = kItem.exec(lines[at] as string) as RegExpExecArray;
  const ordered = first[3] !== undefined;
  if (inParagraph && (first[5] === undefined || (ordered && first[3] !== "1"))) return undefined;
  const sign = (first[2] as string).slice(-1);
  const items: ListItem[] = [];
  let next = at;
  while (next < lines.length) {
    const item = kItem.exec(lines[next] as string);
    if (!item || (item[2] as string).slice(-1) !== sign || kRule.test(lines[next] as string)) break;
    const padding = item[4] && item[4].length <= 4 ? item[4].length : 1;
    const indent = (item[1] as string).length + (item[2] as string).length + padding;
    const content = [item[5] ?? ""];
    for (next++; next < lines.length; next++) {
      const line = lines[next] as string;
      const inside = line.search(/\S/) >= indent;
      if (line.trim() === "") {
        const after = lines[next + 1] ?? "";
        if (after.trim() === "" || (after.search(/\S/) < indent && !kItem.test(after))) break;
      } else if (
        !inside &&
        (kItem.test(line) || content[content.length - 1] === "" || startsBlock(line))
      ) {
        break;
      }
      content.push(inside ? line.slice(indent) : line.trimStart());
    }
    items.push(makeItem(content, depth));
  }
  return { block: { kind: "list", ordered, start: Number(first[3] ?? 1), items }, next };
}

const startsBlock = (line: string) =>
  kFence.test(line) || kHeading.test(line) || kRule.test(line) || kQuote.test(line);

function makeItem(content: string[], depth: number): ListItem {
  const task = /^\[([ xX])\][ \t]+/.exec(content[0] ?? "");
  if (task) content[0] = (content[0] as string).slice(task[0].length);
  return { done: task ? task[1] !== " " : undefined, blocks: parseBlocks(content, depth + 1) };
}

function takeTable(lines: string[], at: number): Taken | undefined {
  const align = splitRow(lines[at + 1] as string).map((cell): Align => {
    const [left, right] = [cell.startsWith(":"), cell.endsWith(":")];
    return left && right ? "center" : right ? "right" : left ? "left" : undefined;
  });
  const head = splitRow(lines[at] as string);
  if (head.length !== align.length) return undefined;
  const rows: Inline[][][] = [];
  let next = at + 2;
  for (; next < lines.length; next++) {
    const line = lines[next] as string;
    if (line.trim() === "" || startsBlock(line)) break;
    const cells = splitRow(line);
    rows.push(align.map((_, column) => parseInline(cells[column] ?? "")));
  }
  return {
    block: { kind: "table", align, head: head.map((cell) => parseInline(cell)), rows },
    next,
  };
}

/** The cells between bars; a bar behind a backslash or inside `code` is text. */
function splitRow(line: string): string[] {
  const cells = [""];
  for (const part of line.trim().match(/\\\||`[^`]*`|\||[^|`\\]+|[\\`]/g) ?? []) {
    if (part === "|") cells.push("");
    else cells[cells.length - 1] += part === "\\|" ? "|" : part;
  }
  if (cells[0]?.trim() === "") cells.shift();
  if (cells.length > 1 && cells[cells.length - 1]?.trim() === "") cells.pop();
  return cells.map((cell) => cell.trim());
}

// A regular expression for this would begin anew at every one of the signs.
function trimEnd(text: string, signs: string): string {
  let end = text.length;
  while (end > 0 && signs.includes(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

// --- inline

// A piece is finished content, or a run of emphasis signs that may open or close.
type Piece = Inline | { kind: "sign"; sign: string; open: boolean; close: boolean };

// An escape, backticks, <address>, address, line end, emphasis, the beginning of a link.
const kInline = new RegExp(
  [
    "\\\\([!-/:-@[-`{-~])",
    "(`+)",
    "<((?:https?://|mailto:)[^\\s<>]*)>",
    "\\b(https?://[^\\s<>\"'`]+)",
    "(\\\\?\\n *)",
    "(\\*+|_+|~~)",
    "(!?\\[)",
  ].join("|"),
  "g",
);

function parseInline(text: string, depth = 0): Inline[] {
  const pieces: Piece[] = [];
  const add = (part: string) => {
    const last = pieces[pieces.length - 1];
    if (last?.kind === "text") last.text += part;
    else if (part) pieces.push({ kind: "text", text: part });
  };
  const missing = new Set<number>(); // lengths of backtick runs that have no partner
  let at = 0;
  kInline.lastIndex = 0;
  for (let match = kInline.exec(text); match; match = kInline.exec(text)) {
    add(text.slice(at, match.index));
    const whole = match[0];
    at = match.index + whole.length;
    if (match[1]) add(match[1]);
    else if (match[2]) at = takeCodeSpan(text, match.index, match[2], missing, pieces, add);
    else if (match[3] ?? match[4]) at = takeAddress(match, pieces, add);
    else if (match[5]) takeBreak(pieces);
    else if (match[6]) takeSign(text, match.index, match[6], pieces);
    else {
      const link = depth < kNestingMax ? takeLink(text, match.index, depth) : undefined;
      if (link) {
        for (const part of link.inline) pieces.push(part);
        at = link.next;
      } else {
        add(whole);
      }
    }
    kInline.lastIndex = at;
  }
  add(text.slice(at));
  return emphasise(pieces, depth);
}

function takeBreak(pieces: Piece[]): void {
  const last = pieces[pieces.length - 1];
  if (last?.kind === "text") last.text = last.text.trimEnd();
  pieces.push({ kind: "break" });
}

function takeCodeSpan(
  text: string,
  from: number,
  ticks: string,
  missing: Set<number>,
  pieces: Piece[],
  add: (part: string) => void,
): number {
  const begin = from + ticks.length;
  if (!missing.has(ticks.length)) {
    for (let at = text.indexOf(ticks, begin); at >= 0;) {
      let end = at + ticks.length;
      while (text[end] === "`") end++;
      if (end - at === ticks.length) {
        const code = text.slice(begin, at).replace(/\n/g, " ");
        pieces.push({ kind: "code", text: /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code });
        return end;
      }
      at = text.indexOf(ticks, end);
    }
    missing.add(ticks.length);
  }
  add(ticks);
  return begin;
}

/** <https://…> and bare https://…, whose last full stop or bracket is the sentence's. */
function takeAddress(match: RegExpExecArray, pieces: Piece[], add: (part: string) => void): number {
  const written = (match[3] ?? match[4]) as string;
  let address = match[3] ?? trimEnd(written, ".,:;!?*_~");
  if (!match[3] && !address.includes("(")) address = trimEnd(address, ")");
  const href = safeHref(address);
  if (!href) add(address);
  else
    pieces.push({
      kind: "link",
      href,
      inline: [{ kind: "text", text: address.replace(/^mailto:/, "") }],
    });
  return match.index + match[0].length - (match[3] ? 0 : written.length - address.length);
}

/** "[text](address)" at `from`, also with a "!" before it: pictures become links to them. */
function takeLink(
  text: string,
  from: number,
  depth: number,
): { inline: Inline[]; next: number } | undefined {
  const begin = from + (text[from] === "!" ? 2 : 1);
  const kLabelCharsMax = 2000;
  let level = 1;
  let end = begin;
  for (; end < text.length && end - begin < kLabelCharsMax; end++) {
    const sign = text[end];
    if (sign === "\\") end++;
    else if (sign === "[") level++;
    else if (sign === "]" && --level === 0) break;
  }
  if (text[end] !== "]" || text[end + 1] !== "(") return undefined;
  const rest = text.slice(end + 2, end + 2 + kLabelCharsMax);
  const target =
    /^\s*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\([^\s()]*\))*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/.exec(
      rest,
    );
  if (!target) return undefined;
  const address = (target[1] ?? target[2] ?? "").replace(/\\([!-/:-@[-`{-~])/g, "$1");
  const label = text.slice(begin, end);
  const inline = withoutLinks(parseInline(label || address, depth + 1));
  const href = safeHref(address);
  return {
    inline: href ? [{ kind: "link", href, inline }] : inline,
    next: end + 2 + target[0].length,
  };
}

/** The address when it may be followed: http, https and mailto only, however it is written. */
export function safeHref(address: string): string | undefined {
  const plain = address.trim().replace(/[\x00-\x20\x7f-\xa0]/g, "");
  if (!/^(?:https?:\/\/[^/]|mailto:[^/])/i.test(plain)) return undefined;
  try {
    const url = new URL(plain);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function withoutLinks(inline: Inline[]): Inline[] {
  return inline.flatMap((part): Inline[] => {
    if (part.kind === "link") return part.inline;
    if ("inline" in part) return [{ ...part, inline: withoutLinks(part.inline) }];
    return [part];
  });
}

function takeSign(text: string, from: number, sign: string, pieces: Piece[]): void {
  const before = text[from - 1] ?? " ";
  const after = text[from + sign.length] ?? " ";
  const word = /[\p{L}\p{N}]/u;
  let open = /\S/.test(after) && (word.test(after) || !word.test(before));
  let close = /\S/.test(before) && (word.test(before) || !word.test(after));
  if (sign[0] === "_") {
    // snake_case is no emphasis
    open = open && !word.test(before);
    close = close && !word.test(after);
  }
  // "**" is one sign and "***" two; a run of more than three is text.
  const parts =
    sign.length > 3 ? [] : sign.length === 3 ? [sign.slice(0, 2), sign.slice(2)] : [sign];
  if (!parts.length) pieces.push({ kind: "text", text: sign });
  if (close && !open) parts.reverse();
  for (const part of parts) pieces.push({ kind: "sign", sign: part, open, close });
}

/** Joins each closing sign with the nearest open one of its kind; what has no partner is text. */
function emphasise(pieces: Piece[], depth: number): Inline[] {
  interface Level {
    sign: string;
    inline: Inline[];
  }
  const levels: Level[] = [{ sign: "", inline: [] }];
  const top = () => levels[levels.length - 1] as Level;
  const fold = () => {
    const { sign, inline } = levels.pop() as Level;
    const into = top().inline;
    into.push({ kind: "text", text: sign });
    for (const part of inline) into.push(part);
  };
  for (const piece of pieces) {
    if (piece.kind !== "sign") {
      top().inline.push(piece);
      continue;
    }
    const partner = piece.close ? levels.map((level) => level.sign).lastIndexOf(piece.sign) : -1;
    if (partner > 0 && (partner < levels.length - 1 || top().inline.length > 0)) {
      while (levels.length - 1 > partner) fold();
      const inline = (levels.pop() as Level).inline;
      const kind = piece.sign === "~~" ? "strike" : piece.sign.length === 2 ? "strong" : "em";
      top().inline.push({ kind, inline });
    } else if (piece.open && levels.length + depth < kNestingMax) {
      levels.push({ sign: piece.sign, inline: [] });
    } else {
      top().inline.push({ kind: "text", text: piece.sign });
    }
  }
  while (levels.length > 1) fold();
  return top().inline;
}
