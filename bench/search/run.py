"""Measures how good search methods are with few trials, on the development set.

Usage: python bench/search/run.py --methods cairn_native,optuna_tpe --problems synthetic,tables \
           --seeds 20 --workers 1,8 -o results.jsonl

One line per (problem, method, seed, workers) is appended to the results; what stands there is not
run again. `bench/search/setup.sh FOLDER` installs the peers, report.py reads the results.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import checkout
from search.methods import NAMES, ONE_THREAD, Child, Installation
from search.problem import Problem
from search.problems import select
from search.simulate import Course, simulate

ROOT = Path(__file__).resolve().parents[2]
DIGITS = 7
# A process is replaced after so many searches: what it leaks is no part of the next one's memory.
SEARCHES_PER_CHILD = 50


@dataclass(frozen=True)
class Search:
    """What one line of the results is about."""

    problem: str
    method: str
    seed: int
    workers: int


def rounded(values: list[float], digits: int) -> list[float]:
    """Numbers as short as they may be."""
    return [float(f"{value:.{digits}g}") for value in values]


def describe(search: Search, course: Course, child: Child, budgets: list[int]) -> dict[str, Any]:
    """One line of the results."""
    return {
        **vars(search),
        "budget": max(budgets),
        "version": child.version,
        "truth": rounded(course.truth, DIGITS),
        "recommended": course.recommended,
        "ask_ms": rounded([1000 * s for s in course.ask_s], 3),
        "tell_ms": float(f"{1000 * sum(course.tell_s) / max(len(course.tell_s), 1):.3g}"),
        "memory_mb": child.memory_mb(),
    }


class Runner:
    """Runs searches in one process, with a child for the method it ran last."""

    def __init__(
        self, installation: Installation, problems: dict[str, Problem], budgets: list[int]
    ) -> None:
        self.x_installation, self.x_problems, self.x_budgets = installation, problems, budgets
        self.x_child: Child | None = None
        self.x_method, self.x_searches = "", 0

    def child(self, method: str) -> Child:
        """The method's process."""
        if self.x_child and (self.x_method != method or self.x_searches >= SEARCHES_PER_CHILD):
            self.close()
        if not self.x_child:
            self.x_child = Child(self.x_installation, method)
            self.x_method, self.x_searches = method, 0
        self.x_searches += 1
        return self.x_child

    def close(self) -> None:
        """Ends the process."""
        if self.x_child:
            self.x_child.close()
            self.x_child = None

    def run(self, search: Search) -> dict[str, Any]:
        """One search; what went wrong is a line, too."""
        problem = self.x_problems[search.problem]
        try:
            child = self.child(search.method)
            child.begin(problem, search.seed, max(self.x_budgets))
            course = simulate(problem, child, search.seed, search.workers, self.x_budgets)
            return describe(search, course, child, self.x_budgets)
        except Exception as error:  # of a method, or of a configuration that is none of the space
            self.close()
            return {
                **vars(search),
                "budget": max(self.x_budgets),
                "error": f"{type(error).__name__}: {error}",
            }


RUNNERS: list[Runner] = []  # of a worker process: its own one


def start_worker(installation: Installation, words: str, budgets: list[int]) -> None:
    """What a worker process keeps between searches."""
    os.environ.update(ONE_THREAD)
    RUNNERS.append(Runner(installation, {p.name: p for p in select(words)}, budgets))


def run_in_worker(search: Search) -> dict[str, Any]:
    """A search in a worker process."""
    return RUNNERS[0].run(search)


def read_done(path: Path, budget: int) -> set[Search]:
    """What the results hold already with so many trials, failures included."""
    if not path.exists():
        return set()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {
        Search(row["problem"], row["method"], row["seed"], row["workers"])
        for row in rows
        if row["budget"] >= budget
    }


def plan(options: argparse.Namespace, budget: int) -> list[Search]:
    """What is to be run: whole seeds of everything first, so that any stop leaves fair results."""
    done = read_done(options.output, budget)
    searches = [
        Search(problem.name, method, seed, workers)
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for method in options.methods.split(",")
        for workers in (int(count) for count in options.workers.split(","))
        for problem in select(options.problems)
    ]
    return [search for search in searches if search not in done]


def results_of(
    searches: list[Search], options: argparse.Namespace, budgets: list[int]
) -> Iterator[dict[str, Any]]:
    """The results in the order in which they come."""
    settings = (Installation(options.peers, options.build), options.problems, budgets)
    with multiprocessing.Pool(options.jobs, start_worker, settings) as pool:
        yield from pool.imap_unordered(run_in_worker, searches)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", default="all", help="suites or names, between commas")
    parser.add_argument("--methods", default="cairn_native,optuna_tpe,random")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budgets", default="15,30,60,128", help="trials; the largest is run")
    parser.add_argument("--workers", default="1,8")
    parser.add_argument("--jobs", type=int, default=2, help="searches at a time")
    parser.add_argument("--peers", type=Path, default=Path("/tmp/cairn-search-peers"))
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    for name in options.methods.split(","):
        if name not in NAMES:
            parser.error(f"expected one of {', '.join(NAMES)}, found '{name}'")
    return options


def main() -> int:
    """Runs what is missing; 1 where a search failed."""
    options = parse()
    budgets = [int(count) for count in options.budgets.split(",")]
    searches, began, failed = plan(options, max(budgets)), time.monotonic(), 0
    if "cairn_python" in options.methods.split(","):
        os.environ.update(checkout.environment(options.build))
    print(f"{len(searches)} searches of {max(budgets)} trials", flush=True)
    with options.output.open("a") as output:
        for at, row in enumerate(results_of(searches, options, budgets), 1):
            print(json.dumps(row), file=output, flush=True)
            if "error" in row:
                failed += 1
                print(f"{row['method']} on {row['problem']}, seed {row['seed']}: {row['error']}")
            spent_s = time.monotonic() - began
            if at % 100 == 0 or at == len(searches):
                left_s = spent_s / at * (len(searches) - at)
                print(f"{at} of {len(searches)}, {spent_s:.0f} s, {left_s:.0f} s left", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
