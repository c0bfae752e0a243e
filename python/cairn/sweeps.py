"""Sweeps: a search over configurations, from `cairn.sweep()`; its trials, asked and told."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cairn.errors import InvalidError
from cairn.exceptions import TrialPruned
from cairn.in_trial import nested
from cairn.reading import RunRecord, View
from cairn.recall_door import Place
from cairn.sweep_document import as_json, read_document
from cairn.sweep_door import Asked, SweepDoor, create, find
from cairn.sweep_door import list_sweeps as list_from_door

__all__ = ["Sweep", "SweepTrial", "agent", "list_sweeps", "open_sweep", "sweep", "values_of"]

Json = dict[str, Any]


class SweepTrial:
    """One trial, as it was when it was read, asked for or told."""

    def __init__(self, door: SweepDoor, about: Json, seed: int) -> None:
        self._door = door
        self._about = about
        self._sweep_seed = seed
        self._verdict: Json = {}

    @property
    def number(self) -> int:
        """From 0; earlier runs that the sweep learns from have negative numbers."""
        return int(self._about["number"])

    @property
    def params(self) -> dict[str, Any]:
        """By dotted name, as the sweep proposed them."""
        return dict(self._about.get("params") or {})

    @property
    def config(self) -> View:
        """The same nested: `config.opt.lr`, `config["opt.lr"]`."""
        return View(nested(self.params))

    @property
    def state(self) -> str:
        """waiting, running, paused, complete, stopped, failed, lost or prior."""
        return str(self._about.get("state") or "")

    @property
    def values(self) -> list[float] | None:
        """What it came to, by objective; None as long as that is unknown."""
        values = self._about.get("values")
        return None if values is None else [math.nan if one is None else one for one in values]

    @property
    def value(self) -> float | None:
        """The first of `values`."""
        values = self.values
        return values[0] if values else None

    @property
    def limits(self) -> dict[str, float]:
        """The metrics that the sweep's limits are about."""
        return dict(self._about.get("limits") or {})

    @property
    def run(self) -> RunRecord | None:
        """Its run, where it has one."""
        path = self._about.get("run")
        if not path:
            return None
        project, _, run = str(path).rpartition("/")
        door = self._door.place.door()
        return RunRecord(door, door.get(f"/projects/{project}/runs/{run}"))

    @property
    def seed(self) -> int:
        """A number for the trial's own random generators: of 31 bits, and always the same."""
        text = f"{self._sweep_seed}/{self.number}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1

    @property
    def reports(self) -> list[tuple[float, float]]:
        """What it reported of the first objective: (step, value)."""
        return [(float(one[0]), _number(one[1])) for one in self._about.get("reports") or ()]

    def __getattr__(self, name: str) -> Any:
        """The rest of what is known: sampler, reason, mean, sd, improvement, nearest, cost, ..."""
        about = self.__dict__.get("_about") or {}
        if name in about:
            return about[name]
        raise AttributeError(f"expected a member of a trial, found {name!r}")

    def report(self, value: Any, step: float) -> bool:
        """What it has come to at `step`; answers whether it should go on no longer."""
        self._verdict = self._door.report(self.number, step, values_of(value))
        return self.should_stop()

    def should_stop(self) -> bool:
        """Whether the sweep's rule said so at the last report."""
        return bool(self._verdict.get("stop") or self._verdict.get("pause"))

    should_prune = should_stop

    def stop(self) -> TrialPruned:
        """What to raise: `if trial.should_stop(): raise trial.stop()`."""
        return pruned_by(self._verdict)

    def keep(self, checkpoint: Any) -> None:
        """Where it stands (any JSON, such as a path), for who goes on with it: `checkpoint`."""
        self._door.beat(self.number, checkpoint=as_json(checkpoint))
        self._about["checkpoint"] = checkpoint

    def __repr__(self) -> str:
        values = self._about.get("values")
        came_to = f": {values[0] if len(values) == 1 else values}" if values else ""
        return f"<cairn trial {self.number} {self.state}{came_to} {self.params}>"


