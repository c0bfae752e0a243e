"""Artifacts: named, versioned, content-addressed sets of files that a run makes or uses."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlparse

from cairn import _native
from cairn.download import check_path, fetch_below, folder_when_whole
from cairn.errors import CorruptError, Error, InvalidError, NotFoundError, UnavailableError
from cairn.media import BlobStore, Media

if TYPE_CHECKING:
    from cairn.door import Door
    from cairn.reading import RunRecord

__all__ = [
    "Artifact",
    "ArtifactEntry",
    "find_artifact",
    "is_alias",
    "name_of",
    "read_artifacts",
    "read_versions",
]

_VERSION = re.compile(r"v(0|[1-9]\d*)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MANIFEST_BYTES_MAX = 15 << 20  # what one event of a run holds, with room for the rest of it
_ENTRY_BYTES = 128  # of a manifest, beside the path


class ArtifactEntry:
    """One file of an artifact: `path` inside it, `sha256` (after logging), `size` in bytes."""

    def __init__(self, path: str, source: Path | None = None, facts: dict[str, Any] | None = None):
        self.path = path
        self.source = source
        self.facts: dict[str, Any] = facts or {}
        self._door: Door | None = None

    @property
    def sha256(self) -> str | None:
        """The content's address; None before the artifact is logged, and for references."""
        return self.facts.get("sha256")

    digest = sha256

    @property
    def size(self) -> int:
        """Bytes of the content, 0 for references of which nobody knows."""
        if self.source is not None:
            return self.source.stat().st_size
        return int(self.facts.get("bytes", 0))

    @property
    def ref(self) -> str | None:
        """The URI of a reference."""
        return self.facts.get("ref")

    def download(self, root: Any = None) -> str:
        """Writes it below `root` (default: the current folder); answers its path.

        A reference stays where it is, and the answer is its URI.
        """
        if self.ref is not None:
            return self.ref
        folder = Path(root) if root is not None else Path()
        folder.mkdir(parents=True, exist_ok=True)
        if self.source is not None:
            target = folder / self.path
            target.parent.mkdir(parents=True, exist_ok=True)
            return str(shutil.copyfile(self.source, target))
        if self._door is None or self.sha256 is None:
            raise UnavailableError(f"expected a file of a kept artifact, found {self.path!r}")
        return str(fetch_below(self._door, self.sha256, folder, self.path, self.size))


