"""Ready-made charts: each is a table with the name of the chart it should be drawn as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cairn.media import BlobStore
from cairn.table import Table

__all__ = [
    "bar",
    "confusion_matrix",
    "histogram",
    "line",
    "line_series",
    "pr_curve",
    "roc_curve",
    "scatter",
]


class Chart(Table):
    """A table and how to draw it: its record has "chart", "title" and "fields" too."""

    def __init__(self, chart: str, table: Table, title: str | None, fields: dict[str, str]) -> None:
        super().__init__(columns=table.columns, data=table.data)
        self.facts.update({"chart": chart, "title": title or "", "fields": fields})

    def record(self, store: BlobStore) -> dict[str, Any]:
        """The table's record with the chart's facts."""
        return super().record(store)


def line(
    table: Table, x: str, y: str, stroke: str | None = None, title: str | None = None, **_: Any
) -> Chart:
    """A line through columns x and y, one for each value of `stroke`."""
    fields = {"x": x, "y": y, **({"stroke": stroke} if stroke else {})}
    return Chart("line", table, title, fields)


def scatter(table: Table, x: str, y: str, title: str | None = None, **_: Any) -> Chart:
    """Points at columns x and y."""
    return Chart("scatter", table, title, {"x": x, "y": y})


def bar(table: Table, label: str, value: str, title: str | None = None, **_: Any) -> Chart:
    """A bar of height `value` for each `label`."""
    return Chart("bar", table, title, {"label": label, "value": value})


def histogram(table: Table, value: str, title: str | None = None, **_: Any) -> Chart:
    """How the column `value` is distributed."""
    return Chart("histogram", table, title, {"value": value})


def line_series(
    xs: Any, ys: Any, keys: Sequence[str] | None = None, title: str | None = None, xname: str = "x"
) -> Chart:
    """Several lines: `ys` are lists of numbers, `xs` one list for all or one for each."""
    shared = not (len(xs) and hasattr(xs[0], "__len__"))
    table = Table(columns=[xname, "value", "series"])
    for index, numbers in enumerate(ys):
        name = keys[index] if keys else f"line {index}"
        for x, y in zip(xs if shared else xs[index], numbers):
            table.add_data(x, y, name)
    return Chart("line", table, title, {"x": xname, "y": "value", "stroke": "series"})


def confusion_matrix(
    probs: Any = None,
    y_true: Any = None,
    preds: Any = None,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
    **_: Any,
) -> Chart:
    """How often each true class was predicted as each class: `preds`, or the best of `probs`."""
    import numpy as np

    truth = np.asarray(y_true).astype(int)
    guess = np.asarray(probs).argmax(axis=1) if preds is None else np.asarray(preds).astype(int)
    count = len(class_names) if class_names else int(max(truth.max(), guess.max())) + 1
    names = list(class_names) if class_names else [str(i) for i in range(count)]
    cells = np.zeros((count, count), dtype=int)
    np.add.at(cells, (truth, guess), 1)
    table = Table(columns=["actual", "predicted", "count"])
    for i, actual in enumerate(names):
        for j, predicted in enumerate(names):
            table.add_data(actual, predicted, int(cells[i, j]))
    fields = {"x": "predicted", "y": "actual", "value": "count"}
    return Chart("confusion_matrix", table, title, fields)


def roc_curve(
    y_true: Any, y_probas: Any, labels: Any = None, title: str | None = None, **_: Any
) -> Chart:
    """True against false positive rate, for each class of `y_probas` (n, classes)."""
    table = Table(columns=["fpr", "tpr", "class"])
    for name, hits, misses in _thresholds(y_true, y_probas, labels):
        rates = zip(_share(misses), _share(hits))
        for fpr, tpr in [(0.0, 0.0), *rates]:
            table.add_data(fpr, tpr, name)
    return Chart("roc_curve", table, title, {"x": "fpr", "y": "tpr", "stroke": "class"})


def pr_curve(
    y_true: Any, y_probas: Any, labels: Any = None, title: str | None = None, **_: Any
) -> Chart:
    """Precision against recall, for each class of `y_probas` (n, classes)."""
    table = Table(columns=["recall", "precision", "class"])
    for name, hits, misses in _thresholds(y_true, y_probas, labels):
        for recall, precision in zip(_share(hits), (hits / (hits + misses)).tolist()):
            table.add_data(recall, precision, name)
    return Chart("pr_curve", table, title, {"x": "recall", "y": "precision", "stroke": "class"})


def _thresholds(y_true: Any, y_probas: Any, labels: Any) -> list[tuple[str, Any, Any]]:
    """For each class: hits and misses above every threshold, at most 1000 of them."""
    import numpy as np

    truth, scores = np.asarray(y_true), np.asarray(y_probas, dtype=float)
    curves = []
    for index in range(scores.shape[1]):
        order = np.argsort(-scores[:, index], kind="stable")
        positive = truth[order] == index
        ends = np.append(np.flatnonzero(np.diff(scores[order, index])), len(order) - 1)
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, 1000).astype(int))]
        name = str(labels[index]) if labels is not None else str(index)
        curves.append((name, np.cumsum(positive)[ends], np.cumsum(~positive)[ends]))
    return curves


def _share(counts: Any) -> list[float]:
    shares: list[float] = (counts / max(int(counts[-1]), 1)).tolist()
    return shares
