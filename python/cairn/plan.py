"""Plan: what is about to be run, as recall compares it: program, configuration, arguments."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MappingProxyType
from typing import Any, NamedTuple

from cairn.errors import InvalidError
from cairn.plain import plain_config

__all__ = ["Ask", "Plan", "comparable"]

_MODES = ("auto", "ask", "check", "never")
_ACCEPTS = ("exact", "equivalent", "near-env")

_DEPTH_MAX = 32
_ARRAY_ITEMS_MAX = 1000
# Types whose text says all that they are.
_SPELT_OUT = (
    "builtins.complex",
    "datetime.",
    "decimal.Decimal",
    "fractions.Fraction",
    "numpy.dtype",
    "torch.device",
    "torch.dtype",
    "uuid.UUID",
)


class Ask(NamedTuple):
    """What a program says about reuse; what it leaves open is decided by the settings."""

    reuse: str | None = None
    accept: str | None = None
    ignore: tuple[str, ...] = ()
    replicate: tuple[str, ...] = ()
    budget: Mapping[str, str] = MappingProxyType({})
    part: str = ""  # of the program: a function's name
    entry: str = ""  # the file it stands in
    needs_value: bool = False  # a run that kept no value is none to reuse

    @classmethod
    def of(
        cls, reuse: Any, accept: Any, ignore: Any, replicate: Any, budget: Any, **others: Any
    ) -> Ask:
        """From what the user wrote; raises InvalidError and TypeError for what can never work."""
        if accept is not None and accept not in _ACCEPTS:
            raise InvalidError(f"expected as accept {', '.join(_ACCEPTS)}, found {accept!r}")
        keys = budget if isinstance(budget, Mapping) else dict.fromkeys(_names("budget", budget))
        if odd := [how for how in keys.values() if how not in (None, "prefix")]:
            raise InvalidError(f"expected as budget {{key: 'prefix'}} or keys, found {odd[0]!r}")
        return cls(
            _as_reuse(reuse),
            accept,
            _names("ignore", ignore),
            _names("replicate", replicate),
            {str(key): str(how or "") for key, how in keys.items()},
            **others,
        )

    def members(self) -> dict[str, Any]:
        """As members of a request."""
        said = {
            "reuse": self.reuse,
            "accept": self.accept,
            "ignore": list(self.ignore),
            "replicate": list(self.replicate),
            "budget": list(self.budget),
            "prefix_safe": [key for key, how in self.budget.items() if how == "prefix"],
        }
        return {name: value for name, value in said.items() if value}


class Plan:
    """A request to `cairn recall`. `opaque`: what in the configuration nothing can be said of."""

    def __init__(self, request: dict[str, Any], opaque: list[str], needs_value: bool) -> None:
        self.request = request
        self.opaque = opaque
        self.needs_value = needs_value

    @classmethod
    def of(cls, config: Any, words: Ask) -> Plan | None:
        """None where there is no program that could be found again: an interactive shell."""
        program = _program_of(words.entry)
        if program is None:
            return None
        if words.part:
            program["part"] = words.part
        opaque: list[str] = []
        members = None if config is None else comparable(plain_config(config), opaque)
        request: dict[str, Any] = {
            "program": program,
            "folder": os.getcwd(),
            "config": members or None,
            "argv": [] if words.part or words.entry else [str(word) for word in sys.argv],
            **words.members(),
        }
        return cls(request, opaque, words.needs_value)

    @property
    def key(self) -> str:
        """The same for all ranks of a start, whatever else they are told."""
        return "\n".join(f"{name}={text}" for name, text in self.request["program"].items())


def comparable(value: Any, opaque: list[str], path: str = "", depth: int = 0) -> Any:
    """A value of JSON that is the same for the same meaning, in every process.

    Long arrays and bytes are named by their content. What has no meaning that could be compared (a
    lambda, an open file) is noted in `opaque`.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)) and type(value).__module__ != "numpy":
        return int(value) if isinstance(value, int) else float(value)
    if depth > _DEPTH_MAX:
        return _give_up(value, opaque, path)

    def inner(item: Any, name: Any) -> Any:
        return comparable(item, opaque, f"{path}.{name}" if path else str(name), depth + 1)

    if isinstance(value, Mapping):
        return {str(key): inner(item, key) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [inner(item, number) for number, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        items = [inner(item, "{}") for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist") and hasattr(value, "shape") and hasattr(value, "dtype"):
        return _array(value, opaque, path)
    return _object(value, opaque, path, inner)


def _as_reuse(given: Any) -> str | None:
    """A mode; True is auto and False never. Raises InvalidError."""
    if given is None:
        return None
    mode = {True: "auto", False: "never"}.get(given, given) if isinstance(given, bool) else given
    if mode not in _MODES:
        raise InvalidError(f"expected as reuse {', '.join(_MODES)}, found {given!r}")
    return str(mode)


def _names(what: str, given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Iterable):
        raise TypeError(f"expected as {what} an iterable of str, found {type(given).__name__}")
    return tuple(str(name) for name in given)


def _array(value: Any, opaque: list[str], path: str) -> Any:
    import numpy as np

    try:
        array = np.asarray(value)
    except Exception:
        return _give_up(value, opaque, path)
    if array.dtype.hasobject:
        return _give_up(value, opaque, path)
    if array.ndim == 0 or array.size <= _ARRAY_ITEMS_MAX:
        return comparable(array.tolist(), opaque, path, 1)
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": content}


def _object(value: Any, opaque: list[str], path: str, inner: Any) -> Any:
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, (type, FunctionType, BuiltinFunctionType)):
        called = f"{value.__module__}.{value.__qualname__}"
        # What is made inside a function is not known by its name alone.
        return called if "<" not in called else _give_up(value, opaque, path)
    if type(value).__name__ in ("Namespace", "SimpleNamespace"):
        return {key: inner(item, key) for key, item in vars(value).items()}
    fields = getattr(type(value), "__dataclass_fields__", None)
    if fields is not None:
        return {key: inner(getattr(value, key), key) for key in fields}
    if hasattr(value, "name") and hasattr(value, "value") and hasattr(type(value), "__members__"):
        return f"{type(value).__qualname__}.{value.name}"  # an enum
    if name.startswith(_SPELT_OUT):
        return f"{name} {value}"
    members = getattr(value, "__dict__", None)
    if members and getattr(type(value), "__reduce__", None) is object.__dict__["__reduce__"]:
        return {"class": name, **{str(key): inner(item, key) for key, item in members.items()}}
    return _give_up(value, opaque, path)


def _give_up(value: Any, opaque: list[str], path: str) -> str:
    opaque.append(path)
    return f"<{type(value).__qualname__}>"


def _program_of(entry: str) -> dict[str, Any] | None:
    if entry:
        return {"launcher": "python", "entry": os.path.abspath(entry)}
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None and getattr(spec, "name", None):
        return {"launcher": "python", "entry": f"-m {spec.name.removesuffix('.__main__')}"}
    file = getattr(main, "__file__", None)
    if file:
        return {"launcher": "python", "entry": os.path.abspath(file)}
    code = _code_without_a_file(main)
    return {"launcher": "python", "entry": "-c", "code": code} if code else None


def _code_without_a_file(main: Any) -> str:
    cells = getattr(main, "In", None)  # of a notebook, in the order in which they were run
    if isinstance(cells, list):
        return "\n".join(str(cell) for cell in cells[1:])
    argv = getattr(sys, "orig_argv", [])
    return str(argv[argv.index("-c") + 1]) if "-c" in argv[:-1] else ""
