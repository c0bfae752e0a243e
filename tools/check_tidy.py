#!/usr/bin/env python3
"""Checks the style that no compiler knows: sizes, purpose lines, names, unfinished words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70

COMMENT_STARTS: dict[str, str | tuple[str, ...]] = {
    ".cc": "// ",
    ".h": "// ",
    ".ts": "// ",
    ".tsx": "// ",
    ".css": "/* ",
    ".py": ('"""', "# "),
    ".sh": "# ",
    ".cmake": "# ",
    ".toml": "# ",
    "CMakeLists.txt": "# ",
    "Makefile": "# ",
    "run": "# ",  # .ci/run
}

BANNED_FOLDERS = {"util", "utils", "common", "helper", "helpers", "manager", "context", "misc"}
# The brackets keep this file from failing its own check.
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K]|for no[w]|not implemente[d])\b")
PUBLIC_REGISTRY = "https://registry.npmjs.org/"


def list_files() -> list[Path]:
    """Tracked and new files, as git sees them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def read_text(path: Path) -> str | None:
    """The file's text; nothing for what is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def check_purpose(path: Path, lines: list[str]) -> Iterator[tuple[int, str]]:
    """The first line (after a #!) says in a sentence what the file is for."""
    start = COMMENT_STARTS.get(path.name) or COMMENT_STARTS.get(path.suffix)
    if not start:
        return
    at = 1 if lines and lines[0].startswith("#!") else 0
    first = lines[at] if at < len(lines) else ""
    if not first.startswith(start) or len(first.split()) < 3:
        yield at + 1, "expected a first line that says what the file is for"


def blank_out(code: str) -> str:
    """C++ without comments, literals and preprocessor lines, every line kept in its place."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
        r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
        re.S | re.M,
    )
    return pattern.sub(lambda match: "\n" * match.group().count("\n"), code)


TYPE_HEAD = re.compile(r"\b(namespace|class|struct|union|enum)\b[^()=]*$")


def long_cpp_functions(code: str) -> Iterator[tuple[int, int]]:
    """(line, length) of every function, method and lambda at namespace level that is too long."""
    text = blank_out(code)
    scopes: list[tuple[bool, bool, int]] = []  # (is a function, may hold functions, first line)
    head_start = 0
    for match in re.finditer(r"[{};]", text):
        head, at = text[head_start : match.start()], match.start()
        if match.group() == "{":
            is_outer = all(holds for _, holds, _ in scopes)
            is_type = (
                re.search(r"\b(namespace|class|struct|union|enum)\b[^()=]*$", head) is not None
            )
            is_function = is_outer and not is_type and ")" in head
            first = text.count("\n", 0, at - len(head.lstrip())) + 1
            scopes.append((is_function, is_outer and is_type, first))
        elif match.group() == "}" and scopes:
            is_function, _, first = scopes.pop()
            length = text.count("\n", 0, at) + 2 - first
            if is_function and length > FUNCTION_LINES_MAX:
                yield first, length
        head_start = match.end()


def long_python_functions(code: str) -> Iterator[tuple[int, int]]:
    """(line, length) of every function that is too long."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield node.lineno, length


LONG_FUNCTIONS: dict[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    ".cc": long_cpp_functions,
    ".h": long_cpp_functions,
    ".py": long_python_functions,
}
SIZED = {*LONG_FUNCTIONS, ".cmake", ".sh", ".ts", ".tsx"}


def check_sizes(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Files and functions that fit in a head."""
    if path.suffix not in SIZED:
        return
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield 1, f"expected at most {FILE_LINES_MAX} lines, found {lines}"
    find_long = LONG_FUNCTIONS.get(path.suffix)
    for line, length in find_long(text) if find_long else ():
        yield line, f"expected a function of at most {FUNCTION_LINES_MAX} lines, found {length}"


def paths_of_this_machine() -> list[str]:
    """The checkout's own folder and its neighbours: nothing that is committed may name them."""
    parent = ROOT.parent
    if parent in (Path("/"), Path(tempfile.gettempdir()), Path.home()):
        return [str(ROOT)]
    return [f"{parent}/{entry.name}" for entry in parent.iterdir()]


def check_words(path: Path, lines: list[str], machine: list[str]) -> Iterator[tuple[int, str]]:
    """No unfinished business, no paths of somebody's machine, no private registries."""
    is_lock = path.name.endswith(("lock.json", ".lock", "requirements.txt")) or (
        path.name.startswith("requirements")
    )
    for number, line in enumerate(lines, start=1):
        if found := UNFINISHED.search(line):
            yield number, f"expected finished work, found '{found.group()}'"
        if place := next((place for place in machine if place in line), None):
            yield number, f"expected no path of one machine, found {place}"
        if is_lock and (url := re.search(r"https?://\S+", line)):
            if '"resolved"' in line and not url.group().startswith(PUBLIC_REGISTRY):
                yield number, f"expected packages from {PUBLIC_REGISTRY}, found {url.group()}"
            elif path.suffix == ".txt":
                yield number, f"expected no registry in a lock file, found {url.group()}"


def check_file(path: Path, machine: list[str]) -> Iterator[str]:
    """Everything wrong with one file, as `path:line: expected ..., found ...`."""
    where = path.relative_to(ROOT)
    if banned := BANNED_FOLDERS & set(where.parts[:-1]):
        yield f"{where}: expected a folder named after what is in it, found {banned.pop()}/"
    text = read_text(path)
    # Goldens, corpora, results and locks are data: they have no author's style.
    is_data = bool({"golden", "corpus", "results", "data"} & set(where.parts[:-1]))
    if text is None or is_data:
        return
    lines = text.splitlines()
    problems = [*check_sizes(path, text), *check_words(path, lines, machine)]
    if text:
        problems += check_purpose(path, lines)
    for line, problem in problems:
        yield f"{where}:{line}: {problem}"


def main() -> int:
    files = list_files()
    machine = paths_of_this_machine()
    problems = [problem for path in files for problem in check_file(path, machine)]
    print("\n".join(problems) if problems else f"{len(files)} files, all tidy")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
