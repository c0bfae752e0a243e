"""One search, as its trials would end: any number of workers, each trial as long as chance says."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from search.problem import Problem
from search.space import Config

DURATION_SD = 0.5  # of the logarithm of a trial's duration


class Method(Protocol):
    """What is asked and told (methods.Child)."""

    def ask(self, number: int) -> tuple[Config | None, float]:
        """A configuration, none where the space is exhausted, and the seconds it took."""

    def tell(self, number: int, value: float) -> float:
        """Tells a result; the seconds it took."""

    def best(self) -> int | None:
        """The trial that it recommends; none: it leaves that to what was shown."""


@dataclass
class Course:
    """What came of a search."""

    # After each result: the truth of the trial whose shown value is the best so far.
    truth: list[float] = field(default_factory=list)
    # At the budgets asked for: the truth of what the method itself recommends, where it does.
    recommended: dict[int, float] = field(default_factory=dict)
    ask_s: list[float] = field(default_factory=list)
    tell_s: list[float] = field(default_factory=list)


def noise_of(seed: int, number: int) -> np.random.Generator:
    """The chance of one trial: the same for every method, so that pairs can be compared."""
    return np.random.default_rng([seed, number, 0])


def duration_of(seed: int, number: int) -> float:
    """How long a trial takes; log-normal with a median of 1."""
    return float(np.random.default_rng([seed, number, 1]).lognormal(sigma=DURATION_SD))


def simulate(
    problem: Problem, method: Method, seed: int, workers: int, budgets: list[int]
) -> Course:
    """Keeps all workers busy until the largest budget is spent, or the space is exhausted."""
    course, asked, now, budget = Course(), 0, 0.0, max(budgets)
    running: list[tuple[float, int, float]] = []  # when it ends, its number, what it will show
    truths: dict[int, float] = {}
    best_shown, best_truth = float("inf"), float("inf")
    while len(course.truth) < budget:
        while asked < budget and len(running) < workers:
            config, seconds = method.ask(asked)
            if config is None:
                break
            course.ask_s.append(seconds)
            shown = problem.evaluate(config, noise_of(seed, asked))
            ends = now + duration_of(seed, asked)
            truths[asked] = problem.truth(config)
            heapq.heappush(running, (ends, asked, shown))
            asked += 1
        if not running:
            break
        now, number, shown = heapq.heappop(running)
        course.tell_s.append(method.tell(number, shown))
        if shown < best_shown or not course.truth:
            best_shown, best_truth = shown, truths[number]
        course.truth.append(best_truth)
        if len(course.truth) in budgets and (best := method.best()) is not None:
            course.recommended[len(course.truth)] = truths[best]
    return course
