"""`cairn meter` around real servers: started by it, found by their port, and asked through it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cairn import door

PATIENCE_S = 30.0

# Answers as OpenAI's API does, whole or as a stream; says its port; ends by SIGTERM.
SERVER = """\
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer("text/plain", b"well")

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sum(range(2_000_000))  # what it is metered for
        usage = {"prompt_tokens": 7, "completion_tokens": 3}
        if not asked.get("stream"):
            body = json.dumps({"model": "tiny", "choices": [{"text": "a b c"}], "usage": usage})
            return self.answer("application/json", body.encode())
        events = [{"model": "tiny", "choices": [{"text": t}]} for t in "abc"]
        text = "".join(f"data: {json.dumps(e)}\\n\\n" for e in events) + "data: [DONE]\\n\\n"
        self.answer("text/event-stream", text.encode())


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
print("port", server.server_port, flush=True)
server.serve_forever()
"""


class Lab:
    """A store, a server's program, and what is started in the test, which ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "serve.py"
        self.program.write_text(SERVER)
        own = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_")}
        self.environment = {
            **own,
            "CAIRN_DIR": str(folder / "store"),
            "HOME": str(folder),
            "PYTHONUNBUFFERED": "1",
        }
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """A process whose outputs are pipes."""
        process = subprocess.Popen(
            argv,
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def meter(self, *argv: str) -> subprocess.Popen[str]:
        """`cairn meter`."""
        return self.start(door.find_binary(), "meter", *argv)

    def cairn(self, *argv: str) -> Any:
        """What a command answers as JSON."""
        command = [door.find_binary(), *argv, "--json"]
        found = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        return json.loads(found.stdout)

    def end(self) -> None:
        """Nothing outlives its test."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.communicate()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.end()


def read_port(pipe: Any, pattern: str) -> int:
    """The number in the first line that has the pattern."""
    for line in pipe:
        found = re.search(pattern, line)
        if found:
            return int(found.group(1))
    raise AssertionError(f"it ended without {pattern}")


def ask(port: int, method: str, path: str, body: str = "") -> bytes:
    """What is answered, on a connection of its own."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    ) as connection:
        connection.request(method, path, body)
        with connection.getresponse() as answer:
            return answer.read()


def post(port: int, **asked: object) -> bytes:
    """One completion."""
    return ask(port, "POST", "/v1/completions", json.dumps(asked))


def end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """SIGTERM, and what it says then."""
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=PATIENCE_S)


def metered(lab: Lab, *options: str) -> tuple[subprocess.Popen[str], int]:
    """A server that runs already, and the proxy's port before it."""
    server = lab.start(sys.executable, str(lab.program))
    port = read_port(server.stdout, r"port (\d+)")
    meter = lab.meter("--proxy", f"0:{port}", *options)
    return meter, read_port(meter.stderr, r"comes in at 127\.0\.0\.1:(\d+)")


def test_a_server_that_runs_is_found_by_its_port_and_counted(lab: Lab) -> None:
    meter, port = metered(lab, "--json", "--project", "serving")
    for _ in range(3):
        assert json.loads(post(port, prompt="x"))["usage"]["completion_tokens"] == 3
    assert post(port, stream=True).endswith(b"data: [DONE]\n\n")
    time.sleep(2.5)  # for the meter to look at the energy more than once
    report = json.loads(end(meter)[0])
    assert meter.returncode == 0
    assert report["model"] == "tiny"
    assert report["has_estimated_tokens"]
    inference = report["inference"]
    assert (inference["requests"], inference["failed"]) == (4, 0)
    assert (inference["tokens_in"], inference["tokens_out"]) == (21, 12)
    assert inference["active_j"] + inference["idle_j"] == pytest.approx(inference["total_j"])
    assert report["footprint"]["energy_kwh"]["value"] > 0

    run = lab.cairn("show", report["run"])
    assert run["job_type"] == "inference"
    assert run["config"]["model"] == "tiny"
    assert run["summary"]["inference"]["requests"] == 4
    assert run["meta"]["energy"]
    assert run["state"] == "finished"


def test_looks_at_the_health_are_no_requests(lab: Lab) -> None:
    meter, port = metered(lab, "--json")
    for path in ("/health", "/metrics", "/v1/models", "/work"):
        assert ask(port, "GET", path) == b"well"
    assert json.loads(end(meter)[0])["inference"]["requests"] == 1


def test_only_requests_below_a_path_count_where_one_is_named(lab: Lab) -> None:
    meter, port = metered(lab, "--json", "--path", "/v1/comp")
    ask(port, "GET", "/work")
    post(port)
    assert json.loads(end(meter)[0])["inference"]["requests"] == 1


def test_a_command_is_started_and_ended_and_its_console_kept(lab: Lab) -> None:
    meter = lab.meter("--name", "serve", "--", sys.executable, str(lab.program))
    read_port(meter.stdout, r"port (\d+)")
    out, err = end(meter)
    assert meter.returncode == 128 + signal.SIGTERM
    assert lab.cairn("show", "serve")["state"] == "finished"
    assert "footprint" in out
    assert "see 'cairn show" in err
    lines = subprocess.run(
        [door.find_binary(), "logs", "serve"],
        env=lab.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert lines.stdout.startswith("port ")


def test_the_meter_ends_with_the_server(lab: Lab) -> None:
    meter, port = metered(lab, "--json")
    post(port)
    lab.started[0].kill()  # whoever started it need not have noticed
    out, _ = meter.communicate(timeout=PATIENCE_S)
    assert json.loads(out)["inference"]["requests"] == 1


def test_a_server_that_is_away_is_told_so_and_counts_nothing(lab: Lab) -> None:
    meter = lab.meter("--json", "--proxy", "0:1", "--pid", str(os.getpid()))
    port = read_port(meter.stderr, r"comes in at 127\.0\.0\.1:(\d+)")
    assert b"takes no connection" in post(port)
    assert json.loads(end(meter)[0])["inference"]["requests"] == 0


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "expected a command after '--', or a server on this machine"),
        (["--proxy", "8000"], "expected --proxy LISTEN:UPSTREAM"),
        (["--proxy", "8000:x"], "expected --proxy LISTEN:UPSTREAM"),
        (["--proxy", "8000:8000"], "expected two ports"),
        (["--proxy", "0:1"], "nobody whose processes can be seen listens on port 1"),
        (["--metrics", "localhost:8000"], "expected a server as http://HOST:PORT"),
        (["--zone", "Nirwana", "--", "true"], "zone"),
        (["--project", "a b", "--", "true"], "expected a project of letters"),
        (["--", "nonexistent-command"], "cannot run the command"),
    ],
)
def test_what_is_wrong_is_said(lab: Lab, argv: list[str], sentence: str) -> None:
    meter = lab.meter(*argv)
    _, err = meter.communicate(timeout=PATIENCE_S)
    assert sentence in err
    assert meter.returncode in (2, 3)
