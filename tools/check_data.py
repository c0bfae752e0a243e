#!/usr/bin/env python3
"""Checks the tables of data/: form, units, ranges, names that refer to one another, licences.

Says FILE:LINE and what is wrong, one line each; fails when there is anything to say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

from data_tables import DATA, KEYS, Row, Table, read_table

LICENCES = {
    "Apache-2.0": "../LICENSE",
    "CC-BY-4.0": "LICENSES/CC-BY-4.0.txt",
    "CC-BY-SA-4.0": "LICENSES/CC-BY-SA-4.0.txt",
    "CC0-1.0": "LICENSES/CC0-1.0.txt",
    "MIT": "LICENSES/MIT-codecarbon.txt",
    "ODbL-1.0": "LICENSES/ODbL-1.0.txt",
    "public domain": "",
}
GRAMS_MAX = 2500  # a grid of old lignite plants alone
AVERAGE_GRAMS_MAX = 1500  # a country as it is
DATE = r"20\d\d-[01]\d-[0-3]\d"

# What a cell must look like. An optional one may be empty.
Check = Callable[[str], bool]


def matches(pattern: str) -> Check:
    """The whole cell."""
    return lambda cell: re.fullmatch(pattern, cell) is not None


def between(low: float, high: float) -> Check:
    """A number above `low` and not above `high`."""

    def check(cell: str) -> bool:
        number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
        return number is not None and low < float(cell) <= high

    return check


def optional(check: Check) -> Check:
    """What is unknown is empty."""
    return lambda cell: not cell or check(cell)


TEXT = matches(r"\S(.*\S)?")
ZONE = matches(r"WORLD|[A-Z]{2}(-[A-Z0-9]+)*")
COUNTRY = matches(r"[A-Z]{2}")
PLACE = matches(r"[a-z]+:[a-z0-9-]+")
YEAR = between(1989, 2030)
CURRENCY = matches(r"[A-Z]{3}")
POSITIVE = between(0, 1e6)

INTENSITY: dict[str, Check] = {
    "zone": ZONE,
    "country": optional(COUNTRY),
    "year": YEAR,
    "kind": matches("average|marginal"),
    "scope": matches("lifecycle|direct"),
    "g_per_kwh": between(0, GRAMS_MAX),
    "source": TEXT,
    "release": optional(matches(DATE)),
}
# Columns of each table in order, and how many of the first ones make its key.
FORMS: dict[str, tuple[dict[str, Check], tuple[str, ...]]] = {
    "intensity": (INTENSITY, ("zone", "year", "kind", "scope")),
    "zones": (
        {
            "zone": ZONE,
            "name": TEXT,
            "country": optional(COUNTRY),
            "country_name": optional(TEXT),
            "aliases": optional(TEXT),
        },
        ("zone",),
    ),
    "cloud_regions": ({"place": PLACE, "zone": ZONE, "location": TEXT}, ("place",)),
    "gcp_regions": (
        {
            "place": PLACE,
            "year": YEAR,
            "g_per_kwh": optional(between(0, AVERAGE_GRAMS_MAX)),
            "cfe": optional(between(-1e-9, 1)),
            "scope": matches("lifecycle|direct"),
        },
        ("place", "year"),
    ),
    "pue": (
        {
            "place": matches(r"world|[a-z]+(:[a-z0-9-]+)?"),
            "year": YEAR,
            "pue": between(1, 3),
            "low": optional(between(1, 3)),
            "high": optional(between(1, 3)),
            "source": TEXT,
        },
        ("place", "year"),
    ),
    "devices": (
        {
            "name": TEXT,
            "vendor": TEXT,
            "kind": matches("gpu|tpu|accelerator|cpu"),
            "tdp_w": between(0, 50_000),
            "idle_w": optional(between(0, 5_000)),
            "memory_gb": optional(between(0, 5_000)),
            "year": YEAR,
            "form": TEXT,
            "peak_tflops": optional(POSITIVE),
            "peak_form": optional(matches("fp32|fp16|bf16")),
            "embodied_kg": optional(POSITIVE),
            "aliases": optional(TEXT),
            "source": TEXT,
        },
        ("name",),
    ),
    "cpus": ({"name": TEXT, "tdp_w": between(0, 1000), "source": TEXT}, ("name",)),
    "prices": (
        {
            "what": TEXT,
            "place": optional(TEXT),
            "low": POSITIVE,
            "high": POSITIVE,
            "currency": CURRENCY,
            "unit": matches("hour|kWh|tCO2e"),
            "year": YEAR,
            "source": TEXT,
        },
        ("what", "place", "unit", "year"),
    ),
    "constants": (
        {
            "name": matches(r"[a-z]+(\.[a-z0-9_]+)+"),
            "value": POSITIVE,
            "low": optional(POSITIVE),
            "high": optional(POSITIVE),
            "unit": TEXT,
            "year": YEAR,
            "source": TEXT,
        },
        ("name",),
    ),
}


def check_head(table: Table) -> Iterator[str]:
    """Every table says what it is, where it is from, under which terms, of when."""
    at = f"{table.name}.csv:1"
    for key in KEYS:
        if not table.values(key):
            yield f"{at}: expected a line '# {key}: ...', found none"
        elif key != "source" and len(table.values(key)) > 1:
            yield f"{at}: expected '# {key}:' once"
    if table.values("name") not in ([], [table.name]):
        yield f"{at}: expected the name '{table.name}', found '{table.values('name')[0]}'"
    for licence in table.values("licence"):
        if licence not in LICENCES:
            yield f"{at}: expected a licence of {', '.join(LICENCES)}, found '{licence}'"
        elif LICENCES[licence] and not (DATA / LICENCES[licence]).is_file():
            yield f"{at}: expected the licence's text in data/{LICENCES[licence]}"
    for release in table.values("release"):
        if not re.fullmatch(DATE, release):
            yield f"{at}: expected '# release: YYYY-MM-DD', found '{release}'"
    for years in table.values("year"):
        if not re.fullmatch(r"\d{4}(-\d{4})?", years):
            yield f"{at}: expected '# year: YYYY' or 'YYYY-YYYY', found '{years}'"


def check_rows(table: Table) -> Iterator[str]:
    """Cells one by one, keys once, ranges in order."""
    form = FORMS.get(table.name.split("_")[0]) or FORMS.get(table.name)
    if form is None or table.header != list(form[0]):
        yield f"{table.name}.csv:{table.line(-1)}: expected the columns of a known table"
        return
    columns, key_columns = form
    seen: dict[str, int] = {}
    for index, row in enumerate(table.rows):
        line = table.line(index)
        at = f"{table.name}.csv:{line}"
        if len(row) != len(columns):
            yield f"{at}: expected {len(columns)} cells, found {len(row)}"
            continue
        for (column, check), cell in zip(columns.items(), row):
            if not check(cell):
                yield f"{at}: '{cell}' cannot be the {column}"
        cells = dict(zip(columns, row))
        key = "|".join(cells[column] for column in key_columns).lower()
        if key in seen:
            yield f"{at}: has the key of line {seen[key]} again: {key}"
        seen[key] = line
        ordered = [cells.get(name, "") for name in ("low", "value", "pue", "high")]
        numbers = [float(cell) for cell in ordered if re.fullmatch(r"[\d.]+", cell)]
        if numbers != sorted(numbers):
            yield f"{at}: expected low <= value <= high"
        if cells.get("kind") == "average" and float(cells["g_per_kwh"]) > AVERAGE_GRAMS_MAX:
            yield f"{at}: expected at most {AVERAGE_GRAMS_MAX} g/kWh of a country's mean"


def column_of(table: Table, name: str) -> list[tuple[int, str]]:
    """Lines and cells of a column."""
    at = table.header.index(name)
    return [(table.line(index), row[at]) for index, row in enumerate(table.rows)]


def folded(name: str) -> str:
    """A device's name without its maker, brand, case and spaces."""
    makers = r"\b(nvidia|geforce|tesla|amd|radeon|instinct|intel|google|apple)\b|[^a-z0-9+]"
    return re.sub(makers, "", name.lower())


