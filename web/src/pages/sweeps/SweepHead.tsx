// The head of a sweep: what it aims at, how far it is, and what can be done with it.
import { useState } from "preact/hooks";
import { api, messageOf, path } from "../../api/client";
import type { Sweep, SweepState, Trial } from "../../api/sweeps";
import { formatCount, formatDuration, formatNumber } from "../../format";
import { Button, copyText, Dialog, toast, toastError } from "../../ui";
import { kReadOnly, may_write } from "../Login";
import { AddPoint } from "./AddPoint";
import { ChangeRanges } from "./ChangeRanges";
import { StatePill } from "./StatePill";
import { printBudget, printGoal, printValue, shareSpent } from "./trials";

export interface SweepHeadProps {
  sweep: Sweep;
  trials: readonly Trial[];
  error: string | null;
  onChange: (sweep: Sweep) => void;
}

export function SweepHead({ sweep, trials, error, onChange }: SweepHeadProps) {
  const [open, setOpen] = useState<"stop" | "add" | "change" | null>(null);
  const close = () => setOpen(null);
  const set = async (state: SweepState) => {
    close();
    try {
      onChange(await api.patch<Sweep>(path`/sweeps/${sweep.id}`, { state }));
      toast(state === "running" ? "The sweep goes on" : `The sweep is ${state}`);
    } catch (reason) {
      toastError(reason);
    }
  };
  const can_write = may_write.value;
  return (
    <header class="run-head sweep-head">
      <div class="run-title">
        <h1>{sweep.name || sweep.id}</h1>
        <StatePill state={sweep.state} reason={sweep.reason} />
        <span class="run-space" />
        {can_write ? (
          <>
            <Button kind="plain" icon="plus" onClick={() => setOpen("add")}>
              Add a point
            </Button>
            <Button kind="plain" icon="edit" onClick={() => setOpen("change")}>
              Change
            </Button>
            {sweep.state === "running" ? (
              <Button kind="plain" icon="pause" onClick={() => void set("paused")}>
                Pause
              </Button>
            ) : (
              <Button kind="plain" icon="play" onClick={() => void set("running")}>
                Resume
              </Button>
            )}
            {sweep.state !== "stopped" && sweep.state !== "finished" && (
              <Button kind="plain" icon="stop" onClick={() => setOpen("stop")}>
                Stop
              </Button>
            )}
          </>
        ) : (
          <span class="soft">{kReadOnly}</span>
        )}
      </div>
      <Facts sweep={sweep} />
      {sweep.reason && (
        <p class="sweep-reason">
          {sweep.state}: {sweep.reason}
        </p>
      )}
      {error && (
        <p class="sweep-reason bad" role="alert">
          {error}
        </p>
      )}
      {open === "stop" && (
        <Dialog
          title="Stop this sweep?"
          onClose={close}
          actions={
            <>
              <Button onClick={close}>Go on</Button>
              <Button kind="danger" onClick={() => void set("stopped")}>
                Stop
              </Button>
            </>
          }
        >
          Agents end what runs now ({formatCount(sweep.counts.running, "trial")}) and begin nothing
          else. What was found stays, and the sweep can be resumed.
        </Dialog>
      )}
      {open === "add" && <AddPoint sweep={sweep} trials={trials} onClose={close} />}
      {open === "change" && <ChangeRanges sweep={sweep} onChange={onChange} onClose={close} />}
    </header>
  );
}

function Facts({ sweep }: { sweep: Sweep }) {
  const { best, counts, used } = sweep;
  const share = shareSpent(sweep);
  const command = `cairn agent ${sweep.id}`;
  const copy = () =>
    void copyText(command).then(
      () => toast("Copied the agent's command"),
      (reason: unknown) => toastError(messageOf(reason)),
    );
  const ended = counts.stopped + counts.failed + counts.lost;
  return (
    <dl class="sweep-facts">
      <Fact name="Goal" value={sweep.objectives.map(printGoal).join(", ")} />
      {sweep.objectives.length === 1 ? (
        <Fact
          name="Best"
          value={printValue(best?.mean, best?.sd)}
          note={best ? `trial ${best.trial}` : undefined}
        />
      ) : (
        <Fact name="Front" value={formatCount(sweep.front.length, "trial")} />
      )}
      <Fact name="Spent" value={printBudget(sweep).join(" · ")}>
        {share !== null && <progress max={1} value={share} aria-label="Budget spent" />}
      </Fact>
      <Fact
        name="Trials"
        value={`${counts.complete} complete`}
        note={[
          counts.running > 0 && `${counts.running} running`,
          counts.reused > 0 && `${counts.reused} known before`,
          counts.prior > 0 && `${counts.prior} earlier runs`,
          ended > 0 && `${counts.stopped} stopped, ${counts.failed + counts.lost} failed`,
        ]
          .filter(Boolean)
          .join(", ")}
      />
      {used.seconds !== null && <Fact name="Computing" value={formatDuration(used.seconds)} />}
      {used.kwh !== null && <Fact name="Energy" value={`${formatNumber(used.kwh, 3)} kWh`} />}
      <Fact name="Method" value={sweep.method} />
      <Fact
        name="Run it"
        value={
          <button type="button" class="link mono" onClick={copy} data-tip="Copy">
            {command}
          </button>
        }
      />
    </dl>
  );
}

interface FactProps {
  name: string;
  value: preact.ComponentChildren;
  note?: string | undefined;
  children?: preact.ComponentChildren;
}

function Fact({ name, value, note, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note && <small>{note}</small>}
        {children}
      </dd>
    </div>
  );
}
