"""A folder with a program in it and a store of its own, and the words of `cairn` in it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

CAIRN = os.environ.get("CAIRN_BINARY") or str(
    Path(__file__).resolve().parents[2] / "build/release/cairn"
)


class Program:
    """`train.py` in a project; every command is `python3 train.py ...` in it."""

    python = "python3"

    def __init__(self, folder: Path, code: str, settings: str = "") -> None:
        self.folder = folder / "project"
        self.folder.mkdir(parents=True)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CAIRN")},
            "CAIRN_DIR": str(folder / "store"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        self.write("cairn.toml", settings)
        self.write("train.py", code)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def cairn(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CAIRN, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

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

    def words(self, arguments: str, *options: str) -> list[str]:
        begin = ["run", "--sample-period", "0", "-p", "p", *options, "--"]
        return [*begin, self.python, "train.py", *arguments.split()]

    def command(self, arguments: str, *options: str) -> list[str]:
        return [CAIRN, *self.words(arguments, *options)]

    def run(self, arguments: str = "", *options: str) -> subprocess.CompletedProcess[str]:
        time.sleep(0.03)  # what was written just now must be older than the run
        return self.cairn(*self.words(arguments, *options))

    def check(self, arguments: str = "", *options: str) -> tuple[int, dict[str, Any]]:
        words = ["check", "--json", *options, "--", self.python, "train.py", *arguments.split()]
        done = self.cairn(*words)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def level(self, arguments: str = "") -> str:
        return str(self.check(arguments)[1]["level"])

    def runs(self) -> list[dict[str, Any]]:
        """The newest first."""
        done = self.cairn("ls", "p", "--json", "--all", "--sort", "-created")
        return list(json.loads(done.stdout)["runs"])
