"""Peers that fit a model of all results: SMAC, scikit-optimize, W&B's `sweeps`, HEBO, Ax."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
from search.space import Config, Parameter, Space, active_part, read_space


class SmacForest:
    """SMAC's facade for hyperparameters: a random forest. Told that results have no seed."""

    facade = "HyperparameterOptimizationFacade"

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        import importlib.metadata

        import smac
        from ConfigSpace import ConfigurationSpace

        self.version = f"smac {importlib.metadata.version('smac')}"
        self.x_parameters = {p.name: p for p in read_space(space)}
        configurations = ConfigurationSpace(seed=seed)
        for parameter in self.x_parameters.values():
            configurations.add(self.form(parameter))
        for parameter in self.x_parameters.values():
            if parameter.when:
                configurations.add(self.condition(configurations, parameter))
        self.x_folder = tempfile.TemporaryDirectory()
        scenario = smac.Scenario(
            configurations,
            output_directory=self.x_folder.name,
            deterministic=True,
            n_trials=budget,
            seed=seed,
        )
        self.x_smac = getattr(smac, self.facade)(
            scenario, lambda config, seed=0: 0.0, overwrite=True, logging_level=False
        )
        self.x_asked: dict[int, Any] = {}

    @staticmethod
    def form(parameter: Parameter) -> Any:
        """A parameter in ConfigSpace's words."""
        import ConfigSpace as forms  # noqa: N813 - the library's own name

        name, is_log = parameter.name, parameter.law == "log"
        if parameter.is_ordered:
            return forms.OrdinalHyperparameter(name, list(parameter.choices))
        if parameter.kind == "choice":
            return forms.CategoricalHyperparameter(name, list(parameter.choices))
        if parameter.kind == "int":
            bounds = (int(parameter.low), int(parameter.high))
            return forms.UniformIntegerHyperparameter(name, *bounds, log=is_log)
        low, high = parameter.low, parameter.high
        if parameter.law == "logit":
            low, high = parameter.bent(low), parameter.bent(high)
        return forms.UniformFloatHyperparameter(name, low, high, log=is_log)

    @staticmethod
    def condition(configurations: Any, parameter: Parameter) -> Any:
        """When a parameter exists; the problems here name one parent."""
        import ConfigSpace as forms  # noqa: N813

        ((parent, values),) = parameter.when.items()
        return forms.InCondition(
            configurations[parameter.name], configurations[parent], list(values)
        )

    def ask(self, number: int) -> Config | None:
        """Its next configuration; none where it has run out of new ones."""
        try:
            info = self.x_smac.ask()
        except StopIteration:
            return None
        self.x_asked[number] = info
        config = {}
        for name, said in dict(info.config).items():
            parameter = self.x_parameters[name]
            config[name] = parameter.unbent(said) if parameter.law == "logit" else said
        return config

    def tell(self, number: int, value: float) -> None:
        """Tells the cost."""
        from smac.runhistory.dataclasses import TrialValue

        self.x_smac.tell(self.x_asked.pop(number), TrialValue(cost=value))


class SmacProcess(SmacForest):
    """SMAC's facade for black boxes: a Gaussian process."""

    facade = "BlackBoxFacade"


class Skopt:
    """scikit-optimize's Optimizer at its defaults; running trials as its constant liar."""

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        import skopt
        from skopt.space import Categorical, Integer, Real

        self.version = f"scikit-optimize {skopt.__version__}"
        self.x_parameters = read_space(space)
        forms: list[Any] = []
        for p in self.x_parameters:
            prior = "log-uniform" if p.law == "log" else "uniform"
            if p.is_ordered:
                forms.append(Integer(0, len(p.choices) - 1))
            elif p.kind == "choice":
                forms.append(Categorical(list(p.choices)))
            elif p.kind == "int":
                forms.append(Integer(int(p.low), int(p.high), prior=prior))
            elif p.law == "logit":
                forms.append(Real(p.bent(p.low), p.bent(p.high)))
            else:
                forms.append(Real(p.low, p.high, prior=prior))
        self.x_optimizer = skopt.Optimizer(forms, random_state=seed)
        self.x_asked: dict[int, list[Any]] = {}

    def ask(self, number: int) -> Config | None:
        """The first of its points that does not run already."""
        points = self.x_optimizer.ask(n_points=len(self.x_asked) + 1)
        point = next((p for p in points if p not in self.x_asked.values()), points[-1])
        self.x_asked[number] = point
        config: Config = {}
        for parameter, said in zip(self.x_parameters, point):
            if parameter.is_ordered:
                config[parameter.name] = parameter.choices[said]
            else:
                is_logit = parameter.law == "logit"
                config[parameter.name] = parameter.unbent(said) if is_logit else said
        return active_part(config, self.x_parameters)

    def tell(self, number: int, value: float) -> None:
        """Tells a point's value."""
        self.x_optimizer.tell(self.x_asked.pop(number), value)


