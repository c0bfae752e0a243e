"""Cairn: records training runs, never loses them, and reads them back.

    import cairn

    run = cairn.init(project="digits", config={"lr": 0.05})
    run.log({"loss": 0.3, "val/acc": 0.91})
    run.finish()

    for run in cairn.runs("digits", filter="summary.loss < 1", sort="summary.loss"):
        print(run.name, run.config.lr, run.series("loss").value[-1])

    sweep = cairn.sweep({"lr": (1e-5, 1e-1, "log"), "depth": (1, 8)}, metric="loss", budget=30)
    sweep.run(train, jobs=2)

Programs written for another tracker run with `import cairn as wandb`, objectives written for Optuna
with `import cairn as optuna`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cairn import errors as errors
from cairn.errors import (
    CommError,
    ConflictError,
    CorruptError,
    Error,
    InvalidError,
    IoError,
    LimitError,
    NotFoundError,
    UnavailableError,
    UsageError,
)
from cairn.live_run import Run
from cairn.session import Before as _Before
from cairn.session import current as _current
from cairn.session import finish, init
from cairn.settings import Settings, speaks_of_reuse, wants_recall
from cairn.trees import Config, Summary

if TYPE_CHECKING:
    from cairn import distributions as distributions
    from cairn import exceptions as exceptions
    from cairn import importance as importance
    from cairn import logging as logging
    from cairn import plot as plot
    from cairn import pruners as pruners
    from cairn import samplers as samplers
    from cairn import study as study
    from cairn import trial as trial
    from cairn.api import Api
    from cairn.artifacts import Artifact
    from cairn.energy_windows import EnergyWindow, energy, track_energy
    from cairn.exceptions import DuplicatedStudyError, TrialPruned
    from cairn.experiments import experiment
    from cairn.footprints import Estimate, Footprint, estimate
    from cairn.media import Audio, Histogram, Html, Image, Molecule, Object3D, Plotly, Video
    from cairn.metering import Meter, MeterReport, meter
    from cairn.quantity import Quantity
    from cairn.reading import (
        RunRecord,
        Runs,
        Series,
        artifact,
        export,
        get,
        list_artifacts,
        run_by_id,
        runs,
    )
    from cairn.recall import Difference, Match, seen
    from cairn.reports import Report, report
    from cairn.result import Result
    from cairn.skipping import skippable
    from cairn.study import (
        Study,
        StudyDirection,
        copy_study,
        create_study,
        delete_study,
        get_all_study_names,
        get_all_study_summaries,
        load_study,
    )
    from cairn.sweeps import Sweep, SweepTrial, agent, list_sweeps, open_sweep, sweep
    from cairn.table import Table
    from cairn.trial import FixedTrial, FrozenTrial, Trial, TrialState, create_trial

__version__ = "0.1.0"

__all__ = [
    "AlertLevel",
    "Api",
    "Artifact",
    "Audio",
    "CommError",
    "Config",
    "ConflictError",
    "CorruptError",
    "Difference",
    "DuplicatedStudyError",
    "EnergyWindow",
    "Error",
    "Estimate",
    "FixedTrial",
    "Footprint",
    "FrozenTrial",
    "Histogram",
    "Html",
    "Image",
    "InvalidError",
    "IoError",
    "LimitError",
    "Match",
    "Meter",
    "MeterReport",
    "Molecule",
    "NotFoundError",
    "Object3D",
    "Plotly",
    "Quantity",
    "Report",
    "Result",
    "Run",
    "RunRecord",
    "Runs",
    "Series",
    "Settings",
    "Study",
    "StudyDirection",
    "Summary",
    "Sweep",
    "SweepTrial",
    "Table",
    "Trial",
    "TrialPruned",
    "TrialState",
    "UnavailableError",
    "UsageError",
    "Video",
    "agent",
    "alert",
    "artifact",
    "config",
    "copy_study",
    "create_study",
    "create_trial",
    "define_metric",
    "delete_study",
    "distributions",
    "energy",
    "errors",
    "estimate",
    "exceptions",
    "experiment",
    "export",
    "finish",
    "get",
    "get_all_study_names",
    "get_all_study_summaries",
    "importance",
    "init",
    "link_model",
    "list_artifacts",
    "list_sweeps",
    "load_study",
    "log",
    "log_artifact",
    "log_code",
    "log_model",
    "logging",
    "login",
    "mark_preempting",
    "meter",
    "open_sweep",
    "plot",
    "pruners",
    "report",
    "restore",
    "run",
    "run_by_id",
    "runs",
    "samplers",
    "save",
    "seen",
    "setup",
    "skippable",
    "study",
    "summary",
    "sweep",
    "teardown",
    "track_energy",
    "trial",
    "unwatch",
    "use_artifact",
    "use_model",
    "watch",
]

# Those of the current run; init() and finish() keep them so.
run: Run | None = None
config: Any = _Before("config")
summary: Any = _Before("summary")

# Loaded when first used: import cairn is for programs that train.
_LAZY = {
    "Api": "api",
    "Artifact": "artifacts",
    "Audio": "media",
    "Difference": "recall",
    "DuplicatedStudyError": "exceptions",
    "EnergyWindow": "energy_windows",
    "Estimate": "footprints",
    "Footprint": "footprints",
    "FixedTrial": "trial",
    "FrozenTrial": "trial",
    "Histogram": "media",
    "Html": "media",
    "Image": "media",
    "Match": "recall",
    "Meter": "metering",
    "MeterReport": "metering",
    "Molecule": "media",
    "Object3D": "media",
    "Plotly": "media",
    "Quantity": "quantity",
    "Report": "reports",
    "Result": "result",
    "RunRecord": "reading",
    "Runs": "reading",
    "Series": "reading",
    "Study": "study",
    "StudyDirection": "study",
    "Sweep": "sweeps",
    "SweepTrial": "sweeps",
    "Table": "table",
    "Trial": "trial",
    "TrialPruned": "exceptions",
    "TrialState": "trial",
    "Video": "media",
    "agent": "sweeps",
    "artifact": "reading",
    "copy_study": "study",
    "create_study": "study",
    "create_trial": "trial",
    "delete_study": "study",
    "energy": "energy_windows",
    "estimate": "footprints",
    "experiment": "experiments",
    "export": "reading",
    "get": "reading",
    "get_all_study_names": "study",
    "get_all_study_summaries": "study",
    "list_artifacts": "reading",
    "list_sweeps": "sweeps",
    "load_study": "study",
    "meter": "metering",
    "open_sweep": "sweeps",
    "report": "reports",
    "run_by_id": "reading",
    "runs": "reading",
    "seen": "recall",
    "skippable": "skipping",
    "sweep": "sweeps",
    "track_energy": "energy_windows",
}
_LAZY_MODULES = (
    "distributions",
    "exceptions",
    "importance",
    "logging",
    "plot",
    "pruners",
    "samplers",
    "study",
    "trial",
)


def __getattr__(name: str) -> Any:
    import importlib

    if name in _LAZY_MODULES:
        return importlib.import_module(f"cairn.{name}")
    if name not in _LAZY:
        raise AttributeError(f"module 'cairn' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"cairn.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class AlertLevel:
    """Levels of alert()."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


