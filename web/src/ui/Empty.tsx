// What stands where nothing is yet: one sentence, and the command that changes that.
import type { ComponentChildren } from "preact";
import { Copy } from "./Copy";
import { Icon, type IconName } from "./icons";

export interface EmptyProps {
  icon?: IconName;
  title: string;
  /** Lines to run or to write next; can be copied. */
  command?: string;
  children?: ComponentChildren;
}

export function Empty({ icon = "folder", title, command, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children && <div class="empty-text">{children}</div>}
      {command && (
        <div class="empty-command">
          <pre>{command}</pre>
          <Copy text={command} />
        </div>
      )}
    </div>
  );
}

/** An error where content was expected, with a way on. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div class="empty" role="alert">
      <Icon name="warning" size={28} />
      <h2>This could not be shown</h2>
      <div class="empty-text">{message.slice(0, 1).toUpperCase() + message.slice(1)}</div>
      {onRetry && (
        <button type="button" class="button plain" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Nothing yet, for a moment: shows itself only when the moment is long. */
export function Loading() {
  return <div class="loading" role="progressbar" aria-label="Loading" />;
}
