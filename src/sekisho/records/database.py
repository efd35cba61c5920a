"""What a locked, full or absent database says, as one of our errors (HTTP 503: trying again later may help)."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, OperationalError

from sekisho.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["database_errors", "explain"]

# SQLSTATE classes and codes (PostgreSQL manual, appendix A).
_FULL: Final = frozenset({"53100", "53000", "54000"})
_BUSY: Final = frozenset({"55P03", "57014", "40001", "40P01", "55006"})
_SQLITE_FULL: Final = sqlite3.SQLITE_FULL
_SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def explain(error: Exception) -> Unavailable | None:  # noqa: PLR0911 - one answer for each kind of trouble
    """The Unavailable that ``error`` (of Django's database layer) stands for; None when it is something else."""
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        primary = code & 0xFF
        if primary == _SQLITE_FULL:
            return Unavailable("database.full")
        if primary in _SQLITE_BUSY:
            return Unavailable("database.locked")
        if primary in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
            return Unavailable("database.unusable")
        return None
    state = getattr(cause, "sqlstate", None)
    if state in _FULL:
        return Unavailable("database.full")
    if state in _BUSY:
        return Unavailable("database.locked")
    if state is None and isinstance(error, (OperationalError, InterfaceError)):
        return Unavailable("database.unreachable")
    if state is not None and state.startswith(("08", "57P")):
        return Unavailable("database.unreachable")
    return None


@contextmanager
def database_errors() -> Iterator[None]:
    """Raise Unavailable instead of the database's own error when it is locked, full or out of reach."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        said = explain(error)
        if said is None:
            raise
        raise said from error
