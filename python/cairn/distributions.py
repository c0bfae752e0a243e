"""Distributions of parameters, under Optuna's names; a trial draws from them itself too."""

from __future__ import annotations

import hashlib
import json
import math
import random
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Union

from cairn.errors import InvalidError

__all__ = [
    "BaseDistribution",
    "CategoricalDistribution",
    "FloatDistribution",
    "IntDistribution",
    "check_distribution_compatibility",
    "distribution_of",
    "distribution_to_json",
    "json_to_distribution",
    "stream",
]

CategoricalChoiceType = Union[None, bool, int, float, str]


class BaseDistribution:
    """What all of them can do. Immutable; equal where their members are."""

    def single(self) -> bool:
        """Whether there is one value only."""
        raise NotImplementedError

    def contains(self, value: Any) -> bool:
        """Whether a value is one of its own."""
        raise NotImplementedError

    def at(self, place: float) -> Any:
        """The value that has a share `place` of the others below it."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        """A value as the objective gets it, from how the API holds it."""
        return value

    def _asdict(self) -> dict[str, Any]:
        return dict(vars(self))

    def _contains(self, value: Any) -> bool:
        return self.contains(value)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        members = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({members})"


class FloatDistribution(BaseDistribution):
    """Numbers from low to high, on a log scale or on a grid that begins at low."""

    def __init__(
        self, low: float, high: float, log: bool = False, step: float | None = None
    ) -> None:
        low, high = float(low), float(high)
        _check(low, high, log, positive_from=0.0)
        if log and step is not None:
            raise InvalidError("expected step or log, found both")
        if step is not None:
            if not step > 0:
                raise InvalidError(f"expected a step above 0, found {step}")
            high = _on_grid(low, high, float(step))
        self.low, self.high, self.log = low, high, bool(log)
        self.step = None if step is None else float(step)

    def single(self) -> bool:
        return self.low == self.high

    def contains(self, value: Any) -> bool:
        if not _is_number(value) or not self.low <= value <= self.high:
            return False
        steps = 0.0 if self.step is None else (value - self.low) / self.step
        return bool(abs(steps - round(steps)) < 1e-8)

    def at(self, place: float) -> float:
        if self.step is not None:
            count = round((self.high - self.low) / self.step) + 1
            return min(self.low + min(int(place * count), count - 1) * self.step, self.high)
        return _between(self.low, self.high, place, self.log)


class IntDistribution(BaseDistribution):
    """Whole numbers from low to high, on a log scale or on a grid that begins at low."""

    def __init__(self, low: int, high: int, log: bool = False, step: int = 1) -> None:
        low, high, step = int(low), int(high), int(step)
        _check(low, high, log, positive_from=1)
        if step <= 0:
            raise InvalidError(f"expected a step above 0, found {step}")
        if step != 1:
            high = int(_on_grid(low, high, step))
        self.low, self.high, self.log, self.step = low, high, bool(log), step

    def single(self) -> bool:
        return self.low == self.high

    def contains(self, value: Any) -> bool:
        is_whole = _is_number(value) and value == math.floor(value)
        return is_whole and self.low <= value <= self.high and (value - self.low) % self.step == 0

    def at(self, place: float) -> int:
        if self.log:
            exact = _between(self.low - 0.5, self.high + 0.5, place, log=True)
            steps = round((exact - self.low) / self.step)
        else:
            steps = int(place * ((self.high - self.low) // self.step + 1))
        return max(self.low, min(self.low + steps * self.step, self.high))


class CategoricalDistribution(BaseDistribution):
    """One of several values. 1 and True are two of them."""

    def __init__(self, choices: Sequence[Any]) -> None:
        self.choices = tuple(choices)
        if not self.choices:
            raise InvalidError("expected choices, found none")

    def single(self) -> bool:
        return len(self.choices) == 1

    def contains(self, value: Any) -> bool:
        return self.find(value) is not None

    def at(self, place: float) -> Any:
        return self.choices[min(int(place * len(self.choices)), len(self.choices) - 1)]

    def read(self, value: Any) -> Any:
        index = self.find(value)
        return value if index is None else self.choices[index]

    def find(self, value: Any) -> int | None:
        """The index of a choice that is this value, or is written like it."""
        wanted = written(value)
        for index, choice in enumerate(map(written, self.choices)):
            if choice == wanted and isinstance(choice, bool) == isinstance(wanted, bool):
                return index
        return None


def written(choice: Any) -> Any:
    """A choice as the API holds it: what is none of JSON's values is named by its text."""
    if choice is None or isinstance(choice, (bool, int, float, str)):
        return choice
    return repr(choice)


