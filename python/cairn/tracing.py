"""What a run read and wrote, as far as Python alone can tell, kept so that the next one can hit.

`cairn run` watches a program from outside. A program that asks for itself is watched from within
(cairn._trace), from `import cairn` on where its text speaks of reuse. What was not watched is said,
and a run of which something was not watched is never reused without asking.

All runs of one process share what was read, since what one loaded the next may have used; what was
written belongs to the run that wrote it.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from cairn import _native, _trace, hooks
from cairn.recall_door import ask, forgiving

if TYPE_CHECKING:
    from cairn.live_run import Run
    from cairn.plan import Plan
    from cairn.recall_door import Place
    from cairn.result import Result

__all__ = ["Watch", "begin", "start_early", "tell_parent"]

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_CLOCK_OF_FILES = 5  # CLOCK_REALTIME_COARSE, which stamps them
_INTERRUPTED = 130
_SHIM = "/cairn_trace.so"
# Calls in the body of modules that everybody makes, and that read nothing.
_HARMLESS = {"NamedTuple", "NewType", "Path", "TypeVar", "append", "compile", "dataclass"}
_HARMLESS |= {"dirname", "field", "frozenset", "getLogger", "insert", "namedtuple", "tuple"}


class _Lines:
    """Lines of one trace: kept in memory until there is a folder, then in its file at once.

    A forked child has a file of its own there.
    """

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self._waiting: list[str] = []
        self._seen: set[int] = set()  # hashes: a data set may have a million files

    def add(self, line: str) -> None:
        what = hash(line)
        if what in self._seen:
            return
        self._seen.add(what)
        if self.folder:
            _append(self.folder, line)
        else:
            self._waiting.append(line)

    def move_to(self, folder: str) -> None:
        _append(folder, "".join(self._waiting))
        self.folder, self._waiting = folder, []


class _Witness:
    """Hears the recorder of this process; one for all its runs."""

    def __init__(self) -> None:
        self.began_ns = time.clock_gettime_ns(_CLOCK_OF_FILES)
        self.shared = _Lines()
        self.watches: list[Watch] = []
        self._lock = threading.RLock()

    def say(self, letter: str, text: str) -> None:
        if text.startswith(_PACKAGE):
            return
        line = letter + text.replace("\n", "\t") + "\n"
        with self._lock:
            watches = self.watches
            if letter in "wf":
                for watch in watches:
                    watch.written.add(text)
            elif letter not in "rax" or not any(text in watch.written for watch in watches):
                self.shared.add(line)
            for watch in watches:
                watch.lines.add(line)

    def add(self, watch: Watch) -> None:
        with self._lock:
            if not self.shared.folder:
                folder = f"{watch.folder}-process"
                os.mkdir(folder, 0o700)
                self.shared.move_to(folder)
                atexit.register(_remove_own, folder, os.getpid())
            for entry in os.scandir(self.shared.folder):  # what was read before it began
                shutil.copyfile(entry.path, f"{watch.folder}/before-{entry.name}")
            self.watches.append(watch)

    def remove(self, watch: Watch) -> None:
        with self._lock:
            if watch not in self.watches:
                return
            self.watches.remove(watch)
            for entry in os.scandir(self.shared.folder):  # and what its forked children read
                shutil.copyfile(entry.path, f"{watch.folder}/before-{entry.name}")


class Watch:
    """One run that is watched, from begin() to keep() or drop()."""

    def __init__(self, plan: Plan, place: Place, folder: str) -> None:
        self.plan = plan
        self.place = place
        self.folder = folder
        self.lines = _Lines(folder)
        self.written: set[str] = set()
        self._lock = _lock(folder)

    def unseal(self, why: str) -> None:
        """Says why it is not to be reused."""
        self.lines.add("u" + why.replace("\n", "\t") + "\n")

    def end(self, run: Run, exit_code: int) -> None:
        """Keeps what it read with the run, and what it wrote where that could be reused."""
        try:
            if run.disabled or exit_code == _INTERRUPTED:  # whoever did that wants to be gone
                return
            with forgiving("not kept for recall"), _trace.unheard():
                self._keep(run, exit_code)
        finally:
            self.drop()

    def _keep(self, run: Run, exit_code: int) -> None:
        assert _witness is not None
        if exit_code == 0 and hooks.Ending.is_at_exit and (name := _raiser_of_exits()):
            self.unseal(f"'raise SystemExit' in {name} hides the exit code: use sys.exit()")
        _witness.remove(self)
        request = {
            **self.plan.request,
            "trace": self.folder,
            "others": [watch.folder for watch in _witness.watches],
            "began_ns": _witness.began_ns,
            "store": run.store_dir,
            "is_watched": False,
            "native": _mapped_objects(),
            "has_finished": exit_code == 0,
        }
        kept = ask("keep", request, self.place)
        for output in kept.get("outputs") or []:
            run._save_file(Path(output["path"]), str(output["name"]))
        name = str(kept.get("name") or "recall/manifest.json")
        blob = run._keep_bytes(str(kept["manifest"]).encode(), name)
        run._add_capture({"recall": {**kept["facts"], "manifest": blob["sha256"]}})

    def drop(self) -> None:
        """Forgets it."""
        with contextlib.suppress(OSError), _trace.unheard():
            if _witness is not None:
                _witness.remove(self)
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _lock(folder: str) -> int | None:
    """Says that the folder's run goes on (core/trace/neighbours.h), until it is closed."""
    with contextlib.suppress(OSError, ImportError):
        import fcntl

        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    return None


