"""Values that come in from people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sekisho.errors import InputError

__all__ = ["checked_choice", "checked_number", "checked_past", "checked_text", "next_number"]

_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TOLERANCE: Final = timedelta(minutes=5)


def checked_text(text: str, *, name: str, limit: int, needed: bool = False) -> str:
    """``text`` without spaces around it. Raises InputError when it is too long, missing, or no text."""
    if _NO_TEXT.search(text):
        raise InputError("intelligence.not_text", name=name)
    text = text.strip()
    if needed and not text:
        raise InputError("intelligence.missing", name=name)
    if len(text) > limit:
        raise InputError("intelligence.too_long", name=name, limit=limit)
    return text


def checked_choice(value: str, known: Iterable[str], *, name: str) -> str:
    """``value`` if it is one of ``known``. Raises InputError ``intelligence.unknown_choice``."""
    if value not in set(known):
        raise InputError("intelligence.unknown_choice", name=name, value=value[:64])
    return value


def checked_number(value: int, *, name: str, least: int, most: int) -> int:
    """``value`` within its limits. Raises InputError ``intelligence.out_of_range``."""
    if not least <= value <= most:
        raise InputError("intelligence.out_of_range", name=name, least=least, most=most)
    return value


def checked_past(moment: datetime, *, name: str, now: datetime) -> datetime:
    """``moment`` if it is not in the future. Raises InputError ``intelligence.in_future``."""
    if moment > now + _TOLERANCE:
        raise InputError("intelligence.in_future", name=name)
    return min(moment, now)


def next_number(prefix: str, last: str | None, *, now: datetime) -> str:
    """The number after ``last`` in the year of ``now``: ``TI-2026-0001``."""
    start = f"{prefix}-{now.year}-"
    count = int(last.removeprefix(start)) if last and last.startswith(start) else 0
    return f"{start}{count + 1:04d}"
