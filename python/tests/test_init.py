"""init(), config, summary, modes, and what can go wrong before the first row."""

from __future__ import annotations

import argparse
import copy
import dataclasses
import pickle
from pathlib import Path
from typing import Any

import cairn
import pytest


@pytest.mark.parametrize(
    "project", ["../up", "a/b", ".hidden", "x" * 200, "new\nline", "with space"]
)
def test_a_project_name_that_is_no_safe_name_is_refused(project: str) -> None:
    with pytest.raises(cairn.InvalidError, match="expected a project name"):
        cairn.init(project=project)


def test_an_id_with_a_path_in_it_is_refused() -> None:
    with pytest.raises(cairn.InvalidError, match="run id"):
        cairn.init(id="../../etc", resume="allow")


@pytest.mark.parametrize(
    "wrong",
    [
        {"project": 3},
        {"name": ["a"]},
        {"tags": 5},
        {"config": 5},
        {"config": [1]},
        {"id": 7},
        {"settings": 1},
    ],
)
def test_arguments_of_the_wrong_type_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="expected"):
        cairn.init(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "sideways"},
        {"resume": "perhaps"},
        {"reinit": "perhaps"},
        {"sample_period_s": -1},
        {"resume": "must"},
        {"resume_from": "abc"},
    ],
)
def test_values_nobody_knows_are_refused(wrong: dict[str, Any]) -> None:
    if "reinit" in wrong:
        cairn.init()
    with pytest.raises(cairn.InvalidError, match="expected"):
        cairn.init(**wrong)


def test_invalid_errors_are_value_errors() -> None:
    with pytest.raises(ValueError, match="expected"):
        cairn.init(project="../x")


def test_variables_are_fall_backs_ours_before_theirs(
    monkeypatch: pytest.MonkeyPatch, store: Path
) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "theirs")
    monkeypatch.setenv("WANDB_NAME", "named")
    monkeypatch.setenv("WANDB_TAGS", "a, b")
    monkeypatch.setenv("WANDB_RUN_GROUP", "grouped")
    monkeypatch.setenv("WANDB_RUN_ID", "given-id")
    monkeypatch.setenv("CAIRN_PROJECT", "ours")
    run = cairn.init()
    assert (run.project, run.name, run.id, run.group) == ("ours", "named", "given-id", "grouped")
    assert run.tags == ("a", "b")
    assert run.store_dir == str(store)


def test_an_argument_comes_before_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_PROJECT", "variable")
    assert cairn.init(project="argument").project == "argument"


def test_settings_are_taken_and_unknown_ones_ignored() -> None:
    run = cairn.init(settings=cairn.Settings(run_name="set", init_timeout=300, nonsense=True))
    assert run.name == "set"
    assert run.settings.no_such_thing is None


def test_a_disabled_run_takes_everything_and_writes_nothing(store: Path) -> None:
    with cairn.init(project="p", mode="disabled", config={"lr": 1}) as run:
        run.log({"a": 1, "image": object()})
        run.summary["best"] = 2
        run.log_artifact("no/such/file")
        run.save("nothing")
        assert (run.config.lr, run.summary["best"]) == (1, 2)
        assert run.losses() == {}
    assert not store.exists()


