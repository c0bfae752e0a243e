"""The recorder in a traced Python program: what only the interpreter knows about it.

Which files a program opens is seen by the preloaded shim (core/trace/shim). This adds where modules
came from and which names would come before them, reads of os.environ, and seeds. It imports nothing
that Python has not loaded already, keeps nothing until the end, and every message is in the trace
when say() returns, whatever becomes of the process.

With the shim a message is a question for a path that cannot be (core/trace/shim/message.c). Without
it (a notebook, another operating system) lines go to a file, opened files and connections too, and
the run is not sealed: what C libraries and other programs do is not seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["start"]

_CHANNEL = "/.cairn-trace/"
_IMPORTLIB = "<frozen importlib._bootstrap_external>"
_access = os.access
_getframe = sys._getframe


def _say_to_shim(letter: str, text: str) -> None:
    _access(_CHANNEL + letter + text, os.F_OK)


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
        self._prefixes = tuple(
            {os.path.realpath(p) + os.sep for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
        )
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
            if not isinstance(entry, str) or self._is_installed(entry):
                continue
            base = os.path.join(entry or os.getcwd(), last)
            if _access(base + os.sep + "__init__.py", os.F_OK):
                return
            if any(_access(base + suffix, os.F_OK) for suffix in self._suffixes):
                return

    def _is_installed(self, entry: str) -> bool:
        return (entry + os.sep).startswith(self._prefixes)

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

    def on_open(self, path: Any, mode: Any = None, flags: Any = 0) -> None:
        if isinstance(path, (str, bytes, os.PathLike)):
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            self.say("w" if writes else "r", os.path.abspath(os.fsdecode(path)))

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
        handlers.update(dict.fromkeys(("os.listdir", "os.scandir"), recorder.on_list))
        handlers.update(
            dict.fromkeys(
                ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system"), recorder.on_child
            )
        )
        handlers["open"] = recorder.on_open
        handlers["socket.connect"] = recorder.on_connect
    return handlers


def start(folder: str | None = None) -> bool:
    """Begins to record into the trace; False when nobody asked for one."""
    if _access(_CHANNEL + "?", os.F_OK):
        recorder = _Recorder(_say_to_shim)
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
    for name in [n for n in _SEEDERS if n in sys.modules]:
        recorder.watch_seeds(name)
    sys.addaudithook(hear)
    return True
