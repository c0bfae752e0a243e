#!/usr/bin/env python3
"""Checks the walls between rooms: includes, homes of libraries, and what the guest contains.

The build refuses most wrong includes by itself; this says in a sentence what is wrong with them,
and sees what a compiler cannot: a system library used outside its home, a forbidden symbol in the
guest.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core"

# Header prefix of a third-party library -> its target in the room table.
LIBRARY_OF_HEADER = {
    "boost/": "Boost::headers",
    "CLI/": "CLI11::CLI11",
    "Eigen/": "Eigen3::Eigen",
    "curl/": "CURL::libcurl",
    "dtl/": "dtl::dtl",
    "fmt/": "fmt::fmt",
    "openssl/": "OpenSSL::",
    "rapidjson/": "rapidjson",
    "re2/": "re2::re2",
    "sodium": "libsodium::libsodium",
    "sqlite3.h": "SQLite::SQLite3",
    "tl/": "tl::expected",
    "toml++/": "tomlplusplus::tomlplusplus",
    "utf8proc.h": "utf8proc::utf8proc",
    "xxhash.h": "xxhash::xxhash",
    "yaml.h": "libyaml::libyaml",
    "zlib.h": "ZLIB::ZLIB",
    "zstd.h": "zstd::zstd",
}
# What must not be inside a user's training process, as symbols name it.
FORBIDDEN_IN_GUEST = re.compile(r"^(sqlite3_|ZSTD_)|5cairn(5store|6ingest|5query|6server|3cli)")

# What it may ask of the system: all else would be one more thing to find and to collide with.
GUEST_NEEDS = re.compile(r"^(libstdc\+\+|libgcc_s|libm|libc|libdl|libpthread|ld-linux-.*)\.so")


class Room(NamedTuple):
    """One line of the room table in core/CMakeLists.txt."""

    name: str
    guest: bool
    deps: list[str]
    libs: list[str]
    public_libs: list[str]  # their types appear in the room's headers


def parse_rooms(table: str) -> dict[str, Room]:
    """The room table, in its order."""
    rooms = {}
    for call in re.findall(r"^cairn_room\(([^)]*)\)", re.sub(r"\$\{(\w+)\}", r"\1", table), re.M):
        name, *words = call.split()
        lists: dict[str, list[str]] = {"GUEST": [], "DEPS": [], "LIBS": [], "PUBLIC_LIBS": []}
        current = ""
        for word in words:
            if word in lists:
                current = word
            else:
                lists[current].append(word)
        guest = "GUEST" in words
        rooms[name] = Room(name, guest, lists["DEPS"], lists["LIBS"], lists["PUBLIC_LIBS"])
    return rooms


def check_table(rooms: dict[str, Room]) -> Iterator[str]:
    """Every dependency lies below, every folder has a line."""
    below: set[str] = set()
    for room in rooms.values():
        for dep in room.deps:
            if dep not in below:
                yield f"room {room.name}: expected DEPS that stand above it, found {dep}"
            elif room.guest and not rooms[dep].guest:
                yield f"room {room.name}: a guest may use guests only, found {dep}"
        below.add(room.name)
    for folder in sorted(path.name for path in CORE.iterdir() if path.is_dir()):
        if folder not in rooms:
            yield f"expected a line in core/CMakeLists.txt, found none for {folder}"


def list_includes(room: str) -> Iterator[tuple[str, bool, str]]:
    """(place, whether in quotes, header) of every include in a room, its tests included.

    A header beside its includer in a folder of its own below testing/ needs no room in its name.
    """
    for path in sorted((CORE / room).rglob("*.[ch]*")):
        beside = path.parent if path.parent.parent.name == "testing" else None
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if match and not (beside and (beside / match.group(2)).exists()):
                yield f"{path.relative_to(ROOT)}:{number}", match.group(1) == '"', match.group(2)


def library_of(header: str) -> str:
    """The target of the library a header belongs to; empty for the standard library and others."""
    return next((lib for start, lib in LIBRARY_OF_HEADER.items() if header.startswith(start)), "")


def check_includes(rooms: dict[str, Room]) -> Iterator[str]:
    """Every include names a room of the DEPS or a library that is at home in the room."""
    everywhere = {lib for room in rooms.values() for lib in room.public_libs}
    for room in rooms.values():
        allowed = {room.name, *room.deps}
        for place, quoted, header in list_includes(room.name):
            if quoted and header.split("/")[0] not in allowed:
                rule = f"{room.name} may include {' '.join(sorted(allowed))}"
                yield f'{place}: {rule}; found "{header}"'
            library = library_of(header)
            if library and not any(lib.startswith(library) for lib in {*room.libs, *everywhere}):
                yield f"{place}: {library} is not at home in {room.name}; found <{header}>"


def check_guest_needs(module: Path) -> Iterator[str]:
    """The module needs nothing but the C and C++ runtimes."""
    listed = subprocess.check_output(["readelf", "--dynamic", str(module)], text=True)
    for library in re.findall(r"\(NEEDED\).*\[(.+)\]", listed):
        if not GUEST_NEEDS.match(library):
            yield f"expected a guest that needs the C++ runtime only, found {library} ({module})"


def check_guest(build: Path) -> Iterator[str]:
    """The Python module and the C++ client hold nothing of the store and its libraries."""
    binaries = [*build.glob("python/cairn/_native*.so"), *build.glob("package/libcairn_client.a")]
    example = build.glob("package/test/build/*")
    binaries += [path for path in example if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    for path in binaries:
        listed = subprocess.run(["nm", "--quiet", str(path)], capture_output=True, text=True)
        if "5cairn6client" not in listed.stdout:
            yield f"expected the symbols of the client, found none ({path})"
        for line in listed.stdout.splitlines():
            symbol = line.split()[-1] if line.split() else ""
            if FORBIDDEN_IN_GUEST.search(symbol):
                yield f"a guest must not contain {symbol} ({path})"
                break
        if path.suffix == ".so":
            yield from check_guest_needs(path)
    if not any(path.suffix == ".so" for path in binaries):
        yield f"expected the Python module, found none ({build}/python/cairn)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, help="also check the guest binaries of this build")
    arguments = parser.parse_args()

    rooms = parse_rooms((CORE / "CMakeLists.txt").read_text())
    problems = [*check_table(rooms), *check_includes(rooms)]
    if arguments.build:
        problems += check_guest(arguments.build)
    print("\n".join(problems) if problems else f"{len(rooms)} rooms, every wall stands")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
