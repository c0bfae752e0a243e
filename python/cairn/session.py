"""init(), finish() and the run that is current."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cairn import _native, hooks, in_trial
from cairn.errors import ConflictError, Error, InvalidError, NotFoundError
from cairn.live_run import Run
from cairn.plain import plain_config
from cairn.settings import (
    Settings,
    as_mode,
    as_settings,
    as_tags,
    as_text,
    fall_back,
    flag,
    wants_recall,
)

if TYPE_CHECKING:
    from cairn.plan import Ask

__all__ = ["attach", "current", "finish", "init", "record_run"]

_SAMPLE_PERIOD_S = 10.0
_active: list[Run] = []  # the current one last
_attached_pid = 0  # the process that took over CAIRN_RUN_ID


class Before:
    """What `config` and `summary` are while there is no run: every use says so."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_what", name)

    def _missing(self, *_: Any) -> Any:
        what = object.__getattribute__(self, "_what")
        raise Error(f"expected a run to use cairn.{what}: call cairn.init() first")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._target(), name)

    def _target(self) -> Any:
        # "from cairn import config" before init() keeps working after it.
        return (
            getattr(_active[-1], object.__getattribute__(self, "_what"))
            if _active
            else (self._missing())
        )

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._target(), name, value)

    def __getitem__(self, key: str) -> Any:
        return self._target()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._target()[key] = value

    def __contains__(self, key: str) -> bool:
        return key in self._target()

    def __iter__(self) -> Any:
        return iter(self._target())

    def __len__(self) -> int:
        return len(self._target()) if _active else 0

    def __repr__(self) -> str:
        return repr(self._target()) if _active else "<no run>"


def init(
    project: str | None = None,
    *,
    config: Any = None,
    name: str | None = None,
    tags: Any = None,
    notes: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    id: str | None = None,
    resume: bool | str | None = None,
    dir: Any = None,
    url: str | None = None,
    mode: str | None = None,
    sample_period_s: float | None = None,
    zone: str | None = None,
    reinit: bool | str | None = None,
    reuse: bool | str | Ask | None = None,
    accept: str | None = None,
    ignore: Iterable[str] = (),
    replicate: Iterable[str] = (),
    budget: Any = (),
    resume_from: str | None = None,
    fork_from: str | None = None,
    settings: Any = None,
    entity: str | None = None,
    config_exclude_keys: Any = None,
    config_include_keys: Any = None,
    allow_val_change: bool | None = None,
    force: bool | None = None,
    save_code: bool | None = None,
    tensorboard: bool | None = None,
    sync_tensorboard: bool | None = None,
    monitor_gym: bool | None = None,
    **others: Any,
) -> Run:
    """Starts a run and makes it the current one. It is also a context manager.

    `dir`: the store's folder (default: CAIRN_DIR, else .cairn at the root of the git checkout or
    here). `url`: the server that the run belongs to (default: CAIRN_URL, else none). `mode`:
    "online" records, "offline" leaves it to `cairn sync` to send it, "disabled" keeps nothing.
    `resume` of an existing `id`: "allow", "must", "never"; "auto" (or True) goes on with the run of
    this project and program that did not finish; `resume_from="id?_step=n"` goes on after step n.
    `zone`: of the grid it runs on, or a cloud's region, for its carbon (docs/python_footprint.md).
    `reinit`, when a run is active: True or "finish_previous", False or "return_previous",
    "create_new" (else it is returned, in notebooks finished). `reuse`: docs/python_recall.md.

    Every argument falls back to `settings`, CAIRN_* and WANDB_* variables, in this order; a trial's
    parameters win over `config`. Raises TypeError and InvalidError for what can never work,
    NotFoundError and ConflictError for resume="must" and "never"; never for a folder or a network.
    """
    chosen = as_settings(settings)
    _native.silence_notices(flag(fall_back("silent", None, chosen)))
    words = _words(reuse, accept, ignore, replicate, budget)
    trial, part = in_trial.scope(), words.part if words else ""
    if (previous := _previous(reinit, trial)) is not None:
        return previous
    swept = None if part else trial  # an @experiment is told by its arguments
    told = _config(config, config_include_keys, config_exclude_keys, swept)
    project, dir, url = _place_of(trial, project, dir, url)
    if (chosen_mode := as_mode(fall_back("mode", mode, chosen))) == "disabled":
        return _taken(_begin(Run(None, config=told), chosen, console=False), trial, part)
    texts = {"project": project, "name": name, "notes": notes, "group": group}
    texts |= {"job_type": job_type, "id": id, "url": url}
    options = _options(texts, tags, sample_period_s, chosen)
    options.update(config=told, dir=_store_dir(dir), deliver=chosen_mode == "online")
    past = (fall_back("resume", resume, chosen), resume_from, fork_from)
    is_told = config is not None or swept is not None
    run = _start(options, past, words, chosen, _take_over(options, given_id=id), is_told)
    return _taken(_placed(run, zone, chosen), trial, part)


