"""The settings of a host as a flat, canonical list, and how they drift from the list that was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import rfc8785

from sekisho.engines.baseline.facts import FactStatus
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.baseline.facts import Facts

__all__ = ["SCHEMA", "Drift", "Snapshot", "decode_snapshot", "drift", "encode_snapshot", "snapshot"]

SCHEMA: Final = "sekisho.baseline-snapshot/1"
_MAX_BYTES: Final = 64 * 1024 * 1024


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """``settings``: key → value, sorted; ``unread``: keys (or their prefixes) that could not be read when it was made."""

    schema: str = SCHEMA
    platform: str
    settings: dict[str, Any]
    unread: tuple[str, ...] = ()


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One setting that is not as accepted. None: there was, or is, no such setting."""

    key: str
    was: Any
    now: Any


def _flatten(key: str, value: Any, out: dict[str, Any]) -> None:
    if isinstance(value, dict):
        if not value:
            out[key] = None
        for name, inner in value.items():
            _flatten(f"{key}.{name}", inner, out)
    elif isinstance(value, list | tuple):
        out[key] = sorted(value, key=rfc8785.dumps)  # order of files and sockets is no setting
    else:
        out[key] = value


def snapshot(facts: Facts) -> Snapshot:
    """The settings in ``facts``. Volatile facts (offsets, last log-ins) are left out; an absent file is a setting (None)."""
    settings: dict[str, Any] = {}
    unread = []
    for key, fact in facts.facts.items():
        if fact.volatile:
            continue
        if fact.status is FactStatus.READABLE:
            _flatten(key, fact.value, settings)
        elif fact.status is FactStatus.ABSENT:
            settings[key] = None
        else:
            unread.append(key)
    recorded = {k: settings[k] for k in sorted(settings)}
    return Snapshot(platform=facts.platform, settings=recorded, unread=tuple(sorted(unread)))


def _compared(key: str, side: Snapshot) -> bool:
    """Whether ``side`` can tell about ``key``. A key that it does not have says nothing while others of its family (``sshd.…``)
    could not be read: what depends on them was not worked out.
    """
    if any(key == u or key.startswith((u + ".", u + "/")) for u in side.unread):
        return False
    family = key.split(".", 1)[0]
    if key in side.settings or key.startswith("etc.files."):  # files do not depend on each other
        return True
    return not any(u.split(".", 1)[0] == family for u in side.unread)


def drift(accepted: Snapshot, current: Snapshot) -> list[Drift]:
    """Settings that differ, sorted by key. What one of the two could not read is no drift: the coverage says so.

    Raises:
        InputError: ``baseline.snapshot_platform`` when the two are of different platforms.
    """
    if accepted.platform != current.platform:
        raise InputError("baseline.snapshot_platform", accepted=accepted.platform, current=current.platform)
    rows = []
    for key in sorted(accepted.settings.keys() | current.settings.keys()):
        was, now = accepted.settings.get(key), current.settings.get(key)
        if was != now and _compared(key, current) and _compared(key, accepted):
            rows.append(Drift(key=key, was=was, now=now))
    return rows


def encode_snapshot(value: Snapshot) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return rfc8785.dumps(msgspec.to_builtins(value))


def decode_snapshot(untrusted_json: bytes) -> Snapshot:
    """Read a snapshot. Raises InputError ``baseline.snapshot_invalid`` with what is wrong."""
    if len(untrusted_json) > _MAX_BYTES:
        raise InputError("baseline.snapshot_invalid", detail=f"> {_MAX_BYTES} bytes")
    try:
        value = msgspec.json.decode(untrusted_json, type=Snapshot)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("baseline.snapshot_invalid", detail=str(error)[:200]) from error
    if value.schema != SCHEMA:
        raise InputError("baseline.snapshot_invalid", detail=f"schema {value.schema[:60]}")
    return value
