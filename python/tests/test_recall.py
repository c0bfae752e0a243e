"""init(reuse=) and seen(): what was run once is not run again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cairn
import pytest
from workshop import Ran, Workshop, manifest_of, said

TRAIN = """
    import sys
    import cairn
    import helper

    config = {"lr": float(sys.argv[1]) if len(sys.argv) > 1 else 0.1, "num_workers": 2, "seed": 3}
    run = cairn.init(project="p", config=config, reuse="auto")
    if run.reused:
        result = run.result
        steps, values = result.curve("loss")
        print("reused", result.source, result.metrics["loss"], steps.tolist(), values.tolist())
        print(result.config.lr, run.config.lr, run.summary["loss"])
        print(result.artifact("out/model.txt"))
    else:
        print("ran", run.path)
        data = open("data.csv").read()
        for step in range(3):
            run.log({"loss": helper.scale(len(data)) / (step + 1)})
        with open("out/model.txt", "w") as file:
            file.write("weights")
"""


# init(reuse=)


def test_an_equal_run_is_reused_with_its_metrics_curves_and_outputs(shop: Workshop) -> None:
    first = said(shop.run(TRAIN))
    assert first.startswith("ran p/"), first
    assert shop.unsealed() == ""
    (shop.folder / "out/model.txt").unlink()
    code, out, err = shop.run()
    assert code == 0, err
    source = first.split()[1]
    lines = out.splitlines()
    assert lines[0] == f"reused {source} {8 / 3} [0, 1, 2] {[8.0, 4.0, 8 / 3]}", err
    assert lines[1:] == [f"0.1 0.1 {8 / 3}", f"{shop.folder / 'out/model.txt'}"]
    assert (shop.folder / "out/model.txt").read_text() == "weights"
    assert "reused p/" in err
    assert "1 output restored" in err


def test_a_reused_run_is_a_record_of_its_own(shop: Workshop) -> None:
    source = said(shop.run(TRAIN)).split()[1]
    said(shop.run())
    reused, first = shop.runs()
    facts = reused.meta["recall"]
    assert (facts["source"], facts["level"]) == (source, "exact")
    assert facts["saved_s"] > 0
    assert facts["F"] == first.meta["recall"]["F"]
    assert reused.state == "finished"
    assert (reused.config, reused.summary["loss"]) == (first.config, first.summary["loss"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("helper.py", "def scale(x):\n    return x * 3\n"),
        ("data.csv", "1,3\n"),
        ("json.py", ""),
    ],
)
def test_what_it_read_decides(shop: Workshop, name: str, text: str) -> None:
    said(shop.run(TRAIN))
    shop.write(name, text)
    assert said(shop.run()).startswith("ran")


def test_a_comment_an_unread_file_and_another_spelling_decide_nothing(shop: Workshop) -> None:
    said(shop.run(TRAIN, "0.1"))
    shop.write("helper.py", "# doubles\ndef scale( x ):\n    return (x * 2)\n")
    shop.write("other.py", "x = 1\n")
    assert said(shop.run(None, "1e-1")).startswith("reused")


def test_another_setting_is_another_run_and_an_execution_key_is_not(shop: Workshop) -> None:
    said(shop.run(TRAIN))
    assert said(shop.run(None, "0.5")).startswith("ran")
    more_workers = TRAIN.replace('"num_workers": 2', '"num_workers": len(sys.argv)')
    said(shop.run(more_workers))
    assert said(shop.run(more_workers)).startswith("reused")


def test_what_is_ignored_and_accepted_is_reused(shop: Workshop) -> None:
    program = TRAIN.replace('reuse="auto"', 'reuse="auto", ignore=["lr"], accept="equivalent"')
    said(shop.run(program, "0.1"))
    _, out, err = shop.run(None, "0.2")
    assert out.startswith("reused"), err
    assert out.splitlines()[1].startswith("0.1 0.2")


@pytest.mark.parametrize(
    ("probe", "appears"),
    [
        ("os.path.exists('extra.txt')", "extra.txt"),
        ("pathlib.Path('extra.txt').is_file()", "extra.txt"),
        ("os.access('extra.txt', os.R_OK)", "extra.txt"),
        ("len(glob.glob('shards/*'))", "shards/2"),
        ("read('extra.txt')", "extra.txt"),
    ],
)
def test_what_it_looked_for_and_did_not_find_decides(
    shop: Workshop, probe: str, appears: str
) -> None:
    program = f"""
        import glob, os, pathlib
        import cairn
        def read(name):
            try:
                return open(name).read()
            except FileNotFoundError:
                return ""
        run = cairn.init(project="p", config={{"seed": 1}}, reuse="auto")
        if not run.reused:
            run.log({{"x": float(bool({probe}))}})
        print(run.reused)
    """
    shop.write("shards/1", "")
    assert said(shop.run(program)) == "False\n"
    assert shop.unsealed() == ""
    assert said(shop.run(program)) == "True\n"
    shop.write(appears, "x")
    assert said(shop.run(program)) == "False\n"


def test_what_is_read_between_import_and_init_decides(shop: Workshop) -> None:
    program = """
        import os
        import cairn
        table = open("data.csv").read()
        depth = os.environ.get("DEPTH", "")
        run = cairn.init(project="p", config={"seed": 1}, reuse="auto")
        print(run.reused)
    """
    assert said(shop.run(program)) == "False\n"
    assert said(shop.run(program)) == "True\n"
    assert said(shop.run(program, DEPTH="2")) == "False\n"
    shop.write("data.csv", "9\n")
    assert said(shop.run(program)) == "False\n"


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("table = open('data.csv').read()\nimport cairn\n", "ran before 'import cairn'"),
        ("import loader\nimport cairn\n", "line 1 of loader ran before 'import cairn'"),
        ("def main():\n    global cairn\n    import cairn\nmain()\n", "in a function: main"),
        ("import cairn\nimport subprocess\nsubprocess.run(['true'])\n", "another program"),
        ("import cairn\nimport sqlite3\nsqlite3.connect('x.db')\n", "a database"),
        ("import cairn\nopen('data.csv', 'a').write('3')\n", "changed while the program ran"),
        ("import cairn\nimport os\nos.rename('data.csv', 'b.csv')\n", "was renamed"),
    ],
)
def test_what_could_not_be_watched_is_never_reused_and_told(
    shop: Workshop, program: str, why: str
) -> None:
    shop.write("loader.py", "table = open('data.csv').read()\n")
    program += "run = cairn.init(project='p', config={'seed': 1}, reuse='auto')\nprint(run.reused)"
    assert said(shop.run(program)) == "False\n"
    reasons = manifest_of(shop.runs()[0])["record"]["unsealed"]
    assert any(why in reason for reason in reasons), reasons
    shop.write("data.csv", "1,2\n")
    assert said(shop.run(program)) == "False\n"


def test_a_file_written_under_another_name_first_is_an_output(shop: Workshop) -> None:
    program = """
        import os
        import cairn
        run = cairn.init(project="p", config={"seed": 1}, reuse="auto")
        if not run.reused:
            with open("model.part", "w") as file:
                file.write("whole")
            os.replace("model.part", "model.txt")
        print(run.reused, open("model.txt").read())
    """
    assert said(shop.run(program)) == "False whole\n"
    (shop.folder / "model.txt").unlink()
    assert said(shop.run(program)) == "True whole\n"


def test_check_tells_and_never_does_not_look(shop: Workshop) -> None:
    program = TRAIN.replace('reuse="auto"', "reuse=sys.argv[2]")
    said(shop.run(program, "0.1", "check"))
    code, out, err = shop.run(None, "0.1", "check")
    assert (code, out[:3]) == (0, "ran")
    assert "exact: p/" in err
    _, out, err = shop.run(None, "0.1", "never")
    assert (out[:3], err) == ("ran", "")
    _, out, err = shop.run(None, "0.1", "ask")  # nobody is there to be asked
    assert out[:3] == "ran"
    assert "exact: p/" in err
    assert said(shop.run(None, "0.1", "auto")).startswith("reused")


@pytest.mark.parametrize(("answer", "done"), [("n", "ran"), ("y", "reused"), ("", "reused")])
def test_on_a_terminal_it_may_ask(shop: Workshop, answer: str, done: str) -> None:
    said(shop.run(TRAIN.replace('reuse="auto"', "reuse=sys.argv[2]"), "0.1", "check"))
    terminal, theirs = os.openpty()
    with os.fdopen(terminal, "wb"), os.fdopen(theirs, "wb"):
        os.write(terminal, f"{answer}\n".encode())
        program = subprocess.run(
            [sys.executable, "train.py", "0.1", "ask"],
            cwd=shop.folder,
            env=shop.environment,
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
            timeout=60,
            check=True,
        )
        assert b"[Y/n]" in os.read(terminal, 10_000)
    assert program.stdout.decode().startswith(done)


def test_the_environment_and_the_projects_settings_say_it_too(shop: Workshop) -> None:
    program = TRAIN.replace(', reuse="auto"', "")
    assert said(shop.run(program)).startswith("ran")
    assert said(shop.run(program, CAIRN_REUSE="auto")).startswith("ran")  # the first was no record
    assert said(shop.run(program, CAIRN_REUSE="auto")).startswith("reused")
    shop.write("cairn.toml", '[recall]\nreuse = "auto"\n')
    assert said(shop.run(program)).startswith("reused")
    assert said(shop.run(program, CAIRN_REUSE="never")).startswith("ran")


def test_a_failed_run_is_not_reused(shop: Workshop) -> None:
    assert shop.run(TRAIN + "    if not run.reused: sys.exit(3)\n")[0] == 3
    code, out, _ = shop.run()
    assert (code, out[:3]) == (3, "ran")


def test_an_exit_code_that_python_hides_is_not_trusted(shop: Workshop) -> None:
    ending = "    if not run.reused: raise SystemExit(3)\n"
    assert shop.run(TRAIN + ending)[0] == 3
    assert "raise SystemExit" in shop.unsealed()
    assert shop.run(TRAIN + ending)[0] == 3


def test_logging_to_a_reused_run_is_ignored_with_one_warning(shop: Workshop) -> None:
    program = """
        import cairn
        run = cairn.init(project="p", config={"seed": 1}, reuse="auto")
        for step in range(3):
            run.log({"x": step})
            cairn.log({"y": step})
        cairn.config.update({"z": 1})
        cairn.finish()
        print(run.reused, cairn.run)
    """
    assert said(shop.run(program)) == "False None\n"
    code, out, err = shop.run(program)
    assert (code, out) == (0, "True None\n")
    assert err.count("after finish()") == 1


def test_the_result_of_a_run_that_runs_says_what_to_ask() -> None:
    run = cairn.init()
    assert run.reused is False
    with pytest.raises(cairn.Error, match=r"if run\.reused"):
        _ = run.result


@pytest.mark.parametrize(
    "wrong", [{"reuse": "perhaps"}, {"accept": "all"}, {"budget": {"epochs": "suffix"}}]
)
def test_words_nobody_knows_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(cairn.InvalidError, match="expected as"):
        cairn.init(**wrong)


def test_a_setting_that_cannot_be_compared_is_said_and_never_reused(shop: Workshop) -> None:
    program = """
        import cairn
        run = cairn.init(project="p", config={"loss": lambda x: x, "seed": 1}, reuse="auto")
        print(run.reused)
    """
    said(shop.run(program))
    _, out, err = shop.run(program)
    assert out == "False\n"
    assert "nothing can be compared with loss" in err


# A guest never harms its host.


@pytest.mark.parametrize(
    "binary",
    [None, "#!/bin/sh\nexit 1\n", "#!/bin/sh\necho no json\n", "#!/bin/sh\nkill -9 $$\n"],
)
def test_a_broken_binary_costs_a_warning_and_no_training(
    shop: Workshop, binary: str | None
) -> None:
    fake = shop.folder / "fake"
    if binary is not None:
        fake.write_text(binary)
        fake.chmod(0o755)
    code, out, err = shop.run(TRAIN, CAIRN_BINARY=str(fake))
    assert code == 0, err
    assert out.startswith("ran")
    assert err.count("not looked up") == 1
    assert "Traceback" not in err


def test_a_look_up_that_takes_too_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CAIRN_BINARY", str(fake))
    monkeypatch.setattr("cairn.recall._LOOK_LIMIT_S", 0.2)
    assert cairn.seen({"lr": 1}, entry=__file__) is None
    assert "expected an answer within 0.2 s" in capfd.readouterr().err


# seen()


def test_seen_tells_how_a_plan_is_related_and_runs_nothing(shop: Workshop) -> None:
    said(shop.run(TRAIN))
    asking = """
        import cairn
        base = {"lr": 0.1, "num_workers": 2, "seed": 3}
        for change in ({}, {"lr": 0.11}, {"seed": 4}, {"lr": 30}):
            match = cairn.seen({**base, **change}, entry="train.py")
            print(match and (match.level, [(d.name, d.before, d.after) for d in match.differences]))
        print(match is None or match.run.project)
    """
    shop.write("asking.py", asking)
    lines = said(shop.command([sys.executable, "asking.py"])).splitlines()
    assert lines[0] == "('exact', [])"
    assert lines[1] == "('near', [('lr', 0.1, 0.11)])"
    assert lines[2] == "('replicate', [('seed', 3, 4)])"
    assert len(shop.runs()) == 1


def test_seen_in_an_empty_store_is_none(tmp_path: Path) -> None:
    assert cairn.seen({"lr": 1}, entry=__file__, dir=tmp_path / "nowhere") is None


def test_a_match_cannot_be_changed(shop: Workshop) -> None:
    said(shop.run(TRAIN))
    match = cairn.Match("near", shop.runs()[0], reason="because")
    assert not match.is_reusable
    with pytest.raises(AttributeError):
        match.level = "exact"  # type: ignore[misc]


# The quiet line


def test_a_program_that_does_not_ask_is_told_in_one_line(shop: Workshop) -> None:
    said(shop.run(TRAIN))
    wait = """
    import threading
    for thread in threading.enumerate():
        if thread.name == "cairn-recall":
            thread.join()
    """
    quiet = TRAIN.replace(', reuse="auto"', "") + wait
    _, out, err = shop.run(quiet, "0.11")
    assert out.startswith("ran")
    assert err.count("much like p/") == 1
    assert len(err.splitlines()) == 1
    for env in ({"CAIRN_QUIET": "1"}, {"CAIRN_SILENT": "1"}, {"RANK": "1"}):
        assert shop.run(None, "0.11", **env)[2] == ""


# Distributed starts


def test_the_first_rank_decides_and_the_others_follow(shop: Workshop) -> None:
    source = said(shop.run(TRAIN)).split()[1]
    start = {"WORLD_SIZE": "2", "MASTER_PORT": "1234", "LOCAL_WORLD_SIZE": "2"}
    shop.environment.update(start)
    leader = """
        import os, subprocess, sys
        ranks = [
            subprocess.Popen([sys.executable, "train.py"], env={**os.environ, "RANK": str(rank)})
            for rank in (1, 0)
        ]
        sys.exit(max(rank.wait() for rank in ranks))
    """
    shop.write("launch.py", leader)
    out = said(shop.command([sys.executable, "launch.py"]))
    assert out.count(f"reused {source}") == 2
    assert len(shop.runs()) == 2  # the second rank makes no record of its own


def test_nobody_waits_for_ever_for_a_rank_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from cairn import ranks

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert ranks.wait_for_decision("k", limit_s=0.1) is None
    ranks.tell_decision("k", {"run": "p/r"})
    told = ranks.wait_for_decision("k", limit_s=0.1)
    assert told is not None
    assert told["run"] == "p/r"
    monkeypatch.setattr(ranks, "_began", time.time() + 100)
    assert ranks.wait_for_decision("k", limit_s=0.1) is None  # of an earlier start


# Inside `cairn run`


def cairn_run(shop: Workshop, *words: str) -> Ran:
    time.sleep(0.03)
    binary = shop.environment["CAIRN_BINARY"]
    return shop.command([binary, "run", "--sample-period", "0", "-p", "p", "--", *words])


def test_what_a_program_is_told_is_kept_by_the_command_that_watches_it(shop: Workshop) -> None:
    shop.write("train.py", TRAIN.replace(', reuse="auto"', ""))
    said(cairn_run(shop, sys.executable, "train.py", "0.1"))
    (run,) = shop.runs()
    assert run.meta["recall"]["sealed"], run.meta["recall"]
    assert manifest_of(run)["resolved"]["config"] == {"lr": 0.1, "num_workers": 2, "seed": 3}
    # Asking by itself, the program finds what the command recorded.
    told = shop.run(TRAIN.replace('reuse="auto"', 'reuse="check"'), "0.1")[2]
    assert "p/" in told


def test_a_program_inside_the_command_may_ask_for_itself(shop: Workshop) -> None:
    shop.write("train.py", TRAIN)
    first = said(cairn_run(shop, sys.executable, "train.py", "0.1"))
    assert first.startswith("ran")
    _, out, err = cairn_run(shop, sys.executable, "train.py", "0.1")
    assert out.startswith("reused"), err
