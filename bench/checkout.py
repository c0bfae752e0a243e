"""The Cairn of this checkout and the machine under it: what every benchmark driver starts from."""

from __future__ import annotations

import datetime
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


def environment(build: Path) -> dict[str, str]:
    """Variables under which `import cairn` and the `cairn` program are those of a build folder."""
    modules = sorted((build / "python" / "cairn").glob("_native*.so"))
    if not modules:
        raise SystemExit(f"expected the Python module, found none: build it first ({build})")
    package = build / "bench" / "package" / "cairn"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    sources = (path for path in (ROOT / "python" / "cairn").iterdir() if path.suffix != ".so")
    for source in (*sources, *modules):
        if source.name != "__pycache__":
            (package / source.name).symlink_to(source.resolve())
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CAIRN_", "WANDB_"))}
    return {
        **clean,
        "PYTHONPATH": str(package.parent),
        "CAIRN_BINARY": str(build / "cairn"),
        "CAIRN_SILENT": "1",
    }


def describe_machine() -> dict[str, Any]:
    """What the figures depend on, and nothing that tells whose machine it is."""
    cpu: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        cpu.setdefault(name.strip(), value.strip())
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    file_system = subprocess.run(
        ["stat", "--file-system", "--format=%T", "/tmp"], capture_output=True, text=True
    ).stdout.strip()
    return {
        "cpu": cpu.get("model name", platform.machine()),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 2**20, 1),
        "kernel": platform.release().split("-")[0],
        "file_system": file_system,
        "python": platform.python_version(),
    }


def slug(machine: dict[str, Any]) -> str:
    """The machine in a file name: "amd-epyc-9b14-2-cores"."""
    words = "".join(c if c.isalnum() else " " for c in str(machine["cpu"]).lower()).split()
    dull = {"r", "tm", "cpu", "processor", "with"}
    return "-".join([*[w for w in words if w not in dull][:4], f"{machine['cores']}-cores"])


def load_average() -> float:
    """How many programs wanted a core in the last minute."""
    return round(os.getloadavg()[0], 2)


def today() -> str:
    """The day in the name of a result."""
    return datetime.date.today().isoformat()


def describe(machine: dict[str, Any]) -> str:
    """The machine in one line."""
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}, {machine['file_system']}, Python {machine['python']}"
    )
