"""report(): numbers, pages and figures of a project's runs, and what is said where they are few."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cairn
import pytest


@pytest.fixture
def digits(read: Any) -> None:
    """Forty runs at random, whose accuracy the learning rate decides."""
    rng = random.Random(5)
    for _ in range(40):
        lr = 10 ** rng.uniform(-4, -1)
        config = {"lr": lr, "width": rng.choice([32, 64, 128])}
        with cairn.init(project="digits", config=config) as run:
            run.define_metric("val_acc", goal="maximize")
            run.log({"val_acc": 0.95 - 0.1 * (math.log10(lr) + 2.5) ** 2})
            run.summary["total_flos"] = 1e12


def test_a_report_says_who_decides_the_result_and_what_it_took(digits: None) -> None:
    report = cairn.report("digits")
    assert report.metric == "val_acc"
    assert report.sensitivity is not None
    first = report.sensitivity.parameters[0]
    assert first["name"] == "lr"
    assert first["first_order_low"] <= first["first_order"] <= first["first_order_high"]
    assert report.accounts.total.runs == 40
    assert report.accounts.total.flop.value == pytest.approx(4e13)
    assert report.accounts.total.flop.method == "declared"
    assert report.best is not None
    assert report.best.result > 0.9
    states = {item.id: item.state for item in report.checklist}
    assert states["hyperparameter_bounds"] == "recorded"
    assert states["test_result"] == "not recorded"
    assert "40 runs" in repr(report)


def test_its_pages_and_figures_are_files(digits: None, tmp_path: Path) -> None:
    report = cairn.report("digits", metric="val_acc")
    assert report.to_latex().rstrip().endswith("\\end{document}")
    assert report.to_markdown().startswith("# digits")
    page = report.save(tmp_path / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    figure = report.plot("importance")
    assert figure._repr_svg_() == figure
    root = ElementTree.parse(figure.save(tmp_path / "importance.svg")).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert set(report.figures) >= {"importance", "tuning", "best_so_far"}
    with pytest.raises(cairn.InvalidError, match="importance"):
        report.plot("importence")
    with pytest.raises(cairn.InvalidError, match=r"\.html"):
        report.save(tmp_path / "report.docx")


def test_few_runs_and_no_metric_are_said_in_words(read: Any) -> None:
    with cairn.init(project="tiny", config={"lr": 1}) as run:
        run.log({"loss": 0.5})
    plain = cairn.report("tiny")
    assert plain.metric is None
    assert plain.sensitivity is None
    assert plain.accounts.total.runs == 1
    told = cairn.report("tiny", metric="loss")
    assert told.sensitivity is not None
    assert told.sensitivity.reason
    with pytest.raises(cairn.NotFoundError):
        told.plot("importance")
    with pytest.raises(cairn.NotFoundError):
        cairn.report("nothing")
