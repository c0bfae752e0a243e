"""A machine within the machine: a network or file systems of its own, where the kernel lets us."""

from __future__ import annotations

import functools
import subprocess

HOLD = ["sh", "-c", "echo ready; exec cat"]  # until its standard input ends


@functools.cache
def find_rights() -> str | None:
    """What `unshare` is told: "" by root, "-Ur" where any user may; None where nobody may."""
    for flags in ("", "-Ur"):
        tried = ["unshare", *flags.split(), "--net", "--mount", "ip", "link", "set", "lo", "up"]
        if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return flags
    return None


class Apart:
    """Holds namespaces of the network and of mounts until it is closed."""

    def __init__(self, beside: Apart | None = None) -> None:
        rights = find_rights()
        assert rights is not None
        self._is_user = rights != ""
        flags = [] if beside else rights.split()
        before = beside.entering() if beside else []
        self._holder = subprocess.Popen(
            [*before, "unshare", *flags, "--net", "--mount", *HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"ready\n"
        self.run("ip", "link", "set", "lo", "up")

    @property
    def pid(self) -> int:
        """Of a process in there."""
        return self._holder.pid

    def entering(self, *what: str) -> list[str]:
        """What stands before a command that runs in there: --net, --mount, or as its user only."""
        users = ["--user", "--preserve-credentials"] if self._is_user else []
        return ["nsenter", "--target", str(self.pid), *users, *what] if users or what else []

    def run(self, *command: str) -> None:
        """Runs a command in there, which must succeed."""
        inside = self.entering("--net", "--mount")
        subprocess.run([*inside, *command], check=True, capture_output=True)

    def close(self) -> None:
        """Lets it go."""
        self._holder.communicate(b"")
