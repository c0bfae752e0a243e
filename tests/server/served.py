"""A real `cairn serve` over a folder, and peers that say to it exactly what they are told to."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cairn import door

API = "/api/v1"
PATIENCE_S = 30.0


def environment(**more: str) -> dict[str, str]:
    """The environment without what would change Cairn, and with `more`."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_") or k == "CAIRN_BINARY"}
    return {**own, "CAIRN_SAMPLE_PERIOD_S": "0", "PYTHONUNBUFFERED": "1", **more}


@dataclass
class Answer:
    """What came back; status 0 when the connection ended instead."""

    status: int = 0
    headers: Mapping[str, str] | None = None
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header's value; "" when there is none."""
        found = [v for k, v in (self.headers or {}).items() if k.lower() == name.lower()]
        return found[0] if found else ""

    @property
    def content_type(self) -> str:
        """Without its parameters."""
        return self.header("Content-Type").partition(";")[0]

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The sentence of an error."""
        return str(self.json()["error"]["message"])


class Peer:
    """One raw connection."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), PATIENCE_S)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up."""
        self._file.close()
        self.socket.close()

    def say(self, text: bytes) -> Peer:
        """Sends `text`; a server that has hung up already does not mind."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(text)
        return self

    def hear(self, has_body: bool = True) -> Answer:
        """The next answer."""
        try:
            line = self._file.readline()
            if not line.startswith(b"HTTP/1.1 "):
                assert line == b"", f"expected an answer, found {line!r}"
                return Answer()
            headers = http.client.parse_headers(self._file)
            length = int(headers.get("Content-Length", "0")) if has_body else 0
            return Answer(int(line.split()[1]), dict(headers), self._file.read(length))
        except ConnectionError:
            return Answer()

    def hear_event(self) -> bytes:
        """The next server-sent event of an answer whose head was heard."""
        lines = []
        while (line := self._file.readline()).strip():
            lines.append(line)
        return b"".join(lines)

    def is_over(self) -> bool:
        """Whether the server closes the connection without another byte."""
        try:
            return self._file.read(1) == b""
        except ConnectionError:
            return True


class Server:
    """`cairn serve`, on a port that stays the same when it is started again."""

    def __init__(
        self,
        folder: Path,
        host: str = "127.0.0.1",
        wrapper: Sequence[str] = (),
        access_log: str = "",
        **env: str,
    ) -> None:
        self.folder = folder
        self.host = host
        self._wrapper = list(wrapper)
        self._access_log = access_log
        self._env = env
        self._child: subprocess.Popen[str] | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Until it answers."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        argv = [*self._wrapper, door.find_binary(), "--dir", str(self.folder), "serve"]
        argv += ["--host", self.host, "--port", str(self.port), "--access-log", self._access_log]
        self._child = subprocess.Popen(
            argv, stdout=subprocess.PIPE, env=environment(**self._env), text=True
        )
        assert self._child.stdout is not None
        found = None
        while found is None:
            line = self._child.stdout.readline()
            assert line, "the server ended before it served"
            found = re.search(r"http://[0-9.]+:(\d+)", line)
        self.port = int(found[1])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends it; its exit code."""
        if self._child is None:
            return 0
        self._child.send_signal(how)
        self._child.communicate(timeout=PATIENCE_S)
        code, self._child = self._child.returncode, None
        return code

    @property
    def url(self) -> str:
        """What CAIRN_URL says."""
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._child is not None
        return self._child.pid

    def resident_bytes(self) -> int:
        """The most memory that it has ever held."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def peer(self) -> Peer:
        """A new connection."""
        return Peer(self.host, self.port)

    def say(self, text: bytes, has_body: bool = True) -> Answer:
        """The answer to these bytes on a new connection."""
        with self.peer() as peer:
            return peer.say(text).hear(has_body)

    def call(
        self,
        line: str,
        body: object = None,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to "METHOD /path", below the API; `body`: bytes, or an object as JSON."""
        method, _, path = line.partition(" ")
        content = body if isinstance(body, bytes) else b"" if body is None else as_json(body)
        about = {"Host": f"{self.host}:{self.port}", **(headers or {})}
        if key:
            about["Authorization"] = f"Bearer {key}"
        if content or body is not None:
            about["Content-Length"] = str(len(content))
        head = "".join(f"{name}: {value}\r\n" for name, value in about.items())
        with self.peer() as peer:
            peer.say(f"{method} {API}{path} HTTP/1.1\r\n{head}\r\n".encode() + content)
            answer = peer.hear(has_body=method != "HEAD")
            if answer.content_type == "text/event-stream":
                answer.body = peer.hear_event()
            return answer

    def make_key(self, *options: str) -> str:
        """A new API key, made in the folder as its owner makes them."""
        return self.run("key", "create", *options).strip()

    def run(self, *command: str, typed: str = "") -> str:
        """What the command line prints about this folder."""
        argv = [door.find_binary(), "--dir", str(self.folder), *command]
        return subprocess.run(
            argv, check=True, capture_output=True, text=True, input=typed, env=environment()
        ).stdout


def as_json(value: object) -> bytes:
    """A body."""
    return json.dumps(value).encode()


@contextlib.contextmanager
def serving(folder: Path, **options: Any) -> Iterator[Server]:
    """A server until the end of the block."""
    server = Server(folder, **options)
    try:
        yield server
    finally:
        server.stop(signal.SIGKILL)
