"""Which parameters of a study matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cairn.errors import InvalidError

if TYPE_CHECKING:
    from cairn.study import Study

__all__ = [
    "FanovaImportanceEvaluator",
    "MeanDecreaseImpurityImportanceEvaluator",
    "PedAnovaImportanceEvaluator",
    "get_param_importances",
]


class _Evaluator:
    """Accepted: importances are shares of variance, whatever evaluator is asked for."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass


class FanovaImportanceEvaluator(_Evaluator):
    """What is done here."""


class PedAnovaImportanceEvaluator(_Evaluator):
    """Accepted."""


class MeanDecreaseImpurityImportanceEvaluator(_Evaluator):
    """Accepted."""


def get_param_importances(
    study: Study,
    *,
    evaluator: Any = None,
    params: list[str] | None = None,
    target: Any = None,
    normalize: bool = True,
) -> dict[str, float]:
    """The share of the first objective's variance that each parameter explains, greatest first.

    All parameters of the study are in the model; `params` says which are answered. Raises
    InvalidError for a `target`: the model is of what was told.
    """
    if target is not None:
        raise InvalidError("expected no target: importance is that of the first objective")
    shares = study._sweep.importance()
    if params is not None:
        if unknown := set(params) - set(shares):
            raise InvalidError(f"expected parameters of {sorted(shares)}, found {sorted(unknown)}")
        shares = {name: share for name, share in shares.items() if name in params}
    total = sum(shares.values())
    if normalize and total > 0:
        return {name: share / total for name, share in shares.items()}
    return shares
