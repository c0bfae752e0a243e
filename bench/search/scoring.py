"""Scores of search methods in Bayesmark's way, ranks, and whether differences are more than luck.

Pure: results in, figures out. A *cell* is a (problem, seed); methods are compared where they share
cells, so that each met the same noise and the same durations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BOOTSTRAPS = 5000
Cell = tuple[str, int]
# By method and cell: the truth of the incumbent at one budget.
Results = Mapping[str, Mapping[Cell, float]]


@dataclass(frozen=True)
class Scale:
    """Where a problem's normalised loss is 0 and 1: its optimum, and the median random trial."""

    optimum: float
    middle: float

    def normalised(self, value: float) -> float:
        """The loss, clipped to [-1, 1]."""
        return float(np.clip((value - self.optimum) / (self.middle - self.optimum), -1.0, 1.0))


def at_budget(truth: Sequence[float], budget: int, planned: int) -> float | None:
    """The incumbent's truth after so many trials, or when the space was exhausted before."""
    if not truth or planned < budget:
        return None
    return truth[min(budget, len(truth)) - 1]


def task_losses(values: Mapping[Cell, float], scales: Mapping[str, Scale]) -> dict[str, float]:
    """The mean normalised loss over seeds, by problem."""
    losses: dict[str, list[float]] = {}
    for (problem, _), value in values.items():
        losses.setdefault(problem, []).append(scales[problem].normalised(value))
    return {problem: float(np.mean(of_seeds)) for problem, of_seeds in losses.items()}


def score(losses: Mapping[str, float]) -> float:
    """100 where every problem is solved, 0 where none is better than the median random trial."""
    return 100 * (1 - float(np.mean(list(losses.values()))))


def interval(per_task: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """Where the mean over tasks lies with 95 %, by drawing tasks anew."""
    values = np.asarray(per_task)
    draws = np.random.default_rng(seed).integers(len(values), size=(BOOTSTRAPS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def shared_cells(results: Results) -> list[Cell]:
    """The cells that every method has, in order."""
    every = [set(cells) for cells in results.values()]
    return sorted(set.intersection(*every)) if every else []


def average_ranks(results: Results) -> dict[str, float]:
    """The mean over problems of the mean over seeds of each method's place; ties share theirs."""
    from scipy.stats import rankdata

    by_problem: dict[str, list[np.ndarray]] = {}
    for cell in shared_cells(results):
        ranks = rankdata([cells[cell] for cells in results.values()])
        by_problem.setdefault(cell[0], []).append(ranks)
    means = np.mean([np.mean(ranks, axis=0) for ranks in by_problem.values()], axis=0)
    return dict(zip(results, map(float, means)))


@dataclass(frozen=True)
class Comparison:
    """How much better one method scores than another where both were run."""

    gain: float  # in points of the score; positive: the first is better
    low: float  # of its 95 % interval
    high: float
    p: float  # of no difference, by Wilcoxon's signed ranks over tasks; adjusted by holm()
    tasks: int
    cells: int
    wins: int  # tasks on which the first has the lower mean loss
    losses: int


def compare(
    first: Mapping[Cell, float], second: Mapping[Cell, float], scales: Mapping[str, Scale]
) -> Comparison | None:
    """Two methods on their common cells; none where there are none."""
    from scipy.stats import wilcoxon

    cells = [cell for cell in first if cell in second]
    if not cells:
        return None
    ours = task_losses({cell: first[cell] for cell in cells}, scales)
    theirs = task_losses({cell: second[cell] for cell in cells}, scales)
    gains = 100 * np.array([theirs[problem] - ours[problem] for problem in ours])
    low, high = interval(list(gains))
    p = float(wilcoxon(gains).pvalue) if np.any(gains) else 1.0
    wins, losses = int((gains > 0).sum()), int((gains < 0).sum())
    return Comparison(float(gains.mean()), low, high, p, len(ours), len(cells), wins, losses)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjustment of several tests made at once."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted, least = [0.0] * len(p_values), 0.0
    for step, at in enumerate(order):
        least = max(least, min(1.0, p_values[at] * (len(p_values) - step)))
        adjusted[at] = least
    return adjusted
