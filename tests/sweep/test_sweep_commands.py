"""cairn sweep, agent and plan with the real binary and real programs."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest
from lab import PYTHON, Lab

# Logs a curve, as trainings do; `x` near 0.3 ends lowest. What is hopeless takes long.
CURVE = """\
import sys
import time
import cairn
x = float(sys.argv[1])
steps = int(sys.argv[2])
with cairn.init(project="p") as run:
    for step in range(1, steps + 1):
        run.log({"loss": (x - 0.3) ** 2 + 1 / step}, step=step)
        time.sleep(0.05 if x > 1 else 0)
"""
# Waits to be ended, and says when it began.
SLOW = """\
trap 'echo ended >> ended; exit 1' TERM
echo $1 >> began
i=0
while [ $i -lt 400 ] && [ ! -e go ]; do sleep 0.05; i=$((i + 1)); done
echo "loss: $1"
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def wait_for(path: Path, lines: int = 1) -> None:
    until = time.monotonic() + 20
    while not path.exists() or len(path.read_text().splitlines()) < lines:
        assert time.monotonic() < until, f"{path} did not get {lines} lines"
        time.sleep(0.02)


def test_a_sweep_ends_with_its_budget_and_knows_its_best(lab: Lab) -> None:
    sweep = lab.make(method="auto", seed=3, budget={"trials": 14})
    said = lab.agent(sweep)
    shown = lab.show(sweep)
    values = [trial["values"][0] for trial in shown["trials"]]
    assert shown["sweep"]["state"] == "finished"
    assert len(values) == 14
    assert min(values) < 0.01
    best = shown["sweep"]["best"]
    assert abs(best["params"]["x"] - 0.3) < 0.1
    assert "14/14 trials" in said
    assert "the best so far" in said


def test_every_trial_is_a_run_that_says_so(lab: Lab) -> None:
    sweep = lab.make(name="quad", budget={"trials": 2})
    lab.agent(sweep)
    trials = lab.trials(sweep)
    for trial in trials:
        project, run = trial["run"].split("/")
        shown = lab.json("show", run)
        assert project == "p"
        assert shown["meta"]["sweep"] == {"id": sweep, "trial": trial["number"]}
        assert shown["config"]["x"] == trial["params"]["x"]
        assert shown["name"] == f"quad-{trial['number']}"
    assert {trial["state"] for trial in trials} == {"complete"}
    assert all(trial["cost"]["seconds"] > 0 for trial in trials)
    assert all(trial["cost"]["kwh"] > 0 for trial in trials)
    assert all(trial["cost"]["gco2e"] is None for trial in trials), "of no known zone"


def test_a_command_is_a_sweep_without_a_file(lab: Lab) -> None:
    lab.write("fit.sh", 'awk -v x="${1#--x=}" \'BEGIN { print "score " 1 - (x - 2) ^ 2 }\'\n')
    words = ["sweep", "-m", "score", "-g", "maximize", "-b", "6", "--method", "grid", "--json"]
    command = ["--", "sh", "fit.sh", "--x=~choice(1,2,3)"]
    made = json.loads(lab.cairn(*words, *command).stdout)
    assert made["size"] == 3
    lab.agent(made["id"])
    best = lab.show(made["id"])["sweep"]["best"]
    assert best["params"] == {"x": 2}
    assert best["values"] == [1.0]


def test_run_goes_on_as_an_agent(lab: Lab) -> None:
    lab.make(budget={"trials": 3})
    done = lab.cairn("sweep", "sweep.json", "--run", "--jobs", "2", "--sample-period", "0")
    assert "3/3 trials" in done.stdout


def test_two_agents_share_the_trials(lab: Lab) -> None:
    sweep = lab.make(budget={"trials": 12})
    agents = lab.agents(sweep, 2, "--jobs", "2")
    for agent in agents:
        _, errors = agent.communicate(timeout=60)
        assert agent.returncode == 0, errors
    trials = lab.trials(sweep)
    assert len(trials) == 12
    assert len({trial["params"]["x"] for trial in trials}) == 12
    assert len({trial["worker"] for trial in trials}) == 2
    assert len(lab.runs()) == 12


