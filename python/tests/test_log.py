"""log(): what it takes, what it counts, and that it never raises."""

from __future__ import annotations

import decimal
import math
import threading
from fractions import Fraction
from typing import Any

import cairn
import numpy as np
import pytest


class Tensor:
    """One number in another library's clothes."""

    ndim = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value

    def item(self) -> float:
        return self.value


@pytest.fixture
def run() -> cairn.Run:
    return cairn.init(project="p")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (True, 1.0),
        (0.1, 0.1),
        (np.float32(0.5), 0.5),
        (np.float64(0.25), 0.25),
        (np.int64(7), 7.0),
        (np.bool_(True), 1.0),
        (np.array(3.5), 3.5),
        (np.array([4.5]), 4.5),
        (np.array([[5]]), 5.0),
        (Tensor(2.5), 2.5),
        (decimal.Decimal("1.5"), 1.5),
        (Fraction(1, 4), 0.25),
        (math.inf, math.inf),
    ],
)
def test_every_kind_of_number_is_a_number(run: cairn.Run, value: Any, number: float) -> None:
    run.log({"x": value})
    assert run.summary["x"] == number
    assert run.losses() == {}


def test_nested_dicts_are_flattened_with_dots(run: cairn.Run) -> None:
    run.log({"train": {"loss": 1.0, "by": {"class": np.float32(2)}}, "lr": 0.1})
    assert dict(run.summary.items()) == {"train.loss": 1.0, "train.by.class": 2.0, "lr": 0.1}


def test_automatic_steps_count_calls(run: cairn.Run) -> None:
    run.log({"a": 1})
    run.log({"a": 2}, commit=False)
    assert run.step == 1
    run.log({"b": 2})
    assert run.step == 2


def test_a_row_without_numbers_has_a_step_too(run: cairn.Run) -> None:
    run.log({"text": "hello"})
    run.log({})
    assert run.step == 2


@pytest.mark.parametrize("step", [5, np.int64(5), 5.0, np.float32(5), Tensor(5.0)])
def test_any_whole_number_is_a_step(run: cairn.Run, step: Any) -> None:
    run.log({"a": 1}, step=step)
    assert run.step == 6
    assert run.losses() == {}


