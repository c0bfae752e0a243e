"""Runs that belong to a server: what CAIRN_URL changes, and what it does not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cairn
import pytest
from cairn import door
from cairn.errors import InvalidError

Finished = Callable[..., tuple[int, str, str]]


class Server:
    """`cairn serve` on a folder of its own, at a port that stays the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = "0"
        self._child: subprocess.Popen[str] | None = None
        self.url = ""
        self.start()

    def start(self) -> None:
        argv = [door.find_binary(), "--dir", str(self._folder), "serve", "--port", self._port]
        self._child = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
        )
        assert self._child.stdout is not None
        found = None
        while found is None:
            line = self._child.stdout.readline()
            assert line, "the server ended before it served"
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        self.url, self._port = found[0], found[1]

    def stop(self) -> None:
        if self._child is not None:
            self._child.send_signal(signal.SIGKILL)
            self._child.communicate()
            self._child = None


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that CAIRN_URL names."""
    served = Server(tmp_path / "served")
    monkeypatch.setenv("CAIRN_URL", served.url)
    yield served
    served.stop()


def waiting(store: Path) -> list[Path]:
    """The journals that are not delivered."""
    return list(store.glob("outbox/*/projects/*/live/*.clog"))


def test_a_run_is_on_the_server_and_nothing_of_it_stays_here(server: Server, store: Path) -> None:
    with cairn.init(project="digits", config={"lr": 0.1}) as run:
        for step in range(10):
            run.log({"loss": 1 / (step + 1)})
        run.log({"page": cairn.Html("<b>bold</b>")})
        assert run.url == f"{server.url}/p/digits/runs/{run.id}"
        assert not run.offline
    seen = cairn.get(run.id)
    assert (seen.project, seen.state, seen.config["lr"]) == ("digits", "finished", 0.1)
    assert len(seen.history(keys=["loss"])) == 10
    assert waiting(store) == []
    assert not (store / "projects").exists()


def test_offline_a_run_waits_for_sync(server: Server, store: Path) -> None:
    run = cairn.init(project="digits", mode="offline")
    run.log({"loss": 1.0})
    run.finish()
    assert len(waiting(store)) == 1
    synced = subprocess.run([door.find_binary(), "sync"], capture_output=True, text=True)
    assert synced.returncode == 0, synced.stderr
    assert "delivered 1 journal" in synced.stdout
    assert waiting(store) == []
    assert cairn.get(run.id).state == "finished"


def test_a_run_goes_on_where_the_server_knows_it_to_be(server: Server) -> None:
    first = cairn.init(project="digits", id="a", name="first", config={"lr": 0.1})
    for _ in range(5):
        first.log({"loss": 1.0})
    first.finish()
    second = cairn.init(project="digits", id="a", resume="must", config={"wd": 0.5})
    assert (second.session, second.step, second.resumed) == (2, 5, True)
    assert dict(second.config) == {"lr": 0.1, "wd": 0.5}
    assert second.name == "first"
    second.log({"loss": 0.5})
    second.finish()
    assert cairn.get("digits/a").last_step == 5


def test_the_program_does_not_mind_a_server_that_is_away(
    server: Server, store: Path, finished: Finished
) -> None:
    server.stop()
    before = time.monotonic()
    code, printed, said = finished(
        """
        import cairn
        run = cairn.init(project="digits")
        for step in range(100):
            run.log({"loss": float(step)})
        print(run.id)
        """
    )
    assert time.monotonic() - before < 10
    assert code == 0
    assert "'cairn sync' delivers the rest" in said
    assert len(waiting(store)) == 1
    server.start()
    cairn.init(project="digits").finish()  # any run delivers what others left
    assert waiting(store) == []
    assert cairn.get(printed.strip()).last_step == 99


def test_a_worker_process_joins_the_run_of_its_parent(server: Server, finished: Finished) -> None:
    code, printed, said = finished(
        """
        import multiprocessing, cairn

        def work(run, value):
            run.log({"worker": value})
            run.finish()

        if __name__ == "__main__":
            run = cairn.init(project="digits")
            run.log({"main": 1.0})
            for way in ("fork", "spawn"):
                worker = multiprocessing.get_context(way).Process(target=work, args=(run, 2.0))
                worker.start()
                worker.join()
            run.finish()
            print(run.id)
        """
    )
    assert (code, said) == (0, "")
    seen = cairn.get(printed.strip())
    assert len(seen.history(keys=["worker"])) >= 1
    assert seen.state == "finished"


def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidError, match="http://HOST:PORT"):
        cairn.init(url="nowhere")
    monkeypatch.setenv("CAIRN_URL", "ftp://nowhere")
    with pytest.raises(InvalidError, match="http://HOST:PORT"):
        cairn.init()


def test_without_a_url_no_network_library_is_loaded(finished: Finished) -> None:
    code, printed, _ = finished(
        """
        import cairn
        with cairn.init() as run:
            run.log({"loss": 1.0})
        print("libcurl" in open("/proc/self/maps").read())
        """
    )
    assert (code, printed) == (0, "False\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_key_is_nowhere_on_the_disk(
    server: Server, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIRN_API_KEY", "cairn-very-secret-key")
    with cairn.init(project="digits") as run:
        run.log({"loss": 1.0})
        for folder, _, files in os.walk(store):
            for name in files:
                assert b"very-secret" not in Path(folder, name).read_bytes(), name


def test_a_sweep_is_on_the_server_and_workers_ask_there(server: Server, store: Path) -> None:
    def train(x: float) -> float:
        with cairn.init() as run:
            run.log({"loss": x})
        return x

    sweep = cairn.sweep(
        {"x": (0.0, 1.0)}, project="p", metric="loss", method="random", seed=1, budget=4
    )
    best = sweep.run(train, jobs=2)
    assert best is not None
    assert best.value == min(trial.value for trial in sweep.trials)
    assert [trial.state for trial in cairn.open_sweep(sweep.id).trials] == ["complete"] * 4
    assert not (store / "sweeps.db").exists()
    study = cairn.create_study(study_name="s", storage=server.url)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    assert len(cairn.load_study(study_name="s", storage=server.url).trials) == 1
