"""@experiment and skippable(), the values that travel, and what of a configuration is compared."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cairn
import pytest
from workshop import Workshop, said

# @experiment

EXPERIMENT = """
    import dataclasses
    import cairn
    import numpy as np

    @dataclasses.dataclass
    class Config:
        lr: float = 0.1
        seed: int = 1
        num_workers: int = 0

    @cairn.experiment(project="p", ignore=["extra"])
    def train(cfg: Config):
        print("trains")
        cairn.log({"loss": cfg.lr})
        weights = np.arange(3, dtype=np.float32)
        return {"acc": cfg.lr * 2, "shape": (1, 2), "w": weights, "none": None}

    @cairn.experiment(project="p")
    def add(a, b=2, *, seed=0):
        print("adds")
        return a + b
"""


def test_an_experiment_is_answered_with_the_same_value_of_the_same_types(shop: Workshop) -> None:
    program = EXPERIMENT + (
        "    v = train(Config(lr=0.5))\n"
        "    print(v['acc'], v['shape'], v['w'], v['w'].dtype, v['none'])\n"
    )
    first = said(shop.run(program)).splitlines()
    second = said(shop.run(program)).splitlines()
    assert first == ["trains", *second]
    assert second == ["1.0 (1, 2) [0. 1. 2.] float32 None"]


def test_a_default_made_explicit_is_a_hit_and_arguments_may_be_named(shop: Workshop) -> None:
    calls = "    print(add(1), add(1, 2), add(b=2, a=1, seed=0), add(1, 3), add(1.0))\n"
    assert said(shop.run(EXPERIMENT + calls)) == "adds\nadds\n3 3 3 4 3\n"
    assert said(shop.run(EXPERIMENT + calls)) == "3 3 3 4 3\n"


def test_an_experiment_ends_up_in_a_run_of_its_own_inside_another(shop: Workshop) -> None:
    program = EXPERIMENT + (
        "    with cairn.init(project='outer') as run:\n"
        "        value = train(Config())\n"
        "        run.log({'acc': value['acc']})\n"
        "        assert cairn.run is run\n"
    )
    said(shop.run(program))
    (inner,) = shop.runs()
    (outer,) = shop.runs("outer")
    assert inner.config == {"lr": 0.1, "seed": 1, "num_workers": 0}
    assert inner.summary["loss"] == 0.1
    assert outer.summary["acc"] == 0.2


def test_an_exception_passes_and_its_run_has_failed(shop: Workshop) -> None:
    program = """
        import cairn
        @cairn.experiment(project="p")
        def train(lr):
            raise ValueError("too bad")
        try:
            train(1)
        except ValueError as error:
            print(error)
    """
    assert said(shop.run(program)) == "too bad\n"
    assert said(shop.run(program)) == "too bad\n"
    assert [run.state for run in shop.runs()] == ["failed", "failed"]


def test_an_experiment_may_call_itself(shop: Workshop) -> None:
    program = """
        import cairn
        @cairn.experiment(project="p")
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        print(fib(4))
    """
    assert said(shop.run(program)) == "3\n"
    calls = len(shop.runs())
    assert calls > 5
    assert said(shop.run(program)) == "3\n"
    assert len(shop.runs()) == calls + 1


def test_what_a_reused_part_had_read_belongs_to_the_whole(shop: Workshop) -> None:
    program = """
        import sys
        import cairn
        @cairn.experiment(project="p")
        def part(x):
            with open("part.txt", "w") as file:
                file.write("made")
            return len(open("data.csv").read()) + x
        run = cairn.init(project="whole", config={"depth": len(sys.argv)}, reuse="auto")
        if not run.reused:
            run.summary["size"] = part(1)
        print(run.reused, run.summary["size"])
    """
    assert said(shop.run(program)) == "False 5\n"
    assert said(shop.run(program, "more")) == "False 5\n"  # its part is reused
    (shop.folder / "part.txt").unlink()
    assert said(shop.run(program, "more")) == "True 5\n"
    assert (shop.folder / "part.txt").read_text() == "made"
    shop.write("data.csv", "1,2,3\n")
    assert said(shop.run(program, "more")) == "False 7\n"


def test_a_value_that_cannot_travel_is_returned_told_and_not_reused(shop: Workshop) -> None:
    program = """
        import cairn
        class Net: pass
        @cairn.experiment(project="p")
        def train(lr):
            print("trains")
            return Net()
        print(type(train(1)).__name__)
    """
    code, out, err = shop.run(program)
    assert (code, out) == (0, "trains\nNet\n")
    assert err.count("its value cannot be kept") == 1
    assert "Net in the value" in shop.unsealed()
    assert said(shop.run(program)) == "trains\nNet\n"


def test_what_a_function_takes_from_around_it_is_part_of_its_settings(shop: Workshop) -> None:
    program = """
        import cairn
        def make(k):
            @cairn.experiment(project="p")
            def times(x):
                return x * k
            return times
        print(make(2)(3), make(5)(3), make(2)(3))
    """
    assert said(shop.run(program)) == "6 15 6\n"
    assert said(shop.run(program)) == "6 15 6\n"


def test_one_run_of_a_process_is_not_held_back_by_another(shop: Workshop) -> None:
    """Each writes and reads back a file of its own, as one saves and loads the best weights."""
    program = """
        import cairn
        @cairn.experiment(project="p")
        def train(lr):
            print("trains", lr)
            with open(f"best-{lr}.txt", "w") as file:
                file.write(str(lr))
            return float(open(f"best-{lr}.txt").read())
        print([train(lr) for lr in (1.0, 2.0, 3.0)])
    """
    said(shop.run(program))
    for path in shop.folder.glob("best-*"):
        path.unlink()
    assert said(shop.run(program)) == "[1.0, 2.0, 3.0]\n"
    assert {path.name for path in shop.folder.glob("best-*")} == {
        "best-1.0.txt",
        "best-2.0.txt",
        "best-3.0.txt",
    }


@pytest.mark.parametrize(
    "text",
    [
        "async def f(): pass",
        "def f(): yield 1",
        "async def f(): yield 1",
        "class f: pass",
        "f = 3",
    ],
)
def test_what_has_no_value_at_its_return_is_refused_when_it_is_decorated(text: str) -> None:
    space: dict[str, Any] = {}
    exec(text, space)
    with pytest.raises(TypeError, match="expected a function"):
        cairn.experiment(space["f"])
    with pytest.raises(TypeError, match="expected a function"):
        cairn.experiment(ignore=["x"])(space["f"])


# skippable()


def test_a_block_is_skipped_and_what_traces_is_put_back(shop: Workshop) -> None:
    program = """
        import sys
        import cairn
        def tracer(frame, event, arg):
            return None
        def main():
            sys.settrace(tracer)
            with cairn.skippable({"seed": 1}, project="p") as run:
                print("body")
                run.log({"x": 5})
            assert sys.gettrace() is tracer
            sys.settrace(None)
            print(run.reused, run.result.metrics["x"] if run.reused else run.summary["x"])
        main()
    """
    assert said(shop.run(program)) == "body\nFalse 5.0\n"
    assert said(shop.run(program)) == "True 5.0\n"


@pytest.mark.parametrize(
    "block",
    [
        "with cairn.skippable({'seed': 1}, project='p') as run: print('body')",
        "with cairn.skippable(\n    {'seed': 1},\n    project='p',\n) as run:\n    print('body')",
        "with cairn.skippable({'seed': 1}, project='p'):\n    print('body')",
        "class A: pass\na = A()\nwith cairn.skippable({'seed': 1}, project='p') as a.run:\n"
        "    print('body')",
        "def f():\n    with cairn.skippable({'seed': 1}, project='p') as run:\n"
        "        print('body')\n    assert run.is_finished\nf()",
        "for _ in [1]:\n    with cairn.skippable({'seed': 1}, project='p') as run:\n"
        "        try:\n            print('body')\n        finally:\n            print('body')",
    ],
)
def test_every_form_of_a_block_is_skipped(shop: Workshop, block: str) -> None:
    program = f"import cairn\n{block}\nprint('after')\n"
    assert "body" in said(shop.run(program))
    assert said(shop.run(program)) == "after\n"


def test_an_exception_in_a_block_passes(shop: Workshop) -> None:
    program = """
        import cairn
        try:
            with cairn.skippable({"seed": 1}, project="p") as run:
                raise KeyError("mine")
        except KeyError:
            print(run.is_finished)
    """
    assert said(shop.run(program)) == "True\n"
    assert shop.runs()[0].state == "failed"


# Values


def same(a: Any, b: Any) -> bool:
    import numpy as np

    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return repr(a) == repr(b)


def test_values_travel_as_exactly_what_they_are() -> None:
    import numpy as np
    from cairn.values import pack, unpack

    value = {
        "plain": [None, True, 1, -0.0, float("nan"), float("inf"), 2**80, "\udcff \N{SNOWMAN}"],
        "tuple": (1, (2, [3, ()])),
        "keys": {1: "a", (1, 2): "b", None: "c", "$tuple": "d"},
        "$odd": {},
        "scalars": [
            np.float32(0.1),
            np.int64(3),
            np.bool_(True),
            np.str_("x"),
            np.datetime64("now"),
        ],
        "arrays": [
            np.arange(6).reshape(2, 3).T,
            np.array(3.5),
            np.zeros((0, 3), ">f4"),
            np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
            np.array(["x", "long"]),
        ],
    }
    text, arrays = pack(value)
    assert same(unpack(text, arrays), value)


@pytest.mark.parametrize("value", [b"x", {1, 2}, object(), [1, {"a": (object(),)}], 1j, print])
def test_values_that_are_something_else_are_refused_with_their_place(value: Any) -> None:
    from cairn.values import pack

    with pytest.raises(cairn.InvalidError, match="the value"):
        pack(value)


def test_values_refuse_pickles_subclasses_and_endless_ones() -> None:
    import collections
    import enum

    import numpy as np
    from cairn.values import pack, unpack

    endless: list[Any] = []
    endless.append(endless)
    point = collections.namedtuple("point", "x")
    for value in (
        np.array([object()]),
        np.ma.masked_array([1]),
        collections.OrderedDict(a=1),
        point(1),
        enum.IntEnum("Kind", "A").A,  # type: ignore[attr-defined]
        endless,
    ):
        with pytest.raises(cairn.InvalidError):
            pack(value)
    with pytest.raises(cairn.CorruptError):
        unpack(b'{"$unknown": 1}', None)
    with pytest.raises(cairn.CorruptError):
        unpack(b'{"$array": "a0"}', b"no zip")


# What of a configuration is compared


def compared(value: Any) -> tuple[str, list[str]]:
    from cairn.plan import comparable

    opaque: list[str] = []
    return json.dumps(comparable(value, opaque), sort_keys=True), opaque


def test_settings_are_compared_by_their_content() -> None:
    import numpy as np

    big = np.arange(5000.0)
    other = big.copy()
    other[4999] += 1
    assert compared({"w": big}) == compared({"w": big.copy()})
    assert compared({"w": big}) != compared({"w": other})
    assert compared({"b": b"x"}) != compared({"b": b"y"})
    assert compared({"s": {"b", "a", "c"}}) == compared({"s": {"c", "b", "a"}})
    assert compared({"f": json.dumps}) == ('{"f": "json.dumps"}', [])
    assert compared({"n": np.float32(0.5), "p": Path("/x"), "t": (1, 2)})[0] == (
        '{"n": 0.5, "p": "/x", "t": [1, 2]}'
    )


def test_settings_of_which_nothing_is_known_are_named() -> None:
    assert compared({"a": {"b": [lambda: 1]}})[1] == ["a.b.0"]
    assert compared({"file": sys.stdin})[1] == ["file"]

    class Options:
        def __init__(self, lr: float) -> None:
            self.lr = lr

    assert compared({"o": Options(1)})[1] == []
    assert compared({"o": Options(1)})[0] != compared({"o": Options(2)})[0]