def _placed(run: Run, zone: str | None, chosen: Settings) -> Run:
    """Says on which grid the run runs, where that is known."""
    if at := as_text("zone", zone if zone is not None else chosen.zone):
        run._place = {"zone": at}
        run._add_capture({"place": run._place})
    return run


def _place_of(
    trial: in_trial.Scope | None, project: str | None, dir: Any, url: str | None
) -> tuple[str | None, Any, str | None]:
    """Where a run goes: what is left open is the sweep's, if it is a trial's."""
    if trial is None:
        return project, dir, url
    project = project or trial.project
    if dir is None and url is None:
        dir, url = trial.dir or None, trial.url or None
    return project, dir, url


def _options(
    texts: dict[str, str | None], tags: Any, sample_period_s: float | None, settings: Settings
) -> dict[str, Any]:
    options: dict[str, Any] = {
        key: as_text(key, fall_back(key, text, settings)) for key, text in texts.items()
    }
    options["project"] = options["project"] or "default"
    options["tags"] = as_tags(fall_back("tags", tags, settings))
    options["sample_period_s"] = _period(fall_back("sample_period_s", sample_period_s, settings))
    return {**options, **_program()}


def _start(
    options: dict[str, Any],
    past: tuple[Any, Any, Any],
    words: Ask | None,
    settings: Settings,
    inside: bool,
    has_config: bool,
) -> Run:
    """A run that goes on with one of the `past`, a new one, or the record of one that is reused."""
    if _how_to_resume(past[0]) or past[1:] != (None, None):
        return _begin(_open(options, *past), settings, console=not inside)
    given = options["config"] if has_config else None
    if words is None:
        run = _begin(_open(options, None, None, None), settings, console=not inside)
        if inside and has_config:
            from cairn.reuse import tell_config

            tell_config(given)
        elif not inside and not flag(fall_back("silent", None, settings)):
            from cairn.recall_door import Place, look_quietly

            look_quietly(given, Place(options["dir"], options["url"]))
        return run
    from cairn import reuse

    begun = reuse.begin(words, given, options, inside)
    if begun.found is not None:
        record = reuse.record(begun.found, options, begun.plan, inside)
        return _begin(record, settings, console=False)
    run = _begin(_open(options, None, None, None), settings, console=not inside)
    run._tracing = begun.watch
    return run


def _taken(run: Run, trial: in_trial.Scope | None, part: str) -> Run:
    """It began; the record of one that is reused is over at once."""
    if trial is not None:
        trial.take(run, part)
    if run.reused:
        run.finish(0)
    return run


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    """Finishes the current run, if there is one."""
    if _active:
        _active[-1].finish(exit_code)


def current() -> Run:
    """The current run; raises Error when there is none."""
    if not _active:
        raise Error("expected a run: call cairn.init() first")
    return _active[-1]


