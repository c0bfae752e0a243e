"""Book: what a model served and what the machine used meanwhile, however long that goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cairn.energy_records import Record, counts, since
from cairn.footprints import Footprint
from cairn.quantity import Quantity

__all__ = ["Book", "MeterReport", "Served", "Split"]

_REQUESTS_MAX = 20_000  # of a stretch
_STRETCH_NS = 3600 * 10**9
_BUCKETS_PER_E = 100  # of the histogram: 1 % wide
_WH_PER_1000_J = 1000 / 3600

Split = Callable[[dict[str, Any]], Mapping[str, Any]]
"""Asks POST /footprint/inference; empty where that is unknown."""


class Served(NamedTuple):
    """A request, or several that cannot be told apart."""

    began_ns: int
    ended_ns: int
    tokens_in: float = 0
    tokens_out: float = 0
    first_token_ns: int = 0  # 0: unknown
    status: int = 200
    times: int = 1

    @property
    def is_failed(self) -> bool:
        """Whether its status says so."""
        return not 100 <= self.status <= 399

    def to_dict(self) -> dict[str, Any]:
        """As the API has it."""
        named = self._asdict()
        del named["times"]
        return named


class MeterReport:
    """What requests cost. What is unknown is None; `print(report)` says it in a few lines.

    `requests`, `failed`, `tokens_in`, `tokens_out` are counts. All else are Quantities of the
    machine's own energy: `p50_j`, `p95_j`, `mean_j`, `wh_per_1000_requests_active` of requests
    while they were served; with the time between them: `total_j`, `idle_j`, `j_per_token`,
    `j_per_token_out`, `wh_per_1000_requests`. `idle_share`: of `total_j`. `footprint`: of the whole
    time, `seconds`, with carbon and money.
    """

    def __init__(self, sums: Mapping[str, float], j: Mapping[str, float], cost: Footprint) -> None:
        self.footprint = cost
        self.requests = int(sums["requests"])
        self.failed = int(sums["failed"])
        self.tokens_in = sums["tokens_in"]
        self.tokens_out = sums["tokens_out"]
        total = j.get("total_j")
        tokens = self.tokens_in + self.tokens_out
        self.total_j = self._ranged(total, "J")
        self.idle_j = self._ranged(j.get("idle_j"), "J")
        self.active_j = self._ranged(j.get("active_j"), "J")
        self.p50_j = self._ranged(j.get("p50_j"), "J")
        self.p95_j = self._ranged(j.get("p95_j"), "J")
        self.mean_j = self._ranged(_over(j.get("active_j"), self.requests), "J")
        self.j_per_token = self._ranged(_over(total, tokens), "J")
        self.j_per_token_out = self._ranged(_over(total, self.tokens_out), "J")
        self.wh_per_1000_requests = self._ranged(_over(total, self.requests), "Wh", _WH_PER_1000_J)
        self.wh_per_1000_requests_active = self._ranged(
            _over(j.get("active_j"), self.requests), "Wh", _WH_PER_1000_J
        )
        self.seconds = j.get("seconds")
        self.idle_share = _over(j.get("idle_j"), total)

    def _ranged(self, value: float | None, unit: str, factor: float = 1.0) -> Quantity | None:
        """As uncertain as the whole energy."""
        whole = self.footprint.it_kwh
        if value is None or whole is None or not whole > 0:
            return None
        value *= factor
        low, high = value * whole.low / whole, value * whole.high / whole
        return Quantity(value, low, high, whole.method, unit)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, as a run's `summary.inference` has them; null for what is unknown."""
        return {
            name: float(value) if isinstance(value, float) else value
            for name, value in vars(self).items()
            if name != "footprint"
        }

    def __str__(self) -> str:
        tokens = f", {self.tokens_in:.0f} tokens in, {self.tokens_out:.0f} out"
        lines = [f"{self.requests} requests ({self.failed} failed){tokens}"]
        lines += [
            f"{title}: {quantity}"
            for title, quantity in (
                ("a request, half of them below", self.p50_j),
                ("a request, 95 % below", self.p95_j),
                ("a token", self.j_per_token),
                ("1,000 requests", self.wh_per_1000_requests),
            )
            if quantity is not None
        ]
        if self.idle_share is not None:
            lines.append(f"idle: {self.idle_share:.0%}")
        return "\n".join([*lines, str(self.footprint)])

    def __repr__(self) -> str:
        return f"<cairn.MeterReport {self.requests} requests, {self.footprint}>"


