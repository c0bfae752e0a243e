// What the run wrote: any number of lines, colours, search, and the end followed while it lives.
import { useEffect, useMemo, useState } from "preact/hooks";
import { useSignalEffect } from "@preact/signals";
import { makeFinder, type Finder } from "../../../text/search";
import { query, replacing } from "../../../state/url";
import { Empty, Failure, Loading, useCommands } from "../../../ui";
import type { TabProps } from "..";
import { runPath } from "../change";
import { consoleCount } from "../state";
import { ConsoleBar } from "./ConsoleBar";
import { ConsoleView } from "./ConsoleView";
import { ConsoleSearch } from "./finder";
import { ConsolePages } from "./pages";
import "./console.css";

export type Times = "off" | "clock" | "since";

const kSearchAfter_ms = 200;

export function Console({ run }: TabProps) {
  const pages = useMemo(() => new ConsolePages(`${runPath(run)}/console`), [run.project, run.id]);
  useEffect(() => () => pages.close(), [pages]);
  useEffect(() => void pages.want(0, 1), [pages]);

  const alive = run.liveness !== "ended";
  const times = query<Times>("times", "off");
  const line = query("line", 0); // counted from 1, as it is shown; 0: none
  const [follow, setFollow] = useState(alive);
  const found = useSearch(pages, line.value - 1, (number) => {
    setFollow(false);
    replacing(() => (line.value = number + 1));
  });

  useGrowth(run.id, alive, pages, found);
  useCommands([
    { label: "Next line found", keys: "n", group: "Console", run: () => found.go(1) },
    { label: "Line found before", keys: "shift+n", group: "Console", run: () => found.go(-1) },
    {
      label: "Show times",
      keys: "t",
      group: "Console",
      run: () => (times.value = nextTimes(times.value)),
    },
    { label: "Follow the end", keys: "f", group: "Console", run: () => setFollow(!follow) },
  ]);

  const count = pages.count.value;
  if (count === null)
    return pages.error.value ? (
      <Failure error={pages.error.value} onRetry={() => void pages.want(0, 1)} />
    ) : (
      <Loading />
    );
  if (count === 0) return <NothingWritten alive={alive} />;
  return (
    <div class="console">
      <ConsoleBar
        run={run}
        pages={pages}
        count={count}
        found={found}
        line={line.value - 1}
        times={times}
        follow={alive ? follow : undefined}
        onFollow={setFollow}
      />
      <ConsoleView
        pages={pages}
        count={count}
        finder={found.finder}
        line={line.value - 1}
        onLine={(number) => (line.value = number === line.value - 1 ? 0 : number + 1)}
        times={times.value}
        began_ns={run.created_ns}
        follow={follow}
        onFollow={setFollow}
        atEnd={run.state !== "finished"}
      />
    </div>
  );
}

/** Lines that come while one looks, and those that came with the end of the run. */
function useGrowth(run: string, alive: boolean, pages: ConsolePages, found: Found): void {
  useSignalEffect(() => {
    const { run: of, count, round } = consoleCount.value;
    if (of !== run || round === 0) return;
    const before = pages.count.peek() ?? 0;
    void pages.grow(count).then(() => found.search?.extend(Math.max(0, before - 1), count));
  });
  useEffect(() => {
    const count = pages.count.peek();
    if (!alive && count !== null) void pages.grow(count);
  }, [alive, pages]);
}

function nextTimes(times: Times): Times {
  return times === "off" ? "clock" : times === "clock" ? "since" : "off";
}

export interface Found {
  text: string;
  regex: boolean;
  setText: (text: string) => void;
  setRegex: (regex: boolean) => void;
  /** Why the expression cannot be used. */
  wrong: string | undefined;
  finder: Finder | undefined;
  search: ConsoleSearch | undefined;
  go: (step: 1 | -1) => void;
}

/** The search as the address has it: it begins a moment after the last key, where one looks. */
function useSearch(pages: ConsolePages, line: number, show: (line: number) => void): Found {
  const text = query("find", "");
  const regex = query("regex", false);
  const made = useMemo(() => makeFinder(text.value, regex.value), [text.value, regex.value]);
  const finder = typeof made === "function" && text.value ? made : undefined;
  const [search, setSearch] = useState<ConsoleSearch>();
  const ready = pages.count.value !== null;

  useEffect(() => {
    if (!finder || !ready) return setSearch(undefined);
    const begun = new ConsoleSearch(pages, finder);
    const timer = setTimeout(() => {
      setSearch(begun);
      void begun.run(Math.max(0, line));
    }, kSearchAfter_ms);
    return () => {
      clearTimeout(timer);
      begun.stop();
    };
  }, [finder, pages, ready]);

  // The first line found is shown by itself, unless one that fits is chosen already.
  const any = (search?.progress.value.lines_found ?? 0) > 0;
  useEffect(() => {
    if (!any || !search || search.place(line) > 0) return;
    const first = search.next(Math.max(0, line) - 1, 1);
    if (first !== undefined) show(first);
  }, [any, search]);

  const go = (step: 1 | -1) => {
    const next = search?.next(line, step);
    if (next !== undefined) show(next);
  };
  return {
    text: text.value,
    regex: regex.value,
    setText: (now) => replacing(() => (text.value = now)),
    setRegex: (now) => (regex.value = now),
    wrong: typeof made === "string" ? made : undefined,
    finder,
    search,
    go,
  };
}

function NothingWritten({ alive }: { alive: boolean }) {
  return (
    <Empty icon="terminal" title="Nothing was written" command="cairn run -- python train.py">
      {alive
        ? "What the program prints appears here as it comes, both stdout and stderr."
        : "It printed nothing, or its console was not captured. Any command is recorded with:"}
    </Empty>
  );
}
