// The layers that every page has: help (?) and the palette (⌘K).
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { choice, toggleTheme } from "../state/theme";
import { go } from "../state/url";
import { Dialog } from "./Dialog";
import { Icon } from "./icons";
import { commands, printKeys, useCommands, type Command } from "./keyboard";
import { rank } from "./rank";

const x_open = signal<"none" | "help" | "palette">("none");

export const openHelp = () => (x_open.value = "help");
export const openPalette = () => (x_open.value = "palette");
const close = () => (x_open.value = "none");

/** Things to go to (runs, projects) that a page offers in the palette while a text is typed. */
export const palette_search = signal<((text: string) => Promise<Command[]>) | null>(null);

export function GlobalCommands() {
  const group = "Everywhere";
  useCommands([
    {
      label: "Search and commands",
      keys: "mod+k",
      group,
      anywhere: true,
      hidden: true,
      run: openPalette,
    },
    { label: "Keyboard shortcuts", keys: "?", group, run: openHelp },
    { label: "All projects", keys: "shift+p", group, run: () => go("/") },
    { label: "Switch between light and dark", keys: "shift+d", group, run: toggleTheme },
    { label: "Theme as the system has it", group, run: () => (choice.value = "system") },
  ]);
  return null;
}

export function Layers() {
  if (x_open.value === "help") return <Help />;
  if (x_open.value === "palette") return <Palette />;
  return null;
}

function Help() {
  const groups = new Map<string, Command[]>();
  for (const command of commands.value) {
    if (!command.keys) continue;
    const name = command.group ?? "This page";
    groups.set(name, [...(groups.get(name) ?? []), command]);
  }
  return (
    <Dialog title="Keyboard shortcuts" wide onClose={close}>
      <div class="help">
        {[...groups].reverse().map(([name, list]) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {list.map(({ label, keys = "" }) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>
                    <kbd>{printKeys(keys)}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

const kShown = 60;

/** What a search answered, and for which text. */
interface Found {
  text: string;
  list: Command[];
}

function Palette() {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [found, setFound] = useState<Found>({ text: "", list: [] });
  const wanted = text.trim();
  const search = palette_search.value;
  const offered = useMemo(() => {
    const all = commands.value.filter((command) => !command.hidden);
    const label = (command: Command) => command.label;
    // Until the answer comes, what was found for less text stays where it still fits.
    const things = found.text === wanted ? found.list : rank(found.list, wanted, label);
    return [...rank(all, text, label), ...things].slice(0, kShown);
  }, [commands.value, text, found]);

  useEffect(() => {
    let current = true;
    setChosen(0);
    const show = (list: Command[]) => current && setFound({ text: wanted, list });
    if (!search || !wanted) show([]);
    else void search(wanted).then(show, () => show([]));
    return () => {
      current = false;
    };
  }, [text, search]);

  const take = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") take(offered[chosen]);
    if (!step || offered.length === 0) return;
    event.preventDefault();
    setChosen((chosen + step + offered.length) % offered.length);
  };
  return (
    <Dialog onClose={close} class="palette">
      <div class="palette-input">
        <Icon name="search" />
        <input
          value={text}
          autofocus
          placeholder="Run a command or find a run"
          aria-label="Run a command or find a run"
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={key}
        />
      </div>
      <PaletteList
        list={offered}
        chosen={chosen}
        is_searching={found.text !== wanted}
        onChoose={setChosen}
        onTake={take}
      />
    </Dialog>
  );
}

interface PaletteListProps {
  list: Command[];
  chosen: number;
  is_searching: boolean;
  onChoose: (index: number) => void;
  onTake: (command: Command) => void;
}

function PaletteList({ list, chosen, is_searching, onChoose, onTake }: PaletteListProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={box} class="palette-list" role="listbox">
      {list.map((command, i) => (
        <button
          key={i}
          type="button"
          role="option"
          aria-selected={i === chosen}
          class={i === chosen ? "chosen" : ""}
          tabIndex={-1}
          onPointerMove={() => onChoose(i)}
          onClick={() => onTake(command)}
        >
          <span>{command.label}</span>
          {command.group && <small>{command.group}</small>}
          {command.keys && <kbd>{printKeys(command.keys)}</kbd>}
        </button>
      ))}
      {list.length === 0 && (
        <p class="palette-none">{is_searching ? "Searching …" : "Nothing is called that."}</p>
      )}
    </div>
  );
}
