// One artifact: its versions, and of one of them the aliases, metadata, files and users.
import { api, path } from "../../../api/client";
import type { RunDetail } from "../../../api/types";
import { formatAgo, formatBytes, formatCount, formatTime } from "../../../format";
import { hrefOf } from "../../../state/url";
import { ValueTree } from "../../../text/ValueTree";
import { Copy, toast, toastError } from "../../../ui";
import { FileTable } from "../FileTable";
import type { ArtifactDetail, ArtifactVersion } from "../nouns";
import { TagList } from "../TagList";

export interface ArtifactViewProps {
  run: RunDetail;
  detail: ArtifactDetail;
  version: string;
  names: Map<string, string>;
  onVersion: (version: string) => void;
  /** Something was changed on the server. */
  onChange: () => void;
}

export function ArtifactView({
  run,
  detail,
  version,
  names,
  onVersion,
  onChange,
}: ArtifactViewProps) {
  const newest = [...detail.versions].sort((one, other) => numberOf(other) - numberOf(one));
  const shown = newest.find((known) => known.version === version) ?? newest[0];
  if (!shown) return null;
  return (
    <div class="artifact">
      <nav class="versions" aria-label={`Versions of ${detail.name}`}>
        <h3>{formatCount(newest.length, "version")}</h3>
        {newest.map((known) => (
          <button
            key={known.version}
            type="button"
            class={known === shown ? "chosen" : ""}
            aria-current={known === shown}
            onClick={() => onVersion(known.version)}
          >
            <span class="version-name">{known.version}</span>
            {known.aliases.map((alias) => (
              <span key={alias} class="tag">
                {alias}
              </span>
            ))}
            <small>
              {known.created_ns > 0 ? formatAgo(known.created_ns) : formatBytes(known.bytes)}
            </small>
          </button>
        ))}
      </nav>
      <VersionView run={run} detail={detail} shown={shown} names={names} onChange={onChange} />
    </div>
  );
}

const numberOf = ({ version }: ArtifactVersion) => Number(version.slice(1));

interface VersionViewProps {
  run: RunDetail;
  detail: ArtifactDetail;
  shown: ArtifactVersion;
  names: Map<string, string>;
  onChange: () => void;
}

function VersionView({ run, detail, shown, names, onChange }: VersionViewProps) {
  const reference = `${detail.name}:${shown.version}`;
  const metadata = shown.metadata ?? {};
  const fields = Object.keys(metadata).length;
  const setAliases = (aliases: string[]) =>
    void changeAliases(run.project, reference, aliases).then(onChange, toastError);
  return (
    <article class="version">
      <header>
        <h2>{detail.name}</h2>
        <span class="chip">{detail.type}</span>
        <span class="soft">
          {shown.version}, {formatBytes(shown.bytes)}
          {shown.created_ns > 0 && (
            <span data-tip={formatTime(shown.created_ns)}>, {formatAgo(shown.created_ns)}</span>
          )}
        </span>
      </header>
      {shown.description && <p class="version-text">{shown.description}</p>}
      <dl class="version-facts">
        <dt>Aliases</dt>
        <dd>
          <TagList tags={shown.aliases} onChange={setAliases} what="alias" />
        </dd>
        <dt>Made by</dt>
        <dd>
          {shown.run ? (
            <RunLink project={run.project} id={shown.run} names={names} />
          ) : (
            <span class="faint">unknown</span>
          )}
        </dd>
        <dt>Used by</dt>
        <dd>
          {shown.used_by.map((id) => (
            <RunLink key={id} project={run.project} id={id} names={names} />
          ))}
          {shown.used_by.length === 0 && <span class="faint">no run yet</span>}
        </dd>
        <dt>Get it</dt>
        <dd class="version-get">
          <code>cairn artifact get {reference}</code>
          <Copy text={`cairn artifact get ${reference}`} />
        </dd>
      </dl>
      {fields > 0 && (
        <>
          <h3>
            Metadata <small>{fields}</small>
          </h3>
          <ValueTree tree={metadata} label="Metadata" />
        </>
      )}
      <h3>
        Files <small>{shown.files.length}</small>
      </h3>
      <FileTable files={shown.files} />
    </article>
  );
}

async function changeAliases(project: string, artifact: string, aliases: string[]): Promise<void> {
  await api.patch(path`/projects/${project}/artifacts/${artifact}`, { aliases });
  toast("Aliases saved");
}

function RunLink({
  project,
  id,
  names,
}: {
  project: string;
  id: string;
  names: Map<string, string>;
}) {
  return (
    <a class="link" href={hrefOf({ page: "run", project, run: id })}>
      {names.get(id) ?? id}
    </a>
  );
}
