"""Secrets of TAXII servers: files in the installation's folder of keys, one a source, readable by its own account only.

They are in no dump of the database, in no log, on no page and in no answer of the API. A sealed backup holds them with the
other keys.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sekisho.errors import InputError, Unavailable

if TYPE_CHECKING:
    import uuid

__all__ = ["checked_address", "forget", "keep", "read"]

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST: Final = 4096


def checked_address(address: str) -> str:
    """The address of a TAXII server or collection. Raises InputError unless it is https, or http on this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError as error:
        raise InputError("intelligence.address_broken", name="address") from error
    if parts.scheme not in {"https", "http"} or not host or parts.username or parts.password or parts.fragment:
        raise InputError("intelligence.address_broken", name="address")
    if parts.scheme == "http" and host not in _LOCAL:
        raise InputError("intelligence.address_not_https", name="address")
    return address


def _file(folder: Path, source_id: uuid.UUID) -> Path:
    return folder / f"intelligence-{source_id}.secret"


def keep(folder: Path, source_id: uuid.UUID, secret: str) -> None:
    """Write the secret of a source. Raises InputError for one that could not stand in a header, Unavailable for a full disk."""
    secret = secret.strip()
    if not secret or len(secret) > _LONGEST or not secret.isprintable():
        raise InputError("intelligence.secret_broken", name="secret")
    place = _file(folder, source_id)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = place.with_suffix(".new")
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret)
        half.replace(place)
    except OSError as error:
        raise Unavailable("intelligence.keys_unwritable") from error


def read(folder: Path, source_id: uuid.UUID) -> str | None:
    """The secret of a source; None when there is none."""
    try:
        return _file(folder, source_id).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def forget(folder: Path, source_id: uuid.UUID) -> None:
    """Remove the secret of a source."""
    _file(folder, source_id).unlink(missing_ok=True)
