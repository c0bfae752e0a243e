"""The read door: HTTP to a private `cairn` child over a socket, or to a server by its URL.

One child for each (process, store), started when first needed. It ends with this process, because
its end of the socket closes; there is nothing to clean up. A server takes the child's place where a
URL is given or CAIRN_URL is set.
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
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cairn import _trace, errors
from cairn.transport import Http, OnePiece, Remote, Sink, Transport

__all__ = ["Door", "Transport", "choose_door", "find_binary", "open_door", "open_server"]

_CHILD_FD = 3
_TIMEOUT_S = 600.0
_NO_SUCH_PATH = "no such path in the API"


class Door:
    """The HTTP API of one store. Every method raises the errors of cairn.errors."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, path: str, **query: Any) -> Any:
        """The JSON answer of GET /api/v1{path}; parameters that are None are left out."""
        return json.loads(self.get_bytes(path, **query))

    def get_bytes(self, path: str, **query: Any) -> bytes:
        """The raw answer of GET /api/v1{path}."""
        return self._send("GET", _target(path, query), None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer of POST /api/v1{path}."""
        return json.loads(self.post_bytes(path, body))

    def post_bytes(self, path: str, body: dict[str, Any]) -> bytes:
        """The raw answer of POST /api/v1{path}."""
        return self._send("POST", path, json.dumps(body).encode())

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer of PATCH /api/v1{path}."""
        return json.loads(self._send("PATCH", path, json.dumps(body).encode()))

    def delete(self, path: str) -> Any:
        """The JSON answer of DELETE /api/v1{path}."""
        return json.loads(self._send("DELETE", path, None))

    def save(self, path: str, target: str | os.PathLike[str], **query: Any) -> None:
        """Writes the raw answer of GET /api/v1{path} into a file, whole or not at all."""
        from cairn.download import write_whole

        with write_whole(Path(target)) as file:
            self._send("GET", _target(path, query), None, sink=file.write)

    def read_blob(self, sha256: str, offset: int, sink: Sink) -> None:
        """Gives the bytes of a blob from `offset` on to `sink`, piece by piece."""
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        self._send("GET", f"/blobs/{sha256}", None, headers, sink)

    def blob_to(self, sha256: str, path: Path, size: int | None = None) -> None:
        """Writes a blob into a file: verified, and whole or not at all.

        With its size in bytes, one that was cut off goes on where it was.
        """
        from cairn.download import fetch_to

        fetch_to(self, sha256, path, size)

    def close(self) -> None:
        """Ends the child or the connection now rather than with this process."""
        self._transport.close()

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str] | None = None,
        sink: Sink | None = None,
    ) -> bytes:
        status, content = self._transport.request(method, "/api/v1" + path, body, headers, sink)
        if status < 400:
            return content
        try:
            error = json.loads(content)["error"]
            code, message = str(error["code"]), str(error["message"])
        except (ValueError, KeyError, TypeError):
            code, message = "unavailable", f"expected a Cairn server, found status {status}"
        if status == 405 or message.startswith(_NO_SUCH_PATH):
            code, message = "unavailable", self._explain_version(message)
        raise errors.from_code(code, message)

    def _explain_version(self, message: str) -> str:
        """Whoever does not know what we ask for is of another version than we are."""
        from cairn import __version__

        status, content = self._transport.request("GET", "/api/v1/health")
        theirs = "another program"
        with contextlib.suppress(ValueError, KeyError, TypeError):
            theirs = f"cairn {json.loads(content)['version']}" if status == 200 else theirs
        return (
            f"expected a server that knows what cairn {__version__} asks for, found {theirs}: "
            f"{message}"
        )


def _target(path: str, query: dict[str, Any]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


class PrivateChild(Http):
    """A transport: `cairn door --fd N --dir DIR` at the other end of a socket pair.

    `is_own`: what is asked there is Cairn's own work, no input of the program: recall does not hear
    of the child.
    """

    def __init__(self, dir: str, is_own: bool = False) -> None:
        super().__init__()
        self._dir = dir
        self._is_own = is_own
        self._child = 0

    def _may_repeat(self, error: Exception, was_open: bool) -> bool:
        return True  # a child that was killed is started again, once

    def _explain(self, error: Exception) -> errors.Error:
        return errors.UnavailableError(f"the reading child ended: {error!r} ({self._dir})")

    def _connect(self) -> http.client.HTTPConnection:
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
            with _trace.unheard() if self._is_own else contextlib.nullcontext():
                self._child = os.posix_spawn(
                    binary, argv, self._environment(), file_actions=actions, setpgroup=0
                )
        except OSError as error:
            ours.close()
            raise errors.UnavailableError(
                f"cannot start the reading child: {error} ({binary})"
            ) from None
        finally:
            theirs.close()
        ours.settimeout(_TIMEOUT_S)
        connection = OnePiece("cairn")
        connection.sock = ours
        connection.auto_open = 0
        return connection

    def _environment(self) -> Any:
        if not self._is_own:
            return os.environ
        return {**_trace.unheard_environment(), b"CAIRN_OWN_CHILD": b"1"}

    def _end(self) -> None:
        super()._end()
        if self._child:
            _reap(self._child)
            self._child = 0

    def abandon(self) -> None:
        """In a forked child: the child process is the parent's."""
        super().abandon()
        self._child = 0


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
_own_children: dict[str, PrivateChild] = {}
_servers: dict[str, Remote] = {}


def open_door(dir: str, is_own: bool = False) -> Door:
    """The door of a store's folder; one child serves all that ask for the same folder."""
    folder = os.path.realpath(dir)
    children = _own_children if is_own else _children
    if folder not in children:
        children[folder] = PrivateChild(folder, is_own)
    return Door(children[folder])


def open_server(url: str) -> Door:
    """The door of a server; all that ask for the same URL share a connection."""
    if url not in _servers:
        _servers[url] = Remote(url)
    return Door(_servers[url])


def choose_door(dir: str | os.PathLike[str] | None = None, url: str | None = None) -> Door:
    """The server at `url`, else the folder `dir`, else the server CAIRN_URL, else this folder's."""
    address = url or (os.environ.get("CAIRN_URL") if dir is None else None)
    if address:
        return open_server(address)
    from cairn.session import _store_dir

    return open_door(_store_dir(dir))


def _after_fork_in_child() -> None:
    for transport in (*_children.values(), *_own_children.values(), *_servers.values()):
        transport.abandon()


os.register_at_fork(after_in_child=_after_fork_in_child)
