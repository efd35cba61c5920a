"""Dates in texts as Japanese tables write them: read into days and written back in the same form.

2026-11-30, 2026/11/30, 2026.11.30, 20261130, 2026年11月30日, 令和8年11月30日, R8.11.30, R08/11/30, 令和元年5月1日, and the
seven digits of administrative systems (5081130: era code, year, month, day); full width, too; a time of day behind the date
stays as it is.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.columns import filled
from sekisho.engines.masking.transforms.context import Context, rows_error

__all__ = ["Dates", "Layout", "days_of", "read_date", "read_dates", "write_dates"]

EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_FIRST_DAY: Final = dt.date.min.toordinal() - EPOCH
_LAST_DAY: Final = dt.date.max.toordinal() - EPOCH
_ERAS: Final = (  # first day and names: 元号を改める政令 and their predecessors
    (dt.date(2019, 5, 1), "令和", "R", "5"),
    (dt.date(1989, 1, 8), "平成", "H", "4"),
    (dt.date(1926, 12, 25), "昭和", "S", "3"),
    (dt.date(1912, 7, 30), "大正", "T", "2"),
    (dt.date(1868, 10, 23), "明治", "M", "1"),
)
_SEPARATED: Final = re.compile(
    r"(?P<year>[0-9]{4})(?P<a>[-/.年])(?P<month>[0-9]{1,2})(?P<b>[-/.月])(?P<day>[0-9]{1,2})(?P<c>日?)(?P<tail>.*)"
)
_PLAIN: Final = re.compile(r"(?P<year>[0-9]{4})(?P<a>)(?P<month>[0-9]{2})(?P<b>)(?P<day>[0-9]{2})(?P<c>)(?P<tail>)")
_ERA: Final = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])(?P<year>元|[0-9]{1,2})(?P<a>[-/.年])(?P<month>[0-9]{1,2})(?P<b>[-/.月])"
    r"(?P<day>[0-9]{1,2})(?P<c>日?)(?P<tail>)"
)
_CODED: Final = re.compile(r"(?P<era>[1-5])(?P<year>[0-9]{2})(?P<a>)(?P<month>[0-9]{2})(?P<b>)(?P<day>[0-9]{2})(?P<c>)(?P<tail>)")
_TAIL: Final = re.compile(r"(?:[ T][0-9]{1,2}:[0-9]{2}.*)?")
_MARKS: Final = {"年": "月", "-": "-", "/": "/", ".": ".", "": ""}
_INT64: Final = 2**63 - 1
_SHIFT: Final = 32


@dataclass(frozen=True, slots=True)
class Layout:
    """How a date was written: separators, digits of the month and day, column of the era's name (0: none), width, and the time
    behind.
    """

    marks: tuple[str, str, str]
    year_width: int
    month_width: int
    day_width: int
    era: int = 0
    first_year: bool = False
    wide: bool = False
    tail: str = ""

    def write(self, day: int) -> str | None:
        """The date ``day`` days after 1970-01-01 in this form; None where it cannot be written so (before the first era)."""
        try:
            date = dt.date.fromordinal(day + EPOCH)
        except (ValueError, OverflowError):
            return None
        head, year = "", date.year
        if self.era:
            found = next((one for one in _ERAS if one[0] <= date), None)
            if found is None:
                return None
            head, year = str(found[self.era]), date.year - found[0].year + 1
        written = "元" if self.first_year and year == 1 else f"{year:0{self.year_width}d}"
        text = f"{head}{written}{self.marks[0]}{date.month:0{self.month_width}d}{self.marks[1]}{date.day:0{self.day_width}d}"
        text += self.marks[2]
        if self.wide:
            text = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)
        return text + self.tail


@dataclass(frozen=True, slots=True)
class Dates:
    """A column of dates: days since 1970-01-01, which rows hold one, and the layout of each row (texts only)."""

    days: NDArray[np.int64]
    there: NDArray[np.bool_]
    layouts: tuple[Layout, ...] = ()
    layout: NDArray[np.int64] | None = None


def read_date(text: str) -> tuple[Layout, int] | None:
    """One date with its layout; None where the text is no date."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for pattern in (_SEPARATED, _PLAIN, _ERA, _CODED):
        found = pattern.fullmatch(plain)
        if found and _MARKS.get(found["a"]) == found["b"] and _TAIL.fullmatch(found["tail"]):
            return _placed(found, text)
    return None


