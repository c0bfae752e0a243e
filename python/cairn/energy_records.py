"""Records of energy as values: the part of one between two moments, and sums.

Their shape is that of model::EnergyRecord (docs/formats/energy.md); their numbers only grow.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Record", "add", "counts", "since"]

Record = Mapping[str, Any]
_Join = Callable[[float, float], float]

_SECONDS = ("watched_s", "lost_s", "cpu_s", "share_s", "even_s", "load_s")
# Of what is told for each device: its list, its name, its numbers, and which of these says that it
# was there at all.
_DEVICES = (
    (
        "sensors",
        "sensor",
        ("device_j", "run_j", "idle_j", "even_idle_j", "covered_s", "resets", "other_j"),
        "covered_s",
    ),
    ("unmeasured", "device", ("held_s", "busy_s"), "held_s"),
)
_SERIES_OF_PART = {"cpu": "energy.cpu_j", "memory": "energy.memory_j", "gpu": "energy.gpu_j"}


def since(now: Record, before: Record) -> dict[str, Any]:
    """What came between two moments of one record."""
    record = _joined(now, before, _SECONDS, lambda late, early: max(late - early, 0))
    record["began_ns"] = before["ended_ns"]
    for kind, name, numbers, presence in _DEVICES:
        earlier = {device[name]: device for device in before[kind]}
        record[kind] = [
            _joined(device, earlier[device[name]], numbers, lambda a, b: max(a - b, 0))
            if device[name] in earlier
            else dict(device)
            for device in now[kind]
        ]
        record[kind] = [device for device in record[kind] if device[presence] > 0]
    return record


def add(first: Record, second: Record) -> dict[str, Any]:
    """What came in two stretches of one machine."""
    record = _joined(first, second, _SECONDS, operator.add)
    record["began_ns"] = min(first["began_ns"], second["began_ns"])
    record["ended_ns"] = max(first["ended_ns"], second["ended_ns"])
    for kind, name, numbers, _ in _DEVICES:
        devices = {device[name]: dict(device) for device in first[kind]}
        for device in second[kind]:
            held = devices.get(device[name])
            joined = _joined(held, device, numbers, operator.add) if held else dict(device)
            devices[device[name]] = joined
        record[kind] = list(devices.values())
    return record


def counts(record: Record) -> dict[str, float]:
    """The record as the system series of a run: joules only where they are measured."""
    found = {f"energy.{name}": record[name] for name in ("share_s", "even_s", "load_s")}
    for sensor in record["sensors"]:
        if series := _SERIES_OF_PART.get(sensor["part"]):
            found[series] = found.get(series, 0.0) + sensor["run_j"]
    for device in record["unmeasured"]:
        for name in ("held_s", "busy_s"):
            if (seconds := device.get(name)) is not None:
                series = f"energy.gpu_{name}"
                found[series] = found.get(series, 0.0) + seconds
    return found


def _joined(first: Record, second: Record, numbers: tuple[str, ...], join: _Join) -> dict[str, Any]:
    """What only one of them tells is of no use for both; that there were no resets goes untold."""
    joined = dict(first)
    for name in numbers:
        if name == "resets":
            joined[name] = join(first.get(name, 0), second.get(name, 0))
        elif name in first and name in second:
            joined[name] = join(first[name], second[name])
        else:
            joined.pop(name, None)
    return joined
