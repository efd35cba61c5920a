"""Check digits of the numbers that Japanese bodies keep: for one number and for whole columns at once.

A column is a matrix of digits, ``uint8`` of shape ``(rows, places)``, most significant place first; :func:`digits` makes it from
texts of one length. A :class:`Scheme` computes the check digit out of the other places (``compute``) and says which rows hold
(``valid``). Numbers are digits only: whoever reads them takes out separators and full-width forms before.

Sources and how sure they are (also in ``docs/reference/leak-scan-kinds.md``):

=======================  ==================================================================================================
マイナンバー              番号法施行令第6条, 個人番号・個人番号カード等に関する命令第5条 (text compared)
法人番号                  番号法施行令第35条, 法人番号の指定等に関する省令 (formula compared with published numbers)
住民票コード              総務大臣's notice was not to be had; the formula of other systems, fits 3 of 4 public samples
運転免許証                道路交通法's notices are not public; the formula of a university's study and of many descriptions
保険者番号・公費負担者番号  厚生労働省「保険者番号等設定要領」 (modulus 10, weights 2 and 1: the same as Luhn)
全国地方公共団体コード      総務省「全国地方公共団体コード仕様」
payment cards            ISO/IEC 7812-1 Annex B (Luhn)
JAN, EAN, ISBN-13        GS1 General Specifications, 7.9
=======================  ==================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CORPORATE_NUMBER",
    "DRIVING_LICENCE",
    "INSURED_NUMBER",
    "INSURER_NUMBER",
    "INSURER_NUMBER_SHORT",
    "JAN",
    "LICENCE_REGIONS",
    "MUNICIPALITY_CODE",
    "MY_NUMBER",
    "RECIPIENT_NUMBER",
    "RESIDENT_RECORD_CODE",
    "SCHEMES",
    "Digits",
    "Scheme",
    "corporate_number",
    "digits",
    "driving_licence",
    "jan",
    "luhn",
    "luhn_digit",
    "luhn_valid",
    "my_number",
    "resident_record_code",
]

Digits: TypeAlias = NDArray[np.uint8]
_Check: TypeAlias = Callable[[Digits], Digits]

LICENCE_REGIONS: Final = frozenset(
    [
        0,
        *range(10, 15),
        *range(20, 26),
        30,
        *range(40, 50),
        *range(50, 56),
        *range(60, 66),
        *range(70, 75),
        *range(80, 84),
        *range(90, 98),
    ]
)
"""First two places of a driving licence: the public safety commission of the first licence (00: given abroad, old ones)."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One kind of number with a check digit.

    ``places`` is its whole length, ``position`` the place of the check digit, counted from 0 at the left. ``rule`` computes check
    digits out of a matrix of the other places that it depends on.
    """

    name: str
    places: int
    position: int
    rule: _Check
    covered: tuple[int, ...]

    def compute(self, rows: Digits) -> Digits:
        """The right check digit of each row, whatever stands at its place now; ``rows``: shape (n, places)."""
        return self.rule(rows[:, self.covered])

    def valid(self, rows: Digits) -> NDArray[np.bool_]:
        """Which rows hold; ``rows``: shape (n, places)."""
        return np.asarray(self.compute(rows) == rows[:, self.position])

    def complete(self, rows: Digits) -> Digits:
        """A copy of the rows with right check digits; ``rows``: shape (n, places)."""
        result = rows.copy()
        result[:, self.position] = self.compute(rows)
        return result

    def holds(self, number: str) -> bool:
        """Whether one number, ASCII digits only, has the length and the check digit."""
        return len(number) == self.places and _plain(number) and bool(self.valid(digits([number]))[0])


def digits(numbers: Sequence[str]) -> Digits:
    """Texts of ASCII digits, all of one length, as a matrix of shape (n, length).

    Raises:
        ValueError: a text is of another length or not of digits; the message names its place, never the text.
    """
    length = len(numbers[0]) if numbers else 0
    for place, number in enumerate(numbers):
        if len(number) != length or not _plain(number):
            raise ValueError(f"number {place}: {length} ASCII digits expected")
    flat = np.frombuffer("".join(numbers).encode("ascii"), dtype=np.uint8)
    return (flat - np.uint8(48)).reshape(len(numbers), length)


def luhn_digit(rows: Digits) -> Digits:
    """The Luhn digit to be put behind each row (ISO/IEC 7812-1 Annex B); ``rows``: shape (n, places), any number of places."""
    doubled = rows.astype(np.int64)
    doubled[:, ::-1][:, ::2] *= 2
    doubled -= 9 * (doubled > 9)  # noqa: PLR2004 - the sum of the two digits
    return np.asarray(-doubled.sum(axis=1) % 10, dtype=np.uint8)


def luhn_valid(rows: Digits) -> NDArray[np.bool_]:
    """Which rows end in their Luhn digit; ``rows``: shape (n, places), places ≥ 2."""
    return np.asarray(luhn_digit(rows[:, :-1]) == rows[:, -1])


def luhn(number: str) -> bool:
    """Whether one number, ASCII digits only, ends in its Luhn digit."""
    return len(number) > 1 and _plain(number) and bool(luhn_valid(digits([number]))[0])


def _plain(number: str) -> bool:
    return number.isascii() and number.isdigit()


def _weighted(weights: Sequence[int], finish: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> _Check:
    factors = np.array(weights, dtype=np.int64)

    def rule(rows: Digits) -> Digits:
        return finish(rows.astype(np.int64) @ factors).astype(np.uint8)

    return rule


def _eleven_zero(total: NDArray[np.int64]) -> NDArray[np.int64]:
    """11 minus the remainder; 0 where the remainder is 0 or 1."""
    remainder = total % 11
    return np.where(remainder <= 1, 0, 11 - remainder)


def _eleven_last_place(total: NDArray[np.int64]) -> NDArray[np.int64]:
    """The last place of 11 minus the remainder: 1 where the remainder is 0, 0 where it is 1."""
    return (11 - total % 11) % 10


def _nine(total: NDArray[np.int64]) -> NDArray[np.int64]:
    return 9 - total % 9


def _ten(total: NDArray[np.int64]) -> NDArray[np.int64]:
    return -total % 10


def _scheme(name: str, places: int, position: int, rule: _Check, ignored: tuple[int, ...] = ()) -> Scheme:
    covered = tuple(place for place in range(places) if place != position and place not in ignored)
    return Scheme(name, places, position, rule, covered)


MY_NUMBER: Final = _scheme("my_number", 12, 11, _weighted((6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), _eleven_zero))
CORPORATE_NUMBER: Final = _scheme("corporate_number", 13, 0, _weighted((2, 1) * 6, _nine))
RESIDENT_RECORD_CODE: Final = _scheme("resident_record_code", 11, 10, _weighted((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), _eleven_zero))
DRIVING_LICENCE: Final = _scheme("driving_licence", 12, 10, _weighted((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), _eleven_last_place), (11,))
MUNICIPALITY_CODE: Final = _scheme("municipality_code", 6, 5, _weighted((6, 5, 4, 3, 2), _eleven_last_place))
INSURER_NUMBER: Final = _scheme("insurer_number", 8, 7, luhn_digit)
INSURER_NUMBER_SHORT: Final = _scheme("insurer_number_short", 6, 5, luhn_digit)
INSURED_NUMBER: Final = _scheme("insured_number", 8, 7, luhn_digit)
RECIPIENT_NUMBER: Final = _scheme("recipient_number", 7, 6, luhn_digit)
JAN: Final = _scheme("jan", 13, 12, _weighted((1, 3) * 6, _ten))

SCHEMES: Final[dict[str, Scheme]] = {
    scheme.name: scheme
    for scheme in (
        MY_NUMBER,
        CORPORATE_NUMBER,
        RESIDENT_RECORD_CODE,
        DRIVING_LICENCE,
        MUNICIPALITY_CODE,
        INSURER_NUMBER,
        INSURER_NUMBER_SHORT,
        INSURED_NUMBER,
        RECIPIENT_NUMBER,
        JAN,
    )
}


def my_number(number: str) -> bool:
    """Whether 12 ASCII digits have the check digit of マイナンバー."""
    return MY_NUMBER.holds(number)


def corporate_number(number: str) -> bool:
    """Whether 13 ASCII digits have the check digit of 法人番号."""
    return CORPORATE_NUMBER.holds(number)


def resident_record_code(number: str) -> bool:
    """Whether 11 ASCII digits have the check digit of 住民票コード."""
    return RESIDENT_RECORD_CODE.holds(number)


def driving_licence(number: str) -> bool:
    """Whether 12 ASCII digits have the check digit of 運転免許証番号 and begin with the code of a public safety commission."""
    return DRIVING_LICENCE.holds(number) and int(number[:2]) in LICENCE_REGIONS


def jan(number: str) -> bool:
    """Whether 13 ASCII digits have the check digit of a JAN, EAN or ISBN-13."""
    return JAN.holds(number)
