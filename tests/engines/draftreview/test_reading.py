"""Reading: every kind of hostile file has its own code, file and place; what is read carries text and places."""

import io
import zipfile

import pikepdf
import pytest
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.draftreview import MAX_BYTES, read_draft, read_draft_file, review
from sekisho.errors import InputError
from sekisho.standards import texts

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def body(inner):
    return f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{inner}</w:body></w:document>'.encode()


def relation(kind, target="http://example.invalid/x", mode="External"):
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{base}/{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'
    ).encode()


def field(instruction):
    return body(f"<w:p><w:r><w:instrText>{instruction}</w:instrText></w:r><w:r><w:t>文</w:t></w:r></w:p>")


def encrypted_pdf():
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def encrypted_zip(make):
    content = bytearray(make.docx())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        content[place + at] |= 1
    return bytes(content)


def other_package(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, b"<x/>")
    return out.getvalue()


def bomb(make):
    return make.docx(parts={"word/document.xml": body("<w:p><w:r><w:t>" + "あ" * 20_000_000 + "</w:t></w:r></w:p>")})


SETTINGS = "word/_rels/settings.xml.rels"
HOSTILE = {
    "empty file": (lambda m: b"", "a.docx", "empty"),
    "no text in a docx": (lambda m: m.docx(), "a.docx", "empty"),
    "white space only": (lambda m: b" \n\n ", "a.txt", "empty"),
    "docx that is no zip": (lambda m: b"hello, this is text", "a.docx", "not_zip"),
    "docx cut off": (lambda m: m.docx()[:4000], "a.docx", "not_zip"),
    "pdf named docx": (lambda m: m.blank(), "a.docx", "renamed"),
    "docx named pdf": (lambda m: m.docx(), "a.pdf", "renamed"),
    "docx named txt": (lambda m: m.docx(), "a.txt", "renamed"),
    "text named pdf": (lambda m: b"hello", "a.pdf", "renamed"),
    "xlsx named docx": (lambda m: other_package("xl/workbook.xml"), "a.docx", "renamed"),
    "zip without a document": (lambda m: other_package("a/b.xml"), "a.docx", "not_docx"),
    "old doc": (lambda m: OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "a.doc", "old_word"),
    "old doc named docx": (lambda m: OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "a.docx", "old_word"),
    "encrypted docx": (lambda m: OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted"),
    "other OLE file": (lambda m: OLE + b"\0" * 600, "a.docx", "old_office"),
    "encrypted zip": (encrypted_zip, "a.docx", "encrypted"),
    "macros": (lambda m: m.docx(parts={"word/vbaProject.bin": b"x"}), "a.docx", "macros"),
    "docm": (lambda m: m.docx(), "a.docm", "macros"),
    "attached template": (lambda m: m.docx(parts={SETTINGS: relation("attachedTemplate")}), "a.docx", "external_include"),
    "sub-document": (lambda m: m.docx(parts={SETTINGS: relation("subDocument")}), "a.docx", "external_include"),
    "alternative chunk": (lambda m: m.docx(parts={SETTINGS: relation("aFChunk", "a.html", "Internal")}), "a.docx", "embedded_text"),
    "INCLUDETEXT": (lambda m: m.docx(parts={"word/document.xml": field("INCLUDETEXT x")}), "a.docx", "external_include"),
    "DDE in two runs": (lambda m: m.docx(parts={"word/document.xml": body(
        "<w:p><w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>EAUTO c:\\x</w:instrText></w:r></w:p>")}), "a.docx", "external_include"),
    "DTD": (lambda m: m.docx(parts={"word/document.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + body("")[21:]}), "a.docx", "doctype"),
    "broken XML": (lambda m: m.docx(parts={"word/document.xml": body("<w:p>")[:-20]}), "a.docx", "damaged"),
    "deep nesting": (lambda m: m.docx(parts={"word/document.xml": body("<w:p>" + "<w:r>" * 100 + "</w:r>" * 100 + "</w:p>")}), "a.docx", "too_deep"),
    "zip bomb": (bomb, "a.docx", "bomb"),
    "damaged pdf": (lambda m: b"%PDF-1.7\n" + b"x" * 100, "a.pdf", "pdf_damaged"),
    "encrypted pdf": (lambda _: encrypted_pdf(), "a.pdf", "encrypted"),
    "scanned pdf": (lambda m: m.blank(3), "a.pdf", "no_text"),
    "neither UTF-8 nor CP932": (lambda m: "仕様".encode("euc_jp") + b"\n\xff\xfd\x80\xa0", "a.txt", "encoding"),
    "binary": (lambda m: b"abc\n\x00\x01\x02", "a.txt", "binary"),
    "rtf": (lambda m: b"{\\rtf1 x}", "a.rtf", "not_supported"),
    "unknown suffix": (lambda m: b"abc", "a.html", "not_supported"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_each_with_its_code_and_file(case, make):
    made, name, code = HOSTILE[case]
    with pytest.raises(InputError) as raised:
        read_draft(made(make), filename=f"/some/where/{name}")
    error = raised.value
    assert error.code == f"review.{code}"
    assert texts.known(error.code)
    assert [p.file for p in error.problems] == [name]
    for lang in ("ja", "en"):
        assert name in texts.render(error.code, error.fields, lang)
        assert "{" not in texts.render(error.code, error.fields, lang)


def test_a_file_of_200_mb_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.docx"
    with path.open("wb") as out:
        out.truncate(200_000_000)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda _: pytest.fail("it was read"))
    with pytest.raises(InputError) as raised:
        read_draft_file(path)
    assert raised.value.code == "review.too_large"
    assert raised.value.fields["limit"] == MAX_BYTES


def test_a_missing_file_says_so(tmp_path):
    for path in (tmp_path / "none.docx", tmp_path):
        with pytest.raises(InputError) as raised:
            read_draft_file(path)
        assert raised.value.code == "review.no_file"


def test_linked_pictures_are_told_and_never_fetched(make):
    content = make.docx(lambda d: d.add_paragraph("本文"), parts={"word/_rels/x.xml.rels": relation("image")})
    draft = read_draft(content, filename="a.docx")
    assert [n.code for n in draft.notices] == ["review.external_part"]
    assert draft.notices[0].fields["target"] == "image: http://example.invalid/x"


def test_docx_gives_headings_tables_and_paragraphs_with_places(make):
    def fill(document):
        document.add_heading("情報セキュリティ", 1)
        document.add_heading("ログ", 2)
        document.add_paragraph("ログを取得すること。")
        document.add_paragraph("時刻を同期すること。", style="List Number").runs[0].font.size = Pt(9)
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(table._cells, ("番号", "要件", "1", "通信を暗号化すること"), strict=True):
            cell.text = text

    blocks = read_draft(make.docx(fill), filename="a.docx").blocks
    assert [(b.kind, b.level, b.text) for b in blocks] == [
        ("heading", 0, "情報セキュリティ"),
        ("heading", 1, "ログ"),
        ("paragraph", None, "ログを取得すること。"),
        ("paragraph", None, "時刻を同期すること。"),
        ("row", None, "番号 | 要件"),
        ("row", None, "1 | 通信を暗号化すること"),
    ]
    assert blocks[3].label == "1."
    assert [(b.table, b.row) for b in blocks[4:]] == [(1, 1), (1, 2)]
    assert [b.number for b in blocks] == [1, 2, 3, 4, 5, 6]


def test_inserted_text_counts_and_deleted_hidden_and_fallback_text_do_not(make):
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    inner = (
        "<w:p><w:r><w:t>期間は</w:t></w:r><w:ins><w:r><w:t>1年</w:t></w:r></w:ins><w:del><w:r><w:delText>2年</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>秘密</w:t></w:r><w:r><w:t>とする。</w:t></w:r></w:p>"
        f'<w:p><w:r><mc:AlternateContent xmlns:mc="{mc}"><mc:Choice><w:txbxContent><w:p><w:r><w:t>枠の中</w:t></w:r></w:p></w:txbxContent>'
        "</mc:Choice><mc:Fallback><w:txbxContent><w:p><w:r><w:t>枠の中</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    draft = read_draft(make.docx(parts={"word/document.xml": body(inner)}), filename="a.docx")
    assert [(b.kind, b.text) for b in draft.blocks] == [("paragraph", "期間は1年とする。"), ("textbox", "枠の中")]
    assert {n.code: n.fields for n in draft.notices} == {
        "review.tracked": {"inserted": 1, "deleted": 1},
        "review.hidden_text": {"count": 1},
    }


def test_footnotes_stand_after_their_paragraph(make):
    notes = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="2"><w:p><w:r><w:t>注の文。</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    inner = '<w:p><w:r><w:t>本文。</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    content = make.docx(parts={"word/document.xml": body(inner), "word/footnotes.xml": notes.encode()})
    blocks = read_draft(content, filename="a.docx").blocks
    assert [(b.kind, b.text) for b in blocks] == [("paragraph", "本文。"), ("footnote", "注の文。")]


def test_pdf_joins_broken_lines_and_drops_headers_footers_and_page_numbers(make):
    long = "受注者は、本システムに対する不正なアクセスを検知したときは、直ちに本市に報告し、被害の拡大を防止するために必要な措置を講じなければならない。"
    pages = [f"{n} 監視\n{long}\n(1) ログを{n}年間保存すること。" for n in range(1, 5)]
    draft = read_draft(make.pdf(pages, header="予約サイト調達仕様書（案）", footer="- "), filename="a.pdf")
    assert draft.pages == 4
    texts_ = ["".join(b.text.split()) for b in draft.blocks]
    assert "予約サイト調達仕様書（案）" not in "".join(texts_)
    assert texts_[:3] == ["1監視", long, "(1)ログを1年間保存すること。"]
    assert [b.page for b in draft.blocks] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]


def test_pdf_with_pages_without_text_says_which(make):
    draft = read_draft(make.pdf(["ログを保存すること。", "", "終わり。"]), filename="a.pdf")
    assert [(n.code, n.fields) for n in draft.notices] == [
        ("review.pages_without_text", {"without": 1, "pages": 3, "numbers": "2"})
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", []), ("utf-8-sig", []), ("cp932", ["CP932"]), ("utf-16", ["UTF-16"])]
)  # fmt: skip
def test_text_is_read_in_its_encoding(encoding, told):
    draft = read_draft("（１）ログを１年間保存すること。①".encode(encoding), filename="a.txt")
    assert [b.text for b in draft.blocks] == ["（１）ログを１年間保存すること。①"]
    assert [n.fields["encoding"] for n in draft.notices] == told


def test_the_place_of_a_byte_that_is_no_text_is_its_line():
    with pytest.raises(InputError) as raised:
        read_draft("一行目\n二行目\n".encode() + b"\xff\xfe\xff", filename="a.txt")
    assert raised.value.problems[0].row == 3


def test_a_table_of_contents_is_no_evidence():
    draft = read_draft(
        "目次\n3.4 ログの管理 ........ 12\n3.5 監視 ・・・・・・ 13\n\n1 目的\n予約を行う。\n".encode(), filename="a.txt"
    )
    assert all("ログ" not in b.text and "監視" not in b.text for b in draft.blocks)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_code(content):
    for name in ("a.txt", "a.md", "a.docx", "a.pdf"):
        try:
            draft = read_draft(content, filename=name)
        except InputError as error:
            assert texts.known(error.code)  # noqa: PT017 - either outcome is right
        else:
            assert draft.blocks


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 255))
def test_a_damaged_docx_is_read_or_refused_with_a_code(make, at, change):
    content = bytearray(make.docx(lambda d: d.add_paragraph("ログを取得すること。")))
    content[at % len(content)] ^= change
    try:
        read_draft(bytes(content), filename="a.docx")
    except InputError as error:
        assert texts.known(error.code)  # noqa: PT017 - either outcome is right


def test_a_sentence_in_the_style_of_a_heading_is_reviewed_too(make, rules):
    def fill(document):
        document.add_heading("ログの管理", 1)
        document.add_heading("操作ログを取得し、3年間保存すること。", 2)

    result = review(read_draft(make.docx(fill), filename="a.docx"), rules=rules, required=["AU-1-1"])
    assert result.clauses[0].status == "covered"
    assert result.clauses[0].passages[0].location.headings == ("ログの管理",)
    assert [p.shown for p in result.parameters] == ["3年間"]