def test_nothing_is_run_twice(lab: Lab) -> None:
    grid = {"method": "grid", "parameters": {"x": {"values": [0.1, 0.2, 0.3]}}, "budget": {}}
    first = lab.make(**grid)
    time.sleep(0.05)  # what was written just now must be older than the runs
    lab.agent(first)
    second = lab.make(**grid)
    said = lab.agent(second)
    assert len(lab.runs()) == 3
    assert all(trial["is_reused"] for trial in lab.trials(second))
    assert "known: p/" in said
    assert lab.show(second)["sweep"]["best"]["params"] == {"x": 0.3}
    lab.write("train.sh", lab.read("train.sh").replace("0.3", "0.1"))
    time.sleep(0.05)
    third = lab.make(**grid)
    lab.agent(third)
    assert len(lab.runs()) == 6, "another program is another matter"
    assert lab.show(third)["sweep"]["best"]["params"] == {"x": 0.1}


def test_settings_that_only_the_environment_tells_are_not_mixed_up(lab: Lab) -> None:
    lab.write("train.sh", 'echo "loss: $(echo "$CAIRN_TRIAL_CONFIG" | tr -dc 0-9)"\n')
    time.sleep(0.05)
    sweep = lab.make(
        method="grid",
        command=["sh", "train.sh"],
        parameters={"x": {"values": [1, 2, 3]}},
        budget={},
    )
    lab.agent(sweep)
    assert {t["params"]["x"]: t["values"][0] for t in lab.trials(sweep)} == {1: 1, 2: 2, 3: 3}


def test_the_trial_of_a_killed_agent_is_handed_out_once_more(lab: Lab) -> None:
    lab.write("train.sh", SLOW)
    sweep = lab.make(budget={"trials": 1})
    agent = lab.start("agent", sweep, "--sample-period", "0")
    wait_for(lab.folder / "began")
    agent.kill()
    agent.communicate()
    wait_for(lab.folder / "ended")  # the kernel ended it
    lab.write("go", "")
    lab.agent(sweep)
    (trial,) = lab.trials(sweep)
    assert trial["state"] == "complete"
    assert trial["attempt"] == 2
    began = lab.read("began").split()
    assert len(began) == 2
    assert len(set(began)) == 1


def test_ctrl_c_gives_the_trial_back_to_others(lab: Lab) -> None:
    lab.write("train.sh", SLOW)
    sweep = lab.make(budget={"trials": 1})
    agent = lab.start("agent", sweep, "--sample-period", "0")
    wait_for(lab.folder / "began")
    agent.send_signal(signal.SIGINT)
    _, errors = agent.communicate(timeout=20)
    assert agent.returncode == 128 + signal.SIGINT, errors
    assert lab.read("ended") == "ended\n"
    assert lab.trials(sweep)[0]["state"] == "waiting"
    lab.write("go", "")
    lab.agent(sweep)
    assert lab.trials(sweep)[0]["state"] == "complete"


def test_a_program_that_always_fails_pauses_its_sweep(lab: Lab) -> None:
    lab.write("train.sh", "echo 'no such data' >&2; exit 3\n")
    sweep = lab.make()
    said = lab.agent(sweep, expect=5)
    shown = lab.show(sweep)["sweep"]
    assert shown["state"] == "paused"
    assert "no such data (exit code 3)" in shown["reason"]
    assert "no such data" in said
    assert len(lab.trials(sweep)) == 3


def test_one_bad_trial_ends_no_sweep(lab: Lab) -> None:
    lab.write("train.sh", '[ "$1" = 2 ] && kill -9 $$\necho "loss: $1"\n')
    sweep = lab.make(method="grid", parameters={"x": {"values": [1, 2, 3]}}, budget={})
    lab.agent(sweep)
    states = {trial["params"]["x"]: trial["state"] for trial in lab.trials(sweep)}
    assert states == {1: "complete", 2: "failed", 3: "complete"}


def test_a_metric_that_was_never_logged_is_said_with_those_that_were(lab: Lab) -> None:
    lab.write("train.py", CURVE)
    sweep = lab.make(
        metric={"name": "lost"},
        command=[PYTHON, "train.py", "${param:x}", "3"],
        budget={"trials": 1},
    )
    lab.agent(sweep)
    (trial,) = lab.trials(sweep)
    assert trial["state"] == "failed"
    assert trial["error"] == (
        "metric 'lost' was never logged; it logged: loss; did you mean 'loss'?"
    )


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_result_that_is_no_number_fails_its_trial(lab: Lab, value: str) -> None:
    lab.write("train.sh", f"echo 'loss: {value}'\n")
    sweep = lab.make(budget={"trials": 1})
    lab.agent(sweep)
    (trial,) = lab.trials(sweep)
    assert trial["state"] == "failed"
    assert "loss" in trial["error"]


