"""Searches for a good classifier of handwritten digits: a sweep in ten lines.

python examples/search.py
"""

import cairn
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

SPACE = {"C": (1e-3, 1e3, "log"), "gamma": (1e-5, 1.0, "log"), "kernel": ["rbf", "poly"]}


def train(C: float, gamma: float, kernel: str) -> float:  # noqa: N803 - the names of the space
    """The accuracy of one configuration."""
    images, labels = load_digits(return_X_y=True)
    return float(cross_val_score(SVC(C=C, gamma=gamma, kernel=kernel), images, labels, cv=3).mean())


if __name__ == "__main__":
    sweep = cairn.sweep(SPACE, project="search", metric="acc", goal="maximize", budget=20, seed=0)
    print(sweep.run(train, jobs=2))
    print(sweep.importance())
