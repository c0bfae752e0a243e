// Searching a list of names as a person types: every word must be found, better places first.

/** The items that hold all words of `text`, best first; all of them for an empty text. */
export function rank<T>(items: readonly T[], text: string, nameOf: (item: T) => string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...items];
  const scored: { item: T; score: number; index: number }[] = [];
  items.forEach((item, index) => {
    const score = scoreOf(nameOf(item).toLowerCase(), words);
    if (score > 0) scored.push({ item, score, index });
  });
  return scored.sort((a, b) => b.score - a.score || a.index - b.index).map(({ item }) => item);
}

function scoreOf(name: string, words: string[]): number {
  let score = 1 / (1 + name.length);
  for (const word of words) {
    const at = name.indexOf(word);
    if (at < 0) return 0;
    const begins_word = at === 0 || /[^a-z0-9]/.test(name[at - 1] ?? "");
    score += (at === 0 ? 4 : begins_word ? 2 : 1) + (name === word ? 8 : 0);
  }
  return score;
}
