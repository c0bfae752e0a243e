"""Artifacts: named, content-addressed sets of files that a run makes or uses."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import unquote, urlparse

from cairn.errors import InvalidError, NotFoundError, UnavailableError
from cairn.media import BlobStore, Media

__all__ = ["Artifact", "ArtifactEntry"]


class BlobSource(Protocol):
    """Where blobs come from when an artifact is downloaded."""

    def blob_to(self, sha256: str, path: Path) -> None: ...


class ArtifactEntry:
    """One file of an artifact: `path` inside it, `sha256` (after logging), `size` in bytes."""

    def __init__(self, path: str, source: Path | None = None, facts: dict[str, Any] | None = None):
        self.path = path
        self.source = source
        self.facts: dict[str, Any] = facts or {}

    @property
    def sha256(self) -> str | None:
        """The content's address; None before the artifact is logged, and for references."""
        return self.facts.get("sha256")

    digest = sha256

    @property
    def size(self) -> int:
        """Bytes of the content, 0 for references."""
        if self.source is not None:
            return self.source.stat().st_size
        return int(self.facts.get("bytes", 0))

    @property
    def ref(self) -> str | None:
        """The URI of a reference."""
        return self.facts.get("ref")


class Artifact:
    """Files under one name. Made with add_*(), kept by `run.log_artifact`, found by
    `run.use_artifact`.

    Files are read when the artifact is logged. Afterwards `digest` names the content: the same
    files always have the same digest.
    """

    def __init__(
        self,
        name: str,
        type: str = "file",
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        incremental: bool | None = None,
        **_: Any,
    ) -> None:
        if not isinstance(name, str) or not name or "/" in name or name.startswith("."):
            raise InvalidError(f"expected as artifact name a text without '/', found {name!r}")
        self.name = name
        self.type = type
        self.description = description
        self.metadata: dict[str, Any] = dict(metadata or {})
        self.aliases: list[str] = []
        self.tags: list[str] = []
        self.ttl: Any = None
        self.digest = ""
        self._entries: dict[str, ArtifactEntry] = {}
        self._objects: dict[str, Media] = {}
        self._source: BlobSource | None = None
        self._made: Path | None = None  # the folder of files made by new_file()

    @property
    def version(self) -> str:
        """The first twelve digits of the digest."""
        return self.digest[:12]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self._entries.values())

    @property
    def file_count(self) -> int:
        """How many files and references it has."""
        return len(self._entries)

    @property
    def state(self) -> str:
        """COMMITTED once it is kept, else PENDING."""
        return "COMMITTED" if self.digest else "PENDING"

    def add_file(self, local_path: Any, name: str | None = None, **_: Any) -> ArtifactEntry:
        """Adds a file under `name` (default: its file name)."""
        source = Path(local_path).absolute()
        if not source.is_file():
            raise InvalidError(f"expected a file, found none ({source})")
        return self._add(ArtifactEntry(name or source.name, source))

    def add_dir(self, local_path: Any, name: str | None = None, **_: Any) -> None:
        """Adds every file below a folder, under `name`/ where one is given."""
        root = Path(local_path).absolute()
        if not root.is_dir():
            raise InvalidError(f"expected a folder, found none ({root})")
        for source in sorted(root.rglob("*")):
            if source.is_file():
                inside = source.relative_to(root).as_posix()
                self._add(ArtifactEntry(f"{name}/{inside}" if name else inside, source))

    def add_reference(self, uri: Any, name: str | None = None, **_: Any) -> list[ArtifactEntry]:
        """Adds a URI that is noted, not copied. Of a file:// URI the size is noted too."""
        text = str(uri)
        facts: dict[str, Any] = {"ref": text}
        parsed = urlparse(text)
        local = Path(unquote(parsed.path))
        if parsed.scheme == "file" and local.is_file():
            facts["bytes"] = local.stat().st_size
        return [self._add(ArtifactEntry(name or local.name or text, None, facts))]

    def add(self, obj: Media, name: str, **_: Any) -> None:
        """Adds a table or another media object; its record is noted with the file."""
        if not isinstance(obj, Media):
            raise TypeError(f"expected a media object, found {type(obj).__name__}")
        self._objects[_safe_path(name)] = obj

    @contextmanager
    def new_file(
        self, name: str, mode: str = "w", encoding: str | None = None
    ) -> Iterator[IO[Any]]:
        """Opens a new file of the artifact for writing."""
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="cairn-artifact-"))
            weakref.finalize(self, shutil.rmtree, self._made, ignore_errors=True)
        path = self._made / _safe_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding=encoding) as file:
            yield file
        self._add(ArtifactEntry(name, path))

    def remove(self, item: Any) -> None:
        """Takes a file out again, by its path inside the artifact."""
        self._entries.pop(str(getattr(item, "path", item)), None)

    def get_entry(self, name: str) -> ArtifactEntry:
        """The file with this path; raises NotFoundError."""
        if name not in self._entries:
            raise NotFoundError(f"expected a file of {sorted(self._entries)}, found {name!r}")
        return self._entries[name]

    get_path = get_entry

    def files(self) -> list[ArtifactEntry]:
        """Its files, by path."""
        return [self._entries[path] for path in sorted(self._entries)]

    def wait(self, timeout: float | None = None) -> Artifact:
        """Nothing to wait for: an artifact is kept when log_artifact() returns."""
        return self

    def save(self, *_: Any, **__: Any) -> None:
        """Nothing to do: see wait()."""

    def download(self, root: Any = None, path_prefix: str | None = None, **_: Any) -> str:
        """Writes the files below `root` (default: artifacts/NAME-VERSION); answers that folder."""
        folder = (
            Path(root) if root is not None else Path("artifacts") / f"{self.name}-{self.version}"
        )
        folder.mkdir(parents=True, exist_ok=True)
        for entry in self.files():
            if path_prefix and not entry.path.startswith(path_prefix):
                continue
            target = folder / _safe_path(entry.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if entry.source is not None:
                shutil.copyfile(entry.source, target)
            elif entry.sha256 is not None:
                if self._source is None:
                    raise UnavailableError(
                        f"expected a kept artifact, found {self.name} not logged"
                    )
                self._source.blob_to(entry.sha256, target)
        return str(folder)

    checkout = download

    def file(self, root: Any = None) -> str:
        """The path of its only file, after downloading it."""
        if len(self._entries) != 1:
            raise InvalidError(f"expected an artifact of one file, found {len(self._entries)}")
        return os.path.join(self.download(root), next(iter(self._entries)))

    def _add(self, entry: ArtifactEntry) -> ArtifactEntry:
        entry.path = _safe_path(entry.path)
        self._entries[entry.path] = entry
        return entry

    def _keep(self, store: BlobStore) -> dict[str, Any]:
        """Puts every file into the store and answers the manifest."""
        for path, media in self._objects.items():
            record = media.record(store)
            name = path if "." in Path(path).name else f"{path}.{record['type']}.json"
            self._entries[name] = ArtifactEntry(name, None, record)
        for entry in self._entries.values():
            if entry.source is not None:
                entry.facts = {**entry.facts, **store._put_file(str(entry.source))}
        files = [{"path": entry.path, **entry.facts} for entry in self.files()]
        digest = hashlib.sha256()
        for file in files:
            digest.update(f"{file['path']}\0{file.get('sha256') or file.get('ref')}\n".encode())
        self.digest = digest.hexdigest()
        return {
            "name": self.name,
            "type": self.type,
            "aliases": self.aliases,
            "tags": self.tags,
            "description": self.description or "",
            "metadata": self.metadata,
            "sha256": self.digest,
            "bytes": sum(int(file.get("bytes", 0)) for file in files),
            "files": files,
        }

    @classmethod
    def _of_manifest(cls, manifest: dict[str, Any], source: BlobSource) -> Artifact:
        artifact = cls(
            str(manifest["name"]), str(manifest.get("type", "file")), manifest.get("description")
        )
        artifact.metadata = dict(manifest.get("metadata") or {})
        artifact.aliases = list(manifest.get("aliases") or [])
        artifact.digest = str(manifest.get("sha256", ""))
        artifact._source = source
        for file in manifest.get("files") or []:
            facts = {key: fact for key, fact in file.items() if key != "path"}
            artifact._add(ArtifactEntry(file["path"], None, facts))
        return artifact


def _safe_path(path: str) -> str:
    """A relative path that stays inside its folder; raises InvalidError."""
    parts = path.replace("\\", "/").split("/")
    if path.startswith("/") or any(part in ("", ".", "..") for part in parts) or "\0" in path:
        raise InvalidError(f"expected a relative path inside the artifact, found {path!r}")
    return "/".join(parts)