def check_names(table: Table) -> Iterator[str]:
    """A name or alias means one row."""
    owner: dict[str, Row] = {}
    alias_column = table.header.index("aliases") if "aliases" in table.header else None
    for index, row in enumerate(table.rows):
        aliases = row[alias_column].split(";") if alias_column is not None else []
        names = {row[0], *(alias.strip() for alias in aliases if alias)}
        fold = folded if table.name in ("devices", "cpus") else str.lower
        for name in {fold(name) for name in names}:
            if name in owner:
                at = f"{table.name}.csv:{table.line(index)}"
                yield f"{at}: '{name}' is both '{row[0]}' and '{owner[name][0]}'"
            owner[name] = row


def check_references(tables: dict[str, Table]) -> Iterator[str]:
    """Zones, places and priced devices are those of the other tables."""
    zones = {zone for _, zone in column_of(tables["zones"], "zone")}
    countries = {country for _, country in column_of(tables["zones"], "country")} | {"EU"}
    regions = {place for _, place in column_of(tables["cloud_regions"], "place")}
    providers = {place.split(":")[0] for place in regions} | {"world", "meta"}
    devices = {name for _, name in column_of(tables["devices"], "name")}
    rules: list[tuple[str, str, set[str], str]] = [
        ("cloud_regions", "zone", zones, "a zone of zones.csv"),
        ("gcp_regions", "place", regions, "a region of cloud_regions.csv"),
        ("pue", "place", providers | regions, "a provider or region of cloud_regions.csv"),
        *(
            (name, "zone", zones, "a zone of zones.csv")
            for name in tables
            if name.startswith("intensity_")
        ),
    ]
    for name, column, allowed, wanted in rules:
        for line, cell in column_of(tables[name], column):
            if cell not in allowed:
                yield f"{name}.csv:{line}: expected {wanted}, found '{cell}'"
    prices = tables["prices"]
    for index, row in enumerate(prices.rows):
        is_known = row[1] in countries if row[5] == "kWh" else row[5] != "hour" or row[0] in devices
        if not is_known:
            yield f"prices.csv:{prices.line(index)}: expected a country or a device's name"


def check_all() -> Iterator[str]:
    """All tables, each by itself, then together."""
    tables = {path.stem: read_table(path) for path in sorted(DATA.glob("*.csv"))}
    for table in tables.values():
        yield from check_head(table)
        yield from check_rows(table)
    for name in ("devices", "cpus"):
        yield from check_names(tables[name])
    yield from check_references(tables)
    rows = sum(len(table.rows) for table in tables.values())
    print(f"data: {len(tables)} tables, {rows} rows")


def main() -> int:
    """Prints what is wrong."""
    faults = list(check_all())
    for fault in faults:
        print(f"data/{fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
