// Habits of this browser (theme, widths): signals that survive a reload but are in no link.
import { effect, signal, type Signal } from "@preact/signals";

const x_kept = new Map<string, Signal<unknown>>();

/** A signal kept in localStorage under cairn.NAME; `fallback` where there is none. */
export function kept<T>(name: string, fallback: T): Signal<T> {
  const known = x_kept.get(name);
  if (known) return known as Signal<T>;
  const made = signal<T>(read(name, fallback));
  x_kept.set(name, made as Signal<unknown>);
  let first = true;
  effect(() => {
    const text = JSON.stringify(made.value);
    if (first) first = false;
    else write(name, text);
  });
  return made;
}

function read<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem("cairn." + name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback; // no storage, or another version's value
  }
}

function write(name: string, text: string): void {
  try {
    localStorage.setItem("cairn." + name, text);
  } catch {
    // Full or forbidden: the habit lives until the tab is closed.
  }
}
