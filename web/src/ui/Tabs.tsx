// Tabs: a row of names, one of them chosen; arrows move between them.
import { useEffect, useRef } from "preact/hooks";

export interface Tab<T extends string> {
  id: T;
  label: string;
  /** A small number beside the name. */
  count?: number;
}

export interface TabsProps<T extends string> {
  tabs: Tab<T>[];
  selected: T;
  onSelect: (id: T) => void;
  /** "line": under a page's head; "box": a small switch in a toolbar. */
  kind?: "line" | "box";
  label?: string;
}

const kMargin_px = 28;

/** Scrolls the row alone, not the page that it stands on. */
function reveal(row: HTMLElement, chosen: Element): void {
  const [box, at] = [row.getBoundingClientRect(), chosen.getBoundingClientRect()];
  if (at.left < box.left + kMargin_px) row.scrollLeft += at.left - box.left - kMargin_px;
  else if (at.right > box.right - kMargin_px) row.scrollLeft += at.right - box.right + kMargin_px;
}

export function Tabs<T extends string>(props: TabsProps<T>) {
  const { tabs, selected, onSelect, kind = "line", label } = props;
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chosen = row.current?.querySelector("[aria-selected=true]");
    if (row.current && chosen) reveal(row.current, chosen);
  }, [selected]);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.id === selected);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onSelect(next.id);
    row.current?.querySelectorAll<HTMLElement>("[role=tab]")[tabs.indexOf(next)]?.focus();
  };
  return (
    <div ref={row} class={`tabs ${kind}`} role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          aria-selected={tab.id === selected}
          tabIndex={tab.id === selected ? 0 : -1}
          onClick={() => onSelect(tab.id)}
        >
          {tab.label}
          {tab.count !== undefined && <span class="tab-count">{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}
