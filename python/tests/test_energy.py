"""energy(), track_energy, run.energy and estimate(): what something cost, and what is unknown."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import pickle
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import cairn
import pytest
from cairn import _native, energy_windows
from cairn.energy_records import add, counts, since
from cairn.errors import InvalidError, UnavailableError
from cairn.quantity import Quantity
from metered import KWH, SECOND, Desk, Gauge, record

pytestmark = pytest.mark.usefixtures("untold")


# Quantities


def test_a_quantity_is_a_number_that_knows_its_range() -> None:
    kwh = Quantity(0.42, 0.4, 0.45, "modelled", "kWh")
    assert float(kwh) == kwh.value == 0.42
    assert kwh * 2 == 0.84
    assert 0.4 < kwh < 0.5
    assert json.dumps({"kwh": kwh}) == '{"kwh": 0.42}'
    assert str(kwh) == f"{kwh}" == "0.42 kWh (0.40 to 0.45, modelled)"
    assert f"{kwh:.1f}" == "0.4"
    assert str(Quantity(0.00042, 0.0004, 0.0005, unit="kWh")) == "0.42 Wh (0.40 to 0.50, assumed)"
    assert str(Quantity(3.0, method="measured", unit="J")) == "3.0 J (measured)"
    for same in (copy.copy(kwh), pickle.loads(pickle.dumps(kwh))):
        assert (same, same.low, same.method, same.unit) == (kwh, 0.4, "modelled", "kWh")


def test_small_and_large_amounts_are_printed_with_the_digits_that_matter() -> None:
    shown = [Quantity(x).__str__().split()[0] for x in (0, 1e-7, 0.0031, 4.25, 12.34, 1234.5)]
    assert shown == ["0", "0.00000010", "0.0031", "4.2", "12.3", "1234"]


# Records


def test_what_came_between_two_moments_is_their_difference() -> None:
    part = since(record(50, 5), record(20, 2))
    assert (part["began_ns"], part["ended_ns"]) == (102 * SECOND, 105 * SECOND)
    assert (part["watched_s"], part["share_s"]) == (3, 1.5)
    assert part["sensors"][0]["run_j"] == 30
    assert part["sensors"][0]["covered_s"] == 3
    assert part["machine"] == record()["machine"]


def test_a_device_that_appears_later_is_wholly_of_the_later_part() -> None:
    gpu = {"device": "nvml:GPU-1", "name": "T4", "part": "gpu", "held_s": 2.0}
    part = since(record(5, 5, unmeasured=[gpu]), record(2, 2))
    assert part["unmeasured"] == [gpu]


def test_a_device_that_was_silent_is_left_out() -> None:
    now = record(5, 5)
    assert since(now, {**record(5, 2), "sensors": now["sensors"]})["sensors"] == []


def test_what_only_one_side_tells_is_dropped_and_resets_are_counted() -> None:
    now, before = record(50, 5), record(20, 2)
    now["sensors"][0].update(other_j=49.0, resets=2)
    sensor = since(now, before)["sensors"][0]
    assert "other_j" not in sensor
    assert sensor["resets"] == 2


def test_stretches_add_up_to_the_whole() -> None:
    moments = [record(0, 0), record(20, 2), record(50, 5)]
    parts = [since(late, early) for early, late in zip(moments, moments[1:])]
    whole = since(moments[2], moments[0])
    whole["sensors"][0]["resets"] = 0
    assert add(*parts) == whole


def test_counts_are_the_series_of_a_run() -> None:
    gpu = {"device": "nvml:GPU-1", "name": "T4", "part": "gpu", "held_s": 2.0}
    assert counts(record(8, 4, unmeasured=[gpu])) == {
        "energy.share_s": 2.0,
        "energy.even_s": 4.0,
        "energy.load_s": 2.0,
        "energy.cpu_j": 8,
        "energy.gpu_held_s": 2.0,
    }


# Windows


def test_a_window_costs_what_was_used_in_it(gauge: Gauge, desk: Desk) -> None:
    gauge.use(1 * KWH)
    with cairn.energy(zone="FR") as e:
        gauge.use(3 * KWH)
    gauge.use(7 * KWH)
    assert (e.it_kwh, e.kwh, e.gco2e, e.money) == (3, 6, 3000, 1.5)
    assert e.kwh is not None and e.money is not None
    assert (e.kwh.low, e.kwh.high) == pytest.approx((5.4, 6.6))
    assert (e.kwh.method, e.kwh.unit) == ("measured", "kWh")
    assert e.money.unit == "EUR"
    assert e.joules == {"Made-up CPU": 0.75 * 3 * KWH, "memory": 0.25 * 3 * KWH}
    assert [part.part for part in e.parts] == ["cpu", "memory", "unwatched"]
    assert (e.zone, e.sources, str(e)) == ("FR", ["a table"], "6.0 kWh")
    assert e.to_dict()["it_kwh"]["value"] == 3


def test_nothing_is_asked_before_somebody_asks_and_then_once(gauge: Gauge, desk: Desk) -> None:
    with cairn.energy() as e:
        gauge.use(KWH)
    assert desk.asked == []
    assert e.kwh == e.kwh == 2
    assert len(desk.asked) == 1


def test_an_open_window_tells_of_what_was_until_now(gauge: Gauge, desk: Desk) -> None:
    with cairn.energy() as e:
        gauge.use(KWH)
        assert e.kwh == 2
        gauge.use(KWH)
    assert e.kwh == 4


def test_an_open_window_is_unknown_only_until_something_is_watched(
    gauge: Gauge, desk: Desk
) -> None:
    with cairn.energy() as e:
        assert e.kwh is None
        gauge.use(KWH)
        assert e.kwh == 2


def test_windows_nest_and_overlap(gauge: Gauge, desk: Desk) -> None:
    outer, inner, other = cairn.energy(), cairn.energy(), cairn.energy()
    with outer:
        gauge.use(KWH)
        with inner:
            gauge.use(KWH)
            other.__enter__()
        gauge.use(KWH)
    other.__exit__()
    assert (outer.it_kwh, inner.it_kwh, other.it_kwh) == (3, 1, 1)


def test_a_window_can_be_used_again(gauge: Gauge, desk: Desk) -> None:
    e = cairn.energy()
    for kwh in (1, 2):
        with e:
            gauge.use(kwh * KWH)
        assert e.it_kwh == kwh


def test_without_a_zone_carbon_is_a_range_and_no_number(gauge: Gauge, desk: Desk) -> None:
    with cairn.energy() as e:
        gauge.use(KWH)
    assert e.gco2e is None
    assert e.money is None
    assert e.gco2e_range == pytest.approx((2 * 275 * 0.2, 2 * 275 * 1.8))


def test_what_was_not_watched_is_unknown_and_not_0(gauge: Gauge, desk: Desk) -> None:
    with cairn.energy(zone="FR") as e:
        gauge.use(0, seconds=0)
    assert (e.kwh, e.gco2e, e.gco2e_range, e.joules, e.parts) == (None, None, None, {}, [])
    assert str(e) == "energy unknown"
    assert desk.asked == []
    assert cairn.energy().kwh is None


def test_the_place_is_what_is_said_then_the_runs_then_the_environments(
    gauge: Gauge, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIRN_ZONE", "DE")
    monkeypatch.setenv("CAIRN_PUE", "1.5")
    monkeypatch.setenv("CAIRN_PRICE_PER_KWH", "0.31 EUR")
    with cairn.init(zone="FR"), cairn.energy(pue=3) as e:
        gauge.use(KWH)
    assert e.kwh == 3
    assert desk.asked[0][1]["place"] == {
        "zone": "FR",
        "pue": 3,
        "price_per_kwh": 0.31,
        "currency": "EUR",
    }


def test_a_wrong_place_is_told_once_and_leaves_the_energy(
    gauge: Gauge, desk: Desk, untold: list[str]
) -> None:
    for _ in range(2):
        with cairn.energy(zone="XX") as e:
            gauge.use(KWH)
        assert e.kwh == 2
        assert (e.gco2e, e.money, e.zone) == (None, None, None)
    assert untold == ["no carbon and no money: expected a zone, found 'XX'; nearest: FR"]


def test_nonsense_is_told_and_never_raised(
    gauge: Gauge, desk: Desk, untold: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIRN_PUE", "a lot")
    with cairn.energy(price_per_kwh="cheap") as e:
        gauge.use(KWH)
    assert e.kwh == 2
    assert len(untold) == 2


def test_a_desk_that_is_away_is_asked_again_later(
    gauge: Gauge, desk: Desk, untold: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [100.0]
    monkeypatch.setattr(energy_windows.time, "monotonic", lambda: now_s[0])
    desk.trouble = lambda: UnavailableError("nobody there")
    with cairn.energy() as e:
        gauge.use(KWH)
    assert e.kwh is None
    assert e.gco2e is None
    assert len(desk.asked) == 1
    assert untold == ["not priced: nobody there"]
    desk.trouble = None
    now_s[0] += 6
    assert e.kwh == 2


def test_a_meter_that_breaks_never_breaks_the_program(
    desk: Desk, untold: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def tick(self) -> None:
            raise OSError("no sensors today")

    monkeypatch.setattr(energy_windows._Watch, "meter", Broken())
    with cairn.energy() as e:
        pass
    assert e.kwh is None
    assert len(untold) == 1


def test_an_exception_passes_and_the_window_is_closed(gauge: Gauge, desk: Desk) -> None:
    e = cairn.energy()
    with pytest.raises(ZeroDivisionError), e:
        gauge.use(KWH)
        1 / 0  # noqa: B018
    assert e.kwh == 2


def test_energy_can_be_switched_off(
    gauge: Gauge, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIRN_ENERGY", "0")
    with cairn.energy() as e:
        gauge.use(KWH)
    assert e.kwh is None
    assert gauge.ticks == 0


# Tracked functions


def test_a_tracked_function_tells_of_its_last_call(gauge: Gauge, desk: Desk) -> None:
    @cairn.track_energy
    def work(kwh: float) -> float:
        """Uses energy."""
        gauge.use(kwh * KWH)
        return kwh

    assert work.energy.kwh is None  # type: ignore[attr-defined]
    assert [work(1), work(2)] == [1, 2]
    assert work.energy.it_kwh == 2  # type: ignore[attr-defined]
    assert (work.__name__, work.__doc__) == ("work", "Uses energy.")


def test_coroutines_and_generators_are_tracked_to_their_end(gauge: Gauge, desk: Desk) -> None:
    @cairn.track_energy
    async def wait() -> str:
        await asyncio.sleep(0)
        gauge.use(KWH)
        return "done"

    @cairn.track_energy(name="counting")
    def count() -> Iterator[int]:
        for number in range(3):
            gauge.use(KWH)
            yield number

    @cairn.track_energy
    async def stream() -> AsyncIterator[int]:
        for number in range(2):
            gauge.use(KWH)
            yield number

    async def drain() -> list[int]:
        return [number async for number in stream()]

    assert asyncio.run(wait()) == "done"
    assert list(count()) == [0, 1, 2]
    assert asyncio.run(drain()) == [0, 1]
    found = [f.energy.it_kwh for f in (wait, count, stream)]  # type: ignore[attr-defined]
    assert found == [1, 3, 2]


def test_a_run_has_the_sum_of_all_calls_when_it_finishes(
    gauge: Gauge, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    @cairn.track_energy(name="train")
    def train() -> None:
        gauge.use(KWH)

    with cairn.init() as run:
        train()
        train()
    assert run.summary.get("energy.train_kwh") == 4


def test_only_functions_are_tracked() -> None:
    for odd in (3, int):
        with pytest.raises(TypeError, match="expected a function"):
            cairn.track_energy(odd)  # type: ignore[call-overload]


# Runs


def test_the_native_meter_counts_this_process_and_leaves_a_fork_alone() -> None:
    meter = _native.EnergyMeter()
    first = meter.tick()
    until_s = time.monotonic() + 0.15
    while time.monotonic() < until_s:
        pass
    last = meter.tick()
    assert first is not None and last is not None
    used = since(last, first)
    assert used["watched_s"] > 0
    assert used["cpu_s"] > 0
    assert 0 < used["share_s"] <= used["watched_s"]
    child = os.fork()
    if child == 0:
        is_left_alone = meter.tick() is None
        del meter
        os._exit(0 if is_left_alone else 1)
    assert os.waitpid(child, 0)[1] == 0
    meter.close()
    meter.close()
    assert meter.tick() is None


def test_threads_may_tick_at_once() -> None:
    meter = _native.EnergyMeter()
    found: list[dict[str, Any] | None] = []
    threads = [
        threading.Thread(target=lambda: found.extend(meter.tick() for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    meter.close()
    assert len(found) == 200
    assert None not in found


def _watched_s(run: cairn.Run) -> float:
    record = run.energy_record()
    return float(record["watched_s"]) if record is not None else 0.0


def test_a_run_knows_what_it_cost_while_it_runs_and_after(
    read: Callable[[Any], cairn.RunRecord],
) -> None:
    with cairn.init(zone="FR", sample_period_s=10) as run:
        until_s = time.monotonic() + 20
        while not _watched_s(run) and time.monotonic() < until_s:
            time.sleep(0.1)  # it is read once a second, or seldomer where that costs much
        live = run.energy
        assert live.kwh is not None
        assert live.gco2e is not None
        assert live.zone == "FR"
        assert run.summary["footprint.kwh"] >= live.kwh
        assert run.summary["footprint"]["method"] == live.kwh.method
        assert "footprint.kwh" not in dict(run.summary)  # nothing derived is recorded
    after = run.energy
    assert after.kwh is not None
    assert after.kwh >= live.kwh
    kept = read(run)
    assert kept.meta["place"]["zone"] == "FR"
    assert kept.summary["footprint.kwh"] == pytest.approx(after.kwh, rel=1e-6)
    assert kept.energy.kwh == pytest.approx(after.kwh, rel=1e-6)


def test_a_run_that_nobody_watched_costs_what_its_machine_may_have_used() -> None:
    with cairn.init() as run:
        time.sleep(0.01)
    assert run.energy_record() is None
    assert run.energy.kwh is not None
    assert run.energy.kwh.method == "assumed"
    assert run.energy.kwh.low < run.energy.kwh.high


def test_what_is_unknown_is_no_key_and_what_is_said_stays() -> None:
    run = cairn.init(mode="disabled")
    assert run.energy.kwh is None
    assert run.summary.get("footprint.kwh") is None
    with pytest.raises(KeyError):
        run.summary["footprint.kwh"]
    run.summary["footprint"] = {"kwh": 3.0}
    assert run.summary["footprint.kwh"] == 3.0


def test_a_window_is_priced_by_the_tables_without_a_run() -> None:
    with cairn.energy(zone="FR", price_per_kwh="0.25 EUR") as e:
        until_s = time.monotonic() + 0.3
        while time.monotonic() < until_s:
            pass
    assert e.kwh is not None and e.gco2e is not None and e.money is not None
    assert e.kwh.low <= e.kwh <= e.kwh.high
    assert e.money == pytest.approx(0.25 * e.kwh)
    assert e.money.unit == "EUR"
    assert e.joules
    assert e.sources


def test_a_window_in_a_forked_child_has_a_meter_of_its_own() -> None:
    with cairn.energy():
        pass
    child = os.fork()
    if child == 0:
        with cairn.energy() as e:
            pass
        os._exit(0 if e.record is not None else 1)
    assert os.waitpid(child, 0)[1] == 0


# Estimates


def test_an_estimate_says_what_a_training_would_cost() -> None:
    found = cairn.estimate("8xV100", hours=40, zone="FR", year=2019, pue=1.58)
    assert found.kwh is not None and found.it_kwh is not None
    assert found.kwh == pytest.approx(1.58 * found.it_kwh)
    assert found.gco2e is not None
    assert found.rent is not None
    assert found.steps
    assert (found.zone, found.year) == ("FR", 2019)
    half = cairn.estimate("8xV100", hours=20, zone="FR", year=2019, pue=1.58)
    assert half.kwh == pytest.approx(found.kwh / 2)


def test_an_estimate_of_what_nobody_knows_offers_the_nearest() -> None:
    with pytest.raises(InvalidError, match="V10O"):
        cairn.estimate("8xV10O", hours=1)
    with pytest.raises(InvalidError):
        cairn.estimate("8xV100", hours=-1)
    with pytest.raises(InvalidError):
        cairn.estimate("8xV100", hours=1, pue=0.5)
