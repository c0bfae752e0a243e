// Grouping runs by up to three columns, in order; and sorting by several.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Signal } from "@preact/signals";
import { Button, Icon, Popover } from "../../ui";
import { rank } from "../../ui/rank";
import { titleOf } from "./runs/columns";
import type { ProjectState } from "./state";

export const kGroupsMost = 3;
const kShown = 100;

interface GroupPickerProps {
  state: ProjectState;
  anchor: Element;
  onClose: () => void;
}

export function GroupPicker({ state, anchor, onClose }: GroupPickerProps) {
  const { by } = state;
  const full = by.value.length >= kGroupsMost;
  const add = (name: string) => {
    if (!by.value.includes(name) && !full) by.value = [...by.value, name];
  };
  return (
    <Popover anchor={anchor} onClose={onClose} align="end" class="picker" label="Group by">
      {by.value.map((name, i) => (
        <ListRow key={name} list={by} name={name} label={i === 0 ? "Group by" : "then by"} />
      ))}
      {!full && (
        <FieldList state={state} placeholder="Group runs by" without={by.value} onPick={add} />
      )}
    </Popover>
  );
}

export function SortPicker({ state, anchor, onClose }: GroupPickerProps) {
  const { sort } = state;
  const names = sort.value.map((key) => key.replace(/^-/, ""));
  const flip = (key: string) => {
    const other = key.startsWith("-") ? key.slice(1) : "-" + key;
    sort.value = sort.value.map((each) => (each === key ? other : each));
  };
  return (
    <Popover anchor={anchor} onClose={onClose} align="end" class="picker" label="Sort by">
      {sort.value.map((key, i) => (
        <ListRow key={key} list={sort} name={key} label={i === 0 ? "Sort by" : "then by"}>
          <Button
            small
            icon={key.startsWith("-") ? "arrow_down" : "arrow_up"}
            label={key.startsWith("-") ? "Largest first" : "Smallest first"}
            onClick={() => flip(key)}
          />
        </ListRow>
      ))}
      <FieldList
        state={state}
        placeholder="Sort runs by"
        without={names}
        onPick={(name) => (sort.value = [...sort.value, "-" + name])}
      />
    </Popover>
  );
}

interface ListRowProps {
  list: Signal<string[]>;
  name: string;
  label: string;
  children?: preact.ComponentChildren;
}

function ListRow({ list, name, label, children }: ListRowProps) {
  const [title, origin] = titleOf(name.replace(/^-/, ""));
  return (
    <div class="picker-row">
      <em>{label}</em>
      <span>
        {origin && <small>{origin} </small>}
        {title}
      </span>
      {children}
      <Button
        small
        icon="close"
        label="Remove"
        onClick={() => (list.value = list.value.filter((each) => each !== name))}
      />
    </div>
  );
}

interface FieldListProps {
  state: ProjectState;
  placeholder: string;
  without: string[];
  onPick: (name: string) => void;
}

function FieldList({ state, placeholder, without, onPick }: FieldListProps) {
  const text = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const found = rank(
    state.columns.value.filter(({ name }) => !without.includes(name)),
    text.value,
    ({ name }) => name,
  ).slice(0, kShown);
  return (
    <>
      <div class="picker-head">
        <input
          ref={input}
          class="input"
          value={text.value}
          placeholder={placeholder}
          aria-label={placeholder}
          onInput={(event) => (text.value = event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && found[0] && onPick(found[0].name)}
        />
      </div>
      <div class="picker-list">
        {found.map(({ name, type }) => {
          const [title, origin] = titleOf(name);
          return (
            <button key={name} type="button" class="picker-row" onClick={() => onPick(name)}>
              <Icon name="plus" size={12} />
              <span title={name}>
                {origin && <small>{origin} </small>}
                {title}
              </span>
              <em>{type}</em>
            </button>
          );
        })}
      </div>
    </>
  );
}
