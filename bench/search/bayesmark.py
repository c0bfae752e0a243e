"""Bayesmark's tasks for today's scikit-learn: five models on three data sets, two metrics each.

The spaces, the split (a fifth is set aside), the five folds and the metrics are Bayesmark's; models
draw with a fixed seed, so that a configuration has one loss. What is dear to evaluate is looked up
in tables that the first use makes (half an hour in all): kNN whole; AdaBoost by its learning rate,
because an ensemble of 100 holds all the smaller ones; lasso for classes by both of its numbers.
There the numbers are those of the nearest place on a fine grid.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from search import cache as kept
from search.problem import Problem
from search.space import Config, log_float, log_int, logit_float

FOLDS = 5
MODELS = ("SVM", "DT", "kNN", "lasso", "ada")
METRICS = {"iris": ("nll", "acc"), "wine": ("nll", "acc"), "diabetes": ("mae", "mse")}
BOOL = {"values": [False, True]}
SPACES: dict[str, dict[str, Any]] = {
    "kNN": {"n_neighbors": {"min": 1, "max": 25}, "p": {"min": 1, "max": 4}},
    "SVM": {"C": log_float(1.0, 1e3), "gamma": log_float(1e-4, 1e-3), "tol": log_float(1e-5, 1e-1)},
    "DT": {
        "max_depth": {"min": 1, "max": 15},
        "min_samples_split": logit_float(0.01, 0.99),
        "min_samples_leaf": logit_float(0.01, 0.49),
        "min_weight_fraction_leaf": logit_float(0.01, 0.49),
        "max_features": logit_float(0.01, 0.99),
        "min_impurity_decrease": {"min": 0.0, "max": 0.5},
    },
    "ada": {"n_estimators": {"min": 10, "max": 100}, "learning_rate": log_float(1e-4, 1e1)},
    "lasso": {"C": log_float(1e-2, 1e2), "intercept_scaling": log_float(1e-2, 1e2)},
}
LASSO_OF_NUMBERS: dict[str, Any] = {
    "alpha": log_float(1e-2, 1e2),
    "fit_intercept": BOOL,
    "normalize": BOOL,
    "max_iter": log_int(10, 5000),
    "tol": log_float(1e-5, 1e-1),
    "positive": BOOL,
}


@dataclass(frozen=True)
class Grid:
    """Places on a scale of powers of ten."""

    first_power: int
    last_power: int
    per_power: int

    def values(self) -> list[float]:
        """The number at every place."""
        places = (self.last_power - self.first_power) * self.per_power + 1
        return [10 ** (self.first_power + at / self.per_power) for at in range(places)]

    def place(self, value: float) -> int:
        """The place nearest to a number."""
        return round((math.log10(value) - self.first_power) * self.per_power)


ADA_RATES = Grid(-4, 1, per_power=40)
LASSO_NUMBERS = Grid(-2, 2, per_power=16)

Fold = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # x and y to learn from, to judge by


def is_classes(data: str) -> bool:
    """Whether the data set's targets are classes."""
    return data != "diabetes"


@cache
def folds(data: str) -> list[Fold]:
    """Four fifths of a data set, split five times."""
    from sklearn import datasets, model_selection

    loaded = getattr(datasets, f"load_{data}")()
    x, _, y, _ = model_selection.train_test_split(
        loaded.data, loaded.target, test_size=0.2, random_state=0, shuffle=True
    )
    of_classes = is_classes(data)
    splitter = (model_selection.StratifiedKFold if of_classes else model_selection.KFold)(FOLDS)
    return [(x[a], y[a], x[b], y[b]) for a, b in splitter.split(x, y)]


def make_lasso_of_numbers(config: Config, rows: int) -> Any:
    """Lasso as it was when it could normalize: columns of length 1, where there is an intercept."""
    from sklearn.linear_model import Lasso
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    settings = dict(config)
    # Columns of length 1 are standardised ones over sqrt(rows); the penalty takes up the factor.
    if not (settings.pop("normalize") and settings["fit_intercept"]):
        return Lasso(**settings)
    settings["alpha"] *= math.sqrt(rows)
    return make_pipeline(StandardScaler(), Lasso(**settings))


def make_model(name: str, of_classes: bool, config: Config, rows: int) -> Any:
    """A scikit-learn model with these settings."""
    from sklearn import ensemble, linear_model, multiclass, neighbors, svm, tree

    if name == "kNN":
        knn = neighbors.KNeighborsClassifier if of_classes else neighbors.KNeighborsRegressor
        return knn(**config)
    if name == "SVM":
        return svm.SVC(**config, random_state=0) if of_classes else svm.SVR(**config)
    if name == "DT":
        trees = tree.DecisionTreeClassifier if of_classes else tree.DecisionTreeRegressor
        return trees(**config, random_state=0)
    if name == "ada":
        boost = ensemble.AdaBoostClassifier if of_classes else ensemble.AdaBoostRegressor
        return boost(**config, random_state=0)
    if not of_classes:
        return make_lasso_of_numbers(config, rows)
    lasso = linear_model.LogisticRegression(
        **config, l1_ratio=1.0, solver="liblinear", random_state=0
    )
    return multiclass.OneVsRestClassifier(lasso)


