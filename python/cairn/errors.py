"""The exceptions of Cairn: one for each way a caller can react.

    Error
    +-- InvalidError       the request must change (also a ValueError)
    +-- NotFoundError      it is not there (also a LookupError)
    +-- ConflictError      it exists already, or someone else holds it
    +-- CorruptError       stored bytes are damaged; `cairn doctor` says more
    +-- IoError            the operating system refused (also an OSError)
    +-- UnavailableError   try again later, or install what the message names
    +-- LimitError         a documented limit was exceeded

`cairn.init` and everything that reads raise them. Nothing that a training loop calls afterwards
does: what cannot be kept is counted, and said once on stderr.
"""

from __future__ import annotations

__all__ = [
    "CommError",
    "ConflictError",
    "CorruptError",
    "Error",
    "InvalidError",
    "IoError",
    "LimitError",
    "NotFoundError",
    "UnavailableError",
    "UsageError",
    "from_code",
]


class Error(Exception):
    """Any error of Cairn. `code` is the word the HTTP API uses for it."""

    code = "error"


class InvalidError(Error, ValueError):
    """The caller must change the request."""

    code = "invalid"


class NotFoundError(Error, LookupError):
    """What was asked for is not there."""

    code = "not_found"


class ConflictError(Error):
    """It exists already, is ambiguous, or someone else holds it."""

    code = "conflict"


class CorruptError(Error):
    """Stored bytes are damaged."""

    code = "corrupt"


class IoError(Error, OSError):
    """The operating system refused."""

    code = "io"


class UnavailableError(Error):
    """It cannot be done now, or not without something that is missing here."""

    code = "unavailable"


class LimitError(Error):
    """A documented limit was exceeded."""

    code = "limit"


UsageError = InvalidError
CommError = UnavailableError

_BY_CODE: dict[str, type[Error]] = {
    kind.code: kind
    for kind in (
        InvalidError,
        NotFoundError,
        ConflictError,
        CorruptError,
        IoError,
        UnavailableError,
        LimitError,
    )
}


def from_code(code: str, message: str) -> Error:
    """The exception for an error code of the core or of the HTTP API."""
    return _BY_CODE.get(code, Error)(message)