def log(data: Any, step: Any = None, commit: bool | None = None, sync: bool | None = None) -> None:
    """`Run.log` of the current run."""
    _current().log(data, step, commit)


def define_metric(name: str, step_metric: Any = None, **definition: Any) -> Any:
    """`Run.define_metric` of the current run."""
    return _current().define_metric(name, step_metric, **definition)


def save(glob_str: Any = None, base_path: Any = None, policy: str = "live", **_: Any) -> list[str]:
    """`Run.save` of the current run."""
    return _current().save(glob_str, base_path, policy)


def restore(name: str, run_path: str | None = None, replace: bool = False, root: Any = None) -> Any:
    """`Run.restore` of the current run."""
    return _current().restore(name, run_path, replace, root)


def log_artifact(artifact_or_path: Any, name: str | None = None, **about: Any) -> Artifact:
    """`Run.log_artifact` of the current run."""
    return _current().log_artifact(artifact_or_path, name, **about)


def use_artifact(artifact_or_name: Any, type: str | None = None, **about: Any) -> Artifact:
    """`Run.use_artifact` of the current run."""
    return _current().use_artifact(artifact_or_name, type, **about)


def log_model(path: Any, name: str | None = None, aliases: Any = None) -> Artifact:
    """`Run.log_model` of the current run."""
    return _current().log_model(path, name, aliases)


def use_model(name: str) -> str:
    """`Run.use_model` of the current run."""
    return _current().use_model(name)


def link_model(path: Any, registered_model_name: str, **about: Any) -> None:
    """`Run.link_model` of the current run."""
    _current().link_model(path, registered_model_name, **about)


def log_code(root: str = ".", name: str | None = None, **about: Any) -> None:
    """`Run.log_code` of the current run."""
    _current().log_code(root, name, **about)


def alert(title: str, text: str = "", level: Any = "INFO", wait_duration: Any = None) -> None:
    """`Run.alert` of the current run."""
    _current().alert(title, text, level, wait_duration)


def watch(models: Any, *args: Any, **how: Any) -> None:
    """`Run.watch` of the current run."""
    _current().watch(models, *args, **how)


def unwatch(models: Any = None) -> None:
    """`Run.unwatch` of the current run."""
    _current().unwatch(models)


def mark_preempting() -> None:
    """`Run.mark_preempting` of the current run."""
    _current().mark_preempting()


def login(*_: Any, **__: Any) -> bool:
    """Accepted and True: runs are recorded in a folder, which asks for no key."""
    return True


def setup(settings: Any = None) -> Settings:
    """Accepted: there is nothing to set up."""
    return Settings()


def teardown(exit_code: int | None = None) -> None:
    """Finishes the current run."""
    finish(exit_code)


if speaks_of_reuse() or wants_recall():
    from cairn import tracing as _tracing

    _tracing.start_early()
