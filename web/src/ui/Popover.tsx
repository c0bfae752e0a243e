// A layer beside its anchor: menus, pickers, completions. Closed by Escape and by clicks elsewhere.
// It is the browser's own popover, so it lies above all else wherever it stands in the document.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

export interface PopoverProps {
  /** What it belongs to, or a point of the window. */
  anchor: Element | { x: number; y: number };
  onClose: () => void;
  align?: "start" | "end";
  /** As wide as its anchor at least. */
  fit?: boolean;
  class?: string;
  label?: string;
  children: ComponentChildren;
}

const kGap_px = 4;
const kEdge_px = 8;

export function Popover({ anchor, onClose, align = "start", fit, label, ...rest }: PopoverProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.showPopover(), []);
  useLayoutEffect(() => {
    if (box.current) place(box.current, anchor, align, fit === true);
  });
  useEffect(() => {
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (box.current?.contains(target)) return;
      if (anchor instanceof Element && anchor.contains(target)) return;
      onClose();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault(); // or a dialog around it would close too
      onClose();
      if (anchor instanceof HTMLElement) anchor.focus();
    };
    const element = box.current;
    document.addEventListener("pointerdown", outside, true);
    element?.addEventListener("keydown", escape);
    window.addEventListener("blur", onClose);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      element?.removeEventListener("keydown", escape);
      window.removeEventListener("blur", onClose);
    };
  }, [anchor, onClose]);
  return (
    <div
      ref={box}
      popover="manual"
      class={`popover ${rest.class ?? ""}`}
      role="dialog"
      aria-label={label}
    >
      {rest.children}
    </div>
  );
}

function place(
  box: HTMLElement,
  anchor: PopoverProps["anchor"],
  align: "start" | "end",
  fit: boolean,
): void {
  const at =
    anchor instanceof Element
      ? anchor.getBoundingClientRect()
      : new DOMRect(anchor.x, anchor.y, 0, 0);
  if (fit) box.style.minWidth = `${at.width}px`;
  const below = window.innerHeight - at.bottom - kGap_px - kEdge_px;
  const above = at.top - kGap_px - kEdge_px;
  box.style.maxHeight = `${Math.max(below, above, 120)}px`;
  const { width, height } = box.getBoundingClientRect();
  const start = align === "start" ? at.left : at.right - width;
  const left = Math.max(kEdge_px, Math.min(start, window.innerWidth - width - kEdge_px));
  const top = height > below && above > below ? at.top - kGap_px - height : at.bottom + kGap_px;
  box.style.left = `${left}px`;
  box.style.top = `${Math.max(kEdge_px, top)}px`;
}
