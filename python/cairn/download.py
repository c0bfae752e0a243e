"""Files that come from a store: verified, whole or not at all, and never outside their folder.

What is on its way lies beside its target as .HASH.part, where a later call goes on with it; the
command line uses the same names. Folders are entered by descriptors, so no link leads out of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from cairn.errors import CorruptError, InvalidError, UnavailableError

__all__ = [
    "BlobSource",
    "check_path",
    "fetch_below",
    "fetch_to",
    "folder_when_whole",
    "inside",
    "write_whole",
]

_TRIES = 4  # in a row that bring nothing
_PAUSE_S = 0.5
_PATH_BYTES_MAX = 4096
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class BlobSource(Protocol):
    """Where blobs come from."""

    def read_blob(self, sha256: str, offset: int, sink: Any) -> None: ...


def check_path(path: str) -> None:
    """Raises InvalidError for all but a relative path that stays inside its folder."""
    stays = all(part not in ("", ".", "..") for part in path.split("/"))
    is_odd = "\\" in path or any(sign < " " or sign == "\x7f" for sign in path)
    if not stays or is_odd or len(path.encode("utf-8", "surrogateescape")) > _PATH_BYTES_MAX:
        raise InvalidError(f"expected a relative path inside the artifact, found {path!r}")


def inside(root: Path, path: str) -> Path:
    """The file `path` below `root`; raises InvalidError where it, or a link, leads elsewhere."""
    check_path(path)
    target = root / path
    if Path(os.path.realpath(root)) not in Path(os.path.realpath(target)).parents:
        raise InvalidError(f"expected a file below {root}, found a link that leads out ({target})")
    return target


@contextlib.contextmanager
def write_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that stands under its name only when the block has ended well."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


@contextlib.contextmanager
def folder_when_whole(target: Path) -> Iterator[Path]:
    """The folder to write into: one that is there, else another that gets its name in the end."""
    if target.is_dir():
        yield target
        return
    staged = target.with_name(f".{target.name}.part")
    staged.mkdir(parents=True, exist_ok=True)
    yield staged
    try:
        staged.rename(target)
    except OSError:
        if not target.is_dir():  # else another process wrote the same
            raise


def fetch_to(source: BlobSource, sha256: str, path: Path, size: int | None = None) -> None:
    """Writes a blob into the file `path`."""
    with _opened(os.open(path.parent, _FOLDER)) as folder:
        _fetch(source, sha256, folder, path.name, size)


def fetch_below(source: BlobSource, sha256: str, root: Path, path: str, size: int) -> Path:
    """Writes a blob into the file `path`, whose folders are made, inside the folder `root`."""
    with _opened(_open_inside(root, path)) as folder:
        _fetch(source, sha256, folder, path.rpartition("/")[2], size)
    return root / path


def _open_inside(root: Path, path: str) -> int:
    folder = os.open(root, _FOLDER)
    for part in path.split("/")[:-1]:
        with _opened(folder):
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=folder)
            try:
                folder = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            except OSError as error:
                raise InvalidError(
                    f"expected a folder, found a link or a file: {error} ({root / path})"
                ) from None
    return folder


@contextlib.contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _fetch(source: BlobSource, sha256: str, folder: int, name: str, size: int | None) -> None:
    if _is_there(folder, name, sha256, size):
        return
    part = f".{sha256[:32]}.part"
    if size is None:  # nobody knows where it ends
        _forget(folder, part)
    tries = 0
    while True:
        before = _size(folder, part)
        try:
            if _go_on(source, sha256, folder, part, size):
                break
            # What was there before was something else: from the beginning, once.
            _forget(folder, part)
            if _go_on(source, sha256, folder, part, size):
                break
            _forget(folder, part)
            raise CorruptError(f"expected content with the hash {sha256}, found another ({name})")
        except UnavailableError:
            tries = 0 if _size(folder, part) > before else tries + 1
            if tries == _TRIES:
                raise
            time.sleep(_PAUSE_S)
    try:
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileNotFoundError:
        if not _is_there(folder, name, sha256, size):  # else another process fetched the same
            raise


def _go_on(source: BlobSource, sha256: str, folder: int, part: str, size: int | None) -> bool:
    """Fetches what is missing; whether all of it is then right, and on the disk."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(part, flags, 0o666, dir_fd=folder), "r+b") as file:
        hashed = _hash(file)
        at = file.tell()
        if size is not None and at > size:
            return False

        def take(piece: bytes) -> None:
            hashed.update(piece)
            file.write(piece)

        if at != size:
            source.read_blob(sha256, at, take)
        file.flush()
        os.fsync(file.fileno())
        return bool(hashed.hexdigest() == sha256)


def _hash(file: IO[bytes]) -> Any:
    hashed = hashlib.sha256()
    while piece := file.read(1 << 20):
        hashed.update(piece)
    return hashed


def _is_there(folder: int, name: str, sha256: str, size: int | None) -> bool:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode) or size not in (None, state.st_size):
            return False
        return bool(_hash(file).hexdigest() == sha256)


def _size(folder: int, name: str) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
    except OSError:
        return 0


def _forget(folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
