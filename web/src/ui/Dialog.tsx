// A modal dialog: the browser's own, so that focus stays inside and Escape closes it.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./Button";

export interface DialogProps {
  title?: string;
  onClose: () => void;
  wide?: boolean;
  class?: string;
  /** Buttons at its foot. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, wide, actions, children, ...rest }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key: whoever opens it by one goes on typing.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Without a field of its own the dialog has the focus, not its close button.
    if (!element?.querySelector("[autofocus]")) element?.focus();
    return () => element?.close();
  }, []);
  const backdrop = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose();
  };
  return (
    <dialog
      ref={dialog}
      class={`dialog ${wide ? "wide" : ""} ${rest.class ?? ""}`}
      aria-label={title}
      tabIndex={-1}
      onPointerDown={backdrop}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-box">
        {title && (
          <header>
            <h2>{title}</h2>
            <Button icon="close" label="Close" small onClick={onClose} />
          </header>
        )}
        <div class="dialog-body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}
