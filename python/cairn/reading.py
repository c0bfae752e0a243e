"""Reading runs back: `runs()`, `get()`, series as NumPy arrays, histories as pandas frames.

Everything goes through the read door (cairn.door), so what is read is what was logged a moment ago,
by this process or another. Methods raise the errors of cairn.errors.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from cairn.artifacts import Artifact, find_artifact, read_artifacts, read_versions
from cairn.columns import parse_columns
from cairn.door import Door, choose_door
from cairn.errors import InvalidError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from cairn.footprints import Footprint

__all__ = [
    "RunRecord",
    "Runs",
    "Series",
    "View",
    "artifact",
    "export",
    "get",
    "list_artifacts",
    "run_by_id",
    "runs",
]

_PAGE_RUNS = 200


class View(dict[str, Any]):
    """A dict that was read: members are attributes too, and a dotted path finds nested ones."""

    def __init__(self, members: dict[str, Any]) -> None:
        super().__init__(
            {
                key: View(value) if isinstance(value, dict) else value
                for key, value in members.items()
            }
        )

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"expected a member of {sorted(self)}, found {name!r}") from None

    def __missing__(self, key: str) -> Any:
        head, dot, rest = str(key).partition(".")
        while dot:
            if head in self and isinstance(self[head], View) and rest in self[head]:
                return self[head][rest]
            more, dot, rest = rest.partition(".")
            head = f"{head}.{more}"
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        if super().__contains__(key):
            return True
        try:
            self.__missing__(str(key))
        except KeyError:
            return False
        return "." in str(key)

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default


class Series:
    """One key of one run: arrays of the same length, ordered by `step`.

    `step` int64, `time` int64 (ns since the epoch), `value` float64. With buckets: `x` (step or
    time), `min`, `max`, `mean`, `last` float64 and `count` uint32, and `value` is `mean`.
    """

    def __init__(self, run: str, key: str, columns: dict[str, Any]) -> None:
        self.run = run
        self.key = key
        self.exact: bool = columns.get("exact", True)
        for name in ("x", "min", "max", "mean", "last", "count"):
            setattr(self, name, columns.get(name))
        self.step: NDArray[np.int64] = columns["step" if "step" in columns else "x"]
        self.time: NDArray[np.int64] = columns.get("time", np.empty(0, np.int64))
        self.value: NDArray[np.float64] = columns["value" if "value" in columns else "mean"]

    x: NDArray[np.float64] | None
    min: NDArray[np.float64] | None
    max: NDArray[np.float64] | None
    mean: NDArray[np.float64] | None
    last: NDArray[np.float64] | None
    count: NDArray[np.uint32] | None

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return f"<cairn.Series {self.key} of {self.run}: {len(self)} points>"


class RunRecord:
    """A run as it was when it was read; series, console and files are read when asked for."""

    def __init__(self, door: Door, about: dict[str, Any]) -> None:
        self._door = door
        self._about = about

    def _text(self, name: str) -> str:
        return str(self._about.get(name) or "")

    @property
    def id(self) -> str:
        """The id, unique in its project."""
        return self._text("id")

    @property
    def project(self) -> str:
        """The project."""
        return self._text("project")

    @property
    def name(self) -> str:
        """The display name."""
        return self._text("name")

    @property
    def state(self) -> str:
        """running, finished, failed or crashed."""
        return self._text("state")

    @property
    def tags(self) -> list[str]:
        """The tags."""
        return list(self._about.get("tags") or [])

    @property
    def notes(self) -> str:
        """Free text."""
        return self._text("notes")

    @property
    def group(self) -> str:
        """The group."""
        return self._text("group")

    @property
    def job_type(self) -> str:
        """The kind of work."""
        return self._text("job_type")

    @property
    def created_ns(self) -> int:
        """When it began, in nanoseconds since the epoch."""
        return int(self._about.get("created_ns") or 0)

    @property
    def duration_s(self) -> float | None:
        """How long it took, or has taken until now."""
        return self._about.get("duration_s")

    @property
    def exit_code(self) -> int | None:
        """The program's exit code; None while it runs and after a crash."""
        return self._about.get("exit_code")

    @property
    def last_step(self) -> int | None:
        """The highest step logged; None when there is none."""
        return self._about.get("last_step")

    @property
    def config(self) -> View:
        """What it was told."""
        return View(self._about.get("config") or {})

    @property
    def summary(self) -> View:
        """What it came to."""
        return View(self._about.get("summary") or {})

    @property
    def meta(self) -> View:
        """What was captured: git, host, packages, argv."""
        return View(self._whole("meta"))

    @property
    def metrics(self) -> View:
        """What define_metric() said."""
        return View(self._whole("metrics"))

    @property
    def losses(self) -> View:
        """What could not be kept, and how often; empty when nothing was lost."""
        return View(self._whole("losses"))

    @property
    def path(self) -> str:
        """project/id."""
        return f"{self.project}/{self.id}"

    @property
    def energy(self) -> Footprint:
        """What it cost: energy, carbon and money by the tables of its store."""
        from cairn.footprints import Footprint

        try:
            return Footprint(self._door.get(self._url("footprint")))
        except NotFoundError:
            return Footprint()

    def refresh(self) -> RunRecord:
        """Reads it again."""
        self._about = self._door.get(self._url())
        return self

    def keys(self, stream: str = "history") -> list[str]:
        """The names of its series: of "history" (what was logged), "system" or "all"."""
        return [k["key"] for k in self.key_facts() if stream in ("all", k.get("stream", "history"))]

    def key_facts(self) -> list[dict[str, Any]]:
        """For each series its count, first, last, min, max and mean (see docs/api.md)."""
        facts: list[dict[str, Any]] = self._door.get(self._url("keys"))["keys"]
        return facts

    def series(
        self,
        key: str,
        buckets: int | None = None,
        axis: str = "step",
        min: float | None = None,
        max: float | None = None,
    ) -> Series:
        """A series, whole or in so many buckets along `axis` ("step" or "time"), from min to max.

        Raises NotFoundError when the run has no such key.
        """
        found = self.series_of([key], buckets, axis, min, max)
        if not found:
            raise NotFoundError(f"expected a key of run {self.id}, found {key!r}")
        return found[0]

    def series_of(
        self,
        keys: Sequence[str],
        buckets: int | None = None,
        axis: str = "step",
        min: float | None = None,
        max: float | None = None,
    ) -> list[Series]:
        """Several series in one request; keys the run does not have are left out."""
        given = {"axis": axis, "min": min, "max": max, "buckets": buckets}
        body: dict[str, Any] = {"runs": [self.id], "keys": list(keys)}
        body.update({name: value for name, value in given.items() if value is not None})
        content = self._door.post_bytes(f"/projects/{quote(self.project)}/series", body)
        return [Series(s["run"], s["key"], s) for s in parse_columns(content)]

    def history(self, keys: Sequence[str] | None = None, stream: str = "history") -> Any:
        """One row per step, one column per key, NaN where a key has no value at a step.

        A pandas frame indexed by step where pandas is installed, else {"step": array, key: array}.
        """
        columns = self._columns(list(keys) if keys is not None else self.keys(stream))
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            return columns
        index = pandas.Index(columns.pop("step"), name="step")
        return pandas.DataFrame(columns, index=index)

    def console(self, tail: int | None = None) -> str:
        """What it printed: everything, or the last `tail` lines."""
        return "\n".join(line["text"] for line in self.console_lines(tail))

    def console_lines(self, tail: int | None = None) -> list[dict[str, Any]]:
        """Lines with "number", "stream", "time_ns", "text" and "partial"."""
        if tail is not None:
            lines: list[dict[str, Any]] = self._door.get(self._url("console"), tail=tail)["lines"]
            return lines
        lines = []
        while True:
            page = self._door.get(self._url("console"), first=len(lines), limit=10_000)["lines"]
            lines += page
            if len(page) < 10_000:
                return lines

    def records(self, key: str | None = None, type: str | None = None) -> list[dict[str, Any]]:
        """What was logged and is no number: "key", "step", "time_ns" and "record"."""
        found: list[dict[str, Any]] = self._door.get(self._url("records"), key=key, type=type)[
            "records"
        ]
        return found

    def content(self, record: dict[str, Any]) -> bytes:
        """The bytes that a record (or anything with "sha256") stands for."""
        inner = record.get("record", record)
        pieces: list[bytes] = []
        self._door.read_blob(str(inner["sha256"]), 0, pieces.append)
        return b"".join(pieces)

    def artifacts(self, type: str | None = None) -> list[Artifact]:
        """The artifacts it logged, as it logged them, without the files kept by save()."""
        return [
            Artifact._of_manifest({**manifest, "run": self.id}, self._door, self.project)
            for manifest in self._manifests()
            if manifest.get("aliases")  # files kept by save() have none
            and (type is None or manifest.get("type") == type)
        ]

    def used_artifacts(self, type: str | None = None) -> list[Artifact]:
        """The artifacts it used; those whose runs were removed are left out."""
        used = []
        for tie in self._door.get(self._url("lineage"))["used"]:
            if type in (None, tie["type"]):
                with contextlib.suppress(NotFoundError):
                    name = f"{tie['name']}:{tie['sha256']}"
                    used.append(find_artifact(self._door, name, tie["project"]))
        return used

    def files(self) -> list[str]:
        """The names of the files kept by save()."""
        return sorted(self._saved_files())

    def download_file(self, name: str, path: str | os.PathLike[str]) -> Path:
        """Writes a file kept by save() to `path`; raises NotFoundError."""
        files = self._saved_files()
        if name not in files:
            raise NotFoundError(f"expected a file of run {self.id}, found {name!r}")
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._door.blob_to(files[name]["sha256"], target, files[name]["bytes"])
        return target

    def to_parquet(self, path: str | os.PathLike[str], keys: Sequence[str] | None = None) -> Path:
        """Writes the history as Parquet: int64 `step` and a float64 column per key, null where
        absent.

        Raises UnavailableError where pyarrow is not installed.
        """
        try:
            arrow = importlib.import_module("pyarrow")
            parquet = importlib.import_module("pyarrow.parquet")
        except ImportError:
            message = "expected pyarrow to be installed to write Parquet, found none"
            raise UnavailableError(message) from None
        wanted = list(keys) if keys is not None else self.keys()
        columns, present = self._joined(wanted)
        arrays = {
            key: arrow.array(column, mask=~present[key] if key in present else None)
            for key, column in columns.items()
        }
        parquet.write_table(arrow.table(arrays), os.fspath(path), compression="zstd")
        return Path(path)

    def update(self, **change: Any) -> RunRecord:
        """Replaces any of name, tags, notes, group, job_type; a running run may be edited too."""
        self._about = {**self._about, **self._door.patch(self._url(), change)}
        return self

    def delete(self, force: bool = False) -> None:
        """Removes the run; raises ConflictError for one that is alive, unless `force`."""
        self._door.delete(self._url() + ("?force=1" if force else ""))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunRecord) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"<cairn.RunRecord {self.name} ({self.path}) {self.state}>"

    def _url(self, part: str = "") -> str:
        url = f"/projects/{quote(self.project)}/runs/{quote(self.id)}"
        return f"{url}/{part}" if part else url

    def _whole(self, name: str) -> dict[str, Any]:
        if name not in self._about:  # lists of runs leave the big parts out
            self.refresh()
        return self._about.get(name) or {}

    def _columns(self, keys: list[str]) -> dict[str, NDArray[Any]]:
        return self._joined(keys)[0]

    def _joined(
        self, keys: list[str]
    ) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[np.bool_]]]:
        """Columns over all steps, and for each key where it really has a value."""
        found = self.series_of(keys) if keys else []
        steps = [series.step for series in found]
        step = np.unique(np.concatenate(steps)) if steps else np.empty(0, np.int64)
        columns: dict[str, NDArray[Any]] = {"step": step}
        present: dict[str, NDArray[np.bool_]] = {}
        for series in found:
            rows = np.searchsorted(step, series.step)
            columns[series.key] = np.full(len(step), np.nan)
            columns[series.key][rows] = series.value
            present[series.key] = np.zeros(len(step), np.bool_)
            present[series.key][rows] = True
        return columns, present

    def _manifests(self) -> list[dict[str, Any]]:
        manifests: list[dict[str, Any]] = self._door.get(self._url("artifacts"))["artifacts"]
        return manifests

    def _saved_files(self) -> dict[str, dict[str, Any]]:
        return {
            manifest["name"]: manifest  # a file kept twice: the later one
            for manifest in self._manifests()
            if manifest.get("type") == "file" and not manifest.get("aliases")
        }


