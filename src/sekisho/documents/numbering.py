"""Numbers of clauses in an office's own form: 第1条, 1.2, (1), ア, 第一章.

A style has a pattern for each level. In a pattern, braces hold the number, written as the first number of its kind looks:
``第{一}条``, ``（{１}）``, ``{ア}``, ``{①}``; ``{n}`` (or ``{m}``, ``{k}``) is the plain 1. The last place of a pattern is
this level's number and those before it are the levels above: ``{n}.{m}`` is 1.2. Pure: no files, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sekisho.errors import InputError, Problem

__all__ = ["BUILT_IN", "Kind", "NumberingStyle", "citation", "figure", "number", "parse", "style"]

LONGEST_PATTERN: Final = 40
DEEPEST: Final = 9
LARGEST_ROMAN: Final = 3999
LARGEST_KANJI: Final = 9999
LARGEST_CIRCLED: Final = 50


class Kind(StrEnum):
    """How a number is written. The value is its name in a pattern: ``{n:kanji}``."""

    ARABIC = "arabic"
    WIDE = "wide"
    KANJI = "kanji"
    KATAKANA = "katakana"
    HIRAGANA = "hiragana"
    IROHA = "iroha"
    IROHA_HIRAGANA = "iroha_hiragana"
    LOWER = "lower"
    UPPER = "upper"
    LOWER_ROMAN = "lower_roman"
    UPPER_ROMAN = "upper_roman"
    CIRCLED = "circled"


_KATAKANA: Final = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA: Final = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "〇一二三四五六七八九"
_ROMAN: Final = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


def _hiragana(katakana: str) -> str:
    return "".join(chr(ord(c) - 0x60) for c in katakana)


def _letters(value: int, alphabet: str) -> str:
    """As spreadsheets count columns: a … z, aa, ab …."""
    out = ""
    while value:
        value, rest = divmod(value - 1, len(alphabet))
        out = alphabet[rest] + out
    return out


def _kanji(value: int) -> str:
    if value > LARGEST_KANJI:
        raise InputError("numbering.beyond", value=value, largest=LARGEST_KANJI)
    out = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            out += ("" if digit == 1 and unit > 1 else _DIGITS[digit]) + name
    return out


def _roman(value: int) -> str:
    if value > LARGEST_ROMAN:
        raise InputError("numbering.beyond", value=value, largest=LARGEST_ROMAN)
    out = ""
    for unit, letters in _ROMAN:
        times, value = divmod(value, unit)
        out += letters * times
    return out


def _circled(value: int) -> str:
    """① … ㊿; there are no circled figures beyond 50: (51)."""
    for begin, last, first in ((1, 20, 0x2460), (21, 35, 0x3251), (36, LARGEST_CIRCLED, 0x32B1)):
        if value <= last:
            return chr(first + value - begin)
    return f"({value})"


_WRITE: Final[dict[Kind, Callable[[int], str]]] = {
    Kind.ARABIC: str,
    Kind.WIDE: lambda value: "".join(chr(ord(c) - ord("0") + ord("０")) for c in str(value)),
    Kind.KANJI: _kanji,
    Kind.KATAKANA: lambda value: _letters(value, _KATAKANA),
    Kind.HIRAGANA: lambda value: _letters(value, _hiragana(_KATAKANA)),
    Kind.IROHA: lambda value: _letters(value, _IROHA),
    Kind.IROHA_HIRAGANA: lambda value: _letters(value, _hiragana(_IROHA)),
    Kind.LOWER: lambda value: _letters(value, _LATIN),
    Kind.UPPER: lambda value: _letters(value, _LATIN.upper()),
    Kind.LOWER_ROMAN: _roman,
    Kind.UPPER_ROMAN: lambda value: _roman(value).upper(),
    Kind.CIRCLED: _circled,
}
_VARIABLES: Final = frozenset("nmk")
_NAMES: Final = {write(1): kind for kind, write in _WRITE.items()} | {kind.value: kind for kind in Kind}
_BRACES: Final = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SEPARATOR: Final = re.compile(r"\r\n|[\n\r/／]")


def figure(kind: Kind, value: int) -> str:
    """One number as ``kind`` writes it; InputError ``numbering.not_positive``, ``numbering.beyond``."""
    if value < 1:
        raise InputError("numbering.not_positive", value=value)
    return _WRITE[kind](value)


@dataclass(frozen=True, slots=True)
class NumberingStyle:
    """Patterns from the highest level down, checked on construction; InputError ``numbering.wrong_style`` with every place
    (row = level, ``position`` = character of the pattern, both from 1).
    """

    levels: tuple[str, ...]

    def __post_init__(self) -> None:
        found = [problem for level, pattern in enumerate(self.levels, 1) for problem in _problems(level, pattern)]
        if not self.levels:
            found.append(Problem("numbering.no_levels"))
        if len(self.levels) > DEEPEST:
            found.append(Problem("numbering.too_many_levels", {"found": len(self.levels), "limit": DEEPEST}))
        if found:
            raise InputError("numbering.wrong_style", problems=tuple(found))

    @property
    def text(self) -> str:
        """The style as :func:`parse` reads it."""
        return " / ".join(self.levels)


def _problems(level: int, pattern: str) -> list[Problem]:
    """What is wrong with one pattern."""
    fields = {"level": level, "pattern": pattern}

    def at(code: str, position: int, **more: object) -> Problem:
        return Problem(code, {**fields, "position": position, **more}, row=level)

    if len(pattern) > LONGEST_PATTERN:
        return [at("numbering.pattern_too_long", LONGEST_PATTERN + 1, limit=LONGEST_PATTERN)]
    found = [at("numbering.control_character", hit.start() + 1) for hit in _CONTROL.finditer(pattern)]
    if hit := _SEPARATOR.search(pattern):
        found.append(at("numbering.separator", hit.start() + 1))
    places = []
    for hit in _BRACES.finditer(pattern):
        if hit[0] in {"{{", "}}"}:
            continue
        if hit[0] in {"{", "}"}:
            found.append(at("numbering.lone_brace", hit.start() + 1, brace=hit[0]))
        elif _kind(hit[0][1:-1]) is None:
            known = "".join(f"{{{write(1)}}}" for write in _WRITE.values()) + "{n}"
            found.append(at("numbering.unknown_kind", hit.start() + 1, kind=hit[0], known=known))
        else:
            places.append(hit.start() + 1)
    if not places and not found:
        found.append(at("numbering.no_place", len(pattern) + 1))
    if len(places) > level:
        found.append(at("numbering.too_many_places", places[level], places=len(places)))
    return found


def _kind(inside: str) -> Kind | None:
    name, colon, kind = inside.partition(":")
    if colon:
        return _NAMES.get(kind) if name in _VARIABLES else None
    return Kind.ARABIC if name in _VARIABLES else _NAMES.get(name)


def parse(text: str) -> NumberingStyle:
    """A style from what a user wrote: the levels' patterns, each on its line or separated by “/”.

    ``第{n}章 / 第{n}条 / （{n}） / {ア}``. Blanks around a pattern do not count, empty lines at the end neither. Errors:
    InputError ``numbering.wrong_style`` whose problems name the level, the character and what is expected.
    """
    levels = [piece.strip() for piece in _SEPARATOR.split(text)]
    while levels and not levels[-1]:
        levels.pop()
    return NumberingStyle(tuple(levels))


def number(style: NumberingStyle, path: tuple[int, ...]) -> str:
    """The number of the clause at ``path`` (1-based, from the highest level: ``(2, 3)`` is the third below the second).

    Unique and rising among the clauses with the same parent. Errors: InputError ``numbering.too_deep`` (the style has fewer
    levels), ``numbering.not_positive``, ``numbering.beyond``.
    """
    if not path or len(path) > len(style.levels):
        raise InputError("numbering.too_deep", depth=len(path), levels=len(style.levels))
    pattern = style.levels[len(path) - 1]
    values = list(path[len(path) - _places(pattern) :])

    def _fill(hit: re.Match[str]) -> str:
        if hit[0] in {"{{", "}}"}:
            return hit[0][0]
        kind = _kind(hit[0][1:-1])
        assert kind is not None  # the style was checked when it was made
        return figure(kind, values.pop(0))

    return _BRACES.sub(_fill, pattern)


def citation(style: NumberingStyle, path: tuple[int, ...]) -> str:
    """The number with those above it, as one cites a clause: 第3条1(2)ア. Levels that a number already names are not repeated."""
    out = ""
    while path:
        out = number(style, path) + out
        path = path[: len(path) - _places(style.levels[len(path) - 1])]
    return out


def _places(pattern: str) -> int:
    return sum(1 for hit in _BRACES.finditer(pattern) if hit[0] not in {"{{", "}}"})


BUILT_IN: Final[dict[str, NumberingStyle]] = {
    "official": NumberingStyle(("第{n}", "{n}", "({n})", "{ア}", "({ア})", "{a}")),
    "articles": NumberingStyle(("第{n}条", "{n}", "({n})", "{ア}")),
    "specification": NumberingStyle(("{n}", "{n}.{m}", "{n}.{m}.{k}", "({n})", "{ア}")),
    "kanji": NumberingStyle(("第{一}章", "第{一}条", "{一}", "（{一}）", "{イ}")),
}
"""Styles in common use, by key; their names are the texts ``numbering.style_<key>``."""


def style(key_or_text: str) -> NumberingStyle:
    """A built-in style by its key, or the style that the text describes; errors as :func:`parse`."""
    return BUILT_IN.get(key_or_text) or parse(key_or_text)
