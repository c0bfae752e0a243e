"""Quantity: a number with the range it lies in and how it is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["Quantity", "print_amount"]


class Quantity(float):
    """A float that knows its range and how it is known.

    `low` and `high` enclose about 95 % of cases (a range of assumptions where nothing better is
    known); `method` is "measured", "modelled" or "assumed"; `unit` is what it counts. It calculates
    and compares as its value, and what comes out is a plain float.
    """

    __slots__ = ("high", "low", "method", "unit")

    low: float
    high: float
    method: str
    unit: str

    def __new__(
        cls,
        value: float,
        low: float | None = None,
        high: float | None = None,
        method: str = "assumed",
        unit: str = "",
    ) -> Quantity:
        made = super().__new__(cls, value)
        made.low = float(value if low is None else low)
        made.high = float(value if high is None else high)
        made.method = method
        made.unit = unit
        return made

    @classmethod
    def of(cls, told: Mapping[str, Any], unit: str, factor: float = 1.0) -> Quantity:
        """From {"value", "low", "high", "method"} of the API, in another unit by `factor`."""
        value, low, high = (float(told[name]) * factor for name in ("value", "low", "high"))
        return cls(value, low, high, str(told["method"]), unit)

    @property
    def value(self) -> float:
        """The number alone."""
        return float(self)

    def plus(self, other: Quantity) -> Quantity:
        """A sum of what errs alike: lows and highs add up. The weaker method is the sum's."""
        methods = ("measured", "modelled", "assumed")
        weaker = max(self.method, other.method, key=methods.index)
        low, high = self.low + other.low, self.high + other.high
        return Quantity(self + other, low, high, weaker, self.unit)

    def to_dict(self) -> dict[str, Any]:
        """As the API has it."""
        return {"value": self.value, "low": self.low, "high": self.high, "method": self.method}

    def __str__(self) -> str:
        unit, factor = ("Wh", 1000.0) if self.unit == "kWh" and self < 0.001 else (self.unit, 1.0)
        value, low, high = (print_amount(x * factor) for x in (self, self.low, self.high))
        span = "" if self.low == self.high else f"{low} to {high}, "
        return f"{value}{' ' if unit else ''}{unit} ({span}{self.method})"

    def __repr__(self) -> str:
        return f"<cairn.Quantity {self}>"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.value, self.low, self.high, self.method, self.unit


def print_amount(amount: float) -> str:
    """Two digits that matter, none of a power of ten: "0.42", "12.3", "1234", "0.0031"."""
    size = abs(amount)
    if size == 0 or not math.isfinite(size):
        return f"{float(amount):g}"
    digits = 0 if size >= 100 else 1 if size >= 10 else 1 - math.floor(math.log10(size))
    return f"{float(amount):.{min(digits, 12)}f}"
