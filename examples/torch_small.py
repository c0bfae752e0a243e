"""Trains a small PyTorch model on two moons and records it, gradients included.

python examples/torch_small.py --lr 0.01 --epochs 30
"""

from __future__ import annotations

import argparse
import importlib.util
import math

import cairn


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lr", type=float, default=0.01, help="learning rate of Adam")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def train(args: argparse.Namespace, run: cairn.Run) -> None:
    """Trains, logging every epoch."""
    import torch

    torch.manual_seed(args.seed)
    angle = torch.rand(1000) * math.pi
    labels = (torch.rand(1000) < 0.5).float()
    side = 1 - 2 * labels
    points = torch.stack([side * angle.cos() + labels, side * angle.sin() + labels / 2], dim=1)
    points += 0.1 * torch.randn_like(points)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, args.hidden), torch.nn.Tanh(), torch.nn.Linear(args.hidden, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    run.watch(model, log="all", log_freq=5)
    for epoch in range(args.epochs):
        logits = model(points).squeeze(1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        accuracy = ((logits > 0) == (labels > 0)).float().mean()
        run.log({"loss": loss, "acc": accuracy})
        print(f"epoch {epoch:3d}  loss {loss.item():.4f}  acc {accuracy.item():.4f}")


def main() -> None:
    """One recorded training, where PyTorch is installed."""
    if importlib.util.find_spec("torch") is None:
        print("torch_small: PyTorch is not installed here, nothing to train")
        return
    args = parse()
    with cairn.init(project="moons", config=args, job_type="train") as run:
        run.define_metric("acc", summary="max", goal="maximize")
        train(args, run)


if __name__ == "__main__":
    main()
