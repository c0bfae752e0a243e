"""Trains a small neural network on scikit-learn's handwritten digits and records how it learns.

python examples/digits.py --lr 0.05 --epochs 20 --hidden 64 --seed 0
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import cairn
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

CLASSES = list(range(10))
BATCH = 64


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lr", type=float, default=0.05, help="learning rate of SGD")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--hidden", type=int, default=64, help="units of the hidden layer")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def train(args: argparse.Namespace, run: cairn.Run) -> float:
    """Trains, logging every batch and every epoch; answers the best validation accuracy."""
    images, labels = load_digits(return_X_y=True)
    x, x_val, y, y_val = train_test_split(
        images / 16.0, labels, test_size=0.25, random_state=args.seed, stratify=labels
    )
    random = np.random.default_rng(args.seed)
    model = MLPClassifier(
        (args.hidden,), solver="sgd", learning_rate_init=args.lr, random_state=args.seed
    )
    best, began = 0.0, time.perf_counter()
    for epoch in range(1, args.epochs + 1):
        order = random.permutation(len(x))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            model.partial_fit(x[batch], y[batch], classes=CLASSES)
            run.log({"loss": model.loss_, "epoch": epoch}, commit=start + BATCH < len(order))
        probabilities = model.predict_proba(x_val)
        accuracy = float((probabilities.argmax(axis=1) == y_val).mean())
        best = max(best, accuracy)
        run.log(
            {
                "val_loss": log_loss(y_val, probabilities, labels=CLASSES),
                "val_acc": accuracy,
                "train_acc": float(model.score(x, y)),
                "samples_per_s": epoch * len(x) / (time.perf_counter() - began),
                "weights/hidden": cairn.Histogram(model.coefs_[0]),
            }
        )
        print(f"epoch {epoch:3d}  loss {model.loss_:.4f}  val_acc {accuracy:.4f}")
    log_mistakes(run, model, x_val, y_val)
    return best


def log_mistakes(run: cairn.Run, model: Any, x: Any, y: Any) -> None:
    """The confusion matrix, and a table of digits that were taken for others."""
    guesses = model.predict(x)
    wrong = np.flatnonzero(guesses != y)[:20]
    table = cairn.Table(columns=["image", "truth", "guess"])
    for index in wrong:
        table.add_data(picture(x[index]), int(y[index]), int(guesses[index]))
    run.log(
        {
            "confusion": cairn.plot.confusion_matrix(y_true=y, preds=guesses),
            "mistakes": table,
            "sample": picture(x[0]),
        }
    )


def picture(pixels: Any) -> cairn.Image:
    """A digit, four times as large."""
    return cairn.Image(np.kron(pixels.reshape(8, 8), np.ones((4, 4))))


def main() -> None:
    """One recorded training."""
    args = parse()
    with cairn.init(project="digits", config=args, job_type="train") as run:
        run.define_metric("val_acc", summary="max,last", goal="maximize")
        run.define_metric("*loss", summary="min,last", goal="minimize")
        run.summary["best_val_acc"] = best = train(args, run)
        print(f"best val_acc {best:.4f}")


if __name__ == "__main__":
    main()
