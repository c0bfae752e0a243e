"""A search method as a child process: `python bench/search/peer.py NAME`, JSON lines in and out.

    {"begin": {"space": {...}, "seed": 3, "budget": 128}}   {"version": "optuna 5.0.0"}
    {"ask": 0}                                              {"config": {...}, "seconds": 0.004}
    {"tell": [0, 0.25]}                                     {"seconds": 0.00001}
    {"best": true}                                          {"best": null}

A configuration of null: the space is exhausted. A best trial of null: the method recommends none of
its own. Seconds are processor time, which other programs disturb less. `begin` may come again.
native.cc speaks the same.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from search.space import Config, Space


class Peer(Protocol):
    """A method, made with (space, seed, budget) for one search to be minimised."""

    version: str

    def ask(self, number: int) -> Config | None:
        """The configuration of the trial of this number, counted from 0."""

    def tell(self, number: int, value: float) -> None:
        """What that trial gave."""


# Name, and where its class is; a class may serve several names.
METHODS = {
    "random": "search.peer_classic:Prior",
    "sobol": "search.peer_classic:Sobol",
    "hyperopt": "search.peer_classic:Hyperopt",
    "cma": "search.peer_classic:Cma",
    "optuna_tpe": "search.peer_optuna:Tpe",
    "optuna49_tpe": "search.peer_optuna:Tpe",
    "optuna_gp": "search.peer_optuna:Gp",
    "optuna_auto": "search.peer_optuna:Auto",
    "smac_hpo": "search.peer_model:SmacForest",
    "smac_blackbox": "search.peer_model:SmacProcess",
    "skopt": "search.peer_model:Skopt",
    "wandb": "search.peer_model:Wandb",
    "hebo": "search.peer_model:Hebo",
    "ax": "search.peer_model:Ax",
    "cairn_python": "search.peer_cairn:Cairn",
}


def make(name: str, space: Space, seed: int, budget: int) -> Peer:
    """A method by its name; loads only its own library."""
    module, _, kind = METHODS[name].partition(":")
    peer: Peer = getattr(importlib.import_module(module), kind)(space, seed, budget)
    return peer


def answer(name: str, peer: Peer | None, line: dict[str, Any]) -> tuple[Peer, dict[str, Any]]:
    """Carries out one line."""
    if "begin" in line:
        peer = make(name, **line["begin"])
        return peer, {"version": peer.version}
    assert peer is not None, "expected begin first"
    if "best" in line:
        return peer, {"best": getattr(peer, "best", lambda: None)()}
    began = time.process_time()
    if "ask" in line:
        config = peer.ask(line["ask"])
        return peer, {"config": config, "seconds": time.process_time() - began}
    peer.tell(*line["tell"])
    return peer, {"seconds": time.process_time() - began}


def plain(value: Any) -> Any:
    """A number of numpy's as one of JSON's."""
    return value.item()


def main() -> None:
    """Answers until its input ends."""
    warnings.simplefilter("ignore")
    # Libraries print as they like; only answers may reach the runner.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer: Peer | None = None
    for line in sys.stdin:
        peer, said = answer(sys.argv[1], peer, json.loads(line))
        print(json.dumps(said, default=plain), file=answers, flush=True)


if __name__ == "__main__":
    main()
