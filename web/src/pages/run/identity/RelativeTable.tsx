// Runs that are related to this one: how, in what they differ, what they came to; chosen to compare.
import { useState } from "preact/hooks";
import type { Run, RunDetail } from "../../../api/types";
import { runColor } from "../../../color";
import { formatAgo, formatNumber, formatTime } from "../../../format";
import { go, hrefOf } from "../../../state/url";
import { Button } from "../../../ui";
import { StatePill } from "../RunHead";
import {
  mainMetrics,
  printSide,
  refOf,
  relationOf,
  type Difference,
  type Relative,
} from "./recall";

const kDifferencesShown = 3;

export function RelativeTable({ run, relatives }: { run: RunDetail; relatives: Relative[] }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const metrics = mainMetrics(run);
  const turn = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  const compare = () => go({ page: "compare", project: run.project, runs: [run.id, ...chosen] });
  return (
    <section class="part">
      <header class="part-head">
        <h2>
          Relatives <small>{relatives.length || ""}</small>
        </h2>
        {relatives.length > 0 && (
          <Button
            kind="plain"
            small
            icon="compare"
            label={chosen.length ? "" : "Choose runs below to compare this one with"}
            disabled={chosen.length === 0}
            onClick={compare}
          >
            {chosen.length ? `Compare ${chosen.length + 1} runs` : "Compare"}
          </Button>
        )}
      </header>
      {relatives.length === 0 ? (
        <p class="soft">
          None yet. Runs with another seed, other settings or a longer budget will stand here.
        </p>
      ) : (
        <div class="result-box">
          <table class="kin">
            <thead>
              <tr>
                <th />
                <th>run</th>
                <th>relation</th>
                <th>differences</th>
                {metrics.map((name) => (
                  <th key={name} class="number" title={name}>
                    {name}
                  </th>
                ))}
                <th>state</th>
                <th class="number">ended</th>
              </tr>
            </thead>
            <tbody>
              <Row run={run} metrics={metrics} />
              {relatives.map((relative) => (
                <Row
                  key={relative.relation + refOf(relative.run)}
                  run={relative.run}
                  relative={relative}
                  metrics={metrics}
                  foreign={relative.run.project !== run.project}
                  chosen={chosen.includes(relative.run.id)}
                  onTurn={turn}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface RowProps {
  run: Run;
  /** Absent in the row of the run itself, with which the others are compared. */
  relative?: Relative;
  metrics: string[];
  /** Of another project. */
  foreign?: boolean;
  chosen?: boolean;
  onTurn?: (id: string) => void;
}

function Row({ run, relative, metrics, foreign, chosen, onTurn }: RowProps) {
  const relation = relative && relationOf(relative.relation);
  const ended_ns = run.ended_ns ?? run.updated_ns;
  return (
    <tr class={relative ? "" : "here"}>
      <td>
        {relative && (
          <input
            type="checkbox"
            checked={chosen}
            disabled={foreign}
            title={foreign ? "Of another project: it cannot be compared here" : undefined}
            aria-label={`Choose ${run.name}`}
            onChange={() => onTurn?.(run.id)}
          />
        )}
      </td>
      <th scope="row">
        <span class="run-dot" style={{ background: runColor(run.id) }} />
        {relative ? (
          <a class="link" href={`${hrefOf({ page: "run", project: run.project, run: run.id })}`}>
            {foreign && `${run.project}/`}
            {run.name}
          </a>
        ) : (
          run.name
        )}
      </th>
      <td>
        {relation ? <span data-tip={relation.about}>{relation.word}</span> : <em>this run</em>}
      </td>
      <td>{relative && <Differences list={relative.differences} />}</td>
      {metrics.map((name) => (
        <td key={name} class="number">
          {printSide(run.summary[name])}
        </td>
      ))}
      <td>
        <StatePill run={run} />
      </td>
      <td class="number soft">
        <span data-tip={formatTime(ended_ns)}>{formatAgo(ended_ns)}</span>
      </td>
    </tr>
  );
}

function Differences({ list }: { list: Difference[] }) {
  if (list.length === 0) return <span class="faint">–</span>;
  const text = ({ name, before, after }: Difference) =>
    `${name}: ${printSide(before)} → ${printSide(after)}`;
  const more = list.slice(kDifferencesShown);
  return (
    <>
      {list.slice(0, kDifferencesShown).map((each) => (
        <span key={each.name} class="chip" title={text(each)}>
          {text(each)}
        </span>
      ))}
      {more.length > 0 && (
        <span class="soft" data-tip={more.map(text).join("\n")}>
          {formatNumber(more.length)} more
        </span>
      )}
    </>
  );
}
