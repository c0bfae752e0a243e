// Config, results and facts of the runs as one wide table; at first only where they differ.
import { useMemo, useState } from "preact/hooks";
import type { RunDetail, Value } from "../../api/types";
import { runColor } from "../../color";
import { formatNumber } from "../../format";
import { query } from "../../state/url";
import { printValue, sameValue } from "../../text/tree";
import { Button, Fold, useCommands } from "../../ui";
import { FindBox, findText } from "../run/FindBox";
import { changeOf, sectionsOf, type Row, type Section } from "./differences";

const kFew = 4; // so many runs have room for wide columns

export function Values({ runs }: { runs: RunDetail[] }) {
  const only = query("diff", true);
  const text = findText();
  const sections = useMemo(() => sectionsOf(runs), [runs]);
  useCommands([
    {
      label: "Only what differs",
      keys: "d",
      group: "Compare",
      run: () => (only.value = !only.value),
    },
  ]);
  return (
    <div class="values">
      <div class="values-bar">
        <FindBox label="Search names and values" />
        <Button
          small
          label="Only what differs  D"
          pressed={only.value}
          icon="filter"
          onClick={() => (only.value = !only.value)}
        >
          Only differences
        </Button>
      </div>
      <div class="values-scroll" tabIndex={0} role="region" aria-label="Values of the runs">
        <table class={`values-table ${runs.length <= kFew ? "few" : ""}`}>
          <thead>
            <tr>
              <th class="values-name" />
              {runs.map((run, index) => (
                <th key={run.id} scope="col">
                  <span class="run-dot" style={{ background: runColor(run.id) }} />
                  <span class="values-run" title={run.name}>
                    {run.name}
                  </span>
                  {index === 0 && <span class="chip">first</span>}
                </th>
              ))}
              <th class="values-rest" />
            </tr>
          </thead>
          {sections.map((section) => (
            <SectionRows
              key={section.id}
              section={section}
              only={only.value}
              text={text.value}
              width={runs.length + 2}
            />
          ))}
        </table>
      </div>
    </div>
  );
}

interface SectionRowsProps {
  section: Section;
  only: boolean;
  text: string;
  width: number;
}

const kRowsMax = 200;

function SectionRows({ section, only, text, width }: SectionRowsProps) {
  const [open, setOpen] = useState(true);
  const [most, setMost] = useState(kRowsMax);
  const wanted = text.trim().toLowerCase();
  const fits = ({ name, values }: Row) =>
    !wanted ||
    name.toLowerCase().includes(wanted) ||
    values.some((value) => printValue(value).toLowerCase().includes(wanted));
  const fitting = section.rows.filter(fits);
  const rows = only ? fitting.filter((row) => !row.same) : fitting;
  const same = fitting.filter((row) => row.same).length;
  if (wanted && !fitting.length) return null;
  return (
    <tbody>
      <tr class="values-section">
        <th colSpan={width} scope="rowgroup">
          <Fold open={open} onTurn={setOpen}>
            {section.title}
          </Fold>
          <small>
            {fitting.length - same > 0 && `${fitting.length - same} differ`}
            {fitting.length - same > 0 && same > 0 && ", "}
            {same > 0 && `${same} the same`}
          </small>
        </th>
      </tr>
      {open &&
        rows
          .slice(0, most)
          .map((row) => <ValueRow key={row.name} row={row} changes={section.changes} />)}
      {open && rows.length > most && (
        <tr>
          <td colSpan={width}>
            <button type="button" class="link" onClick={() => setMost(most * 5)}>
              Show more of {rows.length}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function ValueRow({ row, changes }: { row: Row; changes: boolean }) {
  const [base] = row.values;
  return (
    <tr class={row.same ? "same" : ""}>
      <th class="values-name" scope="row" title={row.name}>
        {row.name}
      </th>
      {row.values.map((value, index) => (
        <td key={index} class={index > 0 && !sameValue(value, base) ? "other" : ""}>
          <ValueText value={value} />
          {changes && index > 0 && <ChangeText value={value} base={base} />}
        </td>
      ))}
      <td class="values-rest" />
    </tr>
  );
}

function ValueText({ value }: { value: Value | undefined }) {
  if (value === undefined)
    return (
      <span class="faint" data-tip="The run has no such value">
        –
      </span>
    );
  if (typeof value === "number") return <span title={String(value)}>{formatNumber(value, 6)}</span>;
  const text = value === "" ? "“”" : printValue(value);
  return (
    <span class="values-text" title={text.length > 24 ? text : undefined}>
      {text}
    </span>
  );
}

function ChangeText({ value, base }: { value: Value | undefined; base: Value | undefined }) {
  const change = changeOf(value, base);
  return change ? <small class="change">{change.text}</small> : null;
}
