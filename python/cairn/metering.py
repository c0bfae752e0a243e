"""meter(): what each request and token of a model costs, counted in the program that serves it."""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar, overload

from cairn import _native, session
from cairn.energy_records import since
from cairn.energy_windows import read_counters
from cairn.errors import InvalidError
from cairn.footprints import Footprint, ask, assess, place_of, place_said
from cairn.live_run import Run
from cairn.metering_book import Book, MeterReport, Served
from cairn.recall_door import Place as Store
from cairn.recall_door import forgiving, tell_once
from cairn.wrapping import wrap

__all__ = ["Meter", "MeterReport", "Request", "meter"]

F = TypeVar("F", bound=Callable[..., Any])

_TICK_S = 1.0
_MINUTE_S = 60.0
_PATIENCE_S = 10.0  # with a server that was asked and does not answer
_JOULES_PER_KWH = 3.6e6
_serving: ContextVar[Request | None] = ContextVar("cairn_request", default=None)


class Request:
    """A request while it is served. `tokens_in`, `tokens_out` and `status` may be set inside."""

    def __init__(self, meter: Meter) -> None:
        self.tokens_in = 0.0
        self.tokens_out = 0.0
        self.status = 200
        self._meter = meter
        self._began_ns = self._first_ns = 0
        self._around: Any = None

    def first_token(self) -> None:
        """Says that the first token is there: what comes before it is prefill."""
        self._first_ns = self._first_ns or time.time_ns()

    def __enter__(self) -> Request:
        self._begin()
        self._around = _serving.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _serving.reset(self._around)
        self._end(kind)

    def _begin(self) -> None:
        self._meter._enter()
        self._began_ns = time.time_ns()

    def _end(self, kind: type[BaseException] | None) -> None:
        if kind is not None and self.status == 200 and kind is not GeneratorExit:
            self.status = 500
        with forgiving("a request is not counted"):
            self._meter._leave(
                Served(
                    self._began_ns,
                    max(time.time_ns(), self._began_ns),
                    _amount("tokens_in", self.tokens_in),
                    _amount("tokens_out", self.tokens_out),
                    self._first_ns,
                    int(self.status),
                )
            )


