// A section of charts: its head, which stays in sight while its panels pass, and the panels in sight.
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { Column as ColumnInfo } from "../../../api/types";
import type { PanelAction } from "../../../chart";
import { Icon, Menu, Popover, type MenuEntry } from "../../../ui";
import { panelsIn, type SectionLayout } from "./layout";
import { LinesPanel } from "./LinesPanel";
import { OwnPanel } from "./OwnPanel";
import type { Pane } from "./pane";
import { kGeneral, kOwn, kPinned } from "./sections";
import { SettingsForm } from "./SettingsForm";
import type { Scope } from "./state";

export interface SectionViewProps {
  pane: Pane;
  layout: SectionLayout;
  /** What part of the page is in sight, and a little more. */
  top: number;
  bottom: number;
  /** All sections in their order. */
  names: readonly string[];
  keys: readonly string[];
  columns: readonly ColumnInfo[];
  onEdit: (id: string) => void;
}

const kDragged = "application/x-cairn-panel";

export function SectionView(props: SectionViewProps) {
  const { pane, layout, top, bottom } = props;
  const { section } = layout;
  return (
    <section
      class="charts-section"
      style={{ transform: `translateY(${layout.top}px)`, height: `${layout.height}px` }}
      aria-label={section.name}
    >
      <SectionHead {...props} />
      {panelsIn(layout, top, bottom).map(({ panel, left, top: at }) => (
        <PanelCell
          key={panel}
          pane={pane}
          panel={panel}
          layout={layout}
          left={left}
          top={at}
          keys={props.keys}
          columns={props.columns}
          onEdit={props.onEdit}
        />
      ))}
    </section>
  );
}

function SectionHead({ pane, layout, names, keys }: SectionViewProps) {
  const { state } = pane;
  const { section, open } = layout;
  const { name } = section;
  const [anchor, setAnchor] = useState<Element | null>(null);
  const close = useCallback(() => setAnchor(null), []);
  const head = useRef<HTMLElement>(null);
  const scope = useMemo((): Scope => ({ kind: "section", name }), [name]);
  const entries = sectionEntries(pane, name, names, () => setAnchor(menuButton(head.current)));
  const shown = section.panels.length;
  return (
    <header
      ref={head}
      class="charts-head"
      onDragOver={(event) =>
        event.dataTransfer?.types.includes(kDragged + ".section") && event.preventDefault()
      }
      onDrop={(event) => {
        const dragged = event.dataTransfer?.getData(kDragged + ".section");
        if (dragged && dragged !== name) state.moveSection(names, dragged, name);
      }}
    >
      <button
        type="button"
        class="charts-toggle"
        aria-expanded={open}
        draggable
        onDragStart={(event) => event.dataTransfer?.setData(kDragged + ".section", name)}
        onClick={() => state.toggle(name)}
      >
        <Icon name={open ? "chevron_down" : "chevron_right"} size={14} />
        <h2>{name === kGeneral && names.length === 1 ? "Charts" : name}</h2>
        <span class="muted">
          {shown === section.total ? shown : `${shown} of ${section.total}`}
        </span>
      </button>
      <div class="charts-head-tools">
        <Menu icon="menu" label="Section menu" small align="end" entries={entries} />
      </div>
      {anchor && (
        <Popover anchor={anchor} onClose={close} align="end" label={`Settings of ${name}`}>
          <div class="charts-drop">
            <SettingsForm state={state} scope={scope} keys={keys} grouped={pane.groups !== null} />
          </div>
        </Popover>
      )}
    </header>
  );
}

function sectionEntries(
  { state }: Pane,
  name: string,
  names: readonly string[],
  onSettings: () => void,
): MenuEntry[] {
  const at = names.indexOf(name);
  const columns = state.columnsOf(name);
  return [
    {
      label: "Settings of this section",
      icon: "settings",
      onSelect: onSettings,
    },
    { heading: "Columns" },
    ...[0, 1, 2, 3, 4].map((count) => ({
      label: count === 0 ? "As many as fit" : String(count),
      checked: columns === count,
      onSelect: () => state.setColumns(name, count),
    })),
    "line",
    {
      label: "Move up",
      icon: "arrow_up",
      disabled: at <= 0,
      onSelect: () => state.moveSection(names, name, names[at - 1]!),
    },
    {
      label: "Move down",
      icon: "arrow_down",
      disabled: at >= names.length - 1,
      onSelect: () => state.moveSection(names, name, names[at + 2] ?? null),
    },
    "line",
    { label: "Open all sections", onSelect: () => state.setAllOpen(names, true) },
    { label: "Close all sections", onSelect: () => state.setAllOpen(names, false) },
  ];
}

