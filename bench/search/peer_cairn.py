"""Cairn's public API: a sweep in a store of its own, asked and told."""

from __future__ import annotations

import tempfile

import cairn
from search.space import Config, Space


class Cairn:
    """`cairn.sweep`, its default method."""

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        self.version = f"cairn {cairn.__version__}"
        self.x_store = tempfile.TemporaryDirectory()
        self.x_sweep = cairn.sweep(
            dict(space),
            project="bench",
            metric="loss",
            goal="minimize",
            budget=budget,
            seed=seed,
            dir=self.x_store.name,
            warm_start=False,
        )
        self.x_trials: dict[int, cairn.SweepTrial] = {}

    def ask(self, number: int) -> Config | None:
        """The next trial's parameters."""
        trial = self.x_sweep.ask()
        if trial is None:
            return None
        self.x_trials[number] = trial
        return dict(trial.params)

    def tell(self, number: int, value: float) -> None:
        """What it gave."""
        self.x_sweep.tell(self.x_trials[number], value)

    def best(self) -> int | None:
        """The number of the trial that the sweep calls its best."""
        best = self.x_sweep.best
        known = (number for number, t in self.x_trials.items() if best and t.number == best.number)
        return next(known, None)
