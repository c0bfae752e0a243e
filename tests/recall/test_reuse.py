"""Reuse, single flight, audits, verification and statistics, with real programs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from program import Program

TRAIN = """\
import argparse
import sys
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--num-workers", type=int, default=0)
a = parser.parse_args()
print("accuracy", a.lr)
print("careful", file=sys.stderr)
open("model.txt", "w").write(f"{a.lr} {a.seed}")
"""

# Waits for a signal, which is no input.
SLOW = """\
import os
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
print("begun", flush=True)
open(f"ran.{os.getpid()}", "w").close()
signal.sigwait({signal.SIGUSR1})
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, TRAIN)


def test_a_hit_restores_outputs_and_prints_what_was_printed(program: Program) -> None:
    first = program.run("--lr 0.2")
    (program.folder / "model.txt").unlink()
    again = program.run("--lr 2e-1", "--reuse", "auto")
    assert again.returncode == 0
    assert program.read("model.txt") == "0.2 0"
    assert first.stdout == again.stdout == "accuracy 0.2\n"
    assert "careful" in again.stderr
    assert "reused p/" in again.stderr
    newest = program.runs()[0]
    shown = json.loads(program.cairn("show", newest["id"], "--json").stdout)
    assert shown["meta"]["recall"]["source"] == f"p/{program.runs()[1]['id']}"


def test_what_lies_there_already_is_not_touched(program: Program) -> None:
    program.run()
    before = (program.folder / "model.txt").stat()
    program.run("", "--reuse", "auto")
    assert (program.folder / "model.txt").stat() == before


def test_without_its_outputs_a_run_is_an_offer_of_metrics_only(program: Program) -> None:
    program.run()
    (program.folder / "model.txt").unlink()
    digest = hashlib.sha256(b"0.1 0").hexdigest()
    (blob,) = Path(program.environment["CAIRN_DIR"]).rglob(digest)
    blob.unlink()
    again = program.run("", "--reuse", "auto")
    assert "its results are known" in again.stderr
    assert program.read("model.txt") == "0.1 0", "it was run"


def test_a_damaged_output_is_never_restored(program: Program) -> None:
    program.run()
    program.write("model.txt", "mine")
    digest = hashlib.sha256(b"0.1 0").hexdigest()
    (blob,) = Path(program.environment["CAIRN_DIR"]).rglob(digest)
    blob.chmod(0o600)
    blob.write_bytes(b"0.9 0")
    assert "its results are known" in program.run("", "--reuse", "auto").stderr
    assert program.read("model.txt") == "0.1 0", "it was run"


def test_hard_links_are_read_only_and_of_one_file(tmp_path: Path) -> None:
    program = Program(tmp_path, TRAIN, "[recall]\nhard_links = true\n")
    program.run()
    (program.folder / "model.txt").unlink()
    program.run("", "--reuse", "auto")
    state = (program.folder / "model.txt").stat()
    assert state.st_nlink == 2
    assert state.st_mode & 0o222 == 0
    assert program.read("model.txt") == "0.1 0"


