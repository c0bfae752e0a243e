"""Runs every benchmark of this folder, compares what it finds with the targets, keeps the results.

Usage: python bench/run.py [--build build/release] [--only ingest,sample] [--dir FOLDER]

Builds nothing. Writes bench/results/<date>-<machine>.md and .json; with --only what the other parts
found on the same day stays in them. A busy machine is told by the
load average beside each benchmark; figures in processor time suffer least from it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import checkout

FIGURE = re.compile(r"^([a-zA-Z0-9_.]+) +(\S+) (\S+)$")
LIMIT_S = 900


@dataclass(frozen=True)
class Target:
    """What a figure should be; `at_least` when more is better."""

    figure: str
    text: str
    bound: float
    unit: str
    at_least: bool = False

    def holds(self, value: float) -> bool:
        """Whether the value is on the right side of the bound."""
        return value >= self.bound if self.at_least else value <= self.bound


TARGETS = [
    Target("python.log.p50", "Python `run.log` of 10 floats, median", 2, "us"),
    Target("python.log.p99", "the same, p99", 20, "us"),
    Target("log.shape.p50", "C++ `log` of 10 floats through a shape, median", 0.5, "us"),
    Target("log.names.p50", "the same through names", 0.5, "us"),
    Target("python.import", "`import cairn`", 50, "ms"),
    Target("python.init", "`init`", 20, "ms"),
    Target("python.finish", "`finish` of a run of 1 M points", 50, "ms"),
    Target("python.door_ready", "read door ready", 20, "ms"),
    Target("ingest.mix_of_10.rate", "ingest, 10 metrics x 1 M rows", 15, "Mpoints/s", True),
    Target("ingest.mix_of_10.rate_of_cpu_time", "the same per CPU second", 15, "Mpoints/s", True),
    Target("ingest.mix_of_15.stored", "stored, the whole curve mix", 2.5, "B/point"),
    Target("ingest.mix_of_10.stored", "stored, 10 metrics of the mix", 2.5, "B/point"),
    Target("ingest.float32_noise.stored", "stored, float32 noise", 2.9, "B/point"),
    Target("sample.100x10k.warm", "100 runs x 10,000 steps as 1,000 buckets, warm", 5, "ms"),
    Target("sample.100x1M.warm", "100 runs x 1,000,000 steps, warm", 25, "ms"),
    Target("screen.20x100x10k", "a screen: 20 metrics x 100 runs x 10,000 steps", 150, "ms"),
    Target("screen.20x100x10k.metric", "the same over another metric", 150, "ms"),
    Target("screen.20x100x10k.bands", "the same as one band a metric", 150, "ms"),
    Target("table.load", "table of 100,000 runs x 60 columns: load", 1, "s"),
    Target("table.page.narrow", "filter, sort, first page (few match)", 1, "ms"),
    Target("table.page.wide", "filter, sort, first page (most match)", 1, "ms"),
    Target("table.groups", "group by two columns, two measures", 20, "ms"),
    Target("table.statistics.page", "filter and sort by min and max of a series", 100, "ms"),
    Target("table.ls.cold", "`cairn ls` on it, nothing cached", 1.5, "s"),
    Target("lookup.10000.process.p50", "look-up among 10,000 runs, a whole process", 50, "ms"),
    Target("lookup.1000000.process.p50", "the same among 1,000,000", 100, "ms"),
    Target("trials.10000.each", "a sweep of 10,000 trials: ask and tell of each", 1, "ms"),
    Target("report.anova.1000x10", "shares with pairs, 1,000 runs x 10, 64 trees", 60, "ms"),
    Target("report.sensitivity.10000x20.with_intervals", "10,000 x 20 with intervals", 2000, "ms"),
    Target("serve.ready.p50", "`cairn serve`, start to ready", 100, "ms"),
    Target("serve.idle_memory", "the same, idle, empty store", 40, "MB"),
    Target("receive.bulk", "HTTP intake, 32 runs at once", 3, "Mpoints/s", True),
    Target("receive.live.ack.p99", "2,000 live runs, 10 log calls/s: acknowledged, p99", 250, "ms"),
    Target("receive.live.memory.growth", "the same: memory, second half minute", 10, "MB"),
    Target("page.table.first_paint", "page: table of 100,000 runs, first paint", 700, "ms"),
    Target("page.table.scroll.longest_task", "page: scrolling it, longest task", 50, "ms"),
    Target("page.table.filter", "page: filter typed to rows shown", 100, "ms"),
    Target("page.screen.painted", "page: 20 charts x 100 runs x 10,000 steps painted", 700, "ms"),
    Target("page.keys.search.longest_task", "page: search among 10,000 keys", 50, "ms"),
    Target("page.long.long", "page: a run of 100 M points, painted", 1000, "ms"),
    Target("start.version.p50", "`cairn --version`", 10, "ms"),
    Target("trace.first_open_added", "added to the first open of a file", 2, "us"),
    Target("trace.epoch_added", "added to an epoch of 20,000 files", 2, "%"),
    Target("trace.unchanged_check", "1,000,000 unchanged files", 4, "s"),
    Target("log.guest_memory", "guest memory beyond the host's", 20, "MB"),
    Target("log.idle_cpu", "idle processor time of the guest's threads", 0.1, "%"),
    Target("relay.request.added_p50", "the proxy of `cairn meter`: added to a request", 200, "us"),
    Target("relay.connection.added_p50", "the same with a connection for each", 200, "us"),
    Target("meter.with_sampler_share_of_core", "sampler and energy meter, 20 processes", 0.1, "%"),
    Target("replay.600.usual", "600 curves x 27 steps replayed under three policies", 5000, "ms"),
]  # fmt: skip


def benchmarks(build: Path, folder: str) -> dict[str, list[list[str]]]:
    """The programs of each part, in the order they run; the first figures are the quickest."""
    programs, binary = build / "bench", str(build / "cairn")
    scripts = checkout.ROOT / "bench"
    return {
        "start": [[f"{programs}/start_bench", "start.version", "50", binary, "--version"]],
        "python": [[sys.executable, f"{scripts}/python_bench.py", folder]],
        "log": [[f"{programs}/log_bench", folder]],
        "ingest": [[f"{programs}/ingest_bench", folder]],
        "sample": [[f"{programs}/sample_bench", folder]],
        "screen": [[f"{programs}/screen_bench", folder]],
        "table": [[f"{programs}/table_bench", folder, binary]],
        "lookup": [[f"{programs}/lookup_bench", folder]],
        "trials": [[f"{programs}/trials_bench", folder]],
        "trace": [[f"{programs}/trace_bench", folder]],
        "meter": [[f"{programs}/meter_bench"]],
        "relay": [[f"{programs}/relay_bench"]],
        "report": [[f"{programs}/report_bench"]],
        "replay": [[f"{programs}/replay_bench"]],
        "serve": [[sys.executable, f"{scripts}/serve_bench.py", binary]],
        "receive": [[f"{programs}/receive_bench", folder]],
        "page": [
            ["node", f"{scripts}/page_bench.mjs", binary, f"{programs}/make_store", folder],
        ],
        # The rooms by themselves: their output is kept as it is, they have no targets here.
        "rooms": [
            [f"{programs}/codec_bench"],
            [f"{programs}/journal_bench", folder],
            [f"{programs}/run_table_bench"],
            [f"{programs}/surrogate_bench"],
        ],
    }


def run_program(argv: list[str], env: dict[str, str]) -> str:
    """A benchmark's output, shown while it comes."""
    lines = []
    begin = time.monotonic()
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print("  " + line, end="", flush=True)
            lines.append(line)
            if time.monotonic() - begin > LIMIT_S:
                process.kill()
    if process.returncode != 0:
        print(f"  {argv[0]} ended with {process.returncode}; its other figures are missing")
    return "".join(lines)


