// Shortcuts and commands: one registry feeds the keyboard, the help (?) and the palette (⌘K).
import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface Command {
  /** As a person would say it: "Hide the run list". */
  label: string;
  /**
   * "j", "shift+x", "mod+k" (⌘ on a Mac, Ctrl elsewhere), "escape"; several with spaces between.
   * Absent: only in the palette.
   */
  keys?: string;
  /** The heading under which help lists it. */
  group?: string;
  /** Works while a text is being typed too. */
  anywhere?: boolean;
  /** Left out of the palette (moving a cursor makes no sense there). */
  hidden?: boolean;
  run: () => void;
}

const x_commands = signal<Command[]>([]);
export const commands: ReadonlySignal<Command[]> = x_commands;

export const is_mac =
  typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

/** Adds commands until the answer is called. Of two with the same keys the later wins. */
export function addCommands(added: Command[]): () => void {
  x_commands.value = [...x_commands.peek(), ...added];
  return () => {
    x_commands.value = x_commands.peek().filter((command) => !added.includes(command));
  };
}

/** Commands of a component, there as long as it is. They may close over its latest state. */
export function useCommands(list: Command[]): void {
  const latest = useRef(list);
  latest.current = list;
  const signature = list.map(({ label, keys, hidden }) => `${label}|${keys}|${hidden}`).join();
  useEffect(
    () =>
      addCommands(
        latest.current.map((command, i) => ({
          ...command,
          run: () => latest.current[i]?.run(),
        })),
      ),
    [signature],
  );
}

export interface KeyPress {
  key: string;
  metaKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** "mod+shift+k" of a key press. Shift is named only where the character does not show it. */
export function keysOf(event: KeyPress, mac = is_mac): string {
  const named = event.key.length > 1;
  const letter = event.key.toLowerCase() !== event.key.toUpperCase();
  const mod = mac ? event.metaKey : event.ctrlKey;
  const parts = [
    mod && "mod",
    mac && event.ctrlKey && "ctrl",
    event.altKey && "alt",
    event.shiftKey && (named || letter) && "shift",
    event.key === " " ? "space" : event.key.toLowerCase(),
  ];
  return parts.filter(Boolean).join("+");
}

const kSymbols: Record<string, string> = {
  escape: "Esc",
  enter: "↵",
  arrowup: "↑",
  arrowdown: "↓",
  arrowleft: "←",
  arrowright: "→",
  space: "Space",
  backspace: "⌫",
  delete: "Del",
};

/** How keys are written for people: ⌘K, ⇧X, Ctrl K; one text for each way. */
export function printKeys(keys: string, mac = is_mac): string {
  return keys
    .split(" ")
    .map((each) => printChord(each, mac))
    .join(" / ");
}

function printChord(keys: string, mac: boolean): string {
  const shown = keys.split("+").map((part) => {
    if (part === "mod") return mac ? "⌘" : "Ctrl";
    if (part === "shift") return "⇧";
    if (part === "alt") return mac ? "⌥" : "Alt";
    return kSymbols[part] ?? part[0]?.toUpperCase() + part.slice(1);
  });
  return shown.join(mac ? "" : " ");
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** Keys that press what has the focus, or move it: a slider, a player, a list of choices. */
function hasOwnUse(target: Element, keys: string): boolean {
  const player = "input[type=range], input[type=radio], audio, video";
  if (/^arrow|^space$/.test(keys) && target.matches(player)) return true;
  return /^(enter|space|arrowup|arrowdown)$/.test(keys) && !!target.closest("button, a, select");
}

/** Begins to listen; once on the page. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const keys = keysOf(event);
    const typing = isTyping(event.target);
    // A dialog or menu that is open has the keyboard for itself.
    const layer = document.querySelector("dialog[open], .popover");
    if (event.target instanceof Element && hasOwnUse(event.target, keys)) return;
    const found = x_commands
      .peek()
      .findLast(
        (command) =>
          command.keys?.split(" ").includes(keys) && (command.anywhere || !(typing || layer)),
      );
    if (!found) return;
    event.preventDefault();
    found.run();
  });
}
