"""Result: what an earlier run came to, in the place of running it again."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cairn.errors import NotFoundError
from cairn.values import ARRAYS, VALUE, unpack

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

    from cairn.artifacts import Artifact
    from cairn.reading import RunRecord, View

__all__ = ["Result"]

_MANIFEST = "recall/manifest.json"


class Result:
    """The results of the run `source`, read when they are asked for."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record

    @property
    def source(self) -> str:
        """project/id of the run that made it."""
        return self._record.path

    @property
    def run(self) -> RunRecord:
        """The run that made it."""
        return self._record

    @property
    def config(self) -> View:
        """What that run was told."""
        return self._record.config

    @property
    def metrics(self) -> View:
        """What it came to: its summary."""
        return self._record.summary

    def curve(self, key: str) -> tuple[NDArray[int64], NDArray[float64]]:
        """The steps and values of one series; raises NotFoundError."""
        series = self._record.series(key)
        return series.step, series.value

    def artifact(self, name: str) -> Artifact | Path:
        """The artifact of this name, or the path of a file that it wrote or kept.

        A file that lies in the workspace (outputs are restored) is answered where it is, another is
        fetched into `cairn-results/`. Raises NotFoundError.
        """
        for artifact in self._record.artifacts():
            if artifact.name == name:
                return artifact
        kept = self._record.files()
        if f"outputs/{name}" in kept and os.path.exists(name):
            return Path(name).absolute()
        for file in (f"outputs/{name}", name):
            if file in kept:
                return self._record.download_file(file, Path("cairn-results", name))
        names = [a.name for a in self._record.artifacts()] + [f for f in kept if f[:7] != "recall/"]
        raise NotFoundError(f"expected an artifact or a file of {names}, found {name!r}")

    @property
    def has_value(self) -> bool:
        """Whether it kept what a function of @cairn.experiment returned."""
        return VALUE in self._record.files()

    @cached_property
    def value(self) -> Any:
        """What the function of @cairn.experiment returned; raises NotFoundError for other runs."""
        files = self._record._saved_files()
        if VALUE not in files:
            raise NotFoundError(f"expected a run that kept a value, found {self.source}")
        arrays = self._record.content(files[ARRAYS]) if ARRAYS in files else None
        return unpack(self._record.content(files[VALUE]), arrays)

    @property
    def manifest(self) -> bytes:
        """What identifies that run, as docs/formats/manifest.md has it; raises NotFoundError."""
        files = self._record._saved_files()
        if _MANIFEST not in files:
            raise NotFoundError(f"expected a run with a manifest, found {self.source}")
        return self._record.content(files[_MANIFEST])

    def __repr__(self) -> str:
        return f"<cairn.Result of {self._record.name} ({self.source})>"
