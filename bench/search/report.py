"""What results of run.py say: scores, ranks, comparisons and costs, as Markdown and JSON.

Usage: python bench/search/report.py RESULTS.jsonl... [--against METHOD] [--peers FOLDER] [-o NAME]

Writes bench/results/<date>-search-<machine>.md and .json, or NAME.md and NAME.json.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import checkout
from run import write_table
from search import cache, scoring
from search.problems import SUITES, all_problems
from search.scoring import Cell, Comparison, Scale

Row = dict[str, Any]
WARM_UP = 10  # first asks, of the initial design, that latencies leave out


def read_rows(paths: Iterable[Path]) -> list[Row]:
    """All searches that did not fail; the longest of each."""
    found: dict[tuple[Any, ...], Row] = {}
    for path in paths:
        for line in path.read_text().splitlines():
            row = json.loads(line)
            key = (row["problem"], row["method"], row["seed"], row["workers"])
            if "error" not in row and row["budget"] >= found.get(key, row)["budget"]:
                found[key] = row
    return list(found.values())


def middles(names: set[str]) -> dict[str, float]:
    """The median random trial of each problem, from the cache where it is there."""
    path = cache.folder() / "middles.json"
    known: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    missing = names - set(known)
    if missing:
        problems = all_problems()
        known |= {name: problems[name].median_of_random() for name in sorted(missing)}
        cache.replace(path, json.dumps(known, indent=1).encode())
    return known


def make_scales(rows: list[Row]) -> dict[str, Scale]:
    """Each problem's scale; where the optimum is not known, the best that any method found."""
    problems = all_problems()
    best: dict[str, float] = {}
    for row in rows:
        best[row["problem"]] = min([best.get(row["problem"], float("inf")), *row["truth"]])
    middle = middles(set(best))
    scales = {}
    for name, found in best.items():
        optimum = problems[name].known_optimum()
        scales[name] = Scale(found if optimum is None else optimum, middle[name])
    # A problem on which the median random trial is the best there is tells nothing.
    return {name: scale for name, scale in scales.items() if scale.middle > scale.optimum}


def results_at(
    rows: list[Row], budget: int, scales: dict[str, Scale], by_recommendation: bool = False
) -> dict[str, dict[Cell, float]]:
    """By method and cell: the truth of the incumbent, or of what the method recommends."""
    results: dict[str, dict[Cell, float]] = {}
    for row in rows:
        value = scoring.at_budget(row["truth"], budget, row["budget"])
        if by_recommendation and value is not None:
            value = row.get("recommended", {}).get(str(budget), value)
        if value is not None and row["problem"] in scales:
            results.setdefault(row["method"], {})[row["problem"], row["seed"]] = value
    return results


def of_suite(
    results: dict[str, dict[Cell, float]], names: set[str]
) -> dict[str, dict[Cell, float]]:
    """The part of the results on some problems."""
    parts = {
        method: {cell: value for cell, value in cells.items() if cell[0] in names}
        for method, cells in results.items()
    }
    return {method: cells for method, cells in parts.items() if cells}


def shared_part(results: dict[str, dict[Cell, float]]) -> dict[str, dict[Cell, float]]:
    """The part of the results on cells that all methods have."""
    cells = scoring.shared_cells(results)
    return {method: {cell: of[cell] for cell in cells} for method, of in results.items()}


COMPARISON = """Gain in points, its 95 % interval, p of no difference (Wilcoxon over tasks, Holm),
tasks won : lost; on the searches that both have."""