def attach(project: str, id: str, dir: str, url: str = "") -> Run:
    """The run in another process: what a pickled Run becomes. A second writer of the same run."""
    for run in _active:
        if (run.project, run.id) == (project, id):
            return run
    if not dir:
        return Run(None)
    options = {
        "project": project,
        "id": id,
        "dir": dir,
        "url": url,
        "sample_period_s": 0,
        "capture": False,
    }
    return _begin(record_run(options), Settings(), console=False)


def _words(reuse: Any, *said: Any) -> Ask | None:
    """What the program says about reuse; None when nobody speaks of it."""
    if reuse is None and not any(said) and not wants_recall():
        return None
    from cairn.plan import Ask

    return reuse if isinstance(reuse, Ask) else Ask.of(reuse, *said)


def _previous(reinit: bool | str | None, trial: in_trial.Scope | None) -> Run | None:
    """The active run when it is what init() should answer; finishes it when it should not go on."""
    while _active and _active[-1].reused:  # over, and current as long as no other is
        _active[-1].finish()
    if not _active or _active[-1]._pid != os.getpid():
        return None
    if trial is not None and _active[-1] in trial.around:
        return None  # it goes on when the trial's is over
    if reinit in (None, "default"):
        reinit = "finish_previous" if _in_notebook() else "return_previous"
        if reinit == "return_previous":
            _native.post_notice(
                f"init(): run {_active[-1].name} is active and goes on; finish() it first, or say "
                "reinit=True, for a new run"
            )
    if reinit in (False, "return_previous"):
        return _active[-1]
    if reinit in (True, "finish_previous"):
        _active[-1].finish(0)
    elif reinit != "create_new":
        raise InvalidError(
            "expected as reinit a bool, finish_previous, return_previous or create_new, "
            f"found {reinit!r}"
        )
    return None


def _open(options: dict[str, Any], resume: Any, resume_from: Any, fork_from: Any) -> Run:
    from cairn.resume import Interrupted, exists, parse_moment, recall

    how, next_step = _how_to_resume(resume), -1
    if resume_from is not None:
        options["id"], last_step = parse_moment(resume_from)
        how, next_step = "must", last_step + 1
    if fork_from is not None:
        origin, last_step = parse_moment(fork_from)
        options["config"]["forked_from"] = {"run": origin, "step": last_step}
        options["next_step"] = last_step + 1
    interrupted = None
    if how == "auto":
        interrupted = Interrupted(options["dir"], options["project"], options["entry"])
        options["id"] = options["id"] or interrupted.find()
        how = "allow"
    if how in ("must", "never") and not options["id"]:
        raise InvalidError(f"expected an id with resume={how!r}, found none")
    options["resume"] = how
    known: dict[str, Any] = {}
    resumed = not options["url"] and how in ("allow", "must") and _is_resumable(options, exists)
    if options["url"]:
        options["next_step"] = max(next_step, options.get("next_step", 0))
    if resumed:
        known = recall(options["dir"], None, options["project"], options["id"])
        last = known.get("last_step")
        options["next_step"] = next_step if next_step >= 0 else 0 if last is None else last + 1
        options["name"] = options["name"] or known.get("name", "")
    run = record_run(options, known, resumed)
    if run.server and how in ("allow", "must") and run.session > 1:  # the server was asked
        run._remember(recall(None, run.server, run.project, run.id))
    if interrupted is not None and not run.disabled:
        interrupted.remember(run.id)
        run._interrupted = interrupted
    return run


def _is_resumable(options: dict[str, Any], exists: Any) -> bool:
    names = (options["project"], options["id"])
    return all(map(_native.is_safe_name, names)) and bool(exists(options["dir"], *names))


