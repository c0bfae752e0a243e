"""What is logged arrives once, all of it, though the network is cut and the server's disk is full.

That the server may be killed meanwhile is a test of tests/remote.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cairn
import pytest
from cairn import door
from disks import MountedDisk, SmallDisk, ToldDisk, kinds_of_disks
from served import Answer, Server, environment, serving
from test_openapi import check_answer
from wires import Cable, Relay, Wire, kinds_of_wires

PATIENCE_S = 90.0
PROGRAM = Path(__file__).with_name("log_remotely.py")
STEPS = 20_000


class Training:
    """A program that logs to a server from a machine of its own."""

    def __init__(self, folder: Path, url: str, key: str = "", before: tuple[str, ...] = ()) -> None:
        self.store = folder / "here"
        self._before = before
        self._env = environment(CAIRN_DIR=str(self.store), CAIRN_URL=url)
        if key:
            self._env["CAIRN_API_KEY"] = key
        self.logged = 0
        self._program = subprocess.Popen(
            [*before, sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=self._env,
            text=True,
        )
        assert self._program.stdout is not None
        assert self._program.stdout.readline() == "ready\n"

    def log(self, steps: int) -> None:
        """Returns when the program has logged them, wherever they are."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(f"{steps}\n")
        self._program.stdin.flush()
        self.logged += steps
        assert int(self._program.stdout.readline()) == self.logged

    def end(self) -> None:
        """Ends it well, and delivers what it has left."""
        self._program.communicate(timeout=PATIENCE_S)
        assert self._program.returncode == 0
        argv = [*self._before, door.find_binary(), "--dir", str(self.store), "sync"]
        subprocess.run(argv, check=True, env=self._env, timeout=PATIENCE_S)

    def stop(self) -> None:
        """Whatever it does."""
        self._program.kill()
        self._program.communicate()

    def waiting(self) -> list[Path]:
        """Journals that are not delivered."""
        return list(self.store.glob("outbox/*/projects/*/live/*.clog"))


@pytest.fixture(autouse=True)
def close_doors() -> Iterator[None]:
    """Ends what looked into folders."""
    yield
    for child in door._children.values():
        child.close()
    door._children.clear()


def steps_in(folder: Path) -> list[int]:
    """The steps of the run that a server has, in order."""
    try:
        series = cairn.get("digits/r1", dir=folder).series("loss")
    except cairn.NotFoundError:
        return []
    assert (series.value == series.step / 2).all()
    return [int(step) for step in series.step]


