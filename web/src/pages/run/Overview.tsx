// What one wants to know of a run at first: how it ended, notes, results, config, where it ran.
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { RunKey, Tree, Value } from "../../api/types";
import { formatCount, formatNumber } from "../../format";
import { AnsiText } from "../../text/AnsiText";
import { MarkdownView } from "../../text/MarkdownView";
import { printValue } from "../../text/tree";
import { ValueTree } from "../../text/ValueTree";
import { query } from "../../state/url";
import { Button, Copy, Icon, SearchBox, useCommands } from "../../ui";
import { may_write } from "../Login";
import type { TabProps } from ".";
import { changeRun, runPath } from "./change";
import { Changes } from "./Changes";
import { FactList } from "./FactList";
import { FootprintCard, isDerived } from "./FootprintCard";
import { useRelatives } from "./identity/load";
import { countRelatives } from "./identity/recall";
import { Reused } from "./identity/Reused";
import { useLoad, useSlow } from "../../state/load";
import { textOf, type Media } from "./nouns";
import "./overview.css";

// While a run goes on, its extremes and alerts are asked for again at most this often.
const kAgainAfter_ms = 4000;

export function Overview(props: TabProps) {
  const { run } = props;
  const { data: kin, error } = useRelatives(run, "recall" in run.meta);
  return (
    <div class="overview">
      <div class="overview-main">
        <Reused run={run} name={kin?.source?.name} />
        <Ending {...props} />
        <Losses {...props} />
        <Alerts {...props} />
        <Notes {...props} />
        <Summary {...props} />
        <FootprintCard run={run} />
        <Config tree={run.config} />
        <Changes run={run} />
      </div>
      <aside class="overview-side">
        <FactList
          {...props}
          relatives={kin ? countRelatives(kin.relatives) : error ? "unknown" : undefined}
        />
      </aside>
    </div>
  );
}

// --- how it ended

interface Lines {
  lines: { number: number; stream: string; text: string }[];
  count: number;
}

const kLastLines = 12;

/** A run that failed or crashed shows why, without a click. */
function Ending({ run }: TabProps) {
  const bad = run.state === "failed" || run.state === "crashed";
  const to = `${runPath(run)}/console`;
  const { data } = useLoad(bad ? to : null, (signal) =>
    api.get<Lines>(to, { tail: kLastLines }, { signal }),
  );
  if (!bad) return null;
  const reason = textOf(run.meta["end_reason"]);
  const said = data?.lines ?? [];
  return (
    <section class="ending" role="alert">
      <h2>
        <Icon name="warning" />
        {run.state === "crashed"
          ? "Crashed: it ended without a word"
          : `Failed${exitText(run.exit_code)}`}
      </h2>
      {reason && <p class="ending-reason">{reason}</p>}
      {said.length > 0 && (
        <pre class="ending-lines">
          {said.map((line) => (
            <div key={line.number} class={line.stream}>
              <AnsiText text={line.text} />
            </div>
          ))}
        </pre>
      )}
      <footer>
        {data && data.count === 0 && <span>It wrote nothing to its console.</span>}
        {run.state === "crashed" && (
          <span>
            Killed, out of memory, or the machine went down; all points up to then are kept.
          </span>
        )}
        {data && data.count > 0 && (
          <button
            type="button"
            class="link"
            onClick={() => (query<string>("tab", "overview").value = "console")}
          >
            Whole console, {formatCount(data.count, "line")}
          </button>
        )}
      </footer>
    </section>
  );
}

function exitText(code: number | null): string {
  return code === null || code === 0 ? "" : ` with exit code ${code}`;
}

/** What could not be kept is said, never hidden. */
function Losses({ run }: TabProps) {
  const kinds = Object.entries(run.losses);
  if (!run.lost && !kinds.length) return null;
  const told = kinds.map(([kind, count]) => `${formatNumber(Number(count))} ${kind}`).join(", ");
  return (
    <section class="notice warn">
      <Icon name="warning" />
      <div>
        <strong>Not everything could be kept:</strong> {told || formatCount(run.lost, "item")}.{" "}
        <span class="soft">What is shown is complete but for that; the run's stderr said why.</span>
      </div>
    </section>
  );
}

