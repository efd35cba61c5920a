"""One spelling for matching, with the way back: every character of the normalised text knows its span in the original.

NFKC (full-width forms, half-width kana, circled numbers), wave dashes and hyphens, ヶ月・ヵ月・箇月 → か月 (years too),
漢数字 before a counter → digits, a long vowel at the end of a katakana word dropped (サーバー = サーバ), line breaks and spaces
between Japanese characters removed, other white space one space, invisible characters removed. ``low`` is the same in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["Normalised", "normalise", "term"]

_FOLLOWS: Final = frozenset("\uff9e\uff9f\u3099\u309a")
_SAME: Final = {
    **dict.fromkeys("〜～∼∽", "~"),
    **dict.fromkeys("‐‑‒–—―−－﹣", "-"),
    "™": "™", "®": "®", "℠": "℠", "…": "…", "‥": "…",
    "箇": "か",
}  # fmt: skip
_MONTHS: Final = frozenset("ヶヵカケｶｹ")
_KATAKANA: Final = re.compile("[ァ-ヺー]{4,}")
_MANY: Final = re.compile(
    "[一二三四五六七八九十百千〇壱弐参]{1,7}(?=か?年(?![度月])|か月|月(?=以[上内]|未満)|週間?(?!明)|日(?![本付])|時間|分(?![のかけ離析類担])|秒|回(?!線|答|収|復)|文字|桁"
    "|ビット|件|%|パーセント|営業日|世代|台|名|人(?!情))"
)
_DIGIT: Final = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"壱": 1, "弐": 2, "参": 3}
_UNIT: Final = {"十": 10, "百": 100, "千": 1000}


class Normalised:
    """A normalised text and its way back. ``text`` keeps case, ``low`` is lower case; both have the same length."""

    __slots__ = ("_ends", "_starts", "low", "text")

    def __init__(self, text: str, starts: list[int], ends: list[int]) -> None:
        """``starts[i]``, ``ends[i]``: the span of the original that character ``i`` came from."""
        self.text = text
        self.low = _lower(text)
        self._starts = starts
        self._ends = ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the normalised span ``[start, end)`` came from; ``end > start``."""
        return self._starts[start], max(self._ends[start:end])


def _lower(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@lru_cache(maxsize=20_000)
def _piece(piece: str) -> str:
    if piece in _SAME:
        return _SAME[piece]
    made = unicodedata.normalize("NFKC", piece)
    return "".join(
        " " if c.isspace() else c for c in made if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )  # fmt: skip


def _is_japanese(char: str) -> bool:
    return "\u3000" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff"


def _count(kanji: str) -> int:
    """The number that 漢数字 stand for: 十二 → 12, 三百 → 300, 二〇 → 20."""
    if not any(c in _UNIT for c in kanji):
        return int("".join(str(_DIGIT[c]) for c in kanji))
    total = digits = 0
    for c in kanji:
        if c in _UNIT:
            total += (digits or 1) * _UNIT[c]
            digits = 0
        else:
            digits = digits * 10 + _DIGIT[c]
    return total + digits


def _is_enough(text: str, at: int, found: str) -> bool:
    """Whether 十分 means "enough": it is ten minutes only before 以内, 間, ごと, 毎, 前, 後 and the like."""
    rest = text[at + len(found) :]
    return found[-1] == "十" and rest.startswith("分") and not re.match("分(?:以内|以上|間|ごと|毎|前|後|を超|未満|程度)", rest)


def normalise(original: str) -> Normalised:
    """The normalised form of ``original``; works for any text, also an empty one."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at, length = 0, len(original)
    while at < length:
        end = at + 1
        while end < length and (original[end] in _FOLLOWS or unicodedata.combining(original[end])):
            end += 1
        piece = original[at:end]
        if len(piece) == 1 and piece in _MONTHS and original[end : end + 1] in {"月", "年"}:
            piece = "か"
        for c in _piece(piece):
            if c == " " and (not chars or chars[-1] == " "):
                continue
            chars.append(c)
            starts.append(at)
            ends.append(end)
        at = end
    return _finish(*_without_spaces(chars, starts, ends))


def _without_spaces(chars: list[str], starts: list[int], ends: list[int]) -> tuple[str, list[int], list[int]]:
    """Drop spaces that have a Japanese character on either side, and at the end."""
    keep = [
        i
        for i, c in enumerate(chars)
        if c != " " or (i + 1 < len(chars) and not _is_japanese(chars[i - 1]) and not _is_japanese(chars[i + 1]))
    ]
    return "".join(chars[i] for i in keep), [starts[i] for i in keep], [ends[i] for i in keep]


def _finish(text: str, starts: list[int], ends: list[int]) -> Normalised:
    """Long vowels and 漢数字, from the end to the beginning so that the places before stay right."""
    changes: list[tuple[int, int, str]] = [
        (m.end() - 2, m.end(), text[m.end() - 2]) for m in _KATAKANA.finditer(text) if m.group().endswith("ー")
    ]
    changes += [(m.start(), m.end(), str(_count(m.group()))) for m in _MANY.finditer(text) if _counts(text, m)]
    for start, end, new in sorted(changes, reverse=True):
        span = (starts[start], max(ends[start:end]))
        text = text[:start] + new + text[end:]
        starts[start:end] = [span[0]] * len(new)
        ends[start:end] = [span[1]] * len(new)
    return Normalised(text, starts, ends)


def _counts(text: str, found: re.Match[str]) -> bool:
    """Whether 漢数字 count something here, rather than belong to a word (第三者, 十分な) or a longer number."""
    return (
        text[found.start() - 1 : found.start()] not in {"第", "万", "数", "億"}
        and not _is_enough(text, found.start(), found.group())
    )  # fmt: skip


@lru_cache(maxsize=10_000)
def term(word: str) -> str:
    """A rule's word as it is looked for: normalised, lower case."""
    return normalise(word).low
