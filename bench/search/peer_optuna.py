"""Optuna's samplers at their defaults, by define-by-run, which knows conditions by itself."""

from __future__ import annotations

from typing import Any

import optuna
from search.space import Config, Parameter, Space, read_space


class Tpe:
    """The default sampler."""

    def __init__(self, space: Space, seed: int, budget: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.version = f"optuna {optuna.__version__}"
        self.x_parameters = read_space(space)
        self.x_study = optuna.create_study(sampler=self.sampler(seed))
        self.x_trials: dict[int, Any] = {}

    def sampler(self, seed: int) -> Any:
        """What chooses."""
        return optuna.samplers.TPESampler(seed=seed)

    @staticmethod
    def suggest(trial: Any, parameter: Parameter) -> Any:
        """A value as an objective would ask for it; a scale of numbers by its index."""
        name, low, high = parameter.name, parameter.low, parameter.high
        if parameter.is_ordered:
            return parameter.choices[trial.suggest_int(name, 0, len(parameter.choices) - 1)]
        if parameter.kind == "choice":
            return trial.suggest_categorical(name, parameter.choices)
        is_log = parameter.law == "log"
        if parameter.kind == "int":
            return trial.suggest_int(name, int(low), int(high), log=is_log)
        if parameter.law == "logit":
            return parameter.unbent(
                trial.suggest_float(name, parameter.bent(low), parameter.bent(high))
            )
        return trial.suggest_float(name, low, high, log=is_log)

    def ask(self, number: int) -> Config | None:
        """Asks and suggests."""
        trial = self.x_study.ask()
        self.x_trials[number] = trial
        config: Config = {}
        for parameter in self.x_parameters:
            if parameter.is_active(config):
                config[parameter.name] = self.suggest(trial, parameter)
        return config

    def tell(self, number: int, value: float) -> None:
        """Tells."""
        self.x_study.tell(self.x_trials.pop(number), value)


class Gp(Tpe):
    """The Gaussian process of Optuna."""

    def sampler(self, seed: int) -> Any:
        """What chooses."""
        return optuna.samplers.GPSampler(seed=seed)


class Auto(Tpe):
    """By the rule of OptunaHub's AutoSampler below 250 trials: the process, but TPE with choices.

    The sampler itself is code that Optuna loads from a repository at run time.
    """

    def sampler(self, seed: int) -> Any:
        """What chooses."""
        has_choices = any(p.kind == "choice" and not p.is_ordered for p in self.x_parameters)
        if has_choices or any(p.when for p in self.x_parameters):
            return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
        return optuna.samplers.GPSampler(seed=seed)
