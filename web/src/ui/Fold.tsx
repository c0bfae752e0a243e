// A heading that opens and closes what stands below it.
import type { ComponentChildren } from "preact";
import { Icon } from "./icons";

export interface FoldProps {
  open: boolean;
  onTurn: (open: boolean) => void;
  class?: string;
  children: ComponentChildren;
}

export function Fold({ open, onTurn, class: name = "fold", children }: FoldProps) {
  return (
    <button type="button" class={name} aria-expanded={open} onClick={() => onTurn(!open)}>
      <Icon name={open ? "chevron_down" : "chevron_right"} size={12} />
      {children}
    </button>
  );
}
