from __future__ import annotations

import io
import re
import time
import zipfile
from typing import Any

import docx
import openpyxl
import pikepdf
import pypdfium2
import pytest
from lxml import etree, html

from sekisho.documents import FORMATS, fonts, model, render
from sekisho.documents.charts import chart_svg
from sekisho.documents.docx import render_docx
from sekisho.documents.html import render_html
from sekisho.documents.layout import lay_out
from sekisho.errors import InputError, Unavailable

HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\x00\x07\x1b\ud800\ufffe",
    "W" * 400,
    "\u202egpj.exe",
    "שלום العربية",
    "𠮷野家 😀",
    "</script><script>alert(1)</script>",
    '#eval("1+1") *太字* _斜体_ $x^2$ <label> @ref // /* [',
    "]]>&amp;&#0;<!--",
    "一\n二\t三",
    "&P &N &[Tab]",
    "{field} %s {0}",
]


def hostile_report(sample: Any) -> model.Document:
    columns = (model.Column("=1+1"), model.Column("値", model.ColumnKind.NUMBER, unit="<b>"))
    rows = tuple((model.Cell(text, ("h",)), model.Cell(text)) for text in HOSTILE)
    runs = tuple(
        run for text in HOSTILE for run in (text, model.Strong(text), model.Code(text), model.Link(text, "https://example.jp/"))
    )
    points = tuple(model.Point(text, n, text, ("h",)) for n, text in enumerate(HOSTILE))
    blocks = (
        model.TableOfContents(),
        *(model.Heading(text) for text in HOSTILE),
        model.Paragraph(runs),
        model.Table(columns, rows, "=cap[]:*?/\\", "'=name[]:*?/\\'", notes=tuple(HOSTILE)),
        model.Chart(model.ChartKind.BAR, points, HOSTILE[9], HOSTILE[10]),
        model.Callout((HOSTILE[9],), title=HOSTILE[10]),
        model.KeyValues(tuple(model.KeyValue(text, (text,)) for text in HOSTILE)),
    )
    reference = model.Reference("h", HOSTILE[9], "/evidence/1", HOSTILE[0], "f" * 64)
    made = sample.report()
    return model.Document(
        title=HOSTILE[9],
        subtitle=HOSTILE[10],
        organization=HOSTILE[13],
        as_of=made.as_of,
        blocks=blocks,
        metadata={HOSTILE[0]: HOSTILE[10]},
        references=(reference,),
        watermark="案'\"<&>",
    )


def pdf_text(data: bytes) -> str:
    pages = pypdfium2.PdfDocument(data)
    return "".join(page.get_textpage().get_text_range() for page in pages).replace("\u200b", "")


