"""Format-preserving encryption of columns: length, kind of characters, separators and check digits stay; the key turns it
back.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.checkdigits import SCHEMES, Scheme, luhn_digit
from sekisho.engines.masking.transforms.base import KeyedTransform, Traits
from sekisho.engines.masking.transforms.by_class import CLASSES, divided, permuted, possible
from sekisho.engines.masking.transforms.columns import (
    as_text,
    filled,
    fixed_texts,
    is_text,
    points_of,
    text_of_points,
    utf8,
    with_gaps_of,
)
from sekisho.engines.masking.transforms.context import Context, rows_error
from sekisho.engines.masking.transforms.ff1 import FF1, domain_is_large_enough
from sekisho.engines.masking.transforms.guard import PROTECTED
from sekisho.engines.masking.transforms.parameters import choice, flag, texts, whole
from sekisho.engines.masking.transforms.token import ALPHABETS
from sekisho.errors import InputError, Problem

__all__ = ["FormatPreserving"]

_FULL_WIDTH: Final = 0xFEE0
_ASCII: Final = 0x80
_SEPARATORS: Final = "-‐‑–—−－ー 　()（）./+＋_"
_SCHEMES: Final = {name: scheme for name, scheme in SCHEMES.items() if name not in PROTECTED}
_BY_CLASS: Final = "by_class"
_UNKNOWN: Final = -1
_KEPT: Final = -2
"""What a character of the text is where it is no numeral."""


@dataclass(frozen=True, slots=True)
class _Letters:
    """An alphabet as tables: numeral of each code point, and whether it is a full-width form that shall stay one."""

    numerals: NDArray[np.int32]
    shift: NDArray[np.uint32]
    points: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatPreserving(KeyedTransform):
    """NIST FF1 over the numerals of each value; separators stay where they are.

    A check digit is left out of what is encrypted and computed anew: one pass and still one to one, where walking the cycle
    until a number happens to be valid would take ten passes. Wrong check digits are refused, or kept as wrong as they were
    (the distance to the right one stays), which is one to one as well.

    Attributes:
        alphabet: A name (``digits``, ``letters``, ``alphanumeric``, …) or the characters themselves, in order; ``by_class``:
        digits
            stay digits, capitals capitals, small letters, hiragana and katakana alike.
        tweak: Text that makes other outputs under the same key; not secret.
        keep_first, keep_last: Numerals that stay (the issuer of a card); what is left must have a million values.
        keep_characters: Characters outside the alphabet that stay where they are; any other one is refused.
        full_width: Full-width forms count as the characters of the alphabet, and stay full-width.
        check_digit: The scheme that the numbers follow; ``none`` for none.
        wrong_check_digit: ``refuse`` or ``keep``.
        width: For columns of integers: digits with zeros in front.
        direction: ``decrypt`` turns back what ``encrypt`` made.
    """

    name: ClassVar[str] = "ff1"
    purpose: ClassVar[str] = "ff1"

    alphabet: str = texts("digits", low=2, high=65_536)
    tweak: str = texts("", high=64)
    keep_first: int = whole(0, low=0, high=100)
    keep_last: int = whole(0, low=0, high=100)
    keep_characters: str = texts(_SEPARATORS, high=200, distinct=True)
    full_width: bool = flag(default=True)
    check_digit: str = choice("none", among=("none", "luhn", *_SCHEMES))
    wrong_check_digit: str = choice("refuse", among=("refuse", "keep"))
    width: int | None = whole(None, low=2, high=38, optional=True)
    direction: str = choice("encrypt", among=("encrypt", "decrypt"))

    @property
    def characters(self) -> str:
        """The alphabet itself."""
        return "".join(CLASSES) if self.alphabet == _BY_CLASS else ALPHABETS.get(self.alphabet, self.alphabet)

    @property
    def traits(self) -> Traits:
        """One to one, and back with the key."""
        return Traits(reversible="with_key", keeps_distinct=not self.normalise, keeps_format=True)

    def reversed(self) -> FormatPreserving:
        """The transform that turns the outputs back, with the same key: for whoever is authorised to."""
        return dataclasses.replace(self, direction="decrypt" if self.direction == "encrypt" else "encrypt")

    def _contradictions(self) -> list[Problem]:
        alphabet = self.characters
        if len(set(alphabet)) != len(alphabet):
            return [Problem("masking.expects_alphabet", {"path": "alphabet", "low": 2, "high": 65_536}, column="alphabet")]
        if self.check_digit != "none" and alphabet != ALPHABETS["digits"]:
            return [Problem("masking.check_digit_of_digits", {"path": "check_digit"}, column="check_digit")]
        if self.width and not domain_is_large_enough(len(alphabet), self._payload(self.width).size):
            return [Problem("masking.width_small", {"path": "width"}, column="width")]
        return []

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        there = filled(values)
        context.memory.count("transformed", int(there.sum()))
        column = self._prepared(values) if is_text(values.type) else self._of_numbers(values, context)
        radix = 2 if self.alphabet == _BY_CLASS else len(self.characters)
        cipher = FF1(self._key(context), radix, self.tweak.encode())
        result = self._uniform(column, there, cipher, context)
        if result is None:
            result = self._any(column, there, cipher, context)
        result = with_gaps_of(result, column, there)
        return result if is_text(values.type) else result.cast(values.type)

    def _of_numbers(self, values: pa.Array, context: Context) -> pa.Array:
        """Integers as digits with zeros in front."""
        scaled = pa.types.is_decimal(values.type) and values.type.scale > 0
        if self.width is None or scaled or pa.types.is_date(values.type) or self.alphabet != "digits":
            raise InputError("masking.width_needed", column=context.column, found=str(values.type))
        column = pc.utf8_lpad(as_text(values), self.width, "0")
        text = np.asarray(pc.fill_null(pc.match_substring_regex(column, f"^[0-9]{{{self.width}}}$"), fill_value=True))
        wrong = np.flatnonzero(~text)
        if len(wrong):
            raise rows_error("masking.number_outside", wrong, context, width=self.width)
        return column

    def _payload(self, length: int) -> NDArray[np.intp]:
        """The places that are encrypted."""
        places = np.arange(length)
        inner = (places >= self.keep_first) & (places < length - self.keep_last)
        if self.check_digit != "none":
            inner &= places != self._check_place(length)
        return np.asarray(places[inner])

    def _check_place(self, length: int) -> int:
        return length - 1 if self.check_digit == "luhn" else _SCHEMES[self.check_digit].position

    def _uniform(self, column: pa.Array, there: NDArray[np.bool_], cipher: FF1, context: Context) -> pa.Array | None:
        """The quick way for digits of one length with separators at the same places; None where it is another case."""
        encoded = utf8(column)
        if self.characters != ALPHABETS["digits"] or not len(column) or not there.all():
            return None
        length = int(encoded.offsets[1])
        if not length or not (encoded.lengths == length).all():
            return None
        rows = encoded.data[: length * len(column)].reshape(-1, length)
        numerals = rows - np.uint8(ord("0"))
        special = numerals > 9  # noqa: PLR2004 - the digits
        columns = special[0]
        kept = np.frombuffer(bytes(ord(one) for one in self.keep_characters if ord(one) < _ASCII), dtype=np.uint8)
        if not (special == columns).all() or not np.isin(rows[:, columns], kept).all():
            return None
        places = np.flatnonzero(~columns)
        whole_rows = places.size == length
        group = numerals if whole_rows else np.ascontiguousarray(numerals[:, places])
        done = self._group(group, np.arange(len(column)), cipher, context) + np.uint8(ord("0"))
        if whole_rows:
            return fixed_texts(done)
        result = rows.copy()
        result[:, places] = done
        return fixed_texts(result)

    def _any(self, column: pa.Array, there: NDArray[np.bool_], cipher: FF1, context: Context) -> pa.Array:
        """The general way: any alphabet, any lengths, separators anywhere."""
        letters = _letters(self.characters, self.keep_characters, full_width=self.full_width)
        text = points_of(column)
        known = np.minimum(text.points, len(letters.numerals) - 1)
        numerals = letters.numerals[known]
        rows = text.rows
        unknown = np.unique(rows[numerals == _UNKNOWN])
        if len(unknown):
            raise rows_error("masking.not_in_alphabet", unknown, context)
        places = np.flatnonzero(numerals >= 0)
        counts = np.bincount(rows[places], minlength=len(column))
        begins = np.cumsum(counts) - counts
        kind: Any = np.uint8 if len(letters.points) <= 256 else np.uint32  # noqa: PLR2004 - numerals of a byte
        plain = numerals[places].astype(kind)
        done = plain.copy()
        for length in np.unique(counts[there]).tolist():
            group = np.flatnonzero(there & (counts == length))
            cells = begins[group][:, None] + np.arange(length)
            done[cells] = self._group(plain[cells], group, cipher, context)
        points = text.points.copy()
        points[places] = letters.points[done] + letters.shift[known[places]]
        return text_of_points(text.offsets, points)

    def _group(self, rows: NDArray[Any], numbers: NDArray[np.intp], cipher: FF1, context: Context) -> NDArray[Any]:
        """Rows of one length, encrypted or decrypted; ``numbers``: their places in the batch, for errors."""
        length = rows.shape[1]
        scheme = _SCHEMES.get(self.check_digit)
        if scheme is not None and length != scheme.places:
            raise rows_error("masking.wrong_length", numbers, context, expected=scheme.places, found=length)
        payload = self._payload(length)
        if self.alphabet == _BY_CLASS:
            return self._group_by_class(rows, payload, numbers, cipher, context)
        if not domain_is_large_enough(cipher.radix, payload.size):
            raise rows_error("masking.domain_small", numbers, context, radix=cipher.radix, length=int(payload.size))
        run = cipher.decrypt if self.direction == "decrypt" else cipher.encrypt
        if payload.size == length:
            return run(rows)
        distance = self._distance(rows, scheme, numbers, context)
        result = rows.copy()
        result[:, payload] = run(np.ascontiguousarray(rows[:, payload]))
        if distance is not None:
            result[:, self._check_place(length)] = (self._check_digits(result, scheme) + distance) % 10
        return result

    def _group_by_class(
        self, rows: NDArray[Any], payload: NDArray[np.intp], numbers: NDArray[np.intp], cipher: FF1, context: Context
    ) -> NDArray[Any]:
        """Rows of one length, divided by what kind of character stands at each place."""
        result = rows.copy()
        cells = rows[:, payload]
        for classes, mine in divided(cells):
            if not possible(classes):
                raise rows_error("masking.domain_small", numbers[mine], context, radix=_BY_CLASS, length=int(payload.size))
            backward = self.direction == "decrypt"
            result[np.ix_(mine, payload)] = permuted(cipher, cells[mine], classes, backward=backward)
        return result

    def _distance(
        self, rows: NDArray[Any], scheme: Scheme | None, numbers: NDArray[np.intp], context: Context
    ) -> NDArray[Any] | None:
        """How far each check digit is from the right one; None without a scheme."""
        if self.check_digit == "none":
            return None
        given = rows[:, self._check_place(rows.shape[1])] + np.uint8(10)
        distance: NDArray[Any] = (given - self._check_digits(rows, scheme)) % 10
        wrong = np.flatnonzero(distance)
        if len(wrong) and self.wrong_check_digit == "refuse":
            raise rows_error("masking.check_digit_wrong", numbers[wrong], context, kind=self.check_digit)
        context.memory.count("check_digit_wrong", len(wrong))
        return distance

    def _check_digits(self, rows: NDArray[Any], scheme: Scheme | None) -> NDArray[Any]:
        return luhn_digit(rows[:, :-1]) if scheme is None else scheme.compute(rows)


def _letters(alphabet: str, kept: str, *, full_width: bool) -> _Letters:
    """The tables of an alphabet. The last entry stands for every code point behind the table."""
    points = np.array([ord(one) for one in alphabet], dtype=np.uint32)
    size = int(max(points.max(), *(ord(one) for one in kept or " "))) + _FULL_WIDTH + 2
    numerals = np.full(size, _UNKNOWN, dtype=np.int32)
    shift = np.zeros(size, dtype=np.uint32)
    numerals[[ord(one) for one in kept]] = _KEPT
    if full_width:
        plain = points[points < _ASCII]
        numerals[plain + _FULL_WIDTH] = np.flatnonzero(points < _ASCII)
        shift[plain + _FULL_WIDTH] = _FULL_WIDTH
    numerals[points] = np.arange(len(points))
    shift[points] = 0
    return _Letters(numerals, shift, points)