class Wandb:
    """W&B's `bayes`, by the package that W&B's own controller runs."""

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        import sweeps

        self.version = f"sweeps {sweeps.__version__}"
        self.x_sweeps = sweeps
        self.x_parameters = read_space(space)
        # It draws from numpy's global state.
        np.random.seed(seed)
        forms = dict(space["parameters"])
        for p in self.x_parameters:
            if p.law == "logit":
                forms[p.name] = {"min": p.bent(p.low), "max": p.bent(p.high)}
        self.x_document = {
            "method": "bayes",
            "metric": {"name": "loss", "goal": "minimize"},
            "parameters": forms,
        }
        self.x_runs: dict[int, Any] = {}

    def ask(self, number: int) -> Config | None:
        """The next run."""
        run = self.x_sweeps.next_run(self.x_document, list(self.x_runs.values()))
        run.state = self.x_sweeps.RunState.running
        self.x_runs[number] = run
        config: Config = {}
        for p in self.x_parameters:
            said = run.config[p.name]["value"]
            config[p.name] = p.unbent(said) if p.law == "logit" else said
            if p.kind == "int":
                config[p.name] = int(said)
        return active_part(config, self.x_parameters)

    def tell(self, number: int, value: float) -> None:
        """The run's summary."""
        run = self.x_runs[number]
        run.state = self.x_sweeps.RunState.finished
        run.summary_metrics = {"loss": value}


class Hebo:
    """HEBO at its defaults."""

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        import importlib.metadata

        import torch
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO

        self.version = f"HEBO {importlib.metadata.version('HEBO')}"
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        np.random.seed(seed)
        self.x_parameters = read_space(space)
        forms = DesignSpace().parse([self.form(p) for p in self.x_parameters])
        self.x_hebo = HEBO(forms, scramble_seed=seed)
        self.x_asked: dict[int, Any] = {}

    @staticmethod
    def form(p: Parameter) -> dict[str, Any]:
        """A parameter in HEBO's words."""
        if p.is_ordered:
            return {"name": p.name, "type": "int", "lb": 0, "ub": len(p.choices) - 1}
        if p.kind == "choice":
            if set(p.choices) == {False, True}:
                return {"name": p.name, "type": "bool"}
            return {"name": p.name, "type": "cat", "categories": list(p.choices)}
        is_log = p.law == "log"
        if p.kind == "int":
            kind = "pow_int" if is_log else "int"
            return {"name": p.name, "type": kind, "lb": int(p.low), "ub": int(p.high)}
        if p.law == "logit":
            return {"name": p.name, "type": "num", "lb": p.bent(p.low), "ub": p.bent(p.high)}
        return {"name": p.name, "type": "pow" if is_log else "num", "lb": p.low, "ub": p.high}

    def ask(self, number: int) -> Config | None:
        """One suggestion."""
        table = self.x_hebo.suggest(n_suggestions=1)
        self.x_asked[number] = table
        config: Config = {}
        for p in self.x_parameters:
            said = table[p.name].iloc[0]
            if p.is_ordered:
                config[p.name] = p.choices[int(said)]
            elif p.kind == "choice":
                config[p.name] = p.choices[p.choices.index(said)]
            elif p.kind == "int":
                config[p.name] = int(said)
            else:
                config[p.name] = p.unbent(float(said)) if p.law == "logit" else float(said)
        return active_part(config, self.x_parameters)

    def tell(self, number: int, value: float) -> None:
        """One observation."""
        self.x_hebo.observe(self.x_asked.pop(number), np.array([[value]]))


class Ax:
    """Ax's client at its defaults."""

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        import ax
        import torch
        from ax.api.client import Client

        self.version = f"ax {ax.__version__}"
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        self.x_parameters = {p.name: p for p in read_space(space)}
        self.x_client = Client(random_seed=seed)
        self.x_client.configure_experiment([self.form(p) for p in self.x_parameters.values()])
        self.x_client.configure_optimization("-loss")
        self.x_indices: dict[int, int] = {}

    def form(self, p: Parameter) -> Any:
        """A parameter in Ax's words, with those that depend on it."""
        from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

        if p.kind == "choice":
            below = {
                choice: [
                    c.name for c in self.x_parameters.values() if choice in c.when.get(p.name, ())
                ]
                for choice in p.choices
            }
            below = {choice: names for choice, names in below.items() if names}
            kind: Any = type(p.choices[0]).__name__
            return ChoiceParameterConfig(
                p.name, list(p.choices), kind, p.is_ordered or None, below or None
            )
        if p.kind == "int":
            scaling: Any = "log" if p.law == "log" else "linear"
            bounds = (int(p.low), int(p.high))
            return RangeParameterConfig(p.name, bounds, "int", scaling=scaling)
        if p.law == "logit":
            return RangeParameterConfig(p.name, (p.bent(p.low), p.bent(p.high)), "float")
        scaling = "log" if p.law == "log" else "linear"
        return RangeParameterConfig(p.name, (p.low, p.high), "float", scaling=scaling)

    def ask(self, number: int) -> Config | None:
        """One trial."""
        ((index, said),) = self.x_client.get_next_trials(1).items()
        self.x_indices[number] = index
        config: Config = {}
        for name, value in said.items():
            p = self.x_parameters[name]
            config[name] = p.unbent(value) if p.law == "logit" else value
        return active_part(config, list(self.x_parameters.values()))

    def tell(self, number: int, value: float) -> None:
        """Completes it."""
        self.x_client.complete_trial(self.x_indices.pop(number), {"loss": value})