@pytest.mark.parametrize("step", [1e30, math.nan, math.inf, -1, 2.5, "7", None.__class__, 2**63])
def test_a_bad_step_costs_the_step_and_not_the_row(
    run: cairn.Run, step: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    run.log({"a": 1}, step=step)
    run.log({"a": 2}, step=step)
    assert run.losses() == {"steps": 2}
    assert run.summary["a"] == 2
    assert run.step == 2
    assert capfd.readouterr().err.count("expected as step a whole number") == 1


@pytest.mark.parametrize("value", [{1, 2}, object(), 1j, b"raw", np.array(["a"]), 10**400])
def test_a_value_that_cannot_be_kept_is_counted_and_told_once(
    run: cairn.Run, value: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        run.log({"bad": value, "good": 1.5})
    assert run.losses() == {"values": 3}
    assert run.summary["good"] == 1.5
    assert capfd.readouterr().err.count("expected a number, text or media for 'bad'") == 1


def test_every_bad_key_gets_a_warning_of_its_own(
    run: cairn.Run, capfd: pytest.CaptureFixture[str]
) -> None:
    run.log({"one": {1}, "two": {2}})
    assert capfd.readouterr().err.count("expected a number") == 2


def test_none_is_no_value_and_no_loss(run: cairn.Run) -> None:
    run.log({"a": None, "b": 1})
    assert "a" not in run.summary
    assert run.losses() == {}


@pytest.mark.parametrize("row", [[1, 2], 5, "loss", None])
def test_a_row_that_is_no_dict_is_counted(run: cairn.Run, row: Any) -> None:
    run.log(row)
    assert run.losses() == {"rows": 1}


def test_a_value_that_raises_does_not_reach_the_training_loop(run: cairn.Run) -> None:
    class Broken:
        def __float__(self) -> float:
            raise RuntimeError("broken")

        def __str__(self) -> str:
            raise RuntimeError("broken too")

    run.log({"bad": Broken(), "good": 1})
    run.config.update({"bad": Broken()})
    assert run.summary["good"] == 1
    assert run.losses() == {"values": 1}


def test_an_interrupt_inside_a_value_does_reach_the_program(run: cairn.Run) -> None:
    class Interrupted:
        def __float__(self) -> float:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.log({"x": Interrupted()})


def test_a_key_of_10_kb_is_counted_and_the_rest_kept(run: cairn.Run) -> None:
    run.log({"k" * 10_240: 1.0, "good": 2.0})
    assert run.losses() == {"values": 1}


def test_keys_need_be_neither_text_nor_utf8(run: cairn.Run) -> None:
    run.log({1: 1.0, ("a", 2): 2.0, "\udcff": 3.0, "": 4.0})  # type: ignore[dict-item]
    assert run.summary["1"] == 1.0
    assert run.losses() == {"values": 1}


def test_100000_distinct_keys_are_kept(run: cairn.Run) -> None:
    for i in range(0, 100_000, 1000):
        run.log({f"key/{j}": float(j) for j in range(i, i + 1000)})
    assert run.losses() == {}
    assert run.summary["key/99999"] == 99_999.0


def test_keys_made_anew_on_every_call_stay_the_same_series(run: cairn.Run) -> None:
    for i in range(50):
        run.log({f"part{j}": float(i) for j in range(3)})
    assert run.step == 50
    assert run.summary.as_dict() == {"part0": 49.0, "part1": 49.0, "part2": 49.0}


def test_the_summary_shows_the_last_value_of_every_layout(run: cairn.Run) -> None:
    for i in range(30):  # more layouts than the native module remembers
        run.log({f"only{i}": i, "all": i})
    assert run.summary["only0"] == 0
    assert run.summary["all"] == 29


def test_threads_lose_nothing(run: cairn.Run) -> None:
    def work(name: str) -> None:
        for i in range(1000):
            run.log({name: i})

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.step == 8000


def test_after_finish_log_is_ignored_and_says_so(
    run: cairn.Run, capfd: pytest.CaptureFixture[str]
) -> None:
    run.finish()
    run.log({"a": 1})
    run.log({"a": 2})
    cairn.session._native.show_notices()
    assert capfd.readouterr().err.count("after finish()") == 1


def test_what_was_logged_is_read_back_bit_exact(run: cairn.Run, read: Any) -> None:
    values = [0.1, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308]
    for value in values:
        run.log({"x": value})
    run.finish()
    series = read(run).series("x")
    assert series.value.tobytes() == np.array(values).tobytes()
    assert series.step.tolist() == list(range(len(values)))
    assert (np.diff(series.time) >= 0).all()


def test_a_running_run_is_read_while_it_runs(run: cairn.Run, read: Any) -> None:
    run.log({"x": 1.5})
    record = read(run)
    assert record.state == "running"
    assert record.series("x").value.tolist() == [1.5]


def test_steps_come_in_any_order_and_the_later_value_wins(run: cairn.Run, read: Any) -> None:
    for step in (10, 5, 7, 5):
        run.log({"x": run.step + step / 100}, step=step)
    series = read(run).series("x")
    assert series.step.tolist() == [5, 7, 10]
    assert len(series.value) == 3


def test_numbers_and_records_of_a_row_share_its_step(run: cairn.Run, read: Any) -> None:
    run.log({"x": 0})
    run.log({"x": 1, "note": "here"})
    run.log({"x": 2})
    record = read(run)
    assert record.series("x").step.tolist() == [0, 1, 2]
    assert [(r["key"], r["step"]) for r in record.records()] == [("note", 1)]


def test_losses_are_read_back(run: cairn.Run, read: Any) -> None:
    run.log({"bad": {1}})
    run.finish()
    assert read(run).losses == {"values": 1}
