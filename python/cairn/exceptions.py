"""Exceptions of searches, under the names that Optuna gives them."""

from __future__ import annotations

from cairn.errors import ConflictError, Error

__all__ = ["DuplicatedStudyError", "OptunaError", "TrialPruned"]

OptunaError = Error


class TrialPruned(Error):  # noqa: N818 - Optuna's name
    """Ends a trial early. It is no failure: what it has reported is what it came to.

    An objective raises it where `trial.should_prune()`; log() raises it inside `Sweep.run` when the
    sweep's rule says stop. Let it pass.
    """

    code = "pruned"


class DuplicatedStudyError(ConflictError):
    """A study of this name exists already."""
