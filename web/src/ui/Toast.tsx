// Short messages at the foot of the page, with undo where something was changed.
import { signal } from "@preact/signals";
import { Button } from "./Button";

interface Toast {
  id: number;
  text: string;
  kind: "note" | "error";
  undo: (() => void) | undefined;
}

export interface ToastOptions {
  kind?: "note" | "error";
  undo?: () => void;
  /** Called when it goes without undo: the moment to do what cannot be undone. */
  onGone?: () => void;
  shown_ms?: number;
}

const kShown_ms = 4000;
const kShownWithUndo_ms = 8000;

const x_toasts = signal<Toast[]>([]);
let x_next = 1;

/** Shows a message for some seconds; answers how to take it away sooner. */
export function toast(text: string, options: ToastOptions = {}): () => void {
  const id = x_next++;
  const { kind = "note", undo, onGone } = options;
  let open = true;
  const close = () => {
    if (!open) return false;
    open = false;
    clearTimeout(timer);
    window.removeEventListener("pagehide", leave);
    x_toasts.value = x_toasts.value.filter((other) => other.id !== id);
    return true;
  };
  const leave = () => {
    if (close()) onGone?.();
  };
  const shown_ms = options.shown_ms ?? (undo ? kShownWithUndo_ms : kShown_ms);
  const timer = setTimeout(leave, kind === "error" ? 2 * shown_ms : shown_ms);
  window.addEventListener("pagehide", leave);
  const take_back = undo && (() => void (close() && undo()));
  x_toasts.value = [...x_toasts.value, { id, text, kind, undo: take_back }];
  return leave;
}

export function toastError(error: unknown): void {
  toast(error instanceof Error ? error.message : String(error), { kind: "error" });
}

/** Where toasts appear; once on the page. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {x_toasts.value.map(({ id, text, kind, undo }) => (
        <div key={id} class={`toast ${kind}`}>
          <span>{text}</span>
          {undo && (
            <Button kind="plain" small onClick={undo}>
              Undo
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
