"""What a sweep's workers ask of the read door: trials, and what becomes of them."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from cairn.errors import Error, NotFoundError

if TYPE_CHECKING:
    from cairn.door import Door
    from cairn.recall_door import Place

__all__ = ["Asked", "SweepDoor", "Told", "create", "find", "list_sweeps"]

Json = dict[str, Any]
_LEASE_S = 60.0
_PAGE_TRIALS = 1000
_REPORTS_MAX = 256  # that wait to be sent; older ones give way


class Asked(NamedTuple):
    """What came of asking. No trials and no `wait_s`: the sweep is over."""

    trials: list[Json]
    state: str
    reason: str
    wait_s: float | None


class Told(NamedTuple):
    """A trial and its sweep after it was told."""

    trial: Json
    sweep: Json


class SweepDoor:
    """The API of one sweep, for one process. Any thread; after a fork the child has its own pulse.

    Trials that were asked for are kept alive by heartbeats until they are told.
    """

    def __init__(self, place: Place, id: str) -> None:
        self.place = place
        self.id = id
        self._held: Door | None = None
        self._pulse: _Pulse | None = None

    def about(self) -> Json:
        """The sweep as it is now."""
        return _object(self._door().get(f"/sweeps/{self.id}"))

    def change(self, **changes: Any) -> Json:
        """Its state or its definition."""
        return _object(self._door().patch(f"/sweeps/{self.id}", changes))

    def delete(self) -> None:
        """The sweep and its trials; its runs stay."""
        self._door().delete(f"/sweeps/{self.id}")

    def ask(self, count: int) -> Asked:
        """Trials to run now, at most `count`."""
        body = {"count": count, "worker": _worker(self.place.url), "lease_s": _LEASE_S}
        answer = _object(self._door().post(f"/sweeps/{self.id}/ask", body))
        trials = answer.get("trials") or []
        for trial in trials:
            self.pulse.begin(int(trial["number"]))
        state, reason = str(answer.get("state") or ""), str(answer.get("reason") or "")
        return Asked(trials, state, reason, answer.get("wait_s"))

    def add(self, trials: Sequence[Json]) -> list[Json]:
        """Trials to try next, or with results of elsewhere."""
        answer = self._door().post(f"/sweeps/{self.id}/trials", {"trials": list(trials)})
        return list(_object(answer).get("trials") or [])

    def trial(self, number: int) -> Json:
        """One trial; raises NotFoundError."""
        return _object(self._door().get(f"/sweeps/{self.id}/trials/{number}"))

    def trials(self, state: str | None = None) -> Iterator[Json]:
        """All trials, read page by page."""
        cursor = None
        while True:
            page = self._door().get(
                f"/sweeps/{self.id}/trials", cursor=cursor, limit=_PAGE_TRIALS, state=state
            )
            yield from page["trials"]
            cursor = page.get("next")
            if not cursor:
                return

    def report(self, number: int, step: float, values: Any) -> Json:
        """What the trial has come to at a step; answers whether to go on."""
        body = {"step": step, "values": values, "worker": _worker(self.place.url)}
        return _object(self._door().post(f"/sweeps/{self.id}/trials/{number}/report", body))

    def beat(self, number: int, **about: Any) -> Json:
        """That the trial lives, and what is new of it."""
        body = {"worker": _worker(self.place.url), "lease_s": _LEASE_S, **about}
        return _object(self._door().post(f"/sweeps/{self.id}/trials/{number}/heartbeat", body))

    def tell(self, number: int, body: Mapping[str, Any]) -> Told:
        """How the trial ended."""
        self.pulse.end(number)
        body = {**body, "worker": _worker(self.place.url)}
        answer = _object(self._door().post(f"/sweeps/{self.id}/trials/{number}/tell", body))
        return Told(answer["trial"], answer["sweep"])

    def importance(self) -> Json:
        """Which parameters matter."""
        return _object(self._door().get(f"/sweeps/{self.id}/importance"))

    @property
    def pulse(self) -> _Pulse:
        """Speaks for the trials of this process while they run."""
        if self._pulse is None or self._pulse.pid != os.getpid():
            self._pulse = _Pulse(self)
        return self._pulse

    def _door(self) -> Door:
        if self._held is None:  # what is behind it is opened anew after a fork
            self._held = self.place.own_door()
        return self._held


def create(place: Place, body: Mapping[str, Any]) -> Json:
    """A new sweep."""
    return _object(place.own_door().post("/sweeps", dict(body)))


def find(place: Place, id: str) -> Json:
    """A sweep by its id; raises NotFoundError."""
    from cairn._native import is_safe_name

    if not is_safe_name(id):
        raise NotFoundError(f"expected the id of a sweep, found {id!r}")
    return _object(place.own_door().get(f"/sweeps/{id}"))


def list_sweeps(
    place: Place, project: str | None = None, name: str | None = None
) -> Iterator[Json]:
    """Those of a project, or of all; newest first. None in a folder that is not there yet."""
    cursor = None
    while place.url or os.path.isdir(place.dir):
        try:
            page = place.own_door().get("/sweeps", project=project, name=name, cursor=cursor)
        except NotFoundError:
            return
        yield from page["sweeps"]
        cursor = page.get("next")
        if not cursor:
            return


class _Pulse:
    """A thread that speaks for running trials: heartbeats, and what log() has reported.

    It begins with the first trial and waits between them. What cannot be sent is tried again at the
    next beat: a lease that is lost is no harm, for late results are accepted.
    """

    def __init__(self, door: SweepDoor) -> None:
        self.pid = os.getpid()
        self._sweep = door
        self._changed = Condition()
        self._due: dict[int, float] = {}  # by trial: of the next heartbeat
        self._reports: deque[tuple[int, float, Any]] = deque(maxlen=_REPORTS_MAX)
        self._verdicts: dict[int, Json] = {}
        self._is_sending = False
        self._thread: Thread | None = None

    def begin(self, number: int) -> None:
        """The trial runs here from now on."""
        with self._changed:
            self._due[number] = monotonic() + _LEASE_S / 3
            self._verdicts.pop(number, None)
            if self._thread is None:
                self._thread = Thread(target=self._speak, name="cairn-sweep", daemon=True)
                self._thread.start()

    def end(self, number: int) -> None:
        """It ran. What it has reported is sent before."""
        with self._changed:
            self._due.pop(number, None)
            while any(one == number for one, _, _ in self._reports) or self._is_sending:
                self._changed.wait(1.0)

    def report(self, number: int, step: float, values: Any) -> None:
        """Sent a moment later, beside the training."""
        with self._changed:
            self._reports.append((number, step, values))
            self._changed.notify_all()

    def verdict(self, number: int) -> Json | None:
        """Why the trial is to end or to pause; None where it goes on."""
        return self._verdicts.get(number)

    def _speak(self) -> None:
        while True:
            with self._changed:
                while not self._reports and min(self._due.values(), default=1e18) > monotonic():
                    self._changed.wait(5.0)
                due = [number for number, at in self._due.items() if at <= monotonic()]
                self._due.update((number, monotonic() + _LEASE_S / 3) for number in due)
                report = self._reports.popleft() if self._reports else None
                self._is_sending = report is not None
            self._send(report, due)
            with self._changed:
                self._is_sending = False
                self._changed.notify_all()

    def _send(self, report: tuple[int, float, Any] | None, due: list[int]) -> None:
        try:
            if report is not None:
                self._heed(report[0], self._sweep.report(*report))
            for number in due:
                self._heed(number, self._sweep.beat(number))
        except Error as error:
            from cairn.recall_door import tell_once

            tell_once(f"sweep {self._sweep.id} was not told how a trial goes: {error}")

    def _heed(self, number: int, answer: Json) -> None:
        if answer.get("stop") or answer.get("pause"):
            self._verdicts[number] = answer


def _object(answer: Any) -> Json:
    return answer if isinstance(answer, dict) else {}


_workers: dict[bool, tuple[int, str]] = {}


def _worker(url: str) -> str:
    """This process as core/server/leases.h writes it, so that whoever looks sees that it is gone.

    To a server the host's name alone is no proof that a process lives on the same machine.
    """
    pid, text = _workers.get(bool(url), (0, ""))
    if pid != os.getpid():
        try:
            with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
                start = file.read().rpartition(")")[2].split()[19]
        except (OSError, IndexError):
            start = "0"
        text = f"{socket.gethostname()}{'/remote' if url else ''}:{os.getpid()}:{start}"
        _workers[bool(url)] = os.getpid(), text
    return text
