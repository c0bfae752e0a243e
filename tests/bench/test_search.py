"""Rules of the benchmark of searches: its problems, how trials pass in it, and how it scores."""

from __future__ import annotations

import json
import math
import pickle
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from search import bayesmark, peer, report, scoring, structured, synthetic, tables
from search.problem import Problem
from search.problems import all_problems, select
from search.scoring import Scale
from search.simulate import noise_of, simulate
from search.space import Config, Parameter, active_part, at, draw, log_float, log_int, read_space


def vector(*values: float) -> Config:
    """A configuration x0, x1, ..."""
    return {f"x{i}": value for i, value in enumerate(values)}


HARTMANN = (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573)
BEST_TRAINING = {"lr": 0.01, "momentum": 0.9, "weight_decay": 10**-3.5, "dropout": 0.25}
BEST_NET = {"depth": 4, "width": 256, "optimizer": "sgd", "schedule": "cosine"}
CAMEL = {"x": 0.0898 / 2, "y": -0.7126 / 2}
OPTIMA = {
    "branin": vector(math.pi, 2.275),
    "hartmann6": vector(*HARTMANN),
    "hartmann6_noisy": vector(*HARTMANN),
    "hartmann6_in_20": vector(*HARTMANN, *[0.5] * 14),
    "ackley5": vector(*[0.0] * 5),
    "levy8": vector(*[1.0] * 8),
    "rosenbrock6": vector(*[1.0] * 6),
    "styblinski_tang6": vector(*[-2.903534] * 6),
    "rotated_ellipsoid5": vector(*[0.7] * 5),
    "rastrigin3": vector(*[0.0] * 3),
    "training4": BEST_TRAINING,
    "training4_noisy": BEST_TRAINING,
    "training8": {**BEST_TRAINING, **BEST_NET},
    "training8_noisy": {**BEST_TRAINING, **BEST_NET},
    "tree": {"x1": 1, "x3": 0, "x6": 0.0, "r9": 0.0},
    "func_2c": {"first": "camel", "second": "camel", **CAMEL},
    "func_3c": {"first": "camel", "second": "camel", "third": "camel", **CAMEL},
    "ackley_5c": {
        "x": 0.0,
        **{f"c{i}": next(n for n, p in structured.PLACE_OF.items() if p == 0) for i in range(5)},
    },
}


@pytest.mark.parametrize(
    "problem", synthetic.problems() + structured.problems(), ids=lambda p: p.name
)
def test_an_optimum_is_where_it_is_said_to_be_and_nothing_is_below(problem: Problem) -> None:
    optimum = problem.known_optimum()
    assert optimum is not None
    assert problem.truth(OPTIMA[problem.name]) == pytest.approx(optimum, abs=1e-4)
    parameters, source = read_space(problem.space), random.Random(1)
    assert all(problem.truth(draw(parameters, source)) >= optimum - 1e-9 for _ in range(200))


def test_a_training_with_too_large_a_learning_rate_diverges_to_a_plateau() -> None:
    wild = {**BEST_TRAINING, "lr": 1.0}
    assert synthetic.training(wild) == synthetic.training({**wild, "dropout": 0.7})
    assert synthetic.training(wild) == synthetic.DIVERGED


def test_the_development_set_has_all_its_problems_by_their_names() -> None:
    problems = all_problems()
    suites = [problem.suite for problem in problems.values()]
    counts = {suite: suites.count(suite) for suite in suites}
    assert counts == {"synthetic": 14, "structured": 4, "tables": 15, "bayesmark": 30, "bbob": 90}
    assert [p.name for p in select("tree,branin")] == ["tree", "branin"]
    with pytest.raises(SystemExit, match="found 'treee'"):
        select("treee")


@pytest.mark.parametrize("problem", all_problems().values(), ids=lambda p: p.name)
def test_every_space_is_read_and_drawn_from(problem: Problem) -> None:
    parameters = read_space(problem.space)
    config = draw(parameters, random.Random(2))
    assert {p.name for p in parameters if p.is_active(config)} == set(config)
    assert json.loads(json.dumps(config)) == config


def test_whole_numbers_have_all_their_values_as_often_as_their_scale_says() -> None:
    even = Parameter("n", "int", 1, 4)
    assert [even.at(place) for place in (0.0, 0.24, 0.26, 0.99, 1.0)] == [1, 1, 2, 4, 4]
    (scaled,) = read_space({"parameters": {"n": log_int(1, 1000)}})
    assert scaled.law == "log" and [scaled.at(place) for place in (0.0, 1.0)] == [1, 1000]
    assert scaled.at(0.5) == pytest.approx(22, abs=1)  # the middle of 0.5 to 1000.5


