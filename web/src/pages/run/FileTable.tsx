// Files of a run or an artifact: a list to search, look into and download from.
import { useState } from "preact/hooks";
import { formatBytes, formatCount } from "../../format";
import { safeHref } from "../../text/markdown";
import { Dialog, Failure, Loading, SearchBox } from "../../ui";
import { blobUrl, readBlobText } from "./blob";
import { useLoad } from "../../state/load";
import type { ArtifactFile } from "./nouns";
import "./files.css";

const kShown = 200;
const kLookBytesMax = 1024 * 1024;
const kPicture = /\.(png|jpe?g|gif|webp|bmp|avif)$/i;
const kTextEndings = new Set(
  (
    "txt md log json jsonl yaml yml toml ini cfg csv tsv py ipynb sh c cc cpp h hpp cu rs go js ts " +
    "css html htm xml svg diff patch sql r jl tex"
  ).split(" "),
);

export function FileTable({ files }: { files: ArtifactFile[] }) {
  const [text, setText] = useState("");
  const [most, setMost] = useState(kShown);
  const [open, setOpen] = useState<ArtifactFile>();
  const wanted = text.toLowerCase();
  const fitting = files.filter((file) => file.path.toLowerCase().includes(wanted));
  return (
    <div class="file-box">
      {files.length > 12 && (
        <SearchBox
          value={text}
          onInput={setText}
          label="Search files"
          placeholder={`Search ${formatCount(files.length, "file")}`}
        />
      )}
      <table class="file-table">
        <tbody>
          {fitting.slice(0, most).map((file) => (
            <FileRow key={file.path} file={file} onOpen={() => setOpen(file)} />
          ))}
        </tbody>
      </table>
      {fitting.length === 0 && <p class="soft">{text ? "No file fits." : "No files."}</p>}
      {fitting.length > most && (
        <button type="button" class="link" onClick={() => setMost(most * 5)}>
          Show more of {fitting.length}
        </button>
      )}
      {open && <FileDialog file={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** What can be looked at here: pictures, and texts that are not too long. */
function lookOf(file: ArtifactFile): "picture" | "text" | undefined {
  if (!file.sha256) return undefined;
  if (kPicture.test(file.path)) return "picture";
  const ending = /\.(\w+)$/.exec(nameOf(file.path))?.[1]?.toLowerCase();
  const text = ending === undefined || kTextEndings.has(ending); // README, Makefile, LICENSE
  return text && (file.bytes ?? 0) <= kLookBytesMax ? "text" : undefined;
}

function FileRow({ file, onOpen }: { file: ArtifactFile; onOpen: () => void }) {
  const folder = file.path.slice(0, file.path.length - nameOf(file.path).length);
  const name = (
    <>
      <span class="faint">{folder}</span>
      {nameOf(file.path)}
    </>
  );
  const href = file.ref ? safeHref(file.ref) : undefined;
  return (
    <tr>
      <td class="file-name">
        {lookOf(file) ? (
          <button type="button" class="file-open" onClick={onOpen}>
            {name}
          </button>
        ) : (
          name
        )}
        {file.ref &&
          (href ? (
            <a class="link" href={href} target="_blank" rel="noopener noreferrer">
              {file.ref}
            </a>
          ) : (
            <code>{file.ref}</code>
          ))}
      </td>
      <td class="number soft">{file.bytes !== undefined && formatBytes(file.bytes)}</td>
      <td class="file-get">
        {file.sha256 && (
          <a class="link" href={blobUrl(file.sha256)} download={nameOf(file.path)}>
            Download
          </a>
        )}
      </td>
    </tr>
  );
}

function FileDialog({ file, onClose }: { file: ArtifactFile; onClose: () => void }) {
  const sha256 = file.sha256 ?? "";
  return (
    <Dialog
      title={file.path}
      wide
      class="file-dialog"
      onClose={onClose}
      actions={
        <a class="button plain" href={blobUrl(sha256)} download={nameOf(file.path)}>
          Download
        </a>
      }
    >
      {lookOf(file) === "picture" ? (
        <img src={blobUrl(sha256)} alt={file.path} />
      ) : (
        <FileText sha256={sha256} />
      )}
    </Dialog>
  );
}

function FileText({ sha256 }: { sha256: string }) {
  const { data, error, reload } = useLoad(sha256, (signal) =>
    readBlobText(sha256, signal, kLookBytesMax),
  );
  if (error !== undefined) return <Failure error={error} onRetry={reload} />;
  return data === undefined ? (
    <Loading />
  ) : (
    <pre class="file-text" tabIndex={0}>
      {data}
    </pre>
  );
}
