// The facts beside the overview: identity, code, machine, environment, packages.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { RunDetail, Tree, Value } from "../../api/types";
import { formatBytes, formatCount, formatTime } from "../../format";
import { printValue } from "../../text/tree";
import { Copy, Fold, SearchBox } from "../../ui";
import type { TabProps } from ".";
import { changeRun } from "./change";
import { EditLine } from "./EditLine";
import { fits, NameRows } from "./identity/NameRows";
import { commandOf, gitOf, numberOf, remoteUrl, textOf, treeOf } from "./nouns";
import { TagList } from "./TagList";

export interface FactListProps extends TabProps {
  /** Who is related to the run, in words; undefined until that is known. */
  relatives: string | undefined;
}

export function FactList(props: FactListProps) {
  const { run } = props;
  return (
    <>
      <About {...props} />
      <Code run={run} />
      <Machine run={run} />
      <Names title="Environment" tree={treeOf(run.meta["environment"])} what="variable" />
      <Names title="Packages" tree={treeOf(run.meta["packages"])} what="package" />
      <Rest run={run} />
    </>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="facts">
      <h2>{title}</h2>
      <dl>{children}</dl>
    </section>
  );
}

interface FactProps {
  name: string;
  children: ComponentChildren;
  /** Offered to be copied. */
  copy?: string | undefined;
}

/** One fact; nothing at all where there is nothing to say. */
function Fact({ name, children, copy }: FactProps) {
  if (children === "" || children === undefined || children === null || children === false)
    return null;
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
      {copy && (
        <span class="fact-copy">
          <Copy text={copy} label={`Copy ${name.toLowerCase()}`} />
        </span>
      )}
    </div>
  );
}

function About({ run, onChange, relatives }: FactListProps) {
  const set = (name: "group" | "job_type") => (text: string) =>
    void changeRun(run, { [name]: text }, onChange, "Saved");
  return (
    <Section title="Run">
      <Fact name="Tags">
        <TagList
          tags={run.tags}
          onChange={(tags) => void changeRun(run, { tags }, onChange, "Tags saved")}
        />
      </Fact>
      <Fact name="Id" copy={run.id}>
        <code>{run.id}</code>
      </Fact>
      <Fact name="Created">{formatTime(run.created_ns)}</Fact>
      <Fact name="Ended">{run.ended_ns !== null && formatTime(run.ended_ns)}</Fact>
      <Fact name="Sessions">
        {run.sessions > 1 && `${run.sessions}, resumed ${formatCount(run.sessions - 1, "time")}`}
      </Fact>
      <Fact name="Group">
        <EditLine value={run.group} label="Change the group" onSave={set("group")} />
      </Fact>
      <Fact name="Job type">
        <EditLine value={run.job_type} label="Change the job type" onSave={set("job_type")} />
      </Fact>
      <Fact name="Relatives">
        {"recall" in run.meta && (
          <a class="link" href="?tab=identity">
            {relatives === undefined ? "…" : relatives || "none yet"}
          </a>
        )}
      </Fact>
    </Section>
  );
}

function Code({ run }: { run: RunDetail }) {
  const git = gitOf(run);
  const command = commandOf(run);
  if (!git && !command && !textOf(run.meta["entry"])) return null;
  const web = git && remoteUrl(git.remote);
  const commit = git?.commit.slice(0, 10);
  return (
    <Section title="Code">
      <Fact name="Command" copy={command}>
        {command && (
          <code class="clip" title={command}>
            {command}
          </code>
        )}
      </Fact>
      <Fact name="Folder" copy={textOf(run.meta["cwd"])}>
        {mono(textOf(run.meta["cwd"]))}
      </Fact>
      <Fact name="Commit" copy={git?.commit}>
        {git?.commit && (
          <>
            {web ? (
              <a
                class="link"
                href={`${web}/commit/${git.commit}`}
                target="_blank"
                rel="noopener noreferrer"
              >
                <code>{commit}</code>
              </a>
            ) : (
              <code>{commit}</code>
            )}
            {git.dirty && (
              <a class="chip warn" href="#changes" onClick={toChanges}>
                changed
              </a>
            )}
          </>
        )}
      </Fact>
      <Fact name="Branch">{mono(git?.branch)}</Fact>
      <Fact name="Remote" copy={git?.remote}>
        {web ? (
          <a class="link clip" href={web} target="_blank" rel="noopener noreferrer">
            {web.slice(8)}
          </a>
        ) : (
          mono(git?.remote)
        )}
      </Fact>
      <Fact name="Python">{pythonText(treeOf(run.meta["python"]))}</Fact>
    </Section>
  );
}

