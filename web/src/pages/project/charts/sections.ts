// Keys into sections: by what stands before their first "/", searched, ordered, pinned.

export interface Key {
  key: string;
  stream: "history" | "system";
  runs: number;
}

export interface Section {
  name: string;
  /** What each panel shows: a key, or the id of a panel that was added. */
  panels: readonly string[];
  /** How many there are without the search. */
  total: number;
}

export const kPinned = "Pinned";
export const kOwn = "Added";
export const kGeneral = "General";
export const kSystem = "System";

/** Made once for a list of keys: sections in their natural order, keys in theirs. */
export interface KeyIndex {
  keys: readonly Key[];
  sections: ReadonlyMap<string, readonly string[]>;
}

const kCollator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** layer.2 before layer.10; names without digits go the fast way. */
export function naturally(a: string, b: string): number {
  return kCollator.compare(a, b);
}

export function indexKeys(keys: readonly Key[]): KeyIndex {
  const sections = new Map<string, string[]>();
  for (const { key, stream } of keys) {
    const name = sectionOf(key, stream);
    const section = sections.get(name);
    if (section) section.push(key);
    else sections.set(name, [key]);
  }
  for (const section of sections.values()) section.sort(naturally);
  const rank = (name: string) => (name === kGeneral ? 0 : isSystem(name) ? 2 : 1);
  const ordered = [...sections].sort(([a], [b]) => rank(a) - rank(b) || naturally(a, b));
  return { keys, sections: new Map(ordered) };
}

export function sectionOf(key: string, stream: Key["stream"]): string {
  const slash = key.indexOf("/");
  const prefix = slash > 0 ? key.slice(0, slash) : "";
  if (stream === "system") return prefix && prefix !== "system" ? `${kSystem} ${prefix}` : kSystem;
  return prefix || kGeneral;
}

/** Machine metrics: at the end, and closed until they are asked for. */
export function isSystem(name: string): boolean {
  return name === kSystem || name.startsWith(kSystem + " ");
}

/** A test for keys. What is no regular expression is looked for as it stands. */
export function matcher(search: string): { test: (key: string) => boolean; error: string | null } {
  if (!search) return { test: () => true, error: null };
  // Capitals are meant where there are some.
  const flags = /[A-Z]/.test(search) ? "" : "i";
  try {
    const pattern = new RegExp(search, flags);
    return { test: (key) => pattern.test(key), error: null };
  } catch (error) {
    const text = search.toLowerCase();
    const message = error instanceof Error ? error.message.replace(/^.*: /, "") : String(error);
    return { test: (key) => key.toLowerCase().includes(text), error: message };
  }
}

export interface Arrangement {
  search: string;
  pinned: readonly string[];
  /** Panels that were added, with the words a search finds them by. */
  own: ReadonlyMap<string, string>;
  /** Section names that come first, in this order; the others follow in theirs. */
  order: readonly string[];
  /** For a section, panels that come first. */
  first: ReadonlyMap<string, readonly string[]>;
}

export function arrange(index: KeyIndex, arrangement: Arrangement): Section[] {
  const { search, pinned, own, order, first } = arrangement;
  const { test } = matcher(search);
  const known = new Set(index.keys.map(({ key }) => key));
  const put = (name: string, panels: readonly string[], found: (panel: string) => boolean) => ({
    name,
    panels: ahead(panels, first.get(name)).filter(found),
    total: panels.length,
  });
  const there = pinned.filter((key) => known.has(key));
  const sections = [
    ...(there.length > 0 ? [put(kPinned, there, test)] : []),
    ...(own.size > 0 ? [put(kOwn, [...own.keys()], (id) => test(own.get(id) ?? ""))] : []),
    ...[...index.sections].map(([name, panels]) => put(name, panels, test)),
  ];
  const ordered = ahead(
    sections.map(({ name }) => name),
    order,
  );
  const by_name = new Map(sections.map((section) => [section.name, section]));
  return ordered.map((name) => by_name.get(name)!).filter(({ panels }) => panels.length > 0);
}

/** `items` with those of `first` that are among them moved to the front. */
function ahead(items: readonly string[], first: readonly string[] | undefined): readonly string[] {
  if (!first || first.length === 0) return items;
  const there = new Set(items);
  const moved = first.filter((item) => there.has(item));
  const taken = new Set(moved);
  return [...moved, ...items.filter((item) => !taken.has(item))];
}

/** The order that results when `item` is put before `before`, or last where that is null. */
export function movedBefore(
  items: readonly string[],
  item: string,
  before: string | null,
): string[] {
  const rest = items.filter((other) => other !== item);
  const at = before === null ? rest.length : rest.indexOf(before);
  rest.splice(at < 0 ? rest.length : at, 0, item);
  return rest;
}
