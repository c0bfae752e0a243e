// Why one trial was tried, what was expected of it, and what came of it.
import type { Decision, Trial } from "../../api/sweeps";
import { hrefOf } from "../../state/url";
import { Button } from "../../ui";
import type { SweepView } from "./SweepPage";
import { durationOf, nameOf, printValue, textOf } from "./trials";

/** "project/id" as a link to the run. */
export function RunLink({ run }: { run: string }) {
  const cut = run.lastIndexOf("/");
  const [project, id] = [run.slice(0, cut), run.slice(cut + 1)];
  return <a href={hrefOf({ page: "run", project, run: id })}>{id}</a>;
}

export function Why({ trial, sweep, choose }: SweepView & { trial: Trial }) {
  const expected = printValue(trial.mean, trial.sd);
  return (
    <aside class="sweep-why" aria-label={`About ${nameOf(trial)}`}>
      <header>
        <h2>{nameOf(trial)}</h2>
        <Button icon="close" label="Close" small onClick={() => choose(null)} />
      </header>
      {trial.reason && (
        <p>
          {trial.reason} <span class="soft">({trial.sampler})</span>
        </p>
      )}
      <dl>
        {trial.replicate_of !== null && (
          <Fact name="Repeats" value={<TrialLink number={trial.replicate_of} choose={choose} />} />
        )}
        <Fact name="State" value={trial.is_reused ? `${trial.state}, known before` : trial.state} />
        {sweep.objectives.map(({ metric }, i) => (
          <Fact key={metric} name={metric} value={printValue(trial.values?.[i] ?? null)} />
        ))}
        {Object.entries(trial.limits).map(([name, value]) => (
          <Fact key={name} name={name} value={printValue(value)} />
        ))}
        {trial.mean !== null && <Fact name="Expected" value={expected} />}
        {trial.improvement !== null && (
          <Fact name="Expected gain" value={printValue(trial.improvement)} />
        )}
        {trial.nearest !== null && (
          <Fact name="Nearest" value={<TrialLink number={trial.nearest} choose={choose} />} />
        )}
        <Fact name="Took" value={durationOf(trial, Date.now() * 1e6)} />
        {trial.cost.kwh !== null && (
          <Fact name="Energy" value={`${printValue(trial.cost.kwh)} kWh`} />
        )}
        {trial.attempt > 1 && <Fact name="Attempt" value={String(trial.attempt)} />}
        {trial.run && (
          <Fact
            name={trial.is_reused ? "Taken from" : "Run"}
            value={<RunLink run={trial.run} />}
          />
        )}
      </dl>
      {trial.error && <pre class="sweep-error">{trial.error}</pre>}
      <h3>Settings</h3>
      <dl>
        {Object.entries(trial.params).map(([name, value]) => (
          <Fact key={name} name={name} value={textOf(value)} />
        ))}
      </dl>
      {trial.decisions.length > 0 && <h3>Decisions</h3>}
      {trial.decisions.map((decision, i) => (
        <p key={i} class="sweep-decision">
          <strong>{wordOf(decision)}</strong> at step {decision.step} ({decision.rule}):{" "}
          {decision.reason}
        </p>
      ))}
    </aside>
  );
}

function wordOf({ stop, pause, is_dry }: Decision): string {
  if (stop) return is_dry ? "would stop" : "stopped";
  return pause ? "paused" : "went on";
}

interface TrialLinkProps {
  number: number;
  choose: SweepView["choose"];
}

/** A trial by its name; shows it when pressed. */
export function TrialLink({ number, choose }: TrialLinkProps) {
  return (
    <button type="button" class="link" onClick={() => choose(String(number))}>
      {nameOf({ number })}
    </button>
  );
}

function Fact({ name, value }: { name: string; value: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
