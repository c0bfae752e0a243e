// Who and what used it: a table by run, user, device, group, job type or zone.
import { useMemo, useState } from "preact/hooks";
import { api, messageOf, path } from "../../api/client";
import type { Footprint } from "../../api/footprint";
import type { CellsPage } from "../../api/types";
import { MethodBadge } from "../../footprint/parts";
import { carbonOf, energyOf, moneyOf, print, printShare } from "../../footprint/quantity";
import { useLoad } from "../../state/load";
import { hrefOf } from "../../state/url";
import { Tabs } from "../../ui";
import { runFilter } from "./choices";
import { useFootprint, type Asked } from "./load";
import { rowsOf, type By } from "./numbers";

const kBy: { id: By; label: string }[] = [
  { id: "run", label: "Run" },
  { id: "user", label: "User" },
  { id: "device", label: "Device" },
  { id: "group", label: "Group" },
  { id: "job_type", label: "Job type" },
  { id: "zone", label: "Zone" },
];
const kFew = 20;
const kNamesMost = 10_000;

interface BreakdownProps extends Asked {
  by: By;
  onBy: (by: By) => void;
}

export function Breakdown({ by, onBy, ...asked }: BreakdownProps) {
  const tabs = asked.project
    ? kBy
    : [{ id: "project" as const, label: "Project" }, ...kBy.filter(({ id }) => id !== "run")];
  const selected = tabs.find(({ id }) => id === by)?.id ?? tabs[0]!.id;
  const { data, error } = useFootprint(asked, selected);
  const [all, setAll] = useState(false);
  const rows = useMemo(() => (data ? rowsOf(data.groups, selected) : []), [data, selected]);
  const names = useNames(asked, selected === "run");
  const shown = all ? rows : rows.slice(0, kFew);
  return (
    <section class="part">
      <header class="part-head">
        <h2>
          By {tabs.find(({ id }) => id === selected)!.label.toLowerCase()}{" "}
          <small>{rows.length || ""}</small>
        </h2>
        <Tabs kind="box" label="By what" selected={selected} onSelect={onBy} tabs={tabs} />
      </header>
      {error !== undefined && <p class="bad">{messageOf(error)}</p>}
      <table class="footprint-table">
        <thead>
          <tr>
            <th>{tabs.find(({ id }) => id === selected)!.label}</th>
            {selected !== "run" && <th class="number">Runs</th>}
            <th class="number">Energy</th>
            <th>Share</th>
            <th>Known by</th>
            <th class="number">CO₂e</th>
            <th class="number">Cost</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row, i) => (
            <tr key={row.name ?? i}>
              <td>
                <Name name={row.name} by={selected} names={names} />
              </td>
              {selected !== "run" && <td class="number">{row.runs}</td>}
              <Cells {...row} />
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <button type="button" class="link" onClick={() => setAll(true)}>
          Show all {rows.length}
        </button>
      )}
      {data && data.groups_total > rows.length && (
        <p class="soft">
          The {rows.length} that used most, of {data.groups_total}.
        </p>
      )}
    </section>
  );
}

/** What runs are called; an id alone says little. */
function useNames({ project, choices }: Asked, wanted: boolean): ReadonlyMap<string, string> {
  const filter = runFilter(choices);
  const { data } = useLoad(wanted ? JSON.stringify([project, filter]) : null, (signal) =>
    api.get<CellsPage>(
      path`/projects/${project}/runs`,
      { columns: "name", filter, limit: kNamesMost },
      { signal },
    ),
  );
  return useMemo(
    () => new Map(data?.runs.map(({ id, cells }) => [`${project}/${id}`, String(cells[0])])),
    [data],
  );
}

interface NameProps {
  name: string | null;
  by: By;
  names: ReadonlyMap<string, string>;
}

function Name({ name, by, names }: NameProps) {
  if (name === null) return <span class="faint">not said</span>;
  if (by !== "run" && by !== "project") return <>{name}</>;
  const at = name.lastIndexOf("/");
  const href =
    by === "run"
      ? hrefOf({ page: "run", project: name.slice(0, at), run: name.slice(at + 1) })
      : hrefOf({ page: "footprint", project: name });
  return (
    <a class="link" href={href}>
      {names.get(name) ?? name}
    </a>
  );
}

function Cells({ footprint, share }: { footprint: Footprint | null; share: number }) {
  if (!footprint)
    return (
      <>
        <td class="number soft">unknown</td>
        <td />
        <td />
        <td class="number soft">–</td>
        <td class="number soft">–</td>
      </>
    );
  const { energy_kwh, it_kwh, carbon_kg, money } = footprint;
  return (
    <>
      <Ranged amount={energyOf(energy_kwh)} />
      <td>
        <div class="footprint-share" data-tip={printShare(share)}>
          <i style={{ width: `${share * 100}%` }} />
        </div>
      </td>
      <td>
        <MethodBadge method={it_kwh.method} />
      </td>
      {carbon_kg ? <Ranged amount={carbonOf(carbon_kg)} /> : <td class="number soft">–</td>}
      {money ? <Ranged amount={moneyOf(money, money.currency)} /> : <td class="number soft">–</td>}
    </>
  );
}

function Ranged({ amount }: { amount: ReturnType<typeof energyOf> }) {
  const tip = amount.range && `${amount.range} ${amount.unit}`;
  return (
    <td class="number">
      <span data-tip={tip || undefined}>{print(amount)}</span>
    </td>
  );
}
