// PaneState: how the charts of a page are arranged and drawn, all of it in the address.
import { computed, signal } from "@preact/signals";
import { beginDrag, endDrag, query, replacing } from "../../../state/url";
import { freshId, printPanel, readPanels, type PanelSpec } from "./own_panel";
import { isSystem, movedBefore } from "./sections";
import {
  kDefaults,
  merge,
  printNamed,
  printSettings,
  readNamed,
  readSettings,
  without,
  type Named,
  type Overrides,
  type Settings,
} from "./settings";

export const kHeights = [180, 250, 340, 460] as const;
const kHeight_px = 250;

/** Whose settings: all charts', a section's, or one chart's. */
export type Scope =
  | { kind: "all" }
  | { kind: "section"; name: string }
  | { kind: "chart"; panel: string; section: string };

export class PaneState {
  readonly search = query("c.q", "");
  readonly height_px = query("c.h", kHeight_px);
  private readonly x_base = query("c.set", "");
  private readonly x_sections = query("c.sec", [] as string[]);
  private readonly x_charts = query("c.one", [] as string[]);
  private readonly x_folded = query("c.fold", [] as string[]);
  private readonly x_columns = query("c.cols", [] as string[]);
  private readonly x_own = query("c.add", [] as string[]);
  private readonly x_first = query("c.first", [] as string[]);
  readonly pinned = query("c.pin", [] as string[]);
  readonly order = query("c.order", [] as string[]);

  /** The run that is pointed at in any chart. */
  readonly focused = signal<string | null>(null);
  /** Lines that the legend switched off. */
  readonly hidden = signal<ReadonlySet<string>>(new Set());

  // --- settings

  readonly base = computed(() => readSettings(this.x_base.value));
  private readonly x_section_settings = computed(() => readNamed(this.x_sections.value));
  private readonly x_chart_settings = computed(() => readNamed(this.x_charts.value));

  settingsOf(scope: Scope): Settings {
    if (scope.kind === "all") return merge(this.base.value);
    const section = this.x_section_settings.value.get(
      scope.kind === "chart" ? scope.section : scope.name,
    );
    if (scope.kind === "section") return merge(this.base.value, section);
    return merge(this.base.value, section, this.x_chart_settings.value.get(scope.panel));
  }

  /** What a scope says by itself. */
  ownOf(scope: Scope): Overrides {
    if (scope.kind === "all") return this.base.value;
    if (scope.kind === "section") return this.x_section_settings.value.get(scope.name) ?? {};
    return this.x_chart_settings.value.get(scope.panel) ?? {};
  }

  change(scope: Scope, part: Overrides): void {
    const next = without({ ...this.ownOf(scope), ...part }, this.inheritedBy(scope));
    if (scope.kind === "all") this.x_base.value = printSettings(next);
    else if (scope.kind === "section")
      this.x_sections.value = printNamed(put(this.x_section_settings.peek(), scope.name, next));
    else this.x_charts.value = printNamed(put(this.x_chart_settings.peek(), scope.panel, next));
  }

  /** Goes back to what the scope would have without settings of its own. */
  reset(scope: Scope): void {
    if (scope.kind === "all") this.x_base.value = "";
    else if (scope.kind === "section")
      this.x_sections.value = printNamed(put(this.x_section_settings.peek(), scope.name, {}));
    else this.x_charts.value = printNamed(put(this.x_chart_settings.peek(), scope.panel, {}));
  }

  private inheritedBy(scope: Scope): Settings {
    if (scope.kind === "all") return kDefaults;
    if (scope.kind === "section") return merge(this.base.value);
    return this.settingsOf({ kind: "section", name: scope.section });
  }

  /** Whether any chart's x is this kind: what is needed for it is loaded then. */
  usesAxis(kind: Settings["x"]): boolean {
    const all = [
      this.base.value,
      ...this.x_section_settings.value.values(),
      ...this.x_chart_settings.value.values(),
    ];
    return all.some(({ x }) => x === kind);
  }

  // --- sections

  isOpen(section: string): boolean {
    return this.x_folded.value.includes(section) === isSystem(section);
  }

  toggle(section: string): void {
    const folded = this.x_folded.peek();
    this.x_folded.value = folded.includes(section)
      ? folded.filter((name) => name !== section)
      : [...folded, section];
  }

  setAllOpen(sections: readonly string[], open: boolean): void {
    this.x_folded.value = sections.filter((name) => isSystem(name) === open);
  }

  /** 0: as many as fit. */
  columnsOf(section: string): number {
    const found = this.x_columns.value.find(
      (text) => text.slice(text.indexOf("|") + 1) === section,
    );
    return found ? Number.parseInt(found, 10) || 0 : 0;
  }

  setColumns(section: string, columns: number): void {
    const rest = this.x_columns
      .peek()
      .filter((text) => text.slice(text.indexOf("|") + 1) !== section);
    this.x_columns.value = columns > 0 ? [...rest, `${columns}|${section}`] : rest;
  }

  readonly first = computed((): ReadonlyMap<string, readonly string[]> => {
    const first = new Map<string, string[]>();
    for (const text of this.x_first.value) {
      const at = text.indexOf("|");
      const section = text.slice(0, at);
      first.set(section, [...(first.get(section) ?? []), text.slice(at + 1)]);
    }
    return first;
  });

  moveSection(sections: readonly string[], name: string, before: string | null): void {
    this.order.value = movedBefore(sections, name, before);
  }

  /** Puts a panel before another of its section. Only what comes before the move is remembered. */
  movePanel(
    section: string,
    panels: readonly string[],
    panel: string,
    before: string | null,
  ): void {
    const moved = movedBefore(panels, panel, before);
    const known = this.first.peek().get(section)?.length ?? 0;
    const kept = Math.max(known, moved.indexOf(panel) + 1, panels.indexOf(panel) + 1);
    const others = this.x_first.peek().filter((text) => !text.startsWith(section + "|"));
    this.x_first.value = [...others, ...moved.slice(0, kept).map((each) => `${section}|${each}`)];
  }

  togglePin(key: string): void {
    const pinned = this.pinned.peek();
    this.pinned.value = pinned.includes(key)
      ? pinned.filter((other) => other !== key)
      : [...pinned, key];
  }

  // --- panels that were added

  readonly own = computed(() => readPanels(this.x_own.value));

  putOwn(id: string | null, spec: PanelSpec): void {
    const next = new Map(this.own.peek());
    next.set(id ?? freshId(next), spec);
    this.x_own.value = [...next].map(([each, what]) => printPanel(each, what));
  }

  removeOwn(id: string): void {
    this.x_own.value = [...this.own.peek()]
      .filter(([each]) => each !== id)
      .map(([each, what]) => printPanel(each, what));
  }

  // --- the hand of the user

  /** Typing is no step in history. */
  type(search: string): void {
    replacing(() => (this.search.value = search));
  }

  readonly beginDrag = beginDrag;
  readonly endDrag = endDrag;

  toggleLine(id: string): void {
    const next = new Set(this.hidden.peek());
    if (!next.delete(id)) next.add(id);
    this.hidden.value = next;
  }
}

function put(named: Named, name: string, settings: Overrides): Named {
  return new Map(named).set(name, settings);
}
