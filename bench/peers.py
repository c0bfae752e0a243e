"""Measures trackers side by side: log(), bytes on disk, the end of a run, reading back.

Usage: .venv-peers/bin/python bench/peers.py --build build/release      (bench/peers.sh calls it)

Each tool runs in a process of its own that is stopped when it takes too long, without a network and
with its telemetry off. What a tool cannot do stays empty; what did not install is named with pip's
last words.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import checkout

STEPS, METRICS = 10_000, 10
RUNS_READ, STEPS_READ = 20, 100
LOOP_LIMIT_S = 45  # of the long run: a slow tool is measured on the steps it has done by then
LIMIT_S = 100  # of one tool, all in
MEASURES = {  # name -> (title, unit)
    "log": ("log() of 10 floats, median", "us"),
    "log_p99": ("log() of 10 floats, p99", "us"),
    "start": ("starting a run", "ms"),
    "finish": ("ending a run", "ms"),
    "stored": ("on disk", "B/point"),
    "read": ("read one metric of 20 runs", "ms"),
}
QUIET = {
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_CONSOLE": "off",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": "false",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GIT_PYTHON_REFRESH": "quiet",
}

Row = dict[str, float]


class Tool:
    """What every tracker can do; one subclass each. `folder` is where it may write."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def start(self, name: str) -> None:
        """Begins a run."""
        raise NotImplementedError

    def log(self, row: Row, step: int) -> None:
        """One step's metrics."""
        raise NotImplementedError

    def finish(self) -> None:
        """Ends the run: everything is on the disk afterwards."""
        raise NotImplementedError

    read: Callable[[str], int] | None = None  # of one metric of all runs: how many points came


class Cairn(Tool):
    """This checkout."""

    def start(self, name: str) -> None:
        import cairn

        self.run = cairn.init(project="bench", name=name, dir=self.folder, sample_period_s=0)

    def log(self, row: Row, step: int) -> None:
        self.run.log(row, step=step)

    def finish(self) -> None:
        self.run.finish()

    def read(self, key: str) -> int:
        import cairn

        return sum(len(run.series(key)) for run in cairn.runs("bench", dir=self.folder))


class Wandb(Tool):
    """wandb in its offline mode, which has no reading of its own."""

    def start(self, name: str) -> None:
        import wandb

        settings = wandb.Settings(x_disable_stats=True, x_disable_meta=True, disable_git=True)
        self.run = wandb.init(project="bench", name=name, dir=self.folder, settings=settings)

    def log(self, row: Row, step: int) -> None:
        self.run.log(row, step=step)

    def finish(self) -> None:
        self.run.finish()


class Mlflow(Tool):
    """MLflow with its SQLite store and no server."""

    def start(self, name: str) -> None:
        import mlflow

        mlflow.set_tracking_uri(f"sqlite:///{self.folder}/mlflow.db")
        mlflow.set_experiment("bench")
        mlflow.start_run(run_name=name)

    def log(self, row: Row, step: int) -> None:
        import mlflow

        mlflow.log_metrics(row, step=step)

    def finish(self) -> None:
        import mlflow

        mlflow.end_run()

    def read(self, key: str) -> int:
        import mlflow

        mlflow.set_tracking_uri(f"sqlite:///{self.folder}/mlflow.db")
        client = mlflow.MlflowClient()
        experiment = client.get_experiment_by_name("bench")
        runs = client.search_runs([experiment.experiment_id])
        return sum(len(client.get_metric_history(run.info.run_id, key)) for run in runs)


class TensorboardX(Tool):
    """Event files, float32 only; reading them is another package's business."""

    def start(self, name: str) -> None:
        from tensorboardX import SummaryWriter

        self.writer = SummaryWriter(os.path.join(self.folder, name))

    def log(self, row: Row, step: int) -> None:
        for key, value in row.items():
            self.writer.add_scalar(key, value, step)

    def finish(self) -> None:
        self.writer.close()


class Trackio(Tool):
    """trackio with its local SQLite store."""

    def start(self, name: str) -> None:
        import trackio

        self.run = trackio.init(
            project="bench", name=name, embed=False, auto_log_gpu=False, auto_log_cpu=False
        )

    def log(self, row: Row, step: int) -> None:
        self.run.log(row, step=step)

    def finish(self) -> None:
        self.run.finish()


class Aim(Tool):
    """Aim with a local repository."""

    def start(self, name: str) -> None:
        from aim import Run

        self.run = Run(
            repo=self.folder,
            experiment="bench",
            system_tracking_interval=None,
            capture_terminal_logs=False,
            log_system_params=False,
        )

    def log(self, row: Row, step: int) -> None:
        for key, value in row.items():
            self.run.track(value, name=key, step=step)

    def finish(self) -> None:
        self.run.close()

    def read(self, key: str) -> int:
        from aim import Repo

        found = Repo(self.folder).query_metrics(f"metric.name == '{key}'")
        return sum(len(metric.values.values_numpy()) for run in found.iter_runs() for metric in run)


