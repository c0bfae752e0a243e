"""Config and summary: dicts whose members are attributes and whose every change is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cairn.plain import plain_config

__all__ = ["Config", "Summary", "Tree"]

Changed = Callable[[dict[str, Any]], None]
_MISSING = object()


class Tree(dict[str, Any]):
    """A dict that tells `changed` of every change, nested ones included.

    `tree["opt"]["lr"]` and `tree.opt.lr` are the same member. Not for structure: a dot inside a key
    is part of the key. A removed member is recorded as null.
    """

    def __init__(self, members: Mapping[str, Any], changed: Changed) -> None:
        super().__init__()
        object.__setattr__(self, "_changed", changed)
        for key, value in members.items():
            super().__setitem__(str(key), self._grow(str(key), value))

    def _grow(self, key: str, value: Any) -> Any:
        if not isinstance(value, dict):
            return value

        def changed(change: dict[str, Any]) -> None:
            self._tell({key: change})

        return Tree(value, changed)

    def _tell(self, change: dict[str, Any]) -> None:
        object.__getattribute__(self, "_changed")(change)

    def _put(self, members: Mapping[str, Any]) -> None:
        if not members:
            return
        for key, value in members.items():
            held = self.get(key)
            if isinstance(held, Tree) and isinstance(value, dict):
                held._merge(value)
            else:
                super().__setitem__(key, self._grow(key, value))
        self._tell(dict(members))

    def _merge(self, members: Mapping[str, Any]) -> None:
        for key, value in members.items():
            held = self.get(str(key))
            if isinstance(held, Tree) and isinstance(value, dict):
                held._merge(value)
            else:
                super().__setitem__(str(key), self._grow(str(key), value))

    def __setitem__(self, key: str, value: Any) -> None:
        self._put({str(key): value})

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._tell({key: None})

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"expected a member of {sorted(self)}, found {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def update(self, *others: Any, allow_val_change: bool | None = None, **members: Any) -> None:
        """Takes mappings, pairs, namespaces, dataclasses and keywords, and merges nested dicts."""
        merged: dict[str, Any] = {}
        for other in others:
            is_pairs = isinstance(other, Iterable) and not isinstance(other, (Mapping, str))
            merged.update(dict(other) if is_pairs else plain_config(other))
        merged.update(members)
        self._put({str(key): value for key, value in merged.items()})

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def setdefaults(self, members: Any) -> None:
        """Sets those members that are not there yet."""
        self._put({k: v for k, v in plain_config(members).items() if k not in self})

    def pop(self, key: str, default: Any = _MISSING) -> Any:
        if key not in self and default is not _MISSING:
            return default
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        key = next(reversed(list(self)))
        return key, self.pop(key)

    def clear(self) -> None:
        for key in list(self):
            del self[key]

    def __ior__(self, other: Any) -> Tree:  # type: ignore[override,misc]
        self.update(other)
        return self

    def as_dict(self) -> dict[str, Any]:
        """A plain copy, nested members included."""
        return {k: v.as_dict() if isinstance(v, Tree) else v for k, v in self.items()}

    def _as_dict(self) -> dict[str, Any]:
        return self.as_dict()

    def __reduce__(self) -> Any:
        return dict, (self.as_dict(),)

    def __copy__(self) -> dict[str, Any]:
        return dict(self)


class Config(Tree):
    """What the run was told: every change goes into the run. Secrets are redacted on their way."""

    def persist(self) -> None:
        """Nothing to do: every change is recorded when it is made."""


class Summary(Tree):
    """What the run came to: the values set here, else the value each key was logged with last.

    "footprint", and "footprint.kwh" and the like, is found out when it is asked for.
    """

    def __init__(
        self,
        members: Mapping[str, Any],
        changed: Changed,
        last: Callable[[], dict[str, float]],
        footprint: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        super().__init__(members, changed)
        object.__setattr__(self, "_last", last)
        object.__setattr__(self, "_footprint", footprint)
        object.__setattr__(self, "_explicit", set(members))

    def _put(self, members: Mapping[str, Any]) -> None:
        self._explicit.update(members)
        super()._put(members)

    def _refresh(self) -> None:
        for key, value in self._last().items():
            if key not in self._explicit:
                dict.__setitem__(self, key, value)

    def __getitem__(self, key: str) -> Any:
        self._refresh()
        return super().__getitem__(key)

    def __missing__(self, key: str) -> Any:
        head, dot, rest = key.partition(".")
        if head != "footprint":
            raise KeyError(key)
        own = dict.get(self, head)
        found = object.__getattribute__(self, "_footprint")() if own is None else own
        return found[rest] if dot else found

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        self._refresh()
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._refresh()
        return super().__iter__()

    def __len__(self) -> int:
        self._refresh()
        return super().__len__()

    def keys(self) -> Any:
        self._refresh()
        return super().keys()

    def values(self) -> Any:
        self._refresh()
        return super().values()

    def items(self) -> Any:
        self._refresh()
        return super().items()

    def __repr__(self) -> str:
        self._refresh()
        return super().__repr__()
