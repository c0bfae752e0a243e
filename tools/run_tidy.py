#!/usr/bin/env python3
"""Runs clang-tidy over the rooms and the app, in parallel; remembers what was clean.

A file is looked at again when its text, a header of ours that it reads, .clang-tidy or its compile
command changed. What was clean is remembered in build/tidy/ under the hash of all these.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CLEAN = ROOT / "build/tidy"
CLANG_TIDY = "clang-tidy"
GCC_ONLY = ("-include", "-Winvalid-pch")  # both come with a precompiled header


class Unit(NamedTuple):
    """A source file and the command that compiles it, as clang understands it."""

    source: Path
    arguments: list[str]
    output: str


def read_units(build: Path) -> list[Unit]:
    """The rooms' own sources in C++ (tests have the compiler's warnings) and the app, each once.

    C is left out: the shim of the room trace bears the names that libc has.
    """
    units = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = Path(entry["file"])
        if not source.is_relative_to(ROOT) or source.suffix == ".c":
            continue
        if source.name.endswith("_test.cc"):
            continue
        if source.relative_to(ROOT).parts[0] not in ("core", "app"):
            continue
        arguments = shlex.split(entry["command"])
        # A precompiled header of GCC means nothing to clang.
        arguments = [word for word in arguments if word not in GCC_ONLY and "cmake_pch" not in word]
        units[source] = Unit(source, arguments, entry.get("output", ""))
    return sorted(units.values())


def read_dependencies(build: Path) -> dict[str, list[Path]]:
    """Object file -> our own files that were read to build it, from ninja's log."""
    log = subprocess.check_output(["ninja", "-C", str(build), "-t", "deps"], text=True)
    dependencies: dict[str, list[Path]] = {}
    current: list[Path] = []
    for line in log.splitlines():
        if match := re.match(r"(\S+): #deps", line):
            current = dependencies.setdefault(match.group(1), [])
        elif line.startswith("    "):
            path = (build / line.strip()).resolve()
            if path.is_relative_to(ROOT / "core"):
                current.append(path)
    return dependencies


def hash_unit(unit: Unit, dependencies: list[Path], settings: bytes) -> str:
    """Changes with everything that can change clang-tidy's answer about `unit`."""
    digest = hashlib.sha256(settings + shlex.join(unit.arguments).encode())
    for path in sorted({unit.source, *dependencies}):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def look_at(unit: Unit, database: Path) -> str:
    """clang-tidy's findings; empty when clean."""
    command = [CLANG_TIDY, "--quiet", "-p", str(database), str(unit.source)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return ""
    return done.stdout.strip() or done.stderr.strip()


def split_findings(text: str) -> list[str]:
    """Each finding with the lines that show its place."""
    parts = re.split(r"^(?=\S+: (?:error|warning): )", text, flags=re.M)
    return [part.rstrip() for part in parts if part]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--only", default="", help="only sources whose path contains this")
    arguments = parser.parse_args()

    CLEAN.mkdir(parents=True, exist_ok=True)
    build = arguments.build.resolve()
    units = [unit for unit in read_units(build) if arguments.only in str(unit.source)]
    dependencies = read_dependencies(build)
    settings = (ROOT / ".clang-tidy").read_bytes()
    settings += subprocess.check_output([CLANG_TIDY, "--version"])
    hashes = {u.source: hash_unit(u, dependencies.get(u.output, []), settings) for u in units}
    changed = [unit for unit in units if not (CLEAN / hashes[unit.source]).exists()]

    found: set[str] = set()
    with tempfile.TemporaryDirectory() as database, ThreadPoolExecutor(os.cpu_count()) as pool:
        entries = [
            {"directory": str(build), "file": str(u.source), "arguments": u.arguments}
            for u in units
        ]
        (Path(database) / "compile_commands.json").write_text(json.dumps(entries))
        for unit, findings in zip(changed, pool.map(lambda u: look_at(u, Path(database)), changed)):
            if not findings:
                (CLEAN / hashes[unit.source]).touch()
            for finding in split_findings(findings):
                if finding not in found:  # a header's is found again by each file that includes it
                    found.add(finding)
                    print(finding, flush=True)
    print(f"{len(units)} files, {len(changed)} looked at, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
