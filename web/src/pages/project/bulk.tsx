// What can be done with the selected runs together.
import { useState } from "preact/hooks";
import type { RunChange } from "../../api/types";
import { formatCount } from "../../format";
import { go } from "../../state/url";
import { Button, Dialog, toast, useCommands } from "../../ui";
import { kReadOnly, may_write } from "../Login";
import type { ProjectState } from "./state";

const kComparedMost = 20;

/** Archives runs or brings them back, with undo. */
export async function archiveRuns(
  state: ProjectState,
  ids: string[],
  archived: boolean,
): Promise<void> {
  const change = (to: boolean) => new Map(ids.map((id) => [id, { archived: to } as RunChange]));
  const done = await state.editMany(change(archived));
  state.selected.value = new Set();
  if (done === 0) return;
  const count = formatCount(done, "run");
  toast(archived ? `Archived ${count}` : `Brought back ${count}`, {
    undo: () => void state.editMany(change(!archived)),
  });
}

async function tagRuns(
  state: ProjectState,
  ids: string[],
  tag: string,
  add: boolean,
): Promise<void> {
  const after = new Map<string, RunChange>();
  const before = new Map<string, RunChange>();
  for (const [id, tags] of await state.tagsOf(ids)) {
    if (tags.includes(tag) === add) continue;
    before.set(id, { tags });
    after.set(id, { tags: add ? [...tags, tag] : tags.filter((each) => each !== tag) });
  }
  const done = await state.editMany(after);
  const count = formatCount(done, "run");
  toast(add ? `Tagged ${count} with ${tag}` : `Took ${tag} from ${count}`, {
    undo: () => void state.editMany(before),
  });
}

export function SelectionBar({ state }: { state: ProjectState }) {
  const [tagging, setTagging] = useState(false);
  const ids = [...state.selected.value];
  const clear = () => (state.selected.value = new Set());
  const some = ids.length > 0;
  const tag = () => setTagging(true);
  const archive = () => void archiveRuns(state, ids, true);
  const remove = () => state.remove(ids);
  const group = "Runs";
  useCommands([
    ...(some ? [{ label: "Clear selection", keys: "escape", group, run: clear }] : []),
    ...(some && may_write.value
      ? [
          { label: "Tag selected runs", group, run: tag },
          { label: "Archive selected runs", group, run: archive },
          { label: "Delete selected runs", keys: "delete", group, run: remove },
        ]
      : []),
  ]);
  if (!some) return null;
  const total = state.total.value ?? 0;
  return (
    <div class="selection-bar" role="toolbar" aria-label="Selected runs">
      <strong>{formatCount(ids.length, "run")}</strong>
      {ids.length < total && (
        <Button small onClick={() => void state.selectAll()}>
          Select all {formatCount(total, "run").split(" ")[0]}
        </Button>
      )}
      <span class="space" />
      <Button
        small
        icon="eye"
        label="Draw only these"
        disabled={ids.length > 500}
        onClick={() => state.showOnly(ids)}
      />
      <Button
        small
        icon="compare"
        label={
          ids.length > kComparedMost ? `At most ${kComparedMost} runs can be compared` : "Compare"
        }
        disabled={ids.length < 2 || ids.length > kComparedMost}
        onClick={() => go({ page: "compare", project: state.project, runs: ids })}
      />
      {may_write.value ? (
        <>
          <Button small icon="tag" label="Tag" onClick={tag} />
          <Button small icon="archive" label="Archive" onClick={archive} />
          <Button small icon="trash" label="Delete" kind="danger" onClick={remove} />
        </>
      ) : (
        <span class="read-only" data-tip={kReadOnly}>
          Read only
        </span>
      )}
      <Button small icon="close" label="Clear selection  Esc" onClick={clear} />
      {tagging && (
        <TagDialog
          state={state}
          onClose={() => setTagging(false)}
          onTag={(tag, add) => void tagRuns(state, ids, tag, add)}
        />
      )}
    </div>
  );
}

interface TagDialogProps {
  state: ProjectState;
  onClose: () => void;
  onTag: (tag: string, add: boolean) => void;
}

function TagDialog({ state, onClose, onTag }: TagDialogProps) {
  const [tag, setTag] = useState("");
  void state.values_version.value;
  const offered = state.valuesOf("tags").slice(0, 20);
  const done = (add: boolean) => {
    if (!tag.trim()) return;
    onTag(tag.trim(), add);
    onClose();
  };
  return (
    <Dialog
      title={`Tag ${formatCount(state.selected.value.size, "run")}`}
      onClose={onClose}
      actions={
        <>
          <Button kind="plain" disabled={!tag.trim()} onClick={() => done(false)}>
            Take away
          </Button>
          <Button kind="primary" disabled={!tag.trim()} onClick={() => done(true)}>
            Add tag
          </Button>
        </>
      }
    >
      <input
        class="input wide"
        autofocus
        value={tag}
        placeholder="Tag"
        aria-label="Tag"
        onInput={(event) => setTag(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && done(true)}
      />
      <div class="tags-offered">
        {offered.map((each) => (
          <button key={each} type="button" class="row-tag" onClick={() => setTag(each)}>
            {each}
          </button>
        ))}
      </div>
    </Dialog>
  );
}
