"""Where what is dear to make is kept between runs: outside of git, safe to remove at any time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """`.cache/search` of the checkout, or CAIRN_SEARCH_CACHE."""
    path = Path(os.environ.get("CAIRN_SEARCH_CACHE", ROOT / ".cache" / "search"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def replace(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all: several processes may make the same one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as written:
        written.write(content)
    os.replace(written.name, path)