TOOLS: dict[str, tuple[str, type[Tool]]] = {  # name shown -> (package, how it is used)
    "cairn": ("", Cairn),
    "tensorboardX": ("tensorboardX", TensorboardX),
    "wandb offline": ("wandb", Wandb),
    "trackio": ("trackio", Trackio),
    "mlflow sqlite": ("mlflow", Mlflow),
    "aim": ("aim", Aim),
}


def rows(count: int, seed: int) -> list[Row]:
    """What a loop logs, by the arithmetic a loop does: casts, fractions, decimals, a schedule."""
    import numpy as np

    noise = random.Random(seed)
    made, mean = [], 2.5
    for i in range(count):
        loss = float(np.float32((0.3 + 2.2 * 0.9996**i) * (1 + 0.04 * noise.gauss(0, 1))))
        mean += (loss - mean) / 50
        made.append(
            {
                "loss": loss,
                "loss_mean": mean,
                "accuracy": round(256 * 0.9 + 5 * noise.gauss(0, 1)) / 256,
                "val_accuracy": round(0.9 + 0.004 * noise.gauss(0, 1), 4),
                "lr": 1.5e-4 * (1 + math.cos(math.pi * i / count)),
                "grad_norm": float(np.float32(0.8 * math.exp(0.6 * noise.gauss(0, 1)))),
                "gpu_util": float(min(100, round(95 + 2 * noise.gauss(0, 1)))),
                "gpu_power_w": round(310e3 + 4.5e3 * noise.gauss(0, 1)) / 1000,
                "gpu_temp_c": float(round(65 + noise.gauss(0, 1))),
                "step_time_s": round(0.05 * math.exp(0.05 * noise.gauss(0, 1)), 9),
            }
        )
    return made


def bytes_below(folder: str) -> int:
    """Bytes of all files; of sparse ones what they occupy."""
    files = (p.stat() for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink())
    return sum(min(s.st_size, s.st_blocks * 512) for s in files)


def show(name: str, value: float) -> None:
    """One figure at once: a tool that is stopped keeps what it had."""
    print(f"figure {name} {value}", flush=True)


