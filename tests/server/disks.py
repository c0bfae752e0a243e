"""Disks that can be filled: a small file system where the kernel lets us mount one, and a store
whose system calls are told that there is no room everywhere."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Protocol

from apart import Apart, find_rights

SMALL_BYTES = 16 << 20


class SmallDisk(Protocol):
    """Where a server's store lies; `server` stands before its command."""

    folder: Path
    server: list[str]
    env: dict[str, str]

    def fill(self) -> None: ...
    def make_room(self) -> None: ...
    def close(self) -> None: ...


class MountedDisk:
    """A file system of 16 MiB in memory."""

    def __init__(self, folder: Path) -> None:
        self._apart = Apart()
        self.folder = folder / "small"
        self.folder.mkdir()
        self._apart.run(
            "mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "small", str(self.folder)
        )
        self.server = self._apart.entering("--mount")
        self.env: dict[str, str] = {}
        self._ballast = Path(f"/proc/{self._apart.pid}/root{self.folder}/ballast")

    def fill(self) -> None:
        """To the last byte."""
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def make_room(self) -> None:
        """As it was."""
        self._ballast.unlink()

    def close(self) -> None:
        """Ends it."""
        self._apart.close()


class ToldDisk:
    """Any file system, on which a library tells the server that nothing may grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mark = folder / "full"
        library = folder / "full_disk.so"
        source = Path(__file__).with_name("full_disk.c")
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True
        )
        self.server: list[str] = []
        self.env = {"LD_PRELOAD": str(library), "FULL_DISK_MARK": str(self._mark)}

    def fill(self) -> None:
        """From now on."""
        self._mark.touch()

    def make_room(self) -> None:
        """As it was."""
        self._mark.unlink()

    def close(self) -> None:
        """Nothing is left to end."""


def kinds_of_disks() -> list[type[MountedDisk] | type[ToldDisk]]:
    """Those that this machine can have."""
    return [ToldDisk] if find_rights() is None else [MountedDisk, ToldDisk]
