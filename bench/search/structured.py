"""Spaces with branches and with choices that have no order; optima known."""

from __future__ import annotations

from typing import Any

import numpy as np
from search.problem import Problem, numbers
from search.space import Config, Space, when
from search.synthetic import ackley

LEAVES = {(0, 0): ("x4", "r8"), (0, 1): ("x5", "r8"), (1, 0): ("x6", "r9"), (1, 1): ("x7", "r9")}


def tree(config: Config) -> float:
    """Jenatton et al. 2017: three choices lead to one of four bowls, halves share a number."""
    first = config["x1"]
    leaf, shared = LEAVES[first, config["x3"] if first else config["x2"]]
    return float(config[leaf] ** 2 + 0.1 + config[shared])


def tree_space() -> Space:
    """A parameter for every node, each there only below its branch."""
    bits = {"values": [0, 1]}
    bowl, share = {"min": -1.0, "max": 1.0}, {"min": 0.0, "max": 1.0}
    parameters: dict[str, Any] = dict.fromkeys(("x1", "x2", "x3"), bits)
    parameters |= dict.fromkeys(("x4", "x5", "x6", "x7"), bowl) | {"r8": share, "r9": share}
    conditions = [
        when("x2", "x1", 0),
        when("x3", "x1", 1),
        when("r8", "x1", 0),
        when("r9", "x1", 1),
    ]
    conditions += [when(leaf, "x2", at) for at, leaf in enumerate(("x4", "x5"))]
    conditions += [when(leaf, "x3", at) for at, leaf in enumerate(("x6", "x7"))]
    return {"parameters": parameters, "conditions": conditions}


def valley(x: float, y: float) -> float:
    """Rosenbrock's function."""
    return 100 * (y - x * x) ** 2 + (1 - x) ** 2


def camel(x: float, y: float) -> float:
    """The six-hump camel."""
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + 4 * (y**2 - 1) * y**2


def beale(x: float, y: float) -> float:
    """Beale's function."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def parts(config: Config) -> tuple[float, float, float]:
    """The three functions on one scale, where the continuous parameters are."""
    x, y = 2 * config["x"], 2 * config["y"]
    return valley(x, y) / 300, camel(x, y) / 10, beale(x, y) / 50


FIRST = {"values": ["valley", "camel", "beale"]}
SECOND = {"values": ["valley", "camel", "beale", "beale_2", "beale_3"]}
THIRD = {"values": ["camel", "valley", "beale", "beale_2"]}


def two_choices(config: Config) -> float:
    """Func-2C (Ru et al. 2020): two choices add up functions of two numbers."""
    of = dict(zip(("valley", "camel", "beale"), parts(config)))
    return of[config["first"]] + of[config["second"].split("_")[0]]


def three_choices(config: Config) -> float:
    """Func-3C: a third choice outweighs the other two."""
    valley_part, camel_part, beale_part = parts(config)
    third = {
        "camel": 5 * camel_part,
        "valley": 2 * valley_part,
        "beale": 2 * beale_part,
        "beale_2": 3 * beale_part,
    }
    return two_choices(config) + third[config["third"]]


PLACES = [round(-1 + i / 8, 3) for i in range(17)]
# Names hide the order from every method.
PLACE_OF = {chr(ord("a") + i * 7 % 17): place for i, place in enumerate(PLACES)}


def ackley_5c(config: Config) -> float:
    """Ackley's function of five choices among 17 without an order, and one number."""
    chosen = [PLACE_OF[config[f"c{i}"]] for i in range(5)]
    return ackley(np.append(numbers(config, ["x"]), chosen))


def problems() -> list[Problem]:
    """One problem with branches, three with choices."""
    plane: dict[str, Any] = {name: {"min": -1.0, "max": 1.0} for name in ("x", "y")}
    two: dict[str, Any] = {"first": FIRST, "second": SECOND, **plane}
    three: dict[str, Any] = {"third": THIRD, **two}
    named: dict[str, Any] = {f"c{i}": {"values": sorted(PLACE_OF)} for i in range(5)}
    named["x"] = {"min": -1.0, "max": 1.0}
    camels = -1.031628453489877 / 10
    return [
        Problem("tree", "structured", tree_space(), tree, None, 0.1),
        Problem("func_2c", "structured", {"parameters": two}, two_choices, None, 2 * camels),
        Problem("func_3c", "structured", {"parameters": three}, three_choices, None, 7 * camels),
        Problem("ackley_5c", "structured", {"parameters": named}, ackley_5c, None, 0.0),
    ]
