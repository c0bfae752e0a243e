"""Values of Python functions as JSON and arrays: read back, they are the same and of the same type.

JSON holds None, bool, int, float, str, list and dict with text keys as they are; everything else is
an object with one member that begins with "$". Arrays lie beside it in one .npz file without
pickles. What cannot be read back as exactly what it was cannot travel.
"""

from __future__ import annotations

import io
import json
from typing import Any

from cairn.errors import CorruptError, InvalidError, LimitError

__all__ = ["ARRAYS", "VALUE", "pack", "unpack"]

VALUE = "recall/value.json"
ARRAYS = "recall/value.npz"
_BYTES_MAX = 1 << 30
_DEPTH_MAX = 100


def pack(value: Any) -> tuple[bytes, bytes | None]:
    """The JSON and, where there are arrays, the .npz; raises InvalidError and LimitError."""
    arrays: dict[str, Any] = {}
    text = json.dumps(_encode(value, arrays, "the value", 0)).encode()
    if not arrays:
        return text, None
    import numpy as np

    if sum(array.nbytes for array in arrays.values()) > _BYTES_MAX:
        raise LimitError(f"expected arrays of at most {_BYTES_MAX >> 30} GiB in all")
    file = io.BytesIO()
    np.savez(file, **arrays)
    return text, file.getvalue()


def unpack(text: bytes, arrays: bytes | None) -> Any:
    """What pack() was given; raises CorruptError."""
    try:
        tree = json.loads(text)
        if arrays is None:
            return _decode(tree, {})
        import numpy as np

        with np.load(io.BytesIO(arrays), allow_pickle=False) as held:
            return _decode(tree, held)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise CorruptError(f"expected a value that was kept, found {error!r}") from None


def _encode(value: Any, arrays: dict[str, Any], where: str, depth: int) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if depth > _DEPTH_MAX:
        raise InvalidError(f"expected values at most {_DEPTH_MAX} deep, found a deeper one")
    if kind in (list, tuple):
        items = [
            _encode(item, arrays, f"{where}[{at}]", depth + 1) for at, item in enumerate(value)
        ]
        return items if kind is list else {"$tuple": items}
    if kind is dict:
        members = [
            (_encode(key, arrays, f"a key of {where}", depth + 1), item)
            for key, item in value.items()
        ]
        pairs = [
            [key, _encode(item, arrays, f"{where}[{key!r}]", depth + 1)] for key, item in members
        ]
        if all(type(key) is str and not key.startswith("$") for key in value):
            return dict(pairs)
        return {"$dict": pairs}
    if kind.__module__ == "numpy" or kind.__module__.startswith("numpy."):
        return _encode_array(value, arrays, where)
    raise _cannot_travel(kind, where)


def _encode_array(value: Any, arrays: dict[str, Any], where: str) -> Any:
    import numpy as np

    is_array = type(value) is np.ndarray
    if not (is_array or isinstance(value, np.generic)) or value.dtype.hasobject:
        raise _cannot_travel(type(value), where)
    forms = np.lib.format
    if forms.descr_to_dtype(forms.dtype_to_descr(value.dtype)) != value.dtype:
        raise _cannot_travel(value.dtype, where)
    name = f"a{len(arrays)}"
    arrays[name] = np.asarray(value)
    return {"$array" if is_array else "$scalar": name}


def _cannot_travel(kind: Any, where: str) -> InvalidError:
    name = getattr(kind, "__qualname__", str(kind))
    return InvalidError(
        f"expected None, bool, int, float, str, list, tuple, dict and NumPy arrays, found {name} "
        f"in {where}"
    )


def _decode(tree: Any, arrays: Any) -> Any:
    if isinstance(tree, list):
        return [_decode(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) != 1 or not next(iter(tree)).startswith("$"):
        return {key: _decode(item, arrays) for key, item in tree.items()}
    ((kind, held),) = tree.items()
    if kind == "$tuple":
        return tuple(_decode(item, arrays) for item in held)
    if kind == "$dict":
        return {_decode(key, arrays): _decode(item, arrays) for key, item in held}
    if kind == "$array":
        return arrays[held]
    if kind == "$scalar":
        return arrays[held][()]
    raise CorruptError(f"expected a kind of value that is known, found {kind!r}")
