"""What log() does with a value that is no plain number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cairn.media import BlobStore, Histogram, Image, Media, Plotly, to_array

__all__ = ["UnusableError", "read_value"]

_LIST_ITEMS_MAX = 1000
_TEXT_CHARS_MAX = 1_000_000


class UnusableError(Exception):
    """The value can be kept in no way; the text says what was found."""


def read_value(key: str, value: Any, store: BlobStore) -> dict[str, Any]:
    """The numbers and records that `value` stands for: {key: float or record}; {} for None.

    Numbers in one-element arrays are numbers; longer arrays become histograms; mappings are
    flattened with dots; lists of media stay together. Raises UnusableError.
    """
    if value is None:  # no value at this step
        return {}
    if isinstance(value, Media):
        return {key: value.record(store)}
    if isinstance(value, str):
        return {key: {"type": "text", "text": value[:_TEXT_CHARS_MAX]}}
    if isinstance(value, Mapping):
        members: dict[str, Any] = {}
        for name in value:
            members.update(read_value(f"{key}.{name}", value[name], store))
        return members
    if isinstance(value, (list, tuple)):
        return {key: _read_list(value, store)}
    if isinstance(value, (int, float)):
        return {key: _read_number(value)}
    return {key: _read_object(value, store)}


def _read_number(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise UnusableError("an integer beyond the range of a float") from None


def _read_list(value: Any, store: BlobStore) -> Any:
    if any(isinstance(item, Media) for item in value):
        items = [item.record(store) for item in value if isinstance(item, Media)]
        return {"type": "list", "items": items}
    if len(value) > _LIST_ITEMS_MAX:
        return _read_array(value, store)
    return {"type": "json", "value": list(value)}


def _read_object(value: Any, store: BlobStore) -> Any:
    home = type(value).__module__.partition(".")[0]
    if hasattr(value, "to_plotly_json"):
        return Plotly(value).record(store)
    if home == "matplotlib" or hasattr(value, "gcf") or home == "PIL":
        return Image(value).record(store)
    if hasattr(value, "itertuples"):
        from cairn.table import Table

        return Table(dataframe=value).record(store)
    if hasattr(value, "shape") or hasattr(value, "__array__"):
        return _read_array(value, store)
    raise UnusableError(type(value).__name__)


def _read_array(value: Any, store: BlobStore) -> Any:
    try:
        array = to_array(value)
    except (TypeError, ValueError):
        raise UnusableError(f"{type(value).__name__} that holds no numbers") from None
    if array.size == 1:
        return float(array.reshape(()))
    return Histogram(array).record(store)
