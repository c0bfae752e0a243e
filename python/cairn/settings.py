"""What a run is started with: arguments first, then settings, CAIRN_* and WANDB_* variables."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from cairn._trace import unheard
from cairn.errors import InvalidError

__all__ = [
    "Settings",
    "as_settings",
    "as_tags",
    "as_text",
    "fall_back",
    "flag",
    "says_how_to_reuse",
    "speaks_of_reuse",
    "wants_recall",
]

# Our name of a setting -> the variables after CAIRN_ and WANDB_, and its names in wandb's Settings.
_NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "project": ("PROJECT", ("project",)),
    "id": ("RUN_ID", ("run_id",)),
    "name": ("NAME", ("run_name",)),
    "group": ("RUN_GROUP", ("run_group",)),
    "job_type": ("JOB_TYPE", ("run_job_type",)),
    "notes": ("NOTES", ("run_notes",)),
    "tags": ("TAGS", ("run_tags",)),
    "mode": ("MODE", ("mode",)),
    "url": ("URL", ("url",)),
    "resume": ("RESUME", ("resume",)),
    "silent": ("SILENT", ("silent", "quiet")),
    "console": ("CONSOLE", ("console",)),
    "sample_period_s": ("SAMPLE_PERIOD_S", ("sample_period_s", "x_stats_sampling_interval")),
}


_PROGRAM_BYTES_MAX = 1 << 20
_REUSE_WORDS = ("reuse", "skippable", "cairn.experiment", "@experiment", "import experiment")


class Settings:
    """Settings by name. What Cairn has no use for is kept and ignored.

    Used: project, run_id, run_name, run_group, run_job_type, run_notes, run_tags, mode, url,
    resume, zone, silent, console ("off": do not copy what is printed), sample_period_s (seconds
    between two machine samples, 0: none).
    """

    def __init__(self, **settings: Any) -> None:
        self.__dict__.update(settings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


def as_settings(settings: Any) -> Settings:
    """None, a dict, a Settings, or an object with attributes."""
    if settings is None:
        return Settings()
    if isinstance(settings, Settings):
        return settings
    if isinstance(settings, dict):
        return Settings(**settings)
    raise TypeError(f"expected as settings a dict or Settings, found {type(settings).__name__}")


def fall_back(name: str, given: Any, settings: Settings) -> Any:
    """`given`, else the setting, else CAIRN_*, else WANDB_*; None when nobody says anything."""
    if given is not None:
        return given
    variable, spellings = _NAMES[name]
    for spelling in spellings:
        if (value := settings.__dict__.get(spelling)) is not None:
            return value
    return os.environ.get(f"CAIRN_{variable}") or os.environ.get(f"WANDB_{variable}") or None


def as_text(name: str, value: Any) -> str:
    """A str argument; None is ''. Raises TypeError for anything else."""
    if value is None:
        return ""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise TypeError(f"expected as {name} a str, found {type(value).__name__}")
    return value


def as_tags(value: Any) -> list[str]:
    """Tags: an iterable of str, or one str with commas between them."""
    if value is None:
        return []
    if isinstance(value, str):
        return [tag.strip() for tag in value.split(",") if tag.strip()]
    if not isinstance(value, Iterable):
        raise TypeError(f"expected as tags an iterable of str, found {type(value).__name__}")
    return [as_text("a tag", tag) for tag in value]


def flag(value: Any) -> bool:
    """A switch from Python or from the environment."""
    if isinstance(value, str):
        return value.lower() not in ("", "0", "false", "no", "off")
    return bool(value)


def as_mode(value: Any) -> str:
    """'online', 'offline' or 'disabled'. Raises InvalidError for a mode nobody knows."""
    mode = as_text("mode", value) or "online"
    if mode in ("online", "shared", "run"):
        return "online"
    if mode in ("offline", "dryrun"):
        return "offline"
    if mode == "disabled":
        return mode
    raise InvalidError(f"expected as mode online, offline or disabled, found {mode!r}")


def wants_recall() -> bool:
    """Whether CAIRN_REUSE, or a [recall] table of the project or the user, says to look.

    Inside `cairn run` that command has followed them, and what is read here would be an input.
    """
    if mode := os.environ.get("CAIRN_REUSE"):
        return mode != "never"
    if os.environ.get("CAIRN_TRACE_DIR"):
        return False
    with unheard():
        return any("[recall]" in _read(path) for path in _settings_files())


def says_how_to_reuse() -> bool:
    """Whether CAIRN_REUSE or a settings file names a mode."""
    if os.environ.get("CAIRN_REUSE"):
        return True
    if os.environ.get("CAIRN_TRACE_DIR"):
        return False
    with unheard():
        lines = [line for path in _settings_files() for line in _read(path).splitlines()]
    return any(line.partition("=")[0].strip() == "reuse" for line in lines)


def speaks_of_reuse() -> bool:
    """Whether the program's own text may ask for reuse, so that it is watched from the start."""
    main = sys.modules.get("__main__")
    if hasattr(main, "In"):  # a notebook, whose next cell may
        return True
    path = getattr(main, "__file__", None)
    text = _read(path) if path else " ".join(getattr(sys, "orig_argv", []))
    return any(word in text for word in _REUSE_WORDS)


def _settings_files() -> Iterator[str]:
    folder = os.getcwd()
    while True:
        yield os.path.join(folder, "cairn.toml")
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            break
        folder = above
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    yield os.path.join(config, "cairn", "cairn.toml")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(_PROGRAM_BYTES_MAX)
    except (OSError, ValueError):
        return ""