function Alerts({ run }: TabProps) {
  const to = `${runPath(run)}/records`;
  const { data } = useLoad(
    to,
    (signal) => api.get<{ records: Media[] }>(to, { type: "alert" }, { signal }),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
  const alerts = data?.records ?? [];
  if (!alerts.length) return null;
  return (
    <>
      {alerts.slice(-5).map(({ record, step }, index) => (
        <section key={index} class={`notice ${textOf(record["level"]) === "INFO" ? "" : "warn"}`}>
          <Icon name="flag" />
          <div>
            <strong>{textOf(record["title"])}</strong> {textOf(record["text"])}{" "}
            <span class="soft">at step {formatNumber(step)}</span>
          </div>
        </section>
      ))}
    </>
  );
}

// --- notes

function Notes({ run, onChange }: TabProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const begin = () => setDraft(run.notes);
  const edits = may_write.value;
  useCommands(edits ? [{ label: "Edit notes", keys: "e", group: "Run", run: begin }] : []);
  const save = async () => {
    if (draft === null) return;
    setSaving(true);
    const done =
      draft === run.notes || (await changeRun(run, { notes: draft }, onChange, "Notes saved"));
    setSaving(false);
    if (done) setDraft(null);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) void save();
    if (event.key === "Escape" && draft === run.notes) setDraft(null); // what was typed stays
  };
  return (
    <section class="part">
      <header class="part-head">
        <h2>Notes</h2>
        {draft === null && run.notes && edits && (
          <Button icon="edit" label="Edit notes  E" small onClick={begin} />
        )}
      </header>
      {draft !== null ? (
        <div class="notes-edit">
          <textarea
            class="input"
            aria-label="Notes in Markdown"
            rows={Math.min(24, Math.max(6, draft.split("\n").length + 1))}
            value={draft}
            ref={(area) => {
              if (area && !area.contains(document.activeElement)) area.focus();
            }}
            onInput={(event) => setDraft(event.currentTarget.value)}
            onKeyDown={key}
          />
          <footer>
            <span class="soft">Markdown: headings, lists, tables, code, links</span>
            <Button kind="plain" onClick={() => setDraft(null)}>
              Cancel
            </Button>
            <Button kind="primary" disabled={saving} onClick={() => void save()}>
              Save
            </Button>
          </footer>
        </div>
      ) : run.notes ? (
        <MarkdownView text={run.notes} />
      ) : edits ? (
        <button type="button" class="notes-none" onClick={begin}>
          Add a note: what is this run for, what did you see?
        </button>
      ) : (
        <p class="soft">None.</p>
      )}
    </section>
  );
}

// --- summary and config

interface Result {
  name: string;
  value: Value;
  series: RunKey | undefined;
}

const kResultsShown = 40;

/** What it came to: the last value of each series or what was set, with the extremes beside it. */
function Summary({ run }: TabProps) {
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const to = `${runPath(run)}/keys`;
  const { data } = useLoad(
    to,
    (signal) => api.get<{ keys: RunKey[] }>(to, {}, { signal }),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
  const keys = new Map((data?.keys ?? []).map((key) => [key.key, key]));
  const results = Object.entries(run.summary)
    .filter(([name, value]) => !isDerived(name, value))
    .map(([name, value]): Result => ({ name, value, series: keys.get(name) }));
  const fitting = results.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  const shown = all ? fitting : fitting.slice(0, kResultsShown);
  return (
    <section class="part">
      <header class="part-head">
        <h2>
          Summary <small>{results.length || ""}</small>
        </h2>
        {results.length > 8 && (
          <SearchBox
            value={text}
            onInput={setText}
            label="Search the summary"
            placeholder="Search"
            class="part-search"
          />
        )}
        {results.length > 0 && (
          <Copy text={JSON.stringify(run.summary, null, 2)} label="Copy as JSON" />
        )}
      </header>
      {results.length === 0 ? (
        <p class="soft">
          Nothing yet. Log numbers with <code>{'run.log({"loss": loss})'}</code>: their last values
          appear here, and what you set with <code>run.summary["best"] = …</code>
        </p>
      ) : (
        <div class="result-box">
          <table class="results">
            <thead>
              <tr>
                <th>key</th>
                <th class="number">last</th>
                <th class="number">min</th>
                <th class="number">max</th>
                <th class="number">points</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((result) => (
                <ResultRow key={result.name} {...result} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {fitting.length > shown.length && (
        <button type="button" class="link" onClick={() => setAll(true)}>
          Show all {fitting.length}
        </button>
      )}
    </section>
  );
}

function ResultRow({ name, value, series }: Result) {
  return (
    <tr>
      <td class="result-name" title={name}>
        {name}
      </td>
      <td class="number" title={printValue(value)}>
        {typeof value === "number" ? formatNumber(value) : printValue(value)}
      </td>
      {series ? (
        <>
          <Extreme value={series.min} step={series.min_step} />
          <Extreme value={series.max} step={series.max_step} />
          <td class="number soft">
            {formatNumber(series.count)}
            {series.nan_count > 0 && (
              <span class="bad"> · {formatNumber(series.nan_count)} NaN</span>
            )}
          </td>
        </>
      ) : (
        <td colSpan={3} />
      )}
    </tr>
  );
}

function Extreme({ value, step }: { value: number; step: number }) {
  return (
    <td class="number soft">
      <span data-tip={`at step ${formatNumber(step)}`}>{formatNumber(value)}</span>
    </td>
  );
}

function Config({ tree }: { tree: Tree }) {
  const [text, setText] = useState("");
  const count = Object.keys(tree).length;
  return (
    <section class="part">
      <header class="part-head">
        <h2>
          Config <small>{count || ""}</small>
        </h2>
        {count > 0 && (
          <>
            <SearchBox
              value={text}
              onInput={setText}
              label="Search the config"
              placeholder="Search names and values"
              class="part-search"
            />
            <Copy text={JSON.stringify(tree, null, 2)} label="Copy as JSON" />
          </>
        )}
      </header>
      {count > 0 ? (
        <ValueTree tree={tree} label="Config" query={text} />
      ) : (
        <p class="soft">
          No config. Pass one: <code>cairn.init(project="…", config=args)</code>
        </p>
      )}
    </section>
  );
}