def record_run(
    options: dict[str, Any], known: dict[str, Any] | None = None, resumed: bool = False
) -> Run:
    """A recording run, or one that only counts when the folder cannot be used."""
    known = known or {}
    config = {**(known.get("config") or {}), **(options.get("config") or {})}
    try:
        return Run(options, resumed=resumed, config=config, summary=known.get("summary"))
    except (InvalidError, NotFoundError, ConflictError):
        raise
    except Error as error:
        _native.post_notice(f"nothing of this run can be kept: {error}; training goes on")
        return Run(None, counts=True, config=config)


def _begin(run: Run, settings: Settings, console: bool) -> Run:
    run.settings = settings
    run._at_finish = _forget
    if not run.disabled:
        run._add_capture({"python": _python_facts()})
        if console and flag(fall_back("console", None, settings) or "on"):
            from cairn.console import Capture

            run._capture = Capture(run._console)
            run._capture.start()
    hooks.watch_ending(run)
    _active.append(run)
    _publish()
    return run


def _forget(run: Run) -> None:
    if run in _active:
        _active.remove(run)
    _publish()


def _publish() -> None:
    """cairn.run, cairn.config and cairn.summary are those of the current run."""
    package = sys.modules["cairn"]
    run = _active[-1] if _active else None
    vars(package)["run"] = run
    vars(package)["config"] = run.config if run else Before("config")
    vars(package)["summary"] = run.summary if run else Before("summary")


def _how_to_resume(resume: Any) -> str:
    if isinstance(resume, str) and resume.lower() in ("allow", "must", "never", "auto"):
        return resume.lower()
    if resume is True or (isinstance(resume, str) and resume.lower() in ("true", "1")):
        return "auto"
    if not resume or (isinstance(resume, str) and resume.lower() in ("false", "0")):
        return ""
    raise InvalidError(f"expected as resume allow, must, never, auto or a bool, found {resume!r}")


def _take_over(options: dict[str, Any], given_id: str | None) -> bool:
    """Inside `cairn run` the first run of a process is the one that command began.

    That command says project and folder, and records console and machine itself.
    """
    global _attached_pid
    run_id, project, folder = (
        os.environ.get(f"CAIRN_{name}") for name in ("RUN_ID", "PROJECT", "DIR")
    )
    if given_id or not (run_id and project and folder) or options["id"] != run_id:
        return False
    if _attached_pid == os.getpid():
        options["id"] = ""
        return False
    _attached_pid = os.getpid()
    options.update(project=project, dir=folder, sample_period_s=0)
    return True


def _store_dir(given: Any) -> str:
    folder = as_text("dir", given)
    if not folder and not os.environ.get("CAIRN_DIR") and os.environ.get("WANDB_DIR"):
        folder = os.path.join(os.environ["WANDB_DIR"], ".cairn")
    return os.path.abspath(_native.find_store_dir(folder, os.getcwd()))


def _config(
    config: Any, include: Any, exclude: Any, trial: in_trial.Scope | None
) -> dict[str, Any]:
    members = plain_config(config)
    if include:
        members = {key: value for key, value in members.items() if key in include}
    if exclude:
        members = {key: value for key, value in members.items() if key not in exclude}
    return trial.config(members) if trial is not None else members


def _period(given: Any) -> float:
    try:
        period = _SAMPLE_PERIOD_S if given is None else float(given)
    except (TypeError, ValueError):
        period = -1.0
    if not 0 <= period < float("inf"):
        raise InvalidError(f"expected as sample_period_s seconds from 0, found {given!r}")
    return period


def _program() -> dict[str, Any]:
    main = sys.modules.get("__main__")
    entry = getattr(main, "__file__", None)
    argv = getattr(sys, "orig_argv", None) or [sys.executable, *sys.argv]
    return {
        "entry": os.path.abspath(entry) if entry else "",
        "argv": [str(word) for word in argv],
        "package_folders": [path for path in sys.path if path.endswith("-packages")],
    }


def _python_facts() -> dict[str, str]:
    return {
        "version": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "executable": sys.executable,
    }


def _in_notebook() -> bool:
    return "ipykernel" in sys.modules and "IPython" in sys.modules