interface PanelCellProps {
  pane: Pane;
  panel: string;
  layout: SectionLayout;
  left: number;
  top: number;
  keys: readonly string[];
  columns: readonly ColumnInfo[];
  onEdit: (id: string) => void;
}

function PanelCell({ pane, panel, layout, left, top, keys, columns, onEdit }: PanelCellProps) {
  const { state } = pane;
  const { section, panel_width: width, panel_height: height } = layout;
  const [anchor, setAnchor] = useState<Element | null>(null);
  const close = useCallback(() => setAnchor(null), []);
  const cell = useRef<HTMLDivElement>(null);
  const scope = useMemo(
    (): Scope => ({ kind: "chart", panel, section: section.name }),
    [panel, section.name],
  );
  const spec = section.name === kOwn ? state.own.value.get(panel) : undefined;
  const own_keys = useMemo(() => [panel], [panel]);
  const settings = {
    label: "Settings of this chart",
    run: () => setAnchor(menuButton(cell.current)),
  };
  const actions: PanelAction[] = [
    ...(spec && spec.type !== "lines" ? [] : [settings]),
    ...(spec ? [] : [pinAction(pane, panel)]),
    ...moveActions(pane, layout, panel),
    ...(spec ? ownActions(pane, panel, onEdit) : []),
  ];
  const drag = useDrag(pane, section.name, section.panels, panel);
  return (
    <div
      ref={cell}
      class="charts-cell"
      style={{
        transform: `translate(${left}px, ${top}px)`,
        width: `${width}px`,
        height: `${height}px`,
      }}
      {...drag}
    >
      {spec ? (
        <OwnPanel {...{ pane, spec, width, columns, actions }} id={panel} section={section.name} />
      ) : (
        <LinesPanel
          {...{ pane, panel, width, actions }}
          section={section.name}
          keys={own_keys}
          title={titleIn(section.name, panel)}
        />
      )}
      {anchor && (
        <Popover anchor={anchor} onClose={close} align="end" label={`Settings of ${panel}`}>
          <div class="charts-drop">
            <SettingsForm state={state} scope={scope} keys={keys} grouped={pane.groups !== null} />
          </div>
        </Popover>
      )}
    </div>
  );
}

/** Layers hang from the button whose menu opened them. */
function menuButton(box: Element | null): Element | null {
  return box?.querySelector(".chart-tools .button:last-of-type, .charts-head-tools .button") ?? box;
}

/** Below the head "train" a chart of "train/loss" is "loss". */
function titleIn(section: string, key: string): string {
  return section !== kPinned && key.startsWith(section + "/") ? key.slice(section.length + 1) : key;
}

function pinAction({ state }: Pane, panel: string): PanelAction {
  const pinned = state.pinned.value.includes(panel);
  return { label: pinned ? "Unpin" : "Pin to the top", run: () => state.togglePin(panel) };
}

function moveActions({ state }: Pane, { section }: SectionLayout, panel: string): PanelAction[] {
  const { name, panels } = section;
  const at = panels.indexOf(panel);
  const move = (before: string | null) => state.movePanel(name, panels, panel, before);
  return [
    ...(at > 0 ? [{ label: "Move before its neighbour", run: () => move(panels[at - 1]!) }] : []),
    ...(at > 1 ? [{ label: "Move to the front", run: () => move(panels[0]!) }] : []),
    ...(at < panels.length - 1
      ? [{ label: "Move after its neighbour", run: () => move(panels[at + 2] ?? null) }]
      : []),
  ];
}

function ownActions({ state }: Pane, id: string, onEdit: (id: string) => void): PanelAction[] {
  return [
    { label: "Change panel", run: () => onEdit(id) },
    { label: "Remove panel", danger: true, run: () => state.removeOwn(id) },
  ];
}

/** A panel is dragged by its title onto the panel that it shall stand before. */
function useDrag({ state }: Pane, section: string, panels: readonly string[], panel: string) {
  const type = `${kDragged}.panel`;
  return {
    onPointerDown: (event: PointerEvent) => {
      const cell = event.currentTarget as HTMLElement;
      cell.draggable = (event.target as Element).closest("h3") !== null;
    },
    onDragStart: (event: DragEvent) => {
      event.dataTransfer?.setData(type, JSON.stringify({ section, panel }));
      (event.currentTarget as HTMLElement).classList.add("dragged");
    },
    onDragEnd: (event: DragEvent) => {
      const cell = event.currentTarget as HTMLElement;
      cell.draggable = false;
      cell.classList.remove("dragged");
    },
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer?.types.includes(type)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const text = event.dataTransfer?.getData(type);
      if (!text) return;
      event.preventDefault();
      const dragged = JSON.parse(text) as { section: string; panel: string };
      if (dragged.section === section && dragged.panel !== panel)
        state.movePanel(section, panels, dragged.panel, panel);
    },
  };
}
