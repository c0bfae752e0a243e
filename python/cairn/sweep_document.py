"""What cairn.sweep() takes, as the document that a sweep file holds (docs/sweep.md)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cairn.errors import InvalidError
from cairn.plain import plain

__all__ = ["read_document"]

Json = dict[str, Any]
DEFAULT_METRIC = "value"  # of a function whose results have no name


def read_document(given: Any, **said: Any) -> Json:
    """From a document, a path, a text, a function that makes one, or {name: values}.

    `said` are keywords of the call: they go before what the document says.
    """
    if callable(given) and not isinstance(given, Mapping):
        given = given()
    if isinstance(given, (str, os.PathLike)):
        given = _read(given, said.get("metric"))
    if not isinstance(given, Mapping):
        raise InvalidError(
            "expected as sweep a dict, the path of a sweep file or its text, found "
            f"{type(given).__name__}"
        )
    document = _document(given)
    goal, metric = said.pop("goal", None), said.pop("metric", None)
    if metric is not None or goal is not None or not {"metric", "metrics"} & set(document):
        _say_metric(document, metric, goal)
    budget = said.pop("budget", None)
    if budget is not None:
        is_count = isinstance(budget, int) and not isinstance(budget, bool)
        document["budget"] = {"trials": budget} if is_count else as_json(budget)
        document.pop("run_cap", None)
    document.update((name, as_json(value)) for name, value in said.items() if value is not None)
    return document


def as_json(value: Any) -> Any:
    """A value made of None, bool, int, float, str, list and dict."""
    while not (value is None or isinstance(value, (bool, int, float, str, list, tuple, Mapping))):
        value = plain(value)
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    for kind in (bool, int, float, str):  # numpy's float64 is a float, and none of JSON's
        if isinstance(value, kind):
            return kind(value)
    return value


def _document(given: Mapping[Any, Any]) -> Json:
    if "parameters" not in given:  # {name: values}
        return {"parameters": {str(name): _parameter(name, spec) for name, spec in given.items()}}
    document = {str(key): as_json(value) for key, value in given.items() if key != "parameters"}
    parameters = given["parameters"]
    if not isinstance(parameters, Mapping):
        raise InvalidError(
            f"expected as parameters an object, found {type(parameters).__name__}: "
            "{'lr': {'min': 0.001, 'max': 0.1}}"
        )
    document["parameters"] = {
        str(name): _parameter(name, spec) for name, spec in parameters.items()
    }
    return document


def _parameter(name: Any, spec: Any) -> Any:
    """As in a sweep file; (low, high), (low, high, "log"), a list of values or a range besides."""
    if isinstance(spec, Mapping):
        inner = spec.get("parameters")
        if isinstance(inner, Mapping):
            return {
                **as_json(spec),
                "parameters": {str(k): _parameter(k, v) for k, v in inner.items()},
            }
        return as_json(spec)
    if isinstance(spec, range):
        if spec.step == 1 and len(spec) > 1:
            return {"min": spec[0], "max": spec[-1]}
        return {"values": list(spec)}
    if isinstance(spec, tuple):
        return _span(name, as_json(spec))
    value = as_json(spec)
    return {"values": value} if isinstance(value, list) else {"value": value}


def _span(name: Any, spec: list[Any]) -> Json:
    is_span = len(spec) in (2, 3) and all(
        isinstance(edge, (int, float)) and not isinstance(edge, bool) for edge in spec[:2]
    )
    if not is_span or spec[2:] not in ([], ["log"]):
        raise InvalidError(
            f"expected as '{name}' (low, high), (low, high, 'log') or a list of values, "
            f"found {tuple(spec)!r}"
        )
    low, high = spec[:2]
    span: Json = {"min": low, "max": high}
    if len(spec) == 3:
        span["log"] = True
    return span


def _say_metric(document: Json, metric: Any, goal: Any) -> None:
    if isinstance(metric, Mapping):
        document["metric"] = as_json(metric)
        metric = None
    names = [metric] if isinstance(metric, str) else list(metric or ())
    goals = [goal] * max(len(names), 1) if isinstance(goal, str) or goal is None else list(goal)
    if not names:
        held = document.get("metric")
        if not isinstance(held, Mapping):
            held = {"name": held or DEFAULT_METRIC}
        document["metric"] = {**held, **({"goal": goals[0]} if goals[0] else {})}
        return
    if len(goals) != len(names):
        raise InvalidError(f"expected a goal for each of {names}, found {goals}")
    metrics = [
        {"name": str(name), **({"goal": str(way)} if way else {})}
        for name, way in zip(names, goals)
    ]
    document.pop("metric", None)
    document.pop("metrics", None)
    document.update({"metric": metrics[0]} if len(metrics) == 1 else {"metrics": metrics})


def _read(given: str | os.PathLike[str], metric: Any) -> Any:
    """A path, or the text itself: JSON or YAML."""
    text = os.fspath(given)
    where = ""
    if "\n" not in text and not text.lstrip().startswith("{"):
        where = f" ({text})"
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise InvalidError(f"expected a sweep file, found {error}{where}") from None
    try:
        return json.loads(text)
    except ValueError:
        return _read_yaml(text, metric, where)


def _read_yaml(text: str, metric: Any, where: str) -> Any:
    """As the `cairn` program reads sweep files, which needs no PyYAML."""
    import subprocess

    from cairn._native import post_notice
    from cairn.door import find_binary

    words = ["--metric", metric] if isinstance(metric, str) else []
    done = subprocess.run(
        [find_binary(), "sweep", "--check", "--json", *words, "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise InvalidError(said[-1].removeprefix("cairn: ") + where)
    answer = json.loads(done.stdout)
    for warning in answer.get("warnings") or ():
        post_notice(f"sweep: {warning}")
    return answer["definition"]
