// One slider for the steps of many keys. Its right end is "the last", also while more come.
import { formatNumber } from "../../../format";
import { beginDrag, endDrag } from "../../../state/url";
import { Button } from "../../../ui";

/** The step that many before or after; -1 stands for the last. */
export function moveStep(steps: number[], step: number, by: number): number {
  const last = steps.length - 1;
  const at = step < 0 ? last : lastAt(steps, step);
  const next = Math.max(0, Math.min(last, at + by));
  return next === last ? -1 : (steps[next] ?? -1);
}

function lastAt(steps: number[], step: number): number {
  let at = steps.length - 1;
  while (at > 0 && (steps[at] as number) > step) at--;
  return at;
}

export interface StepBarProps {
  steps: number[];
  step: number;
  onStep: (step: number) => void;
  onMove: (by: number) => void;
}

export function StepBar({ steps, step, onStep, onMove }: StepBarProps) {
  const last = steps.length - 1;
  const at = step < 0 ? last : lastAt(steps, step);
  return (
    <div class="step-bar">
      <Button
        small
        icon="chevron_left"
        label="Step before  ←"
        disabled={at === 0}
        onClick={() => onMove(-1)}
      />
      <input
        type="range"
        min={0}
        max={last}
        value={at}
        aria-label="Step of all keys"
        aria-valuetext={`step ${steps[at]}`}
        onPointerDown={beginDrag}
        onPointerUp={endDrag}
        onPointerCancel={endDrag}
        onInput={(event) => {
          const index = Number(event.currentTarget.value);
          onStep(index === last ? -1 : (steps[index] ?? -1));
        }}
      />
      <Button
        small
        icon="chevron_right"
        label="Next step  →"
        disabled={at === last}
        onClick={() => onMove(1)}
      />
      <span class="step-number">step {formatNumber(steps[at] ?? 0)}</span>
    </div>
  );
}
