"""HTTP to whoever answers the read door: one kept-alive connection, and a server by its URL."""

from __future__ import annotations

import gzip
import http.client
import os
import socket
import threading
from collections.abc import Mapping
from typing import Any, Callable, Protocol
from urllib.parse import urlsplit

from cairn import errors

__all__ = ["Http", "OnePiece", "Remote", "Sink", "Transport"]

_CONNECT_LIMIT_S = 10.0
_ANSWER_LIMIT_S = 600.0  # a question about much may be thought about for long
_PIECE_BYTES = 1 << 20

Sink = Callable[[bytes], object]


class Transport(Protocol):
    """Sends one request and answers (status, body).

    With a `sink` the body of a success is given to it, piece by piece, and the answer's is empty.
    """

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        sink: Sink | None = None,
    ) -> tuple[int, bytes]: ...
    def close(self) -> None: ...


class Http:
    """A transport over one connection at a time; threads take turns. It is opened when needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        sink: Sink | None = None,
    ) -> tuple[int, bytes]:
        """Sends it; once more where the connection had died meanwhile."""
        with self._lock:
            try:
                return self._try_twice(method, path, body, dict(headers or {}), sink)
            except BaseException:
                self._end()  # half an answer may stand in it
                raise

    def close(self) -> None:
        """Ends the connection; the next request opens another."""
        with self._lock:
            self._end()

    def abandon(self) -> None:
        """In a forked child: closes our copy of the socket, without a word on it."""
        if self._connection is not None and self._connection.sock is not None:
            self._connection.sock.close()
        self._connection = None
        self._lock = threading.Lock()

    def _try_twice(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], sink: Sink | None
    ) -> tuple[int, bytes]:
        taker = _Taker(sink)
        for attempt in (1, 2):
            was_open = self._connection is not None
            try:
                return self._exchange(method, path, body, headers, taker)
            except (OSError, http.client.HTTPException) as error:
                self._end()
                if taker.trouble is not None:
                    raise taker.trouble from None
                if attempt == 2 or taker.has_begun or not self._may_repeat(error, was_open):
                    raise self._explain(error) from None
        raise AssertionError

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], taker: _Taker
    ) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = self._connect()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        if answer.status in (200, 206) and taker.wants_pieces:
            while piece := answer.read(_PIECE_BYTES):
                taker.take(piece)
            if answer.length:  # read() of a part does not mind an end that came too soon
                raise http.client.IncompleteRead(b"", answer.length)
            return answer.status, b""
        self._look_at(answer)
        content = answer.read()
        if answer.getheader("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return answer.status, content

    def _connect(self) -> http.client.HTTPConnection:
        raise NotImplementedError

    def _may_repeat(self, error: Exception, was_open: bool) -> bool:
        raise NotImplementedError

    def _explain(self, error: Exception) -> errors.Error:
        raise NotImplementedError

    def _look_at(self, answer: http.client.HTTPResponse) -> None:
        """Raises for an answer that is none of the API's."""

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class OnePiece(http.client.HTTPConnection):
    """A connection that sends head and body at once: whoever answers is woken once, not twice."""

    _pieces: list[bytes] | None = None

    def request(self, *args: Any, **how: Any) -> None:
        self._pieces = []
        try:
            super().request(*args, **how)
            whole = b"".join(self._pieces)
        finally:
            self._pieces = None
        super().send(whole)

    def send(self, data: Any) -> None:
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class OnePieceTls(OnePiece, http.client.HTTPSConnection):
    """The same over TLS."""


class _Taker:
    """Gives pieces to a sink and remembers what that raised: a full disk is no broken network."""

    def __init__(self, sink: Sink | None) -> None:
        self.wants_pieces = sink is not None
        self.has_begun = False
        self.trouble: Exception | None = None
        self._sink = sink

    def take(self, piece: bytes) -> None:
        assert self._sink is not None
        self.has_begun = True
        try:
            self._sink(piece)
        except Exception as error:
            self.trouble = error
            raise OSError from error


class Remote(Http):
    """A transport: the server at a URL such as http://host:8420, with CAIRN_API_KEY as its key.

    Redirections are not followed: whoever sends one would get the key.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        parts = _take_apart(url)
        self.url = url.rstrip("/")
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_tls else 80)
        self._prefix = parts.path.rstrip("/")

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        sink: Sink | None = None,
    ) -> tuple[int, bytes]:
        """Sends it to the server, below the URL's own path."""
        from cairn import __version__

        about = {"User-Agent": f"cairn-python/{__version__}", **(headers or {})}
        about["Accept-Encoding"] = "identity" if sink is not None else "gzip"
        if key := os.environ.get("CAIRN_API_KEY"):
            if not key.isprintable():
                raise errors.InvalidError("expected as CAIRN_API_KEY a key of one line")
            about["Authorization"] = f"Bearer {key}"
        proxy = self._proxy()
        where = self._prefix + path
        if proxy and not self._is_tls:  # a plain proxy is told the whole address
            where = f"http://{self._netloc()}{where}"
        return super().request(method, where, body, about, sink)

    def _connect(self) -> http.client.HTTPConnection:
        proxy = self._proxy()
        host, port = proxy or (self._host, self._port)
        connection: http.client.HTTPConnection
        if self._is_tls:
            import ssl

            context = ssl.create_default_context(cafile=os.environ.get("CAIRN_CA_FILE") or None)
            connection = OnePieceTls(host, port, timeout=_CONNECT_LIMIT_S, context=context)
            if proxy:
                connection.set_tunnel(self._host, self._port)
        else:
            connection = OnePiece(host, port, timeout=_CONNECT_LIMIT_S)
        connection.connect()
        connection.sock.settimeout(_ANSWER_LIMIT_S)
        return connection

    def _netloc(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    def _proxy(self) -> tuple[str, int] | None:
        from urllib.request import getproxies, proxy_bypass

        found = getproxies()
        proxy = found.get("https" if self._is_tls else "http") or found.get("all")
        is_near = self._host in ("localhost", "::1") or self._host.startswith("127.")
        if not proxy or is_near or proxy_bypass(self._netloc()):
            return None
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        return (parts.hostname, parts.port or 8080) if parts.hostname else None

    def _may_repeat(self, error: Exception, was_open: bool) -> bool:
        # The server may have hung up on an idle connection; a slow answer is not asked for twice.
        return was_open and not isinstance(error, socket.timeout)

    def _explain(self, error: Exception) -> errors.Error:
        why = "it took too long" if isinstance(error, socket.timeout) else str(error) or repr(error)
        return errors.UnavailableError(f"no answer from the server: {why} ({self.url})")

    def _look_at(self, answer: http.client.HTTPResponse) -> None:
        if 300 <= answer.status < 400:
            raise errors.UnavailableError(
                f"expected a Cairn server, found a redirection to "
                f"{answer.getheader('Location')!r}: name that address instead ({self.url})"
            )


def _take_apart(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no number
    except ValueError:
        parts = urlsplit("")
    odd: str | None = None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        odd = url
    if parts.username is not None or parts.password is not None:
        odd = "one with a user or a password: CAIRN_API_KEY holds the key"
    if parts.query or parts.fragment or any(c <= " " or c == "\x7f" for c in url):
        odd = url
    if odd is not None:
        raise errors.InvalidError(f"expected a URL such as http://host:8420, found {odd!r}")
    return parts
