"""Copies what a program prints into its run, and leaves the printing itself as it was."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["Capture"]

Forward = Callable[[int, str], None]


class Capture:
    """Listens to sys.stdout (stream 0) and sys.stderr (stream 1) from start() to stop().

    Only the `write` of the two stream objects is replaced, so isatty, fileno, encoding and every
    reference others hold to them stay what they were. Nothing is printed or buffered here.
    """

    def __init__(self, forward: Forward) -> None:
        self._forward: Forward | None = forward
        self._wrapped: list[tuple[Any, Any]] = []

    def start(self) -> None:
        for number, stream in enumerate((sys.stdout, sys.stderr)):
            if stream is not None:  # a program without a console has none
                self._wrap(number, stream)

    def _wrap(self, number: int, stream: Any) -> None:
        original = stream.write

        def write(text: Any, *args: Any, **kwargs: Any) -> Any:
            written = original(text, *args, **kwargs)
            if self._forward is not None:
                self._forward(number, text)
            return written

        try:
            stream.write = write
        except AttributeError:  # a stream that cannot be changed is left alone
            return
        self._wrapped.append((stream, write))

    def stop(self) -> None:
        """Undoes start(). Where someone wrapped the stream after us, ours only stops listening."""
        self._forward = None
        for stream, write in self._wrapped:
            if getattr(stream, "__dict__", {}).get("write") is write:
                del stream.write
        self._wrapped.clear()
