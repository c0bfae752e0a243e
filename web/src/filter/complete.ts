// Completion of a filter: what may come next at the caret, by the grammar of docs/filter.md.
import type { Column, ColumnType } from "../api/types";
import { rank } from "../ui/rank";
import { printField, printText } from "./text";

export interface Offer {
  text: string;
  from: number;
  to: number;
  label?: string;
  detail?: string;
}

export interface Known {
  columns: readonly Column[];
  /** The values that a field takes, most frequent first; what is known of them so far. */
  valuesOf: (field: string) => readonly string[];
}

type Kind = "field" | "operator" | "value" | "joiner" | "word" | "open" | "close" | "text";

interface Token {
  kind: Kind;
  text: string;
  from: number;
  to: number;
}

const kToken =
  /\s+|(?<text>'(?:[^']|'')*'?|"(?:[^"]|"")*"?)|(?<open>[([])|(?<close>[)\]])|(?<op>&&|\|\||[=!<>]=|!~|[=<>~!,])|(?<word>(?:`(?:[^`]|``)*`?|[^\s'"()[\]=!<>~,`&|])+)/gy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  kToken.lastIndex = 0;
  for (let match = kToken.exec(text); match; match = kToken.exec(text)) {
    const { text: quoted, open, close, op, word } = match.groups ?? {};
    const at = { text: match[0], from: match.index, to: match.index + match[0].length };
    if (quoted) tokens.push({ kind: "text", ...at });
    else if (open) tokens.push({ kind: "open", ...at });
    else if (close) tokens.push({ kind: "close", ...at });
    else if (op) tokens.push({ kind: "operator", ...at });
    else if (word) tokens.push({ kind: "word", ...at });
  }
  return tokens;
}

interface Place {
  expected: "field" | "operator" | "value" | "joiner";
  field: string;
}

const kWordOperators = new Set(["in", "contains", "is"]);
const kJoiners = new Set(["and", "or", "&&", "||"]);

// Walks the tokens before the caret, as the grammar would, and says what must follow them.
function placeAfter(tokens: Token[]): Place {
  let place: Place = { expected: "field", field: "" };
  let in_list = false;
  for (const { kind, text } of tokens) {
    const word = text.toLowerCase();
    if (place.expected === "field") {
      if (kind === "open" || word === "not" || word === "!") continue;
      // A literal may stand first: 'x' in tags, 0.1 <= config.lr.
      place = { expected: "operator", field: kind === "text" ? "" : readField(text) };
    } else if (place.expected === "operator") {
      if (word === "not") continue;
      if (kind === "operator" || kWordOperators.has(word))
        place = { expected: "value", field: place.field };
    } else if (place.expected === "value") {
      if (kind === "open") in_list = true;
      else if (word === "not") continue;
      else if (!in_list) place = { expected: "joiner", field: "" };
      else if (kind === "close") {
        in_list = false;
        place = { expected: "joiner", field: "" };
      }
    } else if (kJoiners.has(word)) {
      place = { expected: "field", field: "" };
    }
  }
  return place;
}

/** `summary.`val/acc top 1`` → `summary.val/acc top 1`. */
export function readField(text: string): string {
  return text.replace(/`((?:[^`]|``)*)`?/g, (_, inner: string) => inner.replace(/``/g, "`"));
}

const kShown = 50;