class Runs(Sequence[RunRecord]):
    """The runs of a project that match; pages are read when they are looked at."""

    def __init__(
        self, door: Door, project: str, filter: str | None, sort: str | None, limit: int | None
    ) -> None:
        self._door = door
        self._project = project
        self._query = {"filter": filter or None, "sort": sort or None}
        self._limit = limit
        self._read: list[RunRecord] = []
        self._cursor: str | None = None
        self._total = 0
        self.warnings: list[str] = []
        self._next_page()

    def __len__(self) -> int:
        return self._total if self._limit is None else min(self._total, self._limit)

    @overload
    def __getitem__(self, index: int) -> RunRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[RunRecord]: ...
    def __getitem__(self, index: int | slice) -> RunRecord | list[RunRecord]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        while position >= len(self._read) and self._cursor is not None:
            self._next_page()
        if not 0 <= position < min(len(self), len(self._read)):
            raise IndexError(f"expected an index below {len(self)}, found {index}")
        return self._read[position]

    def __iter__(self) -> Iterator[RunRecord]:
        position = 0
        while True:
            try:
                run = self[position]
            except IndexError:
                return
            yield run
            position += 1

    def frame(self) -> Any:
        """A pandas frame: one row per run, with config.* and summary.* columns."""
        pandas = importlib.import_module("pandas")
        rows = []
        for run in self:
            row: dict[str, Any] = {"id": run.id, "name": run.name, "state": run.state}
            row["duration_s"] = run.duration_s
            for part, members in (("config", run.config), ("summary", run.summary)):
                row.update(_leaves(part, members))
            rows.append(row)
        return pandas.DataFrame(rows)

    def __repr__(self) -> str:
        lines = [f"<cairn.Runs: {len(self)} of project {self._project}>"]
        lines += [f"  {run.id}  {run.state:<9} {run.name}" for run in self[:20]]
        return "\n".join(lines + (["  ..."] if len(self) > 20 else []))

    def _next_page(self) -> None:
        limit = _PAGE_RUNS if self._limit is None else min(_PAGE_RUNS, max(self._limit, 1))
        path = f"/projects/{quote(self._project)}/runs"
        page = self._door.get(path, limit=limit, cursor=self._cursor, **self._query)
        self._read += [RunRecord(self._door, about) for about in page["runs"]]
        self._cursor = page.get("next_cursor")
        self._total = int(page["total"])
        self.warnings = list(page.get("warnings") or [])


