"""Sweep.run(): trials one after the other in this process, or in several that are replaced."""

from __future__ import annotations

import contextlib
import inspect
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, TextIO

from cairn import hooks, in_trial, session
from cairn.errors import Error, InvalidError, UnavailableError
from cairn.exceptions import TrialPruned
from cairn.live_run import Run
from cairn.sweeps import Sweep, SweepTrial, pruned_by, values_of

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["run_sweep"]

Json = dict[str, Any]
_WAIT_S = 2.0  # between two looks at a sweep that has nothing to run
_DEATHS_MAX = 3  # of each worker, with no trial told between
_PAUSED = 3  # exit code of a worker whose trials made the sweep pause
_ERROR_CHARS_MAX = 2000


def run_sweep(
    sweep: Sweep,
    train: Callable[..., Any],
    jobs: int,
    count: int | None,
    progress: bool | None,
) -> None:
    """See Sweep.run()."""
    if not callable(train):
        raise TypeError(f"expected a function to run, found {type(train).__name__}")
    if jobs < 1 or (count is not None and count < 0):
        raise InvalidError(f"expected jobs from 1 and a count from 0, found {jobs} and {count}")
    line = Progress(sweep, progress)
    try:
        if jobs == 1:
            tickets = iter(range(count)) if count is not None else iter(int, 1)
            _Worker(sweep, train, line).work(lambda: next(tickets, None) is not None)
        else:
            _Crew(sweep, train, jobs, count, line).work()
    finally:
        line.end()


class _PausedError(UnavailableError):
    """The sweep was paused for its trials fail."""

    def __init__(self, sweep: Sweep, reason: str) -> None:
        super().__init__(
            f"the sweep is paused: {reason}; sweep.resume() goes on with it (sweep {sweep})"
        )


class _TrialScope(in_trial.Scope):
    """The trial that a worker runs: its run's log() reports the metric, and ends what must end."""

    def __init__(self, sweep: Sweep, trial: SweepTrial, part: str) -> None:
        place = sweep._door.place
        super().__init__(
            sweep.id,
            trial.number,
            trial.params,
            project=sweep.project,
            dir=place.dir,
            url=place.url,
            part=part,
            around=session._active,
        )
        self._metrics = sweep.metrics
        self._pulse = sweep._door.pulse
        self._thread = threading.get_ident()

    def take(self, run: Run, part: str) -> None:
        is_first = self.main is None
        super().take(run, part)
        if run is not self.main or not is_first:
            return
        log = run.log

        def log_and_report(data: Any, step: Any = None, *args: Any, **how: Any) -> None:
            at = run.step
            log(data, step, *args, **how)
            if values := self._values(data):
                with contextlib.suppress(TypeError, ValueError):  # of a step that is none
                    at = at if step is None else int(step)
                self._pulse.report(self.number, at, values)
                self._end_if_told()

        vars(run)["log"] = log_and_report

    def _values(self, row: Any) -> dict[str, float]:
        """The objectives in a row that was logged. Never raises: it is the training's thread."""
        found: dict[str, float] = {}
        with contextlib.suppress(Exception):
            for metric in self._metrics:
                value = lookup(row, metric)
                if value is not None:
                    found[metric] = float(value)
        return found

    def _end_if_told(self) -> None:
        verdict = self._pulse.verdict(self.number)
        if verdict is not None and threading.get_ident() == self._thread:
            raise pruned_by(verdict)


