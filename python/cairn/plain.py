"""Makes plain values (None, bool, int, float, str, dict, list) of what users put into a config."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

__all__ = ["plain", "plain_config"]

_ARRAY_ITEMS_MAX = 1000
_TEXT_CHARS_MAX = 10_000


def plain(value: Any) -> Any:
    """One step towards a plain value; the native module calls it again on what it answers.

    Mappings become dicts, dataclasses and namespaces dicts of their fields, arrays lists (a long
    one a text that states its shape), paths and enums text. Anything else becomes its `str()`.
    """
    if isinstance(value, Mapping):
        return {str(key): value[key] for key in value}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (bytes, bytearray)):
        return f"<{len(value)} bytes>"
    if hasattr(value, "_as_record"):
        return value._as_record()
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    if hasattr(value, "tolist") and hasattr(value, "shape"):  # NumPy arrays and scalars, tensors
        return _plain_array(value)
    if hasattr(value, "__index__"):
        return int(value)
    if type(value).__name__ in ("Namespace", "SimpleNamespace"):
        return dict(vars(value))
    if type(value).__name__ in ("range", "deque", "dict_keys", "dict_values"):
        return list(value)
    return _text(value)


def plain_config(config: Any) -> dict[str, Any]:
    """What `init(config=...)` takes, as a dict with text keys.

    A mapping, an argparse.Namespace, a dataclass instance, or the path of a .json or .yaml file.
    Raises TypeError for anything else.
    """
    if config is None:
        return {}
    if isinstance(config, (str, os.PathLike)):
        config = _read_config(os.fspath(config))
    if not isinstance(config, Mapping):
        if isinstance(config, (bool, int, float, bytes, list, tuple, set)):
            raise _config_error(config)
        config = plain(config)
        if not isinstance(config, Mapping):
            raise _config_error(config)
    return {str(key): config[key] for key in config}


def _config_error(config: Any) -> TypeError:
    found = type(config).__name__
    return TypeError(
        f"expected as config a dict, a namespace, a dataclass or a path, found {found}"
    )


def _plain_array(value: Any) -> Any:
    items = 1
    for length in value.shape:
        items *= int(length)
    if items > _ARRAY_ITEMS_MAX:
        return f"<{type(value).__name__} of shape {tuple(value.shape)}>"
    return value.tolist()


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _TEXT_CHARS_MAX else text[:_TEXT_CHARS_MAX] + " ..."


def _read_config(path: str) -> Any:
    from pathlib import Path

    text = Path(path).read_text(encoding="utf-8")
    if path.endswith(".json"):
        import json

        return json.loads(text)
    try:
        import importlib

        yaml = importlib.import_module("yaml")
    except ImportError:
        raise TypeError(f"expected PyYAML to be installed to read {path}, found none") from None
    content = yaml.safe_load(text)
    # The form other trackers write: {"lr": {"value": 0.1, "desc": ...}}.
    if isinstance(content, dict):
        content = {
            key: item["value"] if isinstance(item, dict) and "value" in item else item
            for key, item in content.items()
            if key not in ("wandb_version", "_wandb")
        }
    return content
