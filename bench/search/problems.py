"""The development set: every problem by its name. What a method is tuned on; others judge it."""

from __future__ import annotations

from search import bayesmark, bbob, structured, synthetic, tables
from search.problem import Problem

SUITES = {
    "synthetic": synthetic.problems,
    "structured": structured.problems,
    "tables": tables.problems,
    "bayesmark": bayesmark.problems,
    "bbob": bbob.problems,
}


def all_problems() -> dict[str, Problem]:
    """Every problem, suite by suite, the quickest to evaluate first."""
    return {problem.name: problem for make in SUITES.values() for problem in make()}


def select(words: str) -> list[Problem]:
    """The problems named, or of the suites named, by words between commas; `all` for all."""
    known = all_problems()
    found: dict[str, Problem] = {}
    for word in words.split(","):
        if word in known:
            found[word] = known[word]
        elif word == "all" or word in SUITES:
            found |= {p.name: p for p in known.values() if word in ("all", p.suite)}
        else:
            raise SystemExit(f"expected a problem or one of {', '.join(SUITES)}, found '{word}'")
    return list(found.values())