def test_a_hopeless_trial_is_stopped_early(lab: Lab) -> None:
    lab.write("train.py", CURVE)
    sweep = lab.make(
        method="grid",
        command=[PYTHON, "train.py", "${param:x}", "400"],
        parameters={"x": {"values": [0.1, 0.2, 0.3, 0.4, 9.0]}},
        early_terminate={"type": "median", "startup_trials": 3},
        budget={},
    )
    lab.agent(sweep)
    last = lab.trials(sweep)[-1]
    assert last["params"] == {"x": 9.0}
    assert last["state"] == "stopped"
    assert last["cost"]["seconds"] < 12
    assert "median" in last["decisions"][-1]["reason"]


def test_a_misspelt_key_is_named(lab: Lab) -> None:
    lab.write("bad.yaml", "metod: grid\nmetric: {name: loss}\nparameters: {x: {values: [1, 2]}}\n")
    done = lab.cairn("sweep", "bad.yaml", expect=2)
    assert "metod" in done.stderr
    assert "method" in done.stderr


def test_a_word_that_is_neither_a_file_nor_a_command_is_explained(lab: Lab) -> None:
    done = lab.cairn("sweep", "pasue", expect=3)
    assert "did you mean 'cairn sweep pause'?" in done.stderr


def test_exponents_are_numbers_in_a_sweep_file(lab: Lab) -> None:
    lab.write(
        "sweep.yaml",
        "metric: {name: loss, goal: minimize}\nparameters:\n"
        "  lr: {distribution: log_uniform_values, min: 1e-5, max: 1e-1}\n",
    )
    made = lab.json("sweep", "sweep.yaml", "--check")["definition"]
    assert made["parameters"]["lr"]["min"] == pytest.approx(1e-5)


def test_a_dry_rule_only_tells(lab: Lab) -> None:
    lab.make(early_terminate={"type": "median"})
    read = lab.json("sweep", "sweep.json", "--check", "--dry-stop")["definition"]
    assert read["early_terminate"]["type"] == "median"
    assert read["early_terminate"]["dry"] is True
    sweep = lab.json("sweep", "sweep.json", "--dry-stop")
    assert sweep["definition"]["early_terminate"]["dry"] is True


def test_sweeps_are_completed_in_the_shell(lab: Lab) -> None:
    sweep = lab.make(name="quad")
    for words in (("agent", ""), ("plan", "q"), ("sweep", "show", "")):
        offered = lab.cairn("__complete", *words).stdout.split()
        assert "quad" in offered
        assert sweep in offered or words[0] == "plan"
    assert "pause" in lab.cairn("__complete", "sweep", "pa").stdout.split()


def test_a_paused_sweep_hands_out_nothing_until_it_is_resumed(lab: Lab) -> None:
    sweep = lab.make(budget={"trials": 2})
    lab.cairn("sweep", "pause", sweep)
    agent = lab.start("agent", sweep, "--sample-period", "0")
    assert agent.stderr is not None
    assert "paused" in agent.stderr.readline()
    assert lab.trials(sweep) == []
    lab.cairn("sweep", "resume", sweep)
    agent.communicate(timeout=30)
    assert agent.returncode == 0
    assert len(lab.trials(sweep)) == 2


def test_a_stopped_sweep_ends_its_trials(lab: Lab) -> None:
    lab.write("train.sh", SLOW)
    sweep = lab.make(budget={"trials": 5})
    agent = lab.start("agent", sweep, "--sample-period", "0")
    wait_for(lab.folder / "began")
    lab.cairn("sweep", "stop", sweep)
    agent.communicate(timeout=40)
    assert agent.returncode == 0
    assert lab.read("ended") == "ended\n"


def test_an_agent_speaks_json(lab: Lab) -> None:
    sweep = lab.make(budget={"trials": 3})
    lines = [json.loads(line) for line in lab.agent(sweep, "--json").splitlines()]
    assert [line["event"] for line in lines] == ["trial"] * 3 + ["end"]
    assert lines[-1]["sweep"]["state"] == "finished"
    assert all(line["trial"]["state"] == "complete" for line in lines[:3])


def test_an_agent_leaves_after_its_count(lab: Lab) -> None:
    sweep = lab.make(budget={"trials": 9})
    lab.agent(sweep, "--count", "2")
    assert len(lab.trials(sweep)) == 2