class Meter:
    """Counts what a model serves, from start() to stop(), in a run of the job type "inference".

    Any thread may count, and waits for nothing. Once a second the energy is read, once a minute the
    run is told what came together. In a process forked from this one nothing is counted: make a
    meter there.
    """

    def __init__(
        self, model: str, about: Mapping[str, Any], place: Mapping[str, Any], idle_w: float | None
    ) -> None:
        self.model = model
        self.run: Run | None = None
        self._about = dict(about)
        self._said = dict(place)
        self._idle_w = idle_w
        self._place: dict[str, Any] = {}
        self._pid = 0
        self._counting = threading.Lock()  # of these three
        self._pending: list[Served] = []
        self._in_flight = 0
        self._counted_ns: dict[int, int] = {}  # until when count() has counted, by thread
        self._reading = threading.Lock()  # of these two
        self._book = Book(None)
        self._minute: tuple[dict[str, float], dict[str, Any] | None] = (self._book.sums, None)
        self._began_ns = 0  # 0: not yet
        self._ending = threading.Event()
        self._keeper: threading.Thread | None = None
        self._report: MeterReport | None = None

    # From beginning to end.

    def start(self) -> Meter:
        """Begins the run. Raises what cairn.init() raises."""
        if self._began_ns:
            return self
        self.run = session.init(
            config={"model": self.model} if self.model else None,
            job_type="inference",
            id=_native.make_id(),  # a run of its own, also inside `cairn run`
            resume=False,
            reinit="create_new",
            **self._about,
        )
        # Their last minute would stand before the sums of the same name.
        self.run.define_metric("inference.*", summary="none")
        if self._said:
            self.run._place = self._said
            self.run._add_capture({"place": self._said})
        self._place = place_of(self.run)
        self._book = Book(read_counters())
        self._pid, self._began_ns = os.getpid(), time.time_ns()
        self._keeper = threading.Thread(target=self._keep, name="cairn-meter", daemon=True)
        self._keeper.start()
        atexit.register(self.stop)
        return self

    def stop(self) -> MeterReport:
        """Ends the run and tells what came together. A second call does nothing more."""
        self.__exit__(None, None, None)
        return self.report

    def __enter__(self) -> Meter:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        run, keeper = self.run, self._keeper
        if run is None or keeper is None or self._report is not None or self._pid != os.getpid():
            return
        atexit.unregister(self.stop)
        self._ending.set()
        keeper.join(_PATIENCE_S)
        self._report = self.report
        self._end_minute(run)
        run.summary.update({"inference": self._report.to_dict()})
        run.__exit__(kind, value, trace)

    @property
    def report(self) -> MeterReport:
        """What came together so far."""
        if self._report is not None:
            return self._report
        self._read()
        with forgiving("the energy of requests is unknown"), self._reading:
            record = self._book.record()
            cost = assess([record], self._place, self._store()) if record else {}
            return self._book.report(self._split, Footprint(cost))
        return MeterReport(self._book.sums, {}, Footprint())

    # What is served.

    def count(
        self,
        requests: int = 1,
        tokens_in: float = 0,
        tokens_out: float = 0,
        *,
        seconds: float | None = None,
    ) -> None:
        """Counts requests that have just been served, together if they are several.

        They are taken to have begun when this thread counted last, or `seconds` ago. Where there
        are pauses between requests, request() knows their times.
        """
        with forgiving("requests are not counted"):
            thread, now_ns = threading.get_ident(), time.time_ns()
            if _amount("requests", requests) < 1:
                raise InvalidError(f"expected as requests a number from 1, found {requests!r}")
            began_ns = self._counted_ns.get(thread, self._began_ns)
            if seconds is not None:
                began_ns = now_ns - int(_amount("seconds", seconds) * 1e9)
            self._take(
                Served(
                    min(began_ns, now_ns),
                    now_ns,
                    _amount("tokens_in", tokens_in),
                    _amount("tokens_out", tokens_out),
                    times=int(requests),
                )
            )
            self._counted_ns[thread] = now_ns

    @overload
    def request(self, /) -> Request: ...
    @overload
    def request(self, function: F, /) -> F: ...
    def request(self, function: Any = None, /) -> Any:
        """A request with its own times: `with m.request() as r: ...`, or a function's every call.

        `@m.request` takes functions, coroutines and generators; a generator's first item is its
        first token. In functions and coroutines `m.serving` is the request. An exception makes its
        status 500.
        """
        if function is None:
            return Request(self)
        return wrap(
            function,
            lambda is_stream: _Stream(self) if is_stream else Request(self),
            Request.first_token,
        )

    @property
    def serving(self) -> Request:
        """The request that the code around serves; outside of any, one that counts nowhere."""
        request = _serving.get()
        return Request(self) if request is None else request

    # What goes on beside it.

    def _enter(self) -> None:
        with self._counting:
            self._in_flight += 1

    def _leave(self, served: Served) -> None:
        with self._counting:
            self._in_flight -= 1
        self._take(served)

    def _take(self, served: Served) -> None:
        if self._began_ns == 0 or self._report is not None:
            tell_once("requests outside of a meter's start() and stop() are not counted")
        elif self._pid != os.getpid():
            tell_once("requests in a forked process are not counted: make a cairn.meter() there")
        else:
            with self._counting:
                self._pending.append(served)

    def _keep(self) -> None:
        run, minute_ends_s = self.run, time.monotonic() + _MINUTE_S
        while run is not None and not self._ending.wait(_TICK_S):
            self._read()
            if time.monotonic() >= minute_ends_s:
                minute_ends_s += _MINUTE_S
                self._end_minute(run)

    def _read(self) -> None:
        """Takes what was served and used until now."""
        with forgiving("requests are not metered"), self._reading:
            with self._counting:
                served, self._pending = self._pending, []
                is_busy = self._in_flight > 0
            for each in served:
                self._book.serve(each)
            if self._began_ns:
                self._book.read(read_counters())
            if self._book.is_full(is_busy):
                self._book.fold(self._split)

    def _end_minute(self, run: Run) -> None:
        """A row of what was served since the last one, and the sums for whoever reads the run."""
        with forgiving("the run is not told of requests"):
            with self._reading:
                sums, record = dict(self._book.sums), self._book.record()
            (before, earlier), self._minute = self._minute, (sums, record)
            has_tokens = sums["tokens_in"] + sums["tokens_out"] > 0
            names = ("requests", *(("tokens_in", "tokens_out") if has_tokens else ()))
            row = {f"inference.{name}": sums[name] - before[name] for name in names}
            if record is not None:
                minute = since(record, earlier) if earlier is not None else record
                it_kwh = Footprint(assess([minute], self._place, self._store())).it_kwh
                if it_kwh is not None:
                    row["inference.joules"] = it_kwh * _JOULES_PER_KWH
            run.log(row)
            run.summary.update({"inference": sums})

    def _store(self) -> Store:
        run = self.run
        if run is None or not run.store_dir:
            return Store.of(self._about["dir"], self._about["url"])
        return Store(run.store_dir, run.server)

    def _split(self, body: dict[str, Any]) -> Mapping[str, Any]:
        if self._idle_w is not None:
            body["idle_w"] = self._idle_w
        with forgiving("the energy of requests is unknown"):
            answer: Mapping[str, Any] = ask(
                self._store(), "/footprint/inference", body, self._place
            )
            return answer
        return {}


def meter(
    model: str = "",
    *,
    project: str | None = None,
    name: str | None = None,
    zone: str | None = None,
    pue: float | None = None,
    price_per_kwh: float | str | None = None,
    idle_w: float | None = None,
    dir: Any = None,
    url: str | None = None,
) -> Meter:
    """Counts what a model serves and what that costs, in a run of the job type "inference".

        with cairn.meter(model="digits-7b") as m:
            for batch in batches:
                out = generate(batch)
                m.count(requests=len(batch), tokens_in=batch.tokens, tokens_out=out.tokens)
        print(m.report.p95_j, m.report.wh_per_1000_requests)

    A server calls m.start(), serves each request in `with m.request() as r:` (or below
    `@m.request`) and sets `r.tokens_out`. `model`: the name by which `cairn footprint MODEL
    --break-even` finds it. `idle_w`: what the machine uses at rest; else the least that is seen
    while nothing is served. `project`, `name`, `dir`, `url` are those of cairn.init(), `zone`,
    `pue` and `price_per_kwh` those of cairn.energy().
    """
    about = {"project": project, "name": name, "dir": dir, "url": url}
    place: dict[str, Any] = {}
    with forgiving("energy is not priced as was said"):
        place = place_said(zone=zone, pue=pue, price_per_kwh=price_per_kwh)
    return Meter(model, about, place, idle_w)


class _Stream(Request):
    """Of a generator, between whose items other code runs: that is not inside of it."""

    def __enter__(self) -> Request:
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        self._end(kind)


def _amount(name: str, amount: Any) -> float:
    number = float(amount)
    if not 0 <= number < math.inf:
        raise InvalidError(f"expected as {name} a number from 0, found {amount!r}")
    return number
