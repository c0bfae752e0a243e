// A box for searching or filtering, with completion where there is something to complete.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";
import { Popover } from "./Popover";

export interface Completion {
  /** What replaces the text between `from` and `to`. */
  text: string;
  from: number;
  to: number;
  label?: string;
  /** What it is, small and to the right. */
  detail?: string;
}

export interface SearchBoxProps {
  value: string;
  /** After every key press. */
  onInput?: (text: string) => void;
  /** Enter, a chosen completion, or the box being left. */
  onCommit?: (text: string) => void;
  complete?: (text: string, caret: number) => Completion[];
  /** Changes when complete() would answer otherwise: what it knows arrived. */
  refresh?: unknown;
  placeholder?: string;
  label: string;
  icon?: IconName;
  mono?: boolean;
  error?: ComponentChildren;
  class?: string;
  /** So that "/" may find it. */
  inputRef?: (input: HTMLInputElement | null) => void;
}

export function SearchBox(props: SearchBoxProps) {
  const { complete, error, icon = "search" } = props;
  const { input, text, offers, chosen, ...typing } = useTyping(props);
  const offer = (event: { currentTarget: HTMLInputElement }) =>
    complete && typing.offer(event.currentTarget.value);
  const leave = () => {
    typing.close();
    typing.commit(text);
  };
  const clear = () => {
    typing.change("");
    typing.commit("");
    input.current?.focus();
  };
  return (
    <div class={`search ${error ? "wrong" : ""} ${props.class ?? ""}`}>
      <Icon name={icon} />
      <input
        ref={(element) => {
          input.current = element;
          props.inputRef?.(element);
        }}
        class={props.mono ? "mono" : ""}
        value={text}
        placeholder={props.placeholder}
        aria-label={props.label}
        aria-invalid={error ? true : undefined}
        role={complete ? "combobox" : undefined}
        aria-expanded={complete ? offers.length > 0 : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => typing.change(event.currentTarget.value)}
        onFocus={offer}
        onClick={offer}
        onBlur={leave}
        onKeyDown={typing.key}
      />
      {text && (
        <button type="button" class="search-clear" aria-label="Clear" onClick={clear}>
          <Icon name="close" size={12} />
        </button>
      )}
      {offers.length > 0 && input.current ? (
        <Popover anchor={input.current} onClose={typing.close} class="offers">
          {offers.map((each, i) => (
            <Offer key={i} offer={each} chosen={i === chosen} onTake={() => typing.take(each)} />
          ))}
        </Popover>
      ) : (
        error && <div class="search-error">{error}</div>
      )}
    </div>
  );
}

/** What is typed, and what is offered for it. */
function useTyping(props: SearchBoxProps) {
  const { value, onInput, onCommit, complete } = props;
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [offers, setOffers] = useState<Completion[]>([]);
  const [chosen, setChosen] = useState(-1);
  const committed = useRef(value);

  // Before the next key: a later effect would put back a text that was typed on meanwhile.
  useLayoutEffect(() => {
    committed.current = value;
    setText(value);
  }, [value]);

  useEffect(() => {
    if (complete && document.activeElement === input.current) offer(text);
  }, [props.refresh]);

  const offer = (now: string) => {
    const caret = input.current?.selectionStart ?? now.length;
    setOffers(complete?.(now, caret) ?? []);
    setChosen(-1);
  };
  const change = (now: string) => {
    setText(now);
    onInput?.(now);
    offer(now);
  };
  const commit = (now: string) => {
    if (now === committed.current) return;
    committed.current = now;
    onCommit?.(now);
  };
  const take = ({ text: added, from, to }: Completion) => {
    const now = text.slice(0, from) + added + text.slice(to);
    setText(now);
    onInput?.(now);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(from + added.length, from + added.length);
      offer(now);
    });
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const picked = offers[chosen];
    // Tab completes what was begun; where nothing was, it goes on to the next part of the page.
    const begun = picked ?? offers.find(({ from, to }) => from < to);
    if (step && offers.length > 0) {
      event.preventDefault();
      setChosen((chosen + step + offers.length + (chosen < 0 && step < 0 ? 1 : 0)) % offers.length);
    } else if (event.key === "Tab" && begun && !event.shiftKey) {
      event.preventDefault();
      take(begun);
    } else if (event.key === "Enter") {
      if (picked) return take(picked);
      setOffers([]);
      commit(text);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault(); // or a dialog around the box would close
      if (offers.length > 0) setOffers([]);
      else input.current?.blur();
    }
  };
  const close = () => setOffers([]);
  return { input, text, offers, chosen, offer, change, commit, take, key, close };
}

function Offer(props: { offer: Completion; chosen: boolean; onTake: () => void }) {
  const { offer, chosen, onTake } = props;
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <button
      ref={row}
      type="button"
      class={`offer ${chosen ? "chosen" : ""}`}
      tabIndex={-1}
      // The input keeps the focus, or it would be left and commit half a filter.
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onTake}
    >
      <span>{offer.label ?? offer.text}</span>
      {offer.detail && <small>{offer.detail}</small>}
    </button>
  );
}
