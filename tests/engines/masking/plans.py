"""A small town's tables, a plan for them, and keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from sekisho.engines.masking.keys import DomainKey, KeyRing
from sekisho.engines.masking.plan import Plan, parse_plan
from sekisho.errors import InputError

KEYS = KeyRing([DomainKey(b"1" * 32, domain="test")])

HOUSEHOLDS = "世帯番号,町\r\n" + "".join(f"{n:08d},町{n % 7}\r\n" for n in range(60))
RESIDENTS = "宛名番号,世帯番号,氏名,生年月日,性別,所得,備考\r\n" + "".join(
    f"{n * 7 + 1000000:010d},{n % 60:08d},{['佐藤', '鈴木', '高橋', '田中'][n % 4]}　{['太郎', '花子', '次郎'][n % 3]}{n // 12},"
    f"{1930 + n % 90}-{n % 12 + 1:02d}-{n % 28 + 1:02d},{'男女'[n % 2]},{n * 997 % 5000 * 1000},"
    f"{'' if n % 5 else '電話あり' if n % 2 else chr(34) * 2}\r\n"
    for n in range(300)
)

PLAN = """\
schema: sekisho.masking_plan/1
title: 試験用データ
version: 3
purpose: 結合試験
recipient: 委託先A
domain: test
tables:
  世帯:
    primary_key: 世帯番号
    columns:
      世帯番号: {transform: ff1, kinds: household_number}
      町: keep
  住民:
    primary_key: 宛名番号
    foreign_keys: [{columns: 世帯番号, table: 世帯, referred: 世帯番号}]
    columns:
      宛名番号: {transform: ff1, kinds: addressee_number}
      世帯番号: {transform: ff1, kinds: household_number}
      氏名: {transform: fake_name, entity: 宛名番号, sex: 性別, kinds: person_name}
      生年月日: {transform: redact, text: '1970-01-01', kinds: birth_date}
      性別: {transform: keep, kinds: sex}
      所得: {transform: keep, kinds: amount}
      備考: {transform: drop, kinds: free_text}
"""


def town(folder: Path) -> Path:
    """The folder with 世帯 and 住民 as CSV in CP932."""
    folder.mkdir(exist_ok=True)
    (folder / "世帯.csv").write_bytes(HOUSEHOLDS.encode("cp932"))
    (folder / "住民.csv").write_bytes(RESIDENTS.encode("cp932"))
    return folder


def plan(*changes: tuple[str, str]) -> Plan:
    """The plan, with texts in it replaced."""
    text = PLAN
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return parse_plan(text.encode(), file="plan.yaml")


def faults(error: InputError) -> list[tuple[str, int | None]]:
    """Codes with lines."""
    return [(one.code.partition(".")[2], one.row) for one in error.problems]


class Nothing:
    """A leak scan that finds nothing."""

    def column(self, heading: str, cells: pa.Array) -> list[tuple[int, str]]:
        """Nothing."""
        return []


class Words:
    """A leak scan that finds cells with certain words."""

    def __init__(self, words: dict[str, str]) -> None:
        """``words``: word → kind."""
        self.words = words

    def column(self, heading: str, cells: pa.Array) -> Sequence[tuple[int, str]]:
        """Places of the words."""
        return [
            (place, kind)
            for place, text in enumerate(cells.to_pylist())
            for word, kind in self.words.items()
            if text is not None and word in text
        ]