def test_a_plan_says_what_is_known_and_what_it_would_cost(lab: Lab) -> None:
    lab.write("train.sh", "sleep 0.1\n" + lab.read("train.sh"))
    time.sleep(0.05)
    grid = {"method": "grid", "parameters": {"x": {"values": [0.1, 0.2]}}, "budget": {}}
    lab.agent(lab.make(**grid))
    grid["parameters"] = {"x": {"values": [0.1, 0.2, 0.3, 0.4, 0.5]}}
    sweep = lab.make(**grid)
    for what in ("sweep.json", sweep):
        plan = lab.json("plan", what)
        assert (plan["configurations"], plan["known"], plan["new"]) == (5, 2, 3)
        assert plan["cost"]["seconds"] > 0.3
        assert plan["cost"]["kwh"] is None
    said = lab.cairn("plan", "sweep.json").stdout
    assert "known" in said
    assert "energy, carbon and money unknown" in said
    assert len(lab.trials(sweep)) == 0, "a plan changes nothing"


def test_exported_trials_are_a_table_and_the_transcript_replays(lab: Lab) -> None:
    sweep = lab.make(method="auto", budget={"trials": 7})
    lab.agent(sweep, "--jobs", "2")
    rows = lab.cairn("sweep", "export", sweep).stdout.splitlines()
    assert rows[0].startswith("number,state,run")
    assert "params.x" in rows[0]
    assert "loss" in rows[0]
    assert len(rows) == 8
    lab.cairn("sweep", "export", sweep, "--transcript", "-o", "events.jsonl")
    events = [json.loads(line) for line in lab.read("events.jsonl").splitlines()]
    assert sum(event["kind"] == "ask" for event in events) == 7
    assert lab.json("sweep", "replay", sweep) == {"proposed": 7, "same": 7, "first_other": None}


def test_lists_and_details_are_for_people(lab: Lab) -> None:
    sweep = lab.make(name="quad", budget={"trials": 6})
    lab.agent(sweep)
    assert "quad" in lab.cairn("sweep", "ls").stdout
    said = lab.cairn("sweep", "show", "quad").stdout
    assert "loss as low as possible" in said
    assert "6 of 6: 6 complete" in said
    assert re.search(r"[1-9]\S* kWh", said)
    lab.cairn("sweep", "rm", "quad", "--yes")
    lab.cairn("sweep", "show", sweep, expect=3)
    assert len(lab.runs()) == 6


def test_many_agents_never_get_one_point_twice(lab: Lab) -> None:
    trials = 96
    lab.write("train.sh", 'echo "$1" >> tried\necho "loss: $1"\n')
    sweep = lab.make(method="sobol", budget={"trials": trials})
    agents = lab.agents(sweep, 64)
    wait_for(lab.folder / "tried", 8)
    killed = agents[::8]
    for agent in killed:
        os.kill(agent.pid, signal.SIGKILL)
    for agent in agents:
        _, errors = agent.communicate(timeout=120)
        assert agent in killed or agent.returncode == 0, errors
    told = lab.trials(sweep)
    # A trial whose run had ended when its agent was killed is known when it comes again: it costs
    # nothing of the budget.
    assert len(told) == trials + sum(trial["is_reused"] for trial in told)
    assert len({trial["params"]["x"] for trial in told}) == len(told)
    assert {trial["state"] for trial in told} <= {"complete", "lost", "failed"}
    tried = lab.read("tried").split()
    again = sum(trial["attempt"] - 1 for trial in told)
    assert len(tried) - len(set(tried)) <= again, "only what a killed agent left is run again"


@pytest.mark.parametrize("unit", ["kwh", "gco2e", "money"])
def test_a_budget_of_what_runs_use_ends_the_sweep(lab: Lab, unit: str) -> None:
    lab.write("cairn.toml", '[footprint]\nzone = "FR"\n')
    first = lab.make(name="first", budget={"trials": 1})
    lab.agent(first)
    one = lab.trials(first)[0]["cost"][unit]
    assert one > 0
    sweep = lab.make(name="second", budget={unit: 3 * one, "trials": 60})
    lab.agent(sweep)
    assert lab.show(sweep)["sweep"]["used"][unit] >= 3 * one
    assert 1 <= len(lab.trials(sweep)) < 60
    assert "is used up" in lab.cairn("sweep", "show", sweep).stdout


def test_a_budget_of_what_nobody_can_tell_holds_the_sweep_and_says_what_to_do(lab: Lab) -> None:
    sweep = lab.make(budget={"gco2e": 1.0, "trials": 60})
    lab.agent(sweep, expect=None)
    assert len(lab.trials(sweep)) < 10
    said = lab.cairn("sweep", "show", sweep).stdout
    assert "paused" in said
    assert "CAIRN_ZONE" in said
