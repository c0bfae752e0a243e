"""What init() does about reuse: takes a past run's results, or watches a run that begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cairn import _trace, ranks
from cairn.live_run import Run
from cairn.plan import Ask, Plan
from cairn.recall_door import Place, forgiving, tell_once

if TYPE_CHECKING:
    from cairn.recall import Found, Verdict
    from cairn.tracing import Watch

__all__ = ["Begun", "begin", "record", "tell_config"]


class Begun(NamedTuple):
    """What is to be done: take `found`'s results, else run, watched by `watch`."""

    plan: Plan | None = None
    found: Found | None = None
    watch: Watch | None = None


def begin(words: Ask, config: Any, options: dict[str, Any], inside: bool) -> Begun:
    """Looks for a run to take; where there is none, watches the one that begins now.

    `inside`: it is the run that `cairn run` began, and watches itself.
    """
    from cairn import recall  # heard: what it imports is not hidden from the program's own record

    with _trace.unheard():
        return _begin(words, config, options, inside, recall.recall)


def _begin(
    words: Ask, config: Any, options: dict[str, Any], inside: bool, recall: Callable[..., Verdict]
) -> Begun:
    plan = _plan(words, config)
    if plan is None or words.reuse == "never":
        return Begun(plan)
    if plan.opaque:
        tell_once(f"never reused: nothing can be compared with {', '.join(plan.opaque)}")
    from cairn import tracing

    place = Place(options["dir"], options["url"])
    mode = ""
    if not plan.opaque:
        found, mode = recall(plan, place)
        if found is not None:
            tracing.inherit(found.result)
            return Begun(plan, found)
    is_watched = not inside and mode != "never" and ranks.rank() == 0
    if inside:
        _tell_parent(plan)
    if not is_watched:
        return Begun(plan)
    return Begun(plan, None, tracing.begin(plan, place))


def tell_config(config: Any) -> None:
    """Inside `cairn run`, which keeps it with what it sees: what the program is told."""
    plan = _plan(Ask(), config)
    if plan is not None:
        _tell_parent(plan)


def record(found: Found, options: dict[str, Any], plan: Plan | None, inside: bool) -> Run:
    """The record of a reuse: the past run's configuration and results, and no cost. It is over."""
    from cairn.session import record_run

    metrics = found.result.metrics
    options = {**options, "sample_period_s": 0}
    options["config"] = {**found.result.config, **(options.get("config") or {})}
    run = Run(None) if found.is_follower else record_run(options)
    if run.disabled:  # kept by another rank, or not at all
        run = Run(None, config=options["config"], summary=metrics)
    run._result = found.result
    if not run.disabled:
        run.summary.update(dict(metrics))
        facts = {"source": found.result.source, "level": found.level, "saved_s": found.saved_s}
        with forgiving("what identifies it was not kept"):
            if "F" in (about := found.result.run.meta.get("recall") or {}):
                facts["F"] = about["F"]
        run._add_capture({"recall": facts})
        if inside and plan is not None:
            _tell_parent(plan, found.result.source)
    return run


def _plan(words: Ask, config: Any) -> Plan | None:
    with forgiving("not looked up"):
        return Plan.of(config, words)
    return None


def _tell_parent(plan: Plan, source: str = "") -> None:
    from cairn import tracing

    tracing.tell_parent(plan, source)
