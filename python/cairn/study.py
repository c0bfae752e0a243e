"""Studies: a search whose space is what its objective asks for as it runs; Optuna's interface."""

from __future__ import annotations

import math
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from cairn.distributions import BaseDistribution, as_document, distribution_of, written
from cairn.errors import InvalidError, NotFoundError, UnavailableError
from cairn.exceptions import DuplicatedStudyError
from cairn.optimizing import Objective, Optimization
from cairn.pruners import AutoPruner, BasePruner
from cairn.recall_door import Place, tell_once
from cairn.samplers import BaseSampler
from cairn.sweep_door import Asked, SweepDoor, create, list_sweeps
from cairn.sweep_run import Progress
from cairn.sweeps import Sweep, SweepTrial
from cairn.trial import FrozenTrial, Trial, TrialState, freeze, state_of

__all__ = [
    "MaxTrialsCallback",
    "Study",
    "StudyDirection",
    "StudySummary",
    "copy_study",
    "create_study",
    "delete_study",
    "get_all_study_names",
    "get_all_study_summaries",
    "load_study",
]

_WAIT_S = 2.0


class StudyDirection(IntEnum):
    """Which way is better."""

    NOT_SET = 0
    MINIMIZE = 1
    MAXIMIZE = 2


class StudySummary(NamedTuple):
    """What get_all_study_summaries() tells of a study."""

    study_name: str
    directions: list[StudyDirection]
    best_trial: FrozenTrial | None
    user_attrs: dict[str, Any]
    system_attrs: dict[str, Any]
    n_trials: int
    datetime_start: datetime | None

    @property
    def direction(self) -> StudyDirection:
        """Of the only objective."""
        return self.directions[0]


