"""Dates moved: all dates of one person by the same number of days, so that intervals stay; or birth dates made up within a
band.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.base import KeyedTransform, Traits
from sekisho.engines.masking.transforms.calendar_texts import read_dates, write_dates
from sekisho.engines.masking.transforms.columns import as_text, filled, is_text
from sekisho.engines.masking.transforms.context import Context, rows_error
from sekisho.engines.masking.transforms.parameters import choice, flag, names, whole
from sekisho.engines.masking.transforms.prf import pseudorandom_texts
from sekisho.engines.masking.transforms.replace.entity import Replacement, entity_texts, part, scaled
from sekisho.errors import Problem

__all__ = ["DateShift", "FakeBirthDate"]

_WEEK = 7


def _takes_dates(kind: pa.DataType) -> bool:
    return bool(is_text(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class DateShift(KeyedTransform):
    """Every date of an entity moves by the same number of days, never by none: in all columns and tables with this space and
    domain.

    Whoever knows one true date of a person can work out the others; a report must say so.

    Attributes:
        entity: Columns that name the person (the number, not the name). Rows without are refused.
        most_days: Largest move.
        weeks: Whole weeks only, so that days of the week stay.
        direction: ``past`` for dates that must not come to lie in the future.
        unreadable: Texts that are no dates are refused, or become NULL.
    """

    name: ClassVar[str] = "date_shift"
    purpose: ClassVar[str] = "date_shift"

    entity: tuple[str, ...] = names(low=1)
    most_days: int = whole(180, low=1, high=36_500)
    weeks: bool = flag(default=False)
    direction: str = choice("both", among=("both", "past", "future"))
    unreadable: str = choice("refuse", among=("refuse", "null"))

    @property
    def traits(self) -> Traits:
        """Intervals within an entity stay."""
        return Traits(reversible="by_search_with_key", scope="row", keeps_format=True)

    def needs(self) -> tuple[str, ...]:
        """The columns of the entity."""
        return self.entity

    def _contradictions(self) -> list[Problem]:
        if self.weeks and self.most_days < _WEEK:
            return [Problem("masking.weeks_too_short", {"path": "most_days"}, column="most_days")]
        return []

    def _accepts(self, kind: pa.DataType) -> bool:
        return _takes_dates(kind)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        dates = read_dates(values, context, unreadable=self.unreadable)
        own = pa.array([""], pa.string()).take(pa.array(np.zeros(len(values), dtype=np.int64)))
        entity = entity_texts(self.entity, own, context, self.normalise)
        nobody = dates.there & ~filled(entity)
        if nobody.any():
            raise rows_error("masking.entity_missing", np.flatnonzero(nobody), context, columns=", ".join(self.entity))
        context.memory.count("transformed", int(dates.there.sum()))
        days = dates.days + self._moves(pseudorandom_texts(self._key(context), entity))
        return write_dates(values, dates, days, context)

    def _moves(self, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        step = _WEEK if self.weeks else 1
        steps = self.most_days // step
        moves = (1 + scaled(part(words, 0, 0, 32), 32, steps)) * step
        if self.direction == "both":
            return np.where(part(words, 0, 40, 1) == 1, -moves, moves)
        return -moves if self.direction == "past" else moves


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeBirthDate(Replacement):
    """Another date within the same band of years, so that age groups stay; never the own one.

    Attributes:
        band: Years of a band; bands begin at years that it divides (1980 to 1984 with 5).
        unreadable: Texts that are no dates are refused, or become NULL.
    """

    name: ClassVar[str] = "fake_birth_date"
    purpose: ClassVar[str] = "birth_date"

    band: int = whole(5, low=1, high=100)
    unreadable: str = choice("refuse", among=("refuse", "null"))

    def _accepts(self, kind: pa.DataType) -> bool:
        return _takes_dates(kind)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        dates = read_dates(values, context, unreadable=self.unreadable)
        context.memory.count("transformed", int(dates.there.sum()))
        own = as_text(pa.array(dates.days)) if not self.entity else as_text(values)
        entity = entity_texts(self.entity, own, context, self.normalise) if self.entity else own
        words = pseudorandom_texts(self._key(context), entity)
        years = dates.days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
        first = (years // self.band * self.band - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
        after = (
            (years // self.band * self.band + self.band - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
        )
        made = first + scaled(part(words, 0, 0, 32), 32, after - first - 1)
        made += made >= dates.days  # one of the other days, each as likely
        return write_dates(values, dates, made, context)
