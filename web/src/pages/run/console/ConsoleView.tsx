// The lines in sight, and a scroll bar for all of them.
import { Component } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ConsoleLine } from "../../../api/types";
import { formatClock, formatDuration } from "../../../format";
import { AnsiText } from "../../../text/AnsiText";
import { stripAnsi } from "../../../text/ansi";
import type { Finder } from "../../../text/search";
import type { Times } from "./Console";
import { useListScroll } from "./list_scroll";
import type { ConsolePages } from "./pages";

export interface ConsoleViewProps {
  pages: ConsolePages;
  count: number;
  finder: Finder | undefined;
  /** The line that is chosen, or -1. */
  line: number;
  onLine: (line: number) => void;
  times: Times;
  began_ns: number;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  /** Whether it opens at its end: that of a finished run is of less interest than its beginning. */
  atEnd: boolean;
}

const kRow_px = 20;
const kSpareRows = 20;

export function ConsoleView(props: ConsoleViewProps) {
  const { pages, count, finder, line, times, began_ns, follow, onLine } = props;
  const scroll = useListScroll(count, kRow_px, props.onFollow);
  const { map, place_px, goTo } = scroll;
  const measured = map.view_px > 0;
  const opened = useRef(false);
  const choose = useRef(onLine); // lines are not drawn anew for another handler
  choose.current = onLine;
  const chooseLine = useCallback((number: number) => choose.current(number), []);
  void pages.changed.value; // lines that came are drawn

  // The end is where one stands, at first and as long as it is followed.
  useLayoutEffect(() => {
    if (!measured) return;
    if (follow || (!opened.current && props.atEnd && line < 0)) goTo(map.end_px);
    opened.current = true;
  }, [map, follow]);
  useLayoutEffect(() => {
    const place = line >= 0 && measured ? map.reveal(line, place_px) : undefined;
    if (place !== undefined) goTo(place);
  }, [line, measured]);

  const { first, last, top_px } = map.window(map.clamp(place_px), kSpareRows);
  const missing = anyMissing(pages, first, last);
  useEffect(() => {
    if (measured && missing) void pages.want(first, last);
  }, [pages, first, last, missing, measured]);

  const digits = String(count).length;
  return (
    <div
      ref={scroll.box}
      class="console-view"
      role="log"
      aria-live="off"
      aria-label="Console"
      tabIndex={0}
      onScroll={scroll.onScroll}
      onKeyDown={scroll.onKeyDown}
    >
      <div class="console-tall" style={{ height: `${map.content_px}px` }}>
        <div class="console-lines" style={{ transform: `translateY(${top_px}px)` }}>
          {Array.from({ length: last - first }, (_, i) => (
            <Line
              key={first + i}
              number={first + i}
              digits={digits}
              line={pages.line(first + i)}
              finder={finder}
              chosen={first + i === line}
              onChoose={chooseLine}
              time={timeText(pages.line(first + i), times, began_ns)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function anyMissing(pages: ConsolePages, first: number, last: number): boolean {
  for (let number = first; number < last; number++) if (!pages.line(number)) return true;
  return false;
}

function timeText(line: ConsoleLine | undefined, times: Times, began_ns: number): string {
  if (!line || times === "off") return "";
  return times === "clock"
    ? formatClock(line.time_ns)
    : `+${formatDuration(Math.max(0, line.time_ns - began_ns) / 1e9)}`;
}

interface LineProps {
  number: number;
  digits: number;
  line: ConsoleLine | undefined;
  finder: Finder | undefined;
  chosen: boolean;
  time: string;
  onChoose: (number: number) => void;
}

/** Drawn anew only when something of it changed: scrolling moves lines, it does not change them. */
class Line extends Component<LineProps> {
  override shouldComponentUpdate(next: LineProps): boolean {
    const now = this.props;
    return (
      next.line !== now.line ||
      next.finder !== now.finder ||
      next.chosen !== now.chosen ||
      next.time !== now.time ||
      next.digits !== now.digits ||
      next.number !== now.number
    );
  }

  override render({ number, digits, line, finder, chosen, time, onChoose }: LineProps) {
    const ranges = line && finder ? finder(stripAnsi(line.text)) : undefined;
    const names = ["console-line", line?.stream, chosen && "chosen", ranges?.length && "found"];
    return (
      <div class={names.filter(Boolean).join(" ")}>
        <button
          type="button"
          class="console-number"
          tabIndex={-1}
          aria-label={`Line ${number + 1}`}
          style={{ width: `${digits + 4}ch` }}
          onClick={() => onChoose(number)}
        >
          {number + 1}
        </button>
        {time && <time class="console-time">{time}</time>}
        {line ? (
          <span class="console-text">
            <AnsiText text={line.text} ranges={ranges} />
          </span>
        ) : (
          <span class="console-waiting" />
        )}
      </div>
    );
  }
}
