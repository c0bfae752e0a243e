"""Sweeps over the real store: trials run, told, stopped, replaced; wandb's way of saying it too."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cairn
import pytest
from cairn import door
from cairn.sweep_run import Progress

RANGE = {"x": (0.0, 1.0), "y": (0.0, 1.0)}


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    for child in (*door._children.values(), *door._own_children.values()):
        child.close()


def make(space: Any = RANGE, **about: Any) -> cairn.Sweep:
    """A sweep whose proposals cost nothing."""
    return cairn.sweep(space, **{"method": "random", "seed": 1, "project": "p", **about})


def bowl(x: float, y: float) -> float:
    return (x - 0.3) ** 2 + (y - 0.7) ** 2


# Running


def test_a_function_is_searched_until_the_budget_is_spent() -> None:
    sweep = make(metric="loss", budget=8)
    best = sweep.run(bowl)
    trials = sweep.trials
    assert [trial.number for trial in trials] == list(range(8))
    assert best is not None and best.value == min(trial.value for trial in trials)
    assert {trial.state for trial in trials} == {"complete"}
    assert all(trial.value == bowl(**trial.params) for trial in trials)
    assert sweep.refresh().is_over
    assert sweep.ask() is None


def test_the_same_seed_proposes_the_same() -> None:
    params = []
    for _ in range(2):
        sweep = make(budget=5)
        sweep.run(bowl)
        params.append([trial.params for trial in sweep.trials])
    assert params[0] == params[1]


def test_a_run_in_a_trial_has_its_parameters_and_tells_its_metric() -> None:
    sweep = make(
        {"lr": (0.1, 0.9), "opt": {"parameters": {"name": {"values": ["sgd"]}}}},
        budget=2,
        metric="val/acc",
        goal="maximize",
    )

    def train() -> None:
        with cairn.init(config={"epochs": 3, "lr": 7, "opt": {"m": 0.9}}) as run:
            assert run.config.opt == {"m": 0.9, "name": "sgd"}
            for epoch in range(run.config.epochs):
                run.log({"val/acc": epoch * run.config.lr})

    sweep.run(train)
    for trial in sweep.trials:
        run = trial.run
        assert run is not None
        assert run.state == "finished"
        assert run.project == "p"
        assert run.meta["sweep"] == {"id": sweep.id, "trial": trial.number}
        assert run.config.lr == trial.params["lr"]
        assert trial.value == run.summary["val/acc"] == 2 * trial.params["lr"]
        assert [step for step, _ in trial.reports] == [0, 1, 2]


def test_a_run_around_the_sweep_goes_on() -> None:
    around = cairn.init(project="p")

    def train(x: float, y: float) -> float:
        run = cairn.init(config={"more": 1})
        assert run is not around
        run.log({"value": x})
        return x  # and finishes nothing

    sweep = make(budget=2)
    sweep.run(train)
    assert cairn.run is around
    assert not around.is_finished
    assert [trial.run.state for trial in sweep.trials if trial.run] == ["finished", "finished"]


def test_one_bad_trial_ends_no_sweep() -> None:
    def train(x: float, y: float) -> Any:
        number = len([None for trial in sweep.trials if trial.state != "running"])
        if number == 1:
            raise RuntimeError("out of memory")
        return [0.5, None, math.nan, "text", math.inf, 0.25][number]

    sweep = make(budget=6)
    sweep.run(train)
    assert [trial.state for trial in sweep.trials] == ["complete", *["failed"] * 4, "complete"]
    errors = [trial.error for trial in sweep.trials]
    assert "RuntimeError: out of memory" in errors[1]
    assert all(errors[number] for number in (2, 3, 4))


def test_a_program_that_only_fails_is_stopped_with_its_reason() -> None:
    def train(config: Any) -> float:
        with cairn.init():
            raise KeyError("no such layer")

    sweep = make(budget=20)
    with pytest.raises(cairn.UnavailableError, match="no such layer"):
        sweep.run(train)
    assert sweep.refresh().state == "paused"
    assert [trial.run.state for trial in sweep.trials if trial.run] == ["failed"] * 3


def test_a_metric_that_was_never_logged_names_those_that_were() -> None:
    def train() -> None:
        with cairn.init() as run:
            run.log({"loss": 1.0})

    sweep = make(metric="val_acc", budget=1)
    sweep.run(train)
    assert sweep.trials[0].state == "failed"
    assert "'val_acc' was never logged; it logged: loss" in sweep.trials[0].error


def test_the_rule_ends_a_hopeless_trial_at_its_log() -> None:
    rule = {"type": "threshold", "high": 10}

    def train(x: float, y: float) -> None:
        with cairn.init() as run:
            for step in range(100_000):
                run.log({"loss": 1.0 if step < 3 else 50.0})

    sweep = make(metric="loss", budget=2, early_terminate=rule)
    sweep.run(train)
    for trial in sweep.trials:
        assert trial.state == "stopped"
        assert any(decision["stop"] for decision in trial.decisions)
        assert trial.run is not None
        assert trial.run.state == "finished"
        assert (trial.run.last_step or 0) < 99_999


def test_several_values_are_told_as_a_list_or_by_name() -> None:
    metrics = {"metric": ["loss", "size"], "goal": ["minimize", "minimize"]}
    first = make(budget=4, **metrics)
    first.run(lambda x, y: (x, 1 - x))
    second = make(budget=4, **metrics)
    second.run(lambda x, y: {"loss": x, "size": 1 - x, "other": 3})
    values = [[trial.values for trial in sweep.trials] for sweep in (first, second)]
    assert values[0] == values[1]
    assert len(first.front) == 4
    wrong = make(budget=1, **metrics)
    wrong.run(lambda x, y: x)
    assert wrong.trials[0].state == "failed"


def test_a_count_is_a_limit_of_its_own() -> None:
    sweep = make(budget=10)
    sweep.run(bowl, count=3)
    assert len(sweep.trials) == 3
    assert not sweep.refresh().is_over


@pytest.mark.parametrize("how", ["experiment", "reuse"])
def test_what_was_run_before_is_not_run_again(shop: Any, how: str) -> None:
    program = f"""
        import cairn
        def train(x):
            print("trains")
            return x
        sweep = cairn.sweep({{"x": [1, 2, 3]}}, method="grid", project="p")
        if {how!r} == "reuse":
            sweep.run(train, reuse="auto")
        else:
            sweep.run(cairn.experiment(train))
        print([(t.value, t.is_reused) for t in sweep.trials])
    """
    first, second = shop.run(program), shop.run(program)
    assert first[1].count("trains") == 3, first[2]
    assert second[1] == "[(1.0, True), (2.0, True), (3.0, True)]\n", second[2]


# Several at once


def test_jobs_share_a_sweep() -> None:
    def train(x: float, y: float) -> float:
        with cairn.init() as run:
            run.log({"value": x})
            run.config.update({"pid": os.getpid()})
        return x

    sweep = make(budget=8)
    sweep.run(train, jobs=2)
    trials = sweep.trials
    assert [trial.state for trial in trials] == ["complete"] * 8
    assert len({trial.params["x"] for trial in trials}) == 8
    pids = {trial.run.config.pid for trial in trials if trial.run}
    assert os.getpid() not in pids


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    mark = tmp_path / "died"

    def train(x: float, y: float) -> float:
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    sweep = make(budget=4)
    sweep.run(train, jobs=2)
    trials = sweep.trials
    assert [trial.state for trial in trials] == ["complete"] * 4
    assert sum(trial.attempt == 2 for trial in trials) == 1


def test_workers_that_cannot_live_are_given_up() -> None:
    def train(x: float, y: float) -> float:
        os._exit(9)

    sweep = make(budget=50)
    with pytest.raises(cairn.UnavailableError, match="all workers die, the last one with 9"):
        sweep.run(train, jobs=2)
    assert len(sweep.trials) < 10


def test_an_interrupt_gives_the_trial_back(finished: Any, start: Any) -> None:
    program = start(
        """
        import time, cairn
        def train(x):
            print("trains", flush=True)
            while True:
                time.sleep(0.05)  # a signal just before a sleep is seen after it
        sweep = cairn.sweep({"x": (0.0, 1.0)}, method="random", project="p", budget=4)
        print(sweep, flush=True)
        sweep.run(train)
        """
    )
    sweep = cairn.open_sweep(program.stdout.readline().strip())
    assert program.stdout.readline() == "trains\n"
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=30)
    assert "KeyboardInterrupt" in err
    (trial,) = sweep.trials
    assert trial.state == "waiting"
    assert trial.attempt == 1


# Ask and tell


def test_trials_are_asked_and_told() -> None:
    sweep = make(budget=6, metric="loss")
    first = sweep.ask()
    assert first.number == 0
    assert first.state == "running"
    assert sweep.tell(first, 0.5, cost={"seconds": 2.0}).value == 0.5
    many = sweep.ask(4)
    assert [trial.number for trial in many] == [1, 2, 3, 4]
    assert sweep.tell(many[0], math.nan).state == "failed"
    assert sweep.tell(many[1], None).state == "failed"
    assert sweep.tell(many[2], {"loss": 0.25}).value == 0.25
    assert sweep.tell(many[3], state="released").state == "waiting"
    assert sweep.trial(0).cost["seconds"] == 2.0
    best = sweep.best
    assert best is not None and best.number == 3


def test_a_result_that_was_told_stays() -> None:
    sweep = make()
    trial = sweep.ask()
    sweep.tell(trial, 1.0)
    assert sweep.tell(trial, 2.0).value == 1.0


def test_a_trials_seed_is_its_own_and_stays() -> None:
    sweep = make()
    seeds = [trial.seed for trial in sweep.ask(3)]
    assert len(set(seeds)) == 3
    assert [trial.seed for trial in cairn.open_sweep(sweep.id).trials] == seeds


def test_points_are_tried_next_and_results_of_elsewhere_are_learned() -> None:
    sweep = make(metric="loss")
    sweep.add([{"x": 0.5, "y": 0.5}], values=[0.125])
    sweep.add({"x": 0.25, "y": 0.75})
    assert sweep.ask().params == {"x": 0.25, "y": 0.75}
    best = sweep.best
    assert best is not None and best.value == 0.125


def test_a_report_answers_whether_to_go_on() -> None:
    sweep = make(early_terminate={"type": "threshold", "high": 10})
    trial = sweep.ask()
    assert not trial.report(1.0, step=1)
    assert trial.report(11.0, step=2)
    assert trial.should_stop() and trial.should_prune()
    with pytest.raises(cairn.TrialPruned, match="11"):
        raise trial.stop()
    assert sweep.tell(trial, state="stopped").value == 11.0


def test_a_limit_is_told_beside_the_value() -> None:
    sweep = make(metric="loss", limits=["latency_ms <= 20"])
    fast, slow = sweep.ask(2)
    sweep.tell(slow, 0.1, limits={"latency_ms": 30})
    sweep.tell(fast, 0.2, limits={"latency_ms": 10})
    assert sweep.trial(slow.number).limits == {"latency_ms": 30}
    best = sweep.best
    assert best is not None and best.number == fast.number


def test_a_sweep_pauses_goes_on_changes_and_stops() -> None:
    sweep = make(metric="loss")
    sweep.pause()
    assert sweep.ask() is None
    assert not sweep.is_over
    sweep.resume()
    assert sweep.ask() is not None
    sweep.change(parameters={"x": {"min": 5.0, "max": 6.0}})
    assert 5 <= sweep.ask().params["x"] <= 6
    sweep.stop()
    assert sweep.ask() is None
    assert sweep.is_over
    assert sweep.to_dict()["state"] == "stopped"
    assert [one.id for one in cairn.list_sweeps("p")] == [sweep.id]
    sweep.delete()
    with pytest.raises(cairn.NotFoundError):
        cairn.open_sweep(sweep.id)


def test_a_grid_ends_when_it_is_exhausted() -> None:
    sweep = make({"a": [1, 2], "b": ["x", "y", "z"]}, method="grid")
    sweep.run(lambda a, b: a)
    assert len({tuple(trial.params.values()) for trial in sweep.trials}) == 6
    assert sweep.refresh().state == "finished"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "gird", "parameters": {"x": {"min": 0.0, "max": 1.0}}}, "grid"),
        ({"parameters": {"x": {"min": 1.0, "max": 0.0}}}, "x"),
        ({"parametres": 3, "parameters": {"x": {"min": 0.0, "max": 1.0}}}, "parameters"),
        ({"x": (0.0, 1.0, "log")}, "log"),
    ],
)
def test_a_sweep_that_cannot_be_is_an_error_that_says_why(given: Any, message: str) -> None:
    with pytest.raises(cairn.InvalidError, match=message):
        cairn.sweep(given)


# As programs for wandb say it


def test_a_sweep_of_wandb_runs_unmodified() -> None:
    wandb: Any = cairn
    configuration = {
        "method": "random",
        "metric": {"name": "val_loss", "goal": "minimize"},
        "parameters": {
            "lr": {"min": 0.1, "max": 0.9},
            "batch_size": {"values": [16, 32]},
            "epochs": {"value": 2},
        },
    }

    def main(config: Any = None) -> None:
        with wandb.init(config=config):
            config = wandb.config
            for _ in range(config.epochs):
                wandb.log({"val_loss": config.lr, "batch": config.batch_size})

    sweep_id = wandb.sweep(configuration, project="w")
    wandb.agent(sweep_id, function=main, count=3)
    trials = cairn.open_sweep(f"team/w/{sweep_id}").trials
    assert [trial.state for trial in trials] == ["complete"] * 3
    assert all(trial.value == trial.params["lr"] for trial in trials)
    assert len(cairn.runs("w")) == 3


def test_the_line_on_a_terminal_says_how_far_it_is() -> None:
    sweep = make(budget=4, metric="loss")
    sweep.run(bowl, count=2)
    best = sweep.best
    assert best is not None and best.value is not None
    line = Progress(sweep, True).text()
    assert line.startswith("cairn: 2 of 4 trials · best loss ")
    assert f"{best.value:.6g} (trial {best.number})" in line