def nll(y: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean negative log likelihood of classes 0, 1, …, with scikit-learn's clipping."""
    sure = np.clip(probabilities, np.finfo(float).eps, 1 - np.finfo(float).eps)
    sure = sure / sure.sum(axis=1, keepdims=True)
    return float(-np.log(sure[np.arange(len(y)), y]).mean())


def loss_of(metric: str, y: np.ndarray, predicted: np.ndarray) -> float:
    """How wrong predictions are (probabilities for nll); accuracy is negative, as in Bayesmark."""
    if metric == "nll":
        return nll(y, predicted)
    if metric == "acc":
        return -float((predicted == y).mean())
    off = predicted - y
    return float(np.abs(off).mean() if metric == "mae" else (off**2).mean())


def cross_validate(name: str, data: str, metric: str, config: Config) -> float:
    """The loss over five folds of a model with these settings."""
    losses = []
    for x, y, x_test, y_test in folds(data):
        model = make_model(name, is_classes(data), config, len(y))
        if name == "SVM" and metric == "nll":
            model.set_params(probability=True)
        model.fit(x, y)
        predict = model.predict_proba if metric == "nll" else model.predict
        losses.append(loss_of(metric, y_test, predict(x_test)))
    return float(np.mean(losses))


def kept_table(name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
    """An array from the cache, made where it is not there."""
    path = kept.folder() / f"bayesmark_{name}.npy"
    if not path.exists():
        content = io.BytesIO()
        np.save(content, make(), allow_pickle=False)
        kept.replace(path, content.getvalue())
    table: np.ndarray = np.load(path, allow_pickle=False)
    return table


@cache
def knn_table(data: str, metric: str) -> np.ndarray:
    """Losses by n_neighbors - 1 and p - 1."""

    def loss(neighbors: int, p: int) -> float:
        return cross_validate("kNN", data, metric, {"n_neighbors": neighbors, "p": p})

    def make() -> np.ndarray:
        return np.array([[loss(n, p) for p in range(1, 5)] for n in range(1, 26)])

    return kept_table(f"kNN_{data}_{metric}", make)


def ada_losses(data: str, metric: str, rate: float) -> np.ndarray:
    """Losses of ensembles of 1, 2, …, 100 estimators; one that ended early stays as it is."""
    config = {"n_estimators": 100, "learning_rate": rate}
    total = np.zeros(100)
    for x, y, x_test, y_test in folds(data):
        model = make_model("ada", is_classes(data), config, len(y)).fit(x, y)
        staged = model.staged_predict_proba if metric == "nll" else model.staged_predict
        losses = [loss_of(metric, y_test, predicted) for predicted in staged(x_test)]
        total += losses + [losses[-1]] * (100 - len(losses))
    return total / FOLDS


@cache
def ada_table(data: str, metric: str) -> np.ndarray:
    """Losses by the learning rate's place and n_estimators - 1."""

    def make() -> np.ndarray:
        return np.array([ada_losses(data, metric, rate) for rate in ADA_RATES.values()])

    return kept_table(f"ada_{data}_{metric}", make)


@cache
def lasso_table(data: str, metric: str) -> np.ndarray:
    """Losses of classifiers by the places of C and intercept_scaling."""

    def loss(c: float, scaling: float) -> float:
        return cross_validate("lasso", data, metric, {"C": c, "intercept_scaling": scaling})

    def make() -> np.ndarray:
        numbers = LASSO_NUMBERS.values()
        return np.array([[loss(c, scaling) for scaling in numbers] for c in numbers])

    return kept_table(f"lasso_{data}_{metric}", make)


@lru_cache(maxsize=100_000)
def loss_at(name: str, data: str, metric: str, settings: tuple[tuple[str, Any], ...]) -> float:
    """The loss of a configuration."""
    config = dict(settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # searches try what no one would
        if name == "kNN":
            return float(knn_table(data, metric)[config["n_neighbors"] - 1, config["p"] - 1])
        if name == "ada":
            place = ADA_RATES.place(config["learning_rate"])
            return float(ada_table(data, metric)[place, config["n_estimators"] - 1])
        if name == "lasso" and is_classes(data):
            places = (LASSO_NUMBERS.place(config[key]) for key in ("C", "intercept_scaling"))
            return float(lasso_table(data, metric)[tuple(places)])
        return cross_validate(name, data, metric, config)


def problem(name: str, data: str, metric: str) -> Problem:
    """One task."""
    is_numbers = name == "lasso" and not is_classes(data)
    space = {"parameters": LASSO_OF_NUMBERS if is_numbers else SPACES[name]}

    def truth(config: Config) -> float:
        return loss_at(name, data, metric, tuple(sorted(config.items())))

    return Problem(f"{name}_{data}_{metric}", "bayesmark", space, truth, draws=300)


def problems() -> list[Problem]:
    """Thirty tasks."""
    return [
        problem(name, data, metric)
        for name in MODELS
        for data, metrics in METRICS.items()
        for metric in metrics
    ]
