// What one run would have emitted at another hour and in another zone.
import { api, messageOf, path } from "../../api/client";
import type { Alternative } from "../../api/footprint";
import type { CellsPage } from "../../api/types";
import { printCarbon, printEnergy } from "../../footprint/quantity";
import { formatPercent, formatTime } from "../../format";
import { useLoad } from "../../state/load";
import { query } from "../../state/url";
import { kKnown, placeParams, runFilter } from "./choices";
import type { Asked } from "./load";

const kRunsMost = 50;
const kShown = 24;
const kReach_h = 24;

export function WhatIf({ project, choices }: Asked) {
  const chosen = query<string>("f.run", "");
  const zones = query<string>("f.zones", "");
  const filter = runFilter(choices, kKnown);
  const { data: runs } = useLoad(JSON.stringify([project, filter]), (signal) =>
    api.get<CellsPage>(
      path`/projects/${project}/runs`,
      {
        columns: ["name", "summary.footprint.kwh", "summary.footprint.gco2e"],
        sort: "-summary.footprint.kwh",
        filter,
        limit: kRunsMost,
      },
      { signal },
    ),
  );
  const run = chosen.value || runs?.runs[0]?.id;
  const listed = runs?.runs.find(({ id }) => id === run);
  // One that is not among the first may have a zone: the server knows.
  const has_zone = choices.zone !== "" || !listed || typeof listed.cells[2] === "number";
  const params = { ...placeParams(choices), zones: zones.value, reach_h: kReach_h };
  const to =
    runs && run && has_zone && path`/projects/${project}/runs/${run}/footprint/alternatives`;
  const { data, error } = useLoad(to ? to + JSON.stringify(params) : null, (signal) =>
    api.get<{ alternatives: Alternative[] }>(String(to), params, { signal }),
  );
  return (
    <section class="footprint-whatif" aria-label="What if">
      <header class="part-head">
        <h2>What if it had run elsewhere</h2>
      </header>
      <div class="footprint-chart-head">
        <select
          class="input"
          aria-label="Run"
          value={run}
          onChange={(event) => (chosen.value = event.currentTarget.value)}
        >
          {run && !listed && <option value={run}>{run}</option>}
          {runs?.runs.map(({ id, cells }) => (
            <option key={id} value={id}>
              {String(cells[0] ?? id)}, {printEnergy(Number(cells[1]))}
            </option>
          ))}
        </select>
        <input
          class="input"
          aria-label="Zones"
          placeholder="Zones: FR, DE, US-CAL-CISO"
          value={zones.value}
          onChange={(event) => (zones.value = event.currentTarget.value.replace(/\s+/g, ""))}
        />
      </div>
      {error ? <p class="bad">{messageOf(error)}</p> : <Table found={data?.alternatives ?? []} />}
      {run && !has_zone && (
        <p class="soft">
          Where it ran is not known, and so not what another place would save: choose a zone above.
        </p>
      )}
      <p class="soft">
        Other hours need an hourly series: <code>cairn data update --from hours.csv --zone FR</code>
        . What is there: <code>cairn data ls</code>.
      </p>
    </section>
  );
}

function Table({ found }: { found: readonly Alternative[] }) {
  if (found.length === 0) return null;
  return (
    <div class="footprint-scroll">
      <table class="footprint-table">
        <thead>
          <tr>
            <th>Zone</th>
            <th>Begun</th>
            <th class="number">CO₂e</th>
            <th class="number">Change</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, kShown).map(({ zone, start_ns, carbon_kg, saved_share }) => (
            <tr key={`${zone} ${start_ns ?? ""}`}>
              <td>{zone}</td>
              <td>{start_ns ? formatTime(start_ns) : <span class="soft">at any time</span>}</td>
              <td class="number">{printCarbon(carbon_kg)}</td>
              <td class={`number ${saved_share > 0 ? "good" : "bad"}`}>
                {saved_share ? formatPercent(-saved_share) : ""}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