class Study:
    """A study in the store. Any thread; other processes may work at it under the same name."""

    def __init__(
        self, sweep: Sweep, sampler: BaseSampler | None, pruner: BasePruner | None
    ) -> None:
        self._sweep = sweep
        self._sampler = sampler or BaseSampler()
        self._pruner = pruner or AutoPruner()
        self._open: dict[int, Trial] = {}  # asked here and not told yet
        self._attrs: dict[int, dict[str, Any]] = {}  # of trials
        self._user_attrs: dict[str, Any] = {}
        self._distributions: dict[str, BaseDistribution] = {}  # as they were asked for here
        self._limits: list[str] = []
        self._metric_names: list[str] | None = None
        self._stops = False
        self._is_optimizing = False
        self._lock = threading.Lock()

    # What it is.

    @property
    def study_name(self) -> str:
        """Its name."""
        return self._sweep.name

    @property
    def directions(self) -> list[StudyDirection]:
        """By objective."""
        return [StudyDirection[goal.upper()] for goal in self._sweep.goals]

    @property
    def direction(self) -> StudyDirection:
        """Of the only objective; raises RuntimeError where there are several."""
        self._expect_one_objective()
        return self.directions[0]

    @property
    def sampler(self) -> BaseSampler:
        """Which method proposes; may be set."""
        return self._sampler

    @sampler.setter
    def sampler(self, sampler: BaseSampler) -> None:
        self._sampler = sampler
        self._sweep.change(**_sampler_members(sampler))

    @property
    def pruner(self) -> BasePruner:
        """Which rule stops trials early; may be set."""
        return self._pruner

    @pruner.setter
    def pruner(self, pruner: BasePruner) -> None:
        self._pruner = pruner
        self._sweep.change(early_terminate=pruner.rule)

    @property
    def user_attrs(self) -> dict[str, Any]:
        """What set_user_attr() noted."""
        return dict(self._user_attrs)

    @property
    def system_attrs(self) -> dict[str, Any]:
        """None are kept."""
        return {}

    @property
    def metric_names(self) -> list[str] | None:
        """What set_metric_names() said."""
        return self._metric_names

    def set_user_attr(self, key: str, value: Any) -> None:
        """Notes something beside the study, for as long as this object lives."""
        self._user_attrs[key] = value

    def set_metric_names(self, metric_names: Sequence[str]) -> None:
        """How the objectives are called in tables."""
        if len(metric_names) != len(self.directions):
            raise InvalidError(f"expected {len(self.directions)} names, found {len(metric_names)}")
        self._metric_names = list(metric_names)

    # What it has come to.

    @property
    def trials(self) -> list[FrozenTrial]:
        """All of them, in the order of their numbers."""
        return self.get_trials()

    def get_trials(
        self, deepcopy: bool = True, states: Iterable[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Those in any of some states."""
        wanted = None if states is None else set(states)
        known = self._known_distributions()
        return [
            self._freeze(trial, known)
            for trial in self._sweep.trials
            if trial.state != "prior" and (wanted is None or state_of(trial) in wanted)
        ]

    @property
    def best_trial(self) -> FrozenTrial:
        """The trial whose mean is the best; raises where there is none, or several objectives."""
        self._expect_one_objective()
        best = self._sweep.best
        if best is None:
            raise InvalidError("expected a trial that is complete, found none yet")
        return self._freeze(best, self._known_distributions())

    @property
    def best_value(self) -> float:
        """What it came to."""
        value = self.best_trial.value
        assert value is not None
        return value

    @property
    def best_params(self) -> dict[str, Any]:
        """Its parameters."""
        return self.best_trial.params

    @property
    def best_trials(self) -> list[FrozenTrial]:
        """Those that no other is better than in all objectives."""
        if len(self.directions) == 1:
            return [self.best_trial] if self._sweep.best is not None else []
        known = self._known_distributions()
        return [self._freeze(trial, known) for trial in self._sweep.front]

    def trials_dataframe(
        self,
        attrs: Sequence[str] = (
            "number",
            "value",
            "datetime_start",
            "datetime_complete",
            "duration",
            "params",
            "user_attrs",
            "state",
        ),
        multi_index: bool = False,
    ) -> Any:
        """All trials as a pandas frame."""
        import pandas as pd

        rows = [self._row(trial, attrs) for trial in self.trials]
        frame = pd.DataFrame(
            [{" ".join(filter(None, key)): value for key, value in row.items()} for row in rows]
        )
        names = {" ".join(filter(None, key)): key for row in rows for key in row}
        if multi_index:
            frame.columns = pd.MultiIndex.from_tuples([names[name] for name in frame.columns])
        else:
            frame.columns = ["_".join(filter(None, names[name])) for name in frame.columns]
        return frame

    # Its trials.

    def optimize(
        self,
        func: Objective,
        n_trials: int | None = None,
        timeout: float | None = None,
        n_jobs: int = 1,
        catch: Iterable[type[Exception]] | type[Exception] = (),
        callbacks: Iterable[Callable[[Study, FrozenTrial], None]] | None = None,
        gc_after_trial: bool = False,
        show_progress_bar: bool = False,
    ) -> None:
        """Runs `func` for `n_trials` trials or `timeout` seconds, in `n_jobs` threads.

        Its exceptions fail the trial and are raised, but for those of `catch`. Ends early where the
        study has nothing left to try.
        """
        if self._is_optimizing:
            raise RuntimeError("expected optimize() to be called once at a time")
        Optimization(
            self,
            func,
            n_trials,
            math.inf if timeout is None else time.monotonic() + timeout,
            tuple(catch) if isinstance(catch, Iterable) else (catch,),
            list(callbacks or ()),
            gc_after_trial,
            Progress(self._sweep, show_progress_bar),
        ).run(n_jobs if n_jobs > 0 else os.cpu_count() or 1)

    def stop(self) -> None:
        """Inside of optimize(): no further trial begins."""
        if not self._is_optimizing:
            raise RuntimeError(
                "expected to be called inside of optimize(): by an objective or callback"
            )
        self._stops = True

    def ask(self, fixed_distributions: Mapping[str, BaseDistribution] | None = None) -> Trial:
        """A trial to be run and told; raises UnavailableError where nothing is left to try."""
        trial = self._ask(may_grow=True)
        if trial is None:
            raise UnavailableError(
                f"expected something left to try, found none: {self._sweep.reason}"
            )
        for name, distribution in (fixed_distributions or {}).items():
            trial._suggest(name, distribution)
        return trial

    def tell(
        self,
        trial: Trial | int,
        values: float | Sequence[float] | None = None,
        state: TrialState | None = None,
        skip_if_finished: bool = False,
    ) -> FrozenTrial:
        """What a trial came to. Without values, or where they are not finite, it has failed."""
        number = trial if isinstance(trial, int) else trial.number
        with self._lock:
            asked = self._open.pop(number, None)
        if asked is None:
            known = self._sweep.trial(number)
            if state_of(known).is_finished():
                if skip_if_finished:
                    return self._freeze(known, self._known_distributions())
                raise InvalidError(f"expected a trial that is not told yet, found {number}")
        body = self._body(values, state)
        if "error" in body:
            warnings.warn(f"trial {number} has failed: {body['error']}", stacklevel=2)
        return self._tell(number, asked, body)

    def enqueue_trial(
        self,
        params: Mapping[str, Any],
        user_attrs: Mapping[str, Any] | None = None,
        skip_if_exists: bool = False,
    ) -> None:
        """Parameters to try next; what they leave out is proposed."""
        given = {name: written(value) for name, value in params.items()}
        if skip_if_exists and any(trial.params == given for trial in self._sweep.trials):
            return
        added = self._sweep.add(given)
        if user_attrs:
            self._attrs[added.number] = dict(user_attrs)

    def add_trial(self, trial: FrozenTrial) -> None:
        """A trial of elsewhere, with its result."""
        states = {TrialState.PRUNED: "stopped", TrialState.FAIL: "failed"}
        body: dict[str, Any] = {
            "params": {name: written(value) for name, value in trial.params.items()},
            "distributions": {
                name: as_document(distribution)
                for name, distribution in trial.distributions.items()
            },
            "reports": [[step, value] for step, value in trial.intermediate_values.items()],
        }
        if trial.state.is_finished():
            body["state"] = states.get(trial.state, "complete")
        if trial.state is TrialState.COMPLETE:
            body["values"] = trial.values
        (added,) = self._sweep._door.add([body])
        self._distributions.update(trial.distributions)
        self._attrs[int(added["number"])] = trial.user_attrs

    def add_trials(self, trials: Iterable[FrozenTrial]) -> None:
        """Several of them."""
        for trial in trials:
            self.add_trial(trial)

    def _ask(self, may_grow: bool) -> Trial | None:
        """None where nothing is left to try.

        `may_grow`: where that is so of all that is known of the space, a trial without proposals
        finds out whether the objective asks for more by now.
        """
        while True:
            asked = self._sweep.ask_door(1)
            if asked.trials:
                break
            if asked.wait_s is not None:
                self._wait(asked)
            elif may_grow and asked.state == "finished" and self._sampler.method != "grid":
                self._sweep.add({})
                may_grow = False
            else:
                return None
        proposed = self._sweep._trial(asked.trials[0])
        trial = Trial(self, proposed, self._sampler.fixed_params)
        trial._user_attrs.update(self._attrs.get(trial.number, {}))
        with self._lock:
            self._open[trial.number] = trial
        return trial

    def _wait(self, asked: Asked) -> None:
        # Who calls optimize() decides by `catch` whether failures end it; the store's pause is for
        # workers that nobody watches.
        if asked.state == "paused" and "fail" in asked.reason:
            self._sweep.resume()
            return
        time.sleep(min(max(asked.wait_s or 0.0, 0.01), _WAIT_S))

    def _body(
        self, values: float | Sequence[float] | None, state: TrialState | None
    ) -> dict[str, Any]:
        """What the API is told. Raises InvalidError for what contradicts itself."""
        if state in (TrialState.PRUNED, TrialState.FAIL):
            if values is not None:
                raise InvalidError(f"expected no values of a trial that is {state.name}")
            return {"state": "stopped" if state is TrialState.PRUNED else "failed"}
        if state not in (None, TrialState.COMPLETE):
            raise InvalidError(f"expected COMPLETE, PRUNED or FAIL, found {state!r}")
        numbers, reason = _numbers(values, len(self.directions))
        if not reason:
            return {"values": numbers}
        if state is TrialState.COMPLETE:
            raise InvalidError(reason)
        return {"state": "failed", "error": reason}

    def _tell(self, number: int, asked: Trial | None, body: dict[str, Any]) -> FrozenTrial:
        if asked is not None:
            body.update(asked._told(self._sampler.search_space or ()))
            self._distributions.update(asked.distributions)
            self._attrs[number] = asked.user_attrs
            seconds = (datetime.now() - asked.datetime_start).total_seconds()
            body["cost"] = {"seconds": max(seconds, 0.0)}
            self._say_constraints(asked, body)
        told = self._sweep.tell_door(number, body)
        return self._freeze(told, self._distributions)

    def _say_constraints(self, asked: Trial, body: dict[str, Any]) -> None:
        """Adds outcomes that have to be at most 0, as limits of the sweep."""
        if "values" not in body:
            return
        outcomes = asked.constraints
        if self._sampler.constraints_func is not None:
            frozen = FrozenTrial(
                asked.number,
                TrialState.COMPLETE,
                None,
                asked.datetime_start,
                datetime.now(),
                asked.params,
                asked.distributions,
                asked.user_attrs,
                {},
                {},
                asked.number,
                values=body["values"],
            )
            found = self._sampler.constraints_func(frozen)
            outcomes.update((f"constraint_{at}", float(one)) for at, one in enumerate(found))
        if not outcomes:
            return
        if new := [name for name in outcomes if name not in self._limits]:
            self._limits += new
            self._sweep.change(limits=[f"{name} <= 0" for name in self._limits])
        body["values"] = {**dict(zip(self._sweep.metrics, body["values"])), **outcomes}

    def _freeze(self, trial: SweepTrial, known: Mapping[str, BaseDistribution]) -> FrozenTrial:
        return freeze(trial, known, self._attrs.get(trial.number, {}))

    def _known_distributions(self) -> dict[str, BaseDistribution]:
        """Of this process's own trials, and of others as the sweep knows them."""
        spec = (self._sweep._about.get("definition") or {}).get("parameters") or {}
        read = {name: distribution_of(one) for name, one in spec.items()}
        return {**{name: one for name, one in read.items() if one}, **self._distributions}

    def _row(self, trial: FrozenTrial, attrs: Sequence[str]) -> dict[tuple[str, str], Any]:
        row: dict[tuple[str, str], Any] = {}
        for name in attrs:
            if name in ("value", "values"):
                names = self._metric_names or (
                    [""] if len(self.directions) == 1 else map(str, range(len(self.directions)))
                )
                for at, metric in enumerate(names):
                    key = ("values" if len(self.directions) > 1 else "value", metric)
                    row[key] = trial.values[at] if trial.values else None
                continue
            value = trial.state.name if name == "state" else getattr(trial, name)
            if isinstance(value, Mapping):
                row.update(((name, str(inner)), one) for inner, one in value.items())
            else:
                row[(name, "")] = value
        return row

    def _expect_one_objective(self) -> None:
        if len(self._sweep.goals) > 1:
            raise RuntimeError("expected one objective, found several: see best_trials, directions")

    def __repr__(self) -> str:
        return f"<cairn.Study {self.study_name} ({self._sweep.id})>"

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in ("_lock", "_open")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock(), _open={})


class MaxTrialsCallback:
    """Stops optimize() when the study has as many trials in these states."""

    def __init__(
        self, n_trials: int, states: Iterable[TrialState] | None = (TrialState.COMPLETE,)
    ) -> None:
        self._n_trials = n_trials
        self._states = None if states is None else tuple(states)

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        if len(study.get_trials(states=self._states)) >= self._n_trials:
            study.stop()


def create_study(
    *,
    storage: Any = None,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
    study_name: str | None = None,
    direction: str | StudyDirection | None = None,
    load_if_exists: bool = False,
    directions: Sequence[str | StudyDirection] | None = None,
    project: str | None = None,
) -> Study:
    """Begins a study. It is kept in the store: `storage` is a folder, the URL of a server, or None.

    Raises DuplicatedStudyError where a storage is named and has a study of this name, unless
    `load_if_exists`.
    """
    from cairn.settings import Settings, fall_back

    place = _place(storage)
    home = fall_back("project", project, Settings()) or "default"
    if study_name and not load_if_exists and storage is not None and _find(place, study_name):
        raise DuplicatedStudyError(
            f"a study of this name exists: load_if_exists=True goes on with it ({study_name})"
        )
    if direction is not None and directions is not None:
        raise InvalidError("expected direction or directions, found both")
    goals = [_goal(one) for one in (directions or (direction,))]
    metrics = ["value"] if len(goals) == 1 else [f"value_{at}" for at in range(len(goals))]
    named = [{"name": name, "goal": goal} for name, goal in zip(metrics, goals)]
    sampler, pruner = sampler or BaseSampler(), pruner or AutoPruner()
    definition: dict[str, Any] = {
        "parameters": {
            name: {"values": [written(value) for value in values]}
            for name, values in (sampler.search_space or {}).items()
        },
        "early_terminate": pruner.rule,
        "warm_start": False,
        **({"metric": named[0]} if len(named) == 1 else {"metrics": named}),
        **_sampler_members(sampler),
    }
    body = {
        "project": home,
        "name": study_name,
        "definition": definition,
        "is_define_by_run": True,
        "load_if_exists": load_if_exists,
    }
    about = create(place, {name: value for name, value in body.items() if value is not None})
    return Study(Sweep(SweepDoor(place, str(about["id"])), about), sampler, pruner)


def load_study(
    *,
    study_name: str | None,
    storage: Any = None,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
) -> Study:
    """The newest study of this name; raises NotFoundError."""
    place = _place(storage)
    about = _find(place, study_name)
    if about is None:
        raise NotFoundError(f"expected a study that is there, found none ({study_name})")
    return Study(Sweep(SweepDoor(place, str(about["id"])), about), sampler, pruner)


def delete_study(*, study_name: str, storage: Any = None) -> None:
    """Forgets the newest study of this name and its trials; raises NotFoundError."""
    load_study(study_name=study_name, storage=storage)._sweep.delete()


def copy_study(
    *,
    from_study_name: str,
    from_storage: Any = None,
    to_storage: Any = None,
    to_study_name: str | None = None,
) -> None:
    """A new study with the trials of another one."""
    source = load_study(study_name=from_study_name, storage=from_storage)
    target = create_study(
        storage=to_storage,
        study_name=to_study_name or f"{from_study_name}-copy",
        directions=source.directions,
        project=source._sweep.project,
    )
    target.add_trials(trial for trial in source.trials if trial.state.is_finished())


def get_all_study_names(storage: Any = None) -> list[str]:
    """Of all studies, each name once."""
    return list(dict.fromkeys(str(one["name"]) for one in _all(_place(storage))))


def get_all_study_summaries(
    storage: Any = None, include_best_trial: bool = True
) -> list[StudySummary]:
    """One for each study, newest first."""
    place = _place(storage)
    summaries = []
    for about in _all(place):
        study = Study(Sweep(SweepDoor(place, str(about["id"])), about), None, None)
        has_best = include_best_trial and len(study.directions) == 1 and about.get("best")
        counts = about.get("counts") or {}
        began = about.get("created_ns")
        summaries.append(
            StudySummary(
                study.study_name,
                study.directions,
                study.best_trial if has_best else None,
                {},
                {},
                sum(int(n or 0) for state, n in counts.items() if state not in ("prior", "reused")),
                datetime.fromtimestamp(began / 1e9) if began else None,
            )
        )
    return summaries


def _place(storage: Any) -> Place:
    text = getattr(storage, "url", storage)
    if isinstance(text, (str, os.PathLike)):
        text = os.fspath(text)
        if text.startswith(("http://", "https://")):
            return Place.of(None, text)
        if "://" not in text:
            return Place.of(text, None)
    if storage is not None:
        tell_once(
            "studies are kept in the store, beside its runs: expected as storage a folder or the "
            f"URL of a server, found {text!r}"
        )
    return Place.of(None, None)


def _all(place: Place) -> list[dict[str, Any]]:
    return [one for one in list_sweeps(place) if one.get("is_define_by_run")]


def _find(place: Place, name: str | None) -> dict[str, Any] | None:
    found = [one for one in list_sweeps(place, None, name) if one.get("is_define_by_run")]
    if name is None and len({one.get("name") for one in found}) > 1:
        raise InvalidError("expected a study_name, for there are several studies")
    return found[0] if found else None


def _goal(direction: Any) -> str:
    word = direction.name if isinstance(direction, IntEnum) else str(direction or "minimize")
    if word.lower() not in ("minimize", "maximize"):
        raise InvalidError(f"expected minimize or maximize, found {direction!r}")
    return word.lower()


def _sampler_members(sampler: BaseSampler) -> dict[str, Any]:
    seed = {} if sampler.seed is None else {"seed": sampler.seed}
    return {"method": sampler.method, **seed}


def _numbers(values: Any, count: int) -> tuple[list[float], str]:
    """As Optuna takes them, and else why not."""
    given = list(values) if isinstance(values, (list, tuple)) else [values]
    if len(given) != count:
        return [], f"expected {count} values, found {len(given)}"
    numbers = []
    for one in given:
        try:
            numbers.append(float(one))
        except (TypeError, ValueError):
            return [], f"expected a number, found {one!r}"
    if any(math.isnan(one) for one in numbers):
        return [], "expected a number, found nan"
    return numbers, ""
