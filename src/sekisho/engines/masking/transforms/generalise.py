"""Generalisation: numbers into bins, dates into periods, addresses into municipalities, texts into beginnings, values into
groups.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines import lexicon
from sekisho.engines.masking.transforms.base import Traits, Transform
from sekisho.engines.masking.transforms.calendar_texts import EPOCH, Dates, read_date, read_dates, write_dates
from sekisho.engines.masking.transforms.clusters import cluster_starts
from sekisho.engines.masking.transforms.columns import as_text, filled, is_text, points_of, text_of_points, with_gaps_of
from sekisho.engines.masking.transforms.context import Context, rows_error
from sekisho.engines.masking.transforms.numbers import read_numbers_of
from sekisho.engines.masking.transforms.parameters import choice, mapping, number, texts, whole
from sekisho.engines.masking.transforms.replace.addresses import municipality_of, prefecture_of
from sekisho.errors import Problem

__all__ = ["GeneraliseAddress", "GeneraliseAge", "GeneraliseDate", "GeneraliseNumber", "GeneraliseText", "Recode"]

_TRAITS: Final = Traits(reversible="partly")


def _takes_dates(kind: pa.DataType) -> bool:
    return bool(is_text(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def _of_distinct(codes: NDArray[np.int64], there: NDArray[np.bool_], name: Any) -> pa.Array:
    """A text for each row, made once for each distinct code."""
    distinct, places = np.unique(codes[there], return_inverse=True)
    index = np.zeros(len(codes), dtype=np.int64)
    index[there] = places
    return pa.array([*(name(int(one)) for one in distinct), ""], pa.string()).take(pa.array(index))


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneraliseNumber(Transform):
    """Numbers into bins of one width: ``20-29``; ends may be open: ``90-``.

    Attributes:
        width: Width of a bin, in the column's unit; bins begin at its multiples.
        low, high: What lies below ``low`` or from ``high`` on is one bin each.
        label: ``range`` (first to last whole number), ``lower`` or ``middle`` of the bin.
        dash: What stands between the ends.
    """

    name: ClassVar[str] = "generalise_number"

    width: float = number(low=1e-9, high=1e15)
    low: float | None = number(None, low=-1e15, high=1e15, optional=True)
    high: float | None = number(None, low=-1e15, high=1e15, optional=True)
    label: str = choice("range", among=("range", "lower", "middle"))
    dash: str = texts("-", low=1, high=3)

    @property
    def traits(self) -> Traits:
        """What is left is true, but coarse."""
        return _TRAITS

    def _contradictions(self) -> list[Problem]:
        if self.low is not None and self.high is not None and self.low >= self.high:
            return [Problem("masking.bounds_crossed", {"path": "low"}, column="low")]
        return []

    def _accepts(self, kind: pa.DataType) -> bool:
        return bool(is_text(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        numbers = read_numbers_of(values, context)
        context.memory.count("transformed", int(numbers.there.sum()))
        result = self._labels(numbers.real, numbers.there)
        return with_gaps_of(result, as_text(values), numbers.there)

    def _labels(self, real: NDArray[np.float64], there: NDArray[np.bool_]) -> pa.Array:
        bins = np.floor(real / self.width).astype(np.int64)
        lowest, highest = np.iinfo(np.int64).min, np.iinfo(np.int64).max
        if self.low is not None:
            bins[real < self.low] = lowest
        if self.high is not None:
            bins[real >= self.high] = highest

        def name(code: int) -> str:
            if code in {lowest, highest}:
                return f"{self.dash}{_shown(self.low)}" if code == lowest else f"{_shown(self.high)}{self.dash}"
            first = code * self.width
            if self.label == "lower":
                return _shown(first)
            if self.label == "middle":
                return _shown(first + self.width / 2)
            last = first + self.width - 1 if self.width.is_integer() else first + self.width
            return _shown(first) if last == first else f"{_shown(first)}{self.dash}{_shown(last)}"

        return _of_distinct(bins, there, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneraliseAge(Transform):
    """Birth dates into age bands on a day: ``20-24``, from ``high`` on one band.

    An age is completed on the day before the birthday (年齢計算ニ関する法律, 民法第143条第2項) where ``count`` is ``legal``;
    on the birthday itself where it is ``birthday``.

    Attributes:
        on: The day, ``2026-04-01``.
        band: Years of a band.
        high: From this age on one band.
    """

    name: ClassVar[str] = "generalise_age"

    on: str = texts(low=8, high=20)
    band: int = whole(5, low=1, high=100)
    high: int = whole(90, low=1, high=150)
    count: str = choice("birthday", among=("birthday", "legal"))
    unreadable: str = choice("refuse", among=("refuse", "null"))

    @property
    def traits(self) -> Traits:
        """What is left is true, but coarse."""
        return _TRAITS

    def _contradictions(self) -> list[Problem]:
        return [] if read_date(self.on) else [Problem("masking.expects_date", {"path": "on"}, column="on")]

    def _accepts(self, kind: pa.DataType) -> bool:
        return _takes_dates(kind)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        dates = read_dates(values, context, unreadable=self.unreadable)
        found = read_date(self.on)
        assert found is not None
        day = dt.date.fromordinal(found[1] + EPOCH + (1 if self.count == "legal" else 0))
        year, month, of_month = _parts(dates)
        ages = day.year - year - ((month > day.month) | ((month == day.month) & (of_month > day.day)))
        early = dates.there & (ages < 0)
        if early.any():
            raise rows_error("masking.born_later", np.flatnonzero(early), context)
        bands = np.where(ages >= self.high, -1, ages // self.band)
        context.memory.count("transformed", int(dates.there.sum()))

        def name(code: int) -> str:
            last = min((code + 1) * self.band, self.high) - 1
            return f"{self.high}-" if code < 0 else f"{code * self.band}-{last}" if last > code * self.band else str(last)

        return _gaps(_of_distinct(bands, dates.there, name), values, dates)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneraliseDate(Transform):
    """Dates into periods: ``2026-11``, ``2026-Q4``, ``2026``, ``2026年度``, ``2020-2029``.

    Attributes:
        to: The period. A fiscal year begins on 1 April.
        form: ``text``, or ``first_day`` of the period in the form of the original (for columns that must stay dates).
    """

    name: ClassVar[str] = "generalise_date"

    to: str = choice("month", among=("month", "quarter", "year", "fiscal_year", "decade"))
    form: str = choice("text", among=("text", "first_day"))
    unreadable: str = choice("refuse", among=("refuse", "null"))

    @property
    def traits(self) -> Traits:
        """What is left is true, but coarse."""
        return _TRAITS

    def _accepts(self, kind: pa.DataType) -> bool:
        return _takes_dates(kind)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        dates = read_dates(values, context, unreadable=self.unreadable)
        context.memory.count("transformed", int(dates.there.sum()))
        year, month, _ = _parts(dates)
        first = self._first_months(year, month)
        if self.form == "first_day":
            days = first.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
            return write_dates(values, dates, days, context)
        return _gaps(_of_distinct(first, dates.there, self._name), values, dates)

    def _first_months(self, year: NDArray[np.int64], month: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first month of the period, counted from 1970-01."""
        if self.to in {"month", "quarter"}:
            step = 1 if self.to == "month" else 3
            return np.asarray((year - 1970) * 12 + (month - 1) // step * step)
        if self.to == "fiscal_year":
            return np.asarray((year - (month < 4) - 1970) * 12 + 3)  # noqa: PLR2004 - April
        years = year if self.to == "year" else year // 10 * 10
        return np.asarray((years - 1970) * 12)

    def _name(self, code: int) -> str:
        year, month = 1970 + code // 12, code % 12 + 1
        names = {
            "month": f"{year:04d}-{month:02d}",
            "quarter": f"{year:04d}-Q{(month + 2) // 3}",
            "year": f"{year:04d}",
            "fiscal_year": f"{year:04d}年度",
            "decade": f"{year:04d}-{year + 9:04d}",
        }
        return names[self.to]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneraliseAddress(Transform):
    """Addresses into municipalities or prefectures.

    Attributes:
        to: What is left.
        unplaced: Addresses that begin with none are refused, become NULL, or the text of ``other``.
        other: That text.
    """

    name: ClassVar[str] = "generalise_address"

    to: str = choice("municipality", among=("municipality", "prefecture"))
    unplaced: str = choice("refuse", among=("refuse", "null", "other"))
    other: str = texts("その他", low=1, high=100)

    @property
    def traits(self) -> Traits:
        """What is left is true, but coarse."""
        return _TRAITS

    def _accepts(self, kind: pa.DataType) -> bool:
        return is_text(kind)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        column, there = as_text(values), filled(values)
        table = lexicon.municipalities()
        names = pc.unique(table["prefecture"]).to_pylist()
        codes = prefecture_of(column)
        if self.to == "municipality":
            names = pc.binary_join_element_wise(table["prefecture"], table["city"], "").to_pylist()
            codes = municipality_of(column)
        missing = there & (codes < 0)
        if missing.any() and self.unplaced == "refuse":
            raise rows_error("masking.place_unknown", np.flatnonzero(missing), context, kind=self.to)
        context.memory.count("place_unknown", int(missing.sum()))
        context.memory.count("transformed", int(there.sum()))
        last = None if self.unplaced == "null" else self.other
        pool = pa.array([*names, last], pa.string())
        return with_gaps_of(pool.take(pa.array(np.where(codes < 0, len(names), codes))), column, there)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneraliseText(Transform):
    """The first characters of each value: postal codes into areas, codes of occupations into groups.

    Attributes:
        keep_first: Characters that stay, as people count them.
        fill: What stands for each other one; empty: nothing.
    """

    name: ClassVar[str] = "generalise_text"

    keep_first: int = whole(low=1, high=1000)
    fill: str = texts("", high=1)

    @property
    def traits(self) -> Traits:
        """What is left is true, but coarse."""
        return _TRAITS

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        column, there = as_text(values), filled(values)
        context.memory.count("transformed", int(there.sum()))
        text = points_of(column)
        starts, rows = cluster_starts(text), text.rows
        running = np.cumsum(starts)
        begins = text.offsets[:-1][rows]
        kept = np.asarray(running - running[begins] + 1 <= self.keep_first)
        points, shown = text.points.copy(), kept
        if self.fill:
            shown = kept | starts
            points[~kept & starts] = ord(self.fill)
        offsets = np.zeros(len(text.offsets), dtype=np.int64)
        np.cumsum(np.bincount(rows[shown], minlength=len(values)), out=offsets[1:])
        return with_gaps_of(text_of_points(offsets, points[shown]), column, there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recode(Transform):
    """Values into groups by a table: the recodings that a privacy assessment hands on.

    Attributes:
        groups: Value → group.
        others: Values outside the table are refused, become NULL, or the text of ``other``.
        other: That text.
    """

    name: ClassVar[str] = "recode"

    groups: Mapping[str, str] = mapping(low=1, high=1_000_000)
    others: str = choice("refuse", among=("refuse", "null", "other"))
    other: str = texts("*", low=1, high=100)

    @property
    def traits(self) -> Traits:
        """What is left is true, but coarse."""
        return _TRAITS

    def describe(self) -> dict[str, Any]:
        """With the number of values in the table instead of the table."""
        return {**Transform.describe(self), "groups": len(self.groups)}

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        column, there = as_text(values), filled(values)
        index = pc.index_in(column, value_set=pa.array(list(self.groups), column.type))
        missing = there & ~np.asarray(index.is_valid())
        if missing.any() and self.others == "refuse":
            raise rows_error("masking.not_in_table", np.flatnonzero(missing), context)
        context.memory.count("not_in_table", int(missing.sum()))
        context.memory.count("transformed", int(there.sum()))
        last = None if self.others == "null" else self.other
        pool = pa.array([*self.groups.values(), last], pa.string())
        return with_gaps_of(pool.take(pc.fill_null(index, len(self.groups))), column, there)


def _parts(dates: Dates) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Year, month and day of the month of each row."""
    days = dates.days.astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    return 1970 + months // 12, months % 12 + 1, of_month


def _gaps(result: pa.Array, values: pa.Array, dates: Dates) -> pa.Array:
    """NULL and empty as they were; NULL where a text was no date."""
    empty = filled(values) | np.asarray(values.is_null()) if is_text(values.type) else np.ones(len(values), dtype=bool)
    other = pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), pa.scalar(""))
    return pc.if_else(pa.array(dates.there), result, other)


def _shown(value: float | None) -> str:
    assert value is not None
    return str(int(value)) if float(value).is_integer() else f"{value:.12g}"
