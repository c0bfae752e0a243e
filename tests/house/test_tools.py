"""Rules of the gates themselves: each must be able to fail, and for the right reason."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import check_rooms  # noqa: E402
import check_tidy  # noqa: E402
import run_tests  # noqa: E402


def test_a_long_function_is_found_at_its_first_line_and_a_long_class_is_not() -> None:
    body = "    x_n += '{' + \"}\"[0];  // }\n" * check_tidy.FUNCTION_LINES_MAX
    code = f"namespace n {{\nclass C {{\n  void f() {{\n{body}  }}\n  void g() {{}}\n}};\n}}\n"
    assert list(check_tidy.long_cpp_functions(code)) == [(3, check_tidy.FUNCTION_LINES_MAX + 2)]


def test_a_long_python_function_is_found() -> None:
    code = "def f():\n" + "    pass\n" * check_tidy.FUNCTION_LINES_MAX
    assert list(check_tidy.long_python_functions(code)) == [(1, check_tidy.FUNCTION_LINES_MAX + 1)]


@pytest.mark.parametrize("word", ["TO" + "DO", "for " + "now", "FIX" + "ME"])
def test_unfinished_business_is_found(word: str) -> None:
    lines = ["all is well", f"// {word}: more"]
    found = list(check_tidy.check_words(ROOT / "x.cc", lines, machine=[]))
    assert found == [(2, f"expected finished work, found '{word}'")]


def test_a_private_registry_in_a_lock_file_is_found() -> None:
    lines = [
        '"resolved": "https://packages.example/a.tgz"',
        '"resolved": "https://registry.npmjs.org/a"',
    ]
    found = list(check_tidy.check_words(ROOT / "package-lock.json", lines, machine=[]))
    assert [line for line, _ in found] == [1]


def test_a_file_without_a_purpose_line_is_found() -> None:
    assert list(check_tidy.check_purpose(ROOT / "core/a.h", ["#pragma once"]))
    assert not list(check_tidy.check_purpose(ROOT / "core/a.h", ["// What a is for."]))
    assert not list(
        check_tidy.check_purpose(ROOT / "a.py", ["#!/usr/bin/env python3", '"""What a is for."""'])
    )


TABLE = """
cairn_room(base  GUEST PUBLIC_LIBS fmt::fmt)
cairn_room(store DEPS base LIBS SQLite::SQLite3)
cairn_room(guest GUEST DEPS base store LIBS ${CMAKE_DL_LIBS})
cairn_room(early DEPS late)
cairn_room(late  DEPS base)
"""


def test_a_guest_on_the_store_and_a_room_on_one_above_it_are_found() -> None:
    problems = list(check_rooms.check_table(check_rooms.parse_rooms(TABLE)))
    assert "room guest: a guest may use guests only, found store" in problems
    assert "room early: expected DEPS that stand above it, found late" in problems


def test_a_wrong_include_and_a_library_away_from_home_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("base", "store", "guest", "early", "late"):
        (tmp_path / "core" / room).mkdir(parents=True)
    (tmp_path / "core/late/a.cc").write_text('#include "store/x.h"\n#include <sqlite3.h>\n')
    (tmp_path / "core/store/b.cc").write_text('#include "base/x.h"\n#include <sqlite3.h>\n')
    monkeypatch.setattr(check_rooms, "ROOT", tmp_path)
    monkeypatch.setattr(check_rooms, "CORE", tmp_path / "core")
    problems = list(check_rooms.check_includes(check_rooms.parse_rooms(TABLE)))
    assert problems == [
        'core/late/a.cc:1: late may include base late; found "store/x.h"',
        "core/late/a.cc:2: SQLite::SQLite3 is not at home in late; found <sqlite3.h>",
    ]


@pytest.mark.parametrize(
    "symbol", ["sqlite3_open", "_ZN5cairn5store5Store4openEv", "ZSTD_compress"]
)
def test_what_a_guest_must_not_contain_is_recognised(symbol: str) -> None:
    assert check_rooms.FORBIDDEN_IN_GUEST.search(symbol)


def test_a_test_that_could_not_run_has_failed_and_a_skipped_one_is_neither(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    gone = '<skipped message="Unable to find executable"/>'
    skipped = '<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'
    report.write_text(
        '<testsuite><testcase name="good" status="run"/>'
        '<testcase name="bad" status="fail"><failure message=""/></testcase>'
        f'<testcase name="gone" status="notrun">{gone}</testcase>'
        f'<testcase name="skipped" status="notrun">{skipped}</testcase></testsuite>'
    )
    assert str(run_tests.count_report(report, 8, show_output=True)) == "1 passed, 2 failed"


def test_a_runner_that_died_without_a_failing_test_is_a_failure(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuite><testcase name="good" status="run"/></testsuite>')
    assert run_tests.count_report(report, 2, show_output=True).failed == 1
    assert run_tests.count_report(tmp_path / "none.xml", 0, show_output=True).failed == 1
