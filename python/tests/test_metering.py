"""meter(): what requests and tokens cost, and that their sum with idle is what the meter says."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import cairn
import pytest
from cairn import metering, metering_book
from cairn.errors import UnavailableError
from metered import Desk, Gauge

pytestmark = pytest.mark.usefixtures("untold")


def test_batches_are_counted_and_what_they_cost_is_told(gauge: Gauge, desk: Desk) -> None:
    with cairn.meter(model="digits") as m:
        for _ in range(2):
            gauge.use(50)
            m.count(requests=4, tokens_in=40, tokens_out=10)
    report = m.report
    assert (report.requests, report.failed) == (8, 0)
    assert (report.tokens_in, report.tokens_out) == (80, 20)
    assert (report.total_j, report.idle_j, report.active_j) == (100, 50, 50)
    assert report.idle_share == 0.5
    assert report.mean_j == 50 / 8
    assert report.p50_j == pytest.approx(50 / 8, rel=0.01)
    assert (report.j_per_token, report.j_per_token_out) == (1, 5)
    assert report.wh_per_1000_requests == pytest.approx(100 / 8 * 1000 / 3600)
    assert report.total_j is not None
    assert (report.total_j.low, report.total_j.high, report.total_j.method) == (
        pytest.approx(90),
        pytest.approx(110),
        "measured",
    )
    assert report.footprint.it_kwh == pytest.approx(100 / 3.6e6)
    assert "8 requests (0 failed), 80 tokens in, 20 out" in str(report)
    assert "idle: 50%" in str(report)


def test_it_is_a_run_of_inference_beside_the_current_one(gauge: Gauge, desk: Desk) -> None:
    with cairn.init(project="p") as around:
        with cairn.meter(model="digits", project="serving", zone="FR") as m:
            assert m.run is not None
            assert cairn.run is m.run
            gauge.use(10)
            m.count()
        assert cairn.run is around
    assert (m.run.project, m.run.job_type, m.run.config.model) == ("serving", "inference", "digits")
    assert m.run.is_finished
    assert m.run.summary["inference"]["requests"] == 1
    assert m.run.summary["inference"]["total_j"] == 10
    assert m.run.summary["inference.joules"] == pytest.approx(10)
    assert m.report.footprint.zone == "FR"


def test_a_request_has_its_own_times_and_tokens(gauge: Gauge, desk: Desk) -> None:
    with cairn.meter() as m:
        before_ns = time.time_ns()
        with m.request() as r:
            r.tokens_in = 7
            r.first_token()
            r.tokens_out = 3
        gauge.use(5)
    body = next(body for path, body in desk.asked if path.endswith("inference"))
    (served,) = body["requests"]
    assert before_ns <= served["began_ns"] <= served["first_token_ns"] <= served["ended_ns"]
    assert (served["tokens_in"], served["tokens_out"], served["status"]) == (7, 3, 200)
    assert body["weights"] == "tokens"


def test_functions_coroutines_and_streams_are_requests(gauge: Gauge, desk: Desk) -> None:
    m = cairn.meter()

    @m.request
    def answer(text: str) -> str:
        m.serving.tokens_out = len(text)
        return text

    @m.request
    async def answer_later(text: str) -> str:
        await asyncio.sleep(0)
        m.serving.tokens_out = len(text)
        return text

    @m.request
    def stream(text: str) -> Iterator[str]:
        yield from text

    @m.request
    async def stream_later(text: str) -> AsyncIterator[str]:
        for letter in text:
            yield letter

    async def everything() -> list[str]:
        several = await asyncio.gather(answer_later("ab"), answer_later("cde"))
        return [*several, *[letter async for letter in stream_later("xy")]]

    m.start()
    assert answer("a") == "a"
    assert asyncio.run(everything()) == ["ab", "cde", "x", "y"]
    assert list(stream("no")) == ["n", "o"]
    assert next(stream("left")) == "l"
    gauge.use(5)
    report = m.stop()
    assert (report.requests, report.failed, report.tokens_out) == (6, 0, 6)
    body = next(body for path, body in desk.asked if path.endswith("inference"))
    assert [served["first_token_ns"] > 0 for served in body["requests"]].count(True) == 3


def test_what_raises_is_a_failed_request(gauge: Gauge, desk: Desk) -> None:
    with cairn.meter() as m:
        with pytest.raises(ZeroDivisionError), m.request():
            1 / 0  # noqa: B018
        with m.request() as r:
            r.status = 429
        gauge.use(5)
    assert (m.report.requests, m.report.failed) == (2, 2)


def test_threads_count_at_once(gauge: Gauge, desk: Desk) -> None:
    with cairn.meter() as m:

        def serve() -> None:
            for _ in range(200):
                with m.request() as r:
                    r.tokens_out = 1

        threads = [threading.Thread(target=serve) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gauge.use(5)
    assert (m.report.requests, m.report.tokens_out) == (1600, 1600)


def test_stretches_add_up_and_memory_is_bounded(
    gauge: Gauge, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering_book, "_REQUESTS_MAX", 10)
    with cairn.meter() as m:
        for _ in range(5):
            for _ in range(10):
                m.count(tokens_out=2)
            gauge.use(100)
            m._read()
            assert m._book._served == []
            assert len(m._book._readings) == 1
    asked = [body for path, body in desk.asked if path.endswith("inference")]
    assert [len(body["requests"]) for body in asked[:5]] == [10] * 5
    assert m.report.requests == 50
    assert m.report.total_j == pytest.approx(500)
    assert m.report.p95_j == pytest.approx(5, rel=0.01)


def test_a_stretch_ends_when_nothing_is_in_flight(
    gauge: Gauge, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering_book, "_REQUESTS_MAX", 2)
    with cairn.meter() as m:
        with m.request():
            m.count(requests=1)
            m.count(requests=1)
            gauge.use(1)
            m._read()
            assert len(m._book._served) == 2
        gauge.use(1)
        m._read()
        assert m._book._served == []


def test_a_report_can_be_had_meanwhile(gauge: Gauge, desk: Desk) -> None:
    with cairn.meter() as m:
        assert m.report.requests == 0
        gauge.use(10)
        m.count()
        assert m.report.total_j == 10
        gauge.use(10)
    assert m.report.total_j == 20


def test_energy_that_is_unknown_is_none_and_requests_still_count(
    gauge: Gauge, desk: Desk, untold: list[str]
) -> None:
    desk.trouble = lambda: UnavailableError("nobody there")
    with cairn.meter() as m:
        gauge.use(10)
        m.count(tokens_out=5)
    report = m.report
    assert (report.requests, report.tokens_out) == (1, 5)
    assert (report.total_j, report.p50_j, report.j_per_token, report.idle_share) == (None,) * 4
    assert report.to_dict()["wh_per_1000_requests"] is None
    assert any("nobody there" in line for line in untold)


def test_nonsense_is_told_once_and_never_raised(
    gauge: Gauge, desk: Desk, untold: list[str]
) -> None:
    with cairn.meter() as m:
        m.count(requests=0)
        m.count(tokens_in=-1)
        m.count(tokens_out="many")  # type: ignore[arg-type]
        with m.request() as r:
            r.tokens_out = float("nan")
        gauge.use(1)
    assert m.report.requests == 0
    assert len(untold) == 4


def test_outside_of_start_and_stop_nothing_is_counted(
    gauge: Gauge, desk: Desk, untold: list[str]
) -> None:
    m = cairn.meter()
    m.count()
    with m:
        gauge.use(1)
    m.count()
    assert m.report.requests == 0
    assert len(untold) == 1
    assert m.stop() is m.report


def test_a_forked_process_counts_nothing(gauge: Gauge, desk: Desk) -> None:
    with cairn.meter() as m:
        child = os.fork()
        if child == 0:
            m.count()
            os._exit(len(m._pending))
        assert os.waitpid(child, 0)[1] == 0
        gauge.use(1)


def test_every_minute_the_run_is_told(
    gauge: Gauge, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering, "_TICK_S", 0.005)
    monkeypatch.setattr(metering, "_MINUTE_S", 0.02)
    with cairn.meter() as m:
        assert m.run is not None
        gauge.use(5)
        m.count(requests=3)
        for _ in itertools.takewhile(lambda _: m.run and m.run.step < 2, range(2000)):
            time.sleep(0.005)
        assert m.run.step >= 2
        assert m.run.summary["inference"]["requests"] == 3


def test_a_served_model_is_metered_by_the_real_machine(
    read: Callable[[Any], cairn.RunRecord],
) -> None:
    with cairn.meter(model="spin", zone="FR") as m:
        for _ in range(5):
            with m.request() as r:
                until_s = time.monotonic() + 0.1
                while time.monotonic() < until_s:
                    pass
                r.tokens_out = 10
        time.sleep(0.3)
    report = m.report
    assert report.requests == 5
    assert report.total_j is not None and report.active_j is not None
    assert report.idle_j is not None and report.p50_j is not None
    assert 0 < report.active_j <= report.total_j
    assert report.active_j + report.idle_j == pytest.approx(report.total_j)
    assert report.total_j / 3.6e6 == pytest.approx(report.footprint.it_kwh, rel=1e-6)
    kept = read(m.run)
    assert (kept.job_type, kept.config.model, kept.meta["place"]["zone"]) == (
        "inference",
        "spin",
        "FR",
    )
    assert dict(kept.summary).keys() == {"inference", "footprint"}
    assert kept.summary["inference.requests"] == 5
    assert kept.series("inference.requests").value.tolist() == [5]
    assert kept.summary["inference.total_j"] == pytest.approx(report.total_j)
