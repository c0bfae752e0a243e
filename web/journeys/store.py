"""Fills a store with small real runs, for the journeys to look at: the same each time.

python web/journeys/store.py FOLDER

- `vision`: runs with everything a run can have (web/dev/demo_store.py), among them one that failed
  and one that was killed.
- `sweep`: 24 runs over learning rate, optimizer and model; names, curves and summaries that are
  known beforehand (see `sweep`).
- `hostile`: scripts in all that a person can type.
- `quiet`: a run that logged nothing.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SCRIPT = "<img src=x onerror=\"document.title='owned'\">"
MODELS = ("resnet", "vit")
OPTIMIZERS = ("sgd", "adam", "lion")
RATES = (0.001, 0.01, 0.1, 1.0)
STEPS = 200
LONG_STEPS = 20_000


def sweep() -> None:
    """24 runs, oldest first `run-00`; the loss of run i ends at about 0.1 + i / 100.

    `run-00` has 20,000 steps of `train/loss` with one spike, at step 12,345: only exact data shows
    where it is.
    """
    import cairn

    number = 0
    for model in MODELS:
        for optimizer in OPTIMIZERS:
            for rate in RATES:
                config = {"lr": rate, "optimizer": optimizer, "model": {"name": model}}
                config["seed"] = number
                tags = ["sweep"] + (["best"] if number == 3 else [])
                with cairn.init(
                    project="sweep",
                    name=f"run-{number:02}",
                    config=config,
                    tags=tags,
                    notes="the first of all" if number == 0 else "",
                    group=model,
                    sample_period_s=0,
                ) as run:
                    run.define_metric("train/loss", goal="minimize")
                    log_curves(run, number)
                number += 1


def log_curves(run: object, number: int) -> None:
    """Curves without chance: the same of the same number."""
    floor = 0.1 + number / 100
    steps = LONG_STEPS if number == 0 else STEPS
    for step in range(steps):
        part = step / steps
        wobble = 0.02 * ((step * 7919 + number * 131) % 101 / 101 - 0.5)
        loss = floor + 2 * (1 - part) ** 4 + wobble * (1 - part)
        row = {"train/loss": 50.0 if number == 0 and step == 12_345 else loss}
        if step % (steps // 20) == steps // 20 - 1:
            row |= {"val/loss": loss * 1.1, "val/acc": part * (0.99 - number / 100)}
            row["epoch"] = step * 20 // steps
        if number != 0 or step % 100 == 0:
            row["train/tokens"] = 1000.0 * step
        run.log(row, step=step)  # type: ignore[attr-defined]


def hostile() -> None:
    """Scripts as a name, tags, notes, configuration and keys."""
    import cairn

    for number in range(2):
        with cairn.init(
            project="hostile",
            name=f"{SCRIPT} {number}",
            tags=[SCRIPT, "plain"],
            notes=f"{SCRIPT}\n\n[link](javascript:alert(1)) <script>alert(2)</script>",
            group=SCRIPT,
            config={SCRIPT: SCRIPT, "lr": 0.1},
            sample_period_s=0,
        ) as run:
            for step in range(20):
                run.log({SCRIPT: float(step), f"{SCRIPT}/loss": 1.0 / (step + 1)})
            run.summary[SCRIPT] = SCRIPT


def quiet() -> None:
    """A run without a point."""
    import cairn

    cairn.init(project="quiet", name="nothing-yet", sample_period_s=0).finish()


def vision() -> None:
    """The runs of demo_store.py, in fewer steps."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "dev"))
    import demo_store

    demo_store.one(0, "resnet-baseline", 801)
    demo_store.one(1, "resnet-lr-0.1", 801)
    with ThreadPoolExecutor(2) as both:
        both.submit(demo_store.one, 2, "resnet-diverged", 400, "raise")
        both.submit(demo_store.one, 3, "resnet-killed", 300, "kill")


def main() -> None:
    """Fills the folder that the command line names."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["CAIRN_DIR"] = str(folder)
    for fill in (quiet, hostile, sweep, vision):
        fill()


if __name__ == "__main__":
    main()
