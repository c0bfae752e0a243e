"""Fills a store with runs that have a bit of everything, to look at the page with.

python web/dev/demo_store.py [--lines 1000000] [--live]

Writes where CAIRN_DIR says. `--lines`: lines of console of one run; `--live`: one more run, which
goes on logging until it is interrupted.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cairn
import numpy as np

PROJECT = "vision"
NOTES = """# Baseline for the *small* model

Warm-up matters more than the learning rate; see [the paper](https://arxiv.org/abs/1706.02677).

- [x] sweep `lr`
- [ ] longer schedule
- [ ] compare with **SAM**

| lr | val/acc | remark |
|---:|--------:|--------|
| 0.1 | 0.91 | diverges at times |
| 0.05 | 0.93 | best |

```python
opt = SGD(model.parameters(), lr=0.05)
```

> Hostile text stays text: <script>alert(1)</script> [x](javascript:alert(1))
"""
TRAIN_PY = """import torch

def train(model, loader, lr=0.1):
    opt = torch.optim.SGD(model.parameters(), lr=lr)
    for batch, target in loader:
        loss = criterion(model(batch), target)
        loss.backward()
        opt.step()
        opt.zero_grad()
    return model


def main():
    model = build()
    train(model, load())
"""


def checkout(folder: Path, variant: int) -> None:
    """A git checkout with a commit and changes that are in none."""

    def git(*words: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        # The same commit, whenever it is made: runs of it can be compared.
        when = {"GIT_AUTHOR_DATE": "2026-01-31T10:00Z", "GIT_COMMITTER_DATE": "2026-01-31T10:00Z"}
        subprocess.run(
            ["git", *who, *words],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **when},
        )

    git("init", "-b", "main")
    (folder / "train.py").write_text(TRAIN_PY)
    (folder / "config.yaml").write_text("lr: 0.1\nepochs: 30\nbatch: 128\n")
    git("add", "-A")
    git("commit", "-m", "first")
    git("remote", "add", "origin", "git@github.com:ada/vision.git")
    changed = TRAIN_PY.replace("lr=0.1", f"lr=0.0{5 + variant}").replace(
        "        opt.step()\n", "        clip(model, 1.0)\n        opt.step()\n"
    )
    (folder / "config.yaml").write_text("lr: 0.1\nepochs: 30\nbatch: 256\n")
    if variant:
        changed = changed.replace("build()", "build(depth=18)")
    (folder / "train.py").write_text(changed)
    (folder / "sketch.ipynb").write_text("{}")


def config(seed: int) -> dict[str, Any]:
    """What such a run would be told."""
    return {
        "lr": [0.05, 0.1, 0.02, 0.05][seed % 4],
        "epochs": 30,
        "batch": 128,
        "seed": seed,
        "optimizer": {
            "name": "sgd",
            "momentum": 0.9,
            "nesterov": seed % 2 == 0,
            "betas": [0.9, 0.999],
        },
        "model": {
            "name": "resnet-18",
            "layers": [{"width": 64, "blocks": 2}, {"width": 128, "blocks": 2}],
            "dropout": 0.1 * seed,
        },
        "data": {"path": "/data/cifar10", "augment": ["crop", "flip", "cutout"], "workers": 4},
        "resume_from": None,
    }


def picture(step: int, phase: float, size: int = 96) -> Any:
    """Something that changes with the step."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    r = np.hypot(x, y)
    waves = [np.sin(18 * r + 0.5 * step + phase + k) * np.exp(-2 * r) for k in (0, 1, 2)]
    return ((np.stack(waves, -1) + 1) * 127).astype(np.uint8)


def log_media(run: Any, step: int, random: Any) -> None:
    """Pictures, histograms, tables and so on at one step."""
    at = {"step": step}
    run.log({"samples": cairn.Image(picture(step, 0.0), caption=f"step {step}")}, **at)
    grid = [cairn.Image(picture(step, k, 64), caption=f"class {k}") for k in range(6)]
    run.log({"val/predictions": grid}, **at)
    weights = random.normal(0, 1 + step / 3000, 4000) + 0.8 * math.sin(step / 500)
    run.log({"weights/conv1": cairn.Histogram(weights)}, **at)
    run.log({"weights/head": cairn.Histogram(np.abs(weights) ** 1.5)}, **at)
    if step % 1000 == 0:
        rows = [
            [
                k,
                f"img_{k:04}.png",
                ["cat", "dog", "ship"][k % 3],
                float(random.random()),
                cairn.Image(picture(step, k, 32)) if k < 8 else None,
                "<b>not bold</b>" if k == 3 else None,
            ]
            for k in range(240)
        ]
        columns = ["id", "file", "label", "confidence", "image", "remark"]
        run.log({"errors": cairn.Table(columns=columns, data=rows)}, **at)
        run.log(
            {"sample_text": f"At step {step} the model says:\n  hello world, again and again."},
            **at,
        )


def log_once(run: Any, folder: Path) -> None:
    """Media that come once, files and artifacts."""
    tone = 0.4 * np.sin(np.arange(22050) * 2 * np.pi * 440 / 22050) * np.linspace(1, 0, 22050)
    run.log({"tone": cairn.Audio(tone, sample_rate=22050, caption="440 Hz")})
    html = "<h1>Report</h1><script>parent.document.title = 'owned'</script><p>text</p>"
    run.log({"report": cairn.Html(html)})
    run.log({"cloud": cairn.Object3D(np.random.default_rng(0).normal(size=(200, 3)))})
    run.log({"tags_seen": ["a", "b", 3, {"deep": [1, 2]}]})
    truth = np.random.default_rng(1).integers(0, 4, 300)
    guess = np.where(np.random.default_rng(2).random(300) < 0.8, truth, 0)
    names = ["cat", "dog", "ship", "truck"]
    run.log(
        {"confusion": cairn.plot.confusion_matrix(y_true=truth, preds=guess, class_names=names)}
    )
    (folder / "model.pt").write_bytes(os.urandom(40_000))
    (folder / "notes.txt").write_text("kept as a file\n")
    (folder / "data").mkdir(exist_ok=True)
    for k in range(12):
        (folder / "data" / f"part-{k:02}.bin").write_bytes(os.urandom(3000 + 100 * k))
    data = cairn.Artifact(
        "cifar-small",
        type="dataset",
        description="A tenth of CIFAR-10",
        metadata={"rows": 5000, "classes": names},
    )
    data.add_dir(folder / "data")
    run.log_artifact(data)
    for version in range(3):
        model = cairn.Artifact("resnet", type="model", metadata={"epoch": 10 * version})
        (folder / "model.pt").write_bytes(os.urandom(40_000 + version))
        model.add_file(folder / "model.pt")
        run.log_artifact(model, aliases=["latest", "best"] if version == 2 else ["latest"])
    run.save(folder / "notes.txt")


def train(run: Any, seed: int, steps: int, pause_s: float = 0.0) -> None:
    """Curves and console output of a training."""
    random = np.random.default_rng(seed)
    for step in range(steps):
        loss = 2.3 * math.exp(-step / 700) + 0.08 + 0.05 * random.normal() * math.exp(-step / 2000)
        row = {
            "train/loss": abs(loss),
            "train/lr": 0.05 * 0.5 * (1 + math.cos(step / steps * 3.1416)),
            "train/grad_norm": abs(1 + random.normal() / 3),
        }
        if step % 50 == 0:
            row |= {
                "val/loss": abs(loss) * 1.1 + 0.02,
                "val/acc": 1 - math.exp(-step / 800) * 0.9,
                "epoch": step // 100,
            }
        run.log(row, step=step)
        if step % 100 == 0:
            print(
                f"\x1b[1mepoch {step // 100:3}\x1b[0m  loss \x1b[33m{abs(loss):.4f}\x1b[0m  "
                f"acc \x1b[38;5;42m{1 - math.exp(-step / 800) * 0.9:.3f}\x1b[0m"
            )
        if step % 700 == 650:
            print(
                f"\x1b[31mwarning\x1b[0m: gradient norm {3.2 + step / 1e4:.2f} is large",
                file=sys.stderr,
            )
        if step % 100 == 0 and seed < 2 and step <= 3000:
            log_media(run, step, random)
        if pause_s:
            time.sleep(pause_s)


def one(seed: int, name: str, steps: int, end: str = "") -> None:
    """One run in a process of its own, so that it may die."""
    folder = Path(tempfile.mkdtemp(prefix="cairn-demo-"))
    checkout(folder, seed % 2)
    code = f"import demo_store as d; d.body({seed}, {name!r}, {steps}, {end!r}, {str(folder)!r})"
    here = str(Path(__file__).resolve().parent)
    path = os.pathsep.join([here, *sys.path])
    words = [sys.executable, "-c", code, "--lr", "0.05", "--data", "/data/cifar10"]
    env = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "4"}
    subprocess.run(words, cwd=folder, env=env, check=False)


