"""How much studies say: Optuna's switches. One line for each finished trial is INFO."""

from __future__ import annotations

import logging
import sys
from logging import CRITICAL, DEBUG, ERROR, FATAL, INFO, WARN, WARNING

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "WARNING",
    "disable_default_handler",
    "disable_propagation",
    "enable_default_handler",
    "enable_propagation",
    "get_logger",
    "get_verbosity",
    "set_verbosity",
]


class _ToStderr(logging.StreamHandler):  # type: ignore[type-arg]
    """Whatever sys.stderr is when a line is written."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(logging.Formatter("[%(levelname).1s %(asctime)s] %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


_logger = logging.getLogger("cairn")
_handler = _ToStderr()
if not _logger.handlers:
    _logger.addHandler(_handler)
    _logger.setLevel(INFO)
    _logger.propagate = False


def get_logger(name: str = "cairn") -> logging.Logger:
    """The logger of a module."""
    return logging.getLogger(name)


def get_verbosity() -> int:
    """The level in force."""
    return _logger.getEffectiveLevel()


def set_verbosity(verbosity: int) -> None:
    """Lines below this level are not written."""
    _logger.setLevel(verbosity)


def disable_default_handler() -> None:
    """Writes nothing to stderr."""
    _logger.removeHandler(_handler)


def enable_default_handler() -> None:
    """Writes to stderr again."""
    _logger.addHandler(_handler)


def disable_propagation() -> None:
    """Other loggers do not hear of it."""
    _logger.propagate = False


def enable_propagation() -> None:
    """The root logger's handlers hear of it too."""
    _logger.propagate = True