class Book:
    """Requests and readings of a stretch one by one, and of all before it the sums.

    So memory is bounded. A stretch ends when nothing is in flight, if that comes about. Not
    thread-safe.
    """

    def __init__(self, first: Record | None) -> None:
        self.sums = dict.fromkeys(("requests", "failed", "tokens_in", "tokens_out"), 0.0)
        self._first = self._base = self._last = first
        self._readings: list[list[Any]] = []
        self._served: list[Served] = []
        self._folded: dict[str, float] = {}
        self._histogram: dict[int, int] = {}
        self._knows_energy = first is not None
        self._begin()

    def _begin(self) -> None:
        self._readings = []
        if self._base is not None:
            self._readings.append([self._base["ended_ns"], {}])

    def serve(self, served: Served) -> None:
        """Takes a request that has ended."""
        self._served.append(served)
        self.sums["requests"] += served.times
        self.sums["failed"] += served.times * served.is_failed
        self.sums["tokens_in"] += served.tokens_in
        self.sums["tokens_out"] += served.tokens_out

    def read(self, record: Record | None) -> None:
        """Takes what the counters say now."""
        if record is None or self._base is None or record["ended_ns"] <= self._readings[-1][0]:
            return
        self._last = record
        self._readings.append([record["ended_ns"], counts(since(record, self._base))])

    def record(self) -> dict[str, Any] | None:
        """Of the whole time, up to the last reading."""
        if self._first is None or self._last is None:
            return None
        return since(self._last, self._first)

    def is_full(self, is_busy: bool) -> bool:
        """Whether the stretch should end: one that is busy may become twice as long."""
        lasted_ns = self._readings[-1][0] - self._readings[0][0] if self._readings else 0
        factor = 2 if is_busy else 1
        return len(self._served) >= factor * _REQUESTS_MAX or lasted_ns >= factor * _STRETCH_NS

    def fold(self, split: Split) -> None:
        """Ends the stretch."""
        self._folded, self._histogram = self._split(split)
        self._served = []
        self._base = self._last
        self._begin()

    def report(self, split: Split, cost: Footprint) -> MeterReport:
        """What came together; `cost`: of record()."""
        joules, histogram = self._split(split)
        if not self._knows_energy:
            return MeterReport(self.sums, {}, Footprint())
        if histogram:
            joules |= {"p50_j": _quantile(histogram, 0.50), "p95_j": _quantile(histogram, 0.95)}
        return MeterReport(self.sums, joules, cost)

    def _split(self, split: Split) -> tuple[dict[str, float], dict[int, int]]:
        """All stretches so far, with the one that goes on."""
        joules, histogram = dict(self._folded), dict(self._histogram)
        if self._base is None or self._last is None or len(self._readings) < 2:
            return joules, histogram
        has_tokens = self.sums["tokens_in"] + self.sums["tokens_out"] > 0
        answer = split(
            {
                "record": since(self._last, self._base),
                "readings": self._readings,
                "requests": [served.to_dict() for served in self._served],
                "weights": "tokens" if has_tokens else "time",
            }
        )
        if not answer.get("footprint"):
            self._knows_energy = False
            return joules, histogram
        for name in ("total_j", "idle_j", "active_j", "seconds"):
            joules[name] = joules.get(name, 0.0) + answer[name]
        for served, its_j in zip(self._served, answer["request_j"]):
            if its_j > 0:
                bucket = math.floor(math.log(its_j / served.times) * _BUCKETS_PER_E)
                histogram[bucket] = histogram.get(bucket, 0) + served.times
        return joules, histogram


def _over(value: float | None, by: float | None) -> float | None:
    return value / by if value is not None and by else None


def _quantile(histogram: Mapping[int, int], share: float) -> float:
    rank, seen = math.ceil(share * sum(histogram.values())), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= rank:
            return math.exp((bucket + 0.5) / _BUCKETS_PER_E)
    return 0.0
