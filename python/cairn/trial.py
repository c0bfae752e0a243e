"""Trials of a study, under Optuna's names: what an objective is called with, and what it left."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from cairn.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
    stream,
    written,
)
from cairn.errors import InvalidError

if TYPE_CHECKING:
    from cairn.study import Study
    from cairn.sweeps import SweepTrial

__all__ = ["BaseTrial", "FixedTrial", "FrozenTrial", "Trial", "TrialState", "create_trial"]


class TrialState(IntEnum):
    """Optuna's states."""

    RUNNING = 0
    COMPLETE = 1
    PRUNED = 2
    FAIL = 3
    WAITING = 4

    def is_finished(self) -> bool:
        """Whether it is told."""
        return self in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


class BaseTrial:
    """What an objective may ask of a trial; where values come from is for those below to say."""

    number: int

    def __init__(self) -> None:
        self._params: dict[str, Any] = {}
        self._distributions: dict[str, BaseDistribution] = {}
        self._user_attrs: dict[str, Any] = {}
        self._constraints: dict[str, float] = {}

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A number from low to high."""
        return float(self._suggest(name, FloatDistribution(low, high, log, step)))

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """A whole number from low to high, both included."""
        return int(self._suggest(name, IntDistribution(low, high, log, step)))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices."""
        return self._suggest(name, CategoricalDistribution(choices))

    def suggest_uniform(self, name: str, low: float, high: float) -> float:
        """suggest_float() of earlier days."""
        return self.suggest_float(name, low, high)

    def suggest_loguniform(self, name: str, low: float, high: float) -> float:
        """suggest_float(log=True) of earlier days."""
        return self.suggest_float(name, low, high, log=True)

    def suggest_discrete_uniform(self, name: str, low: float, high: float, q: float) -> float:
        """suggest_float(step=q) of earlier days."""
        return self.suggest_float(name, low, high, step=q)

    @property
    def params(self) -> dict[str, Any]:
        """What was suggested, by name."""
        return dict(self._params)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """From what, by name."""
        return dict(self._distributions)

    @property
    def user_attrs(self) -> dict[str, Any]:
        """What set_user_attr() kept."""
        return dict(self._user_attrs)

    @property
    def constraints(self) -> dict[str, float]:
        """What set_constraint() said."""
        return dict(self._constraints)

    def set_user_attr(self, key: str, value: Any) -> None:
        """Notes something beside the trial."""
        self._user_attrs[key] = value

    def set_constraint(self, key: str, value: float) -> None:
        """An outcome that has to be at most 0."""
        self._constraints[key] = float(value)

    def report(self, value: float, step: int) -> None:
        """What the objective has come to at `step`."""

    def should_prune(self) -> bool:
        """Whether to `raise TrialPruned`."""
        return False

    def _suggest(self, name: str, distribution: BaseDistribution) -> Any:
        if name in self._distributions:
            check_distribution_compatibility(self._distributions[name], distribution)
            if self._distributions[name] != distribution:
                warnings.warn(
                    f"'{name}' was suggested from {self._distributions[name]} in this trial; "
                    "that value stays",
                    stacklevel=3,
                )
        else:
            self._params[name] = self._choose(name, distribution)
            self._distributions[name] = distribution
        return self._params[name]

    def _choose(self, name: str, distribution: BaseDistribution) -> Any:
        raise NotImplementedError


