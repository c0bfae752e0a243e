// A difference, drawn file by file; long files are folded until they are asked for.
import { useState } from "preact/hooks";
import { Fold } from "../ui";
import type { DiffLine, FileDiff, Hunk } from "./diff";
import "./text.css";

// Files are open at first up to so many lines, each and all together.
const kOpenLinesMax = 400;
const kAllLinesMax = 1000;
const kShownLinesMax = 3000;

export function DiffView({ files }: { files: FileDiff[] }) {
  let total = 0;
  return (
    <div class="diff">
      {files.map((file, index) => {
        const count = linesOf(file);
        total += count;
        const open = count <= kOpenLinesMax && total <= kAllLinesMax;
        return <FileView key={index} file={file} openAtFirst={open} />;
      })}
    </div>
  );
}

function linesOf(file: FileDiff): number {
  return file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
}

function FileView({ file, openAtFirst }: { file: FileDiff; openAtFirst: boolean }) {
  const count = linesOf(file);
  const [open, setOpen] = useState(openAtFirst);
  const moved = file.before !== file.after;
  return (
    <section class="diff-file">
      <Fold open={open} onTurn={setOpen} class="diff-head">
        <span class="diff-name">{moved ? `${file.before} → ${file.after}` : file.after}</span>
        {file.kind !== "modified" && <span class="diff-kind">{file.kind}</span>}
        {file.added > 0 && <span class="diff-added">+{file.added}</span>}
        {file.removed > 0 && <span class="diff-removed">−{file.removed}</span>}
      </Fold>
      {open && count > 0 && <HunksView hunks={file.hunks} />}
      {open && count === 0 && <p class="diff-none">{noLines(file.kind)}</p>}
    </section>
  );
}

function noLines(kind: string): string {
  if (kind === "binary") return "A binary file: it differs.";
  if (kind === "renamed") return "Renamed, the content is the same.";
  return "No line differs.";
}

export function HunksView({ hunks }: { hunks: Hunk[] }) {
  const [most, setMost] = useState(kShownLinesMax);
  let left = most;
  const total = hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  return (
    <div class="diff-body" tabIndex={0} role="region" aria-label="Difference">
      <table>
        {hunks.map((hunk, index) => {
          const lines = hunk.lines.slice(0, Math.max(0, left));
          left -= lines.length;
          if (!lines.length) return null;
          return (
            <tbody key={index}>
              {(index > 0 || hunk.section) && (
                <tr class="diff-gap">
                  <td colSpan={3}>⋯</td>
                  <td>{hunk.section}</td>
                </tr>
              )}
              {lines.map((line, at) => (
                <LineView key={at} line={line} />
              ))}
            </tbody>
          );
        })}
      </table>
      {total > most && (
        <button type="button" class="diff-more" onClick={() => setMost(most + 5 * kShownLinesMax)}>
          Show more of {total.toLocaleString("en")} lines
        </button>
      )}
    </div>
  );
}

const kSigns = { same: " ", added: "+", removed: "−" };

function LineView({ line }: { line: DiffLine }) {
  return (
    <tr class={`diff-line ${line.kind}`}>
      <td class="diff-number">{line.before}</td>
      <td class="diff-number">{line.after}</td>
      <td class="diff-sign">{kSigns[line.kind]}</td>
      <td class="diff-text">{line.text}</td>
    </tr>
  );
}
