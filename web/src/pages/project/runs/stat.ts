// Columns that summarise a whole series, as docs/filter.md names them: min:train/loss, best:….

export const kStats = ["min", "max", "last", "best"] as const;
export type Stat = (typeof kStats)[number];

export function printStat(what: Stat, key: string): string {
  return `${what}:${key}`;
}

/** What the name of a column asks for; null for an ordinary column. */
export function readStat(column: string): { what: Stat; key: string } | null {
  const match = /^(min|max|last|best):(.+)$/s.exec(column);
  return match ? { what: match[1] as Stat, key: match[2] ?? "" } : null;
}
