"""The identity matrix: what may change after a run so that it is still the same, and what may not.

A real program that reads a CSV, a glob of shards, a variable and optional files, forks a worker,
and reads one file through a C library. Every row changes one thing and asks `cairn check`, which
starts no program.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CAIRN = os.environ.get("CAIRN_BINARY") or str(
    Path(__file__).resolve().parents[2] / "build/release/cairn"
)

TRAIN = '''\
"""Trains nothing, and reads a lot."""
import argparse
import csv
import ctypes
import glob
import json
import os

import helper
import mylib

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=float, default=3)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--num-workers", type=int, default=0)
parser.add_argument("--output-dir", default=".")
parser.add_argument("--dead", action="store_true")
a = parser.parse_args()
if a.dead:
    import dead
total = sum(float(row[0]) for row in csv.reader(open("data/table.csv")))
for name in sorted(glob.glob("shards/*.txt")):
    total += len(open(name).read())
total *= float(os.environ.get("SCALE", "1"))
if os.path.exists("extra.json"):
    total += json.load(open("extra.json"))
try:
    total += float(open("override.txt").read())
except FileNotFoundError:
    pass
if os.fork() == 0:
    open("worker.txt").read()
    os._exit(0)
os.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.fclose.argtypes = [ctypes.c_void_p]
libc.fclose(libc.fopen(b"native.bin", b"rb"))
print(mylib.shift(helper.scale(total)) * a.lr)
'''

HELPER = '''\
def scale(x):
    """Scales."""
    return x * 2


def unused(x):
    return x + 1
'''

ARGUMENTS = "--lr 0.1 --epochs 3 --seed 0 --num-workers 0 --output-dir out"


class Project:
    """A folder with the program in it, run once under `cairn run`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        venv.create(folder / "venv", symlinks=True)
        self.python = str(folder / "venv/bin/python")
        (self.site,) = (folder / "venv/lib").glob("python*/site-packages")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CAIRN")},
            "CAIRN_DIR": str(folder / "store"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "SCALE": "1",
        }
        self.folder.mkdir()
        self.write("cairn.toml", "")
        self.write("train.py", TRAIN)
        self.write("helper.py", HELPER)
        self.write("dead.py", "x = 1\n")
        self.write("unimported.py", "y = 1\n")
        self.write("data/table.csv", "1\n2\n")
        self.write("data/unread.csv", "9\n")
        self.write("shards/a.txt", "aaa")
        self.write("worker.txt", "w")
        self.write("native.bin", "n")
        self.install("mylib", "1.0.0", "def shift(x):\n    return x + 1\n")
        self.install("other", "1.0.0", "")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, name: str, before: str, after: str) -> None:
        text = (self.folder / name).read_text()
        assert before in text
        self.write(name, text.replace(before, after))

    def install(self, name: str, version: str, code: str) -> None:
        """A distribution in site-packages."""
        for old in self.site.glob(f"{name}-*.dist-info/*"):
            old.unlink()
            old.parent.rmdir()
        package = self.site / name
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text(code)
        info = self.site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    def cairn(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CAIRN, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )

    def run(self) -> None:
        time.sleep(0.03)  # what was written just now must be older than the run
        words = ["run", "--sample-period", "0", "-p", "matrix", "--", self.python, "train.py"]
        done = self.cairn(*words, *ARGUMENTS.split())
        assert done.returncode == 0, done.stderr

    def check(self, arguments: str = ARGUMENTS) -> tuple[int, dict[str, Any]]:
        words = ["check", "--json", "--", self.python, "train.py", *arguments.split()]
        done = self.cairn(*words)
        assert done.returncode in (0, 10, 11, 13, 14), done.stderr
        return done.returncode, json.loads(done.stdout)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.run()
    return made


def no_change(_: Project) -> None:
    pass


def touch(p: Project) -> None:
    os.utime(p.folder / "data/table.csv")


def replace_by_the_same(p: Project) -> None:
    p.write("data/new.csv", (p.folder / "data/table.csv").read_text())
    (p.folder / "data/new.csv").rename(p.folder / "data/table.csv")


def rewrite_every_file(p: Project) -> None:
    for path in p.folder.rglob("*.*"):
        if path.is_file():
            path.write_bytes(path.read_bytes())


def move_the_project(p: Project) -> None:
    elsewhere = p.folder.parent / "elsewhere"
    p.folder.rename(elsewhere)
    p.folder = elsewhere


def edit_in_place_with_the_same_times(p: Project) -> None:
    path = p.folder / "data/table.csv"
    state = path.stat()
    path.write_text("1\n3\n")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def set_variable(name: str, value: str) -> Callable[[Project], None]:
    return lambda p: p.environment.update({name: value})


