"""The guest in Python: what import, init, log and finish cost, and how soon the read door answers.

Usage: python python_bench.py [folder]     (with `import cairn` and CAIRN_BINARY set up by run.py)
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable

CALLS = 200_000
PACED_CALLS = 20_000
PAUSE_NS = 200_000
ROWS_OF_A_MILLION_POINTS = 100_000
FRESH_ROUNDS = 11


def figure(name: str, value: float, unit: str) -> None:
    """One line that run.py reads."""
    print(f"{name:<44} {value:>14.4g} {unit}", flush=True)


def in_fresh_process(program: str, *args: str) -> list[float]:
    """What the program prints, one list of numbers a round, as medians over the rounds."""
    rounds = []
    for _ in range(FRESH_ROUNDS):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), *args],
            capture_output=True,
            text=True,
            check=True,
        )
        rounds.append([float(word) for word in done.stdout.split()])
    return [statistics.median(column) for column in zip(*rounds)]


def measure_start(folder: str) -> None:
    """Import and init, each in processes that have done nothing else."""
    imported, began = in_fresh_process(
        """
        import sys, time
        t0 = time.perf_counter()
        import cairn
        t1 = time.perf_counter()
        run = cairn.init(project="start", dir=sys.argv[1], config={"lr": 0.1})
        t2 = time.perf_counter()
        run.finish()
        print((t1 - t0) * 1000, (t2 - t1) * 1000)
        """,
        os.path.join(folder, "start"),
    )
    figure("python.import", imported, "ms")
    figure("python.init", began, "ms")


def measure_door(folder: str) -> None:
    """From asking for the door to its first answer, child process and all."""
    (ready,) = in_fresh_process(
        """
        import sys, time
        from cairn.door import open_door
        t0 = time.perf_counter()
        open_door(sys.argv[1]).get("/health")
        print((time.perf_counter() - t0) * 1000)
        """,
        os.path.join(folder, "start"),
    )
    figure("python.door_ready", ready, "ms")


def time_calls(call: Callable[[int], object], calls: int, pause_ns: int) -> list[int]:
    """Sorted nanoseconds of each call; between two of them the loop waits, as training would."""
    now = time.perf_counter_ns
    took = []
    for i in range(calls):
        begin = now()
        call(i)
        end = now()
        took.append(end - begin)
        while pause_ns and now() - end < pause_ns:
            pass
    return sorted(took)


def measure_log(folder: str) -> None:
    """A dict of ten floats, as fast as a loop can and at a training's pace."""
    import cairn

    run = cairn.init(project="log", dir=os.path.join(folder, "log"))
    row = {f"metric/{k}": 0.1 * k for k in range(10)}

    def log(i: int) -> None:
        row["metric/0"] = i * 0.25
        run.log(row)

    for name, calls, pause_ns in (("", CALLS, 0), (".paced", PACED_CALLS, PAUSE_NS)):
        took = time_calls(log, calls, pause_ns)
        for label, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
            figure(f"python.log{name}.{label}", took[int(share * (calls - 1))] / 1000, "us")
    empty = time_calls(lambda i: None, CALLS, 0)
    figure("python.log.of_which_the_clock", empty[CALLS // 2] / 1000, "us")
    run.finish()


def measure_finish(folder: str) -> None:
    """The end of a run of a million points."""
    import cairn

    took_ms = []
    for _ in range(5):
        run = cairn.init(project="finish", dir=os.path.join(folder, "finish"), reinit=True)
        row = {f"metric/{k}": 0.1 * k for k in range(10)}
        for i in range(ROWS_OF_A_MILLION_POINTS):
            row["metric/0"] = i * 0.25
            run.log(row)
        begin = time.perf_counter()
        run.finish()
        took_ms.append((time.perf_counter() - begin) * 1000)
    figure("python.finish", statistics.median(took_ms), "ms")
    figure("python.finish.max", max(took_ms), "ms")


def main() -> None:
    """All of it, in a folder that is removed afterwards."""
    parent = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(prefix="cairn-bench-", dir=parent) as folder:
        measure_start(folder)
        measure_door(folder)
        measure_log(folder)
        measure_finish(folder)


if __name__ == "__main__":
    main()
