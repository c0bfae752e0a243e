"""A part of COCO's bbob suite: black boxes that are shifted, rotated and bent, by `cocoex`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from search.problem import Problem, numbers
from search.space import Config

DIMENSIONS = (2, 5, 10)
# What each function has at its optimum, by instance from 1 on; the same in every dimension.
LEAST = {
    1: (79.48, 394.48, -247.11),
    3: (-462.09, 77.66, 115.68),
    6: (35.9, 31.37, -1000.0),
    8: (149.15, -1000.0, 98.62),
    10: (-54.94, 59.13, -491.53),
    12: (-621.11, -254.82, 56.61),
    15: (1000.0, 70.03, -48.22),
    20: (-546.5, 1000.0, 208.38),
    22: (-1000.0, 1000.0, -49.13),
    24: (102.61, 93.3, 13.64),
}


@cache
def suite() -> Any:
    """COCO's own suite; the library is loaded only where it is asked."""
    import cocoex

    return cocoex.Suite("bbob", "instances: 1-3", "dimensions: 2,5,10")


@cache
def function(number: int, dimensions: int, instance: int) -> Any:
    """One of COCO's problems."""
    return suite().get_problem_by_function_dimension_instance(number, dimensions, instance)


def truth_of(number: int, dimensions: int, instance: int) -> Callable[[Config], float]:
    """How far above its optimum a configuration is."""
    names = [f"x{i}" for i in range(dimensions)]

    def truth(config: Config) -> float:
        value = function(number, dimensions, instance)(numbers(config, names))
        return float(value) - LEAST[number][instance - 1]

    return truth


def problems() -> list[Problem]:
    """Ten functions, three instances, three dimensions."""
    found = []
    for dimensions in DIMENSIONS:
        space = {"parameters": {f"x{i}": {"min": -5.0, "max": 5.0} for i in range(dimensions)}}
        for number, least in LEAST.items():
            for instance in range(1, len(least) + 1):
                truth = truth_of(number, dimensions, instance)
                name = f"bbob_f{number}_d{dimensions}_i{instance}"
                found.append(Problem(name, "bbob", space, truth, None, 0.0))
    return found