def runs(
    project: str | None = None,
    filter: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    dir: str | os.PathLike[str] | None = None,
    url: str | None = None,
) -> Runs:
    """The runs of a project, newest first: `runs("digits", "summary.loss < 1",
    sort="summary.loss")`.

    `project` falls back as in init(). `filter` is Cairn's filter language, `sort` one or more
    columns with commas between them, a minus for descending. They are read from the server `url`,
    else from the folder `dir`, else from the server CAIRN_URL, else from the folder of init().
    """
    if limit is not None and limit < 0:
        raise InvalidError(f"expected as limit a number from 0, found {limit}")
    return Runs(choose_door(dir, url), project or _default_project(), filter, sort, limit)


def get(run: str, dir: str | os.PathLike[str] | None = None, url: str | None = None) -> RunRecord:
    """One run by "project/id", or by an id, a unique prefix of one or a unique name in any project.

    Raises NotFoundError, and ConflictError naming the candidates when several match.
    """
    door = choose_door(dir, url)
    project, slash, name = run.strip("/").rpartition("/")
    project = project.rpartition("/")[2]  # entity/project/id, as others write it
    where = f"/projects/{quote(project)}/runs/{quote(name)}" if slash else f"/runs/{quote(name)}"
    return RunRecord(door, door.get(where))


