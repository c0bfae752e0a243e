"""A folder with a program to sweep and a store of its own, and the words of `cairn` in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CAIRN = os.environ.get("CAIRN_BINARY") or str(
    Path(__file__).resolve().parents[2] / "build/release/cairn"
)
# Quick to start, and any language will do: what it prints is what it has reached.
QUADRATIC = """\
x=$1
awk -v x="$x" 'BEGIN { printf "loss: %.6f\\n", (x - 0.3) ^ 2 }'
"""


class Lab:
    """`train.sh` in a project, swept by `sh train.sh X`."""

    def __init__(self, folder: Path, code: str = QUADRATIC) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(parents=True)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CAIRN")},
            "CAIRN_DIR": str(folder / "store"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "CAIRN_BINARY": CAIRN,
        }
        self.write("cairn.toml", "")
        self.write("train.sh", code)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def cairn(self, *words: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [CAIRN, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if expect is not None:
            assert done.returncode == expect, f"{words}: {done.stdout}{done.stderr}"
        return done

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [CAIRN, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *words: str) -> Any:
        return json.loads(self.cairn(*words, "--json").stdout)

    def make(self, **document: Any) -> str:
        """A sweep of train.sh over x, unless `document` says otherwise; its id."""
        whole = {
            "project": "p",
            "metric": {"name": "loss", "goal": "minimize"},
            "method": "random",
            "command": ["sh", "train.sh", "${param:x}"],
            "parameters": {"x": {"min": 0.0, "max": 1.0}},
            "budget": {"trials": 8},
            "warm_start": False,
            **document,
        }
        self.write("sweep.json", json.dumps(whole))
        return str(self.json("sweep", "sweep.json")["id"])

    def agent(self, sweep: str, *options: str, expect: int | None = 0) -> str:
        words = ("agent", sweep, "--sample-period", "0", *options)
        return self.cairn(*words, expect=expect).stdout

    def agents(self, sweep: str, count: int, *options: str) -> list[subprocess.Popen[str]]:
        words = ("agent", sweep, "--sample-period", "0", *options)
        return [self.start(*words) for _ in range(count)]

    def show(self, sweep: str) -> dict[str, Any]:
        return dict(self.json("sweep", "show", sweep))

    def trials(self, sweep: str) -> list[dict[str, Any]]:
        return [trial for trial in self.show(sweep)["trials"] if trial["number"] >= 0]

    def runs(self, project: str = "p") -> list[dict[str, Any]]:
        done = self.cairn("ls", project, "--json", "--all")
        return list(json.loads(done.stdout)["runs"])


PYTHON = sys.executable