def verdicts(figures: dict[str, float]) -> list[tuple[str, str, str, str]]:
    """(what, target, measured, verdict) for every target."""
    rows = []
    for target in TARGETS:
        sign = ">=" if target.at_least else "<="
        value = figures.get(target.figure)
        measured = "-" if value is None else f"{value:.3g} {target.unit}"
        verdict = "not measured" if value is None else "yes" if target.holds(value) else "NO"
        rows.append((target.text, f"{sign} {target.bound:g} {target.unit}", measured, verdict))
    return rows


def write_table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...]) -> str:
    """A Markdown table whose columns line up as plain text, too."""
    widths = [max(len(row[i]) for row in [*rows, head]) for i in range(len(head))]
    lines = [head, tuple("-" * w for w in widths), *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths)) + " |" for line in lines
    )


def main() -> int:
    """Runs, prints, writes; 0 even when a target is missed: a measurement is no test."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--build", type=Path, default=checkout.ROOT / "build" / "release")
    parser.add_argument("--only", default="", help="parts, separated by commas")
    parser.add_argument("--dir", default="/tmp", help="where the data is made; a local disk")
    args = parser.parse_args()
    build = args.build.resolve()
    env = checkout.environment(build)
    wanted = [part for part in args.only.split(",") if part]
    machine = checkout.describe_machine()
    before = read_results(machine) if wanted else {}
    figures: dict[str, float] = before.get("figures", {})
    units: dict[str, str] = before.get("units", {})
    loads: dict[str, float] = before.get("load_average", {})
    texts: list[str] = [] if "rooms" in wanted else before.get("rooms", [])
    for part, programs in benchmarks(build, args.dir).items():
        if wanted and part not in wanted:
            continue
        loads[part] = checkout.load_average()
        print(f"{part} (load average {loads[part]})", flush=True)
        for argv in programs:
            output = run_program(argv, env)
            if part == "rooms":
                texts.append(f"{Path(argv[0]).name}\n{output}")
                continue
            for match in filter(None, map(FIGURE.match, output.splitlines())):
                figures[match[1]], units[match[1]] = float(match[2]), match[3]
    rows = verdicts(figures)
    table = write_table(rows, ("what", "target", "measured", "held"))
    print("\n" + table)
    write_results(machine, loads, figures, units, table, texts)
    return 0


def results_path(machine: dict[str, object]) -> Path:
    """Of today's page of this machine."""
    return checkout.RESULTS / f"{checkout.today()}-{checkout.slug(machine)}.md"


