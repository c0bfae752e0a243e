// The code that both runs kept with log_code(), file by file, compared when it is opened.
import { useMemo, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { RunDetail } from "../../api/types";
import { formatCount } from "../../format";
import { HunksView } from "../../text/DiffView";
import { diffLines, makeHunks, type Hunk } from "../../text/diff";
import { Failure, Fold, Loading } from "../../ui";
import { readBlobText } from "../run/blob";
import { runPath } from "../run/change";
import { useLoad } from "../../state/load";
import type { ArtifactFile, Manifest } from "../run/nouns";

interface Pair {
  path: string;
  before: ArtifactFile | undefined;
  after: ArtifactFile | undefined;
}

export function Sources({ one, other }: { one: RunDetail; other: RunDetail }) {
  const { data } = useLoad(`sources ${one.id} ${other.id}`, (signal) =>
    Promise.all([one, other].map((run) => codeOf(run, signal))),
  );
  const [before, after] = data ?? [];
  if (!before || !after) return null; // nothing to say where one of them kept no code
  const pairs = pairFiles(before, after);
  const different = pairs.filter((pair) => pair.before?.sha256 !== pair.after?.sha256);
  return (
    <section class="part">
      <header class="part-head">
        <h2>
          Code that was kept <small>{different.length}</small>
        </h2>
      </header>
      {different.length === 0 && (
        <p class="soft">All {formatCount(pairs.length, "file")} are the same in both runs.</p>
      )}
      <div class="diff">
        {different.map((pair) => (
          <PairView key={pair.path} pair={pair} />
        ))}
      </div>
    </section>
  );
}

async function codeOf(run: RunDetail, signal: AbortSignal): Promise<ArtifactFile[] | undefined> {
  const { artifacts } = await api.get<{ artifacts: Manifest[] }>(
    `${runPath(run)}/artifacts`,
    {},
    { signal },
  );
  return artifacts.filter((manifest) => manifest.type === "code").pop()?.files;
}

function pairFiles(before: ArtifactFile[], after: ArtifactFile[]): Pair[] {
  const first = new Map(before.map((file) => [file.path, file]));
  const second = new Map(after.map((file) => [file.path, file]));
  const paths = [...new Set([...first.keys(), ...second.keys()])].sort();
  return paths.map((path) => ({ path, before: first.get(path), after: second.get(path) }));
}

function PairView({ pair }: { pair: Pair }) {
  const [open, setOpen] = useState(false);
  const kind = !pair.before ? "added" : !pair.after ? "deleted" : "";
  return (
    <section class="diff-file">
      <Fold open={open} onTurn={setOpen} class="diff-head">
        <span class="diff-name">{pair.path}</span>
        {kind && <span class="diff-kind">{kind}</span>}
      </Fold>
      {open && <PairDiff pair={pair} />}
    </section>
  );
}

const kTextBytesMax = 2 * 1024 * 1024;

function PairDiff({ pair }: { pair: Pair }) {
  const { data, error, reload } = useLoad(pair.path, (signal) =>
    Promise.all(
      [pair.before, pair.after].map((file) =>
        file?.sha256 ? readBlobText(file.sha256, signal, kTextBytesMax) : "",
      ),
    ),
  );
  const hunks = useMemo(() => (data ? hunksOf(data[0] ?? "", data[1] ?? "") : []), [data]);
  if (error !== undefined) return <Failure error={error} onRetry={reload} />;
  return data ? <HunksView hunks={hunks} /> : <Loading />;
}

function hunksOf(before: string, after: string): Hunk[] {
  const lines = (text: string) => (text ? text.replace(/\n$/, "").split("\n") : []);
  return makeHunks(diffLines(lines(before), lines(after)));
}
