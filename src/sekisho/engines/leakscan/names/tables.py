"""Names in the columns of a table within a text (CSV, tabs, bars): the heading of the column is the label of every cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sekisho.engines.leakscan.names.contexts import SPACES, contexts
from sekisho.engines.leakscan.names.findings import Finding, Why
from sekisho.engines.leakscan.names.lookup import known

__all__ = ["in_tables"]

NAME_HEADING: Final = re.compile(
    r"(?:[^\n,\t|]{0,6}?(?:氏名|名前|姓名)[①②1-9]?|[^\n,\t|]{0,4}(?:担当|責任|代表|申請|申込|作成|報告|承認|参加|出席|提案|記入|受付|対応)者名?|担当|主担当|副担当"
    r"|保護者名?[①②1-9]?|世帯主|講師|委員|お客様名|顧客名|利用者名?|職員名|社員名|会員名|患者名|児童名|生徒名|宛名|届出人|相談者|姓|名|name|Name)"
)
KANA_HEADING: Final = re.compile(
    r"(?:[^\n,\t|]{0,6}(?:フリガナ|ふりがな|カナ|かな|よみ|ヨミ|読み)[^\n,\t|]{0,3}|セイ|メイ|せい|めい|kana|Kana)"
)
HEADWORD: Final = re.compile(
    r"名|者|担当|[カガかが]ナ|[かが]な|[よヨ][みミ]|読み|委員|講師|世帯主|姓|セイ|せい|メイ|めい|[Nn]ame|[Kk]ana"
)
SEPARATORS: Final = "\t|,"
NAME: Final = re.compile(
    r"[\u3400-\u9fff々ヶケノ]{1,5}[ \u3000]?[\u3400-\u9fff々ぁ-んァ-ヴー]{0,5}|[ァ-ヴー]{2,8}(?:[ \u3000・][ァ-ヴー]{2,8}){1,3}"
    r"|[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]*\.?){1,3}"
)
KANA: Final = re.compile(r"[ぁ-んー]{2,}(?:[ \u3000][ぁ-んー]{2,})?|[ァ-ヴー]{2,}(?:[ \u3000][ァ-ヴー]{2,})?")
NO_NAME: Final = re.compile(
    r"(?:.*(?:会社|商店|商会|商事|事務所|センター|組合|協会|法人|委員会|部門|課|係|部|室|局|所|庁|校|店|社|会|各位"
    r"|全員|一同|工場|支店|営業|本部|支社|駅|課長|部長|未定|不明|名|者))|同上|なし|有|無|男|女|本人|父|母|[^ \u3000]$"
)
REACH: Final = 900
"""How far below its heading a cell is judged by it."""
EDGES: Final = " \u3000\"'*"


def cells(line: str, sign: str) -> list[tuple[int, int]]:
    """Where the cells of a line begin and end, without spaces and quotes around them."""
    found, at = [], 0
    for cell in line.split(sign):
        left = len(cell) - len(cell.lstrip(EDGES))
        found.append((at + left, at + max(left, len(cell.rstrip(EDGES)))))
        at += len(cell) + 1
    return found


def columns(line: str, sign: str) -> tuple[list[int], list[int]]:
    """The columns of names and of readings of a heading."""
    names: list[int] = []
    readings: list[int] = []
    for number, (start, end) in enumerate(cells(line, sign)):
        if KANA_HEADING.fullmatch(line, start, end):
            readings.append(number)
        elif NAME_HEADING.fullmatch(line, start, end):
            names.append(number)
    return names, readings


def is_name(cell: str) -> bool:
    """Whether a cell below the heading of a name has the form of one."""
    letters = "".join(c for c in cell if c not in SPACES)
    if NAME.fullmatch(cell) is None or NO_NAME.match(letters) or letters in contexts().never or letters in contexts().before:
        return False
    data = known()
    if letters in data.common_words or letters in data.katakana_words:
        return letters in data.surnames
    return cell != letters or letters.isascii() or "・" in letters or any(letters[:cut] in data.surnames for cut in (1, 2, 3))


def headings(text: str) -> Iterator[tuple[int, str, str]]:
    """Lines that may head a table: their end, themselves and their separator; the next line has as many separators."""
    end = -1
    lines = text.split("\n")
    for line, following in pairwise(lines):
        end += len(line) + 1
        if "," in line or "|" in line or "\t" in line:
            sign = max(SEPARATORS, key=line.count)
            if line.count(sign) == following.count(sign) and HEADWORD.search(line):
                yield end, line, sign


def rows(text: str, start: int, sign: str, width: int) -> Iterator[tuple[int, str]]:
    """The lines of a table from a place on, each with its place."""
    stop = min(start + REACH, len(text))
    while start < stop:
        end = text.find("\n", start)
        line = text[start:] if end < 0 else text[start:end]
        if line.count(sign) != width:
            return
        yield start, line
        start += len(line) + 1


def in_tables(text: str) -> list[Finding]:
    """Cells below the headings of names and readings, in places of the normalised text."""
    found: list[Finding] = []
    judged = -1  # a line below one heading is no second one: a text of headings alone would be read again for each of them
    for end, heading, sign in headings(text):
        names, readings = columns(heading, sign) if end > judged else ([], [])
        if not names and not readings:
            continue
        for start, line in rows(text, end + 1, sign, heading.count(sign)):
            judged = start + len(line)
            places = cells(line, sign)
            for begin, until in (places[number] for number in names):
                if is_name(line[begin:until]):
                    found.append(Finding("person_name", start + begin, start + until, 0.75, Why.COLUMN))
            for begin, until in (places[number] for number in readings):
                if KANA.fullmatch(line, begin, until):
                    found.append(Finding("person_kana", start + begin, start + until, 0.75, Why.COLUMN | Why.READING))
    return found
