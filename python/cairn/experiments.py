"""@cairn.experiment: a function that is not run again for what it was run with before."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, overload

from cairn import _native, session
from cairn.errors import InvalidError, LimitError
from cairn.live_run import Run
from cairn.plan import Ask
from cairn.recall_door import forgiving, tell_once
from cairn.settings import says_how_to_reuse
from cairn.values import ARRAYS, VALUE, pack

__all__ = ["experiment", "reuse_by_default"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def experiment(function: F, /) -> F: ...
@overload
def experiment(
    *,
    project: str | None = None,
    name: str | None = None,
    reuse: bool | str | None = None,
    accept: str | None = None,
    ignore: Iterable[str] = (),
    replicate: Iterable[str] = (),
    budget: Any = (),
) -> Callable[[F], F]: ...
def experiment(
    function: Any = None,
    /,
    *,
    project: str | None = None,
    name: str | None = None,
    reuse: bool | str | None = None,
    accept: str | None = None,
    ignore: Iterable[str] = (),
    replicate: Iterable[str] = (),
    budget: Any = (),
) -> Any:
    """A function whose calls are runs of their own, and are answered from the past where they can.

        @cairn.experiment(ignore=["num_workers"], replicate=["seed"], budget={"epochs": "prefix"})
        def train(cfg): ...

    Its configuration is what it is called with, defaults applied: the members of its one argument
    where that is a dict, a dataclass or a namespace, else its arguments by name. The value may be
    made of None, bool, int, float, str, list, tuple, dict and NumPy arrays; it comes back as
    exactly that. One made of anything else is returned, and the run is not reused.

    `reuse`: as in cairn.init(); "auto" where neither CAIRN_REUSE nor cairn.toml say anything.
    `project`: by default that of the run around it, else that of cairn.init(). Raises TypeError for
    generators and coroutines: they have no value when the call returns.
    """
    words = Ask.of(reuse, accept, ignore, replicate, budget, needs_value=True)

    def decorate(given: Any) -> Any:
        _check(given)
        return _experiment(given, words, project, name)

    return decorate if function is None else decorate(function)


def reuse_by_default(words: Ask) -> Ask:
    """Whoever writes @experiment or skippable() wants reuse, unless somebody says how."""
    return words if words.reuse or says_how_to_reuse() else words._replace(reuse="auto")


def _check(function: Any) -> None:
    for is_kind, kind in (
        (inspect.iscoroutinefunction, "a coroutine"),
        (inspect.isasyncgenfunction, "an asynchronous generator"),
        (inspect.isgeneratorfunction, "a generator"),
        (inspect.isclass, "a class"),
    ):
        if is_kind(function):
            raise TypeError(
                f"expected a function that returns its value, found {kind} "
                f"({getattr(function, '__qualname__', function)})"
            )
    if not callable(function) or not hasattr(function, "__qualname__"):
        raise TypeError(f"expected a function, found {type(function).__name__}")


def _experiment(function: Any, words: Ask, project: str | None, name: str | None) -> Any:
    signature = inspect.signature(function)
    words = words._replace(part=function.__qualname__, entry=_file_of(function))

    @functools.wraps(function)
    def run_or_recall(*args: Any, **kwargs: Any) -> Any:
        config = {
            **_config_of(signature.bind(*args, **kwargs)),
            **_surroundings_of(function, run_or_recall),
        }
        run = session.init(
            project or _project_around(),
            config=config,
            name=name,
            id=_native.make_id(),  # a run of its own, also inside `cairn run`
            resume=False,
            reinit="create_new",
            reuse=reuse_by_default(words),
        )
        if run.reused:
            value = run.result.value
            run.finish()
            return value
        with run:
            value = function(*args, **kwargs)
            _keep(run, value, function.__qualname__)
        return value

    return run_or_recall


def _config_of(bound: inspect.BoundArguments) -> dict[str, Any]:
    bound.apply_defaults()
    named: dict[str, Any] = {}
    for key, value in bound.arguments.items():
        is_rest = bound.signature.parameters[key].kind is inspect.Parameter.VAR_KEYWORD
        named.update(value if is_rest else {key: value})
    if len(named) == 1:
        (only,) = named.values()
        if isinstance(only, Mapping):
            return {str(key): value for key, value in only.items()}
        if hasattr(type(only), "__dataclass_fields__"):
            return {key: getattr(only, key) for key in type(only).__dataclass_fields__}
        if type(only).__name__ in ("Namespace", "SimpleNamespace"):
            return dict(vars(only))
    return named


def _surroundings_of(function: Any, itself: Any) -> dict[str, Any]:
    """What a function made inside another one takes from there: part of its configuration."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    found = {}
    for name, cell in zip(names, function.__closure__ or ()):
        with forgiving("not compared"):
            if cell.cell_contents is not itself:
                found[f"closure.{name}"] = cell.cell_contents
    return found


def _file_of(function: Any) -> str:
    try:
        path = inspect.getsourcefile(function) or ""
    except TypeError:
        path = ""
    return os.path.abspath(path) if path and os.path.isfile(path) else ""


def _project_around() -> str | None:
    around = session._active[-1] if session._active else None
    return around.project or None if around is not None else None


def _keep(run: Run, value: Any, name: str) -> None:
    try:
        text, arrays = pack(value)
    except (InvalidError, LimitError) as error:
        tell_once(f"{name}() is not reused, for its value cannot be kept: {error}")
        if run._tracing is not None:
            run._tracing.unseal(f"a value that cannot be kept: {error}")
        return
    if run.disabled:
        return
    with forgiving(f"the value of {name}() was not kept"):
        if arrays is not None:
            run._keep_bytes(arrays, ARRAYS)
        run._keep_bytes(text, VALUE)
