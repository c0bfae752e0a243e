// Editing a run's name, tags or notes where they stand.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Popover } from "../../ui";
import type { ProjectState } from "./state";

export interface Editing {
  anchor: Element;
  id: string;
  column: string;
}

interface CellEditorProps {
  state: ProjectState;
  editing: Editing;
  onClose: () => void;
}

export function CellEditor({ state, editing, onClose }: CellEditorProps) {
  const { id, column, anchor } = editing;
  const before = state.valueOf(id, column);
  const close = useCallback(onClose, []);
  const save = (
    change: Record<string, string | string[]>,
    old: Record<string, string | string[]>,
  ) => {
    onClose();
    if (JSON.stringify(change) !== JSON.stringify(old)) void state.edit(id, change, old);
  };
  return (
    <Popover anchor={anchor} onClose={close} fit class="editor" label={`Edit ${column}`}>
      {column === "tags" ? (
        <TagsEditor
          tags={Array.isArray(before) ? before.map(String) : []}
          offered={state.valuesOf("tags")}
          onSave={(tags, old) => save({ tags }, { tags: old })}
        />
      ) : (
        <TextEditor
          text={typeof before === "string" ? before : ""}
          long={column === "notes"}
          onSave={(text, old) => save({ [column]: text }, { [column]: old })}
        />
      )}
    </Popover>
  );
}

interface TextEditorProps {
  text: string;
  long: boolean;
  onSave: (text: string, old: string) => void;
}

function TextEditor({ text, long, onSave }: TextEditorProps) {
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const key = (event: KeyboardEvent) => {
    // In notes Enter begins a line; with ⌘ or Ctrl it saves.
    if (event.key !== "Enter" || (long && !event.metaKey && !event.ctrlKey)) return;
    event.preventDefault();
    onSave(input.current?.value ?? "", text);
  };
  if (!long)
    return (
      <input ref={input} class="input" defaultValue={text} onKeyDown={key} aria-label="Name" />
    );
  return (
    <div class="notes-editor">
      <textarea
        ref={input}
        class="input"
        rows={6}
        defaultValue={text}
        onKeyDown={key}
        aria-label="Notes"
      />
      <button
        type="button"
        class="button primary small"
        onClick={() => onSave(input.current?.value ?? "", text)}
      >
        Save
      </button>
    </div>
  );
}

interface TagsEditorProps {
  tags: string[];
  offered: readonly string[];
  onSave: (tags: string[], old: string[]) => void;
}

function TagsEditor({ tags: old, offered, onSave }: TagsEditorProps) {
  const [tags, setTags] = useState(old);
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const add = (tag: string) => {
    const clean = tag.trim();
    if (clean && !tags.includes(clean)) setTags([...tags, clean]);
    setText("");
    input.current?.focus();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter" && text.trim() === "") onSave(tags, old);
    else if (event.key === "Enter" || event.key === ",") add(text);
    else if (event.key === "Backspace" && text === "") setTags(tags.slice(0, -1));
    else return;
    event.preventDefault();
  };
  const others = offered
    .filter((tag) => !tags.includes(tag) && tag.toLowerCase().includes(text.toLowerCase()))
    .slice(0, 12);
  return (
    <div class="tags-editor">
      <div class="tags-input">
        {tags.map((tag) => (
          <button
            key={tag}
            type="button"
            class="row-tag"
            aria-label={`Remove ${tag}`}
            onClick={() => setTags(tags.filter((each) => each !== tag))}
          >
            {tag} ×
          </button>
        ))}
        <input
          ref={input}
          value={text}
          placeholder={tags.length > 0 ? "" : "A tag, then Enter"}
          aria-label="Add a tag"
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={key}
        />
      </div>
      {others.length > 0 && (
        <div class="tags-offered">
          {others.map((tag) => (
            <button key={tag} type="button" class="row-tag" onClick={() => add(tag)}>
              + {tag}
            </button>
          ))}
        </div>
      )}
      <button
        type="button"
        class="button primary small"
        onClick={() => onSave(text.trim() ? [...tags, text.trim()] : tags, old)}
      >
        Save
      </button>
    </div>
  );
}
