"""Make ``examples/data/leakscan``: files of a fictional city in which a leak scan finds something, and a letter to compare with.

The same bytes on every run: ``python tools/make_leak_examples.py [FOLDER]``. Names, numbers and addresses are invented; the check
digits of numbers are right, telephone numbers belong to ranges that are not given out, domains are reserved (RFC 2606).
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import docx
import xlsxwriter

if TYPE_CHECKING:
    from docx.document import Document

ROOT = Path(__file__).resolve().parent.parent
MOMENT = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
EPOCH = (1980, 1, 1, 0, 0, 0)

LETTER = (
    "みなも市では、令和8年10月から窓口の受付番号の仕組みを改め、予約をされた方から順にご案内します。"
    "予約は、市のホームページ、電話、窓口のいずれでもお取りいただけます。"
    "お持ちいただくものは手続きによって異なりますので、同封の一覧をお確かめください。"
)
RESIDENTS = [
    ("山田 花子", "ヤマダ ハナコ", "昭和51年5月3日", "123456789018", "0270-99-0123"),
    ("佐藤 太郎", "サトウ タロウ", "平成2年11月30日", "100000000080", "0270-99-0124"),
    ("鈴木 一郎", "スズキ イチロウ", "令和元年6月1日", "100000000030", "0270-99-0125"),
]
CSV = (
    "受付番号,申請者氏名,電話番号,メールアドレス,備考\r\n"
    "20260401001,山田 花子,0270-99-0123,hanako@minamo.example,\r\n"
    '20260401002,佐藤 太郎,0270-99-0124,taro@minamo.example,"折り返しは\r\n夕方に"\r\n'
    "20260401003,鈴木 一郎,0270-99-0125,ichiro@minamo.example,口座 みなも銀行 本店 普通 1234567\r\n"
)
MEMO = (
    "【社外秘】委託先への引き渡しの控え\n\n"
    "試験に使うデータは本番の写しではなく、つくったものを渡すこと。\n"
    "受付の時刻 202604011030、整理番号 4901234567894 は番号法の個人番号ではない。\n"
    "委託先 みなもシステム株式会社（法人番号 7000012050002）\n"
    "接続の鍵 AKIAIOSFODNN7EXAMPLE は使い終わったので消すこと。\n"
)
RULES = """\
version: 1
labels:
  addressee_number: [住民キー]
markings: [部長限り]
patterns:
  - id: reception-number
    title: {ja: 受付番号, en: Reception number}
    pattern: '202[0-9]{8}'
    near: [受付番号]
    score: 0.8
terms:
  - id: projects
    title: {ja: 未公表の事業, en: Projects not yet announced}
    words: [ひかり計画]
"""


def repacked(data: bytes) -> bytes:
    """A package with the same bytes on every run: members in order of their names, one time for all."""
    room = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return room.getvalue()


def workbook() -> bytes:
    """Residents with headings, a hidden sheet, a comment and a footer."""
    room = io.BytesIO()
    with xlsxwriter.Workbook(room, {"in_memory": True}) as book:
        book.set_properties({"author": "みなも市 市民課", "created": MOMENT.replace(tzinfo=None)})
        sheet = book.add_worksheet("対象者")
        sheet.write_row(0, 0, ["令和8年度 対象者の一覧"])
        sheet.write_row(1, 0, ["氏名", "フリガナ", "生年月日", "個人番号", "電話番号"])
        for number, row in enumerate(RESIDENTS, start=2):
            sheet.write_row(number, 0, row)
        sheet.write_comment("A3", "本人確認済み（免許証 309012345620）", {"author": "窓口"})
        sheet.set_footer("&C機密性3")
        hidden = book.add_worksheet("控え")
        hidden.write_row(0, 0, ["連絡先", "0270-99-0126"])
        hidden.hide()
    return repacked(room.getvalue())


def notice() -> bytes:
    """The city's letter as a Word document, with a contact in its footer."""
    word: Document = docx.Document()
    word.add_heading("窓口の受付の仕組みが変わります", 1)
    for sentence in LETTER.split("。")[:-1]:
        word.add_paragraph(f"{sentence}。")
    word.sections[0].footer.paragraphs[0].text = "みなも市 市民課 電話 0270-99-0100"
    core = word.core_properties
    core.author, core.created, core.modified, core.comments = "みなも市", MOMENT, MOMENT, ""
    room = io.BytesIO()
    word.save(room)
    return repacked(room.getvalue())


def mail(attachment: bytes) -> bytes:
    """A mail in ISO-2022-JP that repeats the letter and carries the workbook."""

    def header(text: str) -> str:
        return f"=?ISO-2022-JP?B?{base64.b64encode(text.encode('iso2022_jp')).decode()}?="

    body = f"担当者様\r\n\r\n先日の文書は次のとおりです。\r\n{LETTER}\r\n\r\n山田花子様（電話 0270-99-0123）にも送りました。\r\n"
    packed = base64.encodebytes(attachment).decode().replace("\n", "\r\n")
    lines = [
        f"From: {header('市民課')} <shimin@minamo.example>",
        "To: vendor@systems.example",
        f"Subject: {header('対象者の一覧について')}",
        "Date: Wed, 01 Apr 2026 10:30:00 +0900",
        "Message-ID: <20260401.1@minamo.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="=_minamo"',
        "",
        "--=_minamo",
        "Content-Type: text/plain; charset=ISO-2022-JP",
        "Content-Transfer-Encoding: 7bit",
        "",
        body,
        "--=_minamo",
        "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="taishosha.xlsx"',
        "",
        packed,
        "--=_minamo--",
        "",
    ]
    return "\r\n".join(lines).encode("iso2022_jp")


def main(folder: Path) -> None:
    """Write the files."""
    book = workbook()
    files = {
        "own-documents/notice.docx": notice(),
        "own-rules.yaml": RULES.encode(),
        "share/applications.csv": CSV.encode("cp932"),
        "share/memo.txt": MEMO.encode(),
        "share/residents.xlsx": book,
        "share/to-the-vendor.eml": mail(book),
    }
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples" / "data" / "leakscan")
