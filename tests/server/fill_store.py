"""Fills a store with something of everything, prints its names as JSON, and keeps one run alive
until its standard input ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cairn

EVIL = "<script>alert(1)</script>"


WATCHED = {  # by a meter, for two seconds
    "machine": {
        "hostname": "node",
        "cpu_model": "Intel Xeon Gold 6148",
        "sockets": 1,
        "threads": 40,
    },
    "began_ns": 1_000_000_000,
    "ended_ns": 3_000_000_000,
    **{"watched_s": 2, "lost_s": 0, "cpu_s": 40, "share_s": 1, "even_s": 2, "load_s": 1},
    "sensors": [],
    "unmeasured": [],
}


def fill(project: str, number: int) -> cairn.Run:
    run = cairn.init(
        project=project,
        name=f"run {number}",
        config={"lr": 0.1 / (number + 1), "opt": {"name": "adam"}},
        tags=["x"],
        group=f"g{number % 2}",
    )
    for step in range(20):
        run.log({"loss": 1.0 / (step + 1), "acc": step / 20})
    run.log({"gone": float("nan")})
    run.log({"page": cairn.Html(f"<b>bold</b>{EVIL}"), "table": cairn.Table(["a"], [[1], [2]])})
    run.write_logs("hello\nworld")
    return run


def main() -> None:
    first = fill("digits", 0)
    first._add_capture({"energy": {"meter": WATCHED}})
    Path("model.bin").write_bytes(b"weights")
    first.log_artifact("model.bin", "net", "model")
    Path("data.bin").write_bytes(b"numbers")
    first.log_artifact("data.bin", "data", "dataset")
    first.finish()
    second = fill("digits", 1)
    second.use_artifact("data:latest")
    Path("model.bin").write_bytes(b"better weights")
    second.log_artifact("model.bin", "net", "model")
    second.finish()
    served = cairn.init(project="digits", job_type="inference", config={"model": "digits"})
    served._add_capture({"energy": {"meter": WATCHED}})
    served.summary["inference"] = {"requests": 100, "failed": 0}
    served.finish()
    other = fill("letters", 2)
    other.finish()
    alive = cairn.init(project="digits", name=EVIL)
    alive.log({"loss": 0.5})
    ids = {"first": first.id, "second": second.id, "other": other.id, "alive": alive.id}
    print(json.dumps(ids), flush=True)
    sys.stdin.read()
    alive.finish()


if __name__ == "__main__":
    main()
