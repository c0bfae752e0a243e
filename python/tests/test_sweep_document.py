"""What cairn.sweep() takes, and what a trial's parameters do to a run's config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cairn
import numpy as np
import pytest
from cairn import in_trial
from cairn.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    as_document,
    distribution_of,
    distribution_to_json,
    json_to_distribution,
    stream,
)
from cairn.sweep_document import read_document
from cairn.sweep_run import _caller, lookup


class Given:
    """A trial as a worker has it, without a store."""

    def __init__(self, **params: Any) -> None:
        self.config = cairn.reading.View(in_trial.nested(params))


def test_names_and_values_are_a_document() -> None:
    given = {
        "lr": (1e-5, 1e-1, "log"),
        "depth": (1, 8),
        "width": range(1, 9),
        "batch": range(16, 65, 16),
        "opt": ["sgd", "adam"],
        "seed": 3,
        "drop": {"min": 0.0, "max": 0.5},
    }
    assert read_document(given, metric="loss", goal="minimize", budget=60) == {
        "parameters": {
            "lr": {"min": 1e-5, "max": 1e-1, "log": True},
            "depth": {"min": 1, "max": 8},
            "width": {"min": 1, "max": 8},
            "batch": {"values": [16, 32, 48, 64]},
            "opt": {"values": ["sgd", "adam"]},
            "seed": {"value": 3},
            "drop": {"min": 0.0, "max": 0.5},
        },
        "metric": {"name": "loss", "goal": "minimize"},
        "budget": {"trials": 60},
    }


def test_a_document_stays_as_it_is_and_keywords_go_before_it() -> None:
    document = {
        "method": "bayes",
        "run_cap": 9,
        "metric": {"name": "val", "goal": "maximize"},
        "parameters": {"opt": {"parameters": {"lr": {"min": 0.1, "max": 1.0}}}},
    }
    assert read_document(document) == document
    changed = read_document(document, method="tpe", budget={"hours": 1}, metric="acc")
    assert changed["method"] == "tpe"
    assert changed["metric"] == {"name": "acc"}
    assert changed["budget"] == {"hours": 1}
    assert "run_cap" not in changed


def test_a_goal_alone_keeps_the_metric() -> None:
    document = {"metric": {"name": "val"}, "parameters": {"x": {"value": 1}}}
    assert read_document(document, goal="maximize")["metric"] == {"name": "val", "goal": "maximize"}
    assert read_document({"x": (0, 1)})["metric"] == {"name": "value"}


def test_several_metrics_have_a_goal_each() -> None:
    document = read_document({"x": (0, 1)}, metric=["a", "b"], goal=["minimize", "maximize"])
    assert document["metrics"] == [
        {"name": "a", "goal": "minimize"},
        {"name": "b", "goal": "maximize"},
    ]
    with pytest.raises(cairn.InvalidError, match="a goal for each"):
        read_document({"x": (0, 1)}, metric=["a", "b"], goal=["minimize"])


def test_numbers_of_numpy_are_numbers() -> None:
    document = read_document({"x": (np.float64(0), np.int64(2)), "y": list(np.arange(3))})
    assert json.loads(json.dumps(document["parameters"])) == {
        "x": {"min": 0.0, "max": 2},
        "y": {"values": [0, 1, 2]},
    }


def test_a_file_and_its_text_are_the_same(tmp_path: Path) -> None:
    document = {"parameters": {"x": {"min": 0, "max": 1}}, "metric": {"name": "loss"}}
    path = tmp_path / "sweep.json"
    path.write_text(json.dumps(document))
    assert read_document(path) == read_document(path.read_text()) == document
    assert read_document(lambda: document) == document
    with pytest.raises(cairn.InvalidError, match=r"no_such\.yaml"):
        read_document("no_such.yaml")


@pytest.mark.parametrize(
    "given", [3, ["x"], {"x": (1, 2, 3, 4)}, {"x": ("a", "b")}, {"parameters": [1]}]
)
def test_what_is_no_sweep_is_refused(given: Any) -> None:
    with pytest.raises(cairn.InvalidError, match="expected as"):
        read_document(given)


def test_a_function_is_called_as_it_asks_to_be() -> None:
    given: Any = Given(**{"lr": 0.1, "opt.name": "sgd"})

    def takes_rest(**params: Any) -> Any:
        return params

    assert _caller(lambda config: config["opt.name"])(given) == "sgd"
    assert _caller(lambda lr, opt: (lr, opt.name))(given) == (0.1, "sgd")
    assert _caller(lambda: "nothing")(given) == "nothing"
    assert _caller(lambda config=None: config)(given) is None
    assert _caller(takes_rest)(given) == {"lr": 0.1, "opt": {"name": "sgd"}}
    assert _caller(lambda config, trial: trial)(given) is given
    with pytest.raises(TypeError, match="opt"):
        _caller(lambda lr: lr)(given)


def test_a_metric_is_found_by_its_key_and_by_a_dotted_path() -> None:
    row = {"val/acc": 1, "val": {"acc": 2}}
    assert lookup(row, "val/acc") == 1
    assert lookup(row, "val.acc") == 2
    assert lookup(row, "test.acc") is None


# Inside a trial of `cairn agent`


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a program that `cairn agent` started."""
    monkeypatch.setenv("CAIRN_SWEEP", "abcdefgh")
    monkeypatch.setenv("CAIRN_TRIAL", "7")
    monkeypatch.setenv("CAIRN_TRIAL_CONFIG", json.dumps({"lr": 0.5, "opt.name": "adam"}))