EXACT: dict[str, tuple[Callable[[Project], None], str]] = {
    "nothing": (no_change, ARGUMENTS),
    "a comment": (lambda p: p.edit("helper.py", "x * 2", "x * 2  # twice"), ARGUMENTS),
    "blank lines and quotes": (
        lambda p: p.edit("train.py", '"data/table.csv"', "'data/table.csv'"),
        ARGUMENTS,
    ),
    "a docstring": (lambda p: p.edit("helper.py", "Scales.", "Doubles."), ARGUMENTS),
    "an unimported file": (lambda p: p.write("unimported.py", "y = 2\n"), ARGUMENTS),
    "a file imported on a dead branch": (lambda p: p.write("dead.py", "x = 2\n"), ARGUMENTS),
    "data touched": (touch, ARGUMENTS),
    "unread data": (lambda p: p.write("data/unread.csv", "10\n"), ARGUMENTS),
    "an unread variable": (set_variable("UNREAD", "1"), ARGUMENTS),
    "lr as 1e-1": (no_change, ARGUMENTS.replace("0.1", "1e-1")),
    "epochs as 3.0": (no_change, ARGUMENTS.replace("epochs 3", "epochs 3.0")),
    "a package that is not imported": (lambda p: p.install("other", "2.0.0", ""), ARGUMENTS),
    "another inode of the same content": (replace_by_the_same, ARGUMENTS),
    "every file written again": (rewrite_every_file, ARGUMENTS),
    "the project moved": (move_the_project, ARGUMENTS),
}

MISS: dict[str, Callable[[Project], None]] = {
    "a docstring that is looked at": lambda p: p.edit(
        "helper.py", "    return x * 2", "    return x * len(scale.__doc__)"
    ),
    "what a helper does": lambda p: p.edit("helper.py", "x * 2", "x * 3"),
    "an unused function of an imported file": lambda p: p.edit("helper.py", "x + 1", "x + 2"),
    "a file that shadows a module": lambda p: p.write("csv.py", "raise SystemExit(1)\n"),
    "data": lambda p: p.write("data/table.csv", "1\n22\n"),
    "data of the same size and time": edit_in_place_with_the_same_times,
    "data that a forked worker reads": lambda p: p.write("worker.txt", "v"),
    "data that a C library reads": lambda p: p.write("native.bin", "m"),
    "a new shard": lambda p: p.write("shards/b.txt", "b"),
    "an optional file that exists() asks for": lambda p: p.write("extra.json", "5"),
    "an optional file that open() asks for": lambda p: p.write("override.txt", "5"),
    "a variable that is read": set_variable("SCALE", "2"),
}


@pytest.mark.parametrize("what", EXACT)
def test_the_same_run_is_found(project: Project, what: str) -> None:
    change, arguments = EXACT[what]
    change(project)
    assert project.check(arguments) == (0, {**project.check(arguments)[1], "level": "exact"})


@pytest.mark.parametrize("what", MISS)
def test_another_run_is_never_taken_for_it(project: Project, what: str) -> None:
    MISS[what](project)
    code, answer = project.check()
    assert code in (11, 13), answer
    assert answer["differences"], answer


@pytest.mark.parametrize(
    ("arguments", "level"),
    [
        (ARGUMENTS.replace("num-workers 0", "num-workers 8"), "equivalent"),
        (ARGUMENTS.replace("output-dir out", "output-dir elsewhere"), "equivalent"),
        (ARGUMENTS.replace("seed 0", "seed 1"), "replicate"),
        (ARGUMENTS.replace("lr 0.1", "lr 0.11"), "near"),
    ],
)
def test_settings_count_by_what_they_do(project: Project, arguments: str, level: str) -> None:
    assert project.check(arguments)[1]["level"] == level


def test_another_version_of_an_imported_package_is_near_by_its_environment(
    project: Project,
) -> None:
    project.install("mylib", "1.1.0", "def shift(x):\n    return x + 1\n")
    code, answer = project.check()
    assert (code, answer["level"]) == (11, "near-env")


def test_of_several_differences_the_worst_decides(project: Project) -> None:
    project.install("mylib", "1.1.0", "def shift(x):\n    return x + 1\n")
    project.edit("helper.py", "x * 2", "x * 2  # twice")
    arguments = ARGUMENTS.replace("lr 0.1", "lr 0.11").replace("num-workers 0", "num-workers 8")
    assert project.check(arguments)[1]["level"] == "near"
