"""The command line's last stop: whatever went wrong becomes a sentence in the user's language and an exit code.

``SEKISHO_DEBUG=1`` shows the traceback as well.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import TYPE_CHECKING, Final

from sekisho.cli.common import fail, say
from sekisho.errors import InputError, NotPermitted, SekishoError, Unavailable
from sekisho.extras import explain as explain_extra

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEBUG_VARIABLE", "explain", "guarded"]

DEBUG_VARIABLE: Final = "SEKISHO_DEBUG"
_OWN_ERROR: Final = 70  # EX_SOFTWARE of sysexits.h
_INTERRUPTED: Final = 130
_PIPE_CLOSED: Final = 141  # 128 + SIGPIPE, as a shell reports it
_SYSTEM: Final[dict[int | None, tuple[type[SekishoError], str]]] = {
    errno.EACCES: (NotPermitted, "cli.os_denied"),
    errno.EPERM: (NotPermitted, "cli.os_denied"),
    errno.EROFS: (NotPermitted, "cli.os_denied"),
    errno.ENOENT: (InputError, "cli.os_missing"),
    errno.ENOTDIR: (InputError, "cli.os_missing"),
    errno.EISDIR: (InputError, "cli.os_folder"),
    errno.ENOSPC: (Unavailable, "cli.os_full"),
    errno.EDQUOT: (Unavailable, "cli.os_full"),
}


def guarded(command: Callable[[], object]) -> int:
    """Run ``command``; returns the exit code of its end, whatever the end was."""
    try:
        command()
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    except SystemExit as end:
        return _ended(end)
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:  # noqa: BLE001 - the last stop: it is shown, and told how to report it
        return _failed(error)
    return 0


def _ended(end: SystemExit) -> int:
    """Typer has dealt with usage errors, interruptions and closed pipes, and leaves with a code."""
    if isinstance(end.__context__, BrokenPipeError):
        return _pipe_closed()
    if end.code == _INTERRUPTED:
        return _interrupted()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    return end.code if isinstance(end.code, int) else int(end.code is not None)


def _pipe_closed() -> int:
    """Whoever read our output has seen enough: nothing to say, and nothing more to write when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return _PIPE_CLOSED


def _interrupted() -> int:
    say("cli.interrupted")
    return _INTERRUPTED


def _failed(error: Exception) -> int:
    if os.environ.get(DEBUG_VARIABLE, "") not in {"", "0"}:
        traceback.print_exception(error)
    known = explain(error)
    if known is not None:
        return fail(known)
    detail = " ".join(str(error).split())[:300]
    say("cli.unexpected", kind=type(error).__name__, detail=detail, variable=DEBUG_VARIABLE)
    return _OWN_ERROR


def explain(error: Exception) -> SekishoError | None:
    """The error in our own family; None for what nobody expected."""
    if isinstance(error, SekishoError):
        return error
    if isinstance(error, OSError) and error.errno in _SYSTEM and error.filename is not None:
        kind, code = _SYSTEM[error.errno]
        return kind(code, file=os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else str(error.filename))
    if isinstance(error, ModuleNotFoundError):
        return explain_extra(error)
    if "django.db" not in sys.modules:  # no command has touched a database: it cannot be one of its errors
        return None
    from django.db import Error

    from sekisho.records.database import explain as explain_database

    return explain_database(error) if isinstance(error, Error) else None
