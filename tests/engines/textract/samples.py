"""Files of every kind, made here: each holds the marks that a test looks for."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pptx
from openpyxl.comments import Comment

NOTE = "みなも市の住民の皆様へ。電話 0270-99-0123"


def make_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "住民"
    sheet.append(["住民の一覧", None, None])
    sheet.append(["氏名", "個人番号", "生年月日"])
    sheet.append(["水面 花子", 123456789018, "昭和51年5月3日"])
    sheet.append(["水面 太郎", "100000000080", "1980-01-02"])
    sheet["A3"].comment = Comment("本人に確認済み mimi@minamo.example", "担当")
    sheet.oddFooter.center.text = "部外秘の足元"
    hidden = book.create_sheet("控え")
    hidden.append(["隠れた電話", "0270-99-0124"])
    hidden.sheet_state = "veryHidden"
    book.defined_names["担当者"] = openpyxl.workbook.defined_name.DefinedName("担当者", attr_text='"源 次郎"')
    book.properties.creator = "水面 作成者"
    return _saved(book)


def make_docx() -> bytes:
    document = docx.Document()
    document.add_heading("通知", 1)
    document.add_paragraph(NOTE)
    table = document.add_table(rows=2, cols=2)
    for row, values in zip(table.rows, [("氏名", "電話"), ("水面 花子", "0270-99-0125")], strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    document.sections[0].header.paragraphs[0].text = "頭の極秘"
    document.sections[0].footer.paragraphs[0].text = "足の社外秘"
    paragraph = document.add_paragraph("残る文字")
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    from lxml import etree

    deleted = etree.fromstring(
        f'<w:del xmlns:w="{w}" w:id="1" w:author="x"><w:r><w:delText>消した番号 123456789018</w:delText></w:r></w:del>'
    )
    paragraph._p.append(deleted)
    box = etree.fromstring(
        f'<w:r xmlns:w="{w}"><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml"><w:txbxContent><w:p><w:r><w:t>箱の中の文字</w:t>'
        "</w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r>"
    )
    paragraph._p.append(box)
    document.add_comment(document.paragraphs[0].runs, text="注釈の文字", author="水面 注")
    document.core_properties.author = "水面 作成者"
    return _saved(document)


def make_pptx() -> bytes:
    show = pptx.Presentation()
    for title in ("一枚目の題", "二枚目の題"):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = title
    slide.notes_slide.notes_text_frame.text = "話す人の覚え 0270-99-0126"
    table = slide.shapes.add_table(2, 2, 0, 0, 1_000_000, 1_000_000).table
    for row, values in enumerate([("氏名", "電話"), ("水面 花子", "0270-99-0127")]):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    slide._element.set("show", "0")
    return _saved(show)


def make_pdf(text: str = "Hello 0270-99-0128", *, password: str = "", attachment: bytes = b"") -> bytes:
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(300, 200))
    if text:
        page.Contents = document.make_stream(f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode())
        font = document.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Annots = document.make_indirect(
            pikepdf.Array(
                [pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents="付箋の文字")]
            )
        )
        document.docinfo["/Author"] = "水面 作成者"
    if attachment:
        document.attachments["添付.csv"] = pikepdf.AttachedFileSpec(document, attachment, filename="添付.csv")
    room = io.BytesIO()
    document.save(room, encryption=pikepdf.Encryption(owner=password, user=password) if password else None)
    return room.getvalue()


def make_mail(attachments: dict[str, bytes] | None = None, charset: str = "utf-8") -> bytes:
    message = EmailMessage()
    message["From"] = "水面 花子 <hanako@minamo.example>"
    message["To"] = "taro@minamo.example"
    message["Subject"] = "住民の一覧を送ります"
    message.set_content(NOTE + "\n", charset=charset)
    message.add_alternative(
        "<html><body><p>本文は<b>HTML</b>です</p><img alt='絵の説明'><!-- 隠した注 --></body></html>", subtype="html"
    )
    for name, data in (attachments or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def make_zip(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return room.getvalue()


def make_tar(members: dict[str, bytes]) -> bytes:
    room = io.BytesIO()
    with tarfile.open(fileobj=room, mode="w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return room.getvalue()


def make_sqlite(folder: Path) -> bytes:
    path = folder / "made.sqlite"
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TABLE 住民 (番号 INTEGER PRIMARY KEY, 氏名 TEXT, 電話 TEXT)")
        database.executemany("INSERT INTO 住民 VALUES (?, ?, ?)", [(1, "水面 花子", "0270-99-0129"), (2, "水面 太郎", None)])
    database.close()
    return path.read_bytes()


def make_all(folder: Path) -> dict[str, bytes]:
    """Name → bytes of one readable file of each kind."""
    csv = "氏名,電話\r\n水面 花子,0270-99-0130\r\n"
    return {
        "a.txt": NOTE.encode(),
        "a-cp932.txt": NOTE.encode("cp932"),
        "a.csv": csv.encode("cp932"),
        "a.json": '{"氏名": "水面 花子", "番号": [123456789018]}'.encode(),
        "a.jsonl": '{"氏名": "水面 花子"}\n{"氏名": "水面 太郎"}\n'.encode(),
        "a.xml": f'<?xml version="1.0" encoding="Shift_JIS"?><住民 電話="0270-99-0131">{NOTE}</住民>'.encode("cp932"),
        "a.html": f"<!doctype html><meta charset=euc-jp><title>題</title><p>{NOTE}<table><tr><td>氏名<td>花子</table>".encode(
            "euc_jp"
        ),
        "a.eml": make_mail({"添付.txt": NOTE.encode("cp932")}, "iso-2022-jp"),
        "a.xlsx": make_xlsx(),
        "a.docx": make_docx(),
        "a.pptx": make_pptx(),
        "a.pdf": make_pdf(attachment=csv.encode()),
        "a.zip": make_zip({"中/a.txt": NOTE.encode(), "b.zip": make_zip({"c.csv": csv.encode()})}),
        "a.tar": make_tar({"a.txt": NOTE.encode()}),
        "a.tar.gz": gzip.compress(make_tar({"a.txt": NOTE.encode()})),
        "a.txt.bz2": bz2.compress(NOTE.encode()),
        "a.txt.xz": lzma.compress(NOTE.encode()),
        "a.sqlite": make_sqlite(folder),
    }


def _saved(document: object) -> bytes:
    room = io.BytesIO()
    document.save(room)  # type: ignore[attr-defined]
    return room.getvalue()
