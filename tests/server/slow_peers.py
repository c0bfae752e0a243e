"""Peers that say a byte now and then, and would go on for ever."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from served import PATIENCE_S, Server

HOST = b"Host: localhost\r\n"
POST = b"POST /api/v1/gc HTTP/1.1\r\n" + HOST
OPENINGS = {
    "head": b"GET / HTTP/1.1\r\nX: ",
    "body": POST + b"Content-Length: 100000\r\n\r\n",
    "chunks": POST + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n",
}
PACE_S = 0.2
CutAfter = dict[str, float]  # by the name of an opening, after how many seconds


def dribble(server: Server, name: str, cut_after: CutAfter) -> None:
    """Opens, then says a byte now and then until the server hangs up, or for twice our patience."""
    began = time.monotonic()
    with server.peer() as peer:
        peer.say(OPENINGS[name])
        peer.socket.settimeout(PACE_S)
        while time.monotonic() - began < 2 * PATIENCE_S:
            try:
                if peer.socket.recv(1024) == b"":
                    break
            except TimeoutError:
                peer.say(b"x")
            except ConnectionError:
                break
    cut_after[name] = time.monotonic() - began


@contextlib.contextmanager
def dribbling(server: Server) -> Iterator[CutAfter]:
    """One of each kind, in the background; filled in as they are cut off."""
    cut_after: CutAfter = {}
    threads = [threading.Thread(target=dribble, args=(server, n, cut_after)) for n in OPENINGS]
    for thread in threads:
        thread.start()
    yield cut_after
    for thread in threads:
        thread.join()
