"""Fourteen made-up functions that each hold one difficulty of real searches; optima known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from search.problem import Problem, numbers
from search.space import Config, Space, log_float, log_int

Function = Callable[[np.ndarray], float]


def branin(x: np.ndarray) -> float:
    """Three equal minima in two dimensions."""
    bowl = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return float(bowl**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10)


HARTMANN_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
HARTMANN_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])


def hartmann6(x: np.ndarray) -> float:
    """Four narrow wells in six dimensions; more dimensions than six do nothing."""
    far = (HARTMANN_A * (x[:6] - HARTMANN_P) ** 2).sum(axis=1)
    return -float(HARTMANN_WEIGHTS @ np.exp(-far))


def ackley(x: np.ndarray) -> float:
    """A needle in a wavy plain."""
    distance = math.sqrt(float((x**2).mean()))
    waves = float(np.cos(2 * math.pi * x).mean())
    return 20 - 20 * math.exp(-0.2 * distance) + math.e - math.exp(waves)


def levy(x: np.ndarray) -> float:
    """Ripples across a valley."""
    w = 1 + (x - 1) / 4
    body = (w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return float(math.sin(math.pi * w[0]) ** 2 + body.sum() + last)


def rosenbrock(x: np.ndarray) -> float:
    """A narrow bent valley."""
    return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())


def styblinski_tang(x: np.ndarray) -> float:
    """Two wells along every axis, one deeper."""
    return float((x**4 - 16 * x**2 + 5 * x).sum() / 2)


def rotated_ellipsoid(x: np.ndarray) -> float:
    """A bowl a thousand times steeper one way than the other, along no axis."""
    d = len(x)
    turn, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((d, d)))
    return float((10 ** (3 * np.arange(d) / (d - 1)) * (turn @ (x - 0.7)) ** 2).sum())


def rastrigin(x: np.ndarray) -> float:
    """A well at every whole number."""
    return float((x**2 - 10 * np.cos(2 * math.pi * x) + 10).sum())


def box(dimensions: int, low: float, high: float) -> Space:
    """The same range along every axis."""
    return {
        "parameters": {f"x{i}": {"min": low, "max": high} for i in range(dimensions)},
    }


DIVERGED = math.log(10)  # what a classifier of ten classes loses when it says nothing
BEST_LOSS = 0.12

TRAINING: dict[str, Any] = {
    "lr": log_float(1e-5, 1.0),
    "momentum": {"min": 0.0, "max": 0.99},
    "weight_decay": log_float(1e-7, 1e-1),
    "dropout": {"min": 0.0, "max": 0.8},
}
ARCHITECTURE: dict[str, Any] = {
    "depth": {"min": 1, "max": 8},
    "width": log_int(16, 1024),
    "optimizer": {"values": ["sgd", "adam", "rmsprop"]},
    "schedule": {"values": ["constant", "step", "cosine"]},
}
# By optimizer: the best effective learning rate as a power of ten, and what it costs at its best.
BEST_RATE = {"sgd": (-1.2, 0.0), "adam": (-2.6, 0.03), "rmsprop": (-2.9, 0.06)}
SCHEDULE_LOSS = {"constant": 0.06, "step": 0.02, "cosine": 0.0}


def training(config: Config) -> float:
    """A loss as training gives it: momentum trades against the learning rate, and above a threshold
    it diverges to a plateau where nothing tells the way back."""
    optimizer = config.get("optimizer", "sgd")
    best_rate, optimizer_loss = BEST_RATE[optimizer]
    rate = math.log10(config["lr"] / (1 - config["momentum"]))
    depth, width = config.get("depth", 4), config.get("width", 256)
    # Deep nets bear less; a schedule that decays bears more.
    best_rate -= 0.06 * (depth - 4) - (0.2 if config.get("schedule", "cosine") == "cosine" else 0)
    if rate > best_rate + 0.9:
        return DIVERGED
    off_rate = (rate - best_rate) / (1.0 if rate < best_rate else 0.6)
    decay = math.log10(config["weight_decay"])
    room = math.log2(width) - 8 + 0.5 * (depth - 4)
    best_dropout = min(max(0.25 + 0.1 * room, 0.0), 0.8)
    loss = BEST_LOSS + optimizer_loss + SCHEDULE_LOSS[config.get("schedule", "cosine")]
    loss += 0.25 * off_rate**2 + 0.03 * (decay + 3.5) ** 2
    loss += 0.9 * (config["dropout"] - best_dropout) ** 2
    loss += 0.02 * (depth - 4) ** 2 + 0.03 * (math.log2(width) - 8) ** 2
    return BEST_LOSS + (DIVERGED - 0.2 - BEST_LOSS) * math.tanh((loss - BEST_LOSS) / 1.5)


def of_vector(function: Function, dimensions: int) -> Callable[[Config], float]:
    """A function of a vector as one of a configuration."""
    names = [f"x{i}" for i in range(dimensions)]
    return lambda config: function(numbers(config, names))


def plus_noise(
    truth: Callable[[Config], float], sd: float
) -> Callable[[Config, np.random.Generator], float]:
    """The truth and a normal deviation."""
    return lambda config, noise: truth(config) + sd * float(noise.standard_normal())


def problems() -> list[Problem]:
    """The set S."""
    found = []
    for name, function, dimensions, low, high, optimum in (
        ("hartmann6", hartmann6, 6, 0.0, 1.0, -3.322368011),
        ("hartmann6_in_20", hartmann6, 20, 0.0, 1.0, -3.322368011),
        ("ackley5", ackley, 5, -32.768, 32.768 * 0.8, 0.0),
        ("levy8", levy, 8, -10.0, 10.0, 0.0),
        ("rosenbrock6", rosenbrock, 6, -2.048, 2.048, 0.0),
        ("styblinski_tang6", styblinski_tang, 6, -5.0, 5.0, -39.166165704 * 6),
        ("rotated_ellipsoid5", rotated_ellipsoid, 5, -5.0, 5.0, 0.0),
        ("rastrigin3", rastrigin, 3, -5.12, 4.6, 0.0),
    ):
        truth = of_vector(function, dimensions)
        found.append(Problem(name, "synthetic", box(dimensions, low, high), truth, None, optimum))
    ranges = {"parameters": {"x0": {"min": -5.0, "max": 10.0}, "x1": {"min": 0.0, "max": 15.0}}}
    found.append(Problem("branin", "synthetic", ranges, of_vector(branin, 2), None, 0.397887358))
    noisy = of_vector(hartmann6, 6)
    found.append(
        Problem(
            "hartmann6_noisy",
            "synthetic",
            box(6, 0.0, 1.0),
            noisy,
            plus_noise(noisy, 0.15),
            -3.322368011,
        )
    )
    small, whole = {"parameters": TRAINING}, {"parameters": {**TRAINING, **ARCHITECTURE}}
    for name, space in (("training4", small), ("training8", whole)):
        found.append(Problem(name, "synthetic", space, training, None, BEST_LOSS))
        shown = plus_noise(training, 0.05)
        found.append(Problem(f"{name}_noisy", "synthetic", space, training, shown, BEST_LOSS))
    return found
