"""Optuna's samplers by name: each says which method of a sweep stands for it.

What only tunes an algorithm of Optuna's (n_startup_trials, gamma, sigma0, ...) is accepted and has
no effect: our methods have no such knobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = [
    "AutoSampler",
    "BaseSampler",
    "BruteForceSampler",
    "CmaEsSampler",
    "GPSampler",
    "GridSampler",
    "NSGAIIISampler",
    "NSGAIISampler",
    "PartialFixedSampler",
    "QMCSampler",
    "RandomSampler",
    "TPESampler",
]


class BaseSampler:
    """A method, a seed, and what is known of a trial's outcome besides its value."""

    method = "auto"
    fixed_params: Mapping[str, Any] = {}
    search_space: Mapping[str, Sequence[Any]] | None = None

    def __init__(
        self,
        *_: Any,
        seed: int | None = None,
        constraints_func: Callable[[Any], Sequence[float]] | None = None,
        **__: Any,
    ) -> None:
        self.seed = seed
        self.constraints_func = constraints_func

    def reseed_rng(self) -> None:
        """Nothing to do: what a trial draws follows from its number."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(seed={self.seed})"


class AutoSampler(BaseSampler):
    """The default."""


class TPESampler(BaseSampler):
    """Tree-structured Parzen estimator."""

    method = "tpe"

    @staticmethod
    def hyperopt_parameters() -> dict[str, Any]:
        """For TPESampler(**TPESampler.hyperopt_parameters())."""
        return {}


class GPSampler(BaseSampler):
    """Gaussian processes."""

    method = "gp"


class RandomSampler(BaseSampler):
    """Draws from the prior."""

    method = "random"

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed=seed)


class QMCSampler(BaseSampler):
    """A Sobol sequence."""

    method = "sobol"


class CmaEsSampler(BaseSampler):
    """Evolution of a covariance matrix."""

    method = "cmaes"


class NSGAIISampler(BaseSampler):
    """Several objectives, by a population."""

    method = "nsga2"


class NSGAIIISampler(BaseSampler):
    """Many objectives, by a population."""

    method = "nsga3"


class BruteForceSampler(BaseSampler):
    """All configurations, once each."""

    method = "grid"


class GridSampler(BaseSampler):
    """All of `search_space`, once each: {"x": [-1, 0, 1], "opt": ["sgd", "adam"]}."""

    method = "grid"

    def __init__(self, search_space: Mapping[str, Sequence[Any]], seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.search_space = {str(name): list(values) for name, values in search_space.items()}


class PartialFixedSampler(BaseSampler):
    """Some parameters as they are given, the others as another sampler says."""

    def __init__(self, fixed_params: Mapping[str, Any], base_sampler: BaseSampler) -> None:
        super().__init__(seed=base_sampler.seed, constraints_func=base_sampler.constraints_func)
        self.method = base_sampler.method
        self.search_space = base_sampler.search_space
        self.fixed_params = dict(fixed_params)
