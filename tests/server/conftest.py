"""Servers that tests ask: of an empty store, where anybody may do anything, and of a filled one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Server, serving
from slow_peers import CutAfter, dribbling
from world import World, build_world


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of an empty store, where everybody of this machine is the admin."""
    with serving(tmp_path / "store") as served:
        yield served


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that hostile peers share: whatever one says to it, the next one finds it well."""
    with serving(tmp_path_factory.mktemp("shared") / "store") as served:
        yield served


@pytest.fixture(scope="session", autouse=True)
def slow(shared: Server) -> Iterator[CutAfter]:
    """Peers that dribble from the first test on."""
    with dribbling(shared) as cut_after:
        yield cut_after


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Tests share it: whoever changes something changes only what it has made."""
    with build_world(tmp_path_factory.mktemp("world")) as built:
        yield built
