"""What a grid has wasted: how soon a search was as good as all of it.

python examples/against_grid.py digits-grid digits-auto
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

CAIRN = os.environ.get("CAIRN_BINARY", "cairn")
UNITS = {"kwh": "kWh", "gco2e": "gCO2e", "money": "money"}


def trials(sweep: str) -> list[dict[str, Any]]:
    """What has ended, in the order in which it did."""
    shown = subprocess.run(
        [CAIRN, "sweep", "show", sweep, "--json"], check=True, capture_output=True, text=True
    )
    ended = [trial for trial in json.loads(shown.stdout)["trials"] if trial["values"]]
    return sorted(ended, key=lambda trial: int(trial["ended_ns"]))


def cost(of: list[dict[str, Any]], unit: str) -> float | None:
    """The sum; None where one of them is unknown."""
    parts = [trial["cost"][unit] for trial in of]
    return None if None in parts else sum(parts)


def main(grid_id: str, search_id: str) -> None:
    """Compares two sweeps of the same program that make the same metric as high as possible."""
    grid, search = trials(grid_id), trials(search_id)
    goal = max(trial["values"][0] for trial in grid)
    best = max(trial["values"][0] for trial in search)
    reached = [i for i, trial in enumerate(search) if trial["values"][0] >= goal]
    print(f"the grid:   {len(grid)} trials in {cost(grid, 'seconds') or 0:.1f} s, best {goal:.4f}")
    if not reached:
        print(f"the search: {len(search)} trials, best {best:.4f}: the grid was better here")
        return
    used = search[: reached[0] + 1]
    print(f"the search: as good after {len(used)} trials in {cost(used, 'seconds') or 0:.1f} s")
    print(f"            {best:.4f} after all of its {len(search)}")
    seconds = (cost(grid, "seconds") or 0) - (cost(used, "seconds") or 0)
    wasted = [f"{seconds:.1f} s"]
    for unit, name in UNITS.items():
        of_grid, of_search = cost(grid, unit), cost(used, unit)
        known = of_grid is not None and of_search is not None
        wasted.append(f"{of_grid - of_search:.3g} {name}" if known else f"{name} unknown")
    print(f"the grid has wasted {', '.join(wasted)}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
