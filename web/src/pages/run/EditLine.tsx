// A line of text that becomes an input when it is clicked: names, groups, job types.
import { useRef, useState } from "preact/hooks";
import { may_write } from "../Login";

export interface EditLineProps {
  value: string;
  label: string;
  placeholder?: string;
  class?: string;
  /** An empty text is refused, and the old one stays. */
  required?: boolean;
  onSave: (text: string) => void;
}

export function EditLine({
  value,
  label,
  placeholder = "–",
  required,
  onSave,
  ...rest
}: EditLineProps) {
  const [editing, setEditing] = useState(false);
  const done = useRef(false);
  const begin = () => {
    done.current = false;
    setEditing(true);
  };
  const end = (text: string | null) => {
    if (done.current) return;
    done.current = true;
    setEditing(false);
    if (text === null || text === value || (required && !text)) return;
    onSave(text);
  };
  const key = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    if (event.key === "Enter") end(event.currentTarget.value.trim());
    if (event.key !== "Escape") return;
    event.stopPropagation();
    end(null);
  };
  if (!may_write.value) return <span class={rest.class}>{value || placeholder}</span>;
  if (!editing)
    return (
      <button
        type="button"
        class={`edit-line ${rest.class ?? ""}`}
        data-tip={label}
        onClick={begin}
      >
        {value || <span class="edit-none">{placeholder}</span>}
      </button>
    );
  return (
    <input
      class={`edit-input ${rest.class ?? ""}`}
      aria-label={label}
      defaultValue={value}
      ref={(input) => {
        if (input && document.activeElement !== input) input.select();
      }}
      onKeyDown={key}
      onBlur={(event) => end(event.currentTarget.value.trim())}
    />
  );
}
