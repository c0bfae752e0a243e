// Finding a text or a regular expression in a line; very long lines are looked at in part.
import type { Range } from "./ansi";

export type Finder = (line: string) => Range[];

const kRangesPerLineMax = 200;
const kLineCharsMax = 20_000;

/** A finder, or why the expression cannot be used. A query in lower case ignores case. */
export function makeFinder(query: string, regex: boolean): Finder | string {
  if (!query) return () => [];
  const flags = query === query.toLowerCase() ? "giu" : "gu";
  const source = regex
    ? query
    : query.replace(/[.*+?^${}()|[\]\\/-]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, flags);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return reason.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, "");
  }
  return (line) =>
    findAll(pattern, line.length > kLineCharsMax ? line.slice(0, kLineCharsMax) : line);
}

function findAll(pattern: RegExp, line: string): Range[] {
  const ranges: Range[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(line); match; match = pattern.exec(line)) {
    if (match[0].length === 0) {
      pattern.lastIndex++;
      if (pattern.lastIndex > line.length) break;
      continue;
    }
    ranges.push({ from: match.index, to: match.index + match[0].length });
    if (ranges.length >= kRangesPerLineMax) break;
  }
  return ranges;
}
