"""What the tests speak in: a store of their own, programs run in it, runs read back from it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cairn
import pytest
from cairn import _native, door, recall_door, session
from cairn.errors import UnavailableError
from metered import Desk, Gauge
from workshop import Workshop


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable of the outside reaches a test, and no run of a test outlives it."""
    for name in list(os.environ):
        if name.startswith(("CAIRN_", "WANDB_")) and name != "CAIRN_BINARY":
            monkeypatch.delenv(name)
    monkeypatch.setenv("CAIRN_SAMPLE_PERIOD_S", "0")
    monkeypatch.setenv("CAIRN_QUIET", "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIRN_DIR", str(tmp_path / "store"))
    yield
    while session._active:
        session._active[-1].finish(0)
    session._attached_pid = 0


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder every run of this test is recorded in."""
    return tmp_path / "store"


@pytest.fixture
def read(store: Path) -> Iterator[Callable[[Any], cairn.RunRecord]]:
    """Reads a run (or an id) back through the door. Fails where there is no `cairn` program."""
    try:
        door.find_binary()
    except UnavailableError as error:
        pytest.fail(f"this test reads runs back: {error}")

    def read_run(run: Any) -> cairn.RunRecord:
        return cairn.run_by_id(run if isinstance(run, str) else run.id, dir=store)

    yield read_run
    for child in door._children.values():
        child.close()


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts a Python program in the test's folder."""

    def start_program(program: str, *args: str, **env: str) -> subprocess.Popen[str]:
        path = tmp_path / "program.py"
        path.write_text(textwrap.dedent(program))
        package = str(Path(cairn.__file__).parent.parent)
        environment = {**os.environ, "PYTHONPATH": package, "PYTHONUNBUFFERED": "1", **env}
        return subprocess.Popen(
            [sys.executable, str(path), *args],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start_program


@pytest.fixture
def finished(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., tuple[int, str, str]]:
    """Runs a Python program to its end: (exit code, stdout, stderr)."""

    def run_program(program: str, *args: str, **env: str) -> tuple[int, str, str]:
        process = start(program, *args, **env)
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise
        return process.returncode, out, err

    return run_program


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told, instead of its being shown; what was told before is told anew."""
    told: list[str] = []
    monkeypatch.setattr(recall_door, "_told", set())
    monkeypatch.setattr(_native, "post_notice", told.append)
    return told


@pytest.fixture
def gauge(monkeypatch: pytest.MonkeyPatch) -> Gauge:
    """The machine's sensors."""
    from cairn import energy_windows

    made = Gauge()
    monkeypatch.setattr(energy_windows._Watch, "meter", made)
    return made


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Who prices what the sensors say."""
    made = Desk()
    monkeypatch.setattr(recall_door.Place, "own_door", lambda _: made)
    return made


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """A project of its own, with a store and a cache of its own."""
    return Workshop(tmp_path)
