"""A project's folder in which programs are run, and asked whether they were run before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import cairn
from cairn.door import find_binary

Ran = tuple[int, str, str]


class Workshop:
    """A project's folder in which programs are run as users run them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self.store = folder / "store"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CAIRN_", "WANDB_"))}
        self.environment = {
            **kept,
            "CAIRN_BINARY": find_binary(),
            "CAIRN_DIR": str(self.store),
            "CAIRN_SAMPLE_PERIOD_S": "0",
            "PYTHONPATH": str(Path(cairn.__file__).parent.parent),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        self.write("cairn.toml", "")
        self.write("helper.py", "def scale(x):\n    return x * 2\n")
        self.write("data.csv", "1,2\n")
        self.write("out/.keep", "")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def run(self, program: str | None = None, *args: str, **env: str) -> Ran:
        """Runs `program`, or the one that was run last, to its end: (exit code, stdout, stderr)."""
        if program is not None:
            self.write("train.py", program)
        time.sleep(0.03)  # what was written just now must be older than the run
        return self.command([sys.executable, "train.py", *args], **env)

    def command(self, argv: list[str], **env: str) -> Ran:
        done = subprocess.run(
            argv,
            cwd=self.folder,
            env={**self.environment, **env},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode, done.stdout, done.stderr

    def runs(self, project: str = "p") -> list[cairn.RunRecord]:
        """Newest first."""
        return list(cairn.runs(project, dir=self.store))

    def unsealed(self) -> str:
        """Why the newest run is not sealed; "" when it is."""
        return str(self.runs()[0].meta.get("recall", {}).get("unsealed", ""))


def said(ran: Ran) -> str:
    """What it printed, when it went well."""
    assert ran[0] == 0, ran[2]
    return ran[1]


def manifest_of(run: cairn.RunRecord) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(run.content(run._saved_files()["recall/manifest.json"]))
    return held
