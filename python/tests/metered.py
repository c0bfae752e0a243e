"""A machine whose sensor says what a test wants, and a desk that prices it at 1 J = 1 J."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cairn.errors import InvalidError

KWH = 3.6e6
SECOND = 10**9


def record(joules: float = 0.0, at_s: float = 0.0, **more: Any) -> dict[str, Any]:
    """What a meter that began at 100 s has counted `at_s` later."""
    sensor = {
        "sensor": "rapl:intel-rapl:0",
        "name": "package-0",
        "part": "cpu",
        "share": "cpu_time",
        "device_j": 2 * joules,
        "run_j": joules,
        "idle_j": joules / 4,
        "even_idle_j": joules / 2,
        "covered_s": at_s,
    }
    return {
        "machine": {"hostname": "made-up", "threads": 4},
        "began_ns": 100 * SECOND,
        "ended_ns": int((100 + at_s) * SECOND),
        "watched_s": at_s,
        "lost_s": 0.0,
        "cpu_s": at_s,
        "share_s": at_s / 2,
        "even_s": at_s,
        "load_s": at_s / 2,
        "sensors": [sensor],
        "unmeasured": [],
        **more,
    }


class Gauge:
    """Stands in for the native meter: `use()` spends joules and passes time."""

    def __init__(self) -> None:
        self.joules = 0.0
        self.at_s = 0.0
        self.ticks = 0

    def use(self, joules: float, seconds: float = 1.0) -> None:
        self.joules += joules
        self.at_s += seconds

    def tick(self) -> dict[str, Any]:
        self.ticks += 1
        return record(self.joules, self.at_s)

    def close(self) -> None:
        pass


def quantity(value: float, share: float = 0.1, method: str = "measured") -> dict[str, Any]:
    return {
        "value": value,
        "low": value * (1 - share),
        "high": value * (1 + share),
        "method": method,
    }


def footprint(joules: float, place: Mapping[str, Any]) -> dict[str, Any]:
    """With PUE 2; 500 g and 0.25 EUR per kWh in FR, and the only other zone has 50 g."""
    kwh = joules / KWH
    bought = kwh * place.get("pue", 2.0)
    is_known = place.get("zone") == "FR"
    return {
        "energy_kwh": quantity(bought),
        "it_kwh": quantity(kwh),
        "idle_kwh": 0.0,
        "pue": quantity(2.0, 0),
        "carbon_kg": quantity(bought * 0.5) if is_known else None,
        "carbon_range_kg": quantity(bought * 0.275, 0.8),
        "carbon_unknown_kwh": 0.0,
        "market_carbon_kg": None,
        "money": {**quantity(bought * 0.25), "currency": "EUR"} if is_known else None,
        "money_unknown_kwh": 0.0,
        "zone": "FR" if is_known else None,
        "year": 2026,
        "intensity_g_per_kwh": quantity(500) if is_known else None,
        "parts": [
            {
                "part": part,
                "device": device,
                "kwh": quantity(kwh * share),
                "source": "rapl",
                "is_disputed": False,
            }
            for part, device, share in (
                ("cpu", "Made-up CPU", 0.5),
                ("memory", "", 0.25),
                ("unwatched", "Made-up CPU", 0.25),
            )
        ],
        "watched_s": 1.0,
        "lost_s": 0.0,
        "sources": ["a table"],
        "notes": [],
        "line": f"{bought} kWh",
    }


class Desk:
    """Stands in for the door: prices what it is sent, and remembers the bodies."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.trouble: Callable[[], Exception] | None = None

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.asked.append((path, body))
        if self.trouble is not None:
            raise self.trouble()
        place = body.get("place", {})
        if place.get("zone", "FR") != "FR":
            raise InvalidError(f"expected a zone, found '{place['zone']}'; nearest: FR")
        if path == "/footprint/assess":
            return footprint(sum(_joules(r) for r in body["records"]), place)
        return self._split(body, place)

    def _split(self, body: dict[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
        """Half of all is idle, and every request has the same of the rest."""
        total = _joules(body["record"])
        requests = body["requests"]
        return {
            "total_j": total,
            "idle_j": total / 2 if requests else total,
            "active_j": total / 2 if requests else 0.0,
            "seconds": 1.0,
            "request_j": [total / 2 / len(requests) for _ in requests],
            "footprint": footprint(total, place),
        }


def _joules(given: Mapping[str, Any]) -> float:
    return float(sum(sensor["run_j"] for sensor in given["sensors"]))