def read_results(machine: dict[str, object]) -> dict[str, Any]:
    """What was found earlier today, as write_results() wrote it for programs."""
    path = results_path(machine).with_suffix(".json")
    return json.loads(path.read_text()) if path.exists() else {}


def write_results(
    machine: dict[str, object],
    loads: dict[str, float],
    figures: dict[str, float],
    units: dict[str, str],
    table: str,
    texts: list[str],
) -> None:
    """One page for people and the same for programs."""
    checkout.RESULTS.mkdir(exist_ok=True)
    path = results_path(machine)
    busy = ", ".join(f"{part} {load}" for part, load in loads.items())
    every = "\n".join(f"{name:<44} {value:>12.4g} {units[name]}" for name, value in figures.items())
    rooms = "\n".join(f"```text\n{text}```\n" for text in texts)
    path.write_text(
        f"# Cairn, {checkout.today()}\n\n{checkout.describe(machine)}. Load average when each part "
        f"began: {busy}.\n\n{table}\n\n## Every figure\n\n```text\n{every}\n```\n\n"
        f"## The rooms by themselves\n\n{rooms}"
    )
    document = {
        "machine": machine,
        "load_average": loads,
        "figures": figures,
        "units": units,
        "rooms": texts,
    }
    path.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
    print(f"\nwritten to {path.relative_to(checkout.ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
