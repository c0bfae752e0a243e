// Tooltips: any element with data-tip="…" has one. One layer and two listeners serve the page.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

const kDelay_ms = 350;
const kGap_px = 6;

const x_shown = signal<Element | null>(null);

/** Where tooltips appear; once on the page. */
export function Tooltips() {
  const box = useRef<HTMLDivElement>(null);
  const at = x_shown.value;
  useEffect(follow, []);
  useLayoutEffect(() => {
    if (!at || !box.current) return;
    const anchor = at.getBoundingClientRect();
    const { width, height } = box.current.getBoundingClientRect();
    const centre = anchor.left + anchor.width / 2 - width / 2;
    const fits_below = anchor.bottom + kGap_px + height < window.innerHeight;
    box.current.style.left = `${Math.max(6, Math.min(centre, window.innerWidth - width - 6))}px`;
    box.current.style.top = `${fits_below ? anchor.bottom + kGap_px : anchor.top - kGap_px - height}px`;
  });
  const text = at?.getAttribute("data-tip");
  if (!text) return null;
  return (
    <div ref={box} class="tooltip" role="tooltip">
      {text}
    </div>
  );
}

function follow() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = (event: Event) => {
    const at = (event.target as Element).closest?.("[data-tip]") ?? null;
    if (at === x_shown.peek()) return;
    clearTimeout(timer);
    // Once one is open, its neighbours answer at once.
    const delay_ms = x_shown.peek() ? 0 : kDelay_ms;
    x_shown.value = null;
    if (at) timer = setTimeout(() => (x_shown.value = at.isConnected ? at : null), delay_ms);
  };
  const hide = () => {
    clearTimeout(timer);
    x_shown.value = null;
  };
  document.addEventListener("pointerover", over);
  document.addEventListener("pointerdown", hide, true);
  document.addEventListener("keydown", hide, true);
  document.addEventListener("scroll", hide, true);
  return () => {
    document.removeEventListener("pointerover", over);
    document.removeEventListener("pointerdown", hide, true);
    document.removeEventListener("keydown", hide, true);
    document.removeEventListener("scroll", hide, true);
  };
}
