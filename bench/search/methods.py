"""The methods that are compared, each a child process that is asked and told in JSON lines."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.peer import METHODS
from search.problem import Problem
from search.space import Config

ANSWER_S = 600  # after which a method counts as hung
HERE = Path(__file__).resolve().parent
# These need libraries of their time: the second environment that setup.sh makes.
OLDER = {"optuna49_tpe", "wandb", "hebo"}
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
# The algorithms of Cairn by themselves (native.cc), by the name of the method they are given.
NATIVE = {
    "cairn_native": "auto",
    **{
        f"cairn_{name}": name for name in ("gp", "tpe", "random", "sobol", "cma_es", "trust_region")
    },
}
NAMES = [*METHODS, *NATIVE]


class MethodError(Exception):
    """A method that ended, or answered nothing that can be read."""


@dataclass(frozen=True)
class Installation:
    """Where methods are: the folder of setup.sh, and a build folder of Cairn."""

    peers: Path
    build: Path

    def command(self, method: str) -> list[str]:
        """What to start."""
        if method in NATIVE:
            return [str(self.build / "bench" / "search" / "search_native"), NATIVE[method]]
        environment = "older" if method in OLDER else "newer"
        python = self.peers / environment / "bin" / "python"
        if method == "cairn_python":
            python = Path(sys.executable)
        return [str(python), str(HERE / "peer.py"), method]


class Child:
    """One method's process; serves any number of searches, one after the other."""

    version = ""  # of the library, once a search has begun

    def __init__(self, installation: Installation, method: str) -> None:
        self.x_process = subprocess.Popen(
            installation.command(method),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
            text=True,
        )

    def say(self, line: dict[str, Any]) -> dict[str, Any]:
        """Its answer to a line."""
        assert self.x_process.stdin is not None and self.x_process.stdout is not None
        try:
            self.x_process.stdin.write(json.dumps(line) + "\n")
            self.x_process.stdin.flush()
            if not select.select([self.x_process.stdout], [], [], ANSWER_S)[0]:
                raise MethodError(f"expected an answer within {ANSWER_S} s, found none")
            said: dict[str, Any] = json.loads(self.x_process.stdout.readline())
        except (OSError, ValueError) as error:
            raise MethodError(
                f"expected an answer to {next(iter(line))}, found the end of it"
            ) from error
        if "error" in said:
            raise MethodError(str(said["error"]))
        return said

    def begin(self, problem: Problem, seed: int, budget: int) -> None:
        """A new search."""
        begin = {"space": problem.space, "seed": seed, "budget": budget}
        self.version = str(self.say({"begin": begin})["version"])

    def ask(self, number: int) -> tuple[Config | None, float]:
        """The configuration of a trial, and the seconds it took; none: exhausted."""
        said = self.say({"ask": number})
        return said["config"], said["seconds"]

    def tell(self, number: int, value: float) -> float:
        """Tells a result; the seconds it took."""
        return float(self.say({"tell": [number, value]})["seconds"])

    def best(self) -> int | None:
        """The trial that it recommends; none: it leaves that to what was shown."""
        number: int | None = self.say({"best": True})["best"]
        return number

    def memory_mb(self) -> float:
        """The most memory it has had so far."""
        status = Path(f"/proc/{self.x_process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return round(int(peak.split()[1]) / 1024, 1)

    def close(self) -> None:
        """Ends it."""
        assert self.x_process.stdin is not None
        self.x_process.kill()
        self.x_process.stdin.close()
        self.x_process.wait()
