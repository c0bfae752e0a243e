"""A world: a server of a filled store, with users and keys, and a run that lives."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from served import Answer, Server, environment, serving

PASSWORD = "a long password"


@dataclass
class World:
    """What tests ask."""

    server: Server
    names: dict[str, str]  # what stands where: ids of runs, a blob
    keys: dict[str, str] = field(default_factory=dict)  # by scope; "letters": for that project only
    cookie: str = ""  # of ada, who is an admin and logged in
    csrf: str = ""

    def ask(self, line: str, body: object = None, scope: str = "admin", **headers: str) -> Answer:
        """The answer to whom has the key of that scope ("": none)."""
        about = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.call(line, body, self.keys.get(scope, ""), about)


def add_people(world: World) -> None:
    """Keys of each scope, two users, and a log-in."""
    for scope in ("admin", "write", "read", "upload"):
        world.keys[scope] = world.server.make_key("--name", scope, "--scope", scope)
    world.keys["letters"] = world.server.make_key("--scope", "write", "--project", "letters")
    for user in ("ada", "bob"):
        world.server.run("user", "add", user, "--admin", "--password-stdin", typed=PASSWORD)
    answer = world.ask("POST /login", {"user": "ada", "password": PASSWORD}, scope="")
    assert answer.status == 200, answer.body
    world.cookie = answer.header("Set-Cookie").partition(";")[0]
    world.csrf = answer.json()["csrf"]


SWEEP = {
    "method": "sobol",
    "metric": {"name": "loss"},
    "parameters": {"lr": {"min": 0.0, "max": 1.0}, "depth": {"min": 1, "max": 8}},
}


def add_sweeps(world: World) -> None:
    """One that has three results and a trial that runs, and two that have nothing."""
    for name in ("sweep", "spare", "other"):
        about = {"project": "digits", "name": name, "definition": SWEEP}
        answer = world.ask("POST /sweeps", about)
        assert answer.status == 201, answer.body
        world.names[name if name != "other" else "other_sweep"] = answer.json()["id"]
    target = f"POST /sweeps/{world.names['sweep']}"
    world.ask(f"{target}/ask", {"worker": "anna", "count": 4})
    for trial in range(3):
        world.ask(f"{target}/trials/{trial}/tell", {"values": [trial / 2]})


@contextlib.contextmanager
def build_world(root: Path) -> Iterator[World]:
    """Until the end of the block."""
    filler = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("fill_store.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        env=environment(CAIRN_DIR=str(root / "store")),
        text=True,
    )
    assert filler.stdin is not None
    assert filler.stdout is not None
    with contextlib.ExitStack() as until:
        until.callback(filler.wait, 30)
        until.callback(filler.stdout.close)
        until.callback(filler.stdin.close)
        names = json.loads(filler.stdout.readline())
        world = World(until.enter_context(serving(root / "store")), names)
        add_people(world)
        add_sweeps(world)
        net = world.ask("GET /projects/digits/artifacts/net:v0").json()["versions"][0]
        names["digest"] = net["sha256"]
        names["blob"] = net["files"][0]["sha256"]
        yield world
