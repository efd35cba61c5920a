"""What a DOCX's styles and numbering say: which paragraphs are headings, and the numbers that Word draws before them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.draftreview.container import Package

__all__ = ["Headings", "Numbers", "Style"]

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NAME: Final = re.compile(r"(?:heading|見出し)\s*([1-9])", re.IGNORECASE)
_CONTENTS: Final = re.compile(r"(?:toc|目次|index|table of figures)\s*\d*(?:heading)?", re.IGNORECASE)
_BODY_LEVEL: Final = 9
_KANA: Final = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA: Final = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
_KANJI: Final = "〇一二三四五六七八九"
_TEN: Final = 10
_MAX_BASES: Final = 20


class Style(NamedTuple):
    """A paragraph's style id, its heading level (0 is the highest; None for body text), and whether it is a table of contents."""

    style: str
    level: int | None
    contents: bool


class Headings:
    """Heading levels by style, through the chain of styles that each is based on."""

    def __init__(self, package: Package) -> None:
        """Reads ``word/styles.xml`` if there is one."""
        self._levels: dict[str, int | None] = {}
        self._contents: set[str] = set()
        if not package.has("word/styles.xml"):
            return
        styles = {s.get(f"{W}styleId", ""): s for s in package.xml("word/styles.xml").iter(f"{W}style")}
        for identifier, style in styles.items():
            self._levels[identifier] = self._level(identifier, styles)
            if _CONTENTS.fullmatch(_value(style, "name") or ""):
                self._contents.add(identifier)

    @staticmethod
    def _level(identifier: str, styles: dict[str, Any]) -> int | None:
        for _ in range(_MAX_BASES):
            style = styles.get(identifier)
            if style is None:
                return None
            outline = _value(style, f"pPr/{W}outlineLvl")
            if outline is not None:
                return _outline(outline)
            named = _NAME.fullmatch(_value(style, "name") or "")
            if named:
                return int(named.group(1)) - 1
            identifier = _value(style, "basedOn") or ""
        return None

    def of(self, paragraph: Any) -> Style:
        """What the style of a ``w:p`` says."""
        style = _value(paragraph, f"pPr/{W}pStyle") or ""
        own = _value(paragraph, f"pPr/{W}outlineLvl")
        level = _outline(own) if own is not None else self._levels.get(style)
        return Style(style, level, style in self._contents)


def _outline(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) < _BODY_LEVEL else None


def _value(element: Any, path: str) -> str | None:
    found = element.find(f"{W}{path}")
    return None if found is None else found.get(f"{W}val")


def _kanji(n: int) -> str:
    if n < _TEN:
        return _KANJI[n]
    tens, ones = divmod(n, _TEN)
    return ("" if tens == 1 else _KANJI[tens % _TEN]) + "十" + (_KANJI[ones] if ones else "")


def _roman(n: int) -> str:
    made = ""
    for value, sign in ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        times, n = divmod(n, value)
        made += sign * min(times, 50)
    return made


def _letter(letters: str) -> Callable[[int], str]:
    return lambda n: letters[(n - 1) % len(letters)] if n else ""


_FORMATS: Final[dict[str, Callable[[int], str]]] = {
    "aiueo": _letter(_KANA),
    "aiueoFullWidth": _letter(_KANA),
    "iroha": _letter(_IROHA),
    "irohaFullWidth": _letter(_IROHA),
    "japaneseCounting": _kanji,
    "chineseCounting": _kanji,
    "ideographDigital": _kanji,
    "japaneseDigitalTenThousand": _kanji,
    "lowerLetter": _letter("abcdefghijklmnopqrstuvwxyz"),
    "upperLetter": _letter("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "lowerRoman": _roman,
    "upperRoman": lambda n: _roman(n).upper(),
    "decimalZero": lambda n: f"{n:02d}",
    "bullet": lambda _: "",
    "none": lambda _: "",
}


class Numbers:
    """The automatic numbers of lists, counted as Word counts them (without restarts that depend on page layout)."""

    def __init__(self, package: Package) -> None:
        """Reads ``word/numbering.xml`` and the numbering of styles if they are there."""
        self._lists: dict[str, dict[int, tuple[int, str, str]]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        if not package.has("word/numbering.xml"):
            return
        root = package.xml("word/numbering.xml")
        for abstract in root.iter(f"{W}abstractNum"):
            levels = {}
            for level in abstract.findall(f"{W}lvl"):
                start = _value(level, "start") or "1"
                form = (
                    int(start) if start.isdecimal() else 1,
                    _value(level, "numFmt") or "decimal",
                    _value(level, "lvlText") or "",
                )
                levels[_small(level.get(f"{W}ilvl"))] = form
            self._lists[abstract.get(f"{W}abstractNumId", "")] = levels
        for number in root.findall(f"{W}num"):
            self._abstract[number.get(f"{W}numId", "")] = _value(number, "abstractNumId") or ""
        if package.has("word/styles.xml"):
            for style in package.xml("word/styles.xml").iter(f"{W}style"):
                found = _value(style, f"pPr/{W}numPr/{W}numId")
                if found:
                    self._styles[style.get(f"{W}styleId", "")] = (found, _small(_value(style, f"pPr/{W}numPr/{W}ilvl")))

    def label(self, paragraph: Any, style: str) -> str:
        """The number that stands before a ``w:p``; empty for none and for bullets. Call it once for each, in order."""
        number = _value(paragraph, f"pPr/{W}numPr/{W}numId")
        depth = _small(_value(paragraph, f"pPr/{W}numPr/{W}ilvl"))
        if number is None and style in self._styles:
            number, depth = self._styles[style]
        abstract = self._abstract.get(number or "", "")
        levels = self._lists.get(abstract, {})
        if depth not in levels:
            return ""
        counts = self._counts.setdefault(abstract, [0] * 10)
        counts[depth] = counts[depth] + 1 if counts[depth] else levels[depth][0]
        counts[depth + 1 :] = [0] * (9 - depth)
        return re.sub(r"%([1-9])", lambda m: self._shown(levels, counts, int(m.group(1)) - 1), levels[depth][2]).strip()

    @staticmethod
    def _shown(levels: dict[int, tuple[int, str, str]], counts: list[int], depth: int) -> str:
        start, form, _ = levels.get(depth, (1, "decimal", ""))
        return _FORMATS.get(form, str)(counts[depth] or start)


def _small(text: str | None) -> int:
    """A list level: 0–8."""
    return min(int(text), 8) if text and text.isdecimal() and len(text) < len("10") else 0
