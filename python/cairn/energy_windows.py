"""energy(): what a part of a program costs, with a run or without one."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from cairn import _native
from cairn.energy_records import since
from cairn.errors import NotFoundError
from cairn.footprints import Footprint, assess, place_of, place_said
from cairn.recall_door import Place as Store
from cairn.recall_door import forgiving
from cairn.wrapping import wrap

if TYPE_CHECKING:
    from cairn.live_run import Run

__all__ = [
    "EnergyWindow",
    "energy",
    "energy_of_run",
    "read_counters",
    "track_energy",
    "tracked_kwh",
]

_PATIENCE_S = 5.0  # until somebody who had no answer is asked again

F = TypeVar("F", bound=Callable[..., Any])


class _Watch:
    """The meter that all windows of this process share, from the first one on."""

    meter: _native.EnergyMeter | None = None
    lock = threading.Lock()


def read_counters() -> dict[str, Any] | None:
    """The record of energy since the first call in this process, up to now; None when unknown."""
    if os.environ.get("CAIRN_ENERGY") == "0":
        return None
    with forgiving("energy is not watched"):
        with _Watch.lock:
            if _Watch.meter is None:
                _Watch.meter = _native.EnergyMeter()
                atexit.register(_Watch.meter.close)
            meter = _Watch.meter
        return meter.tick()
    return None


def _after_fork_in_child() -> None:
    _Watch.meter = None
    _Watch.lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork_in_child)


class EnergyWindow(Footprint):
    """What happened between its edges, as a Footprint: what it cost is found out when asked.

    While it is open it tells of what was until now. Windows may lie in each other and overlap; each
    has all that this process and its children used meanwhile, and no run's record lacks it.
    """

    def __init__(self, place: Mapping[str, Any], store: Callable[[], Store]) -> None:
        super().__init__()
        self._said = dict(place)
        self._store = store
        self._place: dict[str, Any] = {}
        self._before: dict[str, Any] | None = None
        self._record: dict[str, Any] | None = None
        self._ask_at_s = 0.0

    def __enter__(self) -> EnergyWindow:
        self._answer = self._record = None
        self._ask_at_s = 0.0
        with forgiving("energy is not priced"):
            self._place = {**place_of(_run_around()), **self._said}
        self._before = read_counters()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._record, self._before = self.record, None

    @property
    def record(self) -> dict[str, Any] | None:
        """What was measured, see docs/formats/energy.md; None while that is unknown."""
        if self._before is None:
            return self._record
        now = read_counters()
        return since(now, self._before) if now is not None else None

    def _find(self) -> Mapping[str, Any]:
        if self._answer is not None:
            return self._answer
        answer: Mapping[str, Any] = {}
        if (record := self.record) is None or time.monotonic() < self._ask_at_s:
            return answer
        with forgiving("energy is not priced"):
            answer = assess([record], self._place, self._store())
        if not answer and record["watched_s"] > 0:
            self._ask_at_s = time.monotonic() + _PATIENCE_S
        elif answer and self._before is None:
            self._answer = answer
        return answer


def energy(
    zone: str | None = None,
    *,
    provider: str | None = None,
    pue: float | None = None,
    kg_per_kwh: float | None = None,
    price_per_kwh: float | str | None = None,
    currency: str | None = None,
    idle: str | None = None,
    dir: Any = None,
    url: str | None = None,
) -> EnergyWindow:
    """What the block inside costs: energy, carbon and money, each with its range.

        with cairn.energy(zone="FR") as e:
            train()
        print(e.kwh, e.gco2e, e.money, e.joules)

    It counts what this process and its children use, also without a run. `zone`: of the grid, or a
    cloud's region, "gcp:us-west1"; `price_per_kwh`: "0.25 EUR"; `idle`: whose the energy at rest
    is, "none", "proportional" or "all". What is not said is the current run's, else that of
    CAIRN_ZONE, CAIRN_PUE and CAIRN_PRICE_PER_KWH. `dir`, `url`: whose tables. Nothing here raises.
    """
    place: dict[str, Any] = {}
    with forgiving("energy is not priced as was said"):
        place = place_said(
            zone=zone,
            provider=provider,
            pue=pue,
            kg_per_kwh=kg_per_kwh,
            price_per_kwh=price_per_kwh,
            currency=currency,
            idle=idle,
        )
    return EnergyWindow(place, functools.partial(_store, dir, url))


def _store(dir: Any, url: str | None) -> Store:
    """What the call says, else where the current run is kept."""
    run = _run_around() if dir is None and url is None else None
    return Store(run.store_dir, run.server) if run and run.store_dir else Store.of(dir, url)


def _run_around() -> Run | None:
    from cairn.session import _active

    return _active[-1] if _active else None


@overload
def track_energy(function: F, /) -> F: ...
@overload
def track_energy(*, name: str | None = None, zone: str | None = None) -> Callable[[F], F]: ...
def track_energy(
    function: Any = None, /, *, name: str | None = None, zone: str | None = None
) -> Any:
    """A function whose calls are watched as by `cairn.energy()`.

    `function.energy` is the Footprint of the call that ended last. In a run, all calls together are
    its summary's `energy.NAME_kwh` when it finishes (`name`: by default the function's). Coroutines
    and generators are watched from their beginning to their end.
    """

    def decorate(given: Any) -> Any:
        return _tracked(given, name or str(getattr(given, "__name__", "call")), zone)

    return decorate if function is None else decorate(function)


def _tracked(function: Any, name: str, zone: str | None) -> Any:
    place = {"zone": zone} if zone else {}
    tracked = wrap(function, lambda _: _Call(tracked, name, place))
    tracked.energy = Footprint()
    return tracked


class _Call(EnergyWindow):
    """One call of a function: at its end the function has it, and the run its part of the sum."""

    def __init__(self, function: Any, name: str, place: Mapping[str, Any]) -> None:
        super().__init__(place, functools.partial(_store, None, None))
        self._function = function
        self._name = name

    def __exit__(self, *how: Any) -> None:
        super().__exit__(*how)
        with forgiving(f"the energy of {self._name}() is not kept"):
            self._function.energy = self
            run = _run_around()
            if self._record is not None and run is not None:
                run._add_energy(self._name, self._record)


def energy_of_run(run: Run) -> Footprint:
    """What a run of this process cost so far."""
    footprint = Footprint()
    with forgiving("energy is not priced"):
        record = run.energy_record()
        if record is not None and record["watched_s"] > 0:
            store = Store(run.store_dir, run.server)
            footprint = Footprint(assess([record], place_of(run), store))
        elif run.store_dir:  # another process watches it, or nobody does: what may have been used
            with contextlib.suppress(NotFoundError):
                door = Store(run.store_dir, run.server).own_door()
                footprint = Footprint(door.get(f"/projects/{run.project}/runs/{run.id}/footprint"))
    return footprint


def tracked_kwh(run: Run, records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Of tracked functions: `energy.NAME_kwh` for a run's summary."""
    place, store = place_of(run), Store(run.store_dir, run.server)
    found = {}
    for name, record in records.items():
        if (kwh := Footprint(assess([record], place, store)).kwh) is not None:
            found[f"energy.{name}_kwh"] = kwh.value
    return found