def has_more_than(steps: int, folder: Path) -> bool:
    """Whether more has arrived."""
    return len(steps_in(folder)) > steps


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    """Fails when it does not come true."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited for: {what}"
        time.sleep(0.05)


@pytest.fixture(params=kinds_of_wires(), ids=lambda kind: kind.__name__)
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    """One that can be cut."""
    kind: type[Cable] | type[Relay] = request.param
    made = kind()
    yield made
    made.close()


def test_a_run_arrives_once_though_the_network_is_cut(wire: Wire, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    key = make_first_key(folder)
    with serving(folder, host=wire.host, wrapper=wire.server) as server:
        training = Training(tmp_path, wire.url(server.port), key, tuple(wire.client))
        try:
            training.log(STEPS)
            wait_until("the first steps", lambda: len(steps_in(folder)) == STEPS)
            for _ in range(3):
                training.log(STEPS)  # some of it is on its way now
                wire.cut()
                training.log(STEPS)
                here = len(steps_in(folder))
                assert here <= training.logged - STEPS, "nothing was cut"
                wire.mend()
                wait_until("more steps", partial(has_more_than, here, folder))
            training.end()
        finally:
            training.stop()
        assert steps_in(folder) == list(range(training.logged))
        assert cairn.get("digits/r1", dir=folder).state == "finished"
        assert training.waiting() == []


def make_first_key(folder: Path) -> str:
    """A key for uploads, as one is needed before a server listens to others."""
    argv = [door.find_binary(), "--dir", str(folder), "key", "create", "--scope", "upload"]
    made = subprocess.run(argv, check=True, capture_output=True, text=True, env=environment())
    return made.stdout.strip()


@pytest.fixture(params=kinds_of_disks(), ids=lambda kind: kind.__name__)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """One that can be filled."""
    kind: type[MountedDisk] | type[ToldDisk] = request.param
    made = kind(tmp_path)
    yield made
    made.close()


def count_steps(server: Server) -> int:
    """How many steps of the run the server shows."""
    answer = server.call("GET /projects/digits/runs/r1/keys")
    if answer.status == 404:
        return 0
    assert answer.status == 200, answer.body
    return sum(int(key["count"]) for key in answer.json()["keys"])


def look_after(server: Server) -> tuple[list[str], list[str]]:
    """What is damaged, and what waits because it could not be written."""
    found = server.call("POST /doctor", {}).json()
    return found["damage"], found["notes"]


def take_journal(folder: Path) -> bytes:
    """The bytes of a journal as another program would send them."""
    run = cairn.init(project="other", id="r2", mode="offline", dir=folder)
    run.log({"loss": 1.0})
    run.finish()
    (journal,) = folder.rglob("live/*.clog")
    return journal.read_bytes()


def check_no_room(answer: Answer, path: str) -> None:
    """507, a sentence, and when to try again; as the file of the API says."""
    assert answer.status == 507, answer.body
    assert answer.message.startswith("no room on the server's disk, try again later")
    assert int(answer.header("Retry-After")) > 0
    check_answer(("PUT", path), answer)


def check_reading(server: Server, steps: int) -> None:
    """All that was there is shown."""
    assert count_steps(server) >= steps
    assert server.call("GET /projects").json()["projects"][0]["name"] == "digits"
    runs = server.call("GET /projects/digits/runs?filter=state+%3D+'running'").json()
    assert [run["id"] for run in runs["runs"]] == ["r1"]
    body = {"runs": ["r1"], "keys": ["loss"], "buckets": 100}
    assert server.call("POST /projects/digits/series", body).status == 200


@pytest.mark.parametrize("is_restarted", [False, True], ids=["runs on", "is started again"])
def test_a_full_disk_takes_nothing_shows_everything_and_recovers(
    disk: SmallDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_restarted: bool
) -> None:
    monkeypatch.setenv("CAIRN_SAMPLE_PERIOD_S", "0")
    folder = disk.folder / "there"
    journal = "/projects/other/journals/r2~1~w1.clog"
    content = bytes(1_000_000)
    blob = f"/blobs/{hashlib.sha256(content).hexdigest()}?bytes={len(content)}"
    piece = take_journal(tmp_path / "elsewhere")
    with serving(folder, wrapper=disk.server, **disk.env) as server:
        training = Training(tmp_path, server.url)
        try:
            training.log(STEPS)
            wait_until("the first steps", lambda: count_steps(server) == STEPS)
            disk.fill()
            training.log(STEPS)
            check_no_room(
                server.call(f"PUT {journal}?from=0", piece),
                "/projects/{project}/journals/{journal}",
            )
            check_no_room(server.call(f"PUT {blob}", content), "/blobs/{sha256}")
            check_reading(server, STEPS)
            if is_restarted:
                server.stop()
                server.start()
                check_reading(server, STEPS)
            here = count_steps(server)
            disk.make_room()
            assert server.call(f"PUT {blob}", content).json()["complete"]
            assert server.call(f"PUT {journal}?from=0", piece).json()["offset"] == len(piece)
            wait_until("more steps", lambda: count_steps(server) > here)
            training.end()
        finally:
            training.stop()
        wait_until("all steps", lambda: count_steps(server) == training.logged)
        rows = server.call("GET /projects/digits/runs/r1/export?keys=loss").body.split()[1:]
        steps = [line.split(b",") for line in rows]
        assert [int(step) for step, _, _ in steps] == list(range(training.logged))
        assert all(float(loss) == int(step) / 2 for step, _, loss in steps)
        assert training.waiting() == []
        wait_until("the store to be in order", lambda: look_after(server) == ([], []))
