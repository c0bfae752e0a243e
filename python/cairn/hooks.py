"""How a program ends: finishes its runs with the exit code and the reason that it really had."""

from __future__ import annotations

import atexit
import os
import sys
from types import TracebackType
from typing import Any, Protocol

__all__ = ["Ending", "end_of", "finish_all", "watch_ending"]


class _Finishes(Protocol):
    _pid: int

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None: ...


class Ending:
    """The exit code and reason of the program, as far as is known yet."""

    exit_code = 0
    reason = ""
    is_at_exit = False  # the interpreter ends; nobody tells us of `raise SystemExit(code)`


_runs: list[_Finishes] = []
_installed = False


def watch_ending(run: _Finishes) -> None:
    """Finishes `run` when the interpreter ends, unless it was finished before."""
    global _installed
    _runs.append(run)
    if not _installed:
        _installed = True
        _install()


def forget(run: _Finishes) -> None:
    """`run` is finished."""
    if run in _runs:
        _runs.remove(run)


def end_of(kind: type[BaseException], value: BaseException | None) -> tuple[int, str]:
    """The exit code and the one-line reason of an exception that ends a program."""
    if issubclass(kind, SystemExit):
        return _exit_code_of(getattr(value, "code", None))
    if getattr(kind, "code", None) == "pruned":  # TrialPruned: stopped early, not failed
        return 0, str(value)
    if issubclass(kind, KeyboardInterrupt):
        return 130, "KeyboardInterrupt"
    text = str(value).strip().splitlines()
    return 1, f"{kind.__name__}: {text[-1]}" if text else kind.__name__


def _exit_code_of(code: object) -> tuple[int, str]:
    if code is None:
        return 0, ""
    if isinstance(code, int):
        return code & 0xFF, ""
    return 1, str(code)  # sys.exit("message")


def _install() -> None:
    excepthook, exit_ = sys.excepthook, sys.exit

    def on_exception(
        kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> Any:
        Ending.exit_code, Ending.reason = end_of(kind, value)
        return excepthook(kind, value, trace)

    def on_exit(code: Any = None) -> Any:
        Ending.exit_code, Ending.reason = _exit_code_of(code)
        return exit_(code)

    sys.excepthook = on_exception
    sys.exit = on_exit
    atexit.register(finish_all)


def finish_all() -> None:
    """Finishes every run of this process, with the exit code that is known."""
    Ending.is_at_exit = True
    for run in reversed(_runs[:]):
        if run._pid == os.getpid():  # a forked child does not end its parent's run
            run.finish(Ending.exit_code)
