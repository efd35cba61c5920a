# ruff: noqa: C901, PLR0911, PLR0912, PLR0914, PLR0915, PLR0917, PLR1702, PLR1714, PLR2004, SIM102 - kernels: numbers are classes of codes.py
"""Forms of numbers for the kernels: check digits of one number, telephone numbers, dates with eras. Each returns 0 for "not so".

The check digits are those of :mod:`sekisho.engines.checkdigits`, written for one number in machine code; a test compares the two.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled

__all__ = ["AREAS", "LICENCES", "card", "check_of", "date_holds", "eleven", "looks_like_time", "luhn", "nine", "telephone", "ten"]

_THREE: Final = (
    11, 17, 18, 19, 22, 23, 24, 25, 26, 27, 28, 29, 42, 43, 44, 45, 46, 47, 48, 49, 52, 53, 54, 55, 58, 59,
    72, 73, 75, 76, 77, 78, 79, 82, 83, 84, 86, 87, 88, 89, 92, 93, 95, 96, 97, 98, 99,
)  # fmt: skip
_FOUR: Final = (
    *range(12, 20),
    *range(22, 30),
    42,
    43,
    46,
    47,
    48,
    49,
    *range(53, 60),
    *range(72, 78),
    79,
    *range(82, 90),
    *range(92, 100),
)
_FIVE: Final = (12, 13, 14, 15, 16, 49, 57, 59, 74, 83, 84, 85, 94, 98, 99)


def _areas() -> NDArray[np.uint8]:
    """For the two places after the leading 0: which lengths an area code with them has (bit 2: two places, … bit 5: five).

    Source: 総務省「市外局番の一覧」, by families of codes.
    """
    table = np.zeros(100, dtype=np.uint8)
    table[[*range(30, 40), *range(40, 50), *range(60, 70)]] |= 1 << 2
    for length, families in ((3, _THREE), (4, _FOUR), (5, _FIVE)):
        table[list(families)] |= 1 << length
    return table


AREAS: Final = _areas()
LICENCES: Final = np.isin(np.arange(100), [0, *range(10, 15), *range(20, 26), 30, *range(40, 50), *range(50, 56), *range(60, 66),
                                           *range(70, 75), *range(80, 84), *range(90, 98)])  # fmt: skip


@compiled
def eleven(digits: NDArray[np.uint8], count: int) -> int:
    """Remainder by 11 of the first ``count`` digits with weights 2…7, 2…7 from the right."""
    total = 0
    for place in range(count):
        total += int(digits[count - 1 - place]) * (place % 6 + 2)
    return total % 11


@compiled
def nine(digits: NDArray[np.uint8]) -> bool:
    """The check digit of 法人番号."""
    total = 0
    for place in range(1, 13):
        total += int(digits[place]) * (1 + place % 2)
    return 9 - total % 9 == digits[0]


@compiled
def ten(digits: NDArray[np.uint8]) -> bool:
    """The check digit of a JAN code."""
    total = 0
    for place in range(12):
        total += int(digits[place]) * (1 + 2 * (place % 2))
    return (10 - total % 10) % 10 == digits[12]


@compiled
def luhn(digits: NDArray[np.uint8], count: int) -> bool:
    """The Luhn digit at the end of ``count`` digits."""
    total = 0
    for place in range(count):
        digit = int(digits[count - 1 - place])
        if place % 2 == 1:
            digit = 2 * digit
            if digit > 9:
                digit -= 9
        total += digit
    return total % 10 == 0


@compiled
def check_of(digits: NDArray[np.uint8], count: int, kind: int) -> bool:
    """Whether digits hold as a kind (1 マイナンバー, 2 住民票コード, 6 運転免許証)."""
    if kind == 6:
        return (11 - eleven(digits, 10)) % 10 == digits[10]
    rest = eleven(digits, count - 1)
    return (0 if rest <= 1 else 11 - rest) == digits[count - 1]


@compiled
def number_of(digits: NDArray[np.uint8], start: int, count: int) -> int:
    """Digits as a number."""
    value = 0
    for place in range(start, start + count):
        value = 10 * value + int(digits[place])
    return value


@compiled
def card(digits: NDArray[np.uint8], count: int) -> bool:
    """Whether the first places are an issuer's and the length is one that it uses (ISO/IEC 7812; public issuer ranges)."""
    four = number_of(digits, 0, 4)
    two = four // 100
    if count == 16:
        return (four // 1000 == 4 or 51 <= two <= 55 or 2221 <= four <= 2720 or 3528 <= four <= 3589 or two == 62
                or four == 6011 or two == 65 or 644 <= four // 10 <= 649 or two == 36 or two == 35)  # fmt: skip
    if count == 15:
        return two == 34 or two == 37
    return count == 14 and (two == 36 or two == 38 or two == 39 or 300 <= four // 10 <= 305)


@compiled
def telephone(digits: NDArray[np.uint8], count: int, signature: int, areas: NDArray[np.uint8]) -> int:
    """How sure digits with this grouping are a Japanese telephone number, in hundredths, without a label."""
    if digits[0] != 0 or digits[1] == 0 or count < 10:
        return 0
    prefix = number_of(digits, 0, 4)
    mobile = count == 11 and digits[2] == 0 and digits[1] >= 5 and prefix != 800
    if mobile and digits[3] != 0:
        return (
            85 if signature == 0x344 else 60 if signature == 0x38 else 62 if signature == 11 else 75 if signature == 0x74 else 0
        )
    if prefix == 800 and count == 11:
        return 60 if signature == 0x434 else 45 if signature == 11 else 0
    if count != 10:
        return 0
    if prefix == 120 or prefix == 570 or prefix == 990:
        return 60 if signature == 0x433 or signature == 0x424 else 35 if signature == 10 else 0
    lengths = areas[prefix // 10]
    if signature == 10:
        return 35 if lengths else 0
    first = signature >> 8 if signature > 0xFF else signature >> 4
    if not (2 <= first <= 5) or not (lengths >> first) & 1:
        return 0
    if signature > 0xFF:
        return 72 if signature & 15 == 4 else 0
    return 45


@compiled
def date_holds(era: int, year: int, month: int, day: int) -> bool:
    """Whether a day exists; ``era``: -1 for years of the common era (1868 to 2100), 0 明治 … 4 令和, with their own first and last days."""
    if era == 0:
        year += 1867
    elif era == 1:
        year += 1911
    elif era == 2:
        year += 1925
    elif era == 3:
        year += 1988
    elif era == 4:
        year += 2018
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1868 <= year <= 2100):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if month == 2:
        if day > 28 + int(leap):
            return False
    elif day == 31 and (month == 4 or month == 6 or month == 9 or month == 11):
        return False
    whole = year * 10000 + month * 100 + day
    if era == 0:
        return whole <= 19120730
    if era == 1:
        return 19120730 <= whole <= 19261225
    if era == 2:
        return 19261225 <= whole <= 19890107
    if era == 3:
        return 19890108 <= whole <= 20190430
    return era == -1 or whole >= 20190501


@compiled
def looks_like_time(digits: NDArray[np.uint8], count: int) -> bool:
    """Whether digits read as a time stamp: year to minute or second, short years too, seconds and parts of them since 1970."""
    if count >= 12:
        year = number_of(digits, 0, 4)
        if (1950 <= year <= 2060 and date_holds(-1, year, number_of(digits, 4, 2), number_of(digits, 6, 2))
                and number_of(digits, 8, 2) < 25 and number_of(digits, 10, 2) < 61):  # fmt: skip
            return True
    if count == 12:
        return (date_holds(-1, 2000 + number_of(digits, 0, 2), number_of(digits, 2, 2), number_of(digits, 4, 2))
                and number_of(digits, 6, 2) < 25 and number_of(digits, 8, 2) < 61 and number_of(digits, 10, 2) < 61)  # fmt: skip
    if count == 10 or count == 13 or count == 16 or count == 19:
        return digits[0] == 1 and digits[1] <= 9 and digits[1] >= 0 and count != 19
    return False
