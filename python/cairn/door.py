"""The read door: HTTP over a socket to a private `cairn` child, started when first needed.

One child for each (process, store). It ends with this process, because its end of the socket
closes; there is nothing to clean up. Whatever answers `Transport.request` can take its place.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from cairn import errors

__all__ = ["Door", "Transport", "find_binary", "open_door"]

_CHILD_FD = 3
_TIMEOUT_S = 600.0


class Transport(Protocol):
    """Sends one request and answers (status, body)."""

    def request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]: ...
    def close(self) -> None: ...


class Door:
    """The HTTP API of one store. Every method raises the errors of cairn.errors."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, path: str, **query: Any) -> Any:
        """The JSON answer of GET /api/v1{path}; parameters that are None are left out."""
        return json.loads(self.get_bytes(path, **query))

    def get_bytes(self, path: str, **query: Any) -> bytes:
        """The raw answer of GET /api/v1{path}."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", f"{path}?{urlencode(given)}" if given else path, None)

    def post_bytes(self, path: str, body: dict[str, Any]) -> bytes:
        """The raw answer of POST /api/v1{path}."""
        return self._send("POST", path, json.dumps(body).encode())

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer of PATCH /api/v1{path}."""
        return json.loads(self._send("PATCH", path, json.dumps(body).encode()))

    def delete(self, path: str) -> Any:
        """The JSON answer of DELETE /api/v1{path}."""
        return json.loads(self._send("DELETE", path, None))

    def blob_to(self, sha256: str, path: Path) -> None:
        """Writes a blob into a file, whole or not at all."""
        part = path.with_name(path.name + ".part")
        part.write_bytes(self.get_bytes(f"/blobs/{sha256}"))
        part.replace(path)

    def close(self) -> None:
        """Ends the child now rather than with this process."""
        self._transport.close()

    def _send(self, method: str, path: str, body: bytes | None) -> bytes:
        status, content = self._transport.request(method, "/api/v1" + path, body)
        if status < 400:
            return content
        try:
            error = json.loads(content)["error"]
            code, message = str(error["code"]), str(error["message"])
        except (ValueError, KeyError, TypeError):
            code, message = "unavailable", f"expected an answer, found status {status}"
        raise errors.from_code(code, message)


class PrivateChild:
    """A transport: `cairn door --fd N --dir DIR` at the other end of a socket pair."""

    def __init__(self, dir: str) -> None:
        self._dir = dir
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._child = 0

    def request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        with self._lock:
            for attempt in (1, 2):  # a child that was killed is started again, once
                try:
                    return self._exchange(method, path, body)
                except (OSError, http.client.HTTPException) as error:
                    self._end()
                    if attempt == 2:
                        message = f"the reading child ended: {error!r} ({self._dir})"
                        raise errors.UnavailableError(message) from None
        raise AssertionError

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        if self._connection is None:
            self._start()
        assert self._connection is not None
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _start(self) -> None:
        binary = find_binary()
        ours, theirs = socket.socketpair()
        try:
            actions: list[Any] = [
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, theirs.fileno(), _CHILD_FD),
            ]
            argv = [binary, "--dir", self._dir, "door", "--fd", str(_CHILD_FD)]
            # A process group of its own: Ctrl-C in the terminal is for the program, not for it.
            self._child = os.posix_spawn(
                binary, argv, os.environ, file_actions=actions, setpgroup=0
            )
        except OSError as error:
            ours.close()
            raise errors.UnavailableError(
                f"cannot start the reading child: {error} ({binary})"
            ) from None
        finally:
            theirs.close()
        ours.settimeout(_TIMEOUT_S)
        self._connection = http.client.HTTPConnection("cairn")
        self._connection.sock = ours
        self._connection.auto_open = 0

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._child:
            _reap(self._child)
            self._child = 0

    def close(self) -> None:
        with self._lock:
            self._end()

    def abandon(self) -> None:
        """In a forked child: closes our copy of the socket; the child process is the parent's."""
        if self._connection is not None and self._connection.sock is not None:
            self._connection.sock.close()
        self._connection, self._child = None, 0
        self._lock = threading.Lock()


def _reap(child: int, limit_s: float = 2.0) -> None:
    with contextlib.suppress(ChildProcessError):
        end = time.monotonic() + limit_s
        while os.waitpid(child, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return
            time.sleep(0.001)


def find_binary() -> str:
    """The `cairn` program: CAIRN_BINARY, else beside this Python, else on the PATH."""
    given = os.environ.get("CAIRN_BINARY")
    if given:
        return given
    beside = Path(sys.prefix) / "bin" / "cairn"
    if beside.is_file() and os.access(beside, os.X_OK):
        return str(beside)
    found = shutil.which("cairn")
    if found is None:
        raise errors.UnavailableError(
            "expected the program 'cairn' to read runs, found none in CAIRN_BINARY, PATH or "
            f"beside Python ({beside})"
        )
    return found


_children: dict[str, PrivateChild] = {}


def open_door(dir: str) -> Door:
    """The door of a store's folder; one child serves all that ask for the same folder."""
    folder = os.path.realpath(dir)
    if folder not in _children:
        _children[folder] = PrivateChild(folder)
    return Door(_children[folder])


def _after_fork_in_child() -> None:
    for child in _children.values():
        child.abandon()


os.register_at_fork(after_in_child=_after_fork_in_child)
