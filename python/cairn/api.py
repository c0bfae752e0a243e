"""Api: reading runs the way programs written for another tracker do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cairn.artifacts import Artifact, read_versions
from cairn.door import choose_door
from cairn.download import inside
from cairn.errors import InvalidError, NotFoundError
from cairn.reading import RunRecord, Runs, artifact, get, runs

__all__ = ["Api", "ApiRun"]

_OPERATORS = {
    "$eq": "=",
    "$ne": "!=",
    "$gt": ">",
    "$gte": ">=",
    "$lt": "<",
    "$lte": "<=",
    "$regex": "~",
}
_FIELDS = {
    "display_name": "name",
    "displayName": "name",
    "created_at": "created",
    "createdAt": "created",
    "jobType": "job_type",
}


class ApiRun:
    """A run with the names that Api users know; anything else is RunRecord's."""

    def __init__(self, record: RunRecord) -> None:
        self.record = record

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.record, name)

    @property
    def lastHistoryStep(self) -> int:  # noqa: N802 - the name users know
        """The highest step, -1 when there is none."""
        step = self.record.last_step
        return -1 if step is None else step

    @property
    def metadata(self) -> dict[str, Any]:
        """What was captured."""
        return self.record.meta

    def history(
        self,
        samples: int = 500,
        keys: Sequence[str] | None = None,
        x_axis: str = "_step",
        pandas: bool = True,
        stream: str = "default",
    ) -> Any:
        """At most `samples` rows, evenly spread, with `_step` first; a frame or a list of dicts."""
        rows = list(self.scan_history(keys, stream=stream, need_all=False))
        if len(rows) > samples > 0:
            last = len(rows) - 1
            rows = [rows[i * last // (samples - 1 or 1)] for i in range(samples)]
        if not pandas:
            return rows
        import importlib

        return importlib.import_module("pandas").DataFrame(rows)

    def scan_history(
        self,
        keys: Sequence[str] | None = None,
        page_size: int = 1000,
        min_step: int | None = None,
        max_step: int | None = None,
        stream: str = "default",
        need_all: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """Every row as a dict; with `keys` only rows that have all of them."""
        kind = "system" if stream == "system" else "history"
        names = [k for k in (keys or self.record.keys(kind)) if k != "_step"]
        columns, present = self.record._joined(names)
        for row, step in enumerate(columns.pop("step").tolist()):
            if (min_step is not None and step < min_step) or (
                max_step is not None and step >= max_step
            ):
                continue
            cells = {k: float(columns[k][row]) for k in columns if present[k][row]}
            if not keys or not need_all or len(cells) == len(names):
                yield {"_step": step, **cells}

    def console_logs(self, last: int | None = None) -> list[str]:
        """The lines it printed."""
        return [line["text"] for line in self.record.console_lines(last)]

    def logged_artifacts(self, **_: Any) -> list[Artifact]:
        """The artifacts it logged."""
        return self.record.artifacts()

    def used_artifacts(self, **_: Any) -> list[Artifact]:
        """The artifacts it used."""
        return self.record.used_artifacts()

    def file(self, name: str) -> ApiFile:
        """A file kept by save()."""
        return ApiFile(self.record, name)

    def files(self, names: Sequence[str] | None = None, **_: Any) -> list[ApiFile]:
        """The files kept by save()."""
        return [ApiFile(self.record, name) for name in names or self.record.files()]

    def update(self) -> None:
        """Nothing to do: RunRecord.update(name=...) changes at once."""

    def load(self, force: bool = False) -> ApiRun:
        """Reads it again."""
        self.record.refresh()
        return self

    def __repr__(self) -> str:
        return repr(self.record)


class ApiFile:
    """A file kept with a run."""

    def __init__(self, record: RunRecord, name: str) -> None:
        self._record = record
        self.name = name

    def download(self, root: str = ".", replace: bool = False, exist_ok: bool = False) -> Any:
        """Writes it below `root` and opens it for reading."""
        target = inside(Path(root), self.name)
        if target.exists() and not (replace or exist_ok):
            raise InvalidError(f"expected replace=True to write over a file, found it ({target})")
        if replace or not target.exists():
            self._record.download_file(self.name, target)
        return target.open("r")


class ApiRuns(Sequence[ApiRun]):
    """Runs as ApiRun."""

    def __init__(self, found: Runs) -> None:
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, index: Any) -> Any:
        got = self._found[index]
        return ApiRun(got) if isinstance(got, RunRecord) else [ApiRun(run) for run in got]

    def histories(self, keys: Sequence[str] | None = None, samples: int = 500, **_: Any) -> Any:
        """The histories of all runs in one frame, with a column `run_id`."""
        import importlib

        frames = [run.history(samples, keys).assign(run_id=run.id) for run in self]
        return importlib.import_module("pandas").concat(frames, ignore_index=True)


class Api:
    """`Api().runs("entity/project", {"config.lr": {"$gt": 0.01}})`, `Api().run("project/id")`."""

    def __init__(self, overrides: dict[str, Any] | None = None, **_: Any) -> None:
        given = overrides or {}
        self._project: str | None = given.get("project")
        self._dir: str | os.PathLike[str] | None = given.get("dir")
        self._url: str | None = given.get("base_url")

    def run(self, path: str) -> ApiRun:
        """One run by [entity/][project/]id."""
        if "/" not in path.strip("/") and self._project:
            path = f"{self._project}/{path}"
        return ApiRun(get(path, self._dir, self._url))

    def runs(
        self,
        path: str | None = None,
        filters: dict[str, Any] | None = None,
        order: str = "+created_at",
        per_page: int = 50,
        **_: Any,
    ) -> ApiRuns:
        """The runs of [entity/]project that match Mongo-like filters."""
        project = path.strip("/").rpartition("/")[2] if path else self._project
        sort = ("-" if order.startswith("-") else "") + field_of(order.lstrip("+-"))
        return ApiRuns(runs(project, filter_of(filters or {}), sort, dir=self._dir, url=self._url))

    def artifact(self, name: str, type: str | None = None) -> Artifact:
        """An artifact by [entity/][project/]NAME:ALIAS."""
        return artifact(name, self._project, self._dir, self._url, type)

    def artifacts(self, type_name: str, name: str, per_page: int = 50, **_: Any) -> list[Artifact]:
        """All versions of [entity/][project/]NAME, newest first."""
        base = name.rpartition("/")[2]
        project = name.split("/")[-2] if "/" in name else self._project
        first = artifact(name, project, self._dir, self._url, type_name)
        door = choose_door(self._dir, self._url)
        return [
            Artifact._of_manifest({"name": base, "type": first.type, **about}, door, first.project)
            for about in read_versions(door, first.project, base)
        ]

    def artifact_exists(self, name: str, type: str | None = None) -> bool:
        """Whether there is such an artifact, version or alias."""
        try:
            self.artifact(name, type)
        except NotFoundError:
            return False
        return True

    @property
    def default_entity(self) -> str:
        """There is one store and no entities."""
        return ""


def filter_of(filters: dict[str, Any]) -> str:
    """Mongo-like filters in Cairn's filter language; raises InvalidError for what it cannot say."""
    parts = []
    for name, condition in filters.items():
        if name in ("$and", "$or"):
            joined = f" {name[1:]} ".join(f"({filter_of(part)})" for part in condition)
            parts.append(f"({joined})")
        elif name == "$not":
            parts.append(f"not ({filter_of(condition)})")
        elif isinstance(condition, dict):
            parts += [_term(name, operator, value) for operator, value in condition.items()]
        else:
            parts.append(_term(name, "$eq", condition))
    return " and ".join(part for part in parts if part)


def field_of(name: str) -> str:
    """The column that users of other trackers mean."""
    if name in _FIELDS:
        return _FIELDS[name]
    if name.startswith("summary_metrics."):
        name = "summary." + name.partition(".")[2]
    if name.startswith("config.") and name.endswith(".value"):
        name = name[: -len(".value")]
    head, dot, rest = name.partition(".")
    words = rest.replace("_", "a").replace(".", "a")
    return name if not dot or words.isalnum() else f"{head}.`{rest}`"


def _term(name: str, operator: str, value: Any) -> str:
    field = field_of(name)
    if operator == "$exists":
        return f"{field} is {'not ' if value else ''}null"
    if operator in ("$in", "$nin"):
        if name == "tags":
            joined = " or ".join(f"tags contains {_literal(v)}" for v in value)
            return f"not ({joined})" if operator == "$nin" else f"({joined})"
        word = "not in" if operator == "$nin" else "in"
        return f"{field} {word} ({', '.join(map(_literal, value))})"
    if operator == "$not" and isinstance(value, dict):
        inner = " and ".join(_term(name, key, part) for key, part in value.items())
        return f"not ({inner})"
    if operator not in _OPERATORS:
        known = sorted([*_OPERATORS, "$in", "$nin", "$exists", "$not", "$and", "$or"])
        raise InvalidError(f"expected an operator of {known}, found {operator!r}")
    if value is None:
        return f"{field} is {'not ' if operator == '$ne' else ''}null"
    return f"{field} {_OPERATORS[operator]} {_literal(value)}"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
