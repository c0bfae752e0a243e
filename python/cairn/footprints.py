"""Footprint: what something cost in energy, carbon and money, and estimates before it runs.

The numbers come from the tables of a store or server (docs/footprint.md); nothing is calculated
here. Only estimate() raises: it is asked for by people. Whatever else goes wrong is told once, and
what it would have said is unknown, which is None and never 0.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cairn.errors import InvalidError
from cairn.quantity import Quantity
from cairn.recall_door import Place as Store
from cairn.recall_door import forgiving, tell_once

if TYPE_CHECKING:
    from cairn.live_run import Run

__all__ = ["Estimate", "Footprint", "Part", "assess", "estimate", "place_of", "place_said"]

_JOULES_PER_KWH = 3.6e6
_GRAMS = 1000.0
_OF_PLACE = ("carbon_kg", "market_carbon_kg", "money", "zone", "intensity_g_per_kwh")


class Part(NamedTuple):
    """A part of the energy: "cpu", "memory", "gpu" or "rest" (board, fans, power supply)."""

    part: str
    device: str  # "NVIDIA H200", or empty
    kwh: Quantity
    source: str  # "rapl", "nvml counter", "TDP model (350 W)", ...
    is_disputed: bool  # the sensor's two ways to tell differ by more than 5 %


class Footprint:
    """What something cost. What is unknown is None, never 0.

    `print(footprint)` says it in a line; `to_dict()` is what the API answered.
    """

    def __init__(self, answer: Mapping[str, Any] | None = None) -> None:
        self._answer = answer

    def _find(self) -> Mapping[str, Any]:
        return self._answer or {}

    def _quantity(self, name: str, unit: str, factor: float = 1.0) -> Quantity | None:
        told = self._find().get(name)
        return Quantity.of(told, unit, factor) if told else None

    @property
    def kwh(self) -> Quantity | None:
        """The energy as bought: with the data centre's overhead (PUE)."""
        return self._quantity("energy_kwh", "kWh")

    @property
    def it_kwh(self) -> Quantity | None:
        """The energy of the machine alone."""
        return self._quantity("it_kwh", "kWh")

    @property
    def gco2e(self) -> Quantity | None:
        """Grams of CO2e by the grid it ran on; None while the zone is unknown."""
        return self._quantity("carbon_kg", "g CO2e", _GRAMS)

    @property
    def gco2e_range(self) -> tuple[float, float] | None:
        """From the least to the most, over all zones where the zone is unknown."""
        known = self.gco2e or self._quantity("carbon_range_kg", "g CO2e", _GRAMS)
        return (known.low, known.high) if known is not None else None

    @property
    def market_gco2e(self) -> Quantity | None:
        """The same by what the provider buys; None where it does not say."""
        return self._quantity("market_carbon_kg", "g CO2e", _GRAMS)

    @property
    def money(self) -> Quantity | None:
        """The price of the electricity; its `unit` is the currency."""
        told = self._find().get("money")
        return Quantity.of(told, str(told["currency"])) if told else None

    @property
    def parts(self) -> list[Part]:
        """Of `it_kwh`, part by part."""
        return [
            Part(
                told["part"],
                told["device"],
                Quantity.of(told["kwh"], "kWh"),
                told["source"],
                told["is_disputed"],
            )
            for told in self._find().get("parts", ())
        ]

    @property
    def joules(self) -> dict[str, Quantity]:
        """Of the machine alone, by device, or by part where that has no name."""
        joules: dict[str, Quantity] = {}
        for told in self._find().get("parts", ()):
            name = told["device"] or told["part"]
            more = Quantity.of(told["kwh"], "J", _JOULES_PER_KWH)
            joules[name] = joules[name].plus(more) if name in joules else more
        return joules

    @property
    def zone(self) -> str | None:
        """The grid it ran on."""
        return self._find().get("zone")

    @property
    def year(self) -> int | None:
        """Of the grid's numbers."""
        return self._find().get("year")

    @property
    def intensity_g_per_kwh(self) -> Quantity | None:
        """Grams of CO2e for each kWh."""
        return self._quantity("intensity_g_per_kwh", "g/kWh")

    @property
    def pue(self) -> Quantity | None:
        """The data centre's overhead."""
        return self._quantity("pue", "")

    @property
    def sources(self) -> list[str]:
        """Where the numbers come from."""
        return list(self._find().get("sources", ()))

    @property
    def notes(self) -> list[str]:
        """Flags and doubts, in words."""
        return list(self._find().get("notes", ()))

    @property
    def watched_s(self) -> float:
        """For how long the sensors were read."""
        return float(self._find().get("watched_s", 0.0))

    @property
    def lost_s(self) -> float:
        """For how long they were not: the machine slept, or the program was held up."""
        return float(self._find().get("lost_s", 0.0))

    def summary(self) -> dict[str, Any]:
        """Plain numbers, as `run.summary["footprint"]` has them; only what is known."""
        found = Footprint(self._find())
        numbers: dict[str, Any] = {}
        for name, quantity in (("kwh", found.kwh), ("gco2e", found.gco2e)):
            if quantity is not None:
                numbers[name] = quantity.value
                numbers |= {f"{name}_low": quantity.low, f"{name}_high": quantity.high}
        if (money := found.money) is not None:
            numbers |= {"money": money.value, "currency": money.unit}
        if found.kwh is not None:
            numbers["method"] = found.kwh.method
        return numbers

    def to_dict(self) -> dict[str, Any]:
        """What the API answered (docs/api.md); empty where nothing is known."""
        return dict(self._find())

    def __str__(self) -> str:
        return str(self._find().get("line") or "energy unknown")

    def __repr__(self) -> str:
        return f"<cairn.{type(self).__name__} {self}>"


