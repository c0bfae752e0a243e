"""The recorder in a traced Python program: what only the interpreter knows about it.

Which files a program opens is seen by the preloaded shim (core/trace/shim). This adds where modules
came from and which names would come before them, reads of os.environ, and seeds. It imports nothing
that Python has not loaded already, keeps nothing until the end, and every message is in the trace
when say() returns, whatever becomes of the process.

With the shim a message is a question for a path that cannot be (core/trace/shim/message.c). Without
it (a notebook, another operating system) lines go to a file or to whoever asks, opened files, what
is looked for and connections too. What C libraries and other programs do is not seen then.
"""

from __future__ import annotations

import _thread
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["is_installed", "say_to_shim", "start", "unheard", "unheard_environment"]

_CHANNEL = "/.cairn-trace/"
_IMPORTLIB = "<frozen importlib._bootstrap_external>"
_access = os.access
_stat = os.stat
_getframe = sys._getframe
_own = _thread._local()  # is_deaf: what this thread does now is Cairn's work, not the program's


def say_to_shim(letter: str, text: str) -> None:
    """A message, where there is a shim to hear it."""
    _access(_CHANNEL + letter + text, os.F_OK)


class unheard:  # noqa: N801 - used as a block
    """A block in which this thread's own accesses are not recorded; the shim hears them still."""

    def __enter__(self) -> None:
        self._was_deaf = getattr(_own, "is_deaf", False)
        _own.is_deaf = True

    def __exit__(self, *_: Any) -> None:
        _own.is_deaf = self._was_deaf


def unheard_environment() -> dict[bytes, bytes]:
    """The variables, without having read them as far as anybody hears."""
    held: dict[bytes, bytes] | None = getattr(os.environ, "_data", None)
    return dict(os.environb) if held is None else held


