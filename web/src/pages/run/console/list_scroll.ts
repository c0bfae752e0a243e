// Scrolling a long list: where it stands, by the bar, the wheel, the keys, or because it was told.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ScrollMap } from "./scroll";

export interface ListScroll {
  box: { current: HTMLDivElement | null };
  map: ScrollMap;
  /** The place in the list at the top of the view; the view is 0 px high until it was measured. */
  place_px: number;
  goTo: (place_px: number) => void;
  onScroll: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** `onMove` hears of every movement of the reader's own, and whether it ended at the end. */
export function useListScroll(
  rows: number,
  row_px: number,
  onMove: (at_end: boolean) => void,
): ListScroll {
  const box = useRef<HTMLDivElement>(null);
  const [view_px, setView] = useState(0);
  const [place_px, setPlace] = useState(0);
  const map = useMemo(() => new ScrollMap(rows, row_px, view_px), [rows, row_px, view_px]);
  const expected_px = useRef(-1); // the scroll position that we set ourselves
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setView(element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const goTo = (list_px: number) => {
    const place = map.clamp(list_px);
    setPlace(place);
    if (!box.current) return;
    box.current.scrollTop = map.toScroll(place);
    expected_px.current = box.current.scrollTop;
  };
  const move = (to_px: number) => {
    onMove(map.clamp(to_px) >= map.end_px - row_px);
    goTo(to_px);
  };
  const onScroll = () => {
    const scroll_px = box.current?.scrollTop ?? 0;
    if (Math.abs(scroll_px - expected_px.current) < 2) return;
    expected_px.current = -1;
    const place = map.toList(scroll_px);
    setPlace(place);
    onMove(place >= map.end_px - row_px);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = stepOf(event.key, row_px, view_px - row_px);
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(place_px + step);
  };
  useWheel(box, map, (by_px) => move(place_px + by_px));
  return { box, map, place_px, goTo, onScroll, onKeyDown };
}

function stepOf(key: string, row_px: number, page_px: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return row_px;
    case "ArrowUp":
      return -row_px;
    case "PageDown":
      return page_px;
    case "PageUp":
      return -page_px;
    case "Home":
      return -Infinity;
    case "End":
      return Infinity;
    default:
      return undefined;
  }
}

/** Where the scroll bar is a map of a longer list, the wheel moves by pixels of the list. */
function useWheel(box: ListScroll["box"], map: ScrollMap, moveBy: (by_px: number) => void): void {
  const latest = useRef({ map, moveBy });
  latest.current = { map, moveBy };
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      const { map, moveBy } = latest.current;
      if (!map.scaled || event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE;
      moveBy(lines ? event.deltaY * map.row_px : event.deltaY);
    };
    // Not by onWheel: a passive listener could not keep the browser from scrolling too.
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);
}