class Sweep:
    """A search that is kept in the store: any number of processes may work at it.

    `str(sweep)` is its id. What it is, is what it was when it was last asked or told; `refresh()`
    reads it again.
    """

    def __init__(self, door: SweepDoor, about: Json) -> None:
        self._door = door
        self._about = about

    @property
    def id(self) -> str:
        """Its name in the API, in `cairn agent ID` and in CAIRN_SWEEP."""
        return self._door.id

    @property
    def project(self) -> str:
        """Where its runs go."""
        return str(self._about.get("project") or "")

    @property
    def name(self) -> str:
        """For people."""
        return str(self._about.get("name") or "")

    @property
    def metrics(self) -> list[str]:
        """Of its objectives."""
        return [str(one["metric"]) for one in self._about.get("objectives") or ()]

    @property
    def goals(self) -> list[str]:
        """By objective: minimize or maximize."""
        return [str(one.get("goal")) for one in self._about.get("objectives") or ()]

    @property
    def seed(self) -> int:
        """All that it proposes follows from it and from what it was told."""
        return int(self._about.get("seed") or 0)

    def __getattr__(self, name: str) -> Any:
        """The rest: state, reason, definition, version, method, size, counts, used, budget, ..."""
        about = self.__dict__.get("_about") or {}
        if name in about:
            return about[name]
        raise AttributeError(f"expected a member of a sweep, found {name!r}")

    @property
    def is_over(self) -> bool:
        """Whether it proposes nothing any more."""
        return self._about.get("state") in ("stopped", "finished")

    def refresh(self) -> Sweep:
        """Reads it again."""
        self._about = self._door.about()
        return self

    def to_dict(self) -> Json:
        """All that is known of it now, as the API has it."""
        return dict(self.refresh()._about)

    # What is proposed and told.

    def ask(self, n: int | None = None) -> Any:
        """A trial to run, or None; with `n` a list of at most as many.

        Nothing where the sweep is over, paused, or waits for trials that run elsewhere: `is_over`
        and `reason` tell. Trials stay this process's own until they are told or it ends.
        """
        asked = self.ask_door(1 if n is None else n)
        trials = [self._trial(one) for one in asked.trials]
        return (trials[0] if trials else None) if n is None else trials

    def ask_door(self, count: int) -> Asked:
        """As the API answers."""
        asked = self._door.ask(count)
        self._about.update(state=asked.state or self._about.get("state"), reason=asked.reason)
        return asked

    def tell(
        self,
        trial: SweepTrial | int,
        value: Any = None,
        state: str | None = None,
        *,
        limits: Mapping[str, Any] | None = None,
        cost: Mapping[str, Any] | None = None,
        error: str | None = None,
        run: Any = None,
    ) -> SweepTrial:
        """What a trial came to: a number, one for each objective, or {metric: number}.

        Without one, or where it is not finite, the trial has failed. `state`: "stopped" for one
        that was ended early, "released" for one that is to be given to somebody else. `limits`:
        the metrics that limits are about; `cost`: any of seconds, kwh, gco2e, money. A trial may be
        told late and again: its first result counts.
        """
        body: Json = {"state": state, "error": error, "cost": as_json(cost) if cost else None}
        if value is not None:
            body["values"] = values_of(value, self.metrics if limits else None)
        if limits:
            held = body.get("values") or {}
            body["values"] = {**held, **values_of(limits)}
        if run is not None:
            body["run"] = str(getattr(run, "path", run))
        return self.tell_door(
            trial if isinstance(trial, int) else trial.number,
            {name: said for name, said in body.items() if said is not None},
        )

    def tell_door(self, number: int, body: Json) -> SweepTrial:
        """As the API takes it."""
        told = self._door.tell(number, body or {"state": "failed", "error": "it gave no value"})
        self._about = told.sweep
        return self._trial(told.trial)

    def add(self, params: Any, values: Any = None, **about: Any) -> Any:
        """A configuration to try next, or several; with `values`, what it gave elsewhere."""
        many = params if isinstance(params, (list, tuple)) else [params]
        trials = [{"params": as_json(one), **as_json(about)} for one in many]
        if values is not None:
            given = values if isinstance(params, (list, tuple)) else [values]
            if len(given) != len(many):
                raise InvalidError(f"expected {len(many)} values, found {len(given)}")
            for one, value in zip(trials, given):
                one["values"] = values_of(value)
        added = [self._trial(one) for one in self._door.add(trials)]
        return added if isinstance(params, (list, tuple)) else added[0]

    def run(
        self,
        train: Callable[..., Any],
        jobs: int = 1,
        count: int | None = None,
        *,
        reuse: bool | str | None = None,
        progress: bool | None = None,
    ) -> SweepTrial | None:
        """Runs trials until the sweep is over, or `count` of them; answers the best one.

        `train` is called as it asks to be: train(config), train(lr, depth) where these are names of
        parameters, or train(); an argument named `trial` is the trial. It returns the metric, one
        value for each objective, a dict of metrics, or nothing: then the summary of its run has
        them. A run that it begins with cairn.init() has the parameters in its config; what it logs
        of the metric is reported, and the log() after the sweep's rule said stop raises
        cairn.TrialPruned. An exception fails the trial, not the sweep. With several `jobs` each
        is a process of its own; one that dies is replaced. `reuse="auto"`: `train` is made an
        @cairn.experiment, so that what was run before, in whatever sweep, is not run again.
        """
        from cairn.sweep_run import run_sweep

        if reuse is not None:
            from cairn.experiments import experiment

            train = experiment(reuse=reuse)(train)
        run_sweep(self, train, jobs, count, progress)
        return self.best

    # What it has come to.

    @property
    def trials(self) -> list[SweepTrial]:
        """All of them, in the order of their numbers."""
        trials = [self._trial(one) for one in self._door.trials()]
        return sorted(trials, key=lambda trial: trial.number)

    def trial(self, number: int) -> SweepTrial:
        """One of them; raises NotFoundError."""
        return self._trial(self._door.trial(number))

    @property
    def best(self) -> SweepTrial | None:
        """The trial whose mean is the best, where results are noisy; None as long as there is none.

        With several objectives see `front`.
        """
        best = self.refresh()._about.get("best")
        return self.trial(int(best["trial"])) if best else None

    @property
    def front(self) -> list[SweepTrial]:
        """With several objectives: the trials that no other is better than in all."""
        return [self.trial(int(number)) for number in self.refresh()._about.get("front") or ()]

    def importance(self) -> dict[str, float]:
        """How much of the metric's variance each parameter explains, the greatest first."""
        found = self._door.importance().get("parameters") or []
        shares = {str(one["name"]): _number(one["total"]) for one in found}
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    # What is done to it.

    def pause(self) -> None:
        """No trial is given out until resume(); those that run go on."""
        self._about = self._door.change(state="paused")

    def resume(self) -> None:
        """Goes on."""
        self._about = self._door.change(state="running")

    def stop(self) -> None:
        """Ends it. Trials that run may still be told."""
        self._about = self._door.change(state="stopped")

    def change(self, **definition: Any) -> None:
        """Changes ranges, budget, method, ... as in the document; trials keep what they were."""
        self._about = self._door.change(definition=as_json(definition))

    def delete(self) -> None:
        """Forgets it and its trials; its runs stay."""
        self._door.delete()

    def _trial(self, about: Json) -> SweepTrial:
        return SweepTrial(self._door, about, self.seed)

    def __str__(self) -> str:
        return self.id

    def __fspath__(self) -> str:
        return self.id  # for subprocess.run(["cairn", "agent", sweep])

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, (Sweep, str)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<cairn.Sweep {self.name or self.id} ({self.id}) {self._about.get('state')}>"

    def __reduce__(self) -> Any:
        place = self._door.place
        return open_sweep, (self.id, place.dir, place.url or None)


