"""Characters as code points: one table that makes widths and cases equal, one that says what a character is to a number.

Both tables map one code point to one, so that positions stay those of the original text. Half-width katakana with a sound mark
(ﾊﾞ) stay two characters; words are compared in that form too.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BREAK",
    "CLASS_BITS",
    "COLON",
    "COMMA",
    "DAY",
    "DIGIT",
    "DOT",
    "HYPHEN",
    "KANJI_DIGIT",
    "LETTER",
    "LINE",
    "MIDDLE_DOT",
    "MONTH",
    "OTHER",
    "PAREN_CLOSE",
    "PAREN_OPEN",
    "SLASH",
    "SPACE",
    "UNDERSCORE",
    "YEAR",
    "as_codes",
    "class_table",
    "digit_table",
    "fold",
    "fold_table",
    "split_voiced",
]

BREAK: Final = "\0"
"""Stands between texts that are scanned together: nothing reaches over it."""

OTHER, LETTER, DIGIT, KANJI_DIGIT, SPACE, LINE, HYPHEN, DOT, MIDDLE_DOT = range(9)
SLASH, PAREN_OPEN, PAREN_CLOSE, YEAR, MONTH, DAY, COMMA, COLON, UNDERSCORE, _BREAK, _AT = range(9, 20)
CLASS_BITS: Final = 5

_CLASSES: Final = {
    SPACE: " \t\u00a0\u2002\u2003\u2009\u202f\u3000",
    LINE: "\n\r\v\f\u0085\u2028\u2029",
    HYPHEN: "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u30fc\ufe63\uff0d\uff70\uff5e\u301c~",
    DOT: ".．｡",
    MIDDLE_DOT: "・･·",
    SLASH: "/／",
    PAREN_OPEN: "(（[［〔",
    PAREN_CLOSE: ")）]］〕",
    YEAR: "年",
    MONTH: "月",
    DAY: "日",
    COMMA: ",，",
    COLON: ":：",
    UNDERSCORE: "_＿",
    _BREAK: BREAK,
    _AT: "@＠﹫",
}
_KANJI_DIGITS: Final = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NOT_A_DIGIT: Final = 255
_PLANE: Final = 0x10000


@cache
def fold_table() -> NDArray[np.uint16]:
    """For each code point below 0x10000 the one that it counts as: small, half-width letters and digits, full-width katakana."""
    table = np.arange(_PLANE, dtype=np.uint16)
    for code in [*range(0x21, 0x7F), *range(0xFF01, 0xFF5F), *range(0xFF61, 0xFFA0)]:
        folded = unicodedata.normalize("NFKC", chr(code)).lower()
        table[code] = ord(folded)
    for sign in "\u00a0\u2002\u2003\u2009\u202f\u3000\t":
        table[ord(sign)] = 0x20
    for sign in "\u2010\u2011\u2012\u2013\u2212\ufe63":
        table[ord(sign)] = 0x2D
    for mark, spacing in (("\u3099", "\u309b"), ("\uff9e", "\u309b"), ("\u309a", "\u309c"), ("\uff9f", "\u309c")):
        table[ord(mark)] = ord(spacing)
    return table


@cache
def class_table() -> NDArray[np.uint8]:
    """For each code point below 0x10000 its class (``DIGIT``, ``HYPHEN``, …)."""
    table = np.zeros(_PLANE, dtype=np.uint8)
    for kind, signs in _CLASSES.items():
        table[[ord(sign) for sign in signs]] = kind
    for first, last in ((0x41, 0x5A), (0x61, 0x7A), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)):
        table[first : last + 1] = LETTER
    table[0x30:0x3A] = table[0xFF10:0xFF1A] = DIGIT
    table[[ord(sign) for sign in _KANJI_DIGITS]] = KANJI_DIGIT
    return table


@cache
def digit_table() -> NDArray[np.int16]:
    """For each code point below 0x10000 the digit that it stands for; 255: none."""
    table = np.full(_PLANE, _NOT_A_DIGIT, dtype=np.int16)
    table[0x30:0x3A] = table[0xFF10:0xFF1A] = np.arange(10)
    for sign, digit in _KANJI_DIGITS.items():
        table[ord(sign)] = digit
    return table


def as_codes(text: str) -> NDArray[np.uint32]:
    """The code points of a text; lone surrogates stay what they are."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def fold(text: str) -> str:
    """The text with widths and cases made equal, character by character: the result is as long as the text."""
    codes = as_codes(text)
    low = codes < _PLANE
    folded = np.where(low, fold_table()[np.where(low, codes, 0)], codes).astype("<u4")
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


def split_voiced(word: str) -> str:
    """A word with the sound marks of its katakana apart, as half-width katakana write them: バ becomes ハ゛."""
    parts = []
    for sign in word:
        split = unicodedata.normalize("NFD", sign) if "ァ" <= sign <= "ヺ" else sign
        parts.append(split.replace("\u3099", "\u309b").replace("\u309a", "\u309c"))
    return "".join(parts)
