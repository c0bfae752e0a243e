"""Optuna's pruners by name: each says which stopping rule of a sweep stands for it."""

from __future__ import annotations

import math
from typing import Any

__all__ = [
    "AutoPruner",
    "BasePruner",
    "HyperbandPruner",
    "MedianPruner",
    "NopPruner",
    "PatientPruner",
    "PercentilePruner",
    "SuccessiveHalvingPruner",
    "ThresholdPruner",
    "WilcoxonPruner",
]

_BRACKETS_UNKNOWN = 4  # as many as Optuna has for 1 to 81 steps


class BasePruner:
    """`rule`: the member early_terminate of a sweep file."""

    def __init__(self, type: str, **members: Any) -> None:
        given = {name: value for name, value in members.items() if value is not None}
        self.rule: dict[str, Any] = {"type": type, **given}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.rule})"


class AutoPruner(BasePruner):
    """The default: stops what, by its curve, cannot become the best any more."""

    def __init__(self) -> None:
        super().__init__("auto")


class NopPruner(BasePruner):
    """Stops nothing."""

    def __init__(self) -> None:
        super().__init__("none")


class PercentilePruner(BasePruner):
    """Stops what is worse than a percentile of the others at its step."""

    def __init__(
        self,
        percentile: float,
        n_startup_trials: int = 5,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        n_min_trials: int = 1,
    ) -> None:
        super().__init__(
            "percentile",
            percentile=percentile,
            n_startup_trials=n_startup_trials,
            n_warmup_steps=n_warmup_steps,
            interval_steps=interval_steps,
            n_min_trials=n_min_trials,
        )


class MedianPruner(BasePruner):
    """Stops what is worse than the median of the others at its step."""

    def __init__(
        self,
        n_startup_trials: int = 5,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        n_min_trials: int = 1,
    ) -> None:
        super().__init__(
            "median",
            n_startup_trials=n_startup_trials,
            n_warmup_steps=n_warmup_steps,
            interval_steps=interval_steps,
            n_min_trials=n_min_trials,
        )


class SuccessiveHalvingPruner(BasePruner):
    """Lets the best 1/reduction_factor of each rung go on."""

    def __init__(
        self,
        min_resource: int | str = "auto",
        reduction_factor: int = 4,
        min_early_stopping_rate: int = 0,
        bootstrap_count: int = 0,
    ) -> None:
        least = 1 if isinstance(min_resource, str) else min_resource
        least *= reduction_factor**min_early_stopping_rate
        super().__init__("asha", min_resource=least, reduction_factor=reduction_factor)


class HyperbandPruner(BasePruner):
    """Successive halving that begins at several rungs."""

    def __init__(
        self,
        min_resource: int = 1,
        max_resource: int | str = "auto",
        reduction_factor: int = 3,
        bootstrap_count: int = 0,
    ) -> None:
        most = None if isinstance(max_resource, str) else max_resource
        brackets = _BRACKETS_UNKNOWN
        if most is not None:
            brackets = int(math.log(most / min_resource, reduction_factor) + 1e-9) + 1
        super().__init__(
            "asha",
            min_resource=min_resource,
            max_resource=most,
            reduction_factor=reduction_factor,
            brackets=brackets,
        )


class ThresholdPruner(BasePruner):
    """Stops what leaves a range."""

    def __init__(
        self,
        lower: float | None = None,
        upper: float | None = None,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
    ) -> None:
        super().__init__(
            "threshold",
            lower=lower,
            upper=upper,
            n_warmup_steps=n_warmup_steps,
            interval_steps=interval_steps,
        )


class PatientPruner(BasePruner):
    """Stops what has not become better for `patience` reports; a wrapped pruner is not asked."""

    def __init__(
        self, wrapped_pruner: BasePruner | None, patience: int, min_delta: float = 0.0
    ) -> None:
        super().__init__("patience", patience=max(patience, 1), min_delta=min_delta)


class WilcoxonPruner(BasePruner):
    """Stops what is worse than the best over the same folds, by a signed-rank test."""

    def __init__(self, *, p_threshold: float = 0.1, n_startup_steps: int = 2) -> None:
        super().__init__("wilcoxon", p_threshold=p_threshold, n_startup_steps=n_startup_steps)
