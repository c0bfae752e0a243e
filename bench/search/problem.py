"""Problem: what a search is measured on: a space, what an evaluation shows, and what is true."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from search.space import Config, Space, draw, read_space


@dataclass(frozen=True)
class Problem:
    """Values are to be minimised. `truth` is without noise: it scores, and no method sees it."""

    name: str
    suite: str
    space: Space
    truth: Callable[[Config], float]
    # What one evaluation shows; without it the truth. Draws its noise from the generator.
    shown: Callable[[Config, np.random.Generator], float] | None = None
    # The least truth there is; unknown: the best that any method found. Called where it costs.
    optimum: float | Callable[[], float] | None = None
    draws: int = 2000  # how many random ones tell the median; fewer where an evaluation is dear

    def evaluate(self, config: Config, noise: np.random.Generator) -> float:
        """What a trial of this configuration reports."""
        return self.truth(config) if self.shown is None else self.shown(config, noise)

    def known_optimum(self) -> float | None:
        """Where a score of 100 lies, where that is known."""
        return self.optimum() if callable(self.optimum) else self.optimum

    def median_of_random(self) -> float:
        """The middle of what single random trials truly give: where a score of 0 lies."""
        parameters, source = read_space(self.space), random.Random(0)
        return statistics.median(self.truth(draw(parameters, source)) for _ in range(self.draws))


def numbers(config: Config, names: list[str]) -> np.ndarray:
    """Some of a configuration's values as a vector."""
    return np.array([config[name] for name in names], dtype=float)