def test_a_parameter_is_there_only_below_its_branch() -> None:
    parameters = read_space(structured.tree_space())
    names = [p.name for p in parameters]
    assert names.index("x1") < names.index("x3") < names.index("x6")
    config = at([0.9 if name in ("x1", "x3") else 0.1 for name in names], parameters)
    assert set(config) == {"x1", "x3", "x7", "r9"}
    whole = {**dict.fromkeys(names, 0.0), "x1": 0, "x2": 1, "x3": 1}
    assert set(active_part(whole, parameters)) == {"x1", "x2", "x5", "r8"}


def test_a_table_is_read_without_running_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = tables.Family("made", "acc", 1.0, {"a": (8, 16), "b": ("x", "y", "z")}, ("data",))
    rows = {f"{a}{b}": {"acc": [a / 10, b / 10]} for a in range(2) for b in range(3)}
    folder = tmp_path / "datasets" / "made"
    folder.mkdir(parents=True)
    monkeypatch.setattr(tables, "package_folder", lambda: tmp_path)
    (folder / "data.pkl").write_bytes(pickle.dumps(rows))
    table = tables.read_table(family, "data")
    assert tables.row_of(family.choices, {"b": "z", "a": 16}) == 5
    assert table[5].tolist() == pytest.approx([0.9, 0.8])
    (folder / "data.pkl").write_bytes(pickle.dumps(Path("code")))
    with pytest.raises(pickle.UnpicklingError, match=r"found pathlib\."):
        tables.read_table(family, "data")


TREE = {
    "max_depth": 3,
    "min_samples_split": 0.1,
    "min_samples_leaf": 0.05,
    "min_weight_fraction_leaf": 0.02,
    "max_features": 0.9,
    "min_impurity_decrease": 0.0,
}


@pytest.mark.parametrize(("metric", "scorer"), [("nll", "neg_log_loss"), ("acc", "accuracy")])
def test_bayesmarks_losses_are_those_of_scikit_learns_cross_validation(
    metric: str, scorer: str
) -> None:
    from sklearn import datasets, model_selection, tree

    x, _, y, _ = model_selection.train_test_split(
        *datasets.load_wine(return_X_y=True), test_size=0.2, random_state=0
    )
    model = tree.DecisionTreeClassifier(**TREE, random_state=0)
    scores = model_selection.cross_val_score(model, x, y, scoring=scorer, cv=5)
    assert bayesmark.cross_validate("DT", "wine", metric, TREE) == pytest.approx(-scores.mean())


def test_a_large_ensemble_tells_what_a_smaller_one_would_have_lost() -> None:
    few = {"n_estimators": 10, "learning_rate": 1.0}
    direct = bayesmark.cross_validate("ada", "iris", "acc", few)
    assert bayesmark.ada_losses("iris", "acc", 1.0)[9] == pytest.approx(direct)


def test_a_normalised_lasso_has_columns_of_length_one() -> None:
    from sklearn.linear_model import Lasso

    x, y, x_test, _ = bayesmark.folds("diabetes")[0]
    settings = {"alpha": 0.01, "fit_intercept": True, "max_iter": 5000, "tol": 1e-8}
    ours = bayesmark.make_lasso_of_numbers({**settings, "normalize": True}, len(y)).fit(x, y)
    middle = x.mean(axis=0)
    length = np.linalg.norm(x - middle, axis=0)
    theirs = Lasso(**settings).fit((x - middle) / length, y)
    assert ours.predict(x_test) == pytest.approx(theirs.predict((x_test - middle) / length))


@dataclass
class Scripted:
    """A method that asks for given configurations and remembers what it was told."""

    places: list[float]
    told: list[int] = field(default_factory=list)

    def ask(self, number: int) -> tuple[Config | None, float]:
        """The next of them."""
        return ({"x": self.places[number]} if number < len(self.places) else None), 0.001

    def tell(self, number: int, value: float) -> float:
        """Takes note."""
        self.told.append(number)
        return 0.0

    def best(self) -> int | None:
        """Always the first trial."""
        return 0


def line(shown_off: float = 0.0) -> Problem:
    """The value is the place; what is shown of odd tenths is off by something."""
    space = {"parameters": {"x": {"min": 0.0, "max": 1.0}}}

    def shown(config: Config, noise: np.random.Generator) -> float:
        return float(config["x"]) - (shown_off if round(10 * config["x"]) % 2 else 0.0)

    return Problem("line", "made", space, lambda config: float(config["x"]), shown, 0.0)


def test_an_incumbent_is_chosen_by_what_it_showed_and_judged_by_its_truth() -> None:
    course = simulate(line(shown_off=0.4), Scripted([0.8, 0.7, 0.4, 0.1]), 0, 1, [2, 4])
    assert course.truth == [0.8, 0.7, 0.7, 0.1]
    assert course.recommended == {2: 0.8, 4: 0.8}


def test_many_workers_tell_in_the_order_in_which_trials_end_and_no_trial_is_lost() -> None:
    method = Scripted([i / 40 for i in range(40)])
    course = simulate(line(), method, 3, 8, [40])
    assert sorted(method.told) == list(range(40)) and method.told != sorted(method.told)
    assert len(course.truth) == 40
    again = Scripted(method.places)
    simulate(line(), again, 3, 8, [40])
    assert again.told == method.told