class _Worker:
    """Asks, runs and tells until nothing is left to do."""

    def __init__(self, sweep: Sweep, train: Callable[..., Any], progress: Progress) -> None:
        self._sweep = sweep
        self._call = _caller(train)
        self._part = train.__qualname__ if hasattr(train, "__wrapped__") else ""
        self._progress = progress
        self._has_failed = False  # the last trial

    def work(
        self, take_ticket: Callable[[], bool], told: Callable[[], None] = lambda: None
    ) -> None:
        """Each trial needs a ticket. Raises UnavailableError where its failures pause the sweep."""
        while take_ticket():
            asked = None
            while asked is None:
                asked = self._ask()
            if not asked:
                return
            self._run(self._sweep._trial(asked[0]))
            told()
            self._progress.show()

    def _ask(self) -> list[Json] | None:
        """A trial; [] when there will be none; None after a wait."""
        asked = self._sweep.ask_door(1)
        if asked.trials or asked.wait_s is None:
            return asked.trials
        if asked.state == "paused" and self._has_failed:
            raise _PausedError(self._sweep, asked.reason)
        self._progress.show(asked.reason or "waiting")
        time.sleep(min(max(asked.wait_s, 0.01), _WAIT_S))
        return None

    def _run(self, trial: SweepTrial) -> None:
        scope = _TrialScope(self._sweep, trial, self._part)
        token = in_trial.enter(scope)
        began = time.perf_counter()
        try:
            returned = self._call(trial)
            body = self._outcome(returned, scope)
        except TrialPruned as pruned:
            scope.finish(0, str(pruned))
            body = {"state": "stopped"}
        except (KeyboardInterrupt, GeneratorExit):
            scope.finish(130, "KeyboardInterrupt")
            with contextlib.suppress(Error):
                self._sweep.tell_door(trial.number, {"state": "released"})
            raise
        except SystemExit as ending:
            code, reason = hooks.end_of(SystemExit, ending)
            body = self._outcome(None, scope) if code == 0 else self._failure(scope, reason)
        except Exception as error:
            traceback.print_exc()
            body = self._failure(
                scope, "".join(traceback.format_exception_only(type(error), error))
            )
        finally:
            in_trial.leave(token)
        self._tell(trial, body, scope, time.perf_counter() - began)

    def _tell(self, trial: SweepTrial, body: Json, scope: _TrialScope, seconds: float) -> None:
        scope.finish(0, "")
        body["cost"] = {"seconds": seconds}
        if (run := scope.main) is not None:
            body["is_reused"] = run.reused
            if not run.disabled:
                body["run"] = run.path
        told = self._sweep.tell_door(trial.number, body)
        self._has_failed = told.state == "failed"
        if self._has_failed and "error" not in body:
            print(f"cairn: trial {trial.number} failed: {told.error}", file=sys.stderr)

    def _outcome(self, returned: Any, scope: _TrialScope) -> Json:
        """What to tell of a function that came back."""
        metrics, run = self._sweep.metrics, scope.main
        did = "logged" if returned is None else "returned"
        if returned is None:
            returned = {} if run is None else dict(run.summary)
        if isinstance(returned, Mapping):
            found = {metric: lookup(returned, metric) for metric in [*metrics, *self._limits()]}
            if missing := [metric for metric in metrics if found[metric] is None]:
                names = ", ".join(map(str, returned)) or "nothing"
                return _failed(f"metric '{missing[0]}' was never {did}; it {did}: {names}")
            returned = {metric: value for metric, value in found.items() if value is not None}
        try:
            values = values_of(returned)
        except InvalidError as error:
            return _failed(str(error))
        if isinstance(values, list) and len(values) != len(metrics):
            return _failed(f"expected a value for each of {metrics}, found {len(values)}")
        if run is not None and not run.is_finished:
            named = values if isinstance(values, dict) else dict(zip(metrics, values))
            run.summary.update({k: v for k, v in named.items() if lookup(run.summary, k) is None})
        return {"values": values}

    def _limits(self) -> list[str]:
        limits = (self._sweep._about.get("definition") or {}).get("limits") or ()
        return [re.split("[<>]=", str(limit))[0].strip() for limit in limits]

    def _failure(self, scope: _TrialScope, reason: str) -> Json:
        reason = reason.strip()
        scope.finish(1, reason)
        return _failed(reason)


class _Crew:
    """Worker processes. Owned by the process that called run(); its main thread waits for them."""

    def __init__(
        self,
        sweep: Sweep,
        train: Callable[..., Any],
        jobs: int,
        count: int | None,
        progress: Progress,
    ) -> None:
        self._sweep = sweep
        self._train = train
        self._progress = progress
        self._context: Any = multiprocessing.get_context(_start_method())
        self._tickets = None if count is None else self._context.Value("q", count)
        self._told = self._context.Value("q", 0)  # trials
        self._jobs = jobs
        self._members: list[BaseProcess] = []

    def work(self) -> None:
        """Until the sweep is over; raises UnavailableError where no worker can live."""
        deaths, told = 0, 0
        try:
            self._members = [self._start() for _ in range(self._jobs)]
            while self._members:
                connection.wait([one.sentinel for one in self._members], timeout=1.0)
                self._progress.show_from_outside()
                for member in [one for one in self._members if one.exitcode is not None]:
                    self._members.remove(member)
                    code = member.exitcode
                    if code == _PAUSED:
                        raise _PausedError(self._sweep, self._sweep.refresh().reason)
                    if code == 0:
                        continue
                    deaths = deaths + 1 if self._told.value == told else 1
                    told = self._told.value
                    how = f"by signal {-code}" if code and code < 0 else f"with {code}"
                    if deaths >= _DEATHS_MAX * self._jobs:
                        raise UnavailableError(f"all workers die, the last one {how}")
                    self._replace(how)
        finally:
            self._end()

    def _start(self) -> BaseProcess:
        member: BaseProcess = self._context.Process(
            target=_work, args=(self._sweep, self._train, self._tickets, self._told), daemon=False
        )
        member.start()
        return member

    def _replace(self, how: str) -> None:
        print(f"cairn: a worker ended {how}; another one takes its place", file=sys.stderr)
        if self._tickets is not None:
            with self._tickets.get_lock():
                self._tickets.value += 1  # of the trial that it was at
        self._members.append(self._start())

    def _end(self) -> None:
        """Nobody is left; they hear of it by SIGINT, as from a keyboard, and give trials back."""
        for member in self._members:
            if member.pid is not None and member.exitcode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member.pid, signal.SIGINT)
        for member in self._members:
            member.join(10.0)
            if member.exitcode is None:
                member.kill()
                member.join()


