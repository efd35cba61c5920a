"""Forms of numbers as tables: check digits, prefixes, groupings, eras. The kernel of ``numbers.py`` only looks up.

Check digits are those of :mod:`sekisho.engines.checkdigits`, here as one sum over a table for each; a test compares the two. Area
codes: 総務省「市外局番の一覧」, by families of codes. Ranges of cards: ISO/IEC 7812-1 and the issuers' public ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.checkdigits import LICENCE_REGIONS
from sekisho.engines.leakscan.kinds import Kind

__all__ = [
    "ADDS",
    "CHECKED_PLACES",
    "CHECK_DIGITS",
    "DAYS",
    "ERA_BASE",
    "ERA_FIRST",
    "ERA_LAST",
    "ERA_SIGNS",
    "MODULI",
    "NINE_CHECK",
    "PREFIXES",
    "RULES",
    "SCORES",
    "TEN_CHECK",
]

_PLACES: Final = 16


def _checks() -> tuple[NDArray[np.int64], ...]:
    """All checks: what each digit at each place adds, modulus, digit for each remainder, place of the check digit, length."""
    eleven = [0, 0, *range(9, 0, -1)]
    licence = [1, 0, *range(9, 0, -1)]
    ten = [-rest % 10 for rest in range(10)]
    weighted: list[tuple[Sequence[int], int, Sequence[int], int]] = [
        ((6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0), 11, eleven, 11),
        ((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0), 11, eleven, 10),
        ((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0, 0), 11, licence, 10),
        ((0, *(2, 1) * 6), 9, [9 - rest for rest in range(9)], 0),
        ((*(1, 3) * 6, 0), 10, ten, 12),
    ]
    luhn = (6, 8, 14, 15, 16)
    count = 1 + len(weighted) + len(luhn)
    adds = np.zeros((count, _PLACES, 10), dtype=np.int64)
    moduli, ends, lengths = (np.ones(count, dtype=np.int64), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64))
    digits = np.full((count, 11), -1, dtype=np.int64)
    for number, (weights, modulus, expected, place) in enumerate(weighted, start=1):
        adds[number, : len(weights)] = np.outer(weights, np.arange(10))
        moduli[number], ends[number], lengths[number] = modulus, place, len(weights)
        digits[number, : len(expected)] = expected
    doubled = np.array([2 * digit - 9 * (digit > 4) for digit in range(10)])  # noqa: PLR2004 - above it the double has two digits
    for number, length in enumerate(luhn, start=1 + len(weighted)):
        for place in range(length - 1):
            adds[number, place] = doubled if (length - place) % 2 == 0 else np.arange(10)
        moduli[number], ends[number], lengths[number] = 10, length - 1, length
        digits[number, :10] = ten
    return adds, moduli, digits, ends, lengths


ADDS, MODULI, CHECK_DIGITS, _ENDS, _LENGTHS = _checks()
CHECKED_PLACES: Final = np.stack([_ENDS, _LENGTHS], axis=1)
NO_CHECK, MY_CHECK, RESIDENT_CHECK, LICENCE_CHECK, NINE_CHECK, TEN_CHECK = range(6)
LUHN: Final = {6: 6, 8: 7, 14: 8, 15: 9, 16: 10}

MOBILE, FREE_11, FREE_10, AREA_2, AREA_3, AREA_4, AREA_5, CARD_16, CARD_15, CARD_14, LICENCE, ONE = (
    1 << bit for bit in range(12)
)
_AREAS: Final = AREA_2 | AREA_3 | AREA_4 | AREA_5
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
_CARDS_16: Final = (
    *range(4000, 5000), *range(5100, 5600), *range(2221, 2721), *range(3528, 3590), *range(6200, 6300), 6011, *range(6500, 6600),
    *range(6440, 6500), *range(3600, 3700),
)  # fmt: skip
_CARDS_15: Final = (*range(3400, 3500), *range(3700, 3800))
_CARDS_14: Final = (*range(3600, 3700), *range(3800, 4000), *range(3000, 3060))


def _prefixes() -> NDArray[np.int64]:
    """For the first four digits of a number what it can be by them."""
    table = np.zeros(10_000, dtype=np.int64)

    def mark(bit: int, prefixes: Iterable[int]) -> None:
        table[list(prefixes)] |= bit

    mark(AREA_2, (p for p in range(300, 700) if p // 100 in (3, 4, 6)))
    for bit, families in ((AREA_3, _THREE), (AREA_4, _FOUR), (AREA_5, _FIVE)):
        mark(bit, (family * 10 + last for family in families for last in range(10)))
    table[[120, 570, 990]] = FREE_10
    mark(MOBILE, (first * 100 + last for first in (5, 6, 7, 8, 9) for last in range(1, 10)))
    mark(FREE_11, [800])
    mark(CARD_16, _CARDS_16)
    mark(CARD_15, _CARDS_15)
    mark(CARD_14, _CARDS_14)
    mark(LICENCE, (region * 100 + rest for region in LICENCE_REGIONS for rest in range(100)))
    mark(ONE, range(1000, 2000))
    return table


PREFIXES: Final = _prefixes()

SINGLES, BRACKETED = 1 << 28, 1 << 24
WITH_T, TWO_LETTERS, LETTERS_AROUND = 1 << 20, 2 << 20, 3 << 20


def _rules() -> NDArray[np.int64]:
    """Rows: key, kind, needed prefix bits (one of them), check, score without a label in hundredths.

    The key of one group is its length; of several a hexadecimal digit for each; with ``SINGLES`` the count of digits that stand
    apart; ``WITH_T``, ``TWO_LETTERS``, ``LETTERS_AROUND``, ``BRACKETED`` for what stands at it.
    """
    rows: list[tuple[int, int, int, int, int]] = []

    def rule(kind: Kind, keys: Iterable[int], score: int, *, need: int = 0, check: int = NO_CHECK) -> None:
        rows.extend((key, int(kind), need, check, score) for key in keys)

    rule(Kind.MY_NUMBER, [12, 0x66, 0x3333, SINGLES + 12], 20, check=MY_CHECK)
    rule(Kind.MY_NUMBER, [0x444], 36, check=MY_CHECK)
    rule(Kind.DRIVING_LICENCE, [12, 0x444, SINGLES + 12, 0x2226, 0x2262], 22, need=LICENCE, check=LICENCE_CHECK)
    rule(Kind.CORPORATE_NUMBER, [13, 0x49, SINGLES + 13], 15, check=NINE_CHECK)
    rule(Kind.CORPORATE_NUMBER, [0x1444], 40, check=NINE_CHECK)
    rule(Kind.INVOICE_NUMBER, [WITH_T + key for key in (13, 0x1444, 0x49)], 76, check=NINE_CHECK)
    rule(Kind.RESIDENT_RECORD_CODE, [11, 0x443, 0x344, 0x47, 0x56, 0x65, SINGLES + 11], 10, check=RESIDENT_CHECK)
    rule(Kind.PASSPORT, [TWO_LETTERS + 7], 30)
    rule(Kind.RESIDENCE_CARD, [LETTERS_AROUND + 8], 70)
    rule(Kind.PENSION_NUMBER, [0x46], 25)
    rule(Kind.PENSION_NUMBER, [10, SINGLES + 10], 3)
    rule(Kind.INSURER_NUMBER, [8], 5, check=LUHN[8])
    rule(Kind.INSURER_NUMBER, [6], 5, check=LUHN[6])
    rule(Kind.INSURED_NUMBER, [0x461], 20)
    rule(Kind.INSURED_NUMBER, range(5, 12), 2)
    rule(Kind.INSURED_NUMBER, [SINGLES + 10, SINGLES + 11], 2)
    rule(Kind.PAYMENT_CARD, [0x4444], 88, need=CARD_16, check=LUHN[16])
    rule(Kind.PAYMENT_CARD, [16], 62, need=CARD_16, check=LUHN[16])
    rule(Kind.PAYMENT_CARD, [0x465], 86, need=CARD_15, check=LUHN[15])
    rule(Kind.PAYMENT_CARD, [15], 55, need=CARD_15, check=LUHN[15])
    rule(Kind.PAYMENT_CARD, [0x464], 80, need=CARD_14, check=LUHN[14])
    rule(Kind.PAYMENT_CARD, [14], 30, need=CARD_14, check=LUHN[14])
    rule(Kind.BANK_ACCOUNT, [7], 2)
    rule(Kind.BANK_ACCOUNT, [0x37, 0x347, 0x437, 0x417, 0x4317], 30)
    rule(Kind.BANK_ACCOUNT, [0x58, 0x518, 0x57, 0x517], 40, need=ONE)
    rule(Kind.BANK_ACCOUNT, [8], 1, need=ONE)
    rule(Kind.ADDRESSEE_NUMBER, range(3, 16), 1)
    rule(Kind.TELEPHONE, [0x344, BRACKETED + 0x344], 85, need=MOBILE)
    rule(Kind.TELEPHONE, [0x38, 11, 0x74], 62, need=MOBILE)
    rule(Kind.TELEPHONE, [0x434], 60, need=FREE_11)
    rule(Kind.TELEPHONE, [11], 45, need=FREE_11)
    rule(Kind.TELEPHONE, [0x433, 0x424], 60, need=FREE_10)
    rule(Kind.TELEPHONE, [10], 35, need=FREE_10 | _AREAS)
    for around in (0, BRACKETED):
        rule(Kind.TELEPHONE, [around + 0x244], 74, need=AREA_2)
        rule(Kind.TELEPHONE, [around + 0x334], 74, need=AREA_3)
        rule(Kind.TELEPHONE, [around + 0x424], 74, need=AREA_4)
        rule(Kind.TELEPHONE, [around + 0x514], 74, need=AREA_5)
        rule(Kind.TELEPHONE, [around + 0x28], 45, need=AREA_2)
        rule(Kind.TELEPHONE, [around + 0x37], 45, need=AREA_3)
        rule(Kind.TELEPHONE, [around + 0x46], 45, need=AREA_4)
    return np.array(rows, dtype=np.int64)


RULES: Final = _rules()

# kind: score with a label that touches, with one that is near, and what a near label may cost
_SCORES: Final = {
    Kind.MY_NUMBER: (0.99, 0.92, 60),
    Kind.RESIDENT_RECORD_CODE: (0.98, 0.9, 60),
    Kind.ADDRESSEE_NUMBER: (0.86, 0.62, 14),
    Kind.CORPORATE_NUMBER: (0.97, 0.9, 60),
    Kind.INVOICE_NUMBER: (0.98, 0.92, 60),
    Kind.DRIVING_LICENCE: (0.98, 0.92, 60),
    Kind.PASSPORT: (0.96, 0.88, 50),
    Kind.RESIDENCE_CARD: (0.98, 0.94, 60),
    Kind.PENSION_NUMBER: (0.95, 0.8, 40),
    Kind.INSURER_NUMBER: (0.94, 0.82, 40),
    Kind.INSURED_NUMBER: (0.92, 0.7, 25),
    Kind.PAYMENT_CARD: (0.99, 0.95, 60),
    Kind.BANK_ACCOUNT: (0.93, 0.72, 24),
    Kind.TELEPHONE: (0.98, 0.93, 60),
    Kind.BIRTH_DATE: (0.98, 0.9, 30),
}
SCORES: Final = np.zeros((32, 3), dtype=np.float64)
for _kind, _row in _SCORES.items():
    SCORES[_kind] = _row

# 0: the common era; then 明治, 大正, 昭和, 平成, 令和
ERA_BASE: Final = np.array([0, 1867, 1911, 1925, 1988, 2018], dtype=np.int64)
ERA_FIRST: Final = np.array([18680101, 18680125, 19120730, 19261225, 19890108, 20190501], dtype=np.int64)
ERA_LAST: Final = np.array([21001231, 19120730, 19261225, 19890107, 20190430, 21001231], dtype=np.int64)
DAYS: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)


def _era_signs() -> NDArray[np.int8]:
    """For each code point below 0x10000 the era that it stands for alone (昭, ㍼, S, ｓ), 0 for none."""
    table = np.zeros(0x10000, dtype=np.int8)
    for era, signs in enumerate(("明㍾MmＭｍ", "大㍽TtＴｔ", "昭㍼SsＳｓ", "平㍻HhＨｈ", "令㋿RrＲｒ"), start=1):
        table[[ord(sign) for sign in signs]] = era
    return table


ERA_SIGNS: Final = _era_signs()
