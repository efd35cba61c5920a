"""Headings and items by how Japanese official texts number them, for drafts whose format does not say what a heading is."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["article", "heading_level", "is_contents_line", "is_sentence", "starts_item"]

_D: Final = "[0-9０-９]"
_N: Final = "[0-9０-９一二三四五六七八九十百]"
_DOT: Final = "[.．・\\-－‐]"
_UNIT: Final = "(?:年|か月|ヶ月|カ月|箇月|月|日|時|分|秒|回|件|名|人|台|社|者|文字|桁|営業|週|%|％|以|ビット|世代|系)"
_CONTENTS: Final = re.compile(rf"(?:[.．・･…‥]\s*){{4,}}\s*{_D}*$")
_FORMS: Final[tuple[tuple[re.Pattern[str], int], ...]] = (
    (re.compile(rf"第\s*{_N}{{1,4}}\s*編(?=\s|$|[^の])"), 0),
    (re.compile(rf"第\s*{_N}{{1,4}}\s*章(?=\s|$|[^のに])"), 0),
    (re.compile(rf"(?:別紙|別添|別記|別表|付録|付属書|附属書)\s*{_N}{{0,3}}(?=[\s　（(:：]|$)"), 0),
    (re.compile(rf"第\s*{_N}{{1,4}}\s*節(?=\s|$|[^のに])"), 1),
    (re.compile(rf"第\s*{_N}{{1,4}}\s*条(?:の{_N}+)?\s*[（(][^）)]{{1,30}}[）)]$"), 3),
    (re.compile(rf"{_D}{{1,2}}(?:{_DOT}{_D}{{1,2}}){{1,5}}{_DOT}?(?=[\s　]|[^0-9０-９.．年月日時分%％])(?!\s*{_UNIT})"), 1),
    (re.compile(rf"{_D}{{1,2}}(?:[.．、]|[\s　])\s*(?=[^0-9０-９\s])(?!{_UNIT})"), 1),
    (re.compile("[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ][.．、\\s　]"), 0),
    (re.compile(rf"[（(]{_N}{{1,3}}[）)]"), 6),
    (re.compile("[ア-ンａ-ｚa-z][.．、　\\s)）](?=\\S)"), 7),
    (re.compile("[（(][ア-ンａ-ｚa-zｱ-ﾝ][）)]"), 8),
    (re.compile("[①-⑳]"), 8),
)
_ITEM: Final = re.compile(r"(?:[・･○●◯■□◆◇▪•※＊*▼➢✓]|[-−‐]\s)\s*")
_ENCLOSED: Final = re.compile("[（(][^（()）。]{2,30}[）)]")
_ARTICLE: Final = re.compile(rf"第\s*{_N}{{1,4}}\s*条(?:の{_N}+)?\s*[（(]([^）)]{{2,30}})[）)]\s*\S")
_LONGEST: Final = 45
_WHOLE: Final = re.compile(r"。|(?:すること|ないこと|あること|ものとする|とする|ならない)[）)]?$")
_SENTENCE: Final = re.compile(r"[。]|(?:こと|もの|する|とする|ない|ます|です|れる|せる|ある|いる)[.．]?$|[、，]")


def _form(text: str) -> tuple[int, int] | None:
    """(level, length of the mark) of a numbered beginning."""
    for pattern, level in _FORMS:
        found = pattern.match(text)
        if found:
            if level == 1 and "節" not in found.group():
                parts = len(re.findall(rf"{_D}+", found.group()))
                return min(parts, 5), found.end()
            return level, found.end()
    return None


def heading_level(text: str) -> int | None:
    """The depth of a line that looks like a heading: numbered (or all in brackets), short, and no sentence; else None."""
    line = text.strip()
    if not line or len(line) > _LONGEST or "\n" in line:
        return None
    if _ENCLOSED.fullmatch(line):
        return 4
    form = _form(line)
    if form is None:
        return None
    level, end = form
    rest = line[end:].strip()
    if _SENTENCE.search(rest) or (not rest and level > 0):
        return None
    return level


def is_sentence(text: str) -> bool:
    """Whether a text in the style of a heading says something of its own: it ends like a sentence."""
    return bool(_WHOLE.search(text.strip()))


def starts_item(text: str) -> bool:
    """Whether a line begins a numbered or marked item, a heading or an article."""
    return bool(
        _form(text) or _ITEM.match(text) or re.match(rf"第\s*{_N}{{1,4}}\s*条", text) or _ENCLOSED.fullmatch(text.strip())
    )


def is_contents_line(text: str) -> bool:
    """Whether a line belongs to a table of contents: dots that lead to a page number."""
    return bool(_CONTENTS.search(text.strip()))


def article(text: str) -> str:
    """The title in 「第5条（秘密の保持） 受注者は…」; empty for anything else."""
    found = _ARTICLE.match(text.strip())
    return found.group(1) if found else ""
