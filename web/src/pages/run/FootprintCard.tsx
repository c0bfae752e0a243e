// What the run used: its energy by part, how each is known, and carbon and money for it.
import { api } from "../../api/client";
import type { Footprint } from "../../api/footprint";
import type { RunDetail, Value } from "../../api/types";
import { AmountText, MethodBar, Parts, Remarks } from "../../footprint/parts";
import { carbonOf, energyOf, moneyOf, printIntensity, type Amount } from "../../footprint/quantity";
import { useLoad, useSlow } from "../../state/load";
import { hrefOf } from "../../state/url";
import { isTree } from "../../text/tree";
import { runPath } from "./change";

const kAgainAfter_ms = 4000;

/** The server adds this to the summary; what the user set himself stands there as any other key. */
export function isDerived(name: string, value: Value): boolean {
  return name === "footprint" && isTree(value);
}

export function FootprintCard({ run }: { run: RunDetail }) {
  const known = "energy" in run.meta || "footprint" in run.summary;
  const to = `${runPath(run)}/footprint`;
  const { data } = useLoad(
    known ? to : null,
    (signal) => api.get<Footprint | null>(to, {}, { signal }),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
  if (!data) return null;
  const { energy_kwh, carbon_kg, money, parts } = data;
  const more = hrefOf({ page: "footprint", project: run.project }) + `?f.run=${run.id}`;
  return (
    <section class="part" aria-label="Footprint">
      <header class="part-head">
        <h2>Footprint</h2>
        <a class="link" href={more}>
          In other zones and hours
        </a>
      </header>
      <dl class="footprint-sums">
        <Sum name="Energy" amount={energyOf(energy_kwh)} />
        <Sum
          name="CO₂e"
          amount={carbon_kg && carbonOf(carbon_kg)}
          none="unknown zone: set CAIRN_ZONE=FR where it runs"
        />
        {money && <Sum name="Electricity" amount={moneyOf(money, money.currency)} />}
      </dl>
      <MethodBar parts={parts} />
      <Parts footprint={data} />
      {carbon_kg && <p class="soft">{printIntensity(data)}</p>}
      <Remarks {...data} />
    </section>
  );
}

function Sum({ name, amount, none }: { name: string; amount: Amount | null; none?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{amount ? <AmountText amount={amount} /> : <span class="soft">{none}</span>}</dd>
    </div>
  );
}
