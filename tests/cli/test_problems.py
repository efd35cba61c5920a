"""Whatever goes wrong, the user reads a sentence and a script reads the exit code."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from typing import Any

import pytest
from django.db import OperationalError

from sekisho.cli import problems
from sekisho.errors import Conflict, InputError


def locked() -> OperationalError:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error = OperationalError("database is locked")
    error.__cause__ = cause
    return error


def raising(error: BaseException) -> Any:
    def command() -> None:
        raise error

    return command


TABLE = [
    (InputError("config.database_url", expected="x"), 2, "database URL"),
    (Conflict("installation.exists", home="/srv/x"), 5, "/srv/x"),
    (PermissionError(errno.EACCES, "Permission denied", "/srv/x"), 4, "No permission to read or write /srv/x"),
    (FileNotFoundError(errno.ENOENT, "No such file", "/srv/x"), 2, "There is no /srv/x"),
    (IsADirectoryError(errno.EISDIR, "Is a directory", "/srv/x"), 2, "/srv/x is a folder"),
    (OSError(errno.ENOSPC, "No space left on device", "/srv/x"), 6, "holds /srv/x is full"),
    (locked(), 6, "The database is busy"),
    (ModuleNotFoundError("No module named 'pyarrow.parquet'", name="pyarrow.parquet"), 3, 'pip install "sekisho[logs,data]"'),
    (ModuleNotFoundError("No module named 'unheard_of'", name="unheard_of"), 70, "unheard_of"),
    (KeyboardInterrupt(), 130, "Interrupted"),
    (SystemExit(130), 130, "Interrupted"),
    (RuntimeError("two\nlines"), 70, "RuntimeError: two lines"),
    (OSError("without a file"), 70, "SEKISHO_DEBUG=1"),
]


@pytest.mark.parametrize(("error", "code", "words"), TABLE)
def test_every_error_is_a_sentence_and_a_code(error, code, words, capsys, monkeypatch) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "en")
    monkeypatch.delenv(problems.DEBUG_VARIABLE, raising=False)
    assert problems.guarded(raising(error)) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_the_traceback_is_shown_to_who_asks_for_it(capsys, monkeypatch) -> None:
    monkeypatch.setenv(problems.DEBUG_VARIABLE, "1")
    assert problems.guarded(raising(RuntimeError("x"))) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (None, 0), (2, 2), ("words", 1)])
def test_the_code_with_which_a_command_leaves_is_kept(code, expected) -> None:
    assert problems.guarded(raising(SystemExit(code))) == expected


def test_a_reader_who_has_seen_enough_is_no_error(monkeypatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    kept = os.dup(1)
    try:
        with os.fdopen(writing, "w") as pipe:
            monkeypatch.setattr(sys, "stdout", pipe)
            pipe.write("x")
            assert problems.guarded(lambda: None) == 141
            monkeypatch.undo()
            os.dup2(os.open(os.devnull, os.O_WRONLY), pipe.fileno())
    finally:
        os.dup2(kept, 1)
