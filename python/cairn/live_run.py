"""Run: the run that this process records. `log` is native; everything else is here."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cairn import _native, hooks
from cairn.errors import Error
from cairn.plain import plain
from cairn.trees import Config, Summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from cairn.artifacts import Artifact
    from cairn.console import Capture
    from cairn.door import Door
    from cairn.footprints import Footprint
    from cairn.result import Result
    from cairn.resume import Interrupted
    from cairn.tracing import Watch as Tracing
    from cairn.watch import Watch

__all__ = ["Run"]

_SUMMARIES = ("min", "max", "mean", "last", "first", "best", "copy", "none")


class Run(_native.Run):
    """A run being recorded, from `cairn.init()` to `finish()` or the end of the program.

    `log(data, step=None, commit=None)` records one row: numbers become points, anything else a
    record at the same step. Without a step it has the next automatic one; `commit=False` keeps that
    step for the next call too. Steps may come in any order; a step that is no whole number from 0
    to 2^53 is counted as lost and the row kept with the automatic step. Nested dicts are flattened
    with dots. A value that can be kept in no way is counted and told once for its key; None is no
    value.

    Safe to use from any thread and after a fork. Nothing here raises for what training code passes
    in: see `losses()`.
    """

    def __init__(
        self,
        options: dict[str, Any] | None,
        *,
        counts: bool = False,
        resumed: bool = False,
        config: Mapping[str, Any] | None = None,
        summary: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(options, plain, counts)
        about = options or {}
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._display_name = about.get("name") or self._name
        self._tags: tuple[str, ...] = tuple(about.get("tags") or ())
        self._notes: str = about.get("notes") or ""
        self._group: str = about.get("group") or ""
        self._job_type: str = about.get("job_type") or ""
        self.starting_step = self.step
        self.start_time = time.time()
        self.resumed = resumed
        self.settings: Any = None
        self._config = Config(config or about.get("config") or {}, self._update_config)
        self._summary = self._summary_of(summary or {})
        self._place: dict[str, Any] = {}  # where it runs, as init() was told
        self._energies: dict[str, dict[str, Any]] = {}  # records of tracked functions, by name
        self._capture: Capture | None = None
        self._interrupted: Interrupted | None = None
        self._saved: dict[tuple[str, str], tuple[int, int] | None] = {}
        self._watches: list[Watch] = []
        self._alerts: dict[str, float] = {}
        self._at_finish: Callable[[Run], None] | None = None
        self._result: Result | None = None  # of the run whose results stand in the place of this
        self._tracing: Tracing | None = None
        self._is_finished = False

    # What it is.

    @property
    def name(self) -> str:
        """The display name; may be set."""
        return self._display_name

    @name.setter
    def name(self, name: str) -> None:
        self._display_name = str(name)
        self._set_attributes({"name": self._display_name})

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags; may be set, and added to with `run.tags += ("new",)`."""
        return self._tags

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._tags = tuple(dict.fromkeys(str(tag) for tag in tags))
        self._set_attributes({"tags": list(self._tags)})

    @property
    def notes(self) -> str:
        """Free text; may be set."""
        return self._notes

    @notes.setter
    def notes(self, notes: str) -> None:
        self._notes = str(notes)
        self._set_attributes({"notes": self._notes})

    @property
    def group(self) -> str:
        """The group it belongs to."""
        return self._group

    @property
    def job_type(self) -> str:
        """What kind of work it is."""
        return self._job_type

    @property
    def config(self) -> Config:
        """What the run was told; every change is recorded."""
        return self._config

    @property
    def summary(self) -> Summary:
        """What the run came to; every change is recorded."""
        return self._summary

    @property
    def dir(self) -> str:
        """A folder for files of this run: what lies in it at finish() is kept with the run."""
        folder = Path(self.store_dir or ".cairn") / "files" / (self.project or "default") / self.id
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @property
    def sync_dir(self) -> str:
        """The store's folder."""
        return self.store_dir

    @property
    def path(self) -> str:
        """project/id."""
        return f"{self.project}/{self.id}"

    @property
    def is_finished(self) -> bool:
        """Whether finish() was called."""
        return self._is_finished

    @property
    def reused(self) -> bool:
        """Whether the results of an earlier run stand in the place of this one: see `result`."""
        return self._result is not None

    @property
    def result(self) -> Result:
        """What the earlier run came to; raises Error for a run that was not reused."""
        if self._result is None:
            raise Error(
                f"expected a run that was reused, found {self.path}, which runs itself: "
                "ask `if run.reused` first"
            )
        return self._result

    @property
    def energy(self) -> Footprint:
        """What it cost so far: energy, carbon and money (docs/python_footprint.md).

        Of this process and its children since init(), under `cairn run` of the whole command.
        """
        from cairn.energy_windows import energy_of_run

        return energy_of_run(self)

    entity = ""
    sweep_id: str | None = None

    @property
    def offline(self) -> bool:
        """Whether the run is in a folder of this machine and belongs to no server."""
        return not self.server

    @property
    def project_url(self) -> str | None:
        """The page of its project; None for a run in a folder."""
        return f"{self.server}/p/{self.project}" if self.server else None

    @property
    def url(self) -> str | None:
        """Its page; None for a run in a folder."""
        return f"{self.project_url}/runs/{self.id}" if self.server else None

    def get_url(self) -> str | None:
        """Its page; None for a run in a folder."""
        return self.url

    def project_name(self) -> str:
        """The project."""
        return self.project

    # What happens to it.

    def define_metric(
        self,
        name: str,
        step_metric: Any = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        goal: str | None = None,
        overwrite: bool | None = None,
        unit: str | None = None,
    ) -> Metric:
        """How the series `name` (or all that match a glob) is drawn, summarised and judged.

        `step_metric`: the series to use as x axis; `summary`: any of min, max, mean, last, first,
        best, none, with commas between them; `goal`: minimize or maximize; `unit`: free text.
        """
        step = getattr(step_metric, "name", step_metric)
        given = {"step_metric": step, "hidden": hidden, "goal": goal, "unit": unit}
        definition = {key: value for key, value in given.items() if value is not None}
        wanted = [word.strip() for word in str(summary or "").split(",") if word.strip()]
        if unknown := [word for word in wanted if word not in _SUMMARIES]:
            sentence = (
                f"define_metric({name!r}) expected as summary any of {', '.join(_SUMMARIES)}, "
                f"found {unknown[0]!r}"
            )
            self._count_loss("metric summaries", len(unknown), f"summary:{name}", sentence)
        if kept := [word for word in wanted if word in _SUMMARIES]:
            definition["summary"] = ",".join(kept)
        self._define_metric(str(name), definition)
        return Metric(str(name))

    def write_logs(self, text: str) -> None:
        """Adds a line to the run's console."""
        self._console(0, text if text.endswith("\n") else text + "\n")

    def alert(
        self, title: str, text: str = "", level: Any = "INFO", wait_duration: Any = None
    ) -> None:
        """Records an alert and shows it; one title at most once in `wait_duration` seconds."""
        seconds = getattr(wait_duration, "total_seconds", lambda: wait_duration)()
        now = time.monotonic()
        if now - self._alerts.get(title, -1e9) < float(60 if seconds is None else seconds):
            return
        self._alerts[title] = now
        from cairn.media import Inline

        word = str(getattr(level, "value", level)).upper()
        alert = Inline("alert", title=str(title), text=str(text), level=word)
        self._log_records({"alerts": alert})
        _native.post_notice(f"{word}: {title}{': ' if text else ''}{text}")

    def watch(
        self,
        models: Any,
        criterion: Any = None,
        log: str | None = "gradients",
        log_freq: int = 1000,
        idx: int | None = None,
        log_graph: bool = False,
    ) -> None:
        """Logs histograms of a model's gradients, parameters or "all" every log_freq steps."""
        if log is None:
            return
        from cairn.watch import Watch

        with self._forgiving("watches", "watch()"):
            self._watches.append(Watch(self._log_records, models, log, log_freq))

    def unwatch(self, models: Any = None) -> None:
        """Stops what watch() began: for `models`, or for all."""
        wanted = models if isinstance(models, (list, tuple)) or models is None else [models]
        for watch in self._watches[:]:
            if wanted is None or any(model in wanted for model in watch.models):
                watch.stop()
                self._watches.remove(watch)

    def log_code(self, root: str = ".", name: str | None = None, **_: Any) -> None:
        """Keeps the Python files below `root` as an artifact of type "code"."""
        from cairn.artifacts import Artifact

        with self._forgiving("artifacts", "log_code()"):
            code = Artifact(name or f"source-{self.project or 'code'}", "code")
            top = Path(root).absolute()
            for path in sorted(top.rglob("*.py")):
                inside = path.relative_to(top)
                if not any(part.startswith(".") or part == "venv" for part in inside.parts):
                    code.add_file(path, inside.as_posix())
            self.log_artifact(code)

    # Files and artifacts.

    def save(
        self, glob_str: Any = None, base_path: Any = None, policy: str = "live", glob: bool = True
    ) -> list[str]:
        """Keeps the files that match a glob; answers their paths.

        Their names in the run are relative to `base_path` (default: the current folder for relative
        globs, else the file's own). "now" keeps them as they are now, "live" also as they are at
        finish(), "end" only then. Without a glob: everything in `run.dir`.
        """
        paths: list[str] = []
        with self._forgiving("files", "save()"):
            pattern = os.fspath(glob_str) if glob_str is not None else str(Path(self.dir, "*"))
            for path in _matches(pattern, glob):
                name = _name_of(path, base_path, pattern)
                if policy != "end":
                    self._save_file(path, name)
                if policy != "now":
                    self._saved.setdefault((str(path), name), None)
                paths.append(str(path))
            if not paths:
                _native.post_notice(f"save() expected files, found none that match {pattern!r}")
        return paths

    def restore(
        self, name: str, run_path: str | None = None, replace: bool = False, root: Any = None
    ) -> Any:
        """Writes a file kept by save() below `root` (default: run.dir) and opens it for reading."""
        from cairn.download import inside
        from cairn.reading import get

        target = inside(Path(root or self.dir), name)
        if replace or not target.exists():
            record = get(run_path or self.path, self.store_dir or None, self.server or None)
            record.download_file(name, target)
        return target.open("r")

    def log_artifact(
        self,
        artifact_or_path: Any,
        name: str | None = None,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Artifact:
        """Keeps an Artifact, a file or a folder under `name` (default: the file's name).

        The same content under the same name is the same version; `aliases` move to it, and
        "latest" always does.
        """
        from cairn.artifacts import Artifact, is_alias, name_of

        artifact = artifact_or_path if isinstance(artifact_or_path, Artifact) else None
        with self._forgiving("artifacts", "log_artifact()"):
            if artifact is None:
                path = Path(artifact_or_path)
                artifact = Artifact(name or name_of(path), type or "file")
                artifact.add_dir(path) if path.is_dir() else artifact.add_file(path)
            wanted = dict.fromkeys([*artifact.aliases, *(aliases or ()), "latest"])
            if odd := [alias for alias in wanted if not is_alias(alias)]:
                sentence = f"log_artifact() expected an alias such as 'best', found {odd[0]!r}"
                self._count_loss("aliases", len(odd), f"alias:{odd[0]}", sentence)
            artifact.aliases = [alias for alias in wanted if alias not in odd]
            artifact.tags = list(dict.fromkeys([*artifact.tags, *(tags or ())]))
            if not self.disabled:
                manifest = artifact._keep(self)
                self._log_artifact(manifest)
                artifact.project, artifact._door = self.project, self._read_door()
        return artifact or Artifact("lost")

    def use_artifact(
        self, artifact_or_name: Any, type: str | None = None, aliases: Any = None, **_: Any
    ) -> Artifact:
        """Notes that the run uses an artifact, found by NAME, NAME:ALIAS or NAME:VERSION.

        Raises NotFoundError: a program that needs a file cannot go on without it.
        """
        from cairn.artifacts import Artifact

        if isinstance(artifact_or_name, Artifact):
            artifact = artifact_or_name
            if not artifact.digest:  # what is used before it was kept is kept first
                self.log_artifact(artifact, aliases=aliases)
        else:
            from cairn.artifacts import find_artifact

            project = self.project or None
            artifact = find_artifact(self._read_door(), str(artifact_or_name), project, type)
        used: dict[str, Any] = {"name": artifact.name, "type": artifact.type, "use": True}
        used.update(sha256=artifact.digest, version=artifact._version)
        if artifact.project not in ("", self.project):
            used["project"] = artifact.project
        if artifact.digest and not self.disabled:
            self._log_artifact(used)
        return artifact

    def log_model(self, path: Any, name: str | None = None, aliases: Any = None) -> Artifact:
        """log_artifact() with type "model"."""
        return self.log_artifact(path, name or f"model-{self.id}", "model", aliases)

    def use_model(self, name: str) -> str:
        """use_artifact() of type "model"; answers the path of its file or folder."""
        artifact = self.use_artifact(name, type="model")
        return artifact.file() if artifact.file_count == 1 else artifact.download()

    def link_artifact(self, artifact: Artifact, target_path: str, aliases: Any = None) -> Artifact:
        """Accepted; a folder has no registry to link into."""
        return artifact

    def link_model(self, path: Any, registered_model_name: str, **_: Any) -> None:
        """log_model() under the registered name."""
        self.log_model(path, registered_model_name)

    def mark_preempting(self) -> None:
        """Accepted: a preempted run shows as crashed and can be resumed."""

    def pin_config_keys(self, keys: Sequence[str]) -> None:
        """Accepted: which columns a table shows is chosen where it is read."""

    def status(self) -> Any:
        """An object that says nothing is waiting: what log() took is kept when it returns."""
        return None

    # How it ends.

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """Says that the run is over. Local and bounded. A second call does nothing."""
        with self._lock:
            if self._is_finished:
                self._leave()
                return
            self._is_finished = True
        code = hooks.Ending.exit_code if exit_code is None else int(exit_code)
        self._end(code, hooks.Ending.reason if code else "")

    def _end(self, code: int, reason: str) -> None:
        self.unwatch()
        with self._forgiving("files", "saving files"):
            self._save_at_end()
        if self._tracing is not None and self._pid == os.getpid():
            self._tracing.end(self, code)
        if self._capture is not None:
            self._capture.stop()
        if self._energies:
            self._tell_energies()
        self._finish(code, reason)
        if code == 0 and self._interrupted is not None:
            self._interrupted.forget()
        hooks.forget(self)
        losses = self.losses()
        if self.disabled and losses:
            lost = ", ".join(f"{count} {what}" for what, count in losses.items())
            _native.post_notice(f"run {self.id}: not kept: {lost}")
        if not self.reused:  # such a run is over from its beginning, and stays the current one
            self._leave()

    def _leave(self) -> None:
        leave, self._at_finish = self._at_finish, None
        if leave is not None:
            leave(self)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        code, reason = hooks.end_of(kind, value) if kind is not None else (0, "")
        with self._lock:
            if self._is_finished:
                self._leave()
                return
            self._is_finished = True
        self._end(code, reason)

    def __reduce__(self) -> Any:
        from cairn.session import attach

        return attach, (self.project, self.id, self.store_dir, self.server)

    def __repr__(self) -> str:
        state = "disabled" if self.disabled else "finished" if self._is_finished else "running"
        return f"<cairn.Run {self.name} ({self.path}) {state}>"

    # What the native half and the tools above ask for.

    def _take(self, odd: dict[str, Any]) -> tuple[dict[str, float], dict[str, Any]]:
        """Of log(): the numbers and the records that other values stand for."""
        from cairn.records import UnusableError, read_value

        numbers: dict[str, float] = {}
        records: dict[str, Any] = {}
        for key, value in odd.items():
            try:
                for name, read in read_value(key, value, self).items():
                    (numbers if isinstance(read, float) else records)[name] = read
            except UnusableError as found:
                sentence = f"log() expected a number, text or media for '{key}', found {found}"
                self._count_loss("values", 1, f"value:{key}", sentence)
            except Exception as error:
                sentence = f"log() could not keep '{key}': {type(error).__name__}: {error}"
                self._count_loss("records", 1, f"value:{key}", sentence)
        return numbers, records

    def _summary_of(self, members: Mapping[str, Any]) -> Summary:
        return Summary(
            members, self._update_summary, self._last_values, lambda: self.energy.summary()
        )

    def _add_energy(self, name: str, record: dict[str, Any]) -> None:
        """What a call of a tracked function used."""
        from cairn.energy_records import add

        with self._lock:
            known = self._energies.get(name)
            self._energies[name] = add(known, record) if known else record

    def _tell_energies(self) -> None:
        with self._forgiving("energies", "track_energy"):
            from cairn.energy_windows import tracked_kwh

            self._summary.update(tracked_kwh(self, self._energies))

    def _log_records(self, row: dict[str, Any]) -> None:
        """Records beside the user's rows: at the step of his next row, which they do not use up."""
        self.log(row, commit=False)

    def _remember(self, known: dict[str, Any]) -> None:
        """What earlier sessions said, as the server knows it."""
        self.resumed = True
        config = {**(known.get("config") or {}), **self._config}
        self._config = Config(config, self._update_config)
        self._summary = self._summary_of(known.get("summary") or {})
        self._display_name = known.get("name") or self._display_name

    def _read_door(self) -> Door:
        """To the store that this run is kept in; nothing is asked of it yet."""
        from cairn.door import choose_door

        return choose_door(self.store_dir or None, self.server or None)

    def _save_file(self, path: Path, name: str) -> None:
        if self.disabled:
            return
        try:
            state = path.stat()
            kept = self._put_file(str(path))
        except (Error, OSError) as error:
            self._count_loss("files", 1, f"file:{path}", f"save() could not keep a file: {error}")
            return
        self._saved[(str(path), name)] = (state.st_mtime_ns, state.st_size)
        self._log_file(name, kept)

    def _keep_bytes(self, content: bytes, name: str) -> dict[str, Any]:
        """Keeps them as a file of the run; answers its blob. Raises the errors of cairn.errors."""
        kept = self._put_bytes(content)
        self._log_file(name, kept)
        return kept

    def _log_file(self, name: str, kept: dict[str, Any]) -> None:
        self._log_artifact(
            {
                "name": name,
                "type": "file",
                "aliases": [],
                "metadata": {},
                **kept,
                "files": [{"path": name, **kept}],
            }
        )

    def _save_at_end(self) -> None:
        if self.disabled or self._pid != os.getpid():
            return
        own = Path(self.store_dir, "files", self.project, self.id)
        for path in sorted(own.rglob("*")) if own.is_dir() else ():
            if path.is_file():
                self._saved.setdefault((str(path), path.relative_to(own).as_posix()), None)
        for (text, name), seen in list(self._saved.items()):
            path = Path(text)
            if not path.is_file():
                continue
            state = path.stat()
            if seen != (state.st_mtime_ns, state.st_size):
                self._save_file(path, name)

    @contextlib.contextmanager
    def _forgiving(self, what: str, doing: str) -> Any:
        """What goes wrong inside is counted and told once: training goes on."""
        try:
            yield
        except Exception as error:
            sentence = f"{doing} failed: {type(error).__name__}: {error}"
            self._count_loss(what, 1, f"{doing}:{error}", sentence)


class Metric:
    """What define_metric() answers: the name, for use as a step_metric."""

    def __init__(self, name: str) -> None:
        self.name = name


def _matches(pattern: str, glob: bool) -> list[Path]:
    if not glob or not any(sign in pattern for sign in "*?["):
        found = [Path(pattern)]
    else:
        import glob as globbing

        found = [Path(path) for path in sorted(globbing.glob(pattern, recursive=True))]
    files: list[Path] = []
    for path in found:
        files += [p for p in sorted(path.rglob("*")) if p.is_file()] if path.is_dir() else [path]
    return [path.absolute() for path in files if path.is_file()]


def _name_of(path: Path, base_path: Any, pattern: str) -> str:
    base = Path(base_path).absolute() if base_path is not None else Path.cwd()
    if base_path is None and Path(pattern).is_absolute():
        base = path.parent
    try:
        return path.relative_to(base).as_posix()
    except ValueError:
        return path.name
