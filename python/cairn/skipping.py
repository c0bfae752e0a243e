"""skippable(): a block of a script that is not executed where its results are known."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any

from cairn import session
from cairn.experiments import reuse_by_default
from cairn.live_run import Run
from cairn.plan import Ask

__all__ = ["skippable"]


class _Skip(BaseException):
    """Leaves the block; nobody but __exit__ sees it."""


class skippable:  # noqa: N801 - used as a block
    """A run whose block is not executed when an equal run of the past can take its place.

        with cairn.skippable(cfg, project="digits") as run:
            train(cfg)          # only where there is no such run
        print(run.result.metrics if run.reused else run.summary)

    `reuse`, `accept`, `ignore`, `replicate` and `budget` are those of cairn.init(), which takes all
    other arguments; "auto" where neither CAIRN_REUSE nor cairn.toml say anything. The block is left
    by an exception out of a trace function, set for the moment between `with` and its first line;
    debuggers and coverage have theirs back afterwards.
    """

    def __init__(
        self,
        config: Any = None,
        *,
        reuse: bool | str | None = None,
        accept: str | None = None,
        ignore: Iterable[str] = (),
        replicate: Iterable[str] = (),
        budget: Any = (),
        **init: Any,
    ) -> None:
        self._words = reuse_by_default(Ask.of(reuse, accept, ignore, replicate, budget))
        self._init = {"reinit": "create_new", "config": config, **init}
        self._frame: FrameType | None = None
        self._before: tuple[Any, ...] = ()
        self._run: Run | None = None

    def __enter__(self) -> Run:
        self._run = session.init(reuse=self._words, **self._init)
        if self._run.reused:
            self._skip(sys._getframe(1))
        return self._run

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._put_back()
        assert self._run is not None
        if kind is not None and issubclass(kind, _Skip):
            self._run.finish()
            return True
        self._run.__exit__(kind, value, trace)
        return False

    def _skip(self, frame: FrameType) -> None:
        self._frame = frame
        self._before = (sys.gettrace(), frame.f_trace, frame.f_trace_lines, frame.f_trace_opcodes)
        run, has_stored = self._run, False

        def leave(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal has_stored
            name, target = _instruction(frame)
            if has_stored or name == "POP_TOP":
                raise _Skip
            if name.startswith(_STORES):  # "as run": the last place that no inner `try` is around
                places = frame.f_globals if name == "STORE_GLOBAL" else frame.f_locals
                places[target] = run
                raise _Skip
            has_stored = name.startswith("STORE_")  # "as self.run"
            return leave

        frame.f_trace = leave
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        sys.settrace(lambda *_: None)

    def _put_back(self) -> None:
        frame, self._frame = self._frame, None
        if frame is not None:
            outer, local, lines, opcodes = self._before
            sys.settrace(outer)
            frame.f_trace = local
            frame.f_trace_lines, frame.f_trace_opcodes = lines, opcodes


_STORES = ("STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "STORE_DEREF")


def _instruction(frame: FrameType) -> tuple[str, Any]:
    """The name of what is about to be executed, and what it stores to."""
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset == frame.f_lasti:
            target = instruction.argval
            return instruction.opname, target[0] if isinstance(target, tuple) else target
    return "", None
