"""Pictures in documents: only plain drawing gets in, nothing is fetched, and all four formats show it with its words."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from typing import Any

import docx
import openpyxl
import pikepdf
import pytest
from lxml import html

from sekisho.documents import model, render
from sekisho.documents.html import render_html
from sekisho.documents.pictures import check_svg, inline_svg, picture_scale, picture_size, svg_to_png
from sekisho.errors import InputError

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="400" height="200"'
PLAIN = (
    HEAD
    + ' viewBox="0 0 400 200" aria-labelledby="t"><title id="t">図</title><defs><clipPath id="c"><rect width="9" height="9"/>'
    '</clipPath></defs><g clip-path="url(#c)" aria-label="見よ https://example.jp/"><rect x="10" y="10" width="380" height="180" '
    'fill="#e8f1fe"/></g><use href="#t"/><text x="20" y="100" font-size="20" font-family="Noto Sans CJK JP">予約システム</text></svg>'
)
WIDE = PLAIN.replace('width="400" height="200" viewBox', 'width="1600" height="500" viewBox')


def wrapped(inside: str) -> str:
    return f"{HEAD}>{inside}</svg>"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="https://evil.example/x.png"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<use xlink:href="file:///etc/passwd#a"/>',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        "<foreignObject><p>x</p></foreignObject>",
        "<style>@import url(https://evil.example/x.css);</style>",
        '<rect style="fill:url(https://evil.example/x)"/>',
        '<rect fill="url(https://evil.example/x#a)"/>',
        "<rect fill=\"url( '//evil.example/x#a')\"/>",
        '<rect onclick="alert(1)"/>',
        '<rect ONLOAD="alert(1)"/>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<animate attributeName="x" to="1"/>',
        '<g xml:base="https://evil.example/"/>',
        "<!-- comment -->",
        "<?php echo 1 ?>",
        '<h:p xmlns:h="http://www.w3.org/1999/xhtml">x</h:p>',
        '<rect xmlns:e="urn:e" e:x="1"/>',
        '<filter id="f"/>',
    ],
)
def test_what_reaches_outside_or_runs_is_refused(inside: str) -> None:
    for use in (check_svg, svg_to_png, lambda svg: inline_svg(svg, identifier="a"), picture_size):
        with pytest.raises(InputError) as caught:
            use(wrapped(inside))
        assert caught.value.code == "diagram.picture_external"


@pytest.mark.parametrize(
    ("svg", "code"),
    [
        ("", "picture_not_svg"),
        ("hello", "picture_not_svg"),
        ("<svg/>", "picture_not_svg"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "picture_not_svg"),
        (HEAD + ">", "picture_not_svg"),
        (wrapped("\ud800"), "picture_not_svg"),
        ('<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + wrapped("<text>&a;</text>"), "picture_external"),
        ('<?xml-stylesheet href="https://evil.example/x.css"?>' + wrapped(""), "picture_external"),
        (wrapped("<g/>" * 60_001), "picture_too_large"),
        (wrapped("x" * 4_000_000), "picture_too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_picture_is_refused(svg: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        check_svg(svg)
    assert caught.value.code == f"diagram.{code}"


@pytest.mark.parametrize("size", ['width="100%" height="4"', 'viewBox="a b c d"', 'width="0" height="9"', ""])
def test_a_picture_without_a_size_is_refused(size: str) -> None:
    with pytest.raises(InputError):
        svg_to_png(f'<svg xmlns="http://www.w3.org/2000/svg" {size}></svg>')


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        svg_to_png('<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"/>')
    assert caught.value.code == "diagram.picture_too_large"
    assert picture_scale(100_000, 100_000) < 0.1


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_png_has_the_size_asked_for_and_shows_japanese(scale: float) -> None:
    data = svg_to_png(PLAIN, scale=scale)
    assert struct.unpack(">II", data[16:24]) == (400 * scale, 200 * scale)
    assert data == svg_to_png(PLAIN, scale=scale)
    assert data != svg_to_png(PLAIN.replace("予約システム", "□□□□□□"), scale=scale)


def test_two_pictures_in_a_page_do_not_share_ids() -> None:
    first, second = (html.fromstring(inline_svg(PLAIN, identifier=name)) for name in ("a", "b"))
    assert not set(first.xpath("//@id")) & set(second.xpath("//@id"))
    text = inline_svg(PLAIN, identifier="a")
    assert 'aria-labelledby="a-t"' in text
    assert 'href="#a-t"' in text
    assert 'clip-path="url(#a-c)"' in text


def document(sample: Any, *svgs: str, alternative: str = "予約システムと端末の図") -> model.Document:
    blocks = [
        model.Heading("システムの概要"),
        *(model.Picture(svg, "システム概要図", alternative) for svg in svgs),
        model.Paragraph(("終",)),
    ]
    return model.Document(title="仕様書", organization="架空市", as_of=sample.report().as_of, blocks=tuple(blocks))


@pytest.mark.parametrize("svg", [PLAIN, WIDE], ids=["upright", "wide"])
def test_every_format_shows_the_picture_with_its_words(sample: Any, svg: str) -> None:
    made = document(sample, svg, svg)
    assert model.decode(model.encode(made)) == made
    page = html.fromstring(render_html(made, embed=True))
    assert len(page.xpath("//figure//*[local-name()='svg']")) == 2
    assert len(set(page.xpath("//@id"))) == len(page.xpath("//@id"))
    assert "予約システムと端末の図" in page.text_content()
    assert "図2  システム概要図" in page.text_content()
    word = docx.Document(io.BytesIO(render(made, "docx")))
    assert [s._inline.docPr.get("descr") for s in word.inline_shapes] == ["予約システムと端末の図"] * 2
    section = word.sections[-1]
    assert all(s.width <= max(section.page_width, section.page_height) for s in word.inline_shapes)
    assert (len(word.sections) > 1) is (svg is WIDE)
    book = openpyxl.load_workbook(io.BytesIO(render(made, "xlsx")))
    assert [len(sheet._images) for sheet in book].count(1) == 2
    assert "予約システムと端末の図" in {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    with pikepdf.open(io.BytesIO(render(made, "pdf"))) as pdf:
        wide = [p for p in pdf.pages if float(p.mediabox[2]) > float(p.mediabox[3])]
        assert len(wide) == (2 if svg is WIDE else 0)


@pytest.mark.parametrize("output", ["html", "docx", "pdf", "xlsx"])
def test_documents_with_pictures_are_the_same_each_time(sample: Any, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = document(sample, PLAIN)
    first = render(made, output)
    later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert render(made, output) == first
    if output in {"docx", "xlsx"}:
        assert any(name.endswith(".png") for name in zipfile.ZipFile(io.BytesIO(first)).namelist())


@pytest.mark.parametrize(
    ("svg", "alternative", "code"),
    [
        (wrapped("<script/>"), "図", "diagram.picture_external"),
        ("nothing", "図", "diagram.picture_not_svg"),
        (PLAIN, " ", "documents.no_alternative"),
    ],
)
def test_a_document_with_a_bad_picture_is_refused(sample: Any, svg: str, alternative: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        render(document(sample, svg, alternative=alternative), "html")
    assert [problem.code for problem in caught.value.problems] == [code]
