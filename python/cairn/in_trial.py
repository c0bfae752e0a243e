"""The trial that is under way here: what it tells the runs that begin in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from cairn.errors import InvalidError

if TYPE_CHECKING:
    from cairn.live_run import Run

__all__ = ["Scope", "enter", "leave", "nested", "scope"]


class Scope:
    """One trial of a sweep in this process, from its beginning to its end.

    The first run that begins in it is the trial's run. Those of an @experiment are not, unless the
    trial is that function: `part` is its name then. `around`: runs that were there before.
    """

    def __init__(
        self,
        sweep: str,
        number: int,
        params: Mapping[str, Any],
        *,
        project: str = "",
        dir: str = "",
        url: str = "",
        part: str = "",
        around: Iterable[Run] = (),
    ) -> None:
        self.sweep = sweep
        self.number = number
        self.params = dict(params)
        self.project = project
        self.dir = dir
        self.url = url
        self.part = part
        self.around = tuple(around)
        self.runs: list[Run] = []
        self.main: Run | None = None  # the trial's run
        self.pid = os.getpid()

    def config(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """What a run is told, with the trial's parameters in it: they win."""
        merged = dict(told)
        for name, value in self.params.items():
            if not _put(merged, name, value):
                merged[name] = value
        return merged

    def take(self, run: Run, part: str) -> None:
        """A run began in this trial; `part`: that of an @experiment."""
        self.runs.append(run)
        if part in ("", self.part):
            run.sweep_id = self.sweep
            if not run.disabled:
                run._add_capture({"sweep": {"id": self.sweep, "trial": self.number}})
            if self.main is None:
                self.main = run

    def finish(self, code: int, reason: str) -> None:
        """The trial is over, and with it what runs it left open."""
        for run in reversed(self.runs):
            if run.is_finished:
                run.finish()  # the record of a reuse stays current until now
            else:
                run._is_finished = True
                run._end(code, reason)


_entered: ContextVar[Scope | None] = ContextVar("cairn_trial", default=None)
_around: dict[str, Scope] = {}  # the one that the environment tells of


def enter(scope: Scope) -> Any:
    """Makes it the trial of this thread; answers what leave() wants."""
    return _entered.set(scope)


def leave(token: Any) -> None:
    """The trial is over."""
    _entered.reset(token)


def scope() -> Scope | None:
    """The trial of this thread, else the one that `cairn agent` started this process for."""
    entered = _entered.get()
    if entered is not None and entered.pid == os.getpid():
        return entered
    sweep = os.environ.get("CAIRN_SWEEP")
    if not sweep:
        return None
    key = f"{sweep}/{os.environ.get('CAIRN_TRIAL')}"
    if key not in _around or _around[key].pid != os.getpid():
        _around[key] = _read_environment(sweep)
    return _around[key]


def nested(params: Mapping[str, Any]) -> dict[str, Any]:
    """{"opt.lr": 0.1} as {"opt": {"lr": 0.1}}."""
    tree: dict[str, Any] = {}
    for name, value in params.items():
        if not _put(tree, name, value):
            tree[name] = value
    return tree


def _put(tree: dict[str, Any], name: str, value: Any) -> bool:
    """Below the members that a dotted name goes through; False where one of them is a value."""
    if name in tree or "." not in name:
        tree[name] = value
        return True
    head, _, rest = name.partition(".")
    inner = tree.get(head, {})
    if not isinstance(inner, Mapping):
        return False
    grown = dict(inner)
    if not _put(grown, rest, value):
        return False
    tree[head] = grown
    return True


def _read_environment(sweep: str) -> Scope:
    import json

    number, text = (os.environ.get(f"CAIRN_TRIAL{part}", "") for part in ("", "_CONFIG"))
    try:
        params = json.loads(text or "{}")
        at = int(number)
    except ValueError:
        params, at = None, 0
    if not isinstance(params, dict):
        raise InvalidError(
            "expected as CAIRN_TRIAL a number and as CAIRN_TRIAL_CONFIG an object of JSON, "
            f"found {number!r} and {text[:100]!r}"
        )
    return Scope(sweep, at, params)
