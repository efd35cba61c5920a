"""Patterns of scan rules: which paths they meet, and which day a path names. No disk, no clock."""

from __future__ import annotations

import hashlib
import re
import uuid
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import msgspec

from sekisho.errors import InputError

__all__ = ["DATE_SOURCES", "GROUPS", "Seen", "fingerprint", "met", "named_day", "pattern_of", "years_between"]

GROUPS: Final = ("folder", "each", "year", "fiscal_year")
"""folder: an entry for each folder that the pattern meets; each: for each file or object; else: for each year of a table."""
DATE_SOURCES: Final = ("none", "path", "modified", "column", "fixed")
_PARTS: Final = {
    "yyyy": r"(?P<yyyy>[12]\d{3})",
    "mm": r"(?P<mm>0[1-9]|1[0-2])",
    "dd": r"(?P<dd>0[1-9]|[12]\d|3[01])",
    "fy": r"(?P<fy>[12]\d{3})",
}
_TOKENS: Final = re.compile(r"\{(\w*)\}|\*\*/|\*\*|\*|\?|[^{}*?]+|[{}]")
_APRIL: Final = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """What a scan saw at one place: how much, and the latest day on which something there was changed."""

    path: str
    count: int
    size: int
    modified: date | None


@lru_cache(maxsize=256)
def pattern_of(text: str) -> re.Pattern[str]:
    """A pattern as a regular expression over a whole relative path. ``*`` and ``?`` stop at ``/``, ``**`` does not; {yyyy}, {mm},
    {dd} and {fy} (年度) name the day. Raises InputError ``lifecycle.pattern_broken``.
    """
    if not text or text.startswith("/") or ".." in text.split("/") or len(text) > 300:  # noqa: PLR2004 - the column's width
        raise InputError("lifecycle.pattern_broken", name="pattern", value=text[:80])
    made, used = [], set()
    for token in _TOKENS.finditer(text.rstrip("/")):
        part = token[0]
        if part.startswith("{") or part == "}":
            name = token[1] or ""
            if name not in _PARTS or name in used:
                raise InputError("lifecycle.pattern_broken", name="pattern", value=text[:80])
            used.add(name)
            made.append(_PARTS[name])
        else:
            made.append({"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part))
    if ({"mm", "dd"} & used and "yyyy" not in used) or ("dd" in used and "mm" not in used) or {"fy", "yyyy"} <= used:
        raise InputError("lifecycle.pattern_broken", name="pattern", value=text[:80])
    return re.compile("".join(made))


def met(pattern: str, path: str) -> re.Match[str] | None:
    """Whether the pattern meets the whole path."""
    return pattern_of(pattern).fullmatch(path.rstrip("/"))


def named_day(found: re.Match[str]) -> date | None:
    """The day that a path names: the last of the month, year or fiscal year where it names no more. None for 31 February."""
    parts = {name: int(value) for name, value in found.groupdict().items() if value}
    if "fy" in parts:
        return date(parts["fy"] + 1, 3, 31)
    if "yyyy" not in parts:
        return None
    year, month = parts["yyyy"], parts.get("mm", 12)
    day = parts.get("dd", monthrange(year, month)[1])
    return date(year, month, day) if day <= monthrange(year, month)[1] else None


def years_between(first: date, last: date, *, fiscal: bool) -> Iterator[tuple[date, date]]:
    """Each calendar or fiscal year that holds one of the days: its first day, and the first day of the next."""
    month = _APRIL if fiscal else 1
    start = date(first.year if (first.month, first.day) >= (month, 1) else first.year - 1, month, 1)
    while start <= last:
        end = start.replace(year=start.year + 1)
        yield start, end
        start = end


def fingerprint(store_id: uuid.UUID, rule_id: uuid.UUID, locator: dict[str, object]) -> str:
    """What was found, so that it is proposed once: SHA-256 of the store, the rule and the place."""
    return hashlib.sha256(msgspec.json.encode([store_id, rule_id, locator], order="deterministic")).hexdigest()
