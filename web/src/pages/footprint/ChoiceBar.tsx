// The choices above the page: which runs, where, and under which terms.
import { SearchBox, Tabs, type Completion } from "../../ui";
import { rank } from "../../ui/rank";
import { choiceSignals, kIdle, kSince } from "./choices";
import { useTables } from "./load";

const kOffersMost = 40;
const kKinds = [
  { id: "average", label: "Average" },
  { id: "marginal", label: "Marginal" },
] as const;

export function ChoiceBar({ signals }: { signals: ReturnType<typeof choiceSignals> }) {
  const { filter, since, zone, pue, price, idle, kind } = signals;
  const { data } = useTables();
  return (
    <form class="footprint-choices" onSubmit={(event) => event.preventDefault()}>
      <SearchBox
        class="footprint-filter"
        icon="filter"
        mono
        label="Filter runs"
        placeholder="All runs; user = 'ada' and summary.loss < 1"
        value={filter.value}
        onCommit={(text) => (filter.value = text.trim())}
      />
      <label>
        Since
        <select
          class="input"
          value={since.value}
          onChange={(event) => (since.value = event.currentTarget.value)}
        >
          {Object.entries(kSince).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        Zone
        <SearchBox
          class="footprint-zone"
          label="Zone"
          placeholder="As the runs say"
          value={zone.value}
          complete={(text) => offersOf(data?.zones ?? [], text)}
          refresh={data}
          onCommit={(text) => (zone.value = text.trim())}
        />
      </label>
      <label>
        PUE
        <input
          class="input footprint-number"
          inputMode="decimal"
          placeholder="Auto"
          value={pue.value}
          onChange={(event) => (pue.value = event.currentTarget.value.trim())}
        />
      </label>
      <label data-tip="Of a kWh: 0.25 EUR">
        Price
        <input
          class="input footprint-price"
          placeholder="Auto"
          value={price.value}
          onChange={(event) => (price.value = event.currentTarget.value.trim())}
        />
      </label>
      <label data-tip="Whose is what a machine uses at rest">
        At rest
        <select
          class="input"
          value={idle.value || "proportional"}
          onChange={({ currentTarget: { value } }) =>
            (idle.value = value === "proportional" ? "" : value)
          }
        >
          {Object.entries(kIdle).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Tabs
        kind="box"
        label="Which intensity"
        selected={kind.value === "marginal" ? "marginal" : "average"}
        onSelect={(id) => (kind.value = id === "average" ? "" : id)}
        tabs={[...kKinds]}
      />
    </form>
  );
}

function offersOf(zones: readonly string[], text: string): Completion[] {
  return rank(zones, text, (zone) => `${zone} ${nameOf(zone)}`)
    .slice(0, kOffersMost)
    .map((zone) => ({
      text: zone,
      from: 0,
      to: text.length,
      label: zone,
      detail: nameOf(zone),
    }));
}

const x_countries = new Intl.DisplayNames("en", { type: "region" });

/** The country that a zone lies in: "FR", "US-CAL-CISO". */
function nameOf(zone: string): string {
  const [, country] = /^([A-Z]{2})(-|$)/.exec(zone) ?? [];
  return country ? (x_countries.of(country) ?? "") : "";
}
