"""Search spaces in the schema of a sweep file, for the problems and for the peers."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Config = dict[str, Any]
Space = Mapping[str, Any]  # "parameters" and, where there are any, "conditions"


def log_float(low: float, high: float) -> dict[str, Any]:
    """A number whose factors matter, from low to high."""
    return {"distribution": "log_uniform_values", "min": low, "max": high}


def log_int(low: int, high: int) -> dict[str, Any]:
    """A whole number whose factors matter."""
    return {"distribution": "q_log_uniform_values", "q": 1, "min": low, "max": high}


def logit_float(low: float, high: float) -> dict[str, Any]:
    """A share, as fine near 0 and 1 as their distance from there."""
    return {"distribution": "logit", "min": low, "max": high}


def when(parameter: str, parent: str, *values: Any) -> dict[str, Any]:
    """The condition that a parameter exists only where its parent has one of the values."""
    return {"parameter": parameter, "when": {parent: list(values)}}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a space, read: what every peer's own vocabulary is made from."""

    name: str
    kind: Literal["float", "int", "choice"]
    low: float = 0.0
    high: float = 1.0
    law: Literal["uniform", "log", "logit"] = "uniform"
    choices: tuple[Any, ...] = ()
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def is_ordered(self) -> bool:
        """Whether the choices are numbers in rising order: a scale, not names."""
        numbers = all(isinstance(c, (int, float)) and not isinstance(c, bool) for c in self.choices)
        return len(self.choices) > 2 and numbers and list(self.choices) == sorted(self.choices)

    def is_active(self, config: Config) -> bool:
        """Whether it exists beside what was chosen before it."""
        return all(p in config and config[p] in values for p, values in self.when.items())

    def at(self, place: float) -> Any:
        """The value that has a share of `place` in [0, 1] of its prior below."""
        if self.kind == "choice":
            return self.choices[min(int(place * len(self.choices)), len(self.choices) - 1)]
        if self.kind == "float":
            return self.unbent(
                self.bent(self.low) + place * (self.bent(self.high) - self.bent(self.low))
            )
        low, high = self.bent(self.low - 0.5), self.bent(self.high + 0.5)
        return int(min(max(round(self.unbent(low + place * (high - low))), self.low), self.high))

    def bent(self, value: float) -> float:
        """The value on the scale on which its prior is uniform."""
        if self.law == "log":
            return math.log(value)
        return math.log(value / (1 - value)) if self.law == "logit" else value

    def unbent(self, value: float) -> float:
        """The value that bent() made this of, never outside of the range by rounding."""
        if self.law == "log":
            value = math.exp(value)
        elif self.law == "logit":
            value = 1 / (1 + math.exp(-value))
        return value if self.kind == "int" else min(max(value, self.low), self.high)


LAWS: dict[str, Literal["uniform", "log", "logit"]] = {
    "log_uniform_values": "log",
    "q_log_uniform_values": "log",
    "logit": "logit",
}


def read_parameter(
    name: str, form: Mapping[str, Any], when: Mapping[str, tuple[Any, ...]]
) -> Parameter:
    """One parameter of the schema; only the forms that the problems here use."""
    if "values" in form:
        return Parameter(name, "choice", choices=tuple(form["values"]), when=when)
    law = LAWS.get(form.get("distribution", ""), "uniform")
    is_int = "q" in form or all(isinstance(form[key], int) for key in ("min", "max"))
    return Parameter(name, "int" if is_int else "float", form["min"], form["max"], law, when=when)


def read_space(space: Space) -> list[Parameter]:
    """The parameters of a space, parents before their children."""
    conditions: dict[str, dict[str, tuple[Any, ...]]] = {}
    for condition in space.get("conditions", []):
        parents = {parent: tuple(values) for parent, values in condition["when"].items()}
        conditions.setdefault(condition["parameter"], {}).update(parents)
    waiting = [
        read_parameter(name, form, conditions.get(name, {}))
        for name, form in space["parameters"].items()
    ]
    ordered: list[Parameter] = []
    while waiting:
        known = {p.name for p in ordered}
        ready = [p for p in waiting if known.issuperset(p.when)]
        if not ready:
            raise ValueError(
                f"expected conditions without a circle, found one at {waiting[0].name}"
            )
        ordered += ready
        waiting = [p for p in waiting if p not in ready]
    return ordered


def draw(parameters: list[Parameter], source: random.Random) -> Config:
    """A configuration from the prior."""
    return at([source.random() for _ in parameters], parameters)


def at(cube: list[float], parameters: list[Parameter]) -> Config:
    """The configuration at a place of the unit cube; what is inactive is absent."""
    config: Config = {}
    for place, parameter in zip(cube, parameters):
        if parameter.is_active(config):
            config[parameter.name] = parameter.at(place)
    return config


def active_part(config: Config, parameters: list[Parameter]) -> Config:
    """The configuration without what is inactive, for peers that know of no conditions."""
    active: Config = {}
    for parameter in parameters:
        if parameter.is_active(active):
            active[parameter.name] = config[parameter.name]
    return active
