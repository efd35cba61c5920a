from __future__ import annotations

import copy
import datetime as dt
import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sekisho.documents import docx_places, model
from sekisho.documents.docx_places import Fragment, PlaceKind, Where, fill_places, find_places
from sekisho.errors import InputError
from sekisho.standards import texts

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/procurement/template.docx"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NS = f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MOMENT = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def fragment(*blocks: Any, **fields: Any) -> Fragment:
    return Fragment(model.Document(title="断片", organization="みなも市", as_of=MOMENT, blocks=blocks, **fields))


def template(body: str, *, header: str = "", members: dict[str, bytes | None] | None = None) -> bytes:
    """A Word file with this body (WordprocessingML); ``members`` are added, replaced, or removed (None)."""
    word = docx.Document()
    root = word.element.body
    for element in reversed(etree.fromstring(f"<w:body {NS}>{body}</w:body>")):
        root.insert(0, docx.oxml.parse_xml(etree.tostring(element)))
    if header:
        word.sections[0].header.paragraphs[0].add_run(header)
    made = io.BytesIO()
    word.save(made)
    return changed(made.getvalue(), members or {})


def changed(package: bytes, members: dict[str, bytes | None]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in members:
                target.writestr(name, source.read(name))
        for name, data in members.items():
            if data is not None:
                target.writestr(name, data)
    return out.getvalue()


def member(package: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        return source.read(name)


def replaced(package: bytes, name: str, old: bytes, new: bytes) -> bytes:
    data = member(package, name)
    assert old in data
    return changed(package, {name: data.replace(old, new, 1)})


def control(name: str, inner: str, *, more: str = "") -> str:
    return f'<w:sdt><w:sdtPr><w:tag w:val="{name}"/>{more}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>'


def p(*runs: str) -> str:
    return (
        "<w:p>" + "".join(r if r.startswith("<") else f"<w:r><w:t xml:space='preserve'>{r}</w:t></w:r>" for r in runs) + "</w:p>"
    )


def fill(data: bytes, values: dict[str, Any], required: tuple[str, ...] = ()) -> Any:
    made = fill_places(data, filename="ひな形.docx", values=values, required=required, as_of=MOMENT)
    whole(made)
    return docx.Document(io.BytesIO(made))


def words(word: Any) -> list[str]:
    """Every paragraph of the body, also those in controls and tables, with line breaks and tabs."""
    out = []
    for paragraph in word.element.body.iter(qn("w:p")):
        shown = ""
        for element in paragraph.iter(qn("w:t"), qn("w:br"), qn("w:tab")):
            if element.getparent().tag == qn("w:r"):
                shown += {qn("w:br"): "\n", qn("w:tab"): "\t"}.get(element.tag) or element.text or ""
        out.append(shown)
    return [text for text in out if text]


def whole(package: bytes) -> None:
    """Structure: every relationship resolves, ids are unique, pairs are whole, cells end with a paragraph, styles exist."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        assert source.testzip() is None
        names = set(source.namelist())
        main = etree.fromstring(source.read("word/document.xml"))
        rels = etree.fromstring(source.read("word/_rels/document.xml.rels"))
        styles = etree.fromstring(source.read("word/styles.xml"))
        lists = etree.fromstring(source.read("word/numbering.xml")) if "word/numbering.xml" in names else None
    known = {r.get("Id"): r for r in rels}
    for relation in rels:
        if relation.get("TargetMode") != "External":
            target = relation.get("Target").lstrip("/")
            assert {target, f"word/{target}", target.removeprefix("../")} & names, relation.get("Target")
    used = main.xpath("//@r:id | //@r:embed", namespaces={"r": RELS})
    assert set(used) <= set(known)
    for kind in ("bookmarkStart", "bookmarkEnd"):
        ids = [e.get(f"{{{W}}}id") for e in main.iter(f"{{{W}}}{kind}")]
        assert len(ids) == len(set(ids))
    starts, ends = ({e.get(f"{{{W}}}id") for e in main.iter(f"{{{W}}}bookmark{side}")} for side in ("Start", "End"))
    assert starts == ends
    titles = [e.get(f"{{{W}}}name") for e in main.iter(f"{{{W}}}bookmarkStart")]
    assert len(titles) == len(set(titles))
    anchors = {e.get(f"{{{W}}}anchor") for e in main.iter(f"{{{W}}}hyperlink")} - {None}
    assert anchors <= set(titles)
    pictures = main.xpath("//*[local-name()='docPr']/@id")
    assert len(pictures) == len(set(pictures))
    marks = [e.get(f"{{{W}}}fldCharType") for e in main.iter(f"{{{W}}}fldChar")]
    assert marks.count("begin") == marks.count("end")
    for cell in main.iter(f"{{{W}}}tc"):
        assert cell[-1].tag != f"{{{W}}}tbl"
    known_styles = {s.get(f"{{{W}}}styleId") for s in styles.iter(f"{{{W}}}style")}
    assert {s.get(f"{{{W}}}val") for s in main.iter(f"{{{W}}}pStyle")} <= known_styles
    numbers = {n.get(f"{{{W}}}val") for n in main.iter(f"{{{W}}}numId")}
    assert numbers <= ({n.get(f"{{{W}}}numId") for n in lists.iter(f"{{{W}}}num")} if lists is not None else set())
    sdt = [e.get(f"{{{W}}}val") for e in main.xpath("//w:sdtPr/w:id", namespaces={"w": W})]
    assert len(sdt) == len(set(sdt))


# --- the example ---------------------------------------------------------------------------------------------------------------

NAMES = ("件名", "組織名", "作成日", "セキュリティ要件", "要件一覧", "特記事項", "別紙", "担当課", "仕様書番号")


def example_values(sample: Any) -> dict[str, Any]:
    references = sample.REFERENCES
    return {
        "件名": "公共施設予約システムの構築\n（令和8年度）",
        "組織名": "みなも市",
        "作成日": "令和8年11月22日",
        "担当課": "情報政策課",
        "仕様書番号": "情政第118号",
        "セキュリティ要件": fragment(
            model.Heading("通信回線対策", 2, numbered=False),
            model.Paragraph(("通信を暗号化すること", model.Cite("e1"), "。")),
            model.BulletList((("一",), ("二",)), ordered=True),
            model.BulletList((("甲",), ("乙",)), ordered=True),
            model.BulletList((("点",),)),
            references=references,
        ),
        "要件一覧": fragment(sample.level_table(), references=references),
        "特記事項": fragment(model.Paragraph(("別紙による。",)), sample.level_chart(), references=references),
        "別紙": fragment(model.Heading("体制"), sample.finding_table(3), references=references),
    }


def test_the_example_template_names_its_places() -> None:
    found = find_places(EXAMPLE.read_bytes(), filename="template.docx", expected=NAMES)
    assert found.names == set(NAMES)
    assert found.problems == ()
    kinds = {place.name: (place.kind, place.where, place.block) for place in found.places}
    assert kinds["件名"] == (PlaceKind.CONTENT_CONTROL, Where.TABLE, True)
    assert kinds["別紙"] == (PlaceKind.CONTENT_CONTROL, Where.BODY, True)
    assert kinds["担当課"] == (PlaceKind.BOOKMARK, Where.TABLE, True)
    assert kinds["仕様書番号"] == (PlaceKind.MARKER, Where.HEADER, False)


def test_the_example_template_is_what_its_script_makes(tmp_path: Path) -> None:
    made = tmp_path / "template.docx"
    subprocess.run([sys.executable, str(ROOT / "tools/make_example_template.py"), str(made)], check=True)
    assert made.read_bytes() == EXAMPLE.read_bytes()


def test_the_filled_example_holds_everything_and_can_be_filled_again(sample: Any) -> None:
    values = example_values(sample)
    made = fill_places(EXAMPLE.read_bytes(), filename="t.docx", values=values, required=NAMES, as_of=MOMENT)
    whole(made)
    word = docx.Document(io.BytesIO(made))
    shown = words(word)
    assert "公共施設予約システムの構築\n（令和8年度）" in shown
    assert "通信回線対策" in shown
    assert [text for text in shown if text.startswith("表")] == [
        "表1  新しい11の管理策の対応レベル",
        "表2  対応中の検出事項",
    ]
    assert not any("入ります" in text for text in shown)
    assert word.sections[0].header.paragraphs[0].text == "調達仕様書　情政第118号"
    assert word.core_properties.modified == MOMENT
    after = find_places(made, filename="t.docx", expected=set(NAMES) - {"仕様書番号"})
    assert after.problems == ()
    again = fill_places(
        made, filename="t.docx", values={**values, "件名": "改"}, required=("件名", "別紙", "担当課"), as_of=MOMENT
    )
    whole(again)
    assert words(docx.Document(io.BytesIO(again)))[2] == "改"
    assert len(words(docx.Document(io.BytesIO(again)))) == len(shown)


def test_the_same_input_gives_the_same_bytes(sample: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> bytes:
        return fill_places(EXAMPLE.read_bytes(), filename="t.docx", values=example_values(sample), required=(), as_of=MOMENT)

    first = made()
    later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert made() == first


def test_ordered_lists_begin_with_one_and_the_templates_styles_are_used(sample: Any) -> None:
    word = fill(EXAMPLE.read_bytes(), example_values(sample))
    paragraphs = {"".join(t.text for t in e.iter(qn("w:t"))): e for e in word.element.body.iter(qn("w:p"))}
    numbers = {text: paragraphs[text].pPr.numPr.numId.val for text in ("一", "二", "甲", "乙")}
    assert numbers["一"] == numbers["二"] != numbers["甲"] == numbers["乙"]
    assert word.styles["Heading 1"].font.name == "ＭＳ ゴシック"
    assert paragraphs["通信回線対策"].style == word.styles["Heading 2"].style_id


# --- kinds of places -----------------------------------------------------------------------------------------------------------

BOLD = "<w:r><w:rPr><w:b/><w:sz w:val='40'/></w:rPr><w:t>{}</w:t></w:r>"
INLINE = [
    ("a marker in one run", p("前{{件名}}後"), "前X後"),
    ("full-width braces and blanks", p("前｛｛ 件名 ｝｝後"), "前X後"),
    ("a marker over four runs", p("前{", "{件", "名}", "}後"), "前X後"),
    ("two markers that share runs", p("{{件名}", "}と{{件", "名}}。"), "XとX。"),
    ("a marker with marks of the spelling checker inside", p("{{件", "<w:proofErr w:type='spellStart'/>", "名}}"), "X"),
    ("a control in a paragraph", p("前", control("件名", "<w:r><w:t>古い</w:t></w:r><w:r><w:t>文</w:t></w:r>"), "後"), "前X後"),
    ("a control named by its title", p(control("", "<w:r><w:t>古</w:t></w:r>", more='<w:alias w:val="件名"/>')), "X"),
    ("a control around a paragraph", control("件名", p("古い") + p("文")), "X"),
    (
        "a bookmark",
        p("前", '<w:bookmarkStart w:id="3" w:name="件名"/>', "古", '<w:bookmarkEnd w:id="3"/>', "後"),
        "前X後",
    ),
    ("an empty bookmark", p("前", '<w:bookmarkStart w:id="3" w:name="件名"/><w:bookmarkEnd w:id="3"/>', "後"), "前X後"),
    (
        "a bookmark over paragraphs that ends at the begin of the next",
        p('<w:bookmarkStart w:id="3" w:name="件名"/>', "古") + p("文") + p('<w:bookmarkEnd w:id="3"/>', "後"),
        "X|後",
    ),
    ("a bookmark beside paragraphs", '<w:bookmarkStart w:id="3" w:name="件名"/>' + p("古") + '<w:bookmarkEnd w:id="3"/>', "X"),
]


@pytest.mark.parametrize(("case", "body", "shown"), INLINE, ids=[case for case, _, _ in INLINE])
def test_text_goes_into_every_kind_of_place(case: str, body: str, shown: str) -> None:
    found = find_places(template(body), filename="t.docx", expected=("件名",))
    assert found.names == {"件名"}
    word = fill(template(body), {"件名": "X"}, ("件名",))
    assert "|".join(words(word)) == shown


def test_names_are_compared_without_regard_to_width() -> None:
    assert words(fill(template(p("{{ＩＤ１}}")), {"ID1": "X"}, ("ID1",))) == ["X"]


def test_text_keeps_the_formatting_of_what_it_replaces() -> None:
    prompt = "<w:r><w:rPr><w:rStyle w:val='PlaceholderText'/></w:rPr><w:t>入力</w:t></w:r>"
    body = (
        p(BOLD.format("{{甲}}"))
        + p(control("乙", BOLD.format("古")))
        + control("丙", p(BOLD.format("古"), "い"))
        + p('<w:bookmarkStart w:id="3" w:name="丁"/>', BOLD.format("古"), '<w:bookmarkEnd w:id="3"/>')
        + p(control("戊", prompt, more="<w:showingPlcHdr/><w:dataBinding w:xpath='/a' w:storeItemID='{0}'/>"))
    )
    word = fill(template(body), dict.fromkeys("甲乙丙丁戊", "新"))
    sizes = [
        run.find(f".//{qn('w:sz')}") is not None for run in word.element.body.iter(qn("w:r")) if run.find(qn("w:t")) is not None
    ]
    assert sizes == [True, True, True, True, False]
    assert not list(word.element.iter(qn("w:rStyle"), qn("w:showingPlcHdr"), qn("w:dataBinding")))


def test_controls_stay_unless_they_are_locked() -> None:
    locked = control("乙", p("古"), more='<w:lock w:val="sdtContentLocked"/>')
    data = template(control("甲", p("古")) + locked + p(control("丙", "<w:r><w:t>古</w:t></w:r>", more="<w:temporary/>")))
    assert [place.locked for place in find_places(data, filename="t.docx").places] == [False, True, True]
    word = fill(data, {"甲": "新", "乙": "新", "丙": "新"})
    assert [tag.get(qn("w:val")) for tag in word.element.iter(qn("w:tag"))] == ["甲"]
    assert words(word) == ["新", "新", "新"]


def test_line_breaks_tabs_and_controls_in_a_value() -> None:
    data = template(p("{{甲}}") + p(control("乙", "<w:r><w:t>古</w:t></w:r>", more="<w:text/>")))
    word = fill(data, {"甲": "一\r\n二\t三\x00\u202e", "乙": "一\n二"})
    assert words(word) == ["一\n二\t三��", "一\n二"]
    assert next(word.element.iter(qn("w:text"))).get(qn("w:multiLine")) == "1"


def test_a_value_that_looks_like_a_marker_or_markup_stays_text() -> None:
    word = fill(template(p("{{甲}}{{乙}}")), {"甲": "{{乙}}", "乙": "<w:t>&amp;"})
    assert words(word) == ["{{乙}}<w:t>&amp;"]


BLOCKS = [
    ("a marker alone", p("{{件名}}")),
    ("a control around paragraphs", control("件名", p("古い") + p("文"))),
    ("a plain-text control", control("件名", p("古い"), more="<w:text/>")),
    ("a control alone in its paragraph", p(control("件名", "<w:r><w:t>古</w:t></w:r>"))),
    ("a bookmark around a paragraph", p('<w:bookmarkStart w:id="3" w:name="件名"/>', "古", '<w:bookmarkEnd w:id="3"/>')),
    (
        "a bookmark around paragraphs and a table",
        '<w:bookmarkStart w:id="3" w:name="件名"/>'
        + p("古")
        + "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc>"
        + p("古")
        + "</w:tc></w:tr></w:tbl>"
        + '<w:bookmarkEnd w:id="3"/>',
    ),
    ("a table cell", f"<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc>{p('{{件名}}')}</w:tc></w:tr></w:tbl>"),
    (
        "a control around a cell",
        "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr>"
        + control("件名", f"<w:tc><w:tcPr><w:tcW w:w='4000' w:type='dxa'/></w:tcPr>{p('古')}</w:tc>")
        + "</w:tr></w:tbl>",
    ),
]


@pytest.mark.parametrize(("case", "body"), BLOCKS, ids=[case for case, _ in BLOCKS])
def test_a_fragment_goes_into_every_kind_of_block_place(case: str, body: str, sample: Any) -> None:
    value = fragment(model.Heading("章", numbered=False), sample.finding_table(2), references=sample.REFERENCES)
    word = fill(template(p("前") + body + p("後")), {"件名": value}, ("件名",))
    shown = words(word)
    assert shown[0] == "前"
    assert shown[-1] == "後"
    assert shown[1] == "章"
    assert "古" not in "".join(shown)
    kept = {t.get(qn("w:val")) for t in word.element.iter(qn("w:tag"))}
    kept |= {b.get(qn("w:name")) for b in word.element.iter(qn("w:bookmarkStart"))}
    assert ("件名" in kept) == ("control" in case or "bookmark" in case)


def test_a_template_without_lists_and_headings_gets_them() -> None:
    data = template(p("{{甲}}"))
    styles = etree.fromstring(member(data, "word/styles.xml"))
    for style in list(styles.iter(f"{{{W}}}style")):
        if style.get(f"{{{W}}}default") != "1":
            style.getparent().remove(style)
    rels = etree.fromstring(member(data, "word/_rels/document.xml.rels"))
    for relation in list(rels):
        if relation.get("Type").endswith("/numbering"):
            rels.remove(relation)
    types = etree.fromstring(member(data, "[Content_Types].xml"))
    for override in list(types):
        if override.get("PartName") == "/word/numbering.xml":
            types.remove(override)
    bare = changed(
        data,
        {
            "word/styles.xml": etree.tostring(styles),
            "word/numbering.xml": None,
            "word/_rels/document.xml.rels": etree.tostring(rels),
            "[Content_Types].xml": etree.tostring(types),
        },
    )
    blocks = (model.Heading("章"), model.BulletList((("一",),), ordered=True), model.BulletList((("点",),)))
    word = fill(bare, {"甲": fragment(*blocks)})
    formats = [e.get(qn("w:val")) for e in word.part.numbering_part.element.iter(qn("w:numFmt"))]
    assert sorted(formats) == ["bullet", "decimal"]
    assert words(word) == ["1  章", "一", "点"]


def test_the_width_of_a_cell_is_kept(sample: Any) -> None:
    cell = f"<w:tc><w:tcPr><w:tcW w:w='3000' w:type='dxa'/></w:tcPr>{p('{{甲}}')}</w:tc>"
    data = template(f"<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr>{cell}</w:tr></w:tbl>")
    word = fill(data, {"甲": fragment(sample.finding_table(2), references=sample.REFERENCES)})
    inner = next(word.element.body.iter(qn("w:tc"))).find(qn("w:tbl"))
    assert sum(int(c.get(qn("w:w"))) for c in inner.find(qn("w:tblGrid"))) <= 3000


def test_text_in_notes_headers_and_text_boxes_is_filled() -> None:
    notes = f"<w:footnotes {NS}><w:footnote w:id='1'>{p('注{{件名}}')}</w:footnote></w:footnotes>".encode()
    data = template(p("本文"), header="見出し{{件名}}")
    rels = member(data, "word/_rels/document.xml.rels")
    types = member(data, "[Content_Types].xml")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    data = changed(
        data,
        {
            "word/footnotes.xml": notes,
            "word/_rels/document.xml.rels": rels.replace(
                b"</Relationships>",
                f'<Relationship Id="rId99" Type="{RELS}/footnotes" Target="footnotes.xml"/></Relationships>'.encode(),
            ),
            "[Content_Types].xml": types.replace(
                b"</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'.encode()
            ),
        },
    )
    found = find_places(data, filename="t.docx")
    assert [place.where for place in found.places] == [Where.FOOTNOTE, Where.HEADER]
    assert found.problems[0].code == "places.duplicate"
    made = fill_places(data, filename="t.docx", values={"件名": "X"}, required=("件名",), as_of=MOMENT)
    assert "注X".encode() in member(made, "word/footnotes.xml").replace(b"</w:t>", b"").replace(
        b'<w:t xml:space="preserve">', b""
    )
    assert docx.Document(io.BytesIO(made)).sections[0].header.paragraphs[0].text == "見出しX"


# --- refusals by content -------------------------------------------------------------------------------------------------------

DOC = fragment(model.Paragraph(("文",)))
FIELD = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
REFUSED = [
    ("required places are missing", p("{{甲}}"), {"甲": "x"}, ("乙", "丙"), "places.missing", ["places.missing_place"] * 2),
    ("a required value is empty", p("{{甲}}"), {"甲": " \n"}, ("甲",), "places.empty", ["places.empty_value"]),
    ("a required value is not given", p("{{甲}}"), {}, ("甲",), "places.empty", ["places.empty_value"]),
    ("an empty fragment", p("{{甲}}"), {"甲": fragment()}, ("甲",), "places.empty", ["places.empty_value"]),
    ("a marker is left", p("{{甲}}{{乙}}") + p("{{丙}}"), {"甲": "x"}, (), "places.unfilled", ["places.unfilled_marker"] * 2),
    ("a brace has no partner", p("{{甲}} {{乙"), {"甲": "x"}, (), "places.unfilled", ["places.broken_marker"]),
    ("a marker over paragraphs", p("{{甲") + p("}}"), {"甲": "x"}, (), "places.unfilled", ["places.broken_marker"] * 2),
    ("a marker without a name", p("{{ }}"), {}, (), "places.unfilled", ["places.broken_marker"]),
    ("a fragment in a sentence", p("前{{甲}}"), {"甲": DOC}, (), "places.wrong_places", ["places.inline_fragment"]),
    ("a fragment in two places", p("{{甲}}") + p("{{甲}}"), {"甲": DOC}, (), "places.wrong_places", ["places.fragment_twice"]),
    (
        "a place in another",
        control("甲", p("{{乙}}")),
        {"甲": "x", "乙": "y"},
        (),
        "places.wrong_places",
        ["places.nested"],
    ),
    (
        "a part of a field",
        p(FIELD.format("begin")) + control("甲", p(FIELD.format("end"))),
        {"甲": "x"},
        (),
        "places.wrong_places",
        ["places.cuts_field"],
    ),
    (
        "a section break in a control",
        control("甲", p("古") + "<w:p><w:pPr><w:sectPr/></w:pPr></w:p>"),
        {"甲": "x"},
        (),
        "places.wrong_places",
        ["places.cuts_section"],
    ),
    (
        "a control for a picture",
        control("甲", p("古"), more="<w:picture/>"),
        {"甲": "x"},
        ("甲",),
        "places.missing",
        ["places.missing_place", "places.unfit_control"],
    ),
    (
        "a bookmark from the midst of one paragraph to another",
        p("前", '<w:bookmarkStart w:id="3" w:name="甲"/>', "古") + p("文", '<w:bookmarkEnd w:id="3"/>'),
        {"甲": "x"},
        ("甲",),
        "places.missing",
        ["places.missing_place", "places.crossing_bookmark"],
    ),
    (
        "fragments in two languages",
        p("{{甲}}") + p("{{乙}}"),
        {"甲": DOC, "乙": fragment(model.Paragraph(("text",)), language="en")},
        (),
        "places.wrong_places",
        ["places.fragments_differ"],
    ),
]


@pytest.mark.parametrize("row", REFUSED, ids=[row[0] for row in REFUSED])
def test_a_filling_that_would_not_be_right_is_refused_with_all_reasons(row: tuple[Any, ...]) -> None:
    _, body, values, required, code, problems = row
    with pytest.raises(InputError) as caught:
        fill(template(body), values, required)
    assert caught.value.code == code
    assert [problem.code for problem in caught.value.problems] == problems
    assert caught.value.fields["file"] == "ひな形.docx"
    for problem in caught.value.problems:
        assert problem.file == "ひな形.docx"
        assert texts.render(problem.code, problem.fields, "ja") != problem.code


def test_the_sentence_of_a_marker_shows_the_marker() -> None:
    assert "{{件名}}" in texts.render("places.unfilled_marker", {"name": "件名"}, "ja")


def test_protection_against_editing_is_a_warning() -> None:
    data = template(p("{{甲}}"))
    data = replaced(
        data, "word/settings.xml", b"</w:settings>", b'<w:documentProtection w:edit="readOnly" w:enforcement="1"/></w:settings>'
    )
    assert [problem.code for problem in find_places(data, filename="t.docx").problems] == ["places.protected"]
    assert words(fill(data, {"甲": "x"})) == ["x"]


def test_a_halved_bookmark_goes_with_its_other_half() -> None:
    body = control("甲", p("古", '<w:bookmarkStart w:id="9" w:name="他"/>')) + p("後", '<w:bookmarkEnd w:id="9"/>')
    assert words(fill(template(body), {"甲": "x"})) == ["x", "後"]


# --- hostile files -------------------------------------------------------------------------------------------------------------

GOOD = template(p("{{甲}}"))
MAIN_RELS = "word/_rels/document.xml.rels"


def relation(kind: str, target: str, *, external: bool = True) -> bytes:
    mode = ' TargetMode="External"' if external else ""
    made = f'<Relationship Id="rId90" Type="{RELS}/{kind}" Target="{target}"{mode}/></Relationships>'
    return replaced(GOOD, MAIN_RELS, b"</Relationships>", made.encode())


def typed(content_type: str) -> bytes:
    made = f'<Override PartName="/word/x.bin" ContentType="{content_type}"/></Types>'
    return replaced(GOOD, "[Content_Types].xml", b"</Types>", made.encode())


def body_xml(prefix: bytes) -> bytes:
    data = member(GOOD, "word/document.xml")
    return changed(GOOD, {"word/document.xml": prefix + data[data.index(b"<w:document") :]})


def slip(name: str) -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as target:
        target.writestr(name, b"x")
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as target:
        for number in range(3):
            target.writestr(f"word/media/{number}.bin", b"\0" * (20 * 1024 * 1024))
    return out.getvalue()


def encrypted_member() -> bytes:
    data = bytearray(GOOD)
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def instruction(words: str) -> bytes:
    return template(p("{{甲}}", FIELD.format("begin"), f"<w:r><w:instrText>{words}</w:instrText></w:r>", FIELD.format("end")))


LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'>" + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8))
STRICT = member(GOOD, "_rels/.rels").replace(
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument",
    b"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument",
)
HOSTILE: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "t.docx", "places.not_a_zip"),
    ("text", b"hello", "t.docx", "places.not_a_zip"),
    ("cut off", GOOD[: len(GOOD) // 2], "t.docx", "places.not_a_zip"),
    ("OLE container", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "t.docx", "places.encrypted"),
    ("encrypted member", encrypted_member(), "t.docx", "places.encrypted"),
    ("a ZIP of something else", changed(GOOD, {"[Content_Types].xml": None}), "t.docx", "places.not_word"),
    ("no body", changed(GOOD, {"word/document.xml": f"<w:document {NS}/>".encode()}), "t.docx", "places.not_word"),
    ("no main part", changed(GOOD, {"word/document.xml": None}), "t.docx", "places.not_word"),
    ("strict", changed(GOOD, {"_rels/.rels": STRICT}), "t.docx", "places.strict"),
    (".docm", GOOD, "T.DOCM", "places.macros"),
    (".dotm", GOOD, "t.dotm", "places.macros"),
    ("vbaProject part", changed(GOOD, {"word/vbaProject.bin": b"x"}), "t.docx", "places.macros"),
    ("macro content type", typed("application/vnd.ms-word.document.macroEnabled.main+xml"), "t.docx", "places.macros"),
    ("vba content type", typed("application/vnd.ms-office.vbaProject"), "t.docx", "places.macros"),
    ("vba relation", relation("vbaProject", "x.bin", external=False), "t.docx", "places.macros"),
    ("ActiveX", changed(GOOD, {"word/activeX/activeX1.bin": b"x"}), "t.docx", "places.macros"),
    ("embedded workbook with macros", changed(GOOD, {"word/embeddings/a.xlsm": b"x"}), "t.docx", "places.macros"),
    ("OLE object", relation("oleObject", "embeddings/o.bin", external=False), "t.docx", "places.macros"),
    ("HTML chunk", relation("aFChunk", "a.html", external=False), "t.docx", "places.macros"),
    ("linked template", relation("attachedTemplate", "file:///C:/a.dotm"), "t.docx", "places.external"),
    ("linked image", relation("image", "https://example.com/a.png"), "t.docx", "places.external"),
    (
        "linked image without the mode",
        relation("image", "https://example.com/a.png", external=False),
        "t.docx",
        "places.external",
    ),
    ("link to a share", relation("hyperlink", "file://server/share"), "t.docx", "places.external"),
    ("UNC link", relation("hyperlink", r"\\server\share"), "t.docx", "places.external"),
    ("script link", relation("hyperlink", "javascript:alert(1)"), "t.docx", "places.external"),
    ("INCLUDEPICTURE", instruction(" INCLUDEPICTURE &quot;http://x/a.png&quot; \\d"), "t.docx", "places.external"),
    ("DDEAUTO", instruction("ddeauto cmd /c calc"), "t.docx", "places.external"),
    (
        "a field spelled by another",
        template(p("{{甲}}", FIELD.format("begin"), FIELD.format("begin"), FIELD.format("end"), FIELD.format("end"))),
        "t.docx",
        "places.external",
    ),
    ("DOCTYPE", body_xml(b"<!DOCTYPE w:document>"), "t.docx", "places.doctype"),
    ("external entity", body_xml(b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"), "t.docx", "places.doctype"),
    ("a bomb of entities", body_xml(LAUGHS + b"]>"), "t.docx", "places.doctype"),
    ("DOCTYPE in the types", changed(GOOD, {"[Content_Types].xml": b"<!DOCTYPE x><Types/>"}), "t.docx", "places.doctype"),
    ("broken XML", changed(GOOD, {"word/styles.xml": b"<a><b></a>"}), "t.docx", "places.broken"),
    ("deep XML", changed(GOOD, {"word/styles.xml": b"<a>" * 5000 + b"</a>" * 5000}), "t.docx", "places.broken"),
    ("missing part", changed(GOOD, {"word/styles.xml": None}), "t.docx", "places.broken"),
    ("slip", slip("../evil"), "t.docx", "places.bad_names"),
    ("slip with a backslash", slip("..\\evil"), "t.docx", "places.bad_names"),
    ("absolute", slip("/evil"), "t.docx", "places.bad_names"),
    ("drive", slip("C:evil"), "t.docx", "places.bad_names"),
    ("a name twice", slip("WORD/document.xml"), "t.docx", "places.bad_names"),
    ("unpacked too large", bomb(), "t.docx", "places.too_large"),
]


@pytest.mark.parametrize(("case", "data", "name", "code"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_template_is_refused(case: str, data: bytes, name: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        find_places(data, filename=name)
    assert caught.value.code == code
    assert caught.value.fields["file"] == name
    with pytest.raises(InputError, match=code):
        fill_places(data, filename=name, values={"甲": "x"}, required=(), as_of=MOMENT)
    for language in ("ja", "en"):
        assert name in texts.render(code, caught.value.fields, language)


def test_200_megabytes_are_refused_before_anything_is_read() -> None:
    data = GOOD + b"\0" * (200 * 1024 * 1024)
    begin = time.perf_counter()
    with pytest.raises(InputError, match=r"places\.too_large"):
        find_places(data, filename="t.docx")
    assert time.perf_counter() - begin < 0.5


def test_a_fragment_in_a_template_with_measures_that_are_none_is_refused() -> None:
    data = changed(GOOD, {"word/document.xml": member(GOOD, "word/document.xml").replace(b'<w:pgSz w:w="', b'<w:pgSz w:w="x')})
    with pytest.raises(InputError, match=r"places\.broken"):
        fill(data, {"甲": fragment(model.Table((model.Column("列"),)))})


@pytest.mark.parametrize("target", ["https://example.com/", "mailto:a@example.com", "#place"])
def test_links_to_the_web_and_to_mail_are_allowed(target: str) -> None:
    assert find_places(relation("hyperlink", target), filename="t.docx").names == {"甲"}


def test_a_word_template_becomes_a_document() -> None:
    kind = b"wordprocessingml.document.main+xml"
    made = fill_places(
        replaced(GOOD, "[Content_Types].xml", kind, b"wordprocessingml.template.main+xml"),
        filename="t.dotx",
        values={"甲": "x"},
        required=(),
        as_of=MOMENT,
    )
    assert kind in member(made, "[Content_Types].xml")


# --- properties ----------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(st.data(), st.text(alphabet="前後ab ", max_size=4), st.text(max_size=30))
def test_a_marker_is_found_however_word_splits_it(data: st.DataObject, beside: str, value: str) -> None:
    text = f"{beside}{{{{件名}}}}{beside}"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    word = fill(template(p(*[piece or "<w:r/>" for piece in pieces])), {"件名": value})
    assert "".join(words(word)) == f"{beside}{model.clean(value)}{beside}"


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_template_is_filled_or_refused_never_a_crash(data: st.DataObject) -> None:
    """Elements of the example's main part are dropped, doubled or moved into each other."""
    root = etree.fromstring(member(EXAMPLE.read_bytes(), "word/document.xml"))
    for _ in range(data.draw(st.integers(1, 4))):
        elements = list(root.iter())
        if len(elements) < 2:
            break
        one = elements[data.draw(st.integers(1, len(elements) - 1))]
        how = data.draw(st.sampled_from(["drop", "double", "move", "value"]))
        other = elements[data.draw(st.integers(1, len(elements) - 1))]
        if one.getparent() is None:
            continue
        if how == "drop":
            one.getparent().remove(one)
        elif how == "double":
            one.addnext(copy.deepcopy(one))
        elif how == "move" and other not in set(one.iter()):
            other.append(one)
        elif how == "value" and one.attrib:
            one.set(data.draw(st.sampled_from(sorted(one.attrib))), data.draw(st.sampled_from(["", "x", "-1", "99999999999"])))
    damaged = changed(EXAMPLE.read_bytes(), {"word/document.xml": etree.tostring(root)})
    values = dict.fromkeys(NAMES, "x") | {"別紙": fragment(model.Heading("章"), model.Table((model.Column("列"),)))}
    try:
        made = fill_places(damaged, filename="t.docx", values=values, required=(), as_of=MOMENT)
    except InputError as error:
        code = error.code
        made = b""
    else:
        code = ""
    assert code.startswith("places.") or docx.Document(io.BytesIO(made))


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200), st.integers(0, len(GOOD)))
def test_any_bytes_are_places_or_a_refusal(noise: bytes, at: int) -> None:
    damaged = GOOD[:at] + noise + GOOD[at + len(noise) :]
    try:
        found = find_places(damaged, filename="t.docx")
    except InputError as error:
        found = None
        code = error.code
    assert found is not None or code.startswith("places.")


def test_the_public_names_exist() -> None:
    assert all(hasattr(docx_places, name) for name in docx_places.__all__)