def sweep(
    sweep: Any,
    entity: str | None = None,
    project: str | None = None,
    prior_runs: Iterable[str] | None = None,
    *,
    metric: Any = None,
    goal: Any = None,
    budget: Any = None,
    seed: int | None = None,
    name: str | None = None,
    method: str | None = None,
    dir: Any = None,
    url: str | None = None,
    **others: Any,
) -> Sweep:
    """Begins a search.

        sweep = cairn.sweep({"lr": (1e-5, 1e-1, "log"), "depth": (1, 8), "opt": ["sgd", "adam"]},
                            metric="val_acc", goal="maximize", budget=60)
        sweep.run(train, jobs=2)

    `sweep`: {name: values} as above, a dict with the members of a sweep file, the path of one, or
    its text. Keywords go before what it says; `others` are any of its members (early_terminate,
    constraints, repeat, ...). `budget`: a number of trials, or {"hours": 1}. Without a project that
    of CAIRN_PROJECT. Raises InvalidError for what cannot be searched.
    """
    from cairn.settings import Settings, as_text, fall_back

    told = {"method": method, "seed": seed, "name": name, "budget": budget, **others}
    told["project"] = as_text("project", project) or None
    if prior_runs is not None:
        told["warm_start"] = list(prior_runs)
    document = read_document(sweep, metric=metric, goal=goal, **told)
    home = document.get("project") or fall_back("project", None, Settings()) or "default"
    place = Place.of(dir, url)
    about = create(
        place, {"project": home, "definition": document, "name": name, "program": _program()}
    )
    for warning in about.get("warnings") or ():
        _notice(f"sweep: {warning}")
    return Sweep(SweepDoor(place, str(about["id"])), about)


