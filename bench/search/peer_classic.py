"""Methods without a model of the whole: the prior, Sobol's sequence, hyperopt's TPE, CMA-ES."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from search.space import Config, Parameter, Space, at, draw, read_space


class Prior:
    """Independent draws from the prior."""

    version = "random"

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        self.x_parameters = read_space(space)
        self.x_source = random.Random(seed)

    def ask(self, number: int) -> Config | None:
        """A draw."""
        return draw(self.x_parameters, self.x_source)

    def tell(self, number: int, value: float) -> None:
        """Learns nothing."""


class Sobol:
    """A scrambled Sobol sequence through the prior."""

    version = "scipy's Sobol sequence"

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        from scipy.stats import qmc

        self.x_parameters = read_space(space)
        self.x_sequence = qmc.Sobol(len(self.x_parameters), rng=seed)

    def ask(self, number: int) -> Config | None:
        """The next point."""
        return at(list(self.x_sequence.random(1)[0]), self.x_parameters)

    def tell(self, number: int, value: float) -> None:
        """Learns nothing."""


class Cma:
    """pycma at its defaults in the unit cube, with its handling of whole numbers.

    A generation ends with as many results as its population; what runs then counts for the next.
    """

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        import cma

        self.version = f"cma {cma.__version__}"
        self.x_parameters = read_space(space)
        # Whole numbers and choices are an axis of their own unit, numbers one of [0, 1].
        self.x_widths = [self.width(parameter) for parameter in self.x_parameters]
        is_whole = [parameter.kind != "float" for parameter in self.x_parameters]
        options = {
            "seed": seed + 1,
            "bounds": [[0.0] * len(self.x_widths), list(self.x_widths)],
            "CMA_stds": [width / 4 for width in self.x_widths],
            "integer_variables": [at for at, whole in enumerate(is_whole) if whole],
            "verbose": -9,
        }
        self.x_strategy = cma.CMAEvolutionStrategy([w / 2 for w in self.x_widths], 1.0, options)
        self.x_asked: dict[int, Any] = {}
        self.x_told: list[tuple[Any, float]] = []

    @staticmethod
    def width(parameter: Parameter) -> float:
        """How long an axis is."""
        if parameter.kind == "float":
            return 1.0
        if parameter.kind == "int":
            return parameter.high - parameter.low + 1
        return float(len(parameter.choices))

    def ask(self, number: int) -> Config | None:
        """One more of the generation."""
        point = self.x_strategy.ask(1)[0]
        self.x_asked[number] = point
        cube = np.clip(np.array(point) / self.x_widths, 0.0, 1.0)
        return at(list(cube), self.x_parameters)

    def tell(self, number: int, value: float) -> None:
        """Tells a generation when it is whole."""
        self.x_told.append((self.x_asked.pop(number), value))
        if len(self.x_told) >= self.x_strategy.popsize:
            points, values = zip(*self.x_told)
            self.x_strategy.tell(list(points), list(values))
            self.x_told.clear()


class Hyperopt:
    """hyperopt's TPE at its defaults; conditions as its nested choices."""

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        import hyperopt

        self.version = f"hyperopt {hyperopt.__version__}"
        self.x_hyperopt = hyperopt
        self.x_parameters = {p.name: p for p in read_space(space)}
        tops = [p for p in self.x_parameters.values() if not p.when]
        tree = {p.name: self.node(p, "") for p in tops}
        self.x_domain = hyperopt.base.Domain(lambda config: 0.0, tree)
        self.x_trials = hyperopt.Trials()
        self.x_seeds = np.random.default_rng(seed)
        self.x_documents: dict[int, Any] = {}

    def node(self, parameter: Parameter, path: str) -> Any:
        """A parameter, and below each of its choices the parameters that need it."""
        hp, label = self.x_hyperopt.hp, path + parameter.name
        if parameter.kind == "choice" and not parameter.is_ordered:
            branches = []
            for choice in parameter.choices:
                below = f"{label}={choice}/"
                children = {
                    p.name: self.node(p, below)
                    for p in self.x_parameters.values()
                    if choice in p.when.get(parameter.name, ())
                }
                branches.append({"choice": choice, "below": children})
            return hp.choice(label, branches)
        if parameter.is_ordered:
            return hp.randint(label, len(parameter.choices))
        if parameter.kind == "int":
            low, high = parameter.bent(parameter.low - 0.5), parameter.bent(parameter.high + 0.5)
        else:
            low, high = parameter.bent(parameter.low), parameter.bent(parameter.high)
        if parameter.law == "log":
            whole = parameter.kind == "int"
            return hp.qloguniform(label, low, high, 1) if whole else hp.loguniform(label, low, high)
        whole = parameter.kind == "int"
        return hp.quniform(label, low, high, 1) if whole else hp.uniform(label, low, high)

    def read(self, name: str, said: Any, config: Config) -> None:
        """A node's value and those below it."""
        parameter = self.x_parameters[name]
        if isinstance(said, dict):
            config[name] = said["choice"]
            for child, value in said["below"].items():
                self.read(child, value, config)
        elif parameter.is_ordered:
            config[name] = parameter.choices[int(said)]
        elif parameter.kind == "int":
            config[name] = int(min(max(round(said), parameter.low), parameter.high))
        else:
            config[name] = parameter.unbent(said) if parameter.law == "logit" else float(said)

    def ask(self, number: int) -> Config | None:
        """Its next document, evaluated to a configuration."""
        trials, seed = self.x_trials, int(self.x_seeds.integers(2**31 - 1))
        (document,) = self.x_hyperopt.tpe.suggest(
            trials.new_trial_ids(1), self.x_domain, trials, seed
        )
        self.x_documents[number] = document
        trials.insert_trial_doc(document)
        trials.refresh()
        found = self.x_hyperopt.base.spec_from_misc(document["misc"])
        said = self.x_hyperopt.space_eval(self.x_domain.expr, found)
        config: Config = {}
        for name, value in said.items():
            self.read(name, value, config)
        return config

    def tell(self, number: int, value: float) -> None:
        """Marks the document as done."""
        document = self.x_documents.pop(number)
        for kept in self.x_trials._dynamic_trials:
            if kept["tid"] == document["tid"]:
                kept["state"] = self.x_hyperopt.JOB_STATE_DONE
                kept["result"] = {"loss": value, "status": self.x_hyperopt.STATUS_OK}
        self.x_trials.refresh()