class Artifact:
    """Files under one name. Made with add_*(), kept by `run.log_artifact`, found by
    `run.use_artifact` and `cairn.artifact`.

    Files are read when the artifact is logged. Afterwards `digest` names the content: the same
    files always have the same digest and are the same version. `aliases` may be changed; save()
    then says so to the store.
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
        if not isinstance(name, str) or not _native.is_safe_name(name):
            raise InvalidError(
                f"expected as artifact name letters, digits, '.', '_' and '-', found {name!r}"
            )
        self.name = name
        self.type = type
        self.description = description
        self.metadata: dict[str, Any] = dict(metadata or {})
        self.aliases: list[str] = []
        self.tags: list[str] = []
        self.ttl: Any = None
        self.digest = ""
        self.project = ""
        self.created_ns = 0
        self._version = ""
        self._run = ""  # that logged it first
        self._users: list[str] = []
        self._entries: dict[str, ArtifactEntry] = {}
        self._objects: dict[str, Media] = {}
        self._door: Door | None = None  # to the store that has it
        self._made: Path | None = None  # the folder of files made by new_file()

    # What it is.

    @property
    def version(self) -> str:
        """ "v3": the number that this content has under this name.

        Numbers are given by the store, in the order of logging. Where it cannot tell yet (it is
        away, or has not got it), the first twelve digits of the digest: they name the same content.
        """
        if not self._version and self.digest and self._door is not None:
            with contextlib.suppress(Error):
                found = find_artifact(self._door, f"{self.name}:{self.digest}", self.project)
                self._version = found._version
        return self._version or self.digest[:12]

    @property
    def qualified_name(self) -> str:
        """PROJECT/NAME:VERSION."""
        return f"{self.project}/{self.name}:{self.version}"

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

    @property
    def manifest(self) -> Any:
        """`manifest.entries`: its files by path."""
        return SimpleNamespace(entries=dict(self._entries))

    def files(self) -> list[ArtifactEntry]:
        """Its files, by path."""
        return [self._entries[path] for path in sorted(self._entries)]

    def get_entry(self, name: str) -> ArtifactEntry:
        """The file with this path; raises NotFoundError."""
        if name not in self._entries:
            raise NotFoundError(f"expected a file of {sorted(self._entries)}, found {name!r}")
        return self._entries[name]

    get_path = get_entry

    def logged_by(self) -> RunRecord | None:
        """The run that logged it first; None before anybody knows."""
        runs = self._read_runs([self._run] if self._run else [])
        return runs[0] if runs else None

    def used_by(self) -> list[RunRecord]:
        """The runs of its project that used it."""
        return self._read_runs(self._users)

    # What is put into it.

    def add_file(self, local_path: Any, name: str | None = None, **_: Any) -> ArtifactEntry:
        """Adds a file under `name` (default: its file name)."""
        source = Path(local_path).absolute()
        if not source.is_file():
            raise InvalidError(f"expected a file, found none ({source})")
        return self._add(ArtifactEntry(name or source.name, source))

    def add_dir(
        self, local_path: Any, name: str | None = None, follow_links: bool = False, **_: Any
    ) -> None:
        """Adds every file below a folder, under `name`/ where one is given.

        A link that leads out of the folder, or to a folder, is refused, so that nothing is kept by
        accident; with `follow_links` what it leads to is kept.
        """
        root = Path(local_path).absolute()
        if not root.is_dir():
            raise InvalidError(f"expected a folder, found none ({root})")
        for source in _files_below(root, follow_links):
            inside = source.relative_to(root).as_posix()
            self._add(ArtifactEntry(f"{name}/{inside}" if name else inside, source))

    def add_reference(
        self, uri: Any, name: str | None = None, checksum: bool | str = True, **_: Any
    ) -> list[ArtifactEntry]:
        """Adds a URI that is noted, not copied, with a checksum where one is given as text.

        Of a file:// URI size and SHA-256 are noted too, unless `checksum` is False; one of a folder
        adds a reference for each file in it.
        """
        text = str(uri)
        if _CONTROL.search(text):
            raise InvalidError(f"expected a URI without control characters, found {text!r}")
        parsed = urlparse(text)
        local = Path(unquote(parsed.path))
        if parsed.scheme == "file" and local.is_dir():
            added = []
            for source in _files_below(local, follow_links=True):
                inside = source.relative_to(local).as_posix()
                path = f"{name}/{inside}" if name else inside
                added += self.add_reference(source.as_uri(), path, checksum)
            return added
        facts: dict[str, Any] = {"ref": text}
        if parsed.scheme == "file" and local.is_file():
            facts["bytes"] = local.stat().st_size
            if checksum is True:
                facts["checksum"] = f"sha256:{_sha256(local)}"
        if isinstance(checksum, str):
            facts["checksum"] = checksum
        return [self._add(ArtifactEntry(name or local.name or text, None, facts))]

    def add(self, obj: Media, name: str, **_: Any) -> None:
        """Adds a table or another media object; its record is noted with the file."""
        if not isinstance(obj, Media):
            raise TypeError(f"expected a media object, found {type(obj).__name__}")
        check_path(name)
        self._objects[name] = obj

    @contextmanager
    def new_file(
        self, name: str, mode: str = "w", encoding: str | None = None
    ) -> Iterator[IO[Any]]:
        """Opens a new file of the artifact for writing."""
        check_path(name)
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="cairn-artifact-"))
            weakref.finalize(self, shutil.rmtree, self._made, ignore_errors=True)
        path = self._made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding=encoding) as file:
            yield file
        self._add(ArtifactEntry(name, path))

    def remove(self, item: Any) -> None:
        """Takes a file out again, by its path inside the artifact."""
        self._entries.pop(str(getattr(item, "path", item)), None)

    def wait(self, timeout: float | None = None) -> Artifact:
        """Nothing to wait for: an artifact is kept when log_artifact() returns."""
        return self

    def save(self, *_: Any, **__: Any) -> None:
        """Says to the store which `aliases` this version has now; they move here from others."""
        if self._version and self._door is not None:
            edited = self._door.patch(self._url(), {"aliases": list(self.aliases)})
            self.aliases = list(edited["versions"][0]["aliases"])

    # What is taken from it.

    def download(self, root: Any = None, path_prefix: str | None = None, **_: Any) -> str:
        """Writes the files below `root` (default: artifacts/NAME-VERSION); answers that folder.

        Every hash is verified, and what was cut off goes on where it was. A folder that is not
        there yet gets its name when all its files are in it. References stay where they are.
        """
        folder = self._folder(root)
        if self._door is not None and self.digest != _digest_of(self._facts()):
            raise CorruptError(f"expected the files that {self.name} was logged with, found others")
        with folder_when_whole(folder) as below:
            for entry in self.files():
                if entry.ref is None and entry.path.startswith(path_prefix or ""):
                    entry.download(below)
        return str(folder)

    checkout = download

    def file(self, root: Any = None) -> str:
        """The path of its only file, after downloading it."""
        if len(self._entries) != 1:
            raise InvalidError(f"expected an artifact of one file, found {len(self._entries)}")
        return os.path.join(self.download(root), next(iter(self._entries)))

    def verify(self, root: Any = None) -> None:
        """Raises InvalidError for a file below `root` that is missing, differs or is not of it."""
        folder = self._folder(root)
        wanted = {entry.path: entry.sha256 for entry in self.files() if entry.ref is None}
        found = {path.relative_to(folder).as_posix() for path in _files_below(folder, True)}
        for path in sorted(found ^ set(wanted)):
            raise InvalidError(f"expected the files of {self.name}, found {path!r} too much or not")
        for path, sha256 in wanted.items():
            if _sha256(folder / path) != sha256:
                raise InvalidError(f"expected the content that was logged ({folder / path})")

    # How it is written down.

    def _add(self, entry: ArtifactEntry) -> ArtifactEntry:
        check_path(entry.path)
        self._entries[entry.path] = entry
        return entry

    def _folder(self, root: Any) -> Path:
        return Path(root) if root is not None else Path("artifacts", f"{self.name}-{self.version}")

    def _url(self) -> str:
        name = quote(f"{self.name}:{self._version}", safe="")
        return f"/projects/{quote(self.project)}/artifacts/{name}"

    def _read_runs(self, ids: list[str]) -> list[RunRecord]:
        from cairn.reading import RunRecord

        door = self._door
        if door is None:
            return []
        runs = f"/projects/{quote(self.project)}/runs"
        return [RunRecord(door, door.get(f"{runs}/{quote(id)}")) for id in ids]

    def _facts(self) -> list[dict[str, Any]]:
        return [{"path": entry.path, **entry.facts} for entry in self.files()]

    def _keep(self, store: BlobStore) -> dict[str, Any]:
        """Puts every file into the store and answers the manifest."""
        for path, media in self._objects.items():
            record = media.record(store)
            name = path if "." in Path(path).name else f"{path}.{record['type']}.json"
            if "sha256" not in record:  # all of it is in the record, so that is the file
                record = {"type": record["type"], **store._put_bytes(json.dumps(record).encode())}
            self._entries[name] = ArtifactEntry(name, None, record)
        self._check_room()
        for entry in self._entries.values():
            if entry.source is not None:
                entry.facts = {**entry.facts, **store._put_file(str(entry.source))}
        files = self._facts()
        self.digest = _digest_of(files)
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

    def _check_room(self) -> None:
        if not self._entries:
            raise InvalidError(f"expected an artifact with files, found none in {self.name!r}")
        room = sum(len(e.path.encode()) + len(e.ref or "") + _ENTRY_BYTES for e in self.files())
        if room > _MANIFEST_BYTES_MAX:
            raise InvalidError(
                f"expected an artifact of at most about 100,000 files, found {self.file_count}: "
                "pack them into an archive, or log several artifacts"
            )

    @classmethod
    def _of_manifest(cls, manifest: dict[str, Any], door: Door, project: str) -> Artifact:
        """What was logged, or what the store says of a version."""
        artifact = cls(
            str(manifest["name"]), str(manifest.get("type", "file")), manifest.get("description")
        )
        artifact.metadata = dict(manifest.get("metadata") or {})
        artifact.aliases = list(manifest.get("aliases") or [])
        artifact.tags = list(manifest.get("tags") or [])
        artifact.digest = str(manifest.get("sha256", ""))
        artifact.project = project
        artifact.created_ns = int(manifest.get("created_ns") or manifest.get("time_ns") or 0)
        artifact._version = str(manifest.get("version") or "")
        artifact._run = str(manifest.get("run") or "")
        artifact._users = list(manifest.get("used_by") or [])
        artifact._door = door
        for file in manifest.get("files") or []:
            facts = {key: fact for key, fact in file.items() if key != "path"}
            artifact._add(ArtifactEntry(file["path"], None, facts))._door = door
        return artifact


def find_artifact(
    door: Door, name: str, project: str | None = None, type: str | None = None
) -> Artifact:
    """The version that [entity/][project/]NAME[:VERSION or :ALIAS] means; raises NotFoundError."""
    path, _, wanted = name.partition(":")
    base = path.rpartition("/")[2]
    if "/" in path:
        project = path.split("/")[-2]
    if not project:
        raise InvalidError(f"expected a project in front of the artifact's name, found {name!r}")
    reference = quote(f"{base}:{wanted or 'latest'}", safe="")
    answer = door.get(f"/projects/{quote(project)}/artifacts/{reference}")
    if type is not None and answer["type"] != type:
        raise NotFoundError(f"expected {name!r} to be of type {type!r}, found {answer['type']!r}")
    (version,) = answer["versions"]
    about = {"name": answer["name"], "type": answer["type"], **version}
    return Artifact._of_manifest(about, door, project)


def read_artifacts(door: Door, project: str, type: str | None = None) -> list[dict[str, Any]]:
    """The artifacts of a project: "name", "type", "versions", "latest", "bytes", "updated_ns"."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = door.get(f"/projects/{quote(project)}/artifacts", type=type, cursor=cursor)
        found += page["artifacts"]
        cursor = page.get("next_cursor")
        if cursor is None:
            return found


