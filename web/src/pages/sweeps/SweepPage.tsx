// One sweep: how far it is, what it found, what it believes, and every trial; live.
import { useEffect, useMemo } from "preact/hooks";
import type { Sweep, Trial } from "../../api/sweeps";
import { hrefOf, query } from "../../state/url";
import { Empty, Failure, Loading, Tabs, useCommands } from "../../ui";
import { TopBar } from "../../ui/TopBar";
import { BeliefTab } from "./Belief";
import { ProgressTab } from "./Progress";
import { SweepHead } from "./SweepHead";
import { SweepState } from "./load";
import { StopsTab } from "./Stops";
import { TrialTable } from "./TrialTable";
import { Why } from "./Why";

const kTabs = [
  { id: "progress", label: "Progress" },
  { id: "belief", label: "Belief" },
  { id: "stops", label: "Early stops" },
  { id: "trials", label: "Trials" },
] as const;
type TabId = (typeof kTabs)[number]["id"];

/** What every tab is given. */
export interface SweepView {
  sweep: Sweep;
  trials: readonly Trial[];
  /** The trial that is looked at, in all charts; by its number as text. */
  chosen: string | null;
  choose: (number: string | null) => void;
}

export function SweepPage({ project, id }: { project: string; id: string }) {
  const state = useMemo(() => new SweepState(id), [id]);
  useEffect(() => state.start(), [state]);
  const sweep = state.sweep.value;
  const error = state.error.value;
  const name = sweep ? sweep.name || sweep.id : id;
  useEffect(() => {
    document.title = `${name} · ${project} · Cairn`;
  }, [name, project]);
  const list = <a href={hrefOf({ page: "sweeps", project })}>Sweeps</a>;
  return (
    <div class="frame">
      <TopBar
        project={project}
        here={
          <>
            {list} / {name}
          </>
        }
      />
      {sweep ? (
        <Body state={state} sweep={sweep} />
      ) : error ? (
        <Failure error={error} onRetry={() => void state.load()} />
      ) : (
        <Loading />
      )}
    </div>
  );
}

function Body({ state, sweep }: { state: SweepState; sweep: Sweep }) {
  const tab = query<string>("s.tab", "progress");
  const chosen = query("s.trial", "");
  const trials = state.trials.value;
  const trial = trials.find(({ number }) => String(number) === chosen.value);
  const selected: TabId = kTabs.find(({ id }) => id === tab.value)?.id ?? "progress";
  const view: SweepView = {
    sweep,
    trials,
    chosen: chosen.value || null,
    choose: (number) => (chosen.value = number ?? ""),
  };
  useCommands(
    kTabs.map(({ id, label }, index) => ({
      label: `Show ${label.toLowerCase()}`,
      keys: String(index + 1),
      group: "Sweep",
      run: () => (tab.value = id),
    })),
  );
  useCommands(
    trial
      ? [{ label: "Close the trial", keys: "escape", group: "Sweep", run: () => view.choose(null) }]
      : [],
  );
  return (
    <main class="sweep">
      <SweepHead
        sweep={sweep}
        trials={trials}
        error={state.error.value}
        onChange={(next) => state.take(next)}
      />
      <div class="run-tabs">
        <Tabs
          tabs={kTabs.map((each) => ({
            ...each,
            ...(each.id === "trials" ? { count: trials.length } : {}),
          }))}
          selected={selected}
          onSelect={(id) => (tab.value = id)}
          label="Parts of the sweep"
        />
      </div>
      <div class="sweep-content" role="tabpanel" aria-label={selected}>
        {trials.length === 0 ? (
          <Empty icon="sweep" title="No trial yet" command={`cairn agent ${sweep.id}`}>
            Trials are run by agents, on this machine or on others, as many as you like:
          </Empty>
        ) : (
          <Selected tab={selected} {...view} />
        )}
        {trial && <Why {...view} trial={trial} />}
      </div>
    </main>
  );
}

function Selected({ tab, ...view }: SweepView & { tab: TabId }) {
  switch (tab) {
    case "belief":
      return <BeliefTab {...view} />;
    case "stops":
      return <StopsTab {...view} />;
    case "trials":
      return <TrialTable {...view} />;
    default:
      return <ProgressTab {...view} />;
  }
}
