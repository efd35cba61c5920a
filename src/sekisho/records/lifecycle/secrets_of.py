"""Secrets of data stores: files in the installation's folder of keys, one a store, readable by its own account only.

They are in no dump of the database, in no log, on no page and in no answer of the API.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError, Unavailable

if TYPE_CHECKING:
    import uuid

__all__ = ["forget", "keep", "read"]

_LONGEST: Final = 4096


def _file(folder: Path, store_id: uuid.UUID) -> Path:
    return folder / f"lifecycle-{store_id}.secret"


def keep(folder: Path, store_id: uuid.UUID, secret: str) -> None:
    """Write the secret of a store. Raises InputError for one that is no single line of text, Unavailable for a full disk."""
    secret = secret.strip()
    if not secret or len(secret) > _LONGEST or not secret.isprintable():
        raise InputError("lifecycle.secret_broken", name="secret")
    place = _file(folder, store_id)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = place.with_suffix(".new")
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret)
        half.replace(place)
    except OSError as error:
        raise Unavailable("lifecycle.keys_unwritable") from error


def read(folder: Path, store_id: uuid.UUID) -> str:
    """The secret of a store; empty when there is none."""
    try:
        return _file(folder, store_id).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def forget(folder: Path, store_id: uuid.UUID) -> None:
    """Remove the secret of a store."""
    _file(folder, store_id).unlink(missing_ok=True)
