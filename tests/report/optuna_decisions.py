"""Prints what Optuna's pruners decide about made curves: the goldens of core/report/replay_test.cc.

Workers take the trials in order; each report is shown to the pruner at its time, and a pruned trial
frees its worker at once. Needs Optuna (`pip install optuna`); no test runs it.
"""

from __future__ import annotations

import heapq
import math

import optuna
from optuna.pruners import BasePruner, MedianPruner, SuccessiveHalvingPruner
from optuna.trial import TrialState

TRIALS, STEPS = 40, 9


def value_at(trial: int, step: int) -> float:
    """The same arithmetic as in the test."""
    if trial % 11 == 5 and step == 3:
        return math.nan
    goal = (trial * 37 % 101) / 101
    return goal + (1 - goal) / step + (trial * 53 + step * 29) % 17 / 200


def step_s(trial: int) -> float:
    """How long a step of a trial takes."""
    return 1 + (trial * 7 % 5) / 8


def stops(pruner: BasePruner, workers: int) -> list[int]:
    """The step at which each trial is pruned, 0 where it is not."""
    study = optuna.create_study(pruner=pruner, sampler=optuna.samplers.RandomSampler(seed=0))
    trials: list[optuna.Trial] = []
    seen: list[int] = []
    stopped = [0] * TRIALS
    events: list[tuple[float, int]] = []
    idle = workers

    def fill(now_s: float) -> None:
        nonlocal idle
        while idle > 0 and len(trials) < TRIALS:
            trials.append(study.ask())
            seen.append(0)
            heapq.heappush(events, (now_s + step_s(len(trials) - 1), len(trials) - 1))
            idle -= 1

    fill(0)
    while events:
        now_s, trial = heapq.heappop(events)
        if seen[trial] == STEPS:
            study.tell(trials[trial], value_at(trial, STEPS))
            idle += 1
        else:
            seen[trial] += 1
            step = seen[trial]
            trials[trial].report(value_at(trial, step), step)
            if trials[trial].should_prune():
                stopped[trial] = step
                study.tell(trials[trial], state=TrialState.PRUNED)
                idle += 1
            else:
                at_s = step_s(trial) * step
                next_s = step_s(trial) * (step + 1) if step < STEPS else at_s
                heapq.heappush(events, (now_s + max(0.0, next_s - at_s), trial))
        fill(now_s)
    return stopped


def main() -> None:
    """One line for each pruner and number of workers."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for workers in (1, 3):
        for name, pruner in (
            ("median", MedianPruner(n_startup_trials=5)),
            ("median, warm-up 3", MedianPruner(n_startup_trials=4, n_warmup_steps=3)),
            ("asha", SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)),
            ("asha of 2", SuccessiveHalvingPruner(min_resource=2, reduction_factor=2)),
        ):
            print(workers, name, stops(pruner, workers))


if __name__ == "__main__":
    main()
