"""Values that come in from people: texts, numbers, days, roles."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Final

from sekisho.errors import InputError

__all__ = ["EARLIEST", "LATEST", "checked_choice", "checked_day", "checked_number", "checked_text"]

EARLIEST: Final = date(1868, 1, 25)  # 明治元年1月25日 in the Gregorian calendar
LATEST: Final = date(2399, 12, 31)
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def checked_text(text: str, *, name: str, limit: int, needed: bool = False) -> str:
    """``text`` without spaces around it. Raises InputError when it is too long, missing, or no text."""
    if _NO_TEXT.search(text):
        raise InputError("lifecycle.not_text", name=name)
    text = text.strip()
    if needed and not text:
        raise InputError("lifecycle.missing", name=name)
    if len(text) > limit:
        raise InputError("lifecycle.too_long", name=name, limit=limit)
    return text


def checked_number(value: int, *, name: str, least: int, most: int) -> int:
    """``value`` within its limits. Raises InputError ``lifecycle.out_of_range``."""
    if not least <= value <= most:
        raise InputError("lifecycle.out_of_range", name=name, least=least, most=most)
    return value


def checked_choice(value: str, *, name: str, known: Collection[str]) -> str:
    """``value``, one of ``known``. Raises InputError ``lifecycle.unknown_choice``."""
    if value not in known:
        raise InputError("lifecycle.unknown_choice", name=name, value=value[:64], expected=", ".join(sorted(known))[:400])
    return value


def checked_day(value: date, *, name: str) -> date:
    """``value`` between the first day of 明治 and 2399. Raises InputError ``lifecycle.day_out_of_range``."""
    if not EARLIEST <= value <= LATEST:
        raise InputError("lifecycle.day_out_of_range", name=name, least=EARLIEST.isoformat(), most=LATEST.isoformat())
    return value
