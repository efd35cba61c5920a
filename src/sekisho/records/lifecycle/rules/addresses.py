"""Addresses of data stores, and places within them: what may be reached, and what may never be. Reads no disk but to resolve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from sekisho.errors import InputError

__all__ = ["checked_bucket", "checked_database", "checked_endpoint", "checked_folder", "checked_locator"]

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)  # S3: 3 to 63 characters
_NAME: Final = re.compile(r"[^\W\d][\w$ -]{0,99}")
_DATABASES: Final = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})
_PATH: Final = 1000
_FORBIDDEN: Final = re.compile("[\x00-\x1f\x7f]")


def checked_folder(address: str, *, roots: Iterable[Path], forbidden: Iterable[Path]) -> str:
    """A folder below one of ``roots``, not above or within what is ``forbidden`` (links resolved). Raises InputError."""
    if _FORBIDDEN.search(address) or not address.startswith("/"):
        raise InputError("lifecycle.address_not_absolute", name="address")
    place = Path(address).resolve()
    allowed = [root.resolve() for root in roots]
    if not any(place == root or root in place.parents for root in allowed):
        raise InputError("lifecycle.address_outside", name="address", roots=", ".join(str(root) for root in allowed)[:400])
    for one in forbidden:
        kept = one.resolve()
        if place == kept or kept in place.parents or place in kept.parents:
            raise InputError("lifecycle.address_own", name="address")
    return str(place)


def checked_endpoint(address: str) -> str:
    """The endpoint of an S3 service: https, or http on this very machine. Raises InputError."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError("lifecycle.address_broken", name="address") from error
    if parts.scheme not in {"https", "http"} or not host or parts.username or parts.password or parts.query or parts.fragment:
        raise InputError("lifecycle.address_broken", name="address")
    if parts.scheme == "http" and host not in _LOCAL:
        raise InputError("lifecycle.address_not_https", name="address")
    return address.rstrip("/")


def checked_bucket(name: str) -> str:
    """The name of a bucket. Raises InputError."""
    if not _BUCKET.fullmatch(name):
        raise InputError("lifecycle.bucket_broken", name="bucket")
    return name


def checked_database(address: str, *, own: str, roots: Iterable[Path], forbidden: Iterable[Path]) -> str:
    """A database's URL without password, not Sekisho's ``own``; a SQLite file below one of ``roots``. Raises InputError."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        mine = urlsplit(own)
    except ValueError as error:
        raise InputError("lifecycle.address_broken", name="address") from error
    if parts.scheme not in _DATABASES or parts.fragment or _FORBIDDEN.search(address):
        raise InputError("lifecycle.database_unknown", name="address", expected=", ".join(sorted(_DATABASES)))
    if parts.password:
        raise InputError("lifecycle.address_with_secret", name="address")
    if parts.scheme == "sqlite":
        path = unquote(address.removeprefix("sqlite:///"))
        if not address.startswith("sqlite:////") or not Path(path).name:
            raise InputError("lifecycle.address_not_absolute", name="address")
        return f"sqlite:///{checked_folder(path, roots=roots, forbidden=forbidden)}"
    if not host or not parts.path.strip("/"):
        raise InputError("lifecycle.address_broken", name="address")
    same_host = mine.hostname == host or {mine.hostname, host} <= _LOCAL
    if mine.scheme.startswith("postgres") and same_host and (mine.port or 5432, mine.path) == (port or 5432, parts.path):
        raise InputError("lifecycle.address_own", name="address")
    return address


def checked_locator(kind: str, locator: Mapping[str, Any]) -> dict[str, Any]:
    """Where within its store a copy lies: {path} of folders, files and keys, {prefix} of objects (one key
    unless it ends with /), {table, column, since, until, equals} of rows. Raises InputError.
    """
    if kind == "folder":
        return {"path": _relative(locator.get("path"), name="path")}
    if kind == "key":
        return _key(locator)
    if kind == "objects":
        prefix = _relative(locator.get("prefix"), name="prefix")
        return {"prefix": prefix}
    if kind == "rows":
        return _rows(locator)
    return {}


def _relative(value: object, *, name: str) -> str:
    text = value if isinstance(value, str) else ""
    parts = PurePosixPath(text).parts
    if not text or len(text) > _PATH or _FORBIDDEN.search(text) or text.startswith("/") or ".." in parts or not parts:
        raise InputError("lifecycle.path_broken", name=name)
    return text


def _key(locator: Mapping[str, Any]) -> dict[str, Any]:
    """A key's file, and what people declare of it: what it encrypted, how, and that no other copy of the key is left."""
    made: dict[str, Any] = {"path": _relative(locator.get("path"), name="path")}
    for name, most in (("protects", 300), ("algorithm", 100)):
        text = str(locator.get(name, "") or "").strip()
        if len(text) > most or _FORBIDDEN.search(text):
            raise InputError("lifecycle.path_broken", name=name)
        made[name] = text
    made["no_other_copy"] = locator.get("no_other_copy") is True
    return made


def _rows(locator: Mapping[str, Any]) -> dict[str, Any]:
    table, column = locator.get("table", ""), locator.get("column", "")
    equals = locator.get("equals") or {}
    if not isinstance(table, str) or not all(_NAME.fullmatch(part) for part in table.split(".")) or table.count(".") > 1:
        raise InputError("lifecycle.table_broken", name="table")
    if column and (not isinstance(column, str) or not _NAME.fullmatch(column)):
        raise InputError("lifecycle.column_broken", name="column")
    made: dict[str, Any] = {"table": table}
    for name in ("since", "until"):
        if locator.get(name):
            made[name] = _day(locator[name], name=name)
    if (made.get("since") or made.get("until")) and not column:
        raise InputError("lifecycle.column_broken", name="column")
    if column:
        made["column"] = column
    if not isinstance(equals, dict) or not all(_NAME.fullmatch(str(k)) and type(v) in {str, int} for k, v in equals.items()):
        raise InputError("lifecycle.column_broken", name="equals")
    if equals:
        made["equals"] = dict(equals)
    if not equals and "until" not in made:
        raise InputError("lifecycle.rows_unbounded", name="until")  # a whole table is never meant by leaving out the condition
    return made


def _day(value: object, *, name: str) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise InputError("lifecycle.not_a_day", name=name, value=str(value)[:20]) from error