class Report:
    """The figures of one number of workers; methods in the order of their rank at the end."""

    def __init__(self, rows: list[Row], budgets: list[int], against: str) -> None:
        self.x_rows, self.x_budgets, self.x_against = rows, budgets, against
        self.x_scales = make_scales(rows)
        self.x_results = {budget: results_at(rows, budget, self.x_scales) for budget in budgets}
        self.x_recommended = {
            budget: results_at(rows, budget, self.x_scales, by_recommendation=True)
            for budget in budgets
        }

    def standing(self, results: dict[str, dict[Cell, float]]) -> dict[str, dict[str, float]]:
        """Score and rank of each method on the cells that all of them have."""
        shared = shared_part(results)
        if not any(shared.values()):
            return {}
        ranks = scoring.average_ranks(shared)
        return {
            method: {
                "score": scoring.score(scoring.task_losses(cells, self.x_scales)),
                "rank": ranks[method],
            }
            for method, cells in shared.items()
        }

    def comparisons(self, budget: int) -> dict[str, Comparison]:
        """The method in question against every other one, adjusted for their number."""
        results = self.x_results[budget]
        ours = results.get(self.x_against, {})
        found = {
            method: compared
            for method, cells in results.items()
            if method != self.x_against
            and (compared := scoring.compare(ours, cells, self.x_scales)) is not None
        }
        adjusted = scoring.holm([compared.p for compared in found.values()])
        return {
            method: dataclasses.replace(compared, p=p)
            for (method, compared), p in zip(found.items(), adjusted)
        }

    def latencies(self) -> dict[str, dict[str, float]]:
        """What asking costs, and how much memory the method's process came to."""
        found = {}
        for method in sorted({row["method"] for row in self.x_rows}):
            rows = [row for row in self.x_rows if row["method"] == method]
            asks = np.concatenate([row["ask_ms"][WARM_UP:] for row in rows])
            found[method] = {
                "ask_p50_ms": float(np.percentile(asks, 50)),
                "ask_p99_ms": float(np.percentile(asks, 99)),
                "tell_mean_ms": float(np.mean([row["tell_ms"] for row in rows])),
                "memory_mb": max(row["memory_mb"] for row in rows),
            }
        return found

    def standings_table(
        self, names: set[str], by_budget: dict[int, dict[str, dict[Cell, float]]]
    ) -> str:
        """Score / rank by method and budget; nothing where the methods share no cell."""
        standings, cells = {}, {}
        for budget, results in by_budget.items():
            part = of_suite(results, names)
            standings[budget] = self.standing(part)
            cells[budget] = len(scoring.shared_cells(part))
        last = standings[self.x_budgets[-1]] or standings[self.x_budgets[0]]
        lines = []
        for method in sorted(last, key=lambda m: last[m]["rank"]):
            line = [method]
            for budget in self.x_budgets:
                of = standings[budget].get(method)
                line.append(f"{of['score']:.1f} / {of['rank']:.2f}" if of else "")
            lines.append(tuple(line))
        head = ("score / rank", *(f"{budget} trials" for budget in self.x_budgets))
        counts = ("searches each", *(str(cells[budget]) for budget in self.x_budgets))
        return write_table([*lines, counts], head) if lines else "No search is shared by all."

    def comparisons_table(self) -> str:
        """The method in question against each other one."""
        lines: dict[str, list[str]] = {}
        for budget in self.x_budgets:
            for method, c in self.comparisons(budget).items():
                text = (
                    f"{c.gain:+.1f} [{c.low:+.1f}, {c.high:+.1f}] p={c.p:.2g} {c.wins}:{c.losses}"
                )
                empty = [method, *[""] * len(self.x_budgets)]
                lines.setdefault(method, empty)[1 + self.x_budgets.index(budget)] = text
        head = (f"{self.x_against} against", *(f"{budget} trials" for budget in self.x_budgets))
        return write_table([tuple(line) for line in lines.values()], head)

    def document(self) -> dict[str, Any]:
        """All figures, for programs."""
        return {
            "standings": {budget: self.standing(of) for budget, of in self.x_results.items()},
            "recommended": {b: self.standing(of) for b, of in self.x_recommended.items()},
            "comparisons": {
                budget: {m: dataclasses.asdict(c) for m, c in self.comparisons(budget).items()}
                for budget in self.x_budgets
            },
            "costs": self.latencies(),
        }

    def markdown(self) -> str:
        """All tables."""
        suites = {name: {p.name for p in make()} for name, make in SUITES.items()}
        everything = set().union(*suites.values())
        parts = [
            "### All problems\n\n" + self.standings_table(everything, self.x_results),
            "### All problems, by what each method recommends\n\n"
            + self.standings_table(everything, self.x_recommended),
            f"### {self.x_against} against the others\n\n{COMPARISON}\n\n"
            + self.comparisons_table(),
        ]
        present = {row["problem"] for row in self.x_rows}
        for suite, names in suites.items():
            if names & present:
                parts.append(f"### {suite}\n\n" + self.standings_table(names, self.x_results))
        costs = [
            (method, *(f"{value:.3g}" for value in of.values()))
            for method, of in self.latencies().items()
        ]
        head = ("what it costs", "ask p50 ms", "ask p99 ms", "tell ms", "peak memory MB")
        parts.append("### Costs\n\n" + write_table(costs, head))
        return "\n\n".join(parts)


INTRODUCTION = """# Search: how good the methods are with few trials

Measured {day} on {machine}.

Score: 100 where every problem is solved, 0 at the median random trial; the incumbent is chosen by
what it showed and judged by its truth (bench/search/README.md). Rank: the mean place among the
methods of the table, 1 is best. A table holds the searches that all of its methods have.

Methods: {versions}.
"""


def missing_methods(peers: Path | None) -> str:
    """What setup.sh could not install, with the reason."""
    path = peers / "missing.txt" if peers else None
    if path is None or not path.exists() or not path.read_text().strip():
        return ""
    return "Not installed:\n\n" + "".join(f"- {line}\n" for line in path.read_text().splitlines())


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--against", default="cairn_native")
    parser.add_argument("--methods", default="", help="only these, between commas")
    parser.add_argument("--without", default="", help="not these, between commas")
    parser.add_argument("--budgets", default="15,30,60,128")
    parser.add_argument("--peers", type=Path, help="the folder of setup.sh")
    parser.add_argument("-o", "--output", type=Path)
    return parser.parse_args()


def main() -> None:
    """Reads, counts, writes."""
    options = parse()
    budgets = [int(budget) for budget in options.budgets.split(",")]
    rows = read_rows(options.results)
    wanted = set(options.methods.split(",")) if options.methods else {row["method"] for row in rows}
    wanted -= set(options.without.split(","))
    rows = [row for row in rows if row["method"] in wanted]
    machine = checkout.describe_machine()
    versions = dict(sorted({row["method"]: row["version"] for row in rows}.items()))
    text = INTRODUCTION.format(
        day=checkout.today(),
        machine=checkout.describe(machine),
        versions=", ".join(f"{method} ({version})" for method, version in versions.items()),
    )
    document: dict[str, Any] = {"machine": machine, "versions": versions, "workers": {}}
    for workers in sorted({row["workers"] for row in rows}):
        report = Report([r for r in rows if r["workers"] == workers], budgets, options.against)
        text += f"\n## {workers} worker{'s' if workers > 1 else ''}\n\n{report.markdown()}\n"
        document["workers"][workers] = report.document()
    text += "\n" + missing_methods(options.peers)
    name = f"{checkout.today()}-search-{checkout.slug(machine)}"
    output = options.output or checkout.RESULTS / name
    output.with_suffix(".md").write_text(text.rstrip() + "\n")
    output.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
    print(f"written to {output}.md and .json")


if __name__ == "__main__":
    main()