def _work(sweep: Sweep, train: Callable[..., Any], tickets: Any, told: Any) -> None:
    """A worker process."""

    def take() -> bool:
        if tickets is None:
            return True
        with tickets.get_lock():
            has_one = tickets.value > 0
            tickets.value -= has_one
            return bool(has_one)

    def count() -> None:
        with told.get_lock():
            told.value += 1

    def on_interrupt(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough: the trial is given back
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        _Worker(sweep, train, Progress(sweep, False)).work(take, count)
    except _PausedError:
        sys.exit(_PAUSED)
    except KeyboardInterrupt:
        sys.exit(0)


class Progress:
    """One line on a terminal: how far the sweep is, and the best so far."""

    def __init__(self, sweep: Sweep, wanted: bool | None, out: TextIO | None = None) -> None:
        self._sweep = sweep
        self._out = out or sys.stderr
        self._is_on = self._out is not None and (self._out.isatty() if wanted is None else wanted)
        self._began = time.monotonic()
        self._width = 0

    def show(self, doing: str = "") -> None:
        """As the sweep was told last."""
        if self._is_on:
            text = self.text(doing)
            self._out.write("\r" + text.ljust(self._width))
            self._out.flush()
            self._width = len(text)

    def show_from_outside(self) -> None:
        """As it is now, where others work at it."""
        if self._is_on:
            with contextlib.suppress(Error):
                self._sweep.refresh()
            self.show()

    def text(self, doing: str = "") -> str:
        """12 of 60 trials · best val_acc 0.93 (trial 7) · 3 stopped · 1 failed · 0:42."""
        about = self._sweep._about
        counts = about.get("counts") or {}
        done = sum(
            int(counts.get(state) or 0) for state in ("complete", "stopped", "failed", "lost")
        )
        budget = (about.get("budget") or {}).get("trials") or about.get("size")
        parts = [f"{done} of {int(budget)} trials" if budget else f"{done} trials"]
        best = about.get("best")
        if best and best.get("values"):
            parts.append(
                f"best {self._sweep.metrics[0]} {best['values'][0]:.6g} (trial {best['trial']})"
            )
        parts += [
            f"{counts[state]} {state}"
            for state in ("running", "stopped", "failed", "reused")
            if counts.get(state)
        ]
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        parts.append(f"{minutes}:{seconds:02}")
        return " · ".join(["cairn: " + parts[0], *parts[1:], *([doing] if doing else [])])

    def end(self) -> None:
        """The line stays."""
        if self._is_on and self._width:
            self._out.write("\n")


def lookup(row: Any, key: str) -> Any:
    """row["val/acc"], or what a dotted key finds in nested dicts; None where it is not."""
    if not isinstance(row, Mapping):
        return None
    value = row.get(key)
    if value is not None:
        return value
    head, dot, rest = key.partition(".")
    return lookup(row.get(head), rest) if dot else None


def _caller(train: Callable[..., Any]) -> Callable[[SweepTrial], Any]:
    """How `train` asks to be called."""
    try:
        parameters = list(inspect.signature(train).parameters.values())
    except (TypeError, ValueError):
        return lambda trial: train(trial.config)
    kinds = inspect.Parameter
    takes_rest = any(one.kind is kinds.VAR_KEYWORD for one in parameters)
    named = [one for one in parameters if one.kind not in (kinds.VAR_KEYWORD, kinds.VAR_POSITIONAL)]
    wants_trial = any(one.name == "trial" for one in named)
    named = [one for one in named if one.name != "trial"]
    needed = [one.name for one in named if one.default is kinds.empty]

    def call(trial: SweepTrial) -> Any:
        config = trial.config
        extra = {"trial": trial} if wants_trial else {}
        names = [one.name for one in named]
        if set(needed) <= set(config) and (takes_rest or set(names) & set(config)):
            if unknown := set() if takes_rest else set(config) - set(names):
                raise TypeError(f"expected arguments for all parameters, found none of {unknown}")
            return train(**config, **extra)
        if len(needed) == 1:
            return train(config, **extra)
        if not needed:
            return train(**extra)
        raise TypeError(
            f"expected a function of a config, or of any of {sorted(config)}, found one of {needed}"
        )

    return call


def _failed(reason: str) -> Json:
    return {"state": "failed", "error": reason[-_ERROR_CHARS_MAX:]}


def _start_method() -> str:
    """Forked workers need no importable function; a GPU in use does not survive a fork."""
    torch = sys.modules.get("torch")
    has_gpu = torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized()
    return "fork" if sys.platform == "linux" and not has_gpu else "spawn"
