"""Sensitivity of the same histories by Optuna's fANOVA, beside report_bench; and SALib's indices.

Usage: report_peers.py [build/release/bench/report_bench], with a Python that has optuna and
scikit-learn, and SALib for the second part. Figures are lines `name value unit`, as all
benchmarks print them; times are processor time of one thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import optuna
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

SIZES = [(200, 10), (1000, 10)]  # what is larger takes it minutes


def figure(name: str, value: float, unit: str) -> None:
    """One line that run.py would read."""
    print(f"{name:<48} {value:>12.4g} {unit}", flush=True)


def friedman(x: np.ndarray) -> np.ndarray:
    """Number 1 of Friedman 1991; columns beyond the fifth are idle."""
    result: np.ndarray = (
        10 * np.sin(np.pi * x[:, 0] * x[:, 1])
        + 20 * (x[:, 2] - 0.5) ** 2
        + 10 * x[:, 3]
        + 5 * x[:, 4]
    )
    return result


def study_of(rows: int, columns: int) -> optuna.Study:
    """Finished trials at random places."""
    random = np.random.default_rng(1)
    x = random.random((rows, columns))
    y = friedman(x) + random.normal(size=rows)
    names = [f"x{c}" for c in range(columns)]
    space = {name: optuna.distributions.FloatDistribution(0, 1) for name in names}
    study = optuna.create_study()
    study.add_trials(
        [
            optuna.create_trial(
                params=dict(zip(names, map(float, row))), distributions=space, value=float(value)
            )
            for row, value in zip(x, y)
        ]
    )
    return study


def measure_optuna() -> None:
    """First-order shares of each size; it has no pairs and no intervals."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for rows, columns in SIZES:
        study = study_of(rows, columns)
        for name, evaluator in (
            ("fanova", FanovaImportanceEvaluator(n_trees=64, seed=1)),
            ("ped_anova", PedAnovaImportanceEvaluator()),
        ):
            began = time.process_time()
            evaluator.evaluate(study)
            took_ms = 1000 * (time.process_time() - began)
            figure(f"optuna.{name}.{rows}x{columns}", took_ms, "ms")


def measure_salib() -> None:
    """Indices that SALib estimates from 65,536 x (d + 2) evaluations of the known functions."""
    try:
        from SALib.analyze import sobol
        from SALib.sample import sobol as design
        from SALib.test_functions import Ishigami, Sobol_G
    except ImportError:
        print("SALib is not installed: no indices")
        return
    pi = float(np.pi)
    problems = {
        "ishigami": (Ishigami.evaluate, 3, [-pi, pi]),
        "sobol_g": (Sobol_G.evaluate, 8, [0.0, 1.0]),
        "friedman": (friedman, 5, [0.0, 1.0]),
    }
    for name, (function, columns, bounds) in problems.items():
        problem = {
            "num_vars": columns,
            "names": [f"x{c}" for c in range(columns)],
            "bounds": [bounds] * columns,
        }
        x = design.sample(problem, 65_536, calc_second_order=False, seed=1)
        found = sobol.analyze(problem, function(x), calc_second_order=False, seed=1)
        for c in range(columns):
            figure(f"salib.{name}.x{c}.first_order", float(found["S1"][c]), "share")
            figure(f"salib.{name}.x{c}.total", float(found["ST"][c]), "share")


def main() -> None:
    """Ours first, where its program is named."""
    if len(sys.argv) > 1:
        subprocess.run([sys.argv[1]], check=True)
    measure_optuna()
    measure_salib()


if __name__ == "__main__":
    main()