def measure(make: type[Tool], folder: str) -> None:
    """All measures of one tool, in this process."""
    tool = make(folder)
    begin = time.perf_counter()
    tool.start("warm-up")  # imports, migrations, services: not what a run costs
    tool.log({"loss": 1.0}, 0)
    tool.finish()
    before = bytes_below(folder)

    made = rows(STEPS, seed=1)
    assert len(made[0]) == METRICS
    begin = time.perf_counter()
    tool.start("long")
    show("start", (time.perf_counter() - begin) * 1000)
    took = []
    now = time.perf_counter_ns
    for step, row in enumerate(made):
        at = now()
        tool.log(row, step)
        took.append(now() - at)
        if time.perf_counter() - begin > LOOP_LIMIT_S:
            print(f"note {len(took)} of {STEPS} steps in {LOOP_LIMIT_S} s", flush=True)
            break
    begin = time.perf_counter()
    tool.finish()
    show("finish", (time.perf_counter() - begin) * 1000)
    steps = len(took)
    took.sort()
    show("log", took[len(took) // 2] / 1000)
    show("log_p99", took[len(took) * 99 // 100] / 1000)
    if isinstance(tool, Cairn):
        tool.read("loss")  # whoever reads first turns journals into packs
    show("stored", (bytes_below(folder) - before) / (steps * METRICS))
    if tool.read is None:
        return
    for r in range(RUNS_READ - 1):
        tool.start(f"run-{r}")
        for step, row in enumerate(made[:STEPS_READ]):
            tool.log(row, step)
        tool.finish()


def measure_reading(make: type[Tool], folder: str) -> None:
    """The second reading, in a process that has written nothing."""
    tool = make(folder)
    if tool.read is None:
        return
    tool.read("loss")
    begin = time.perf_counter()
    points = tool.read("loss")
    took_ms = (time.perf_counter() - begin) * 1000
    if points > 0:
        show("read", took_ms)
    else:
        print("note reading gave no point", flush=True)


def measure_apart(tool: str, env: dict[str, str]) -> tuple[dict[str, float], list[str]]:
    """One tool in its own process and folder: its figures, and what there is to say."""
    figures, notes = {}, []
    with tempfile.TemporaryDirectory(prefix="cairn-bench-", ignore_cleanup_errors=True) as folder:
        here = {**env, "HOME": folder, "TRACKIO_DIR": folder, "WANDB_DIR": folder}
        out = Path(folder) / "output.txt"
        begin = time.monotonic()
        for part in ("--measure", "--read"):
            argv = [sys.executable, __file__, part, tool, "--folder", folder]
            with out.open("a") as log:
                process = subprocess.Popen(argv, env=here, cwd=folder, stdout=log, stderr=log)
                try:
                    if process.wait(LIMIT_S - (time.monotonic() - begin)) != 0:
                        notes.append(f"ended with {process.returncode}")
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    notes.append(f"stopped after {LIMIT_S} s")
            if notes:
                break
        lines = out.read_text(errors="replace").splitlines()
    for line in lines:
        if line.startswith("figure "):
            _, name, value = line.split()
            figures[name] = float(value)
        elif line.startswith("note "):
            notes.append(line[5:])
    if notes and lines and not lines[-1].startswith(("figure", "note")):
        notes.append(lines[-1].strip()[:200])
    return figures, notes


def version_of(package: str) -> str | None:
    """The installed version, or nothing."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return None


def number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def write_tables(figures: dict[str, dict[str, float]]) -> str:
    """The figures, and each as a multiple of Cairn's."""
    head = ["", *(f"{title} [{unit}]" for title, unit in MEASURES.values())]
    own = figures.get("cairn", {})
    absolute, ratios = [head], [head]
    for tool, found in figures.items():
        absolute.append([tool, *(number(found[m]) if m in found else "-" for m in MEASURES)])
        ratios.append(
            [
                tool,
                *(
                    f"{number(found[m] / own[m])} x" if m in found and own.get(m) else "-"
                    for m in MEASURES
                ),
            ]
        )
    return f"{align(absolute)}\n\nAs multiples of Cairn's:\n\n{align(ratios)}"


def align(table: list[list[str]]) -> str:
    """Markdown that also reads as plain text."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = [table[0], ["-" * w for w in widths], *table[1:]]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths)) + " |" for line in lines
    )


def main() -> int:
    """Measures every tool that is installed and writes bench/results/<date>-peers-<machine>."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, default=checkout.ROOT / "build" / "release")
    parser.add_argument("--install-logs", type=Path, default=Path(".venv-peers"))
    parser.add_argument("--only", default="", help="tools, separated by commas")
    parser.add_argument("--measure", help="one tool's writing, in this process")
    parser.add_argument("--read", help="one tool's reading of what --measure wrote")
    parser.add_argument("--folder", default="")
    args = parser.parse_args()
    if args.measure or args.read:
        if args.measure:
            measure(TOOLS[args.measure][1], args.folder)
        else:
            measure_reading(TOOLS[args.read][1], args.folder)
        os._exit(0)  # some tools leave threads behind
    env = {**checkout.environment(args.build.resolve()), **QUIET}
    wanted = [tool for tool in args.only.split(",") if tool] or list(TOOLS)
    figures: dict[str, dict[str, float]] = {}
    versions: dict[str, str] = {}
    notes: list[str] = []
    load = checkout.load_average()
    for tool in wanted:
        package, _ = TOOLS[tool]
        version = version_of(package) if package else "this checkout"
        if version is None:
            log = args.install_logs / f"install-{package}.log"
            last = log.read_text().strip().splitlines()[-1:] if log.exists() else ["no log"]
            notes.append(f"{tool}: not installed: {last[0]}")
            continue
        versions[tool] = version
        print(f"{tool} {version}", flush=True)
        figures[tool], said = measure_apart(tool, env)
        notes += [f"{tool}: {word}" for word in said]
    write_results(figures, versions, notes, load)
    return 0


def write_results(
    figures: dict[str, dict[str, float]], versions: dict[str, str], notes: list[str], load: float
) -> None:
    """One page for people and the same for programs."""
    machine = checkout.describe_machine()
    used = ", ".join(f"{tool} {version}" for tool, version in versions.items())
    text = (
        f"{STEPS:,} steps x {METRICS} metrics; {RUNS_READ} runs read. Measured in one go, each "
        f"tool in its own process; load average at the start {load}. {used}.\n\n"
        f"{write_tables(figures)}\n"
    )
    text += "".join(f"\n- {note}" for note in notes) + ("\n" if notes else "")
    print("\n" + text)
    checkout.RESULTS.mkdir(exist_ok=True)
    path = checkout.RESULTS / f"{checkout.today()}-peers-{checkout.slug(machine)}.md"
    path.write_text(
        f"# Cairn and its peers, {checkout.today()}\n\n{checkout.describe(machine)}.\n\n{text}"
    )
    document: dict[str, Any] = {"machine": machine, "load_average": load, "versions": versions}
    document |= {"figures": figures, "notes": notes}
    path.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
    print(f"written to {path.relative_to(checkout.ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