def read_versions(door: Door, project: str, name: str) -> list[dict[str, Any]]:
    """The versions of one artifact, newest first (see docs/api.md)."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = door.get(f"/projects/{quote(project)}/artifacts/{quote(name)}", cursor=cursor)
        found += page["versions"]
        cursor = page.get("next_cursor")
        if cursor is None:
            return found


def name_of(path: Path) -> str:
    """What a file or folder is called as an artifact when nobody says."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", path.absolute().name).lstrip(".") or "files"


def is_alias(text: str) -> bool:
    """Whether a version may be called so; "v3" is a version's own name."""
    return (
        0 < len(text.encode("utf-8", "surrogateescape")) <= 128
        and not any(sign in text for sign in "/:,")
        and not _CONTROL.search(text)
        and not _VERSION.fullmatch(text)
    )


def _digest_of(files: list[dict[str, Any]]) -> str:
    """SHA-256 over the sorted files; docs/artifacts.md says of what exactly."""
    lines = []
    for file in files:
        parts = [file["sha256"]] if file.get("sha256") else [file.get("ref"), file.get("checksum")]
        content = "\0".join(str(part) for part in (file["path"], *parts) if part)
        lines.append(f"{content}\n".encode())
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def _sha256(path: Path) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            hashed.update(piece)
    return hashed.hexdigest()


def _files_below(root: Path, follow_links: bool) -> list[Path]:
    files: list[Path] = []
    seen: set[str] = set()
    for folder, folders, names in os.walk(root, followlinks=follow_links):
        if (at := os.path.realpath(folder)) in seen:
            raise InvalidError(f"expected links without a circle, found one ({folder})")
        seen.add(at)
        for path in (Path(folder, name) for name in (*folders, *names)):
            if path.is_symlink() and not follow_links:
                _check_link(path, Path(os.path.realpath(root)))
        files += [Path(folder, name) for name in names]
    if odd := [path for path in files if not path.is_file()]:
        raise InvalidError(f"expected files and folders, found something else ({odd[0]})")
    return sorted(files)


def _check_link(link: Path, root: Path) -> None:
    target = Path(os.path.realpath(link))
    if root not in target.parents or target.is_dir():
        raise InvalidError(
            f"expected links to files of the same folder, found one to {target}: "
            f"add_dir(..., follow_links=True) keeps what it leads to ({link})"
        )
