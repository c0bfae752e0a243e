// The state of a sweep in one word; why it is so when the pointer rests on it.
import type { SweepState } from "../../api/sweeps";

export function StatePill({ state, reason }: { state: SweepState; reason: string }) {
  return (
    <span class={`state-pill ${state}`} data-tip={reason || undefined}>
      <i class="state-dot" />
      {state}
    </span>
  );
}
