"""Which row of a table holds the headings of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["LOOKED_AT", "header_row", "showable"]

LOOKED_AT: Final = 50
"""Rows by which the headings are recognised."""
_FIRST: Final = 10
_LONGEST: Final = 40
_LEAST_CELLS: Final = 2
_LEAST_FILLED: Final = 0.6
_VALUE: Final = re.compile(r"[0-9０-９]{3}|[@＠]|\d{1,4}[/.年-]\d|^[0-9０-９.,-]+$")
_HEADING: Final = re.compile(
    "氏名|名前|姓|名$|フリガナ|ふりがな|カナ|かな|住所|所在|郵便|〒|電話|ＴＥＬ|TEL|携帯|FAX|メール|e-?mail|生年月日|誕生|性別|年齢|番号|コード"
    "|日付?$|年月|金額|備考|摘要|区分|種別|世帯|続柄|口座|銀行|支店|所属|部署|役職|ID$|^id\\b|^no\\.?$|№|name|address|phone|tel|birth|date|number"
    "|code|zip|postal|gender|age|note|account|card|key$|password|token",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    "(?:氏名|名前|フリガナ|ふりがな|カナ|住所|所在地|郵便番号|電話|電話番号|携帯|FAX|メール|アドレス|生年月日|性別|年齢|番号|金額|備考|区分|続柄|口座|世帯主)[:：]?$"
)
_LONGEST_LABEL: Final = 14
_STRONG: Final = 2
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")


def showable(heading: str) -> bool:
    """Whether a heading or key is surely no value of somebody: a word that heads columns, or an identifier of a program."""
    known = _HEADING.search(heading) or _IDENTIFIER.fullmatch(heading)
    return len(heading) <= _LONGEST and not _VALUE.search(heading) and known is not None


def header_row(rows: Sequence[Sequence[str]]) -> int | None:
    """The index of the row with the headings among the first rows of a table (hand in at most :data:`LOOKED_AT`); None without.

    Headings are short, differ from each other, are no values (digits, addresses), and fill the width of the table; below them
    stands something that looks different, or they are words that head columns.
    """
    width = max((sum(bool(cell.strip()) for cell in row) for row in rows), default=0)
    if width < 1 or len(rows) < _LEAST_CELLS:
        return None
    for index, row in enumerate(rows[:_FIRST]):
        cells = [cell.strip() for cell in row if cell.strip()]
        if len(cells) < max(_LEAST_FILLED * width, 1) or len(set(cells)) < len(cells):
            continue
        if any(len(cell) > _LONGEST or _VALUE.search(cell) for cell in cells):
            continue
        below = rows[index + 1 : index + 1 + LOOKED_AT]
        if _is_form(below):
            return None
        known = sum(bool(_HEADING.search(cell)) for cell in cells)
        if below and (known >= min(_STRONG, len(cells)) or (width >= _LEAST_CELLS and _differs(row, below))):
            return index
    return None


def _is_form(below: Sequence[Sequence[str]]) -> bool:
    """Whether most rows hold a label of their own (氏名 | 山田花子): then columns have no headings."""
    filled = [row for row in below if any(cell.strip() for cell in row)]
    labelled = sum(any(len(cell) <= _LONGEST_LABEL and _LABEL.search(cell.strip()) for cell in row) for row in filled)
    return labelled > len(filled) / 2


def _differs(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether some column holds values below a heading that is none."""
    return any(
        row[column].strip() and sum(bool(_VALUE.search(r[column])) for r in below if column < len(r)) > len(below) / 2
        for column in range(len(row))
    )
