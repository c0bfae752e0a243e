"""Resuming: is the run there, where did it stand, and which one was interrupted here."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import Any

from cairn import _native
from cairn.errors import Error, InvalidError

__all__ = ["Interrupted", "exists", "parse_moment", "recall"]


def exists(store_dir: str, project: str, run_id: str) -> bool:
    """Whether the store's folder has a trace of the run; a look at two folder listings."""
    home = Path(store_dir) / "projects" / project
    for folder in ("live", "packs"):
        with contextlib.suppress(OSError), os.scandir(home / folder) as entries:
            if any(entry.name.startswith(f"{run_id}~") for entry in entries):
                return True
    return False


def recall(store_dir: str | None, url: str | None, project: str, run_id: str) -> dict[str, Any]:
    """The run as the read door knows it; {} with a notice when the door cannot say."""
    from cairn.door import choose_door

    door = choose_door(store_dir, url)
    try:
        known = door.get(f"/projects/{project}/runs/{run_id}")
        return known if isinstance(known, dict) else {}
    except Error as error:
        lost = "its earlier config" if url else "where its steps and config stood"
        _native.post_notice(f"run {run_id} goes on without knowing {lost}: {error}")
        return {}
    finally:
        door.close()


def parse_moment(moment: Any) -> tuple[str, int]:
    """ "id?_step=200" -> ("id", 200). Raises InvalidError."""
    found = re.fullmatch(r"([^?]+)\?_step=(\d+)", str(moment))
    if found is None:
        raise InvalidError(f"expected RUN?_step=NUMBER, found {str(moment)!r}")
    return found[1], int(found[2])


class Interrupted:
    """Remembers in the store the run of a project and a program that has not finished yet."""

    def __init__(self, store_dir: str, project: str, entry: str) -> None:
        program = hashlib.sha256(entry.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._path = Path(store_dir) / "interrupted" / f"{project}~{program}"

    def find(self) -> str:
        """The id of the interrupted run, or ''."""
        try:
            run_id = self._path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""
        return run_id if _native.is_safe_name(run_id) else ""

    def remember(self, run_id: str) -> None:
        """`run_id` is under way."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            part.write_text(run_id, encoding="utf-8")
            part.replace(self._path)

    def forget(self) -> None:
        """The run finished."""
        with contextlib.suppress(OSError):
            self._path.unlink()