_PREFIXES = tuple(
    {os.path.realpath(p) + os.sep for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
)


def is_installed(path: str) -> bool:
    """Whether a file or folder is of the interpreter or of a package installed in it."""
    return (path + os.sep).startswith(_PREFIXES)


class _Lines:
    """A file of lines for where there is no shim. Opened for every line: nobody can close it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._seen: set[str] = set()

    def __call__(self, letter: str, text: str) -> None:
        line = letter + text.replace("\n", "\t") + "\n"
        if line in self._seen:
            return
        path = f"{self._folder}/{os.getpid():x}.ltrace"
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(fd, line.encode("utf-8", "surrogateescape"))
        finally:
            os.close(fd)
        self._seen.add(line)


class _Recorder:
    def __init__(self, say: Callable[[str, str], None]) -> None:
        self.say = say
        self._probed: set[str] = set(sys.builtin_module_names)  # nothing comes before those
        self._suffixes = [*_extension_suffixes(), ".py"]
        self._seeding = False

    # Imports

    def on_import(self, name: str, filename: str | None, *_: Any) -> None:
        """An import statement before anything is searched, or an extension being loaded."""
        if filename:
            self.say("l", os.path.abspath(filename))
            self.say("m", f"{name}\n{filename}")
            return
        self.probe(name)
        if name in _SEEDERS and not self._seeding:
            self.watch_seeds(name)

    def on_exec(self, code: Any, *_: Any) -> None:
        """The importer is about to run a module, however it was asked to."""
        frame = _getframe(2)
        if frame.f_code.co_name != "_call_with_frames_removed":
            return
        variables = frame.f_locals["args"][1]
        name, spec = variables.get("__name__"), variables.get("__spec__")
        if spec is None or not isinstance(name, str):
            return
        self.probe(name)
        self.say("m", f"{name}\n{spec.origin}")

    def probe(self, name: str) -> None:
        """Asks the disk for what the importer looks up in its memory of folders.

        So the trace holds the names that were absent and would come first.
        """
        if name in self._probed:
            return
        self._probed.add(name)
        parent, _, last = name.rpartition(".")
        entries: Iterable[Any] = sys.path
        if parent:
            entries = getattr(sys.modules.get(parent), "__path__", ())
        for entry in list(entries):
            if not isinstance(entry, str) or is_installed(entry):
                continue
            base = os.path.join(entry or os.getcwd(), last)
            if self.is_there(base + os.sep + "__init__.py"):
                return
            if any(self.is_there(base + suffix) for suffix in self._suffixes):
                return

    def is_there(self, path: str) -> bool:
        """Whether a file is there, asked so that the shim hears it."""
        return _access(path, os.F_OK)

    def on_listdir(self, path: Any = None, *_: Any) -> None:
        """A folder that the importer lists is no input: it looks for names, which probe() tells."""
        if isinstance(path, str) and _getframe(2).f_code.co_filename == _IMPORTLIB:
            self.say("d", path)

    # Seeds

    def watch_seeds(self, name: str) -> None:
        """Imports the module now, so that its seeding functions can be stood before at once."""
        self._seeding = True
        try:
            __import__(name)
        except Exception:  # the program's own import says what is wrong
            return
        finally:
            self._seeding = False
        module = sys.modules[name]
        for function in _SEEDERS[name]:
            if (given := getattr(module, function, None)) is not None:
                setattr(module, function, self._seen_seeding(f"{name}.{function}", given))

    def _seen_seeding(self, name: str, given: Callable[..., Any]) -> Callable[..., Any]:
        def seed(*args: Any, **kwargs: Any) -> Any:
            value = args[0] if args else next(iter(kwargs.values()), None)
            if value is not None:
                self.say("s", f"{name}\n{value!r}"[:200])
            return given(*args, **kwargs)

        seed.__name__ = seed.__qualname__ = getattr(given, "__name__", "seed")
        seed.__doc__ = given.__doc__
        seed.__module__ = getattr(given, "__module__", None) or name
        seed.__wrapped__ = given  # type: ignore[attr-defined]
        return seed

    # The environment

    def watch_environment(self) -> None:
        """os.environ was copied when Python began, so that getenv(3) sees no read of it."""
        kind = type(os.environ)
        given = kind.__getitem__
        say = self.say

        def get(self: Any, key: Any) -> Any:
            try:  # noqa: SIM105
                say("e", key if isinstance(key, str) else os.fsdecode(key))
            except Exception:  # not a name: what is raised below is the program's to see
                pass
            return given(self, key)

        kind.__getitem__ = get  # type: ignore[method-assign]


class _FileRecorder(_Recorder):
    """Sees what the shim would see, as far as Python itself does it."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        def say_unless_deaf(letter: str, text: str) -> None:
            if not getattr(_own, "is_deaf", False):
                with unheard():
                    say(letter, text)

        super().__init__(say_unless_deaf)
        self._written: set[str] = set()

    def is_there(self, path: str) -> bool:
        there = _access(path, os.F_OK)
        if not there:
            self.say("a", os.path.abspath(path))
        return there

    def on_open(self, path: Any, mode: Any = None, flags: Any = 0) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)) or not isinstance(flags, int):
            return
        name = os.path.abspath(os.fsdecode(path))
        writes = flags & (os.O_WRONLY | os.O_RDWR)
        try:
            kind = _stat(name).st_mode & 0o170000
        except OSError:  # it is made now, or was looked for in vain
            kind = 0
            if not writes:
                self.say("a", name)
        if kind in (0o010000, 0o140000):
            self.say("u", f"a pipe: {name}")
        elif kind and not (writes and flags & os.O_TRUNC):  # also what is changed in its place
            self.say("r" if kind == 0o100000 else "x", name)
        if writes:
            self.on_written(name)

    def on_written(self, path: Any, *_: Any) -> None:
        name = os.path.abspath(os.fsdecode(path))
        self._written.add(name)
        self.say("w", name)

    def on_renamed(self, source: Any, target: Any, *_: Any) -> None:
        """A file that was written under another name first."""
        name = os.path.abspath(os.fsdecode(source))
        if name not in self._written:
            self.say("u", f"a file or folder that was there was renamed: {name}")
        self.on_written(target)

    def on_linked(self, source: Any, target: Any, *_: Any) -> None:
        self.say("u", f"a link was made: {os.path.abspath(os.fsdecode(target))}")

    def on_folder_made(self, path: Any, *_: Any) -> None:
        self.say("f", os.path.abspath(os.fsdecode(path)))

    def on_list(self, path: Any = None, *_: Any) -> None:
        if _getframe(2).f_code.co_filename != _IMPORTLIB and not isinstance(path, int):
            self.say("t", os.path.abspath(os.fsdecode(path or ".")))

    def on_connect(self, _socket: Any, address: Any, *_: Any) -> None:
        if isinstance(address, tuple):
            host = str(address[0])
            near = host in ("localhost", "::1") or host.startswith("127.")
            self.say("c", f"{'loopback' if near else 'network'} {host}")
        else:
            self.say("c", f"local {address}")

    def on_child(self, program: Any, *_: Any) -> None:
        self.say("u", f"another program, without the preloaded shim: {program}")

    def on_database(self, path: Any = None, *_: Any) -> None:
        self.say("u", f"a database: {path}")

    def on_symbol(self, _library: Any, name: Any = None, *_: Any) -> None:
        if isinstance(name, str) and name in _OPENERS:
            self.say("u", f"a C function that opens files, called through ctypes: {name}")

    def on_import(self, name: str, filename: str | None, *rest: Any) -> None:
        super().on_import(name, filename, *rest)
        if name in _STARTERS:
            self.say("u", f"other Pythons, without the preloaded shim: {name}")

    # Looking at files says nothing to audit hooks.

    def watch_lookups(self) -> None:
        """Stands before os.stat, os.lstat and os.access, through which os.path and pathlib look."""
        for name in ("stat", "lstat", "access"):
            given = getattr(os, name)
            look = self._seen_looking(given)
            look.__name__ = look.__qualname__ = name
            look.__doc__ = given.__doc__
            setattr(os, name, look)
            for kind in ("dir_fd", "effective_ids", "fd", "follow_symlinks"):
                supports = getattr(os, f"supports_{kind}")
                if given in supports:
                    supports.add(look)

    def _seen_looking(self, given: Callable[..., Any]) -> Callable[..., Any]:
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                found = given(path, *args, **kwargs)
            except (FileNotFoundError, NotADirectoryError):
                self.on_looked(path, False)
                raise
            self.on_looked(path, found is not False or os.path.lexists(path))
            return found

        return look

    def on_looked(self, path: Any, is_there: bool) -> None:
        if isinstance(path, (str, bytes, os.PathLike)):
            try:  # noqa: SIM105
                self.say("x" if is_there else "a", os.path.abspath(os.fsdecode(path)))
            except Exception:  # a recorder has nothing to say to the program
                pass