_witness: _Witness | None = None


def start_early() -> None:
    """Watches this process from `import cairn` on."""
    with contextlib.suppress(Exception):
        _start()


def begin(plan: Plan, place: Place) -> Watch | None:
    """Watches a run that begins now; None, told once, where that cannot be."""
    from cairn import ranks

    with forgiving("not traced"), _trace.unheard():
        is_late = _witness is None
        witness = _start()
        trace = ask("trace", {}, None)
        watch = Watch(plan, place, str(trace["folder"]))
        witness.add(watch)
        if is_late:
            watch.unseal(
                "what was read before cairn.init() was not watched: set CAIRN_REUSE, or use "
                "'cairn run'"
            )
        if ranks.is_distributed():
            watch.unseal("the other ranks were not watched: use 'cairn run'")
        for path in plan.opaque:
            watch.unseal(f"a setting that cannot be compared: {path}")
        return watch
    return None


def inherit(result: Result) -> None:
    """What took the results of another run was made from what that run had read."""
    _trace.say_to_shim("u", f"it took the results of {result.source}")
    witness = _witness
    if witness is None:
        return
    try:
        with _trace.unheard():
            for letter, text in _lines_of(json.loads(result.manifest)["record"]):
                witness.say(letter, text)
    except Exception as error:
        witness.say("u", f"what {result.source} had read is not known: {error!r}")