@pytest.mark.usefixtures("agent")
def test_the_trial_stands_in_the_config_and_wins() -> None:
    run = cairn.init(project="p", config={"lr": 0.1, "opt": {"name": "sgd", "momentum": 0.9}})
    assert run.config == {"lr": 0.5, "opt": {"name": "adam", "momentum": 0.9}}
    assert run.sweep_id == "abcdefgh"


@pytest.mark.usefixtures("agent")
def test_a_dotted_key_that_is_there_is_the_one_that_is_meant() -> None:
    run = cairn.init(project="p", config={"opt.name": "sgd", "opt": "text"})
    assert run.config == {"opt.name": "adam", "opt": "text", "lr": 0.5}


@pytest.mark.usefixtures("agent")
def test_the_run_keeps_which_trial_it_is(read: Any) -> None:
    with cairn.init(project="p") as run:
        run.log({"loss": 1.0})
    record = read(run)
    assert record.meta["sweep"] == {"id": "abcdefgh", "trial": 7}
    assert record.config == {"lr": 0.5, "opt": {"name": "adam"}}


@pytest.mark.usefixtures("agent")
def test_a_trial_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_TRIAL_CONFIG", "{")
    monkeypatch.setenv("CAIRN_TRIAL", "8")
    with pytest.raises(cairn.InvalidError, match="CAIRN_TRIAL_CONFIG"):
        cairn.init(project="p")


@pytest.mark.usefixtures("agent")
def test_an_experiment_is_told_by_its_arguments_alone() -> None:
    @cairn.experiment(project="p", reuse="never")
    def prepare(size: int) -> Any:
        return dict(cairn.config)

    assert prepare(3) == {"size": 3}


# Distributions


@pytest.mark.parametrize(
    "distribution",
    [
        FloatDistribution(0, 1),
        FloatDistribution(1e-5, 1, log=True),
        FloatDistribution(-1, 1, step=0.25),
        IntDistribution(1, 8),
        IntDistribution(1, 1024, log=True),
        IntDistribution(0, 10, step=5),
        CategoricalDistribution([None, True, 1, 2.5, "x"]),
    ],
)
def test_a_distribution_travels_and_draws_its_own_values(distribution: Any) -> None:
    assert json_to_distribution(distribution_to_json(distribution)) == distribution
    assert distribution_of(json.loads(json.dumps(as_document(distribution)))) == distribution
    for number in range(200):
        assert distribution.contains(distribution.at(stream(1, number, "x")))
    assert distribution.contains(distribution.at(0.0))
    assert distribution.contains(distribution.at(1 - 1e-16))


def test_draws_follow_from_seed_trial_and_name_alone() -> None:
    assert stream(1, 2, "x") == stream(1, 2, "x")
    places = {stream(seed, n, name) for seed in (1, 2) for n in (1, 2) for name in ("x", "y")}
    assert len(places) == 8
    drawn = [FloatDistribution(0, 1).at(stream(0, n, "x")) for n in range(1000)]
    assert abs(np.mean(drawn) - 0.5) < 0.03
    assert len({IntDistribution(1, 4).at(stream(0, n, "x")) for n in range(100)}) == 4


def test_one_and_true_are_two_choices() -> None:
    choices = CategoricalDistribution([True, 1])
    assert choices.read(True) is True
    assert choices.read(1) is not True
    assert not CategoricalDistribution([True]).contains(1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: FloatDistribution(1, 0),
        lambda: FloatDistribution(0, 1, log=True),
        lambda: FloatDistribution(0, float("inf")),
        lambda: FloatDistribution(1, 2, log=True, step=0.1),
        lambda: IntDistribution(0, 8, log=True),
        lambda: IntDistribution(0, 8, step=0),
        lambda: CategoricalDistribution([]),
    ],
)
def test_a_distribution_that_holds_nothing_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()


def test_a_range_that_is_no_multiple_of_its_step_ends_where_it_is_one() -> None:
    with pytest.warns(UserWarning, match="no multiple"):
        assert IntDistribution(0, 9, step=4).high == 8


def test_yaml_is_read_as_the_program_reads_it() -> None:
    text = "method: bayes\nparameters:\n  lr: {min: 1e-5, max: 1e-1}\n  n: {values: [1, 2]}\n"
    document = read_document(text, metric="loss", goal="maximize")
    assert document["parameters"]["lr"]["min"] == 1e-5
    assert document["parameters"]["n"]["values"] == [1, 2]
    assert document["metric"] == {"name": "loss", "goal": "maximize"}
    with pytest.raises(cairn.InvalidError, match="method"):
        read_document("metod: bayes\nparameters:\n  lr: {min: 0.5, max: 1.5}\n", metric="loss")
