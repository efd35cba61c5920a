"""Kinds that no library here writes: Outlook messages, ODF, mbox, zst; and what hides behind the cells of a workbook."""

from __future__ import annotations

import io
import zipfile

import pyarrow as pa
import pytest
from tests.engines.textract.ole_writer import message
from tests.engines.textract.samples import NOTE, make_docx, make_mail, make_xlsx, make_zip

from sekisho.engines.textract import Extracted, Rows, extract, from_bytes


def read(data: bytes, name: str) -> tuple[str, Extracted, list]:
    extracted = extract(from_bytes(data, name))
    pieces = list(extracted.pieces)
    return "\n".join(piece.text for piece in pieces), extracted, pieces


def test_an_outlook_message_with_attachments() -> None:
    data = message("住民の一覧", NOTE, "hanako@minamo.example", "taro@minamo.example", {"添付.txt": NOTE.encode("cp932")})
    text, extracted, pieces = read(data, "a.msg")
    assert (extracted.kind, extracted.state, extracted.problems) == ("msg", "read", [])
    for wanted in ("住民の一覧", "hanako@minamo.example", "taro@minamo.example"):
        assert wanted in text
    assert [piece.place.inside for piece in pieces if piece.text == NOTE] == [(), ("添付.txt",)]


ODF = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">'
    "<office:body>{body}</office:body></office:document-content>"
)


def odf(kind: str, body: str) -> bytes:
    return make_zip(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
            "content.xml": ODF.format(body=body).encode(),
            "META-INF/manifest.xml": b'<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        }
    )


def test_an_odt_with_table_and_comment() -> None:
    body = (
        "<office:text><text:h>題</text:h><text:p>電話<text:tab/>0270-99-0123<office:annotation><text:p>注釈の文字</text:p></office:annotation>"
        "</text:p><table:table><table:table-row><table:table-cell><text:p>氏名</text:p></table:table-cell><table:table-cell>"
        "<text:p>花子</text:p></table:table-cell></table:table-row></table:table></office:text>"
    )
    text, extracted, _ = read(odf("text", body), "a.odt")
    assert (extracted.kind, extracted.state) == ("odt", "read")
    for wanted in ("題", "電話\t0270-99-0123", "注釈の文字", "氏名\t花子"):
        assert wanted in text


def test_an_ods_gives_cells_and_comments() -> None:
    body = (
        '<office:spreadsheet><table:table table:name="住民"><table:table-row><table:table-cell office:value-type="string"><text:p>電話</text:p>'
        '</table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type="string"><office:annotation><text:p>'
        "覚え</text:p></office:annotation><text:p>0270-99-0123</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
    )
    text, extracted, pieces = read(odf("spreadsheet", body), "a.ods")
    assert (extracted.kind, extracted.state) == ("ods", "read")
    assert "0270-99-0123" in text
    assert [p.text for p in pieces if p.place.part == "comment"] == ["覚え"]


def test_an_encrypted_odt_is_told() -> None:
    data = make_zip(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": b"\x01\x02",
            "META-INF/manifest.xml": b"<m><encryption-data/></m>",
        }
    )
    assert [p.code for p in read(data, "a.odt")[1].problems] == ["textract.encrypted"]


def test_an_mbox_gives_every_message() -> None:
    box = b"".join(b"From MAILER Wed Apr  1 10:30:00 2026\n" + make_mail() + b"\n" for _ in range(3))
    _, extracted, pieces = read(box, "a.mbox")
    assert extracted.kind == "mbox"
    assert {piece.place.inside for piece in pieces} == {(f"message-{n}.eml",) for n in (1, 2, 3)}


def test_a_message_within_a_message_is_read() -> None:
    from email import message_from_bytes
    from email.message import EmailMessage

    outer = EmailMessage()
    outer["From"] = "taro@minamo.example"
    outer["To"] = "hanako@minamo.example"
    outer["Subject"] = "転送"
    outer.set_content("転送します")
    outer.add_attachment(message_from_bytes(make_mail({"表.xlsx": make_xlsx()})))
    _, extracted, pieces = read(outer.as_bytes(), "a.eml")
    assert extracted.state == "read"
    assert any(piece.place.inside[1:] == ("表.xlsx",) and isinstance(piece, Rows) for piece in pieces)


def test_zst_is_read_and_its_damage_told() -> None:
    room = io.BytesIO()
    with pa.CompressedOutputStream(room, "zstd") as stream:
        stream.write(NOTE.encode())
    data = bytes(room.getvalue()) if not room.closed else b""
    text, extracted, _ = read(data or pa.compress(NOTE.encode(), "zstd", asbytes=True), "a.txt.zst")
    assert (text, extracted.state) == (NOTE, "read")
    cut = read(pa.compress(NOTE.encode() * 1_000, "zstd", asbytes=True)[:-8], "a.txt.zst")[1]
    assert [p.code for p in cut.problems] == ["textract.archive_damaged"]


def rebuilt(data: bytes, more: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        for name, content in more.items():
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "content", "wanted"),
    [
        (
            "xl/pivotCache/pivotCacheDefinition1.xml",
            '<d><cacheField name="電話"><sharedItems><s v="0270-99-0188"/></sharedItems></cacheField></d>',
            "0270-99-0188",
        ),
        ("xl/externalLinks/externalLink1.xml", "<l><cell><v>0270-99-0189</v></cell></l>", "0270-99-0189"),
        ("xl/connections.xml", '<c><dbPr connection="server=db;user=taro"/></c>', "server=db;user=taro"),
        ("xl/charts/chart1.xml", "<c><pt><v>0270-99-0190</v></pt></c>", "0270-99-0190"),
        ("customXml/item1.xml", "<c><x>0270-99-0191</x></c>", "0270-99-0191"),
    ],
)
def test_what_a_workbook_keeps_behind_its_cells_is_read(part: str, content: str, wanted: str) -> None:
    assert wanted in read(rebuilt(make_xlsx(), {part: content.encode()}), "a.xlsx")[0]


def test_files_embedded_in_a_document_are_read_as_what_they_are() -> None:
    _, extracted, pieces = read(rebuilt(make_docx(), {"word/embeddings/book.xlsx": make_xlsx()}), "a.docx")
    assert extracted.state == "read"
    assert any("123456789018" in piece.text and piece.place.inside == ("word/embeddings/book.xlsx",) for piece in pieces)


def test_pictures_in_a_document_are_said() -> None:
    _, extracted, _ = read(rebuilt(make_docx(), {"word/media/a.png": b"\x89PNG\r\n\x1a\n"}), "a.docx")
    assert [(n.code, n.fields) for n in extracted.notes if "pictures" in n.code] == [("textract.pictures_not_read", {"count": 1})]
