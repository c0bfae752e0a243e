// A button that opens a list of actions; arrows move, Enter chooses, Escape closes.
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./Button";
import { Icon, type IconName } from "./icons";
import { Popover } from "./Popover";

export interface MenuItem {
  label: ComponentChildren;
  icon?: IconName;
  hint?: string;
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

/** A MenuItem, a thin line, or a heading. */
export type MenuEntry = MenuItem | "line" | { heading: string };

export interface MenuProps {
  entries: MenuEntry[];
  icon?: IconName;
  label?: string;
  kind?: "quiet" | "plain";
  small?: boolean;
  align?: "start" | "end";
  class?: string;
  children?: ComponentChildren;
}

export function Menu({ entries, align, ...button }: MenuProps) {
  const [anchor, setAnchor] = useState<Element | null>(null);
  const close = useCallback(() => setAnchor(null), []);
  const toggle = (event: MouseEvent) => {
    const at = event.currentTarget as Element;
    setAnchor((open) => (open ? null : at));
  };
  return (
    <>
      <Button {...button} pressed={anchor !== null} onClick={toggle} />
      {anchor && <MenuList anchor={anchor} entries={entries} onClose={close} align={align} />}
    </>
  );
}

export interface MenuListProps {
  anchor: Element | { x: number; y: number };
  entries: MenuEntry[];
  onClose: () => void;
  align?: "start" | "end" | undefined;
}

/** The list alone: context menus open it at the pointer. */
export function MenuList({ anchor, entries, onClose, align = "start" }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector<HTMLElement>("button:not(:disabled)")?.focus();
  }, []);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !list.current) return;
    event.preventDefault();
    const items = [...list.current.querySelectorAll<HTMLElement>("button:not(:disabled)")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  return (
    <Popover anchor={anchor} onClose={onClose} align={align} class="menu">
      <div ref={list} role="menu" onKeyDown={move}>
        {entries.map((entry, i) => {
          if (entry === "line") return <hr key={i} />;
          if ("heading" in entry)
            return (
              <div key={i} class="menu-heading">
                {entry.heading}
              </div>
            );
          return <MenuRow key={i} item={entry} onClose={onClose} />;
        })}
      </div>
    </Popover>
  );
}

function MenuRow({ item, onClose }: { item: MenuItem; onClose: () => void }) {
  const select = () => {
    onClose();
    item.onSelect();
  };
  return (
    <button
      type="button"
      role={item.checked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={item.checked}
      class={`menu-item ${item.danger ? "danger" : ""}`}
      disabled={item.disabled}
      onClick={select}
    >
      <span class="menu-icon">
        {item.checked ? <Icon name="check" /> : item.icon && <Icon name={item.icon} />}
      </span>
      <span class="menu-label">{item.label}</span>
      {item.hint && <kbd>{item.hint}</kbd>}
    </button>
  );
}
