"""Table: rows and named columns, media among them, logged as one JSON blob."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from cairn.errors import InvalidError
from cairn.media import BlobStore, Media
from cairn.plain import plain

__all__ = ["Table"]


class Table(Media):
    """Rows of cells; a cell is a number, a text, None, a list or a media object.

    `Table(columns=[...], data=[[...], ...])`, `Table(dataframe=frame)`, or rows by add_data().
    Stored as {"columns": [...], "data": [[...], ...]} at the moment it is logged.
    """

    kind = "table"

    def __init__(
        self,
        columns: Sequence[Any] | None = None,
        data: Any = None,
        rows: Any = None,
        dataframe: Any = None,
        dtype: Any = None,
        optional: bool = True,
        allow_mixed_types: bool = False,
        log_mode: str | None = None,
    ) -> None:
        super().__init__(b"", "json")
        if dataframe is None and hasattr(data, "itertuples"):
            dataframe = data
        if dataframe is not None:
            columns = list(dataframe.columns)
            data = dataframe.itertuples(index=False, name=None)
        self.columns: list[str] = [str(c) for c in (columns or ["Input", "Output", "Expected"])]
        self.data: list[list[Any]] = []
        for row in _rows(data if data is not None else rows):
            self.add_data(*row)

    def add_data(self, *cells: Any) -> None:
        """Appends one row; raises InvalidError when it has not one cell for each column."""
        if len(cells) != len(self.columns):
            raise InvalidError(f"expected {len(self.columns)} cells, found {len(cells)}")
        self.data.append(list(cells))

    def add_row(self, *cells: Any) -> None:
        """The same as add_data()."""
        self.add_data(*cells)

    def add_column(self, name: str, data: Iterable[Any]) -> None:
        """Appends a column; raises InvalidError when it has not one cell for each row."""
        cells = list(data)
        if self.data and len(cells) != len(self.data):
            raise InvalidError(f"expected {len(self.data)} cells, found {len(cells)}")
        if not self.data:
            self.data = [[None] * len(self.columns) for _ in cells]
        self.columns.append(str(name))
        for row, cell in zip(self.data, cells):
            row.append(cell)

    def get_column(self, name: str, convert_to: str | None = None) -> Any:
        """The cells of a column, as a list or (convert_to="numpy") an array."""
        index = self.columns.index(name)
        cells = [row[index] for row in self.data]
        if convert_to == "numpy":
            import numpy as np

            return np.asarray(cells)
        return cells

    def get_dataframe(self) -> Any:
        """The table as a pandas frame."""
        import importlib

        return importlib.import_module("pandas").DataFrame(self.data, columns=self.columns)

    def iterrows(self) -> Iterable[tuple[int, list[Any]]]:
        """(index, row) pairs."""
        return enumerate(self.data)

    def record(self, store: BlobStore) -> dict[str, Any]:
        data = [[_cell(cell, store) for cell in row] for row in self.data]
        content = json.dumps({"columns": self.columns, "data": data}, default=plain)
        kept = store._put_bytes(content.encode("utf-8", "backslashreplace"))
        facts = {"rows": len(self.data), "columns": self.columns}
        return {"type": self.kind, "format": self.format, **facts, **self.facts, **kept}


def _rows(data: Any) -> Iterable[Iterable[Any]]:
    if data is None:
        return []
    rows: Iterable[Iterable[Any]] = data.tolist() if hasattr(data, "tolist") else data
    return rows


def _cell(cell: Any, store: BlobStore) -> Any:
    if isinstance(cell, Media):
        return cell.record(store)
    if isinstance(cell, (list, tuple)):
        return [_cell(part, store) for part in cell]
    return cell
