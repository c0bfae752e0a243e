// The sum of all: energy, carbon and money, what is known of each, and what it compares to.
import type { Footprint, FootprintPage } from "../../api/footprint";
import {
  carbonOf,
  energyOf,
  moneyOf,
  print,
  printEnergy,
  printIntensity,
  printShare,
} from "../../footprint/quantity";
import { AmountText, MethodBar } from "../../footprint/parts";
import { formatCount, formatNumber } from "../../format";
import { Icon } from "../../ui";
import { likely } from "./numbers";

interface HeadProps {
  answer: FootprintPage;
  total: Footprint;
}

export function Head({ answer, total }: HeadProps) {
  return (
    <>
      <section class="footprint-head" aria-label="Total">
        <Energy total={total} />
        <Carbon total={total} />
        <Money answer={answer} total={total} />
        <Likeness answer={answer} />
      </section>
      <LeftOut {...answer} />
    </>
  );
}

interface CardProps {
  title: string;
  children: preact.ComponentChildren;
}

function Card({ title, children }: CardProps) {
  return (
    <div class="footprint-card">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

function Energy({ total }: { total: Footprint }) {
  const { energy_kwh, it_kwh, idle_kwh, pue, parts } = total;
  const facts = [
    pue.value >= 1.005 && `with a PUE of ${formatNumber(pue.value, 3)}`,
    idle_kwh > 0 && it_kwh.value > 0 && `${printShare(idle_kwh / it_kwh.value)} of it at rest`,
  ].filter(Boolean);
  return (
    <Card title="Energy">
      <p class="footprint-value">
        <AmountText amount={energyOf(energy_kwh)} />
      </p>
      <MethodBar parts={parts} />
      <p class="soft">{facts.join(", ")}</p>
    </Card>
  );
}

function Carbon({ total }: { total: Footprint }) {
  const { carbon_kg, carbon_range_kg, carbon_unknown_kwh, market_carbon_kg } = total;
  if (!carbon_kg)
    return (
      <Card title="CO₂e">
        <p class="footprint-value unknown">unknown</p>
        <p class="soft">
          {rangeOf(carbon_range_kg)} over all zones of the world. Where the electricity comes from
          is not known: choose a zone above, or say <code>CAIRN_ZONE=FR</code> where runs begin.
        </p>
      </Card>
    );
  return (
    <Card title="CO₂e">
      <p class="footprint-value">
        <AmountText amount={carbonOf(carbon_kg)} />
      </p>
      <p class="soft">{printIntensity(total) || `${meanOf(total)} g/kWh over several zones`}</p>
      <Without kwh={carbon_unknown_kwh} why="zones are unknown" />
      {market_carbon_kg && (
        <p class="soft">{print(carbonOf(market_carbon_kg))} by the contracts of its provider</p>
      )}
    </Card>
  );
}

/** The intensity of what is known. */
function meanOf({ carbon_kg, energy_kwh, carbon_unknown_kwh }: Footprint): string {
  const kwh = energy_kwh.value - carbon_unknown_kwh;
  return kwh > 0 ? formatNumber((1000 * carbon_kg!.value) / kwh, 3) : "?";
}

function Without({ kwh, why }: { kwh: number; why: string }) {
  if (kwh === 0) return null;
  return (
    <p class="footprint-without">
      Without {printEnergy(kwh)} of which the {why}.
    </p>
  );
}

function rangeOf(kg: Parameters<typeof carbonOf>[0]): string {
  const { range, unit } = carbonOf(kg);
  return `${range} ${unit}`;
}

function Money({ answer: { offset }, total: { money, money_unknown_kwh } }: HeadProps) {
  const price = offset && moneyOf(offset, offset.currency);
  return (
    <Card title="Electricity">
      {money ? (
        <>
          <p class="footprint-value">
            <AmountText amount={moneyOf(money, money.currency)} />
          </p>
          <Without kwh={money_unknown_kwh} why="prices are unknown" />
        </>
      ) : (
        <>
          <p class="footprint-value unknown">unknown</p>
          <p class="soft">
            Say the price of a kWh above, or <code>CAIRN_PRICE_PER_KWH="0.25 EUR"</code>.
          </p>
        </>
      )}
      {price && (
        <p class="soft" data-tip={offset!.source}>
          To offset the carbon would cost {price.range || price.value} {price.unit}; it is
          subtracted from nothing.
        </p>
      )}
    </Card>
  );
}

function Likeness({ answer: { equivalents, sci } }: { answer: FootprintPage }) {
  const like = likely(equivalents);
  if (like.length === 0 && !sci) return null;
  return (
    <Card title={like.length > 0 ? "As much as" : "Per run"}>
      <ul class="footprint-like">
        {like.map(({ name, unit, amount, source }) => (
          <li key={name} data-tip={source}>
            <b>{formatNumber(amount, 2)}</b> {unit && `${unit} `}
            {name}
          </li>
        ))}
      </ul>
      {sci && (
        <p
          class="soft"
          data-tip="Software Carbon Intensity, ISO/IEC 21031: operation and hardware, nothing offset"
        >
          SCI {print(carbonOf(grams(sci.per_unit_g)))} per {sci.functional_unit || "run"}
        </p>
      )}
    </Card>
  );
}

const grams = (g: number) => ({
  value: g / 1000,
  low: g / 1000,
  high: g / 1000,
  method: "assumed" as const,
});

/** What the sums lack is said beside them. */
function LeftOut({ runs, unknown }: FootprintPage) {
  if (unknown === 0) return null;
  return (
    <section class="notice warn">
      <Icon name="warning" />
      <div>
        <strong>
          {unknown} of {formatCount(runs, "run")} {unknown === 1 ? "is" : "are"} not in these sums:
        </strong>{" "}
        nothing is known of their energy, not even which machine it was.{" "}
        <code>cairn energy doctor</code> tells what can be measured.
      </div>
    </section>
  );
}
