// The bar above the console: search, times, following, saving the whole text.
import type { Signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { api, messageOf } from "../../../api/client";
import type { ConsolePage, RunDetail } from "../../../api/types";
import { formatCount, formatNumber } from "../../../format";
import { stripAnsi } from "../../../text/ansi";
import { Button, Menu, SearchBox, toastError, useCommands } from "../../../ui";
import { saveFile } from "../../../save";
import { runPath } from "../change";
import type { Found, Times } from "./Console";
import type { ConsolePages } from "./pages";

export interface ConsoleBarProps {
  run: RunDetail;
  pages: ConsolePages;
  count: number;
  found: Found;
  line: number;
  times: Signal<Times>;
  /** undefined: the run has ended, there is nothing to follow. */
  follow: boolean | undefined;
  onFollow: (follow: boolean) => void;
}

const kTimes: { id: Times; label: string }[] = [
  { id: "off", label: "No times" },
  { id: "clock", label: "Time of day" },
  { id: "since", label: "Since the beginning" },
];

export function ConsoleBar(props: ConsoleBarProps) {
  const { run, pages, count, found, line, times, follow, onFollow } = props;
  return (
    <div class="console-bar">
      <SearchPart found={found} />
      {found.text && !found.wrong && <FoundText found={found} line={line} count={count} />}
      <span class="run-space" />
      {pages.error.value !== undefined && (
        <Button small icon="warning" kind="danger" onClick={() => void pages.retry()}>
          {`${messageOf(pages.error.value)}: try again`}
        </Button>
      )}
      <span class="soft">{formatCount(count, "line")}</span>
      {follow !== undefined && (
        <Button
          small
          icon="arrow_down"
          label="Follow the end  F"
          pressed={follow}
          onClick={() => onFollow(!follow)}
        >
          Follow
        </Button>
      )}
      <Menu
        small
        label="Times"
        align="end"
        entries={kTimes.map(({ id, label }) => ({
          label,
          checked: times.value === id,
          onSelect: () => (times.value = id),
        }))}
      >
        Times
      </Menu>
      <SaveButton run={run} count={count} />
    </div>
  );
}

function SearchPart({ found }: { found: Found }) {
  const input = useRef<HTMLInputElement | null>(null);
  useCommands([
    { label: "Search the console", keys: "/", group: "Console", run: () => input.current?.focus() },
  ]);
  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter") found.go(event.shiftKey ? -1 : 1);
  };
  return (
    <div class="console-search" onKeyDown={key}>
      <SearchBox
        value={found.text}
        onInput={found.setText}
        label="Search the console"
        placeholder="Search the console"
        mono={found.regex}
        error={found.wrong}
        inputRef={(element) => (input.current = element)}
      />
      <Button
        small
        label="Regular expression"
        pressed={found.regex}
        class="console-regex"
        onClick={() => found.setRegex(!found.regex)}
      >
        .*
      </Button>
    </div>
  );
}

function SaveButton({ run, count }: { run: RunDetail; count: number }) {
  const [saving, setSaving] = useState(false);
  const save = async () => {
    setSaving(true);
    try {
      saveFile(`${run.name}.log`, await readAll(run, count));
    } catch (error) {
      toastError(error);
    }
    setSaving(false);
  };
  return (
    <Button
      small
      icon="download"
      label="Save as text"
      disabled={saving}
      onClick={() => void save()}
    />
  );
}

function FoundText({ found, line, count }: { found: Found; line: number; count: number }) {
  const progress = found.search?.progress.value;
  const { lines_found = 0, lines_looked_at = 0, done = false } = progress ?? {};
  const place = found.search?.place(line) ?? 0;
  const share = count > 0 ? Math.round((100 * lines_looked_at) / count) : 100;
  return (
    <div class="console-found" role="status">
      <Button
        small
        icon="arrow_up"
        label="Line found before  ⇧N"
        disabled={!lines_found}
        onClick={() => found.go(-1)}
      />
      <Button
        small
        icon="arrow_down"
        label="Next line found  N"
        disabled={!lines_found}
        onClick={() => found.go(1)}
      />
      <span class={done && !lines_found ? "bad" : "soft"}>
        {lines_found > 0 && place > 0 && `${formatNumber(place)} of `}
        {lines_found > 0 ? formatCount(lines_found, "line") : done ? "not found" : ""}
        {!done && ` … ${share} %`}
      </span>
    </div>
  );
}

const kLinesAtOnce = 50_000;

async function readAll(run: RunDetail, count: number): Promise<string> {
  const texts: string[] = [];
  for (let first = 0; first < count; first += kLinesAtOnce) {
    const page = await api.get<ConsolePage>(`${runPath(run)}/console`, {
      first,
      limit: kLinesAtOnce,
    });
    for (const line of page.lines) texts.push(stripAnsi(line.text));
  }
  return texts.join("\n") + "\n";
}
