"""Asking the `cairn` program: `cairn recall`, JSON in and JSON out (docs/formats/recall_door.md).

Recall is a guest: whatever goes wrong with it is said once, and training goes on as if nobody had
asked.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cairn import _native, _trace, ranks
from cairn.errors import CorruptError, Error, UnavailableError

if TYPE_CHECKING:
    from cairn.door import Door

__all__ = ["Place", "ask", "forgiving", "look_quietly", "tell_once"]

_WORK_LIMIT_S = 600.0  # for copying outputs, and for reading what a run has read
_QUIET_LIMIT_S = 2.0
_told: set[str] = set()


class Place(NamedTuple):
    """Where runs are kept: a folder, or a server and the folder of its outbox."""

    dir: str
    url: str = ""

    @classmethod
    def of(cls, dir: Any, url: str | None) -> Place:
        """Those of a call's arguments, else of the settings."""
        from cairn.session import _store_dir
        from cairn.settings import Settings, as_text, fall_back

        address = fall_back("url", url, Settings()) if dir is None else url
        return cls(_store_dir(dir), as_text("url", address))

    @property
    def words(self) -> list[str]:
        """As options of the command line."""
        return ["--url", self.url] if self.url else ["--dir", self.dir]

    def door(self) -> Door:
        """To read from it."""
        from cairn.door import choose_door

        return choose_door(None if self.url else self.dir, self.url or None)

    def own_door(self) -> Door:
        """To what is Cairn's own work there: no input of the program."""
        from cairn.door import open_door, open_server

        with _trace.unheard():
            return open_server(self.url) if self.url else open_door(self.dir, is_own=True)


def ask(
    action: str, request: Mapping[str, Any], place: Place | None, limit_s: float = _WORK_LIMIT_S
) -> dict[str, Any]:
    """What `cairn recall ACTION` answers. Raises the errors of cairn.errors."""
    import json
    import subprocess

    from cairn.door import find_binary

    argv = [find_binary(), "recall", action, *(place.words if place else ())]
    # What it reads, the program does not; nor does the program read all variables by this.
    environment = {**_trace.unheard_environment(), b"CAIRN_OWN_CHILD": b"1"}
    try:
        with _trace.unheard():
            done = subprocess.run(
                argv,
                input=json.dumps(request).encode(),
                env=environment,
                capture_output=True,
                timeout=limit_s,
                close_fds=False,  # which are not inherited; so no copy of this process is made
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"expected an answer within {limit_s:g} s, found none") from None
    except OSError as error:
        raise UnavailableError(f"cannot start {argv[0]}: {error}") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        message = said[-1] if said else f"`cairn recall` ended with {done.returncode}"
        raise UnavailableError(message[7:] if message.startswith("cairn: ") else message)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise CorruptError("expected an object of JSON from `cairn recall`, found something else")
    return answer


@contextlib.contextmanager
def forgiving(what: str) -> Any:
    """What goes wrong inside is told once: `what` did not happen."""
    try:
        yield
    except Exception as error:
        tell_once(f"{what}: {error if isinstance(error, Error) else repr(error)}")


def tell_once(sentence: str) -> None:
    """A notice, the first time that it is one."""
    if sentence not in _told:
        _told.add(sentence)
        _native.post_notice(sentence)


def look_quietly(config: Any, place: Place) -> None:
    """For programs that do not speak of reuse: one line when an equal or near run is known.

    It comes a moment later, is looked for beside the program, and never an error. Inside `cairn
    run` that command has shown it; one rank is enough.
    """
    if os.environ.get("CAIRN_QUIET") or os.environ.get("CAIRN_TRACE_DIR") or ranks.rank() > 0:
        return

    def look() -> None:
        with contextlib.suppress(Exception):
            from cairn.plan import Ask, Plan

            plan = Plan.of(config, Ask())
            if plan is None or plan.opaque:
                return
            line = str(ask("look", plan.request, place, _QUIET_LIMIT_S).get("quiet") or "")
            if line:
                _native.post_notice(line[7:] if line.startswith("cairn: ") else line)

    with contextlib.suppress(RuntimeError):  # no more threads
        threading.Thread(target=look, name="cairn-recall", daemon=True).start()