def test_only_a_terminal_is_asked(program: Program) -> None:
    program.run()
    begin = time.monotonic()
    program.environment["CAIRN_REUSE"] = "ask"
    done = subprocess.run(
        program.command(""),
        cwd=program.folder,
        env=program.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0
    assert "exact" in done.stderr
    assert "accuracy" in done.stdout
    assert time.monotonic() - begin < 20


def test_the_words_of_the_command_go_before_the_environment_and_the_settings(
    program: Program,
) -> None:
    program.run()
    program.write("cairn.toml", '[recall]\nreuse = "auto"\n')
    assert "reused" in program.run().stderr
    program.environment["CAIRN_REUSE"] = "never"
    assert "reused" not in program.run().stderr
    assert "reused" in program.run("", "--reuse", "auto").stderr


def test_a_run_that_failed_is_never_reused(tmp_path: Path) -> None:
    program = Program(tmp_path, "raise SystemExit(3)\n")
    assert program.run().returncode == 3
    again = program.run("", "--reuse", "auto")
    assert again.returncode == 3
    code, answer = program.check()
    assert (code, answer["reason"]) == (14, "it did not finish")


def test_a_pipe_on_standard_input_is_no_recorded_input(program: Program) -> None:
    time.sleep(0.03)
    done = subprocess.run(
        program.command(""),
        cwd=program.folder,
        env=program.environment,
        input="data",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    code, answer = program.check()
    assert code == 14
    assert "standard input" in answer["reason"]


def test_an_input_that_changes_while_the_program_runs_is_not_trusted(tmp_path: Path) -> None:
    code = """\
import time
data = open("data.txt").read()
open("data.txt", "a").close()
import os
os.utime("data.txt")
with open("data.txt", "w") as out:
    out.write("other")
"""
    program = Program(tmp_path, code)
    program.write("data.txt", "data")
    program.run()
    exit_code, answer = program.check()
    assert answer["level"] != "exact" or exit_code == 14


def test_a_project_inside_the_folder_of_its_store_is_looked_at(tmp_path: Path) -> None:
    program = Program(tmp_path, "import helper\n")
    program.environment["CAIRN_DIR"] = str(tmp_path)
    program.write("helper.py", "x = 1\n")
    program.run()
    assert program.level() == "exact"
    program.write("helper.py", "x = 2\n")
    assert program.level() != "exact"


def test_a_static_child_is_not_seen_and_so_not_trusted(tmp_path: Path) -> None:
    source = tmp_path / "child.c"
    source.write_text("int main(void) { return 0; }\n")
    program = Program(tmp_path, 'import subprocess\nsubprocess.run(["./child"], check=True)\n')
    subprocess.run(["cc", "-static", "-o", program.folder / "child", source], check=True)
    program.run()
    code, answer = program.check()
    assert code == 14
    assert "statically linked" in answer["reason"]


# One command that is started many times


@pytest.fixture
def slow(tmp_path: Path) -> Program:
    return Program(tmp_path, SLOW)


def runs_of(program: Program) -> int:
    return len(list(program.folder.glob("ran.*")))


def wait_for_runs(program: Program, count: int = 1) -> None:
    deadline = time.monotonic() + 30
    while runs_of(program) < count:
        assert time.monotonic() < deadline, f"expected {count} runs, found {runs_of(program)}"
        time.sleep(0.02)


def let_go(program: Program) -> None:
    for path in program.folder.glob("ran.*"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(path.suffix[1:]), signal.SIGUSR1)


def test_a_command_that_is_started_eight_times_at_once_runs_once(slow: Program) -> None:
    started = [slow.start(*slow.words("", "--reuse", "auto")) for _ in range(8)]
    wait_for_runs(slow)
    let_go(slow)
    ended = [each.communicate(timeout=60) for each in started]
    assert [each.returncode for each in started] == [0] * 8, ended
    assert runs_of(slow) == 1, ended
    assert sum("reused" in err for _, err in ended) == 7
    assert all(out == "begun\n" for out, _ in ended)


def test_a_leader_that_is_killed_is_replaced(slow: Program) -> None:
    leader = slow.start(*slow.words("", "--reuse", "auto"))
    wait_for_runs(slow)
    code, answer = slow.check()
    assert code == 12
    assert answer["in_flight"]["project"] == "p"
    waiting = slow.start(*slow.words("", "--reuse", "auto"))
    assert waiting.stderr is not None
    assert "waiting for it" in waiting.stderr.readline()
    os.kill(leader.pid, signal.SIGKILL)
    leader.communicate()
    wait_for_runs(slow, 2)
    let_go(slow)
    waiting.communicate(timeout=60)
    assert waiting.returncode == 0


def test_who_does_not_wait_runs_or_fails_as_told(slow: Program) -> None:
    leader = slow.start(*slow.words("", "--reuse", "auto"))
    wait_for_runs(slow)
    failed = slow.cairn(*slow.words("", "--reuse", "auto", "--inflight", "fail"))
    assert failed.returncode == 12
    other = slow.start(*slow.words("", "--reuse", "auto", "--inflight", "run"))
    wait_for_runs(slow, 2)
    attached = slow.start(*slow.words("", "--reuse", "auto", "--inflight", "attach"))
    assert attached.stdout is not None
    assert attached.stdout.readline() == "begun\n", "it is shown while the leader runs"
    let_go(slow)
    for each in (leader, other, attached):
        each.communicate(timeout=60)
        assert each.returncode == 0


# Audits


RANDOM = """\
import os
open("model.txt", "w").write(os.urandom(8).hex())
"""


def test_an_audit_finds_a_program_that_is_not_deterministic(tmp_path: Path) -> None:
    program = Program(tmp_path, RANDOM, "[recall]\naudit_share = 1.0\n")
    program.run()
    audited = program.run("", "--reuse", "auto")
    assert "other results" in audited.stderr
    code, answer = program.check()
    assert code == 14
    assert "audit" in answer["reason"]
    assert "audit-failed" in program.runs()[0]["tags"]
    stats = json.loads(program.cairn("stats", "--json").stdout)
    assert stats["audits"]["made"] == 1
    assert stats["audits"]["failed"] == 1


def test_an_audit_of_a_good_program_says_so(tmp_path: Path) -> None:
    program = Program(tmp_path, TRAIN, "[recall]\naudit_share = 1.0\n")
    program.run()
    assert "the same results" in program.run("", "--reuse", "auto").stderr
    assert program.check()[0] == 0


def test_verify_runs_it_again_and_compares(program: Program, tmp_path: Path) -> None:
    program.run("--lr 0.3")
    done = program.cairn("verify", program.runs()[0]["id"], "--sample-period", "0", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["is_same"] is True
    other = Program(tmp_path / "other", RANDOM)
    other.run()
    done = other.cairn("verify", other.runs()[0]["id"], "--sample-period", "0")
    assert done.returncode == 1
    assert "other results" in done.stdout


# What is learned from history


METRICS = """\
import argparse
import cairn
parser = argparse.ArgumentParser()
parser.add_argument("--num-workers", type=int, default=0)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seed", type=int, default=0)
a = parser.parse_args()
run = cairn.init(config={"epochs": a.epochs})
for epoch in range(a.epochs):
    run.log({"acc": 0.5 + 0.1 * epoch + 0.01 * a.seed + WORKERS}, step=epoch)
run.finish()
"""


@pytest.fixture
def python_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "python", sys.executable)


@pytest.mark.usefixtures("python_of_this_test")
def test_an_execution_key_that_changes_the_result_becomes_a_setting(tmp_path: Path) -> None:
    program = Program(tmp_path, METRICS.replace("WORKERS", "0.3 * (a.num_workers > 0)"))
    program.run("--num-workers 0")
    assert program.level("--num-workers 8") == "equivalent"
    program.run("--num-workers 8")
    code, answer = program.check("--num-workers 4")
    assert answer["level"] in ("near", "different")
    assert code in (11, 13)
    assert answer["demoted"][0]["key"] == "num_workers"


@pytest.mark.usefixtures("python_of_this_test")
def test_a_budget_is_cut_short_where_two_runs_show_that_it_may_be(tmp_path: Path) -> None:
    program = Program(tmp_path, METRICS.replace("WORKERS", "0"))
    program.run("--epochs 6")
    assert program.level("--epochs 4") not in ("exact", "budget-covered")
    program.run("--epochs 3")
    code, answer = program.check("--epochs 4")
    assert (code, answer["level"]) == (10, "budget-covered")


@pytest.mark.usefixtures("python_of_this_test")
def test_a_budget_that_changes_the_curve_is_a_setting(tmp_path: Path) -> None:
    program = Program(tmp_path, METRICS.replace("WORKERS", "epoch / a.epochs"))
    program.run("--epochs 6")
    program.run("--epochs 3")
    assert program.level("--epochs 4") not in ("exact", "budget-covered")


@pytest.mark.usefixtures("python_of_this_test")
def test_a_default_that_is_made_explicit_is_the_same_run(tmp_path: Path) -> None:
    program = Program(tmp_path, METRICS.replace("WORKERS", "0"))
    program.run("")
    assert program.level("--epochs 3") == "exact"
    assert program.level("--epochs 2") != "exact"
    program.write("train.py", program.read("train.py").replace("default=3", "default=2"))
    assert program.level("") != "exact", "another default is other code"


def test_a_settings_schedule_shares_the_steps_before_it(tmp_path: Path) -> None:
    code = 'open("last.pt", "w").write("state")\n'
    settings = "[recall]\nschedule = {lr_after = 30}\n"
    program = Program(tmp_path, code, settings)
    program.run("--lr-after 0.01")
    exit_code, answer = program.check("--lr-after 0.001")
    assert (exit_code, answer["level"]) == (10, "prefix-shared")
    assert "step 30" in answer["advice"]


# What is told


def test_why_shows_the_lines_of_code_that_differ(program: Program) -> None:
    program.run()
    program.write("train.py", program.read("train.py").replace('"accuracy", a.lr', '"acc", a.lr'))
    said = program.cairn("why", "--", program.python, "train.py").stdout
    assert '-print("accuracy", a.lr)' in said
    assert '+print("acc", a.lr)' in said


def test_stats_count_hits_misses_and_what_auto_would_have_saved(program: Program) -> None:
    program.run()
    program.run()
    program.run("", "--reuse", "auto")
    program.run("--lr 0.5", "--reuse", "auto")
    stats = json.loads(program.cairn("stats", "--json").stdout)
    assert stats["hits"] == {"exact": 1}
    assert stats["would_hit"] == 1
    assert stats["misses"] == {"config": 1}
    assert stats["saved_s"]["known"] == 1
    reused = json.loads(program.cairn("show", program.runs()[1]["id"], "--json").stdout)
    source = reused["meta"]["recall"]["source"].removeprefix("p/")
    used = json.loads(program.cairn("show", source, "--json").stdout)["summary"]["footprint"]["kwh"]
    assert stats["saved_kwh"] == {"sum": pytest.approx(used), "known": 1, "unknown": 0}
    assert stats["saved_money"] == {"sum": None, "known": 0, "unknown": 1}, "unknown is not 0"
    assert "reused" in program.cairn("stats").stdout


def test_a_server_that_is_away_is_no_answer(program: Program) -> None:
    done = program.cairn("check", "--url", "http://127.0.0.1:1", "--", program.python, "train.py")
    assert done.returncode == 3


def test_a_server_that_never_answers_keeps_nobody_from_running(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        done = program.run("", "--reuse", "auto", "--url", url)
    assert done.returncode == 0
    assert done.stdout == "accuracy 0.1\n"
    assert "not looked up" in done.stderr


def test_a_secret_of_the_command_line_is_kept_nowhere(program: Program) -> None:
    program.write("train.py", "import sys\n")
    program.run("--api-key sk-verysecret123 --lr 0.1")
    for path in Path(program.environment["CAIRN_DIR"]).rglob("*"):
        assert not path.is_file() or b"sk-verysecret123" not in path.read_bytes(), path


def test_what_is_not_finite_in_a_configuration_is_told_apart(program: Program) -> None:
    program.write("train.py", "import sys\n")
    program.run("--lr nan --momentum -0.0")
    assert program.level("--lr nan --momentum 0") == "exact"
    assert program.level("--lr inf --momentum 0") != "exact"


# What users meet


def test_two_runs_that_write_one_file_at_once_are_not_trusted(tmp_path: Path) -> None:
    program = Program(tmp_path, SLOW + 'open("model.txt", "w").write("done")\n')
    first = program.start(*program.words("--lr 0.1", "--reuse", "auto"))
    wait_for_runs(program)
    second = program.start(*program.words("--lr 0.2", "--reuse", "auto"))
    wait_for_runs(program, 2)
    let_go(program)
    for each in (first, second):
        each.communicate(timeout=60)
    for arguments in ("--lr 0.1", "--lr 0.2"):
        code, answer = program.check(arguments)
        assert (code, answer["level"]) == (14, "exact")
        assert "another run" in answer["reason"]


def test_a_plug_in_that_the_configuration_chooses_is_code(tmp_path: Path) -> None:
    code = """\
import importlib
import sys
importlib.import_module("plug_" + sys.argv[1])
"""
    program = Program(tmp_path, code)
    program.write("plug_a.py", "x = 1\n")
    program.write("plug_b.py", "x = 1\n")
    program.run("a")
    program.write("plug_b.py", "x = 2\n")
    assert program.level("a") == "exact"
    program.write("plug_a.py", "x = 2\n")
    _, answer = program.check("a")
    assert answer["level"] != "exact"
    assert answer["differences"][0]["name"] == "plug_a.py"


def test_a_native_extension_that_is_built_anew_is_other_code(tmp_path: Path) -> None:
    program = Program(
        tmp_path,
        'import ctypes, os\nprint(ctypes.CDLL(os.path.abspath("ext.so")).answer())\n',
    )
    build(program, "int answer(void) { return 1; }")
    program.run()
    assert program.level() == "exact"
    build(program, "int answer(void) { return 2; }")
    _, answer = program.check()
    assert answer["level"] != "exact"
    assert answer["differences"][0]["component"] == "code"


def build(program: Program, code: str) -> None:
    program.write("../ext.c", code)
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", program.folder / "ext.so", program.folder / "../ext.c"],
        check=True,
    )


def test_a_link_that_leads_in_a_circle_is_no_hit_and_no_end(tmp_path: Path) -> None:
    code = """\
import os
print(sorted(os.listdir("data")))
print(open("data/a.txt").read())
"""
    program = Program(tmp_path, code)
    program.write("data/a.txt", "a")
    program.run()
    assert program.level() == "exact"
    (program.folder / "data/again").symlink_to(program.folder / "data")
    (program.folder / "data/self").symlink_to("self")
    assert program.level() != "exact"
    (program.folder / "data/a.txt").unlink()
    (program.folder / "data/a.txt").symlink_to("a.txt")
    assert program.level() != "exact"


def test_a_file_that_cannot_be_read_is_no_hit(program: Program) -> None:
    program.write("train.py", 'print(open("data").read())\n')
    program.write("data", "1")
    program.run()
    assert program.level() == "exact"
    (program.folder / "data").unlink()
    (program.folder / "data").mkdir()
    assert program.level() != "exact"


def test_a_run_of_a_newer_cairn_is_stepped_over(program: Program) -> None:
    program.run()
    store = Path(program.environment["CAIRN_DIR"])
    manifests = [
        path
        for path in store.glob("blobs/*/*")
        if path.is_file() and path.read_bytes().startswith(b'{"version":1')
    ]
    (manifest,) = manifests
    manifest.chmod(0o600)
    manifest.write_bytes(manifest.read_bytes().replace(b'"version":1', b'"version":9', 1))
    assert program.check()[0] == 13
    assert program.run("", "--reuse", "auto").stdout == "accuracy 0.1\n"
