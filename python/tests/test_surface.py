"""The package as a whole: its names, its weight, and programs written for another tracker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import cairn


def test_everything_that_is_promised_is_there() -> None:
    assert sorted(cairn.__all__) == cairn.__all__
    for name in cairn.__all__:
        assert hasattr(cairn, name), name
    assert not hasattr(cairn, "no_such_name")


def test_importing_loads_nothing_heavy() -> None:
    program = "import sys, cairn; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(cairn.__file__).parent.parent)},
    ).stdout.split()
    heavy = {
        "numpy",
        "subprocess",
        "http.client",
        "json",
        "inspect",
        "dataclasses",
        "asyncio",
        "ssl",
    }
    assert heavy & set(loaded) == set()


def test_the_type_stub_names_what_the_native_module_has() -> None:
    stub = (Path(cairn.__file__).parent / "_native.pyi").read_text()
    native = sys.modules["cairn._native"]
    for name in vars(native.Run):
        if not name.startswith("__"):
            assert f"def {name}(" in stub, name
    for name in vars(native):
        if not name.startswith("__"):
            assert f"def {name}(" in stub or f"class {name}:" in stub, name


def test_a_program_for_wandb_runs_unmodified(finished: Any, read: Any) -> None:
    script = Path(__file__).parent / "wandb_twenty.py"
    program = f"""
        import sys, runpy, cairn
        sys.modules["wandb"] = cairn
        runpy.run_path({str(script)!r}, run_name="__main__")
    """
    code, out, err = finished(program)
    assert code == 0, err
    record = read(out.split()[-1])
    assert record.project == "twenty"
    assert record.state == "finished"
    assert record.losses == {}
    assert record.config.epochs == 3
    assert record.config.batch_size == 32
    assert record.series("loss").value.tolist() == [1.0, 0.5, 1 / 3]
    assert record.metrics["val/*"]["summary"] == "max"
    types = {r["record"]["type"] for r in record.records()}
    assert types >= {"image", "table", "histogram", "html", "alert"}
    assert [a.name for a in record.artifacts()] == ["net", "data"]
    assert "checkpoint.txt" in record.files()