def test_a_space_that_is_exhausted_ends_the_search() -> None:
    course = simulate(line(), Scripted([0.5, 0.3]), 0, 8, [10])
    assert course.truth[-1] == 0.3 and len(course.truth) == 2
    assert scoring.at_budget(course.truth, 10, planned=10) == 0.3
    assert scoring.at_budget(course.truth, 11, planned=10) is None


def test_noise_is_that_of_the_trial_whoever_asks() -> None:
    assert noise_of(1, 2).random() == noise_of(1, 2).random() != noise_of(1, 3).random()


def test_a_child_answers_lines() -> None:
    space = {"parameters": {"lr": log_float(1e-4, 1.0)}}
    begin = {"begin": {"space": space, "seed": 1, "budget": 3}}
    method, said = peer.answer("random", None, begin)
    assert said == {"version": "random"}
    method, said = peer.answer("random", method, {"ask": 0})
    assert 1e-4 <= said["config"]["lr"] <= 1.0 and said["seconds"] >= 0
    assert "seconds" in peer.answer("random", method, {"tell": [0, 0.5]})[1]
    assert peer.answer("random", method, {"best": True})[1] == {"best": None}


SCALES = {"p": Scale(optimum=1.0, middle=3.0), "q": Scale(optimum=0.0, middle=10.0)}


def test_a_score_is_100_at_the_optimum_and_0_at_the_median_random_trial() -> None:
    assert [SCALES["p"].normalised(v) for v in (1.0, 2.0, 3.0, 99.0, -99.0)] == [0, 0.5, 1, 1, -1]
    values = {("p", 0): 1.0, ("p", 1): 2.0, ("q", 0): 10.0}
    losses = scoring.task_losses(values, SCALES)
    assert losses == {"p": 0.25, "q": 1.0}
    assert scoring.score(losses) == pytest.approx(37.5)  # tasks count alike, however many seeds


def test_ranks_are_means_over_seeds_then_problems_and_ties_share() -> None:
    results = {
        "a": {("p", 0): 1.0, ("p", 1): 1.0, ("q", 0): 5.0, ("q", 9): 0.0},
        "b": {("p", 0): 2.0, ("p", 1): 1.0, ("q", 0): 4.0},
    }
    assert scoring.shared_cells(results) == [("p", 0), ("p", 1), ("q", 0)]
    assert scoring.average_ranks(results) == {"a": (1.25 + 2) / 2, "b": (1.75 + 1) / 2}


def test_methods_are_compared_task_by_task_on_what_both_ran() -> None:
    names = [f"t{i}" for i in range(10)]
    scales = {name: Scale(0.0, 1.0) for name in names}
    first = {(name, 0): 0.1 for name in names}
    second = {(name, 0): 0.2 + 0.01 * i for i, name in enumerate(names)}
    found = scoring.compare(first, {**second, ("t0", 7): 0.0}, scales)
    assert found is not None and (found.tasks, found.cells) == (10, 10)
    assert found.gain == pytest.approx(14.5)
    assert found.low < found.gain < found.high and found.low > 10
    assert (found.wins, found.losses) == (10, 0) and found.p == pytest.approx(2 / 2**10)
    assert scoring.compare(first, {("other", 0): 1.0}, scales) is None


def test_holm_raises_the_smallest_p_the_most_and_keeps_their_order() -> None:
    assert scoring.holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert scoring.holm([0.9, 0.8]) == [1.0, 1.0]


def made_row(method: str, seed: int, truth: list[float]) -> dict[str, object]:
    """A line of results on a problem whose optimum and middle are known."""
    return {
        "problem": "tree",
        "method": method,
        "seed": seed,
        "workers": 1,
        "budget": len(truth),
        "version": method,
        "truth": truth,
        "recommended": {},
        "ask_ms": [1.0] * len(truth),
        "tell_ms": 0.1,
        "memory_mb": 10.0,
    }


def test_a_report_counts_the_longest_of_each_search_and_no_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIRN_SEARCH_CACHE", str(tmp_path / "cache"))
    rows = [made_row("good", s, [0.5] * 19 + [0.1]) for s in range(2)]
    rows += [made_row("bad", s, [0.8] * 20) for s in range(2)] + [made_row("good", 0, [9.0])]
    failed = {"problem": "tree", "method": "bad", "seed": 0, "workers": 1, "budget": 99}
    path = tmp_path / "results.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in [*rows, {**failed, "error": "gone"}]))
    read = report.read_rows([path])
    assert sorted(len(row["truth"]) for row in read) == [20] * 4
    made = report.Report(read, [15, 20], "good")
    standing = made.document()["standings"]
    assert standing[20]["good"] == {"score": 100.0, "rank": 1.0}
    assert standing[15]["good"]["score"] > standing[15]["bad"]["score"]
    assert "| good" in made.markdown()
