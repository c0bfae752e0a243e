"""The ranks of a distributed start: the first decides for all, the others hear of it by a file."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from cairn import _trace

__all__ = ["is_distributed", "next_key", "rank", "tell_decision", "wait_for_decision"]

_WAIT_S = 30.0
_LOOK_AGAIN_S = 0.05
_SKEW_S = 5.0  # between clocks, and between the starts of the ranks of one job
_RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
_SIZES = ("WORLD_SIZE", "SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
# What tells one start of a job from all others.
_JOB = (
    "SLURM_JOB_ID",
    "SLURM_STEP_ID",
    "TORCHELASTIC_RUN_ID",
    "TORCHELASTIC_RESTART_COUNT",
    "MASTER_ADDR",
    "MASTER_PORT",
    "OMPI_MCA_ess_base_jobid",
    "PMI_JOBID",
)
_began = time.time()
_asked: dict[str, int] = {}  # how often


def rank() -> int:
    """Of this process in its job; 0 where there is none."""
    return _number(_RANKS, 0)


def is_distributed() -> bool:
    """Whether other ranks may be waiting."""
    return _number(_SIZES, 1) > 1


def next_key(key: str) -> str:
    """All ranks ask for the same programs in the same order."""
    _asked[key] = _asked.get(key, 0) + 1
    return f"{key}\n{_asked[key]}"


def tell_decision(key: str, decision: dict[str, Any]) -> None:
    """Said by rank 0, for the plan with this key."""
    import json

    path = _path(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(json.dumps({"time_s": time.time(), **decision}), encoding="utf-8")
    part.replace(path)


def wait_for_decision(key: str, limit_s: float = _WAIT_S) -> dict[str, Any] | None:
    """What rank 0 said; None when it says nothing in time, and then everyone runs."""
    import json

    path = _path(key)
    end = time.monotonic() + limit_s
    while True:
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            # One of an earlier start says nothing about this one.
            if isinstance(said, dict) and float(said["time_s"]) >= _began - _SKEW_S:
                return said
        except (OSError, ValueError, KeyError, TypeError):
            pass
        if time.monotonic() > end:
            return None
        time.sleep(_LOOK_AGAIN_S)


def _path(key: str) -> Path:
    import hashlib

    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    known = [f"{name}={_variable(name)}" for name in _JOB if _variable(name)]
    is_wide = _number(("LOCAL_WORLD_SIZE",), 0) < _number(_SIZES, 1)
    if not (is_wide and known):
        known.append(f"parent={os.getppid()}")  # the launcher, which starts all of one machine
    name = hashlib.sha256("\n".join([key, *known]).encode()).hexdigest()[:32]
    return Path(cache, "cairn", "ranks", name)


def _number(names: tuple[str, ...], missing: int) -> int:
    for name in names:
        text = _variable(name)
        if text.isdigit():
            return int(text)
    return missing


def _variable(name: str) -> str:
    return _trace.unheard_environment().get(name.encode(), b"").decode("utf-8", "replace")