def test_a_folder_that_cannot_be_written_costs_the_run_and_not_the_training(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    run = cairn.init(project="p", dir=tmp_path / "file" / "store")
    for i in range(3):
        run.log({"loss": i, "text": "x"})
    run.config["lr"] = 1
    run.finish()
    assert run.losses() == {"rows": 3}
    shown = capfd.readouterr().err
    assert shown.count("nothing of this run can be kept") == 1
    assert "3 rows" in shown


def test_config_is_a_dict_with_attributes_all_the_way_down() -> None:
    run = cairn.init(config={"lr": 0.1, "opt": {"name": "sgd", "betas": [1, 2]}})
    run.config.opt.name = "adam"
    run.config["opt"]["eps"] = 1e-8
    run.config.update({"opt": {"decay": 0}}, allow_val_change=True, depth=3)
    run.config.setdefaults({"lr": 9, "new": 1})
    assert run.config == {
        "lr": 0.1,
        "opt": {"name": "adam", "betas": [1, 2], "eps": 1e-8, "decay": 0},
        "depth": 3,
        "new": 1,
    }
    assert isinstance(run.config, dict)
    assert {**run.config}["depth"] == 3
    assert run.config.get("none") is None
    with pytest.raises(AttributeError, match="found 'nothing'"):
        _ = run.config.nothing
    assert pickle.loads(pickle.dumps(run.config)) == run.config
    assert copy.deepcopy(run.config) == run.config


@dataclasses.dataclass
class Options:
    lr: float = 0.5
    where: Path = Path("/data")


@pytest.mark.parametrize(
    "config", [argparse.Namespace(lr=0.5), Options(), {"lr": 0.5}, "config.json"]
)
def test_config_comes_in_many_forms(config: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"lr": 0.5}')
    assert cairn.init(config=config).config.lr == 0.5


def test_config_can_hold_what_is_no_json(read: Any) -> None:
    config = {
        "path": Path("/x"),
        "f": len,
        "set": {1},
        "kind": int,
        "big": 2**80,
        "dict": Options(),
    }
    run = cairn.init(config=config)
    run.config["self"] = run.config
    run.finish()
    kept = read(run).config
    assert kept["path"] == "/x"
    assert kept["set"] == [1]
    assert kept["big"] == str(2**80)
    assert kept.dict.lr == 0.5
    assert "len" in kept["f"]


def test_config_keys_can_be_chosen() -> None:
    run = cairn.init(config={"a": 1, "b": 2, "c": 3}, config_exclude_keys=["b"])
    assert run.config == {"a": 1, "c": 3}


def test_module_attributes_are_those_of_the_run_that_is_current() -> None:
    late = cairn.config  # what `from cairn import config` before init() holds
    assert cairn.run is None
    with pytest.raises(cairn.Error, match=r"call cairn.init\(\) first"):
        _ = cairn.config.lr
    with pytest.raises(cairn.Error, match="first"):
        cairn.log({"a": 1})
    run = cairn.init(config={"lr": 2})
    assert cairn.run is run
    assert (cairn.config.lr, late.lr, late["lr"]) == (2, 2, 2)
    cairn.summary["best"] = 1
    cairn.finish()
    assert cairn.run is None


def test_a_second_init_answers_the_active_run_and_says_so(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = cairn.init(project="p")
    assert cairn.init(project="q") is run
    assert "is active and goes on" in capfd.readouterr().err


def test_reinit_finishes_the_active_run() -> None:
    first = cairn.init()
    second = cairn.init(reinit=True)
    assert first.is_finished
    assert cairn.run is second


def test_runs_can_be_open_side_by_side() -> None:
    first = cairn.init()
    second = cairn.init(reinit="create_new")
    assert not first.is_finished
    second.finish()
    assert cairn.run is first


def test_define_metric_tells_of_a_summary_nobody_knows() -> None:
    run = cairn.init()
    metric = run.define_metric("val/*", step_metric="epoch", summary="max,median", goal="maximize")
    assert metric.name == "val/*"
    assert run.losses() == {"metric summaries": 1}


def test_a_run_pickles_as_itself_in_its_own_process() -> None:
    run = cairn.init()
    assert pickle.loads(pickle.dumps(run)) is run
    assert copy.deepcopy(run) is run


def test_secrets_are_in_no_file_of_the_store(store: Path, finished: Any) -> None:
    program = """
        import cairn
        secret = {"api_key": "hunter2-a", "db": {"password": "hunter2-b"}, "HF_TOKEN": "hunter2-c"}
        run = cairn.init(config={**secret, "max_tokens": 77})
        run.config.update({"client_secret": "hunter2-d", "nested": {"auth_token": "hunter2-f"}})
        run.config.db.password = "hunter2-g"
    """
    env = {"WANDB_API_KEY": "hunter2-h", "MY_SECRET": "hunter2-i"}
    code, _, err = finished(program, "--api-key", "hunter2-j", "--db-token=hunter2-k", **env)
    assert code == 0, err
    written = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
    assert b"max_tokens" in written
    assert b"hunter2" not in written


def test_never_and_must_ask_the_folder(capfd: pytest.CaptureFixture[str]) -> None:
    cairn.init(id="here").finish()
    with pytest.raises(cairn.ConflictError, match="here"):
        cairn.init(id="here", resume="never")
    with pytest.raises(cairn.NotFoundError, match="elsewhere"):
        cairn.init(id="elsewhere", resume="must")


def test_resume_goes_on_after_the_last_step(read: Any) -> None:
    first = cairn.init(id="r", config={"lr": 1, "a": 1}, name="first")
    for i in range(5):
        first.log({"x": i})
    first.finish()
    second = cairn.init(id="r", resume="allow", config={"lr": 2})
    assert second.resumed
    assert (second.starting_step, second.name) == (5, "first")
    assert second.config == {"lr": 2, "a": 1}
    second.log({"x": 5})
    second.finish()
    record = read("r")
    assert record.series("x").step.tolist() == [0, 1, 2, 3, 4, 5]
    assert record._about["sessions"] == 2


def test_resuming_from_an_earlier_step_replaces_the_tail(read: Any) -> None:
    first = cairn.init(id="r")
    for i in range(10):
        first.log({"x": i})
    first.finish()
    second = cairn.init(resume_from="r?_step=4")
    second.log({"x": 100})
    second.finish()
    series = read("r").series("x")
    assert series.step.tolist() == [0, 1, 2, 3, 4, 5]
    assert series.value[-1] == 100


def test_auto_goes_on_with_the_run_that_did_not_finish(finished: Any, read: Any) -> None:
    program = """
        import os, cairn
        run = cairn.init(project="p", resume="auto")
        run.log({"x": 1})
        print(run.id, run.step, flush=True)
        if os.environ.get("DIE"):
            os._exit(9)
    """
    first = finished(program, DIE="1")[1].split()
    second = finished(program)[1].split()
    third = finished(program)[1].split()
    assert first[0] == second[0] != third[0]
    assert (first[1], second[1], third[1]) == ("1", "2", "1")


def test_inside_cairn_run_the_first_run_is_that_of_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAIRN_RUN_ID", "outer")
    monkeypatch.setenv("CAIRN_PROJECT", "theirs")
    run = cairn.init(project="mine")
    assert run.path == "theirs/outer"
    run.finish()
    assert cairn.init(project="mine").id != "outer"
