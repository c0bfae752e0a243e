"""Runs specs: given / when / then as text, against the real binary.

A spec is a sequence of scenarios, each in a fresh folder of its own:

    scenario: a run that failed shows why
    given a run r1 in digits          the indented lines are acts for spec_recorder
      log loss=3
      exit 1
    given 40 runs s in digits         the same for s0, s1, ..; {i}, {a} and {b} stand for the number
      config lr {a}                   of the run and for two numbers spread evenly over 0 to 1, and
      log loss={0.1 + a * b}          what is computed from them stands for its value
    given a file notes.txt            the indented lines are its content
      anything
    $ cairn ls digits                 a command for the shell
      name id state ...               what it prints, both streams together
    exits 1                           its exit code, when it is not 0

In what is printed, runs of spaces count as one, `<*>` stands for any text within a line and a line
`...` for any lines.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

COMMAND_LIMIT_S = 30
COLUMNS = "100"


@dataclass
class Step:
    """One head line with the indented lines below it."""

    line_number: int
    head: str
    body: list[str] = field(default_factory=list)
    exit_code: int = 0


@dataclass
class Scenario:
    """Steps that share a folder."""

    name: str
    steps: list[Step] = field(default_factory=list)


class SpecError(Exception):
    """The spec itself cannot be read, or what it says is not so."""


def parse_spec(path: Path) -> list[Scenario]:
    """Reads a spec's scenarios."""
    scenarios: list[Scenario] = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("scenario:"):
            scenarios.append(Scenario(line.removeprefix("scenario:").strip()))
            continue
        if not scenarios:
            raise SpecError(f"{path}:{number}: expected 'scenario: ...' first")
        steps = scenarios[-1].steps
        if line.startswith("  "):
            if not steps:
                raise SpecError(f"{path}:{number}: expected a step before indented lines")
            steps[-1].body.append(line[2:])
        elif match := re.fullmatch(r"exits (\d+)", line):
            steps[-1].exit_code = int(match[1])
        elif line.startswith(("$ ", "given ")):
            steps.append(Step(number, line))
        else:
            raise SpecError(f"{path}:{number}: expected 'given', '$' or 'exits', found '{line}'")
    return scenarios


def squeeze(line: str) -> str:
    """A line as it is compared."""
    return re.sub(r" +", " ", line.strip())


def pattern_of(expected: list[str]) -> re.Pattern[str]:
    """The expected lines as one regular expression over squeezed lines."""
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            pieces = [re.escape(piece) for piece in squeeze(line).split("<*>")]
            parts.append(r"[^\n]*".join(pieces) + r"\n")
    return re.compile("".join(parts))


# Of the plastic number: consecutive multiples, less their whole part, fill the unit square evenly.
EVEN = (0.7548776662466927, 0.5698402909980532)


def fill_in(text: str, i: int) -> str:
    """What is in braces, computed for the i-th of several runs."""
    names = {"i": i, "a": (0.5 + i * EVEN[0]) % 1, "b": (0.5 + i * EVEN[1]) % 1}
    return re.sub(r"\{([^{}]+)\}", lambda match: str(eval(match[1], {}, names)), text)


class Runner:
    """Runs scenarios with one binary and one recorder."""

    def __init__(self, cairn: Path, recorder: Path) -> None:
        self.cairn = cairn
        self.recorder = recorder

    def environment(self, folder: Path) -> dict[str, str]:
        """As empty as a user's can be, so that no machine's settings are seen."""
        return {
            "PATH": f"{self.cairn.parent}:{os.environ.get('PATH', '')}",
            "HOME": str(folder),
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": COLUMNS,
            "CAIRN_DIR": str(folder / ".cairn"),
        }

    def run(self, scenario: Scenario) -> None:
        """Runs every step; raises SpecError at the first that is not as written."""
        with tempfile.TemporaryDirectory(prefix="cairn-spec-") as name:
            folder = Path(name)
            for step in scenario.steps:
                if step.head.startswith("$ "):
                    self.expect(step, folder)
                else:
                    self.prepare(step, folder)

    def prepare(self, step: Step, folder: Path) -> None:
        """A run or a file that is given."""
        text = "".join(f"{line}\n" for line in step.body)
        if match := re.fullmatch(r"given a file (\S+)", step.head):
            (folder / match[1]).write_text(text)
            return
        if match := re.fullmatch(r"given (\d+) runs (\S+) in (\S+)", step.head):
            for i in range(int(match[1])):
                self.record(step, match[3], f"{match[2]}{i}", fill_in(text, i), folder)
            return
        match = re.fullmatch(r"given a run (\S+) in (\S+)", step.head)
        if not match:
            raise SpecError(f"line {step.line_number}: nobody knows '{step.head}'")
        self.record(step, match[2], match[1], text, folder)

    def record(self, step: Step, project: str, run: str, acts: str, folder: Path) -> None:
        """A run, by spec_recorder."""
        done = subprocess.run(
            [str(self.recorder), project, run],
            input=acts,
            env=self.environment(folder),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT_S,
            check=False,
        )
        is_expected = done.returncode == 0 or "crash" in step.body
        if not is_expected or done.stderr:
            raise SpecError(f"line {step.line_number}: {step.head}: {done.stderr}")

    def expect(self, step: Step, folder: Path) -> None:
        """A command, what it prints and how it ends."""
        done = subprocess.run(
            ["bash", "-c", step.head.removeprefix("$ ")],
            env=self.environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_LIMIT_S,
            check=False,
        )
        printed = done.stdout.decode(errors="replace").replace(str(folder), "FOLDER")
        squeezed = "".join(f"{squeeze(line)}\n" for line in printed.splitlines() if line.strip())
        if not pattern_of(step.body).fullmatch(squeezed):
            expected = "".join(f"  {line}\n" for line in step.body)
            raise SpecError(
                f"line {step.line_number}: {step.head}\nexpected:\n{expected}found:\n{printed}"
            )
        if done.returncode != step.exit_code:
            raise SpecError(
                f"line {step.line_number}: {step.head}\n"
                f"expected exit code {step.exit_code}, found {done.returncode}\n{printed}"
            )


def main() -> int:
    """Runs the spec files given; 1 when one is not as written."""
    parser = argparse.ArgumentParser(description="Runs specs against the real binary.")
    parser.add_argument("--cairn", type=Path, required=True, help="the binary")
    parser.add_argument("--recorder", type=Path, required=True, help="spec_recorder")
    parser.add_argument("specs", type=Path, nargs="+")
    arguments = parser.parse_args()
    runner = Runner(arguments.cairn.resolve(), arguments.recorder.resolve())
    failed = 0
    for path in arguments.specs:
        for scenario in parse_spec(path):
            try:
                runner.run(scenario)
                print(f"ok      {path.stem}: {scenario.name}")
            except SpecError as error:
                failed += 1
                print(f"FAILED  {path.stem}: {scenario.name}\n{error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
