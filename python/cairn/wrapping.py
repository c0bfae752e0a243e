"""A function whose every call happens inside of something, whatever kind of function it is."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["wrap"]

Scope = Callable[[bool], AbstractContextManager[Any]]


def wrap(function: Any, scope: Scope, on_item: Callable[[Any], None] | None = None) -> Any:
    """`function`, each call of which is inside `scope(is_generator)`.

    Coroutines are inside until they return, generators until their last item or until they are
    closed; `on_item` is told at every item what entering the scope gave. Raises TypeError for what
    is no function.
    """
    if not callable(function) or inspect.isclass(function):
        raise TypeError(f"expected a function, found {function!r}")

    def tell(entered: Any) -> None:
        if on_item is not None:
            on_item(entered)

    def call(*args: Any, **kwargs: Any) -> Any:
        with scope(False):
            return function(*args, **kwargs)

    async def call_coroutine(*args: Any, **kwargs: Any) -> Any:
        with scope(False):
            return await function(*args, **kwargs)

    def generate(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with scope(True) as entered, contextlib.closing(function(*args, **kwargs)) as items:
            for item in items:
                tell(entered)
                yield item

    async def generate_async(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        items = function(*args, **kwargs)
        with scope(True) as entered:
            try:
                async for item in items:
                    tell(entered)
                    yield item
            finally:
                await items.aclose()

    wrapper: Any = call
    if inspect.iscoroutinefunction(function):
        wrapper = call_coroutine
    elif inspect.isasyncgenfunction(function):
        wrapper = generate_async
    elif inspect.isgeneratorfunction(function):
        wrapper = generate
    return functools.wraps(function)(wrapper)