def run_by_id(
    id: str,
    project: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    url: str | None = None,
) -> RunRecord:
    """One run by its id: in `project`, or in all."""
    return get(f"{project}/{id}" if project else id, dir, url)


def export(
    run: RunRecord | str,
    path: str | os.PathLike[str],
    format: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    url: str | None = None,
) -> Path:
    """Writes a run's history as csv, jsonl or parquet (default: what the file's name ends with)."""
    record = run if isinstance(run, RunRecord) else get(run, dir, url)
    target = Path(path)
    kind = format or target.suffix.lstrip(".")
    if kind == "parquet":
        return record.to_parquet(target)
    if kind not in ("csv", "jsonl"):
        raise InvalidError(f"expected as format csv, jsonl or parquet, found {kind!r}")
    record._door.save(record._url("export"), target, format=kind)
    return target


def artifact(
    name: str,
    project: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    url: str | None = None,
    type: str | None = None,
) -> Artifact:
    """An artifact by [project/]NAME, NAME:VERSION or NAME:ALIAS; without one the latest.

    Raises NotFoundError.
    """
    return find_artifact(choose_door(dir, url), name, project or _default_project(), type)


def list_artifacts(
    name: str | None = None,
    project: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    url: str | None = None,
    type: str | None = None,
) -> list[dict[str, Any]]:
    """The artifacts of a project, or the versions of the one called `name` (see docs/api.md)."""
    door, project = choose_door(dir, url), project or _default_project()
    return read_versions(door, project, name) if name else read_artifacts(door, project, type)


def _leaves(prefix: str, members: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for key, value in members.items():
        if isinstance(value, dict) and value:
            yield from _leaves(f"{prefix}.{key}", value)
        else:
            yield f"{prefix}.{key}", value


def _default_project() -> str:
    from cairn.settings import Settings, fall_back

    return str(fall_back("project", None, Settings()) or "default")
