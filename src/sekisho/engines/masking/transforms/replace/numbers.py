"""Numbers that look right: with valid check digits where the target looks at them; dummies for マイナンバー with wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sekisho.engines.checkdigits import SCHEMES, luhn_digit
from sekisho.engines.masking.transforms.base import Traits, Transform
from sekisho.engines.masking.transforms.columns import as_text, filled, fixed_texts, points_of, text_of_points, with_gaps_of
from sekisho.engines.masking.transforms.context import Context
from sekisho.engines.masking.transforms.guard import PROTECTED
from sekisho.engines.masking.transforms.numerals import write_numbers
from sekisho.engines.masking.transforms.parameters import choice, texts, whole
from sekisho.engines.masking.transforms.replace.entity import Replacement
from sekisho.errors import InputError, Problem

__all__ = ["DummyNumber", "FakeNumber", "placed_digits"]

_CARD: Final = "card"
_PREFIXES: Final = {"corporate_number": "99", "driving_licence": "99", _CARD: "99999"}
"""Beginnings (without the check digit) that nobody has: no registry office and no public safety commission has the code 99; 9
as the first digit of a card is left to national bodies, and 99999 is no issuer that a scheme routes to."""
_WHATS: Final = (_CARD, *(name for name in SCHEMES if name not in PROTECTED))
_DIGITS: Final = np.arange(10, dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeNumber(Replacement):
    """A number of a scheme with its right check digit.

    Attributes:
        what: The scheme.
        prefix: First digits (check digit not counted); empty: a beginning that is not in use, where one is known.
        length: Digits of a card number; other schemes have their own length.
    """

    name: ClassVar[str] = "fake_number"
    purpose: ClassVar[str] = "number"

    what: str = choice(among=_WHATS)
    prefix: str = texts("", high=12)
    length: int = whole(16, low=12, high=19)

    @property
    def places(self) -> int:
        """Digits of a number."""
        return self.length if self.what == _CARD else SCHEMES[self.what].places

    def _contradictions(self) -> list[Problem]:
        digits = self.prefix.isascii() and (self.prefix.isdigit() or not self.prefix)
        if not digits or len(self.prefix) >= self.places - 1:
            return [Problem("masking.expects_digits", {"path": "prefix", "high": self.places - 2}, column="prefix")]
        return []

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        words = self._words(values, context)
        prefix = self.prefix or _PREFIXES.get(self.what, "")
        rows = np.zeros((len(values), self.places), dtype=np.uint8)
        check = self.places - 1 if self.what == _CARD else SCHEMES[self.what].position
        payload = [place for place in range(self.places) if place != check]
        rows[:, payload[: len(prefix)]] = np.frombuffer(prefix.encode(), dtype=np.uint8) - ord("0")
        rest = payload[len(prefix) :]
        cells = np.empty((len(values), len(rest)), dtype=np.uint8)
        write_numbers(cells, words[:, 0] % np.uint64(10 ** len(rest)), _DIGITS)
        rows[:, rest] = cells
        rows[:, check] = luhn_digit(rows[:, :-1]) if self.what == _CARD else SCHEMES[self.what].compute(rows)
        return self._finished(placed_digits(rows, as_text(values), filled(values)), values, context)


@dataclass(frozen=True, slots=True, kw_only=True)
class DummyNumber(Transform):
    """Dummies for マイナンバー and 住民票コード: out of chance alone, nothing of the input in them, no table kept.

    A dummy that depended on the number would be the number converted (番号法第2条第9項). So the same person has another dummy
    in each table and run: whoever must join, joins by another key.

    Attributes:
        what: The kind of number.
        check_digit: ``wrong``: never right, so that nobody takes it for real (the rule for test data); ``right`` only with a
        ``reason``. reason: Why the target cannot do with wrong check digits; kept in the plan and the report. The dummy may be
        somebody's number.
    """

    name: ClassVar[str] = "dummy_number"
    removes: ClassVar[bool] = True

    what: str = choice("my_number", among=tuple(PROTECTED))
    check_digit: str = choice("wrong", among=("wrong", "right"))
    reason: str = texts("", high=1000)

    @property
    def traits(self) -> Traits:
        """Nothing is left but who has a number."""
        return Traits(reversible="no", consistent=False, realistic=True)

    def _contradictions(self) -> list[Problem]:
        if self.check_digit == "right" and not self.reason.strip():
            return [Problem("masking.reason_needed", {"path": "reason"}, column="reason")]
        return []

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        if context.random is None:
            raise InputError("masking.chance_missing", column=context.column)
        scheme, there = PROTECTED[self.what], filled(values)
        words = np.frombuffer(context.random(16 * len(values)), dtype=np.uint64).reshape(-1, 2)
        rows = np.empty((len(values), scheme.places), dtype=np.uint8)
        write_numbers(rows, words[:, 0] % np.uint64(10**scheme.places), _DIGITS)
        shift = words[:, 1] % np.uint64(9) + np.uint64(1) if self.check_digit == "wrong" else np.uint64(0)
        rows[:, scheme.position] = (scheme.compute(rows) + shift) % np.uint64(10)
        context.memory.count("dummies", int(there.sum()))
        if not pa.types.is_integer(values.type) and not pa.types.is_decimal(values.type):
            return with_gaps_of(placed_digits(rows, as_text(values), there), as_text(values), there)
        return with_gaps_of(fixed_texts(rows + np.uint8(ord("0"))), as_text(values), there).cast(values.type)


def placed_digits(rows: NDArray[np.uint8], like: pa.Array, there: NDArray[np.bool_]) -> pa.Array:
    """Rows of digits in the form of the originals: separators and full width stay where the original has as many digits."""
    plain = fixed_texts(rows + np.uint8(ord("0")))
    text = points_of(like)
    half = (text.points >= ord("0")) & (text.points <= ord("9"))
    full = (text.points >= ord("０")) & (text.points <= ord("９"))
    places = np.flatnonzero(half | full)
    owners = text.rows[places]
    counts = np.bincount(owners, minlength=len(like))
    fits = there & (counts == rows.shape[1])
    if not fits.any() or (fits.all() and len(places) == len(text.points) and not full.any()):
        return plain
    points = text.points.copy()
    targets = places[fits[owners]]
    base = np.where(full[targets], ord("０"), ord("0")).astype(np.uint32)
    points[targets] = rows[fits].reshape(-1) + base
    kept = text_of_points(text.offsets, points)
    return with_gaps_of(kept, plain, fits)
