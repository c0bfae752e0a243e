"""Columns: the binary answer of the read door, as NumPy arrays (docs/api.md)."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cairn.errors import CorruptError

__all__ = ["parse_columns"]

_HEADER = struct.Struct("<4sIII")
_TYPES: dict[str, np.dtype[Any]] = {
    "i64": np.dtype("<i8"),
    "f64": np.dtype("<f8"),
    "u32": np.dtype("<u4"),
}


def parse_columns(content: bytes) -> list[dict[str, Any]]:
    """The series of an answer: {"run", "key", "exact", and each column by name as an array}.

    Arrays are read-only views of `content`. Raises CorruptError when it is not what it should be.
    """
    if len(content) < _HEADER.size:
        raise CorruptError(f"expected columns, found {len(content)} bytes")
    magic, version, json_bytes, _ = _HEADER.unpack_from(content)
    if magic != b"CCOL" or version != 1:
        raise CorruptError(f"expected columns of version 1, found {magic!r} version {version}")
    first = _HEADER.size + json_bytes
    about = json.loads(content[_HEADER.size : first])
    return [
        {
            "run": series["run"],
            "key": series["key"],
            "exact": series.get("exact", True),
            **{column["name"]: _array(content, first, column) for column in series["columns"]},
        }
        for series in about["series"]
    ]


def _array(content: bytes, first: int, column: dict[str, Any]) -> NDArray[Any]:
    kind = _TYPES.get(column["type"])
    offset, count = first + int(column["offset"]), int(column["count"])
    if kind is None or offset + count * kind.itemsize > len(content):
        raise CorruptError(f"expected a column within {len(content)} bytes, found {column}")
    return np.frombuffer(content, kind, count, offset)
