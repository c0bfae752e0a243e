"""The twenty calls of wandb that everybody uses, as they are written everywhere."""

import argparse
from pathlib import Path

import numpy as np
import wandb
from wandb import Artifact

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
args = parser.parse_args([])

wandb.login(key="not-needed")
wandb.setup()
run = wandb.init(
    project="twenty",
    entity="team",
    config=args,
    name="first",
    tags=["a", "b"],
    notes="a note",
    group="g",
    job_type="train",
    save_code=True,
    settings=wandb.Settings(start_method="fork", _disable_stats=True),
)
assert wandb.run is run
wandb.config.epochs = 3
wandb.config.update({"batch_size": 32}, allow_val_change=True)
assert wandb.config["lr"] == 0.1
wandb.define_metric("epoch")
wandb.define_metric("val/*", step_metric="epoch", summary="max")
for epoch in range(wandb.config.epochs):
    wandb.log({"loss": 1 / (epoch + 1), "epoch": epoch}, commit=False)
    wandb.log({"val/acc": epoch / 3})
assert run.step == 3
wandb.log({"image": wandb.Image(np.zeros((4, 4, 3)), caption="black")})
table = wandb.Table(columns=["x", "y"])
table.add_data(1, wandb.Image(np.zeros((2, 2))))
wandb.log({"table": table, "hist": wandb.Histogram(np.arange(100))})
wandb.log({"html": wandb.Html("<b>hi</b>")})
wandb.log({"line": wandb.plot.line(wandb.Table(["x", "y"], [[1, 2], [2, 3]]), "x", "y", title="t")})
wandb.log(
    {"cm": wandb.plot.confusion_matrix(y_true=[0, 1], preds=[0, 1], class_names=["cat", "dog"])}
)
wandb.summary["best"] = 0.9
wandb.run.summary.update({"worst": 0.1})
assert wandb.summary.get("loss") == 1 / 3
Path("checkpoint.txt").write_text("weights")
wandb.save("checkpoint.txt")
artifact = Artifact("net", type="model", metadata={"acc": 0.9})
artifact.add_file("checkpoint.txt")
run.log_artifact(artifact, aliases=["best"]).wait()
wandb.log_artifact("checkpoint.txt", name="data", type="dataset")
wandb.alert(title="done", text="all of it", level=wandb.AlertLevel.INFO)
wandb.run.tags += ("late",)
run.name = "renamed"
print(run.id)
wandb.finish()
assert wandb.run is None