def body(seed: int, name: str, steps: int, end: str, folder: str) -> None:
    """What the process of one() does."""
    tags = ["baseline", "cifar"] if seed == 0 else ["cifar"]
    with cairn.init(
        project=PROJECT,
        name=name,
        config=config(seed),
        tags=tags,
        group="sweep-1",
        notes=NOTES if seed == 0 else "",
        sample_period_s=0.5,
    ) as run:
        if seed:
            run.use_artifact("cifar-small:latest")
            run.use_artifact("resnet:latest")
        train(run, seed, steps, 0.0004)
        if end == "raise":
            raise ValueError("loss is NaN at step 1200: try a smaller learning rate")
        if end == "kill":
            print("Killed by the out-of-memory killer, perhaps", file=sys.stderr, flush=True)
            os.kill(os.getpid(), 9)
        if seed < 2:
            log_once(run, Path(folder))


def chatter(lines: int) -> None:
    """A run with a very long console."""
    code = f"""
import cairn, sys
run = cairn.init(project={PROJECT!r}, name="long-console", sample_period_s=0)
for i in range({lines}):
    row = f"\\x1b[2m{{i:07}}\\x1b[0m  loss={{1 / (i + 1):.6f}}  \\x1b[32mok\\x1b[0m  {{i % 391}}"
    sys.stdout.write(row + chr(10))
run.log({{"x": 1.0}})
run.finish()
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=env)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--live", action="store_true")
    args = parser.parse_args()
    one(0, "resnet-baseline", 3001)
    one(1, "resnet-lr-0.1", 3001)
    one(2, "resnet-diverged", 1200, "raise")
    one(3, "resnet-killed", 800, "kill")
    cairn.init(project=PROJECT, name="nothing-yet", sample_period_s=0).finish()
    chatter(args.lines)
    if args.live:
        with cairn.init(project=PROJECT, name="live", config=config(2), sample_period_s=1) as run:
            train(run, 2, 1_000_000, 0.05)


if __name__ == "__main__":
    main()
