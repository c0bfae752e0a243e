// Two panes side by side with a border that can be moved; the browser remembers where it was.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { kept } from "../state/kept";

export interface SplitterProps {
  /** Under which the width is remembered. */
  name: string;
  initial_px: number;
  min_px?: number;
  max_px?: number;
  /** Shows the second pane alone. */
  collapsed?: boolean;
  children: [ComponentChildren, ComponentChildren];
}

const kStep_px = 24;

export function Splitter(props: SplitterProps) {
  const { name, initial_px, min_px = 200, max_px = 1200, collapsed = false, children } = props;
  const width = kept<number>(`split.${name}`, initial_px);
  const box = useRef<HTMLDivElement>(null);
  const clamp = (px: number) => {
    const room = (box.current?.clientWidth ?? max_px) - min_px;
    return Math.round(Math.max(min_px, Math.min(px, max_px, room)));
  };
  const drag = (down: PointerEvent) => {
    const bar = down.currentTarget as HTMLElement;
    const offset = down.clientX - width.peek();
    const move = (event: PointerEvent) => (width.value = clamp(event.clientX - offset));
    const up = () => {
      bar.removeEventListener("pointermove", move);
      bar.classList.remove("dragging");
    };
    bar.setPointerCapture(down.pointerId);
    bar.classList.add("dragging");
    bar.addEventListener("pointermove", move);
    bar.addEventListener("lostpointercapture", up, { once: true });
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -kStep_px, ArrowRight: kStep_px }[event.key];
    if (step) width.value = clamp(width.peek() + step);
  };
  return (
    <div class="splitter" ref={box}>
      {!collapsed && (
        <>
          <div class="split-first" style={{ width: `${width.value}px` }}>
            {children[0]}
          </div>
          <div
            class="split-bar"
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the left pane"
            aria-valuenow={width.value}
            tabIndex={0}
            onPointerDown={drag}
            onKeyDown={key}
            onDblClick={() => (width.value = initial_px)}
          />
        </>
      )}
      <div class="split-second">{children[1]}</div>
    </div>
  );
}
