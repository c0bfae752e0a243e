// What identifies a run: its program and keys, its relatives, and all that it read and wrote.
import type { ComponentChildren } from "preact";
import type { Tree } from "../../../api/types";
import { formatBytes, formatNumber } from "../../../format";
import { Copy, Empty, Failure, Loading } from "../../../ui";
import type { TabProps } from "..";
import { readBlobJson } from "../blob";
import { FindBox, findText } from "../FindBox";
import { useLoad } from "../../../state/load";
import { quoteForShell, textOf, textsOf, treeOf } from "../nouns";
import { useRelatives } from "./load";
import { fits, NameRows } from "./NameRows";
import { allRelatives, listsOf, type ItemList } from "./recall";
import { RelativeTable } from "./RelativeTable";
import { Reused } from "./Reused";
import "./identity.css";

export function Identity({ run }: TabProps) {
  const recall = treeOf(run.meta["recall"]);
  const kin = useRelatives(run);
  const relatives = kin.data ? allRelatives(kin.data) : [];
  if (!("recall" in run.meta) && !relatives.length)
    return kin.loading ? <Loading /> : <NotTraced />;
  return (
    <div class="identity">
      <Reused run={run} name={kin.data?.source?.name} />
      <Keys recall={recall} />
      {kin.data ? (
        <RelativeTable run={run} relatives={relatives} />
      ) : kin.error !== undefined ? (
        <Failure error={kin.error} onRetry={kin.reload} />
      ) : (
        <Loading />
      )}
      <Manifest sha256={textOf(recall["manifest"])} />
    </div>
  );
}

function NotTraced() {
  return (
    <Empty icon="key" title="Not traced" command="cairn run -- python train.py">
      What this run read was not recorded, so nobody can tell whether it was run before. Started
      like this, the code, data, variables and packages that it uses appear here, and the runs that
      are its relatives:
    </Empty>
  );
}

// --- keys

const kKeys: [string, string, string][] = [
  ["P", "Plan", "Program and settings: known before it runs"],
  ["F", "Experiment", "The plan, and the code, data and variables that it read"],
  ["F0", "Any budget", "The experiment, however long"],
  ["R", "Replicate", "The experiment with its seed"],
  ["X", "Exact", "The replicate, with how it was run and the versions of packages"],
  ["C", "Code", "The program alone"],
];
const kDigitsShown = 8;

function Keys({ recall }: { recall: Tree }) {
  const entry = textOf(recall["entry"]);
  const own = treeOf(recall["program"]);
  return (
    <section class="part">
      <header class="part-head">
        <h2>{entry ? "Program" : "Keys"}</h2>
        {entry && <code>{entry}</code>}
      </header>
      {recall["sealed"] === true && (
        <Told kind="good" word="sealed">
          All that it read was seen: its result may be reused.
        </Told>
      )}
      {recall["sealed"] === false && (
        <Told kind="warn" word="not sealed">
          It is not reused by itself:{" "}
          {textOf(recall["unsealed"]) || "not all that it read was seen"}.
        </Told>
      )}
      <Asked recall={recall} />
      <KeyRow keys={recall} />
      {"F" in own && own["F"] !== recall["F"] && (
        <>
          <p class="soft">And by the configuration that it logged itself:</p>
          <KeyRow keys={own} />
        </>
      )}
    </section>
  );
}

/** What recall found before the run began, and what became of an audit. */
function Asked({ recall }: { recall: Tree }) {
  const { level, reason } = treeOf(recall["decision"]);
  const audited = textOf(recall["audit_of"]);
  return (
    <>
      {textOf(level) && (
        <Told word="looked up">
          Before it ran: {textOf(level)}
          {textOf(reason) && `, ${textOf(reason)}`}.
        </Told>
      )}
      {audited && (
        <Told kind={recall["same"] === true ? "good" : "warn"} word="audit">
          Run again to check {audited}: its result{" "}
          {recall["same"] === true ? "is the same" : "is another"}.
        </Told>
      )}
    </>
  );
}

interface ToldProps {
  kind?: "good" | "warn";
  word: string;
  children: ComponentChildren;
}

function Told({ kind, word, children }: ToldProps) {
  return (
    <p class="soft told">
      <span class={`chip ${kind ?? ""}`}>{word}</span> {children}
    </p>
  );
}

function KeyRow({ keys }: { keys: Tree }) {
  return (
    <dl class="keys">
      {kKeys.map(([letter, name, about]) => {
        const key = textOf(keys[letter]);
        return (
          key && (
            <div key={letter} data-tip={about}>
              <dt>
                <b>{letter}</b> {name}
              </dt>
              <dd>
                <code>{key.slice(0, kDigitsShown)}</code>
                <Copy text={`${letter}:${key}`} label={`Copy ${letter}`} />
              </dd>
            </div>
          )
        );
      })}
    </dl>
  );
}

// --- what it read and wrote

function Manifest({ sha256 }: { sha256: string }) {
  const text = findText();
  const { data, error, reload } = useLoad(sha256 || null, async (signal) =>
    treeOf((await readBlobJson(sha256, signal)) as Tree),
  );
  if (!sha256) return null;
  if (error !== undefined) return <Failure error={error} onRetry={reload} />;
  if (!data) return <Loading />;
  const record = treeOf(data["record"]);
  const lists = listsOf(record);
  return (
    <section class="part">
      <header class="part-head">
        <h2>What it used and made</h2>
        <FindBox label="Search files, variables, packages" />
      </header>
      <Started manifest={data} python={textOf(record["python"])} />
      <div class="lists">
        {lists.map((list) => (
          <ListView key={list.title} list={list} text={text.value} />
        ))}
      </div>
    </section>
  );
}

function Started({ manifest, python }: { manifest: Tree; python: string }) {
  const command = textsOf(manifest["argv"]).map(quoteForShell).join(" ");
  const folder = textOf(manifest["folder"]);
  return (
    <p class="soft started">
      <code>{command}</code>
      {folder && folder !== "." && ` in ${folder}`}
      {python && `, with Python ${python}`}
    </p>
  );
}

const kFew = 10;

function ListView({ list, text }: { list: ItemList; text: string }) {
  const { title, items, bytes } = list;
  const fitting = items.filter((item) => fits(item, text));
  if (!fitting.length) return null;
  const plain = fitting.map(({ name, detail }) => `${name}\t${detail}`.trim()).join("\n");
  return (
    <section class="facts" aria-label={title}>
      <h2>
        <span>
          {title}{" "}
          <small>
            {formatNumber(fitting.length)}
            {bytes > 0 && ` · ${formatBytes(bytes)}`}
          </small>
        </span>
        <Copy text={plain} label={`Copy ${title.toLowerCase()}`} />
      </h2>
      <NameRows items={fitting} few={kFew} />
    </section>
  );
}
