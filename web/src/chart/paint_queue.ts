// Paints charts a few at a time: a screen of twenty never holds up a frame for all of them.

/** Of painting in one frame: with what the browser adds, no task of 50 ms. */
const kBudget_ms = 24;
/**
 * A frame that took longer was too full, whatever our own clock said: what is stroked is rastered after
 * it. Without a graphics card a large window takes 30 ms a frame even when nothing is stroked.
 */
const kSlow_ms = 80;
const kOnceMost = 16;

const x_waiting = new Map<object, () => void>();
let x_asked = false;
let x_once = 8;
let x_before_ms = 0;

/** Runs `paint` in one of the next frames. A later call of the same owner takes its place. */
export function queuePaint(owner: object, paint: () => void): void {
  x_waiting.set(owner, paint);
  ask();
}

export function dropPaint(owner: object): void {
  x_waiting.delete(owner);
}

function ask(): void {
  if (x_asked) return;
  x_asked = true;
  requestAnimationFrame(work);
}

function work(now_ms: number): void {
  x_asked = false;
  // Only frames in a row tell what painting costs.
  const took_ms = now_ms - x_before_ms;
  if (x_before_ms > 0)
    x_once = took_ms > kSlow_ms ? Math.max(1, x_once >> 1) : Math.min(kOnceMost, x_once + 1);
  const until_ms = performance.now() + kBudget_ms;
  let painted = 0;
  for (const [owner, paint] of x_waiting) {
    x_waiting.delete(owner);
    paint();
    if (++painted >= x_once || performance.now() > until_ms) break;
  }
  x_before_ms = x_waiting.size > 0 ? now_ms : 0;
  if (x_waiting.size > 0) ask();
}