@pytest.mark.parametrize("output", FORMATS)
def test_the_same_document_gives_the_same_bytes(sample: Any, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = render(sample.report(), output)
    later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert render(sample.report(), output) == first
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_hostile_text_stands_as_text(sample: Any, output: str, language: str) -> None:
    made = hostile_report(sample)
    made = model.decode(model.encode(made).replace(b'"metadata"', f'"language":"{language}","metadata"'.encode()))
    data = render(made, output)
    if output == "html":
        tree = html.fromstring(data.decode())
        assert not tree.xpath("//script | //@onclick")
        assert "<script>alert(1)</script>" in tree.text_content()
    elif output == "docx":
        words = "\n".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
        assert '#eval("1+1")' in words
        assert "𠮷野家" in words
    elif output == "pdf":
        words = pdf_text(data)
        assert "#eval(" in words
        assert "〓" in words
        assert "U+1F600" in words
    else:
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        first = next(cell for cell in cells if cell.value == HOSTILE[0])
        assert first.quotePrefix


def test_html_in_a_page_has_no_style_and_no_script(report: model.Document) -> None:
    tree = html.fromstring(render_html(report, embed=True))
    assert not tree.xpath("//@style | //style | //script | //*[starts-with(name(@*), 'on')]")
    assert tree.xpath("//sup/a/@href")[0].startswith("/evidence/")
    assert len(tree.xpath("//*[@id]")) == len(set(tree.xpath("//@id")))
    assert tree.xpath("//th[@scope='row']")
    assert len(tree.xpath("//svg[@role='img'][title][desc]")) == 3


def test_html_file_is_self_contained_and_every_reference_resolves(report: model.Document) -> None:
    tree = html.fromstring(render(report, "html").decode())
    assert not tree.xpath("//@src | //link")
    targets = {"#" + name for name in tree.xpath("//@id")}
    assert {href for href in tree.xpath("//a/@href") if href.startswith("#")} <= targets
    assert "https://sekisho.example.jp/evidence/" in tree.xpath("string(//ol[@class='doc-provenance'])")


def test_word_file_has_headings_contents_marks_and_alternatives(report: model.Document) -> None:
    data = render(report, "docx")
    word = docx.Document(io.BytesIO(data))
    assert next(p.text for p in word.paragraphs if p.style.name == "Heading 1") == "1  要約"
    body = etree.tostring(word.element.body, encoding="unicode")
    # Seven tables and two of charts; two of them have a second row of heads.
    assert body.count("<w:tblHeader/>") == 7 + 2 + 2
    assert 'TOC \\o "1-2"' in body
    assert len(re.findall(r'<wp:docPr [^>]*descr="[^"]+"', body)) == 3
    anchors = set(re.findall(r'w:anchor="([^"]+)"', body))
    assert anchors <= set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', body))
    assert [(s.orientation, s.page_width > s.page_height) for s in word.sections][1][1]
    assert "松" in body
    assert word.styles["Normal"].element.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia")) == "游ゴシック"


def test_every_part_of_the_word_file_is_well_formed_with_unique_ids(report: model.Document) -> None:
    package = zipfile.ZipFile(io.BytesIO(render(report, "docx")))
    names = package.namelist()
    assert len(names) == len(set(names))
    for name in names:
        if name.endswith((".xml", ".rels")):
            root = etree.fromstring(package.read(name))
            ids = root.xpath("//w:bookmarkStart/@w:id", namespaces={"w": docx.oxml.ns.nsmap["w"]})
            assert len(ids) == len(set(ids))


def test_the_offices_template_keeps_its_styles_header_and_numbering(sample: Any) -> None:
    own = docx.Document()
    own.sections[0].header.paragraphs[0].text = "みなも市役所 情報政策課"
    own.styles["Heading 1"].font.name = "ＭＳ 明朝"
    own.add_paragraph("消える本文")
    target = io.BytesIO()
    own.save(target)
    word = docx.Document(io.BytesIO(render_docx(sample.report(), template=target.getvalue())))
    assert word.sections[0].header.paragraphs[0].text == "みなも市役所 情報政策課"
    assert word.styles["Heading 1"].font.name == "ＭＳ 明朝"
    assert "消える本文" not in [p.text for p in word.paragraphs]


@pytest.mark.parametrize("template", [b"", b"PK\x03\x04broken", b"not a zip"])
def test_a_template_that_is_none_is_refused(report: model.Document, template: bytes) -> None:
    with pytest.raises(InputError, match="wrong_template"):
        render_docx(report, template=template)


def test_a_workbook_given_as_template_is_refused(report: model.Document) -> None:
    with pytest.raises(InputError, match="wrong_template"):
        render_docx(report, template=render(report, "xlsx"))


def test_pdf_is_tagged_and_its_japanese_can_be_read(report: model.Document) -> None:
    data = render(report, "pdf")
    words = pdf_text(data)
    for expected in ("情報セキュリティ対策状況報告書", "みなも市", "新しい", "架空の団体による見本です", "未測定", "SHA-256"):
        assert expected in words
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "ja"
        metadata = pdf.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "情報セキュリティ対策状況報告書"
        with pdf.open_outline() as outline:
            assert len(outline.root) == 6
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:202611")


def test_workbook_has_typed_cells_and_print_setup(report: model.Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(render(report, "xlsx")))
    assert book.sheetnames[0] == "概要"
    assert book.sheetnames[-1] == "根拠の一覧"
    sheet = book["割合の指標"]
    assert (sheet["C5"].value, sheet["C5"].number_format) == (0.962, "0.0%")
    assert sheet["F5"].hyperlink.target.startswith("https://sekisho.example.jp/evidence/")
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert book["新しい11"]["C6"].value == "竹"
    assert book["検出事項"]["E5"].is_date


def test_two_thousand_rows(sample: Any) -> None:
    made = sample.report(more=(sample.finding_table(2000),))
    assert len(pypdfium2.PdfDocument(render(made, "pdf"))) > 40
    book = openpyxl.load_workbook(io.BytesIO(render(made, "xlsx")), read_only=True)
    assert any("検出事項 (2)" in name for name in book.sheetnames)
    assert b"F-2000" in render(made, "html")


@pytest.mark.parametrize(("cover", "pages"), [(True, 2), (False, 1)])
def test_without_a_cover_the_title_heads_the_first_page(sample: Any, cover: bool, pages: int) -> None:
    made = model.Document(
        title="更新の知らせを装う攻撃",
        organization="みなも市",
        as_of=sample.report().as_of,
        blocks=(model.Heading("したこと"), model.Paragraph(("止めた。",))),
        cover=cover,
    )
    data = render(made, "pdf")
    assert len(pypdfium2.PdfDocument(data)) == pages
    assert "更新の知らせを装う攻撃" in pdf_text(data).replace("\r\n", "")
    text = "".join(one.text for one in docx.Document(io.BytesIO(render(made, "docx"))).paragraphs)
    assert "更新の知らせを装う攻撃" in text


def test_empty_document_in_every_format(sample: Any) -> None:
    made = model.Document(
        title="空", organization="みなも市", as_of=sample.report().as_of, blocks=(model.Table((model.Column("列"),)),)
    )
    for output in FORMATS:
        assert render(made, output)


def test_a_chart_fetches_nothing_and_holds_no_style(report: model.Document, sample: Any) -> None:
    svg = chart_svg(sample.level_chart(), lay_out(report), identifier="f")
    assert "style=" not in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")
    assert "竹14" in svg


def test_unknown_format_is_refused(report: model.Document) -> None:
    with pytest.raises(InputError, match="unknown_format"):
        render(report, "odt")


def test_without_a_japanese_font_nothing_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, report: model.Document) -> None:
    fonts._find.cache_clear()
    broken = tmp_path / "NotoSansCJK.otf"
    broken.write_bytes(b"OTTO\x00\xff")
    monkeypatch.setattr(fonts, "_places", lambda _own: iter([(str(tmp_path), [broken])]))
    with pytest.raises(Unavailable) as caught:
        render(report, "pdf")
    assert caught.value.code == "documents.no_japanese_font"
    assert str(tmp_path) in caught.value.fields["searched"]
    fonts._find.cache_clear()


def test_the_font_is_asked_for_its_glyphs() -> None:
    found = fonts.japanese_fonts()
    assert found.regular.has("関所𠮷〓")
    assert not found.regular.has("😀")
    assert found.bold is not None


def test_the_own_font_directory_comes_first_even_without_a_bold_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    regular = fonts.japanese_fonts().regular.path
    (tmp_path / "own.otf").symlink_to(regular)
    monkeypatch.setenv("SEKISHO_FONT_DIR", str(tmp_path))
    found = fonts.japanese_fonts()
    assert found.directories == (tmp_path,)
    assert found.bold is None
