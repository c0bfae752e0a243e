"""report(): the page for a paper about the runs of a project, in every form that it has.

Nothing is calculated here: numbers, pages and figures come through the read door, as those of
`cairn report` do. What is not known is None, never 0.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cairn.door import Door, choose_door
from cairn.errors import InvalidError
from cairn.reading import View, _default_project

__all__ = ["Plot", "Report", "report"]

_FORMATS = {".html": "html", ".htm": "html", ".md": "md", ".tex": "tex"}
_IN_NOTEBOOK_PX = 720


class Plot(str):
    """A figure as SVG: a text that a notebook draws, and that save() writes."""

    def _repr_svg_(self) -> str:
        return str(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes it to a file."""
        target = Path(path)
        target.write_text(self, encoding="utf-8")
        return target


class Report:
    """The page for a paper. `to_dict()` is what the API answered (docs/api.md)."""

    def __init__(self, door: Door, path: str, query: dict[str, Any]) -> None:
        self._door = door
        self._path = path
        self._query = query
        self._answer: dict[str, Any] = door.get(path, **query)

    @property
    def project(self) -> str:
        """The project."""
        return str(self._answer["project"])

    @property
    def metric(self) -> str | None:
        """The result that runs are compared by; None where nothing says it."""
        metric = self._answer["metric"]
        return None if metric is None else str(metric)

    @property
    def best(self) -> View | None:
        """The run with the best result: `id`, `name`, `result`, `config`."""
        return _view(self._answer["best"])

    @property
    def accounts(self) -> View:
        """Time, energy, money and compute: `total`, `final`, `search`, `by_hardware`, `reached`."""
        return View(self._answer["accounts"])

    @property
    def sensitivity(self) -> View | None:
        """What the result owes to each parameter: `parameters`, `pairs`, `quality`, `reason`."""
        return _view(self._answer["sensitivity"])

    @property
    def expected(self) -> View | None:
        """How good the best of so many runs is expected to be: `curve`, `reason`."""
        return _view(self._answer["expected"])

    @property
    def trend(self) -> View:
        """Compute over time beside the published growth."""
        return View(self._answer["trend"])

    @property
    def checklist(self) -> list[View]:
        """The reproducibility checklist: `id`, `question`, `answer` (or None), `state`."""
        return [View(item) for item in self._answer["checklist"]]

    @property
    def figures(self) -> list[str]:
        """Names of the figures that there is something to draw in."""
        return list(self._answer["figures"])

    def plot(self, figure: str = "importance") -> Plot:
        """A figure: "importance", "contour", "tuning", "best_so_far" or "trend".

        NotFoundError where there is nothing to draw.
        """
        return Plot(self._text("svg", figure=figure))

    def to_html(self) -> str:
        """One file that opens offline."""
        return self._text("html")

    def to_markdown(self) -> str:
        """For a model card."""
        return self._text("md")

    def to_latex(self) -> str:
        """A document that compiles as it is; tables and figures to copy into a paper."""
        return self._text("tex")

    def to_dict(self) -> dict[str, Any]:
        """What the API answered."""
        return dict(self._answer)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page as .html, .md or .tex, by what the file's name ends with."""
        target = Path(path)
        form = _FORMATS.get(target.suffix.lower())
        if form is None:
            raise InvalidError(
                f"expected a file that ends in .html, .md or .tex, found {target.name!r}"
            )
        target.write_text(self._text(form), encoding="utf-8")
        return target

    def _text(self, form: str, **more: Any) -> str:
        return self._door.get_bytes(self._path, **self._query, format=form, **more).decode()

    def _repr_html_(self) -> str:
        page = html.escape(self.to_html())
        style = f"width:100%;height:{_IN_NOTEBOOK_PX}px;border:0"
        return f'<iframe srcdoc="{page}" sandbox style="{style}"></iframe>'

    def __repr__(self) -> str:
        runs = int(self._answer["runs"])
        best = "" if self.best is None else f", best {self.metric} {self.best['result']:.5g}"
        return f"<cairn.Report {self.project}: {runs} runs{best}>"


def report(
    project: str | None = None,
    metric: str | None = None,
    *,
    direction: str | None = None,
    filter: str | None = None,
    sweep: str | None = None,
    zone: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    url: str | None = None,
) -> Report:
    """The page for a paper: `report("digits", metric="val_acc").save("report.html")`.

    `metric`: the result; without it what define_metric(goal=...) or the sweep aims at, and where
    nothing says it the page has no part that needs one. `direction`: "maximize" or "minimize",
    where nothing says it. `filter`, `sweep`: only these runs. `zone`: for carbon. The rest is as in
    runs().
    """
    name = project or _default_project()
    query = {
        "metric": metric,
        "direction": direction,
        "filter": filter,
        "sweep": sweep,
        "zone": zone,
    }
    return Report(choose_door(dir, url), f"/projects/{quote(name)}/report", query)


def _view(members: dict[str, Any] | None) -> View | None:
    return None if members is None else View(members)