def _lines_of(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A dependency record (docs/formats/trace.md) as the lines of a trace in this workspace."""
    root = _project_root()

    def path_of(name: str) -> str:
        return os.path.normpath(os.path.join(root, os.path.expanduser(name)))

    for one in record.get("inputs") or []:
        path = path_of(one["path"])
        files = [entry.path for entry in os.scandir(path)] if one.get("files") else [path]
        yield from (("l" if one["kind"] == "native" else "r", file) for file in files)
    for letter, list_name in (("t", "listings"), ("w", "outputs")):
        yield from ((letter, path_of(one["path"])) for one in record.get(list_name) or [])
    for letter, list_name in (("a", "absent"), ("x", "present"), ("f", "made")):
        yield from ((letter, path_of(name)) for name in record.get(list_name) or [])
    yield from (("e", one["name"]) for one in record.get("environment") or [])
    for one in record.get("imports") or []:
        origin = one["origin"]
        is_file = "/" in origin or origin.endswith((".py", ".so"))
        yield "m", f"{one['module']}\n{path_of(origin) if is_file else origin}"
    yield from (("s", f"{one['call']}\n{one['value']}") for one in record.get("seeds") or [])


def _project_root() -> str:
    """The nearest folder above with .git or cairn.toml, else the working folder."""
    here = folder = os.getcwd()
    while len(folder) > 1:
        if any(os.path.exists(os.path.join(folder, sign)) for sign in (".git", "cairn.toml")):
            return folder
        folder = os.path.dirname(folder)
    return here


def tell_parent(plan: Plan, source: str = "") -> None:
    """Inside `cairn run`: leaves the program's own configuration in the trace's folder."""
    folder = os.environ.get("CAIRN_TRACE_DIR")
    if not folder or not plan.request.get("config"):
        return
    said = {**plan.request, **({"source": source} if source else {})}
    part = os.path.join(folder, f"program.json.{os.getpid()}")
    with contextlib.suppress(OSError), _trace.unheard():
        with open(part, "w", encoding="utf-8") as file:
            json.dump(said, file)
        os.replace(part, os.path.join(folder, "program.json"))


def _start() -> _Witness:
    global _witness
    if _witness is None:
        _witness = _Witness()
        _trace.start(say=_witness.say)
        _say_what_is_there(_witness)
    return _witness


def _say_what_is_there(witness: _Witness) -> None:
    """Modules that were imported before anybody listened, and whatever they may have read."""
    for name, path in _loaded_files():
        if path.startswith(_PACKAGE):
            continue
        is_native = not path.endswith(".py")
        witness.say("l" if is_native else "r", path)
        if name != "__main__":
            witness.say("m", f"{name}\n{path}")
        if not is_native and _is_of_project(path):
            _say_why_not_inert(witness, name, _read(path))
    main = sys.modules.get("__main__")
    if not getattr(main, "__file__", None):
        cells = getattr(main, "In", None)  # of a notebook: those before this one
        text = "\n".join(map(str, cells[1:-1])) if cells else _command_text()
        _say_why_not_inert(witness, "__main__", text)
    with contextlib.suppress(OSError):
        stdin = os.readlink("/proc/self/fd/0")
        if os.path.isfile(stdin):
            witness.say("r", stdin)


def _loaded_files() -> list[tuple[str, str]]:
    """Modules that are imported, with their files."""
    found = []
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        path = getattr(spec, "origin", None) or getattr(module, "__file__", None)
        if isinstance(path, str) and os.path.isfile(path):
            found.append((name, os.path.abspath(path)))
    return found


def _is_of_project(path: str) -> bool:
    return not path.startswith(_PACKAGE) and not _trace.is_installed(path)


def _raiser_of_exits() -> str:
    """The name of a file of the program that may have ended it past sys.exit()."""
    for _, path in _loaded_files():
        is_ours = path.endswith(".py") and _is_of_project(path)
        if is_ours and "raise SystemExit" in (_read(path) or ""):
            return os.path.basename(path)
    return ""


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return None


def _command_text() -> str | None:
    words = getattr(sys, "orig_argv", [])
    return str(words[words.index("-c") + 1]) if "-c" in words[:-1] else None


def _say_why_not_inert(witness: _Witness, name: str, text: str | None) -> None:
    """Says what a module of the program may have read before it was watched.

    Up to `import cairn`, and in modules imported before it, only definitions and imports are known
    to read nothing.
    """
    import ast

    members = getattr(sys.modules.get(name), "__dict__", None)
    frame: FrameType | None = sys._getframe(1)
    line = None
    while frame is not None:  # a module that is being run: up to the line where it stands
        if frame.f_globals is members:
            if frame.f_code.co_name != "<module>":
                return witness.say("u", f"'import cairn' is in a function: {frame.f_code.co_name}")
            line = frame.f_lineno
        frame = frame.f_back
    try:
        tree = ast.parse("(" if text is None else text)
    except (SyntaxError, ValueError):
        return witness.say("u", f"{name} ran before 'import cairn' could watch")
    for statement in tree.body:
        if line is not None and statement.lineno >= line:
            return None
        if not _is_inert(statement):
            where = f"line {statement.lineno} of {name}"
            return witness.say("u", f"{where} ran before 'import cairn' could watch")
    return None


def _is_inert(statement: Any) -> bool:
    import ast

    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass)):
        return True
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        outside = [*statement.decorator_list, *getattr(statement, "bases", [])]
        if not isinstance(statement, ast.ClassDef):
            outside += [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]
        inside = statement.body if isinstance(statement, ast.ClassDef) else []
        return not any(map(_calls, outside)) and all(map(_is_inert, inside))
    if isinstance(statement, (ast.If, ast.Try)):
        parts = [statement.body, statement.orelse, getattr(statement, "finalbody", [])]
        parts += [handler.body for handler in getattr(statement, "handlers", [])]
        is_main = isinstance(statement, ast.If) and "__main__" in ast.dump(statement.test)
        return is_main or all(_is_inert(inner) for part in parts for inner in part)
    return not _calls(statement)


def _calls(tree: Any) -> bool:
    """Whether it calls what may read something."""
    import ast

    for node in ast.walk(tree):
        if isinstance(node, (ast.Await, ast.With)):
            return True
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called not in _HARMLESS:
                return True
    return False


def _mapped_objects() -> list[str]:
    """The shared objects of this process, without our own."""
    own = {os.path.realpath(_native.__file__ or "")}
    found: dict[str, None] = {}
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            at = line.find("/")
            path = line[at:].rstrip("\n")
            is_code = at > 0 and "x" in line.split(" ", 2)[1]
            if is_code and os.path.realpath(path) not in own and not path.endswith(_SHIM):
                found[path] = None
    return list(found)


def _append(folder: str, text: str) -> None:
    # Opened for every line: nobody can close it.
    path = f"{folder}/{os.getpid():x}.ltrace"
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, text.encode("utf-8", "surrogateescape"))
    finally:
        os.close(fd)


def _remove_own(folder: str, pid: int) -> None:
    if os.getpid() == pid:
        hooks.finish_all()  # they still need it
        shutil.rmtree(folder, ignore_errors=True)