function toChanges(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("changes")?.scrollIntoView({ behavior: "smooth", block: "start" });
}

const mono = (text: string | undefined) =>
  text && (
    <code class="clip" title={text}>
      {text}
    </code>
  );

function pythonText(python: Tree): string {
  const implementation = textOf(python["implementation"]);
  const name = implementation && implementation !== "cpython" ? ` ${implementation}` : "";
  return textOf(python["version"]) + name;
}

function Machine({ run }: { run: RunDetail }) {
  const host = treeOf(run.meta["host"]);
  const cpu = treeOf(host["cpu"]);
  const memory = numberOf(host["memory_bytes"]);
  const limits = treeOf(host["cgroup"] ?? host["limits"]);
  const limit = numberOf(limits["memory_bytes"]);
  const container = treeOf(host["container"]);
  const job = treeOf(host["job"] ?? run.meta["job"] ?? run.meta["slurm"]);
  if (!Object.keys(host).length) return null;
  return (
    <Section title="Machine">
      <Fact name="Host">{textOf(host["hostname"])}</Fact>
      <Fact name="System">
        {[textOf(host["os"]), textOf(host["arch"])].filter(Boolean).join(", ")}
      </Fact>
      <Fact name="CPU">{cpuText(cpu)}</Fact>
      <Fact name="Memory">
        {memory !== undefined &&
          formatBytes(memory) + (limit ? `, limit ${formatBytes(limit)}` : "")}
      </Fact>
      <Fact name="GPU">{gpuText(run.meta["gpus"])}</Fact>
      <Fact name="Container">
        {[textOf(container["kind"]), textOf(container["image"])].filter(Boolean).join(" ")}
      </Fact>
      <Fact name="Job">{Object.keys(job).length > 0 && printValue(job)}</Fact>
    </Section>
  );
}

function cpuText(cpu: Tree): string {
  const threads = numberOf(cpu["threads"]);
  const usable = numberOf(cpu["usable_threads"]);
  const parts = [textOf(cpu["model"]), threads !== undefined && formatCount(threads, "thread")];
  if (usable !== undefined && usable !== threads) parts.push(`${usable} usable`);
  return parts.filter(Boolean).join(", ");
}

/** Equal devices are counted: "8 × NVIDIA H200, 141 GiB". */
function gpuText(gpus: Value | undefined): string {
  if (!Array.isArray(gpus)) return "";
  const counts = new Map<string, number>();
  for (const gpu of gpus.map(treeOf)) {
    const memory = numberOf(gpu["memory_bytes"]);
    const text = [textOf(gpu["name"]) || "GPU", memory !== undefined && formatBytes(memory)]
      .filter(Boolean)
      .join(", ");
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (count > 1 ? `${count} × ${text}` : text)).join("; ");
}

const kNamesShown = 500;

/** A long list of names and values that opens when it is wanted. */
function Names({ title, tree, what }: { title: string; tree: Tree; what: string }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const all = Object.entries(tree);
  if (!all.length) return null;
  const items = all.map(([name, value]) => ({ name, detail: printValue(value) }));
  const equals = what === "package" ? "==" : "=";
  const plain = items.map(({ name, detail }) => name + equals + detail).join("\n");
  return (
    <section class="facts">
      <h2>
        <Fold open={open} onTurn={setOpen}>
          {title} <small>{all.length}</small>
        </Fold>
        {open && <Copy text={plain} label={`Copy all ${what}s`} />}
      </h2>
      {open && (
        <>
          {all.length > 8 && (
            <SearchBox
              value={text}
              onInput={setText}
              label={`Search ${what}s`}
              placeholder={`Search ${what}s`}
            />
          )}
          <NameRows items={items.filter((item) => fits(item, text))} few={kNamesShown} />
        </>
      )}
    </section>
  );
}

// Members of meta that have a place above, or are no facts for a reader.
const kKnown = [
  "argv",
  "cwd",
  "pid",
  "entry",
  "host",
  "environment",
  "python",
  "git",
  "packages",
  "gpus",
  "used_artifacts",
  "end_reason",
  "job",
  "slurm",
  "recall",
  "energy",
  "place",
];

/** What somebody else captured: shown as it is rather than not at all. */
function Rest({ run }: { run: RunDetail }) {
  const rest = Object.entries(run.meta).filter(([name]) => !kKnown.includes(name));
  if (!rest.length) return null;
  return <Names title="Other facts" tree={Object.fromEntries(rest)} what="fact" />;
}