class Trial(BaseTrial):
    """A trial under way. Of the thread that runs its objective."""

    def __init__(self, study: Study, trial: SweepTrial, fixed: Mapping[str, Any]) -> None:
        super().__init__()
        self.study = study
        self.number = trial.number
        self.datetime_start = _moment(trial._about.get("began_ns")) or datetime.now()
        self._trial = trial
        self._proposed: dict[str, Any] = {**trial.params, **fixed}
        self._forced = set(fixed) | (set(trial.params) if _is_enqueued(trial) else set())
        self._reports: dict[float, float] = {}

    @property
    def _trial_id(self) -> int:
        return self.number

    @property
    def relative_params(self) -> dict[str, Any]:
        """What the study proposed for this trial."""
        return dict(self._proposed)

    @property
    def system_attrs(self) -> dict[str, Any]:
        """None are kept."""
        return {}

    def report(self, value: float, step: int) -> None:
        """What the objective has come to at `step`; a step counts once."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise TypeError(f"expected a number to report, found {value!r}") from None
        if step < 0:
            raise InvalidError(f"expected a step from 0, found {step}")
        if step in self._reports:
            warnings.warn(
                f"step {step} was reported before and counts once; found {number}", stacklevel=2
            )
            return
        self._reports[step] = number
        self._trial.report(number, step)

    def should_prune(self) -> bool:
        """Whether the rule said so at the last report."""
        return self._trial.should_stop()

    def _choose(self, name: str, distribution: BaseDistribution) -> Any:
        if name in self._proposed:
            value = self._proposed[name]
            if distribution.contains(value):
                return distribution.read(value)
            if name in self._forced:
                warnings.warn(
                    f"'{name}' is fixed to {value!r}, which is outside of {distribution}",
                    stacklevel=4,
                )
                return value
        return distribution.at(stream(self.study._sweep.seed, self.number, name))

    def _told(self, given: Container[str]) -> dict[str, Any]:
        """What the API is told of the parameters: what was really asked for.

        `given`: those that the study has its own values for.
        """
        from cairn.distributions import as_document

        return {
            "params": {name: written(value) for name, value in self._params.items()},
            "distributions": {
                name: as_document(distribution)
                for name, distribution in self._distributions.items()
                if name not in given
            },
        }


class FixedTrial(BaseTrial):
    """For calling an objective with given parameters: FixedTrial({"lr": 0.1})."""

    def __init__(self, params: Mapping[str, Any], number: int = 0) -> None:
        super().__init__()
        self.number = number
        self.datetime_start = datetime.now()
        self._fixed = dict(params)

    def _choose(self, name: str, distribution: BaseDistribution) -> Any:
        if name not in self._fixed:
            raise InvalidError(f"expected a value for '{name}', found {sorted(self._fixed)}")
        value = self._fixed[name]
        if not distribution.contains(value):
            warnings.warn(f"'{name}' is {value!r}, outside of {distribution}", stacklevel=4)
        return value


class FrozenTrial(BaseTrial):
    """A trial as it was when it was read; one that is made by create_trial() may be added."""

    def __init__(
        self,
        number: int,
        state: TrialState,
        value: float | None,
        datetime_start: datetime | None,
        datetime_complete: datetime | None,
        params: Mapping[str, Any],
        distributions: Mapping[str, BaseDistribution],
        user_attrs: Mapping[str, Any],
        system_attrs: Mapping[str, Any],
        intermediate_values: Mapping[int, float],
        trial_id: int,
        *,
        values: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        if value is not None and values is not None:
            raise InvalidError("expected value or values, found both")
        self.number = number
        self.state = state
        self.values: list[float] | None = (
            list(values) if values is not None else None if value is None else [float(value)]
        )
        self.datetime_start = datetime_start
        self.datetime_complete = datetime_complete
        self._params = dict(params)
        self._distributions = dict(distributions)
        self._user_attrs = dict(user_attrs)
        self.system_attrs = dict(system_attrs)
        self.intermediate_values = dict(intermediate_values)
        self._trial_id = trial_id

    @property
    def value(self) -> float | None:
        """The only value; raises for several objectives."""
        if self.values is None:
            return None
        if len(self.values) > 1:
            raise RuntimeError("expected one objective, found several: see `values`")
        return self.values[0]

    @property
    def last_step(self) -> int | None:
        """The last step that was reported."""
        return max(self.intermediate_values, default=None)

    @property
    def duration(self) -> Any:
        """How long it took; None as long as it runs."""
        if self.datetime_start is None or self.datetime_complete is None:
            return None
        return self.datetime_complete - self.datetime_start

    def _choose(self, name: str, distribution: BaseDistribution) -> Any:
        if name in self._params:
            return self._params[name]
        raise InvalidError(f"expected a parameter of {sorted(self._params)}, found '{name}'")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenTrial):
            return NotImplemented
        return self.number == other.number and self._members() == other._members()

    def __lt__(self, other: FrozenTrial) -> bool:
        return self.number < other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return (
            f"FrozenTrial(number={self.number}, state={self.state.name}, values={self.values}, "
            f"params={self._params})"
        )

    def _members(self) -> Any:
        return (self.state, self.values, self._params, self._user_attrs, self.intermediate_values)


def create_trial(
    *,
    state: TrialState = TrialState.COMPLETE,
    value: float | None = None,
    values: Sequence[float] | None = None,
    params: Mapping[str, Any] | None = None,
    distributions: Mapping[str, BaseDistribution] | None = None,
    user_attrs: Mapping[str, Any] | None = None,
    system_attrs: Mapping[str, Any] | None = None,
    intermediate_values: Mapping[int, float] | None = None,
) -> FrozenTrial:
    """A trial of elsewhere, for Study.add_trial()."""
    params, distributions = dict(params or {}), dict(distributions or {})
    if set(params) != set(distributions):
        raise InvalidError(
            f"expected a distribution for each of {sorted(params)}, found {sorted(distributions)}"
        )
    for name, distribution in distributions.items():
        if not distribution.contains(params[name]):
            raise InvalidError(f"expected '{name}' from {distribution}, found {params[name]!r}")
    if state is TrialState.COMPLETE and value is None and values is None:
        raise InvalidError("expected a value of a trial that is complete, found none")
    now = datetime.now()
    return FrozenTrial(
        -1,
        state,
        value,
        now,
        now if state.is_finished() else None,
        params,
        distributions,
        user_attrs or {},
        system_attrs or {},
        intermediate_values or {},
        -1,
        values=values,
    )


_STATES = {
    "waiting": TrialState.WAITING,
    "running": TrialState.RUNNING,
    "paused": TrialState.RUNNING,
    "complete": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    "lost": TrialState.FAIL,
}


def state_of(trial: SweepTrial) -> TrialState:
    """Optuna's word for it."""
    return _STATES.get(trial.state, TrialState.COMPLETE)


def freeze(
    trial: SweepTrial,
    distributions: Mapping[str, BaseDistribution],
    user_attrs: Mapping[str, Any],
) -> FrozenTrial:
    """A trial of the API as Optuna shows one. `distributions`: of all parameters of the study."""
    state = state_of(trial)
    reports = {int(step): value for step, value in trial.reports}
    values = trial.values if state is TrialState.COMPLETE else None
    if state is TrialState.PRUNED and reports:
        values = [reports[max(reports)]]
    if values is not None and any(math.isnan(one) for one in values):
        values = None
    params = {
        name: distributions[name].read(value) if name in distributions else value
        for name, value in trial.params.items()
    }
    return FrozenTrial(
        trial.number,
        state,
        None,
        _moment(trial._about.get("began_ns")),
        _moment(trial._about.get("ended_ns")),
        params,
        {name: copy.copy(distributions[name]) for name in params if name in distributions},
        user_attrs,
        {},
        reports,
        trial.number,
        values=values,
    )


def _moment(time_ns: Any) -> datetime | None:
    return datetime.fromtimestamp(time_ns / 1e9) if time_ns else None


def _is_enqueued(trial: SweepTrial) -> bool:
    return trial._about.get("sampler") == "user"
