"""Reading: lists of runs, histories, exports, and a child that goes with its parent."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import cairn
import numpy as np
import pytest
from cairn import door
from cairn.api import filter_of
from cairn.columns import parse_columns


@pytest.fixture
def three(read: Any) -> list[str]:
    """Three runs of project "digits" with learning rates 0.1, 0.2 and 0.3."""
    ids = []
    for number in (1, 2, 3):
        config = {"lr": number / 10, "opt": {"name": "sgd"}}
        with cairn.init(project="digits", config=config, tags=[f"t{number}"]) as run:
            for step in range(4):
                run.log({"loss": number / (step + 1)}, step=step)
                if step % 2 == 0:
                    run.log({"acc": number * step}, step=step)
            run.summary["best"] = number
            ids.append(run.id)
    return ids


def test_runs_are_filtered_and_sorted(three: list[str]) -> None:
    found = cairn.runs("digits", filter="config.lr > 0.15", sort="-summary.best")
    assert [run.id for run in found] == [three[2], three[1]]
    assert len(found) == 2
    assert found[-1].config.opt.name == "sgd"
    assert found[0].config["opt.name"] == "sgd"
    assert found[0].summary["best"] == 3
    assert [run.id for run in found[:1]] == [three[2]]
    assert len(cairn.runs("digits", limit=1)) == 1
    with pytest.raises(IndexError):
        _ = found[2]


def test_pages_are_read_when_they_are_looked_at(
    three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cairn.reading._PAGE_RUNS", 2)
    found = cairn.runs("digits")
    assert len(found) == 3
    assert sorted(run.id for run in found) == sorted(three)


def test_a_filter_with_an_unknown_field_names_it(three: list[str]) -> None:
    with pytest.raises(cairn.InvalidError, match="nonsense"):
        cairn.runs("digits", filter="nonsense.field = 1")


def test_a_run_is_found_by_id_prefix_and_path(three: list[str]) -> None:
    assert cairn.get(three[0]).id == three[0]
    assert cairn.get(f"digits/{three[0]}").config.lr == 0.1
    assert cairn.run_by_id(three[1], "digits").id == three[1]
    with pytest.raises(cairn.NotFoundError):
        cairn.get("digits/nothing-like-that")


def test_a_key_that_is_not_there_is_not_found(three: list[str]) -> None:
    with pytest.raises(cairn.NotFoundError, match="'nothing'"):
        cairn.get(three[0]).series("nothing")


def test_buckets_are_exact_envelopes(read: Any) -> None:
    with cairn.init() as run:
        for i in range(5000):
            run.log({"x": 1000.0 if i == 3333 else 0.0})
    series = read(run).series("x", buckets=100)
    assert len(series) <= 100
    assert series.max is not None
    assert series.count is not None
    assert series.max.max() == 1000
    assert int(series.count.sum()) == 5000


def test_history_is_a_frame_with_nan_where_there_is_no_value(three: list[str]) -> None:
    frame = cairn.get(three[0]).history()
    assert frame.index.tolist() == [0, 1, 2, 3]
    assert frame["acc"].isna().tolist() == [False, True, False, True]
    assert list(cairn.get(three[0]).history(keys=["loss"]).columns) == ["loss"]


def test_a_table_of_runs_is_a_frame(three: list[str]) -> None:
    frame = cairn.runs("digits").frame()
    assert sorted(frame["config.lr"]) == [0.1, 0.2, 0.3]
    assert "config.opt.name" in frame


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_a_history_is_exported(three: list[str], format: str, tmp_path: Path) -> None:
    path = cairn.export(three[0], tmp_path / f"out.{format}")
    assert path.stat().st_size > 0
    if format == "parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        assert table.column("step").to_pylist() == [0, 1, 2, 3]
        assert table.column("acc").to_pylist() == [0, None, 2, None]


def test_a_run_is_renamed_and_removed(three: list[str]) -> None:
    run = cairn.get(three[0]).update(name="renamed", tags=["x"])
    assert cairn.get(run.id).name == "renamed"
    run.delete()
    with pytest.raises(cairn.NotFoundError):
        cairn.get(run.id)


def test_the_child_is_started_again_when_it_was_killed(three: list[str], store: Path) -> None:
    cairn.get(three[0])
    child = door._children[os.path.realpath(store)]
    os.kill(child._child, 9)
    assert cairn.get(three[0]).id == three[0]


def test_a_forked_child_has_a_door_of_its_own(three: list[str], store: Path) -> None:
    cairn.get(three[0])
    pid = os.fork()
    if pid == 0:
        os._exit(0 if cairn.get(three[1]).id == three[1] else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert cairn.get(three[2]).id == three[2]


def test_the_child_ends_with_its_parent(three: list[str], finished: Any) -> None:
    program = f"""
        import cairn, os
        from cairn import door
        cairn.get({three[0]!r})
        print(next(iter(door._children.values()))._child, flush=True)
        os._exit(0)
    """
    code, out, err = finished(program)
    assert code == 0, err
    child = Path("/proc") / out.strip() / "cmdline"
    for _ in range(1000):  # the socket closes with the parent; the child sees it and leaves
        if not child.exists() or b"door" not in child.read_bytes():
            break
        os.sched_yield()
    else:
        pytest.fail("the reading child outlived its parent")


def test_without_the_program_reading_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CAIRN_BINARY", str(tmp_path / "no-such-program"))
    with pytest.raises(cairn.UnavailableError, match="no-such-program"):
        cairn.runs("digits", dir=tmp_path / "other")


def test_the_api_of_others_reads_the_same_runs(three: list[str]) -> None:
    api = cairn.Api()
    found = api.runs("entity/digits", {"config.lr": {"$gte": 0.2}}, order="+summary_metrics.best")
    assert [run.id for run in found] == three[1:]
    run = api.run(f"entity/digits/{three[0]}")
    assert run.summary["best"] == 1
    assert run.lastHistoryStep == 3
    rows = list(run.scan_history(keys=["loss", "acc"]))
    assert rows == [{"_step": 0, "loss": 1.0, "acc": 0.0}, {"_step": 2, "loss": 1 / 3, "acc": 2.0}]
    assert list(run.history()["_step"]) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({}, ""),
        ({"state": "finished"}, 'state = "finished"'),
        ({"config.lr.value": {"$gt": 0.1, "$lte": 1}}, "config.lr > 0.1 and config.lr <= 1"),
        ({"tags": {"$in": ["a", "b"]}}, '(tags contains "a" or tags contains "b")'),
        ({"$or": [{"config.a": 1}, {"config.b": None}]}, "((config.a = 1) or (config.b is null))"),
        ({"display_name": {"$regex": "^x"}}, 'name ~ "^x"'),
        ({"config.opt": {"$nin": ["sgd"]}}, 'config.opt not in ("sgd")'),
        ({"summary_metrics.val/acc": {"$exists": True}}, "summary.`val/acc` is not null"),
        ({"config.a": {"$not": {"$gt": 1}}}, "not (config.a > 1)"),
    ],
)
def test_filters_of_others_are_translated(filters: dict[str, Any], text: str) -> None:
    assert filter_of(filters) == text


def test_a_filter_nobody_can_translate_is_refused() -> None:
    with pytest.raises(cairn.InvalidError, match=r"\$where"):
        filter_of({"config.a": {"$where": "1"}})


def columns_of(json_text: bytes, arrays: bytes, version: int = 1) -> bytes:
    padded = json_text + b" " * (-len(json_text) % 8)
    return struct.pack("<4sIII", b"CCOL", version, len(padded), 0) + padded + arrays


def test_columns_are_views_of_the_answer() -> None:
    about = (
        b'{"series": [{"run": "r", "key": "k", "exact": true, "columns": ['
        b'{"name": "step", "type": "i64", "offset": 0, "count": 2},'
        b'{"name": "value", "type": "f64", "offset": 16, "count": 2}]}], "missing": []}'
    )
    arrays = np.array([1, 2]).tobytes() + np.array([0.5, np.nan]).tobytes()
    (series,) = parse_columns(columns_of(about, arrays))
    assert series["step"].tolist() == [1, 2]
    assert series["value"][0] == 0.5
    assert not series["value"].flags.owndata
    with pytest.raises(cairn.CorruptError, match="within"):
        parse_columns(columns_of(about, arrays[:-8]))


@pytest.mark.parametrize("content", [b"", b"JUNKJUNKJUNKJUNK", columns_of(b"{}", b"", version=9)])
def test_what_are_no_columns_is_corrupt(content: bytes) -> None:
    with pytest.raises(cairn.CorruptError, match="expected columns"):
        parse_columns(content)
