"""The tables of data/ as files: head lines, a CSV header, rows."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
KEYS = ("name", "title", "source", "licence", "year", "release")

Row = list[str]


def format_number(value: object) -> str:
    """A number as short as it can be written."""
    return f"{float(str(value)):.10g}"


@dataclass
class Table:
    """A file data/NAME.csv. Head lines are pairs of key and text; a remark's key is empty."""

    name: str
    header: Row
    head: list[tuple[str, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def values(self, key: str) -> list[str]:
        """All head lines of a key."""
        return [text for name, text in self.head if name == key]

    def line(self, index: int) -> int:
        """The line of the file that a row stands in, as long as no cell has a line break."""
        return len(self.head) + 2 + index

    def write(self) -> None:
        """Writes the file anew."""
        out = io.StringIO()
        for key, text in self.head:
            out.write(f"# {key}: {text}\n" if key else f"# {text}\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        (DATA / f"{self.name}.csv").write_text(out.getvalue(), encoding="utf-8")
        print(f"{self.name}.csv: {len(self.rows)} rows")


def read_table(path: Path) -> Table:
    """Reads a file of data/. Of its head lines those with a known key are no remarks."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    head: list[tuple[str, str]] = []
    while lines and lines[0].startswith("#"):
        text = lines.pop(0)[1:].strip()
        match = re.fullmatch(rf"({'|'.join(KEYS)}): *(.*)", text)
        head.append((match[1], match[2]) if match else ("", text))
    rows = list(csv.reader(lines, strict=True))
    return Table(path.stem, header=rows[0] if rows else [], head=head, rows=rows[1:])
