"""Values that come in from people: texts, zones, names of kinds."""

from __future__ import annotations

import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekisho.errors import InputError

__all__ = ["ENCODINGS", "checked_encoding", "checked_number", "checked_text", "checked_zone"]

ENCODINGS: Final = ("", "utf-8", "cp932", "euc_jp", "utf-16")
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def checked_text(text: str, *, name: str, limit: int, needed: bool = False) -> str:
    """``text`` without spaces around it. Raises InputError when it is too long, missing, or no text."""
    if _NO_TEXT.search(text):
        raise InputError("monitoring.not_text", name=name)
    text = text.strip()
    if needed and not text:
        raise InputError("monitoring.missing", name=name)
    if len(text) > limit:
        raise InputError("monitoring.too_long", name=name, limit=limit)
    return text


def checked_number(value: int, *, name: str, least: int, most: int) -> int:
    """``value`` within its limits. Raises InputError ``monitoring.out_of_range``."""
    if not least <= value <= most:
        raise InputError("monitoring.out_of_range", name=name, least=least, most=most)
    return value


def checked_zone(name: str) -> str:
    """The name of a time zone (IANA). Raises InputError ``monitoring.unknown_zone``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError("monitoring.unknown_zone", name="time_zone", value=name[:64]) from error
    return name


def checked_encoding(name: str) -> str:
    """The name of an encoding, or nothing for "find out". Raises InputError ``monitoring.unknown_encoding``."""
    if name not in ENCODINGS:
        raise InputError("monitoring.unknown_encoding", name="encoding", value=name[:32])
    return name
