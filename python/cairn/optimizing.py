"""Study.optimize(): trials of an objective, one after the other in each thread."""

from __future__ import annotations

import gc
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Union

from cairn import in_trial, session
from cairn.exceptions import TrialPruned
from cairn.logging import get_logger
from cairn.sweep_run import Progress
from cairn.trial import FrozenTrial, Trial, TrialState

if TYPE_CHECKING:
    from cairn.study import Study

__all__ = ["Objective", "Optimization"]

Objective = Callable[[Trial], Union[float, Sequence[float]]]
_ERROR_CHARS_MAX = 2000


class Optimization:
    """One call of optimize(): its trials, one after the other in each thread."""

    def __init__(
        self,
        study: Study,
        func: Objective,
        n_trials: int | None,
        until: float,
        catch: tuple[type[Exception], ...],
        callbacks: list[Callable[[Study, FrozenTrial], None]],
        gc_after_trial: bool,
        progress: Progress,
    ) -> None:
        self._study = study
        self._func = func
        self._left = math.inf if n_trials is None else n_trials
        self._until = until
        self._catch = catch
        self._callbacks = callbacks
        self._gc_after_trial = gc_after_trial
        self._progress = progress
        self._trouble: BaseException | None = None
        self._lock = threading.Lock()

    def run(self, jobs: int) -> None:
        self._study._stops, self._study._is_optimizing = False, True
        try:
            if jobs == 1:
                self._work()
            else:
                threads = [threading.Thread(target=self._work_aside) for _ in range(jobs)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                if self._trouble is not None:
                    raise self._trouble
        finally:
            self._study._is_optimizing = False
            self._progress.end()

    def _work_aside(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self._study._stops = True
            self._trouble = self._trouble or error

    def _work(self) -> None:
        study = self._study
        is_first = True
        while self._may_begin():
            trial = study._ask(may_grow=is_first)
            if trial is None:
                get_logger().warning("Nothing is left to try: %s", study._sweep.reason)
                return
            is_first = False
            frozen = self._run(trial)
            self._say(frozen)
            for callback in self._callbacks:
                callback(study, frozen)
            if self._gc_after_trial:
                gc.collect()

    def _may_begin(self) -> bool:
        with self._lock:
            if self._study._stops or self._left <= 0 or time.monotonic() >= self._until:
                return False
            self._left -= 1
            return True

    def _run(self, trial: Trial) -> FrozenTrial:
        sweep = self._study._sweep
        place = sweep._door.place
        scope = in_trial.Scope(
            sweep.id,
            trial.number,
            {},
            project=sweep.project,
            dir=place.dir,
            url=place.url,
            around=session._active,
        )
        token = in_trial.enter(scope)
        code, trouble = 0, None
        try:
            body = self._study._body(self._func(trial), None)
            if "error" in body:
                get_logger().warning("Trial %d failed: %s", trial.number, body["error"])
        except TrialPruned as pruned:
            body = {"state": "stopped"}
            get_logger().info("Trial %d pruned. %s", trial.number, pruned)
        except (KeyboardInterrupt, SystemExit):  # somebody else may have it
            scope.finish(130, "interrupted")
            sweep.tell_door(trial.number, {"state": "released"})
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            body, code = {"state": "failed", "error": reason[:_ERROR_CHARS_MAX]}, 1
            get_logger().warning("Trial %d failed with %s", trial.number, reason)
            trouble = None if isinstance(error, self._catch) else error
        finally:
            in_trial.leave(token)
        scope.finish(code, str(body.get("error") or ""))
        if scope.main is not None and not scope.main.disabled:
            body.update(run=scope.main.path, is_reused=scope.main.reused)
        with self._study._lock:
            self._study._open.pop(trial.number, None)
        frozen = self._study._tell(trial.number, trial, body)
        if trouble is not None:
            raise trouble
        return frozen

    def _say(self, trial: FrozenTrial) -> None:
        self._progress.show()
        if trial.state is not TrialState.COMPLETE or trial.values is None:
            return
        value = trial.values[0] if len(trial.values) == 1 else trial.values
        best = self._study._sweep._about.get("best")
        so_far = ""
        if best and len(trial.values) == 1:
            so_far = f" Best is trial {best['trial']} with value: {best['values'][0]}."
        get_logger().info(
            "Trial %d finished with value: %s and parameters: %s.%s",
            trial.number,
            value,
            trial.params,
            so_far,
        )