/** What may replace or follow the word at the caret. */
export function completeFilter(text: string, caret: number, known: Known): Offer[] {
  const before = tokenize(text.slice(0, caret));
  const last = before.at(-1);
  // A word or text that touches the caret is being typed; all else is done.
  const typed = last && last.to === caret && ["word", "text"].includes(last.kind) ? last : null;
  if (typed?.kind === "text" && /^(['"]).*\1$/.test(typed.text) && typed.text.length > 1) return [];
  const { expected, field } = placeAfter(typed ? before.slice(0, -1) : before);
  const from = typed?.from ?? caret;
  const place = { from, to: caret };
  const word = typed?.text ?? "";
  switch (expected) {
    case "field":
      return offerFields(word, known.columns).map((offer) => ({ ...offer, ...place }));
    case "operator":
      return offerWords(word, operatorsOf(typeOf(field, known.columns)), place);
    case "value":
      return offerValues(word, field, known).map((offer) => ({ ...offer, ...place }));
    case "joiner":
      return before.length > 0 ? offerWords(word, kJoinerOffers, place) : [];
  }
}

function offerFields(word: string, columns: readonly Column[]) {
  const [stat, text] = splitStat(readField(word));
  const found = rank(stat ? seriesOf(columns) : columns, text, (column) => column.name);
  return found
    .slice(0, kShown)
    .map((column) => ({ ...column, name: stat + column.name }))
    .map(({ name, type }) => ({ text: printField(name) + " ", label: name, detail: type }));
}

/** "min:loss" asks for a statistic of a series. */
function splitStat(field: string): [stat: string, key: string] {
  const stat = /^(min|max|last|best):/.exec(field)?.[0] ?? "";
  return [stat, field.slice(stat.length)];
}

const kSummary = "summary.";

/** The keys that were logged: each has a number as its summary. */
function seriesOf(columns: readonly Column[]): Column[] {
  return columns
    .filter(({ name, type }) => name.startsWith(kSummary) && (type === "float" || type === "int"))
    .map((column) => ({ ...column, name: column.name.slice(kSummary.length) }));
}

function offerWords(
  word: string,
  words: readonly [string, string][],
  place: { from: number; to: number },
) {
  return words
    .filter(([text]) => text.startsWith(word.toLowerCase()) && text !== word)
    .map(([text, detail]) => ({ text: text + " ", label: text, detail, ...place }));
}

function offerValues(word: string, field: string, { columns, valuesOf }: Known) {
  const type = typeOf(field, columns);
  const quote = /^['"]/.test(word);
  const wanted = word.replace(/^['"]/, "");
  if (type === "bool")
    return rank(["true", "false"], wanted, String).map((text) => ({
      text: text + " ",
      label: text,
    }));
  if (type === "time" && !quote)
    return kTimeOffers.map(([label, detail]) => ({ text: label + " ", label, detail }));
  return rank(valuesOf(field), wanted, String)
    .slice(0, kShown)
    .map((label) => ({
      text: (type === "int" || type === "float" ? label : printText(label)) + " ",
      label,
    }));
}

function typeOf(field: string, columns: readonly Column[]): ColumnType {
  return columns.find((column) => column.name === field)?.type ?? "mixed";
}

const kTimeOffers: [string, string][] = [
  ["-1h", "an hour ago"],
  ["-1d", "a day ago"],
  ["-7d", "a week ago"],
  ["-30d", "a month ago"],
];

const kJoinerOffers: [string, string][] = [
  ["and", "both"],
  ["or", "either"],
];

const kEqual: [string, string][] = [
  ["=", "equal"],
  ["!=", "another value"],
];
const kOrder: [string, string][] = [
  ["<", "below"],
  ["<=", "at most"],
  [">", "above"],
  [">=", "at least"],
];
const kAmong: [string, string][] = [
  ["in", "one of (a, b)"],
  ["not in", "none of (a, b)"],
];
const kText: [string, string][] = [
  ["~", "matches a regex"],
  ["!~", "matches no regex"],
  ["contains", "has a part"],
];
const kAbsent: [string, string][] = [
  ["is null", "has no value"],
  ["is not null", "has a value"],
];

function operatorsOf(type: ColumnType): [string, string][] {
  switch (type) {
    case "bool":
      return [...kEqual, ...kAbsent];
    case "int":
    case "float":
      return [...kOrder, ...kEqual, ...kAmong, ...kAbsent, ["is nan", "is not a number"]];
    case "time":
    case "duration":
      return [...kOrder, ...kEqual, ...kAbsent];
    case "list":
      return [["contains", "has the member"], ["not contains", "has it not"], ...kText, ...kAbsent];
    case "text":
      return [...kEqual, ...kText, ...kAmong, ...kAbsent];
    case "mixed":
      return [...kEqual, ...kOrder, ...kText, ...kAmong, ...kAbsent];
  }
}
