"""Whether an experiment was run before: `seen()`, and what init(reuse=) decides by it.

The thinking is done by the `cairn` program; here its answer is followed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from cairn import _native, ranks
from cairn.plan import Ask, Plan
from cairn.reading import RunRecord
from cairn.recall_door import Place, ask, forgiving
from cairn.result import Result

__all__ = ["Difference", "Found", "Match", "Verdict", "recall", "seen"]

_LOOK_LIMIT_S = 5.0


@dataclass(frozen=True)
class Difference:
    """One thing that differs: None is what is not there."""

    component: str  # code, config, data, files, variable, environment, budget
    name: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Match:
    """How a planned experiment is related to one that was run; see docs/recall.md for levels."""

    level: str  # exact, equivalent, replicate, ..., near, different
    run: RunRecord
    differences: tuple[Difference, ...] = ()
    prediction: float | None = None  # of the metric, where the history allows one
    interval: tuple[float, float] | None = None  # holds it in 9 of 10 cases
    cost: float | None = None  # seconds that the run took
    reason: str = ""  # why it would not be reused without asking; "": it would be
    advice: str = ""

    @property
    def is_reusable(self) -> bool:
        """Whether init(reuse="auto") would take its results."""
        return not self.reason


@dataclass(frozen=True)
class Found:
    """A run of the past that takes the place of a new one; its outputs are restored."""

    result: Result
    level: str
    saved_s: float
    is_follower: bool = False  # another rank makes the record of it


def seen(
    config: Any = None,
    entry: Any = None,
    *,
    accept: str | None = None,
    ignore: Iterable[str] = (),
    replicate: Iterable[str] = (),
    budget: Any = (),
    dir: Any = None,
    url: str | None = None,
) -> Match | None:
    """The closest run of the past to this program with `config`; None where there is none.

    Without a config the program's arguments count. `entry`: the path of another program. Nothing is
    run or restored. What cannot be asked is said once, and answered by None.
    """
    words = Ask.of(None, accept, ignore, replicate, budget, entry=os.fspath(entry or ""))
    place = Place.of(dir, url)
    with forgiving("not looked up"):
        plan = Plan.of(config, words)
        if plan is not None and not plan.opaque:
            return _match(ask("look", plan.request, place, _LOOK_LIMIT_S), place)
    return None


class Verdict(NamedTuple):
    """What became of a plan: a run that takes its place, or none; and the mode in force."""

    found: Found | None = None
    mode: str = ""  # "": nobody could be asked


def recall(plan: Plan, place: Place) -> Verdict:
    """Looks for a run whose results are taken, and restores its outputs.

    In a distributed start the first rank decides and the others do what it did.
    """
    key = ranks.next_key(plan.key)
    if ranks.rank() > 0:
        with forgiving("not looked up"):
            return Verdict(_follow(ranks.wait_for_decision(key), place))
        return Verdict()
    verdict = Verdict()
    with forgiving("not looked up"):
        verdict = _decide(plan, place)
    if ranks.is_distributed():
        with forgiving("the other ranks were not told"):
            found = verdict.found
            source = {"run": found.result.source, "level": found.level} if found else {"run": None}
            ranks.tell_decision(key, source)
    return verdict


def _decide(plan: Plan, place: Place) -> Verdict:
    answer = ask("look", plan.request, place, _LOOK_LIMIT_S)
    mode = str(answer.get("mode") or "")
    flight = answer.get("flight") or {}
    if mode != "never" and flight.get("is_running"):
        _native.post_notice(f"the same is running already: {flight.get('run') or 'elsewhere'}")
    match = _match(answer, place)
    if mode == "never" or match is None or match.level == "different":
        return Verdict(None, mode)
    text = str(answer.get("text") or match.level).rstrip()
    is_taken = match.is_reusable and mode in ("auto", "ask")
    if is_taken and plan.needs_value and not Result(match.run).has_value:
        return Verdict(None, mode)
    if is_taken and mode == "ask":
        said = _says_yes(text)
        if said is False:
            return Verdict(None, mode)
        is_taken = bool(said)
    if not is_taken:
        _native.post_notice("\n".join([text, *([f"  {match.advice}"] if match.advice else [])]))
        return Verdict(None, mode)
    return Verdict(_take(plan, place, match, text), mode)


def _take(plan: Plan, place: Place, match: Match, text: str) -> Found:
    result = Result(match.run)
    if plan.needs_value:
        _ = result.value  # one that cannot be read is none
    restored = ask("restore", {**plan.request, "run": match.run.path}, place)
    saved_s = match.cost or 0.0
    files = int(restored.get("files") or 0)
    _native.post_notice(
        f"{text}\ncairn: reused {match.run.project}/{match.run.name}: "
        f"{files} {'output' if files == 1 else 'outputs'} restored, {_span(saved_s)} saved"
    )
    return Found(result, match.level, saved_s)


def _follow(decision: dict[str, Any] | None, place: Place) -> Found | None:
    source = (decision or {}).get("run")
    if not source:
        return None
    project, _, run = str(source).rpartition("/")
    record = RunRecord(place.door(), place.door().get(f"/projects/{project}/runs/{run}"))
    return Found(Result(record), str((decision or {}).get("level")), 0.0, is_follower=True)


def _match(answer: dict[str, Any], place: Place) -> Match | None:
    about, path = answer.get("run"), answer.get("path")
    if not isinstance(about, dict) or not path or answer.get("level") in (None, "", "none"):
        return None
    guess = answer.get("prediction") or {}
    low, high = guess.get("low"), guess.get("high")
    return Match(
        level=str(answer["level"]),
        run=RunRecord(place.door(), about),
        differences=tuple(
            Difference(
                str(one.get("component", "")),
                str(one.get("name", "")),
                one.get("before"),
                one.get("after"),
            )
            for one in answer.get("differences") or []
        ),
        prediction=guess.get("value"),
        interval=(low, high) if low is not None and high is not None else None,
        cost=(answer.get("cost") or {}).get("duration_s"),
        reason=str(answer.get("reason") or ("" if answer.get("is_reusable") else "not reusable")),
        advice=str(answer.get("advice") or ""),
    )


def _says_yes(text: str) -> bool | None:
    """The user's answer; None where there is no terminal to ask on, or other ranks wait."""
    streams = (sys.stdin, sys.stderr)
    if ranks.is_distributed() or not all(
        stream is not None and stream.isatty() for stream in streams
    ):
        return None
    sys.stderr.write(f"cairn: {text}\nuse it instead of running again? [Y/n] ")
    sys.stderr.flush()
    try:
        return sys.stdin.readline().strip().lower()[:1] in ("", "y")
    except KeyboardInterrupt:
        return False


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} m" if hours else f"{minutes} m {rest:02} s"