def open_sweep(id: Any, dir: Any = None, url: str | None = None) -> Sweep:
    """A sweep that is there; raises NotFoundError. "entity/project/id" is its id too."""
    if isinstance(id, Sweep):
        return id
    place = Place.of(dir, url)
    about = find(place, str(id).rpartition("/")[2])
    return Sweep(SweepDoor(place, str(about["id"])), about)


def list_sweeps(
    project: str | None = None, name: str | None = None, dir: Any = None, url: str | None = None
) -> list[Sweep]:
    """Those of a project, or of all; newest first."""
    place = Place.of(dir, url)
    return [
        Sweep(SweepDoor(place, str(about["id"])), about)
        for about in list_from_door(place, project, name)
    ]


def agent(
    sweep_id: Any,
    function: Callable[..., Any] | None = None,
    entity: str | None = None,
    project: str | None = None,
    count: int | None = None,
    *,
    jobs: int = 1,
    dir: Any = None,
    url: str | None = None,
) -> None:
    """Works at a sweep: calls `function` for each trial, or runs the sweep's own program."""
    found = open_sweep(sweep_id, dir, url)
    if function is not None:
        found.run(function, jobs, count)
        return
    import subprocess

    from cairn.door import find_binary
    from cairn.errors import UnavailableError

    argv = [find_binary(), *found._door.place.words, "agent", found.id, "--jobs", str(jobs)]
    done = subprocess.run([*argv, *(["--count", str(count)] if count else [])], check=False)
    if done.returncode != 0:
        raise UnavailableError(f"`cairn agent {found.id}` ended with {done.returncode}")


def values_of(value: Any, metrics: Sequence[str] | None = None) -> Any:
    """Numbers as the API takes them: a list, or {metric: number}.

    With `metrics` always the latter. Raises InvalidError for what are no numbers.
    """
    try:
        if isinstance(value, Mapping):
            return {str(name): float(one) for name, one in value.items()}
        if isinstance(value, (list, tuple)) or getattr(value, "ndim", None):
            numbers = [float(one) for one in value]
        else:
            numbers = [float(value)]
    except (TypeError, ValueError):
        raise InvalidError(
            f"expected a number, a list of numbers or a dict of them, found {value!r}"
        ) from None
    return dict(zip(metrics, numbers)) if metrics is not None else numbers


def pruned_by(verdict: Mapping[str, Any]) -> TrialPruned:
    """The exception for what the rule said."""
    return TrialPruned(str(verdict.get("why") or "stopped early"))


def _program() -> Json | None:
    from cairn.plan import _program_of

    program = _program_of("")
    if program is None:
        return None
    return {name: text for name, text in program.items() if name in ("entry", "code")}


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _notice(sentence: str) -> None:
    from cairn import _native

    _native.post_notice(sentence)