def distribution_to_json(distribution: BaseDistribution) -> str:
    """As Optuna writes it."""
    members = distribution._asdict()
    if isinstance(distribution, CategoricalDistribution):
        members = {"choices": [written(choice) for choice in distribution.choices]}
    return json.dumps({"name": type(distribution).__name__, "attributes": members})


def json_to_distribution(text: str) -> BaseDistribution:
    """What distribution_to_json() wrote."""
    document = json.loads(text)
    kinds = {kind.__name__: kind for kind in _KINDS}
    if not isinstance(document, Mapping) or document.get("name") not in kinds:
        raise InvalidError(f"expected a distribution of {sorted(kinds)}, found {text}")
    found: BaseDistribution = kinds[str(document["name"])](**document["attributes"])
    return found


def as_document(distribution: BaseDistribution) -> dict[str, Any]:
    """A parameter of a sweep file, written as the sweep itself writes it."""
    if isinstance(distribution, CategoricalDistribution):
        return {"type": "choice", "values": [written(choice) for choice in distribution.choices]}
    assert isinstance(distribution, (FloatDistribution, IntDistribution))
    is_whole = isinstance(distribution, IntDistribution)
    document = {
        "type": "int" if is_whole else "float",
        "distribution": "log_uniform_values" if distribution.log else "uniform",
        "min": distribution.low,
        "max": distribution.high,
    }
    if distribution.step is not None and (distribution.step != 1 or not is_whole):
        document["step"] = distribution.step
    return document


def check_distribution_compatibility(old: BaseDistribution, new: BaseDistribution) -> None:
    """Raises InvalidError (a ValueError) for distributions of different kinds."""
    if type(old) is not type(new):
        raise InvalidError(
            f"expected one kind of distribution for a name, found {old} and then {new}"
        )


def distribution_of(parameter: Any) -> BaseDistribution | None:
    """What a parameter of a sweep's definition is; None for what Optuna has no name for."""
    if not isinstance(parameter, Mapping):
        return None
    if "values" in parameter:
        return CategoricalDistribution(parameter["values"])
    low, high = parameter.get("min"), parameter.get("max")
    law = str(parameter.get("distribution", "uniform"))
    if low is None or high is None or law not in ("uniform", "log_uniform_values"):
        return None
    is_log, step = law != "uniform", parameter.get("step")
    if parameter.get("type") == "int":
        return IntDistribution(low, high, is_log, step or 1)
    return FloatDistribution(low, high, is_log, step)


def stream(seed: int, number: int, name: str) -> float:
    """A place in [0, 1): always the same for a sweep's seed, a trial's number and a name."""
    key = hashlib.sha256(f"{seed}/{number}/{name}".encode()).digest()
    return random.Random(int.from_bytes(key, "big")).random()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def _check(low: float, high: float, log: bool, positive_from: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InvalidError(f"expected finite bounds, found {low} and {high}")
    if low > high:
        raise InvalidError(f"expected low <= high, found {low} and {high}")
    if log and (low < positive_from or low <= 0):
        raise InvalidError(f"expected a positive low for a log scale, found {low}")


def _on_grid(low: float, high: float, step: float) -> float:
    exact = (high - low) / step
    steps = math.floor(exact + 1e-9)
    reached = low + steps * step
    if abs(exact - steps) > 1e-9:
        warnings.warn(
            f"the range from {low} to {high} is no multiple of {step}: it ends at {reached}",
            stacklevel=4,
        )
        return reached
    return high


def _between(low: float, high: float, place: float, log: bool) -> float:
    if log:
        value = math.exp(math.log(low) + place * (math.log(high) - math.log(low)))
    else:
        value = low + place * (high - low)
    return min(max(value, low), high)


_KINDS = (FloatDistribution, IntDistribution, CategoricalDistribution)