# They start Pythons past subprocess and os.
_STARTERS = (
    "joblib.externals.loky.backend.popen_loky_posix",
    "multiprocessing.popen_forkserver",
    "multiprocessing.popen_spawn_posix",
)
_OPENERS = ("fopen", "fopen64", "open", "open64", "openat", "opendir", "syscall")
_SEEDERS = {
    "random": ("seed",),
    "numpy.random": ("seed", "default_rng"),
    "torch": ("manual_seed",),
}


def _extension_suffixes() -> list[str]:
    import _imp

    return list(_imp.extension_suffixes())


def _handlers(recorder: _Recorder) -> dict[str, Callable[..., None]]:
    handlers: dict[str, Callable[..., None]] = {
        "import": recorder.on_import,
        "exec": recorder.on_exec,
        "os.listdir": recorder.on_listdir,
    }
    if isinstance(recorder, _FileRecorder):
        for names, handler in (
            (("open",), recorder.on_open),
            (("os.listdir", "os.scandir"), recorder.on_list),
            (("os.rename",), recorder.on_renamed),
            (("os.link", "os.symlink"), recorder.on_linked),
            (("os.truncate",), recorder.on_written),
            (("os.mkdir",), recorder.on_folder_made),
            (("socket.connect", "socket.sendto"), recorder.on_connect),
            (("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system"), recorder.on_child),
            (("sqlite3.connect",), recorder.on_database),
            (("ctypes.dlsym",), recorder.on_symbol),
        ):
            handlers.update(dict.fromkeys(names, handler))
    return handlers


def start(folder: str | None = None, say: Callable[[str, str], None] | None = None) -> bool:
    """Begins to record into the trace, or by `say`; False when nobody asked for one."""
    recorder: _Recorder
    if say is not None:
        recorder = _FileRecorder(say)
    elif _access(_CHANNEL + "?", os.F_OK):
        recorder = _Recorder(say_to_shim)
    elif folder := folder or os.environ.get("CAIRN_TRACE_DIR"):
        recorder = _FileRecorder(_Lines(folder))
    else:
        return False
    handlers = _handlers(recorder)

    def hear(event: str, args: tuple[Any, ...]) -> None:
        handler = handlers.get(event)
        if handler is not None:
            try:  # noqa: SIM105
                handler(*args)
            except Exception:  # a recorder has nothing to say to the program
                pass

    recorder.say("p", sys.version.split()[0])
    recorder.watch_environment()
    if isinstance(recorder, _FileRecorder):
        recorder.watch_lookups()
        for name in set(sys.modules) - {"__main__"}:  # imported before anybody listened
            recorder.probe(name)
    for name in [n for n in _SEEDERS if n in sys.modules]:
        recorder.watch_seeds(name)
    sys.addaudithook(hear)
    return True
