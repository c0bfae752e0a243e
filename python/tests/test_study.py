"""Studies over the real store: what programs for Optuna expect, and where it is better."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cairn
import pytest
from cairn import door
from cairn.distributions import CategoricalDistribution, FloatDistribution
from cairn.trial import FixedTrial, TrialState, create_trial

RANDOM = cairn.samplers.RandomSampler(seed=1)


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    cairn.logging.set_verbosity(cairn.logging.WARNING)
    yield
    for child in (*door._children.values(), *door._own_children.values()):
        child.close()


def study(**about: Any) -> cairn.Study:
    """A study whose proposals cost nothing."""
    return cairn.create_study(**{"sampler": RANDOM, **about})


def line(trial: Any) -> float:
    return float(trial.suggest_float("x", 0, 1))


def test_a_program_for_optuna_runs_with_another_import(finished: Any) -> None:
    source = (Path(__file__).parent / "optuna_twenty.py").read_text()
    changed = source.replace("import optuna\n", "import cairn as optuna\n")
    changed = changed.replace("from optuna", "from cairn")
    code, out, err = finished(changed)
    assert code == 0, err
    assert out == "all of it\n"


def test_the_same_seed_asks_for_the_same_in_one_thread_and_in_many() -> None:
    drawn = []
    for jobs in (1, 1, 4):
        one = study()
        one.optimize(line, n_trials=8, n_jobs=jobs)
        drawn.append([trial.params for trial in one.trials])
    assert drawn[0] == drawn[1]
    assert drawn[2][0] == drawn[0][0]  # nothing was known of the space when it was drawn


def test_a_space_that_grows_is_modelled_from_then_on() -> None:
    one = study()
    one.optimize(line, n_trials=2)
    one.optimize(lambda trial: line(trial) + trial.suggest_int("n", 1, 3), n_trials=2)
    assert set(one._sweep.refresh().definition["parameters"]) == {"x", "n"}
    asked = one.ask()
    assert set(asked.relative_params) == {"x", "n"}


def test_a_range_may_change_and_choices_may_be_added() -> None:
    one = study(study_name="s")
    one.optimize(lambda trial: float(len(trial.suggest_categorical("c", ["a"]))), n_trials=2)
    one = study(study_name="s", load_if_exists=True)
    one.optimize(lambda trial: float(len(trial.suggest_categorical("c", ["a", "bb"]))), n_trials=8)
    assert {trial.params["c"] for trial in one.trials} == {"a", "bb"}
    one.optimize(lambda trial: trial.suggest_float("x", 5, 6), n_trials=2)
    one.optimize(lambda trial: trial.suggest_float("x", 7, 8), n_trials=2)
    assert [trial.params["x"] > 7 for trial in one.trials[-2:]] == [True, True]


def test_choices_that_are_no_json_come_back_as_they_are() -> None:
    one = study()
    shapes = [(1, 2), (3, 4)]
    one.optimize(lambda trial: float(sum(trial.suggest_categorical("s", shapes))), n_trials=4)
    assert {trial.params["s"] for trial in one.trials} <= set(shapes)
    assert one.best_params["s"] in shapes


def test_a_step_is_reported_once() -> None:
    one = study()
    trial = one.ask()
    trial.report(1.0, 3)
    with pytest.warns(UserWarning, match="step 3"):
        trial.report(2.0, 3)
    assert one.tell(trial, 1.0).intermediate_values == {3: 1.0}
    with pytest.raises(TypeError):
        one.ask().report("much", 1)  # type: ignore[arg-type]


def test_a_trial_is_told_once() -> None:
    one = study()
    trial = one.ask()
    one.tell(trial, 1.0)
    with pytest.raises(ValueError, match="not told yet"):
        one.tell(trial, 2.0)
    assert one.tell(trial, 2.0, skip_if_finished=True).value == 1.0


@pytest.mark.parametrize("values", [None, "much", float("nan"), [1.0, 2.0]])
def test_what_is_no_value_fails_the_trial(values: Any) -> None:
    one = study()
    with pytest.warns(UserWarning, match="has failed"):
        assert one.tell(one.ask(), values).state is TrialState.FAIL


def test_what_contradicts_itself_is_refused() -> None:
    one = study()
    with pytest.raises(ValueError, match="no values"):
        one.tell(one.ask(), 1.0, state=TrialState.PRUNED)
    with pytest.raises(ValueError, match="sideways"):
        study(direction="sideways")
    with pytest.raises(RuntimeError, match="optimize"):
        one.stop()
    with pytest.raises(ValueError, match="complete"):
        _ = study().best_trial
    with pytest.raises(RuntimeError, match="best_trials"):
        _ = study(directions=["minimize", "minimize"]).best_trial


def test_failures_that_are_caught_end_nothing() -> None:
    one = study()

    def fail(trial: Any) -> float:
        raise ValueError("no")

    one.optimize(fail, n_trials=5, catch=ValueError)
    assert [trial.state for trial in one.trials] == [TrialState.FAIL] * 5


def test_an_exception_ends_threads_and_is_raised() -> None:
    one = study()

    def fail(trial: Any) -> float:
        if trial.number == 2:
            raise ValueError("no")
        time.sleep(0.01)
        return line(trial)

    with pytest.raises(ValueError, match="no"):
        one.optimize(fail, n_trials=100, n_jobs=2)
    assert len(one.trials) < 10


def test_what_is_enqueued_is_tried_next_and_the_rest_is_drawn() -> None:
    one = study()
    one.enqueue_trial({"x": 0.25}, user_attrs={"from": "paper"})
    one.enqueue_trial({"x": 0.25}, skip_if_exists=True)
    one.enqueue_trial({"x": 7})
    with pytest.warns(UserWarning, match="outside"):
        one.optimize(lambda trial: line(trial) + trial.suggest_int("n", 1, 3), n_trials=3)
    first, second, third = one.trials
    assert first.params["x"] == 0.25
    assert first.user_attrs == {"from": "paper"}
    assert second.params["x"] == 7
    assert 0 <= third.params["x"] <= 1


def test_a_part_may_be_fixed() -> None:
    one = study(sampler=cairn.samplers.PartialFixedSampler({"x": 0.5}, RANDOM))
    one.optimize(line, n_trials=3)
    assert {trial.params["x"] for trial in one.trials} == {0.5}


def test_outcomes_are_held_below_nought() -> None:
    one = study()

    def objective(trial: Any) -> float:
        x = line(trial)
        trial.set_constraint("size", 0.5 - x)
        return x

    one.optimize(objective, n_trials=20)
    assert one.best_value >= 0.5
    assert one.best_value == min(trial.value for trial in one.trials if trial.params["x"] >= 0.5)


def test_runs_inside_an_objective_belong_to_its_trial() -> None:
    def objective(trial: Any) -> float:
        x = line(trial)
        run = cairn.init(project="inner", config=trial.params)
        run.log({"x": x})
        return x  # and finishes nothing

    one = study(project="p")
    one.optimize(objective, n_trials=2)
    runs = list(cairn.runs("inner"))
    assert {run.meta["sweep"]["trial"] for run in runs} == {0, 1}
    assert {run.state for run in runs} == {"finished"}
    assert cairn.run is None


def test_a_name_is_taken_where_a_storage_is_named(tmp_path: Path) -> None:
    folder = str(tmp_path / "elsewhere")
    study(study_name="s", storage=folder)
    with pytest.raises(cairn.DuplicatedStudyError):
        study(study_name="s", storage=folder)
    assert study(study_name="s", storage=folder, load_if_exists=True).study_name == "s"
    with pytest.raises(cairn.NotFoundError):
        cairn.load_study(study_name="s")


def test_a_study_is_copied_and_summed_up() -> None:
    one = study(study_name="one", direction="maximize")
    one.optimize(line, n_trials=3)
    cairn.copy_study(from_study_name="one", to_study_name="two")
    two = cairn.load_study(study_name="two")
    assert [trial.value for trial in two.trials] == [trial.value for trial in one.trials]
    assert two.best_value == one.best_value
    summaries = {summary.study_name: summary for summary in cairn.get_all_study_summaries()}
    assert summaries["two"].n_trials == summaries["one"].n_trials == 3
    assert summaries["one"].best_trial == one.best_trial


def test_a_fixed_trial_calls_an_objective() -> None:
    assert line(FixedTrial({"x": 0.5})) == 0.5
    with pytest.raises(ValueError, match="'x'"):
        line(FixedTrial({}))


def test_a_trial_that_is_made_is_checked() -> None:
    with pytest.raises(ValueError, match="FloatDistribution"):
        create_trial(params={"x": 2.0}, distributions={"x": FloatDistribution(0, 1)}, value=1.0)
    with pytest.raises(ValueError, match="a distribution for each"):
        create_trial(params={"x": 2.0}, value=1.0)
    made = create_trial(
        params={"c": "a"}, distributions={"c": CategoricalDistribution(["a"])}, values=[1.0, 2.0]
    )
    assert made.values == [1.0, 2.0]


def test_importance_is_a_share_of_the_variance() -> None:
    one = study()

    def objective(trial: Any) -> float:
        return 10 * line(trial) + 0.1 * float(trial.suggest_float("y", 0, 1))

    one.optimize(objective, n_trials=40)
    shares = cairn.importance.get_param_importances(one)
    assert list(shares) == ["x", "y"]
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["x"] > 0.8
    assert list(cairn.importance.get_param_importances(one, params=["y"])) == ["y"]


def test_asking_and_telling_is_quick() -> None:
    one = study()
    one.optimize(line, n_trials=20)
    began = time.perf_counter()
    one.optimize(line, n_trials=200)
    assert (time.perf_counter() - began) / 200 < 0.02  # measured: see docs/python_sweep.md