class Estimate(Footprint):
    """What something would cost: `rent` of the devices, and the arithmetic line by line."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(answer["footprint"])
        self._estimate = answer

    @property
    def rent(self) -> Quantity | None:
        """Of the devices by the hour: as a pre-emptible one up to on demand."""
        told = self._estimate.get("rent")
        return Quantity.of(told, str(self._estimate["rent_currency"])) if told else None

    @property
    def steps(self) -> list[str]:
        """The arithmetic, with sources."""
        return list(self._estimate["steps"])

    @property
    def equivalents(self) -> list[dict[str, Any]]:
        """What its carbon amounts to: so many km by car."""
        return list(self._estimate["equivalents"])

    def to_dict(self) -> dict[str, Any]:
        """What the API answered (docs/api.md)."""
        return dict(self._estimate)


def estimate(
    gpus: str | None = None,
    hours: float = 1.0,
    zone: str | None = None,
    year: int | None = None,
    *,
    watts: float | None = None,
    count: float | None = None,
    utilisation: float | None = None,
    host: bool = True,
    preset: str | None = None,
    provider: str | None = None,
    pue: float | None = None,
    kg_per_kwh: float | None = None,
    price_per_kwh: float | str | None = None,
    currency: str | None = None,
    dir: Any = None,
    url: str | None = None,
) -> Estimate:
    """What a training would cost, before it runs: `estimate("8xV100", hours=40, zone="US-CAL")`.

    `gpus`: devices of the table, with commas between several; or `watts` of any other, and `count`
    of them. `utilisation`: mean power over that of the data sheet. `host`: with CPU, memory and the
    rest of the machine. `preset`: constants as a paper has them, "strubell-2019". `dir`, `url`:
    whose tables. Raises InvalidError for what is unknown or absurd, with the nearest names.
    """
    place = place_said(
        zone=zone,
        provider=provider,
        pue=pue,
        kg_per_kwh=kg_per_kwh,
        price_per_kwh=price_per_kwh,
        currency=currency,
    )
    answer = (
        Store.of(dir, url)
        .own_door()
        .get(
            "/footprint/estimate",
            gpus=gpus,
            hours=hours,
            year=year,
            watts=watts,
            count=count,
            utilisation=utilisation,
            host=None if host else "0",
            preset=preset,
            **place,
        )
    )
    return Estimate(answer)


def place_said(**said: Any) -> dict[str, Any]:
    """Where and under which terms, as the API has it: what is None is left open.

    A price may name its currency: "0.25 EUR".
    """
    place = {name: value for name, value in said.items() if value is not None}
    price = place.get("price_per_kwh")
    if isinstance(price, str):
        amount, _, currency = price.strip().partition(" ")
        place["price_per_kwh"] = _number("price_per_kwh", amount)
        if currency.strip():
            place.setdefault("currency", currency.strip())
    return place


def place_of(run: Run | None) -> dict[str, Any]:
    """What the environment says of this machine, and over it what the run was told."""
    place: dict[str, Any] = {}
    with forgiving("not priced as the environment says"):
        said: dict[str, Any] = {
            name: os.environ.get(f"CAIRN_{name.upper()}") or None
            for name in ("zone", "provider", "pue", "price_per_kwh", "idle")
        }
        if said["pue"] is not None:
            said["pue"] = _number("CAIRN_PUE", said["pue"])
        place = place_said(**said)
    return {**place, **run._place} if run is not None else place


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidError(f"expected a number in {name}, found {text!r}") from None


def assess(
    records: Iterable[Mapping[str, Any]], place: Mapping[str, Any], store: Store
) -> dict[str, Any]:
    """What energy records cost by the tables of `store`; empty where that is unknown."""
    given = [record for record in records if record["watched_s"] > 0]
    answer: dict[str, Any] = {}
    with forgiving("not priced"):
        if given:
            answer = ask(store, "/footprint/assess", {"records": given}, place) or {}
    return answer


def ask(store: Store, path: str, body: dict[str, Any], place: Mapping[str, Any]) -> Any:
    """The answer of POST `path`. A place that is refused is told once, and nothing of it known."""
    door = store.own_door()
    try:
        return door.post(path, {**body, "place": dict(place)})
    except InvalidError as error:
        if not place:
            raise
        answer = door.post(path, body)
        tell_once(f"no carbon and no money: {error}")
    for found in (answer, answer.get("footprint") if answer else None):
        if found and "energy_kwh" in found:
            found.update(dict.fromkeys(_OF_PLACE))
            found["line"] = str(Quantity.of(found["energy_kwh"], "kWh"))
    return answer
