// Where a filter is wrong, as the API says it: "… at character 14".

export interface FilterError {
  sentence: string;
  /** Where in the text it is, from 0; null when the message names no place. */
  at: number | null;
}

/** Reads the API's message. */
export function readFilterError(message: string): FilterError {
  const sentence = message.split("\n")[0] ?? message;
  const place = /^(.*) at character (\d+)$/.exec(sentence);
  if (!place) return { sentence, at: null };
  return { sentence: place[1] ?? sentence, at: Math.max(0, Number(place[2]) - 1) };
}

const kSide = 28;

/** Two lines: the filter around the place, and a caret below it. */
export function pointAt(filter: string, at: number): string {
  const place = Math.min(at, filter.length);
  const begin = Math.max(0, place - kSide);
  const end = Math.min(filter.length, place + kSide);
  const before = (begin > 0 ? "…" : "") + filter.slice(begin, place);
  const after = filter.slice(place, end) + (end < filter.length ? "…" : "");
  return `${before}${after}\n${" ".repeat(before.length)}^`;
}
