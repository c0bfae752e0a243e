#!/usr/bin/env python3
"""Every gate a change must pass, in order, with timings; ends with `N passed, N failed`.

Tests count one by one, every other gate counts as one. A failing gate does not stop the others.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from run_tests import ROOT, Counts, run_ctest, run_pytest, run_vitest

PYTHON = sys.executable


def run(*command: str) -> bool:
    """Whether a command, run at the root of the checkout, succeeded."""
    return subprocess.call(command, cwd=ROOT, stdin=subprocess.DEVNULL) == 0


def gate(*commands: list[str]) -> Counts:
    """One gate: passed when all its commands succeed; stops at the first that does not."""
    return Counts(passed=1) if all(run(*command) for command in commands) else Counts(failed=1)


def build(preset: str, *options: str) -> Counts:
    """Configures from nothing and builds everything; warnings are errors."""
    fresh = ["--fresh", "--log-level=WARNING", "-DCAIRN_WERROR=ON"]
    return gate(
        ["cmake", "--preset", preset, *fresh, *options],
        ["cmake", "--build", "--preset", preset],
    )


def sources(*patterns: str) -> list[str]:
    """Tracked and new files of the checkout that match, as git sees them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return [name for name in listed if (ROOT / name).exists()]


def check_format() -> Counts:
    """C++ as clang-format would write it, Python as ruff would."""
    return gate(
        ["clang-format", "--dry-run", "-Werror", *sources("*.cc", "*.h")],
        [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    )


def check_page() -> Counts:
    """The page's types, and that its JavaScript is within its budget."""
    return gate(
        ["node", "web/node_modules/typescript/bin/tsc", "--noEmit", "--project", "web"],
        ["node", "web/scripts/check_size.mjs", "build/release/web/dist"],
    )


SECTIONS: list[tuple[str, Callable[[], Counts]]] = [
    ("house style", lambda: gate([PYTHON, "tools/check_tidy.py"])),
    ("format", check_format),
    ("ruff", lambda: gate([PYTHON, "-m", "ruff", "check", "--quiet", "."])),
    ("mypy", lambda: gate([PYTHON, "-m", "mypy"])),
    ("build", lambda: build("release", "-DCAIRN_PYTHON=ON", "-DCAIRN_BENCH=ON")),
    ("link", lambda: gate(["tools/link_dev.sh"])),
    ("rooms", lambda: gate([PYTHON, "tools/check_rooms.py", "--build", "build/release"])),
    ("data", lambda: gate([PYTHON, "tools/check_data.py"])),
    ("tests in C++, fuzz corpora", lambda: run_ctest(ROOT / "build/release")),
    ("tests in Python", lambda: run_pytest(ROOT / "build/release")),
    ("page", check_page),
    ("tests in TypeScript", lambda: run_vitest(ROOT / "build/release")),
    ("wheel", lambda: gate(["tools/check_wheel.sh"])),
    ("clang-tidy", lambda: gate([PYTHON, "tools/run_tidy.py", "--build", "build/release"])),
    ("build with asan and ubsan", lambda: build("asan")),
    ("tests with asan and ubsan", lambda: run_ctest(ROOT / "build/asan", exclude_label="package")),
]


def main() -> int:
    total = Counts()
    report = []
    for name, section in SECTIONS:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        counts = section()
        total = total.plus(counts)
        line = f"{name:28} {time.monotonic() - began:7.1f} s   {counts}"
        report.append(line)
        print(f"== {line}", flush=True)
    print("\n" + "\n".join(report))
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
