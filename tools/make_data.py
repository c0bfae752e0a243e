#!/usr/bin/env python3
"""Makes the rows of those tables of data/ that come from other people's data.

    make_data.py [--owid FILE] [--google FOLDER]

From package registries, fetched once into build/data: zones with their yearly intensity and the
marginal intensity of countries (npm `@tgwf/co2`), processors (PyPI `codecarbon`), names of
countries (PyPI `pycountry`). Two sources are in no registry; their tables stay as they are unless
a copy is given:

    --owid FILE      carbon-intensity-electricity.csv of ourworldindata.org/grapher
    --google FOLDER  data/yearly of github.com/GoogleCloudPlatform/region-carbon-info

What was written by hand stays: the heads of all tables but for their years and release, names and
aliases of zones, processors whose source is not CodeCarbon.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from datetime import date
from pathlib import Path

from data_tables import DATA, Row, format_number, read_table

CACHE = DATA.parent / "build" / "data"

CO2_VERSION, CO2_RELEASE = "0.19.0", "2026-08-22"
CO2_YEARS = range(2021, 2026)
CODECARBON_VERSION, CODECARBON_RELEASE = "3.3.2", "2026-10-23"
PYCOUNTRY_VERSION = "26.2.16"
EMBER_FIRST_YEAR = 2015


def write_table(name: str, rows: list[Row], release: str, years: list[str] | None = None) -> None:
    """Replaces the rows of a table, and in its head the years and the release."""
    table = read_table(DATA / f"{name}.csv")
    told = {"release": release}
    if years:
        told["year"] = f"{min(years)}-{max(years)}" if min(years) < max(years) else years[0]
    table.head = [(key, told.get(key, text)) for key, text in table.head]
    table.rows = rows
    table.write()


# --- sources --------------------------------------------------------------------------------------


def fetched(name: str, *command: str) -> Path:
    """A package's file in the cache, fetched when it is not there."""
    path = CACHE / name
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, cwd=CACHE, check=True, stdout=subprocess.DEVNULL)
    return path


