"""How programs end, what their runs then say, and what is printed meanwhile."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cairn
import pytest
from cairn.door import find_binary


def ended(finished: Any, read: Any, body: str) -> tuple[int, cairn.RunRecord]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    program = f"""
        import sys, os, cairn
        run = cairn.init(project="p", id="r")
        run.log({{"x": 1}})
{lines}
    """
    code, _, _ = finished(program)
    return code, read("r")


@pytest.mark.parametrize(
    ("body", "exit_code", "state"),
    [
        ("pass", 0, "finished"),
        ("raise ValueError('too bad')", 1, "failed"),
        ("sys.exit(3)", 3, "failed"),
        ("sys.exit()", 0, "finished"),
        ("sys.exit('message')", 1, "failed"),
        ("with run: raise SystemExit(4)", 4, "failed"),
    ],
)
def test_a_run_has_the_exit_code_of_its_program(
    finished: Any, read: Any, body: str, exit_code: int, state: str
) -> None:
    code, record = ended(finished, read, body)
    assert (code, record.exit_code, record.state) == (exit_code, exit_code, state)


def test_an_interrupt_is_130(finished: Any, read: Any) -> None:
    assert ended(finished, read, "raise KeyboardInterrupt")[1].exit_code == 130


def test_the_last_line_of_the_exception_is_the_reason() -> None:
    code, reason = cairn.hooks.end_of(ValueError, ValueError("first\nlast"))
    assert (code, reason) == (1, "ValueError: last")


def test_a_context_manager_finishes_and_lets_the_exception_through() -> None:
    with pytest.raises(ValueError, match="mine"), cairn.init() as run:
        raise ValueError("mine")
    assert run.is_finished


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_keeps_every_row_that_was_logged(start: Any, read: Any, number: int) -> None:
    program = """
        import cairn
        run = cairn.init(project="p", id="r")
        i = 0
        while True:
            run.log({"x": i})
            print(i, flush=True)
            i += 1
    """
    process = start(program)
    last = -1
    for line in process.stdout:
        last = int(line)
        if last >= 500:
            break
    process.send_signal(number)
    rest = process.stdout.read().split("\n")
    process.wait()
    process.stdout.close()
    process.stderr.close()
    last = max([last, *(int(line) for line in rest[:-1] if line)])
    record = read("r")
    assert record.state == "crashed"
    assert record.series("x").value[: last + 1].tolist() == list(range(last + 1))


def test_what_is_printed_is_in_the_run_and_on_the_screen(
    read: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = cairn.init()
    print("hello")
    print("problem", file=sys.stderr)
    sys.stdout.write("10%\r20%\r100%\n")
    sys.stdout.writelines(["a\n", "b\n"])
    print("\udcff and \N{SNOWMAN}".encode("utf-8", "replace").decode())
    run.finish()
    print("after")
    assert "hello\n" in capsys.readouterr().out
    lines = read(run).console_lines()
    assert [line["text"] for line in lines][:2] == ["hello", "problem"]
    assert [line["stream"] for line in lines][:2] == [0, 1] or lines[1]["stream"] == "stderr"
    texts = [line["text"] for line in lines]
    assert "100%" in texts
    assert texts[-1] != "after"


def test_streams_are_given_back_as_they_were() -> None:
    stdout, write = sys.stdout, sys.stdout.write
    run = cairn.init()
    assert sys.stdout is stdout
    assert sys.stdout.write != write
    run.finish()
    assert sys.stdout.write == write


def test_a_stream_that_was_replaced_meanwhile_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = cairn.init()
    other = io.StringIO()
    monkeypatch.setattr(sys, "stdout", other)
    print("elsewhere")
    run.finish()
    assert sys.stdout is other
    assert other.getvalue() == "elsewhere\n"


def test_a_program_without_a_console_records_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    run = cairn.init()
    run.log({"a": 1})
    run.finish()


def test_the_console_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    write = sys.stdout.write
    cairn.init(settings={"console": "off"})
    assert sys.stdout.write == write


def test_a_forked_child_writes_into_the_same_run(read: Any) -> None:
    run = cairn.init()
    run.log({"parent": 1})
    child = os.fork()
    if child == 0:
        for i in range(100):
            run.log({"child": i}, step=i)
        os._exit(0)
    os.waitpid(child, 0)
    run.log({"parent": 2})
    run.finish()
    record = read(run)
    assert record.series("child").value.tolist() == list(range(100))
    assert record.series("parent").value.tolist() == [1, 2]
    assert record.state == "finished"


def test_a_forked_child_that_ends_does_not_end_the_run(finished: Any, read: Any) -> None:
    program = """
        import os, sys, cairn
        run = cairn.init(project="p", id="r")
        if os.fork() == 0:
            sys.exit(7)
        os.wait()
        run.log({"x": 1})
    """
    assert finished(program)[0] == 0
    record = read("r")
    assert (record.state, record.keys()) == ("finished", ["x"])


def test_a_program_inside_cairn_run_adds_to_the_run_of_the_command(
    read: Any, tmp_path: Path, store: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import cairn\nwith cairn.init(project='other', config={'lr': 1}) as run:\n"
        "    run.log({'x': 1})\n    print('printed once')\n"
    )
    package = str(Path(cairn.__file__).parent.parent)
    argv = [find_binary(), "--dir", str(store), "run", "--project", "p", "--"]
    subprocess.run(
        [*argv, sys.executable, str(program)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": package},
    )
    (record,) = cairn.runs("p", dir=store)
    assert record.config == {"lr": 1}
    assert record.series("x").value.tolist() == [1]
    assert record.console().split("\n").count("printed once") == 1
    assert record.state == "finished"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_worker_processes_log_into_the_run_they_were_given(
    finished: Any, read: Any, method: str
) -> None:
    program = f"""
        import multiprocessing, cairn
        def work(run, name):
            for i in range(50):
                run.log({{name: i}}, step=i)
        if __name__ == "__main__":
            run = cairn.init(project="p", id="r")
            context = multiprocessing.get_context({method!r})
            workers = [context.Process(target=work, args=(run, f"w{{n}}")) for n in range(3)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
                assert worker.exitcode == 0
    """
    code, _, err = finished(program)
    assert code == 0, err
    record = read("r")
    assert sorted(record.keys()) == ["w0", "w1", "w2"]
    for key in ("w0", "w1", "w2"):
        assert record.series(key).value.tolist() == list(range(50))
    assert record.state == "finished"
