"""Wires between a client and a server that can be cut: a cable between two networks where the
kernel lets us have these, and a relay everywhere."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Protocol

from apart import Apart, find_rights


class Wire(Protocol):
    """Between a server that listens on `host` and clients that run behind `client`."""

    host: str
    server: list[str]  # what stands before the server's command
    client: list[str]  # what stands before the client's

    def url(self, port: int) -> str: ...
    def cut(self) -> None: ...
    def mend(self) -> None: ...
    def close(self) -> None: ...


class Cable:
    """A pair of virtual network cards; what is sent while it is cut is lost, as on a real one."""

    def __init__(self) -> None:
        self._there = Apart()
        self._here = Apart(beside=self._there)
        self.host = "10.77.0.1"
        self.server, self.client = self._there.entering("--net"), self._here.entering("--net")
        pair = ("far", "type", "veth", "peer", "name", "near", "netns", str(self._here.pid))
        self._there.run("ip", "link", "add", *pair)
        self._there.run("ip", "address", "add", f"{self.host}/24", "dev", "far")
        self._here.run("ip", "address", "add", "10.77.0.2/24", "dev", "near")
        self._here.run("ip", "link", "set", "near", "up")
        self.mend()

    def url(self, port: int) -> str:
        """Of the server."""
        return f"http://{self.host}:{port}"

    def cut(self) -> None:
        """Nothing passes."""
        self._there.run("ip", "link", "set", "far", "down")

    def mend(self) -> None:
        """All passes."""
        self._there.run("ip", "link", "set", "far", "up")

    def close(self) -> None:
        """Ends both networks."""
        self._here.close()
        self._there.close()


class Relay:
    """Passes bytes on. While it is cut it swallows them and lets connections hang; they are lost
    when it is mended, as behind a router that was started again."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.server: list[str] = []
        self.client: list[str] = []
        self._port = 0
        self._is_cut = False
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server((self.host, 0))
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, port: int) -> str:
        """Of the relay to that server."""
        self._port = port
        return f"http://{self.host}:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Nothing passes."""
        self._is_cut = True

    def mend(self) -> None:
        """Whoever connects again gets through."""
        self._is_cut = False
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Ends it."""
        self._listener.close()
        self.mend()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                self._ends.append(near)
                if self._is_cut:
                    continue
                far = socket.create_connection((self.host, self._port))
                self._ends.append(far)
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(1 << 16):
                if not self._is_cut:
                    other.sendall(piece)
            other.shutdown(socket.SHUT_WR)


def kinds_of_wires() -> list[type[Cable] | type[Relay]]:
    """Those that this machine can have."""
    return [Relay] if find_rights() is None else [Cable, Relay]