def _placed(found: re.Match[str], text: str) -> tuple[Layout, int] | None:
    groups = found.groupdict()
    era = groups.get("era")
    kind = 0 if era is None else 3 if era.isdigit() else min(len(era), 2) % 2 + 1
    year = 1 if groups["year"] == "元" else int(groups["year"])
    if era is not None:
        begin = next(one[0] for one in _ERAS if era in one[1:])
        year += begin.year - 1
    try:
        date = dt.date(year, int(groups["month"]), int(groups["day"]))
    except ValueError:
        return None
    if era is not None and (date < begin or next(one for one in _ERAS if one[0] <= date)[0] != begin):
        return None  # a day of another era: 昭和64年1月8日
    wide = any("０" <= one <= "９" for one in text)
    tail = "" if not groups["tail"] else text.strip()[found.start("tail") :]
    width = min(len(groups["month"]), len(groups["day"]))  # 5/11 is written without zeros in front, 05/11 with them
    year_width = min(len(groups["year"]), width) if kind in {1, 2} else len(groups["year"])
    first_year = kind == 1 and groups["year"] != "1"
    layout = Layout((groups["a"], groups["b"], groups["c"]), year_width, width, width, kind, first_year, wide, tail)
    return layout, date.toordinal() - EPOCH


def days_of(values: pa.Array) -> NDArray[np.int64] | None:
    """Days since 1970-01-01 of a column of dates or time stamps (NULL as 0); None for other types."""
    kind = values.type
    if not pa.types.is_date(kind) and not pa.types.is_timestamp(kind):
        return None
    if pa.types.is_timestamp(kind) and kind.tz:
        values = pc.local_timestamp(values)  # the day of its own time zone
    days = values.cast(pa.date32(), safe=False) if not pa.types.is_date32(kind) else values
    return np.asarray(pc.fill_null(days.cast(pa.int32()), 0)).astype(np.int64)


def read_dates(values: pa.Array, context: Context, *, unreadable: str) -> Dates:
    """The dates of a column of texts, dates or time stamps.

    ``unreadable``: ``refuse`` or ``null`` for texts that are no dates.

    Raises:
        InputError: texts that are no dates; the rows are named.
    """
    there = filled(values)
    days = days_of(values)
    if days is not None:
        return Dates(days, there)
    encoded = values.dictionary_encode()
    found = [read_date(text) for text in encoded.dictionary.to_pylist()]
    layouts = tuple(dict.fromkeys(one[0] for one in found if one))
    places = {layout: place for place, layout in enumerate(layouts)}
    days_by_code = np.array([one[1] if one else 0 for one in found] or [0], dtype=np.int64)
    layout_by_code = np.array([places[one[0]] if one else -1 for one in found] or [-1], dtype=np.int64)
    codes = np.asarray(pc.fill_null(encoded.indices, 0)).astype(np.int64)
    layout = layout_by_code[codes]
    wrong = there & (layout < 0)
    if wrong.any() and unreadable == "refuse":
        raise rows_error("masking.not_a_date", np.flatnonzero(wrong), context)
    context.memory.count("unreadable", int(wrong.sum()))
    return Dates(days_by_code[codes], there & ~wrong, layouts, layout)


def write_dates(values: pa.Array, dates: Dates, days: NDArray[np.int64], context: Context) -> pa.Array:
    """New days in the form of the originals: the same type, or each text in its own layout. Rows without a date keep NULL or
    empty.

    Raises:
        InputError: a new date cannot be written in the layout (before 明治, before year 1); the rows are named.
    """
    if dates.layout is None:
        last = min(_LAST_DAY, _INT64 // _per_day(values.type) - 1)
        outside = dates.there & ((days < max(_FIRST_DAY, -last)) | (days > last))
        if outside.any():
            raise rows_error("masking.date_outside", np.flatnonzero(outside), context)
        return _shifted(values, days - dates.days, dates.there)
    keys = (dates.layout << _SHIFT) + days
    distinct, places = np.unique(keys[dates.there], return_inverse=True)
    texts = [dates.layouts[int(key) >> _SHIFT].write(_low(int(key))) for key in distinct]
    wrong = np.array([text is None for text in texts], dtype=bool)
    if wrong.any():
        raise rows_error("masking.date_outside", np.flatnonzero(dates.there)[wrong[places]], context)
    codes = np.zeros(len(values), dtype=np.int64)
    codes[dates.there] = places
    written = pa.array([*texts, ""], pa.string()).take(pa.array(codes))
    empty = pc.if_else(
        pc.fill_null(pc.equal(pc.utf8_length(values), 0), fill_value=False), pa.scalar(""), pa.scalar(None, pa.string())
    )
    return pc.if_else(pa.array(dates.there), written, empty)


def _low(key: int) -> int:
    low = key & ((1 << _SHIFT) - 1)
    return low - (1 << _SHIFT) if low >> (_SHIFT - 1) else low


def _per_day(kind: pa.DataType) -> int:
    """How many units of the type a day has."""
    unit = kind.unit if pa.types.is_timestamp(kind) else "" if pa.types.is_date32(kind) else "ms"
    return {"": 1, "s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[unit]


def _shifted(values: pa.Array, by: NDArray[np.int64], there: NDArray[np.bool_]) -> pa.Array:
    """Dates or time stamps later by so many days; the time of day stays."""
    kind, step = values.type, _per_day(values.type)
    whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
    numbers = np.asarray(pc.fill_null(values.cast(whole), 0)).astype(np.int64) + by * step
    return pa.array(numbers, pa.int64(), mask=~there).cast(whole).cast(kind)