def wheel_text(package: str, version: str, member: str) -> str:
    """A file of a wheel of pure Python."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", "."]
    path = fetched(f"{package}-{version}-py3-none-any.whl", *pip, f"{package}=={version}")
    with zipfile.ZipFile(path) as wheel:
        return wheel.read(member).decode("utf-8")


def co2_data(name: str) -> dict[str, object]:
    """The object `data` of a module of co2.js: JSON, but for its escapes, within JavaScript."""
    package = f"@tgwf/co2@{CO2_VERSION}"
    path = fetched(f"tgwf-co2-{CO2_VERSION}.tgz", "npm", "pack", "--silent", package)
    with tarfile.open(path) as tar:
        member = tar.extractfile(f"package/dist/cjs/data/{name}")
        assert member is not None
        text = re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", member.read().decode("utf-8"))
    start = text.index("const data = ") + len("const data = ")
    value, _ = json.JSONDecoder().raw_decode(text, start)
    assert isinstance(value, dict)
    return value


def countries() -> tuple[dict[str, str], dict[str, str]]:
    """ISO 3166: alpha-3 to alpha-2, and alpha-2 to names."""
    text = wheel_text("pycountry", PYCOUNTRY_VERSION, "pycountry/databases/iso3166-1.json")
    entries = json.loads(text)["3166-1"]
    codes = {entry["alpha_3"]: entry["alpha_2"] for entry in entries}
    names = {entry["alpha_2"]: entry.get("common_name", entry["name"]) for entry in entries}
    return codes | {"XKX": "XK", "OWID_KOS": "XK"}, names | {"XK": "Kosovo"}


# --- tables ---------------------------------------------------------------------------------------


def make_zones_intensity() -> dict[str, str]:
    """intensity_zones.csv; gives names by zone."""
    names: dict[str, str] = {}
    rows: list[Row] = []
    for year in CO2_YEARS:
        for zone, entry in co2_data(f"electricity-maps/yearly_{year}.js").items():
            assert isinstance(entry, dict)
            intensity = entry["carbonIntensity"]
            assert intensity["unit"] == "gCO2eq/kWh"
            names[zone] = entry["zone"]["zoneName"]
            grams = format_number(intensity["value"])
            key = [zone, zone[:2], str(year), "average", "lifecycle"]
            rows.append([*key, grams, "Electricity Maps", ""])
    write_table("intensity_zones", sorted(rows), CO2_RELEASE, [str(year) for year in CO2_YEARS])
    return names


def make_marginal(codes: dict[str, str]) -> set[str]:
    """intensity_marginal.csv, without zeros: what moves a grid of water power is unknown."""
    rows: list[Row] = []
    for code, grams in co2_data("marginal-intensities-2021.min.js").items():
        if code in codes and float(str(grams)) > 0:
            key = [codes[code], codes[code], "2021", "marginal", "direct"]
            rows.append([*key, format_number(grams), "UNFCCC IFI 2021", ""])
    write_table("intensity_marginal", sorted(rows), CO2_RELEASE)
    return {row[0] for row in rows}


def make_countries(owid: Path, codes: dict[str, str]) -> None:
    """intensity_countries.csv from Our World in Data's copy of Ember's yearly data."""
    rows: list[Row] = []
    with owid.open(encoding="utf-8", newline="") as file:
        for _, code, year, grams in list(csv.reader(file))[1:]:
            zone = "WORLD" if code == "OWID_WRL" else codes.get(code, "")
            if zone and int(year) >= EMBER_FIRST_YEAR and float(grams) > 0:
                country = "" if zone == "WORLD" else zone
                number = format_number(round(float(grams), 2))
                rows.append([zone, country, year, "average", "lifecycle", number, "Ember", ""])
    years = [row[2] for row in rows]
    write_table("intensity_countries", sorted(rows), date.today().isoformat(), years)


def make_zones(names: dict[str, str], more: set[str], country_names: dict[str, str]) -> None:
    """zones.csv: all zones of any table of intensities. Rows that are there stay."""
    known = {row[0]: row for row in read_table(DATA / "zones.csv").rows}
    for zone in sorted(set(names) | more):
        country = country_names[zone[:2]]
        name = names.get(zone, country)
        known.setdefault(zone, [zone, name, zone[:2], country, ""])
    write_table("zones", [known[zone] for zone in sorted(known)], CO2_RELEASE)


def cpu_name(name: str) -> str | None:
    """The name as /proc/cpuinfo has it without marks, or None for what no training runs on."""
    name = re.sub("[\u200b\u00ae\u2122]", "", name)
    name = re.sub(r"\(OEM Only\)|\bProcessor\b|X-series|\bAPU\b|\bSoC\b", " ", name)
    name = " ".join(name.split())
    kept = (
        r"AMD (EPYC|Ryzen|Opteron [346]\d\d\d|Athlon (Gold|Silver|\d\d\dG)|FX-)",
        r"Intel (Core (i[3579][- ]|Ultra|[3579] )|Xeon (?!LC|LV|MP|MV|EC|\d\.))",
        r"Intel (Pentium (Gold|Silver|[GJN]\d)|Celeron [GJN]\d|Atom [Cx]\d)",
    )
    return name if any(re.match(pattern, name) for pattern in kept) else None


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts numbers within a name by value."""
    parts = re.split(r"(\d+)", text.lower())
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def make_cpus() -> None:
    """cpus.csv: CodeCarbon's table, trimmed, below what was written by hand."""
    source = "CodeCarbon"
    rows: dict[str, Row] = {}
    member = "codecarbon/data/hardware/cpu_power.csv"
    text = wheel_text("codecarbon", CODECARBON_VERSION, member)
    for given, watts in list(csv.reader(io.StringIO(text)))[1:]:
        name = cpu_name(given)
        if name and re.fullmatch(r"\d+(\.\d+)?", watts):
            rows[name.lower()] = [name, format_number(watts), source]
    for row in read_table(DATA / "cpus.csv").rows:
        if row[2] != source:
            rows[row[0].lower()] = row
    in_order = sorted(rows.values(), key=lambda row: natural(row[0]))
    write_table("cpus", in_order, CODECARBON_RELEASE)


def make_google(folder: Path) -> None:
    """gcp_regions.csv: carbon intensity and carbon-free share of Google's regions by year."""
    rows: list[Row] = []
    for path in sorted(folder.glob("20*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        # The columns of 2019 and 2020 are headed "Lifecycle grid carbon intensity".
        scope = "lifecycle" if path.stem <= "2020" else "direct"
        for region, location, cfe, grams, *_ in lines[1:]:
            if location == "N/A":  # not for sale
                continue
            grams = format_number(grams) if float(grams) > 0 else ""
            cfe = format_number(cfe) if cfe else ""
            rows.append([f"gcp:{region}", path.stem, grams, cfe, scope])
    years = [row[1] for row in rows]
    write_table("gcp_regions", sorted(rows), date.today().isoformat(), years)


def main() -> int:
    """Makes the tables and says how many rows each has."""
    parser = argparse.ArgumentParser(description="Makes the tables of data/ that are generated.")
    parser.add_argument("--owid", type=Path, help="carbon-intensity-electricity.csv")
    parser.add_argument("--google", type=Path, help="folder data/yearly of region-carbon-info")
    options = parser.parse_args()
    codes, country_names = countries()
    names = make_zones_intensity()
    more = make_marginal(codes)
    if options.owid:
        make_countries(options.owid, codes)
    more |= {row[0] for row in read_table(DATA / "intensity_countries.csv").rows} - {"WORLD"}
    make_zones(names, more, country_names)
    make_cpus()
    if options.google:
        make_google(options.google)
    return 0


if __name__ == "__main__":
    sys.exit(main())
