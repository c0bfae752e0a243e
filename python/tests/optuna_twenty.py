"""Objectives and calls of Optuna that everybody uses, as they are written everywhere.

Optuna 5.0.0 itself runs this file to its end.
"""

import math

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.WARNING)
STORAGE = "sqlite:///studies.db"


# The first page of the tutorial.
def quadratic(trial):
    x = trial.suggest_float("x", -10, 10)
    return (x - 2) ** 2


study = optuna.create_study()
study.optimize(quadratic, n_trials=20)
assert len(study.trials) == 20
assert study.best_value == quadratic(optuna.trial.FixedTrial(study.best_params))
assert study.best_trial.params == study.best_params
assert study.direction == optuna.study.StudyDirection.MINIMIZE


# A space with conditions and loops, as of scikit-learn and PyTorch models.
def model(trial):
    kind = trial.suggest_categorical("classifier", ["svc", "forest"])
    if kind == "svc":
        score = trial.suggest_float("svc_c", 1e-10, 1e10, log=True)
        score = 1 / (1 + abs(math.log10(score)))
    else:
        depth = trial.suggest_int("max_depth", 2, 32, log=True)
        score = depth / 32
    layers = trial.suggest_int("n_layers", 1, 3)
    for i in range(layers):
        trial.suggest_int(f"n_units_l{i}", 4, 128, step=4)
    dropout = trial.suggest_float("dropout", 0.0, 0.5, step=0.1)
    trial.set_user_attr("kind", kind)
    return score - dropout / 100


study = optuna.create_study(
    study_name="model",
    direction="maximize",
    sampler=optuna.samplers.TPESampler(seed=42, multivariate=True, n_startup_trials=5),
)
study.optimize(model, n_trials=12, timeout=600, show_progress_bar=False)
for trial in study.trials:
    assert trial.state == TrialState.COMPLETE
    assert trial.user_attrs["kind"] == trial.params["classifier"]
    assert ("svc_c" in trial.params) == (trial.params["classifier"] == "svc")
    assert sum(name.startswith("n_units") for name in trial.params) == trial.params["n_layers"]
    assert trial.params["dropout"] in [0.0, 0.1, 0.2, 0.30000000000000004, 0.4, 0.5]
    assert isinstance(trial.distributions["n_layers"], IntDistribution)
    assert trial.duration.total_seconds() >= 0


# Pruning.
def curve(trial):
    lr = trial.suggest_float("lr", 1e-4, 1.0, log=True)
    for step in range(10):
        value = lr * (10 - step)
        trial.report(value, step)
        if trial.should_prune():
            raise optuna.TrialPruned()
    return lr


study = optuna.create_study(
    sampler=optuna.samplers.RandomSampler(seed=0),
    pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1, interval_steps=1),
)
study.optimize(curve, n_trials=15)
pruned = study.get_trials(deepcopy=False, states=[TrialState.PRUNED])
complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
assert len(pruned) + len(complete) == 15
assert pruned
assert all(trial.value == trial.intermediate_values[trial.last_step] for trial in pruned)
assert all(trial.last_step == 9 for trial in complete)


# Failures: NaN, what is caught, what is not.
def risky(trial):
    x = trial.suggest_float("x", 0, 1)
    if trial.number == 1:
        return float("nan")
    if trial.number == 2:
        raise ValueError("out of memory")
    return x


study = optuna.create_study()
study.optimize(risky, n_trials=4, catch=(ValueError,))
assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "FAIL", "COMPLETE"]
try:
    optuna.create_study().optimize(lambda trial: 1 / 0, n_trials=1)
    raise AssertionError
except ZeroDivisionError:
    pass

# Several objectives.
study = optuna.create_study(directions=["minimize", "maximize"])
study.optimize(
    lambda trial: (trial.suggest_float("x", 0, 5) ** 2, trial.suggest_float("y", 0, 3)), n_trials=10
)
assert study.best_trials
assert all(len(trial.values) == 2 for trial in study.best_trials)

# Ask and tell, enqueued and known trials.
study = optuna.create_study(study_name="asked", direction="minimize")
study.enqueue_trial({"x": 0.5})
study.add_trial(
    optuna.trial.create_trial(
        params={"x": 0.1}, distributions={"x": FloatDistribution(0, 1)}, value=0.01
    )
)
trial = study.ask()
x = trial.suggest_float("x", 0, 1)
assert x == 0.5
assert study.tell(trial, x**2).state == TrialState.COMPLETE
trial = study.ask({"x": FloatDistribution(0, 1), "c": CategoricalDistribution(["a", "b"])})
assert trial.params["c"] in "ab"
study.tell(trial, state=TrialState.PRUNED)
trial = study.ask()
study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
assert study.best_value == 0.01

# Callbacks, stopping, several threads, tables, importance.
seen = []


def stop_at_three(study, trial):
    seen.append(trial.number)
    if len(seen) == 3:
        study.stop()


study = optuna.create_study(study_name="again", storage=STORAGE)
study.optimize(quadratic, n_trials=100, callbacks=[stop_at_three])
assert len(study.trials) == 3
study.optimize(quadratic, n_trials=9, n_jobs=3)
assert len(study.trials) == 12
frame = study.trials_dataframe(attrs=("number", "value", "params", "state"))
assert list(frame.columns) == ["number", "value", "params_x", "state"]
assert len(frame) == 12

# Grids, and studies that are there.
space = {"x": [-1, 0, 1], "y": [10, 20]}
study = optuna.create_study(sampler=optuna.samplers.GridSampler(space), study_name="grid")
study.optimize(
    lambda trial: trial.suggest_float("x", -1, 1) + trial.suggest_int("y", 0, 100), n_trials=20
)
assert len({tuple(sorted(trial.params.items())) for trial in study.trials}) == 6
try:
    optuna.create_study(study_name="again", storage=STORAGE)
    raise AssertionError
except optuna.exceptions.DuplicatedStudyError:
    pass
study = optuna.create_study(study_name="again", storage=STORAGE, load_if_exists=True)
assert len(study.trials) == 12
study = optuna.load_study(study_name="again", storage=STORAGE)
assert len(study.trials) == 12
assert "again" in optuna.study.get_all_study_names(storage=STORAGE)
optuna.delete_study(study_name="again", storage=STORAGE)
assert "again" not in optuna.get_all_study_names(storage=STORAGE)
print("all of it")
