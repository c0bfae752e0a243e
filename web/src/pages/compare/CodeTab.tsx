// The code of two runs: their commits, and what differs between what was changed in the checkouts.
import { useMemo } from "preact/hooks";
import type { RunDetail } from "../../api/types";
import { formatCount } from "../../format";
import { query } from "../../state/url";
import { DiffView, HunksView } from "../../text/DiffView";
import { parseDiff, type FileDiff } from "../../text/diff";
import { Copy, Empty, Failure, Loading } from "../../ui";
import { readBlobText } from "../run/blob";
import { useLoad } from "../../state/load";
import { gitOf, remoteUrl, type GitFacts } from "../run/nouns";
import { compareCode, type CodeFile } from "./code";
import { Sources } from "./Sources";

export function CodeTab({ runs }: { runs: RunDetail[] }) {
  const from = query("from", "");
  const to = query("to", "");
  const one = runs.find((run) => run.id === from.value) ?? runs[0];
  const other =
    runs.find((run) => run.id === to.value && run !== one) ?? runs.find((run) => run !== one);
  if (!one || !other) return null;
  const choice = (label: string, run: RunDetail, set: (id: string) => void) => (
    <label>
      {label}
      <select class="input" value={run.id} onChange={(event) => set(event.currentTarget.value)}>
        {runs.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="code">
      {runs.length > 2 && (
        <div class="code-choice">
          {choice("From", one, (id) => (from.value = id))}
          {choice("to", other, (id) => (to.value = id))}
        </div>
      )}
      <TwoCodes key={`${one.id} ${other.id}`} one={one} other={other} />
      <Sources one={one} other={other} />
    </div>
  );
}

function TwoCodes({ one, other }: { one: RunDetail; other: RunDetail }) {
  const gits = [gitOf(one), gitOf(other)] as const;
  const { data, error, reload } = useLoad(
    `${gits[0]?.diff ?? ""} ${gits[1]?.diff ?? ""}`,
    (signal) => Promise.all(gits.map((git) => (git?.diff ? readBlobText(git.diff, signal) : ""))),
  );
  const changes = useMemo(() => data?.map(parseDiff), [data]);
  if (!gits[0] || !gits[1]) return <NoGit one={one} other={other} />;
  if (error !== undefined) return <Failure error={error} onRetry={reload} />;
  if (!changes) return <Loading />;
  const [before = [], after = []] = changes;
  return (
    <>
      <Commits one={one} other={other} gits={[gits[0], gits[1]]} />
      {gits[0].commit === gits[1].commit ? (
        <OneCommit before={before} after={after} />
      ) : (
        <>
          <Uncommitted run={one} files={before} />
          <Uncommitted run={other} files={after} />
        </>
      )}
    </>
  );
}

function NoGit({ one, other }: { one: RunDetail; other: RunDetail }) {
  const without = [one, other].filter((run) => !gitOf(run)).map((run) => run.name);
  return (
    <Empty
      icon="folder"
      title={`No git checkout was found for ${without.join(" and ")}`}
      command="git init && git add -A && git commit -m first"
    >
      A run that begins inside a checkout records its commit and what was changed since. Make one:
    </Empty>
  );
}

interface CommitsProps {
  one: RunDetail;
  other: RunDetail;
  gits: [GitFacts, GitFacts];
}

function Commits({ one, other, gits }: CommitsProps) {
  const [a, b] = gits;
  const web = remoteUrl(a.remote);
  const same = a.commit === b.commit;
  const command = `git diff ${a.commit.slice(0, 12)} ${b.commit.slice(0, 12)}`;
  return (
    <section class="commits">
      {[[one, a] as const, [other, b] as const].map(([run, git]) => (
        <p key={run.id}>
          <strong>{run.name}</strong>
          <code>{git.commit.slice(0, 12) || "no commit"}</code>
          {git.branch && <span class="soft">on {git.branch}</span>}
          {git.dirty && <span class="chip warn">changed</span>}
        </p>
      ))}
      {same ? (
        <p class="soft">
          The same commit. Below: what differs in the files that were changed since.
        </p>
      ) : (
        <p>
          <span class="soft">Different commits.</span> <code>{command}</code>{" "}
          <Copy text={command} />
          {web && web === remoteUrl(b.remote) && (
            <a
              class="link"
              href={`${web}/compare/${a.commit}...${b.commit}`}
              target="_blank"
              rel="noopener noreferrer"
            >
              Compare on {new URL(web).host}
            </a>
          )}
        </p>
      )}
      {(a.truncated || b.truncated) && (
        <p class="notice warn">
          A diff was longer than what is kept: what follows is not complete.
        </p>
      )}
    </section>
  );
}

function OneCommit({ before, after }: { before: FileDiff[]; after: FileDiff[] }) {
  const files = useMemo(() => compareCode(before, after), [before, after]);
  const different = files.filter((file) => file.kind !== "same");
  const same = files.length - different.length;
  return (
    <>
      {!different.length && (
        <Empty icon="check" title="The same code">
          {same > 0
            ? `Both runs changed ${formatCount(same, "file")} since the commit, in the same way.`
            : "Neither run changed anything since the commit."}
        </Empty>
      )}
      <div class="diff">
        {different.map((file) => (
          <CodeFileView key={file.path} file={file} />
        ))}
      </div>
      {different.length > 0 && same > 0 && (
        <p class="soft code-same">
          {formatCount(same, "more changed file")} {same === 1 ? "is" : "are"} the same in both.
        </p>
      )}
    </>
  );
}

function CodeFileView({ file }: { file: CodeFile }) {
  return (
    <section class="diff-file">
      <div class="diff-head">
        <span class="diff-name">{file.path}</span>
        {file.added > 0 && <span class="diff-added">+{file.added}</span>}
        {file.removed > 0 && <span class="diff-removed">−{file.removed}</span>}
      </div>
      {file.kind === "binary" ? (
        <p class="diff-none">A binary file: whether it differs cannot be told.</p>
      ) : (
        <HunksView hunks={file.hunks} />
      )}
    </section>
  );
}

function Uncommitted({ run, files }: { run: RunDetail; files: FileDiff[] }) {
  return (
    <section class="part">
      <header class="part-head">
        <h2>
          Changed in {run.name} since its commit <small>{files.length}</small>
        </h2>
      </header>
      {files.length ? <DiffView files={files} /> : <p class="soft">Nothing.</p>}
    </section>
  );
}
