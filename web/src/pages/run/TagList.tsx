// The tags of a run: taken away by a click, added by typing.
import { useRef, useState } from "preact/hooks";
import { Icon } from "../../ui";
import { may_write } from "../Login";

export interface TagListProps {
  tags: string[];
  onChange: (tags: string[]) => void;
  /** What one of them is called. */
  what?: string;
}

export function TagList({ tags, onChange, what = "tag" }: TagListProps) {
  const [adding, setAdding] = useState(false);
  const done = useRef(false);
  const begin = () => {
    done.current = false;
    setAdding(true);
  };
  const end = (text: string) => {
    if (done.current) return;
    done.current = true;
    setAdding(false);
    const added = text
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag && !tags.includes(tag));
    if (added.length) onChange([...tags, ...new Set(added)]);
  };
  const key = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    if (event.key === "Enter") end(event.currentTarget.value);
    if (event.key !== "Escape") return;
    event.stopPropagation();
    end("");
  };
  return (
    <span class="tags">
      {tags.map((tag) => (
        <span key={tag} class="tag">
          <span class="tag-text">{tag}</span>
          {may_write.value && (
            <button
              type="button"
              aria-label={`Remove ${what} ${tag}`}
              onClick={() => onChange(tags.filter((other) => other !== tag))}
            >
              <Icon name="close" size={10} />
            </button>
          )}
        </span>
      ))}
      {!may_write.value ? (
        tags.length === 0 && "–"
      ) : adding ? (
        <input
          class="edit-input tag-input"
          aria-label={`New ${what}`}
          ref={(input) => input?.focus()}
          onKeyDown={key}
          onBlur={(event) => end(event.currentTarget.value)}
        />
      ) : (
        <button
          type="button"
          class="tag-add"
          data-tip={`Add: ${what}`}
          aria-label={`Add: ${what}`}
          onClick={begin}
        >
          <Icon name="plus" size={12} />
        </button>
      )}
    </span>
  );
}
