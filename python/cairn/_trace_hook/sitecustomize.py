"""Starts the recorder in a traced Python program, then the sitecustomize that it hides, if any.

`cairn run` puts this file's folder first on PYTHONPATH. site.py imports it before the program
begins; afterwards neither the folder nor this module can be seen any more. Python does not look for
it with -I, -E or -S, and then says so by its absence: the run is not sealed.
"""

import os
import sys


def _start() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    try:
        import _cairn_trace  # type: ignore[import-not-found]

        _cairn_trace.start()
    except Exception:  # whatever it is, the program is to run
        pass
    sys.path[:] = [entry for entry in sys.path if entry != here]
    sys.path_importer_cache.pop(here, None)
    # Children are given it again by the shim.
    others = [e for e in os.environ.get("PYTHONPATH", "").split(os.pathsep) if e and e != here]
    if others:
        os.environ["PYTHONPATH"] = os.pathsep.join(others)
    else:
        os.environ.pop("PYTHONPATH", None)


_start()
# The import system knows a module that replaces itself; where there is none, its ImportError says
# so to site.py in the words that it expects.
del sys.modules["sitecustomize"]
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401
