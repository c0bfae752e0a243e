#!/usr/bin/env python3
"""Runs the tests in C++ (ctest), Python (pytest) and TypeScript (vitest); ends with a line that
counts them: `N passed, N failed`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Counts(NamedTuple):
    """Outcomes of tests or gates; a test that could not run has failed."""

    passed: int = 0
    failed: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(self.passed + other.passed, self.failed + other.failed)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


class Case(NamedTuple):
    """One test of a JUnit report."""

    name: str
    outcome: str  # passed, failed, skipped
    output: str


def read_junit(path: Path) -> Iterator[Case]:
    """The cases of a report by ctest, pytest or vitest."""
    for case in ET.parse(path).iter("testcase"):
        skipped = case.find("skipped")
        outcome = "passed"
        if case.find("failure") is not None or case.find("error") is not None:
            outcome = "failed"
        elif skipped is not None or case.get("status") in ("notrun", "disabled"):
            # ctest reports a test it could not start as skipped too; only a test's own word counts.
            message = "" if skipped is None else skipped.get("message", "")
            could_not_run = case.get("status") == "notrun" and not message.startswith("SKIP_")
            outcome = "failed" if could_not_run else "skipped"
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        yield Case(name, outcome, case.findtext("system-out") or "")


def count_report(report: Path, exit_code: int, show_output: bool) -> Counts:
    """Counts a report and names what failed or was skipped; no report is one failure."""
    if not report.exists():
        print(f"expected a test report, found none ({report})")
        return Counts(failed=1)
    cases = list(read_junit(report))
    for case in cases:
        if case.outcome == "skipped":
            print(f"skipped: {case.name}")
        elif case.outcome == "failed":
            print(f"FAILED: {case.name}")
            if show_output:
                print(case.output)
    failed = sum(case.outcome == "failed" for case in cases)
    if exit_code != 0 and failed == 0:
        print(f"the test runner ended with exit code {exit_code}")
        failed = 1
    return Counts(sum(case.outcome == "passed" for case in cases), failed)


def run_ctest(build: Path, exclude_label: str = "") -> Counts:
    """Every test that CMake knows in `build`, in parallel."""
    report = build / "ctest.xml"
    report.unlink(missing_ok=True)
    command = ["ctest", "--test-dir", str(build), "--quiet", "--no-tests=error"]
    command += ["--parallel", str(os.cpu_count() or 2), "--output-junit", str(report)]
    if exclude_label:
        command += ["--label-exclude", exclude_label]
    return count_report(report, subprocess.call(command), show_output=True)


def run_pytest(build: Path) -> Counts:
    """The tests of the Python package and of the house (pyproject.toml lists the folders)."""
    report = build / "pytest.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}"]
    return count_report(report, subprocess.call(command, cwd=ROOT), show_output=False)


def run_vitest(build: Path) -> Counts:
    """The tests of the page: of its parts, then its journeys in a browser against build/release."""
    report = build / "vitest.xml"
    report.unlink(missing_ok=True)
    command = ["node", "node_modules/vitest/vitest.mjs", "run", "--reporter=dot"]
    command += ["--reporter=junit", f"--outputFile.junit={report}"]
    return count_report(report, subprocess.call(command, cwd=ROOT / "web"), show_output=False)


RUNNERS = {"cpp": run_ctest, "python": run_pytest, "web": run_vitest}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--only", choices=RUNNERS, help="run those of one language")
    arguments = parser.parse_args()

    total = Counts()
    for language, run in RUNNERS.items():
        if arguments.only in (None, language):
            total = total.plus(run(arguments.build))
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
