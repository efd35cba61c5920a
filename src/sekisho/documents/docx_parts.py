"""The pieces of WordprocessingML that python-docx has no words for: fields, bookmarks, borders, watermark, fixed archive."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any, Final

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.numbering import NumberingPart

from sekisho.documents.docx_places_package import checked_package
from sekisho.errors import InputError, Problem

__all__ = [
    "abstract_list",
    "bookmark",
    "bottom_border",
    "cell_look",
    "date",
    "describe_picture",
    "field",
    "fonts",
    "freeze",
    "hyperlink",
    "left_bar",
    "modern",
    "new_list",
    "restarted_list",
    "run_box",
    "template_bytes",
    "watermark",
]

EARLIEST_ZIP_YEAR: Final = 1980


def element(name: str, /, **attributes: str) -> Any:
    """A ``w:`` element with ``w:`` attributes."""
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key.rstrip('_')}"), value)
    return made


def fonts(properties: Any, latin: str, asian: str) -> None:
    """Set the four fonts of a run or style; theme fonts are dropped, as they would win over ours."""
    found = properties.find(qn("w:rFonts"))
    if found is None:
        found = element("rFonts")
        properties.insert(0, found)
    found.attrib.clear()
    for name, value in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", asian)):
        found.set(qn(f"w:{name}"), value)


def field(paragraph: Any, instruction: str, shown: str, *, dirty: bool = False) -> None:
    """A field (PAGE, NUMPAGES, PAGEREF …) with the text that stands until Word counts; ``dirty`` lets Word count on opening."""
    begin = element("fldChar", fldCharType="begin")
    if dirty:
        begin.set(qn("w:dirty"), "true")
    code = element("instrText")
    code.set(qn("xml:space"), "preserve")
    code.text = f" {instruction} "
    for part in (begin, code, element("fldChar", fldCharType="separate")):
        paragraph.add_run()._r.append(part)  # noqa: SLF001 - python-docx has no fields
    paragraph.add_run(shown)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))  # noqa: SLF001


def bookmark(paragraph: Any, name: str, number: int) -> None:
    """A bookmark around what the paragraph holds."""
    body = paragraph._p  # noqa: SLF001
    start = element("bookmarkStart", id=str(number), name=name)
    place = 1 if body.pPr is not None else 0
    body.insert(place, start)
    body.append(element("bookmarkEnd", id=str(number)))


def hyperlink(paragraph: Any, text: str, *, anchor: str = "", url: str = "", style: dict[str, Any] | None = None) -> Any:
    """A link to a bookmark or an address; returns the run in it."""
    link = element("hyperlink", history="1")
    if anchor:
        link.set(qn("w:anchor"), anchor)
    else:
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
        link.set(qn("r:id"), paragraph.part.relate_to(url, kind, is_external=True))
    run = paragraph.add_run(text)
    for name, value in (style or {}).items():
        setattr(run.font, name, value)
    link.append(run._r)  # noqa: SLF001
    paragraph._p.append(link)  # noqa: SLF001
    return run


def _borders(properties: Any, **sides: dict[str, str]) -> None:
    border = element("pBdr")
    for side in ("top", "left", "bottom", "right"):
        if side in sides:
            border.append(element(side, **sides[side]))
    # The schema's order: pBdr stands after keepNext … widowControl, numPr and before shd, tabs, spacing, ind, jc.
    properties.insert_element_before(
        border,
        *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct", "w:topLinePunct"),
        *("w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind"),
        *("w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment"),
        *("w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange"),
    )


def bottom_border(properties: Any, colour: str, size: int, space: int = 4) -> None:
    """A line beneath a paragraph; ``size`` in eighths of a point."""
    _borders(properties, bottom={"val": "single", "sz": str(size), "space": str(space), "color": colour})


def left_bar(properties: Any, colour: str, size: int, fill: str = "") -> None:
    """A bar at the left of a paragraph, and its background."""
    _borders(properties, left={"val": "single", "sz": str(size), "space": "8", "color": colour})
    if fill:
        shade = element("shd", val="clear", color="auto", fill=fill)
        properties.find(qn("w:pBdr")).addnext(shade)


def run_box(run: Any, colour: str, fill: str, *, dashed: bool = False) -> None:
    """A box around a run: the frame of a level mark."""
    properties = run._r.get_or_add_rPr()  # noqa: SLF001
    border = element("bdr", val="dashed" if dashed else "single", sz="8", space="0", color=colour)
    shade = element("shd", val="clear", color="auto", fill=fill)
    after = ("w:fitText", "w:vertAlign", "w:rtl", "w:cs", "w:em", "w:lang", "w:eastAsianLayout", "w:specVanish", "w:oMath")
    properties.insert_element_before(border, *after)
    properties.insert_element_before(shade, *after)


def cell_look(cell: Any, *, fill: str = "", top: str = "", bottom: str = "", heavy: bool = False) -> None:
    """Background and horizontal lines of a table cell."""
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001
    borders = element("tcBorders")
    for side, colour in (("top", top), ("bottom", bottom)):
        if colour:
            borders.append(element(side, val="single", sz="8" if heavy else "4", space="0", color=colour))
    after = ("w:shd", "w:noWrap", "w:tcMar", "w:textDirection", "w:tcFitText", "w:vAlign", "w:hideMark")
    properties.insert_element_before(borders, *after)
    if fill:
        properties.insert_element_before(element("shd", val="clear", color="auto", fill=fill), *after[1:])


def describe_picture(shape: Any, title: str, alternative: str) -> None:
    """The text alternative of an inline picture."""
    properties = shape._inline.docPr  # noqa: SLF001
    properties.set("descr", alternative)
    properties.set("title", title)


def modern(settings: Any) -> None:
    """Word 2013 and later: no compatibility mode in the title bar, tables begin exactly at the margin."""
    compat = settings.find(qn("w:compat"))
    if compat is None:
        compat = element("compat")
        settings.append(compat)
    for old in compat.findall(qn("w:compatSetting")):
        if old.get(qn("w:name")) == "compatibilityMode":
            compat.remove(old)
    compat.append(element("compatSetting", name="compatibilityMode", uri="http://schemas.microsoft.com/office/word", val="15"))


def watermark(paragraph: Any, text: str) -> None:
    """Word's own kind of watermark (a text path in the header), grey, behind the text."""
    # A VML text path must be one line without markup; parse_xml would choke on anything else.
    plain = " ".join(text.split())
    shape = parse_xml(
        f"<w:pict {nsdecls('w')} xmlns:v='urn:schemas-microsoft-com:vml' xmlns:o='urn:schemas-microsoft-com:office:office' "
        "xmlns:w10='urn:schemas-microsoft-com:office:word'>"
        "<v:shapetype id='_x0000_t136' coordsize='21600,21600' o:spt='136' adj='10800' "
        "path='m@7,l@8,m@5,21600l@6,21600e'><v:formulas><v:f eqn='sum #0 0 10800'/><v:f eqn='prod #0 2 1'/>"
        "<v:f eqn='sum 21600 0 @1'/><v:f eqn='sum 0 0 @2'/><v:f eqn='sum 21600 0 @3'/><v:f eqn='if @0 @3 0'/>"
        "<v:f eqn='if @0 21600 @1'/><v:f eqn='if @0 0 @2'/><v:f eqn='if @0 @4 21600'/><v:f eqn='mid @5 @6'/>"
        "<v:f eqn='mid @8 @5'/><v:f eqn='mid @7 @8'/><v:f eqn='mid @6 @7'/><v:f eqn='sum @6 0 @5'/></v:formulas>"
        "<v:path textpathok='t' o:connecttype='custom' o:connectlocs='@9,0;@10,10800;@11,21600;@12,10800' "
        "o:connectangles='270,180,90,0'/><v:textpath on='t' fitshape='t'/></v:shapetype>"
        "<v:shape id='SekishoWatermark' o:spid='_x0000_s2049' type='#_x0000_t136' "
        "style='position:absolute;margin-left:0;margin-top:0;width:240pt;height:240pt;rotation:315;z-index:-251658752;"
        "mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;"
        "mso-position-vertical-relative:margin' o:allowincell='f' fillcolor='#f0f0f0' stroked='f'>"
        "<v:textpath style='font-family:&quot;游ゴシック&quot;;font-size:1pt'/><w10:wrap anchorx='margin' anchory='margin'/>"
        "</v:shape></w:pict>"
    )
    textpath = shape[1][0]
    textpath.set("string", plain)
    width = min(440, 200 * max(len(plain), 1))
    style = (
        shape[1]
        .get("style", "")
        .replace("width:240pt;height:240pt", f"width:{width}pt;height:{max(60, width // max(len(plain), 1))}pt")
    )
    shape[1].set("style", style)
    paragraph.add_run()._r.append(shape)  # noqa: SLF001


def template_bytes(template: bytes, *, filename: str = "template.docx") -> bytes:
    """An office's template (.docx or .dotx without macros and links outwards) as a document package; InputError
    ``documents.wrong_template``, whose problems say what is wrong.
    """
    try:
        return checked_package(template, filename=filename)
    except InputError as error:
        reasons = (Problem(error.code, error.fields, file=filename), *error.problems)
        raise InputError("documents.wrong_template", detail=filename, problems=reasons) from error


def new_list(word: Any, *, ordered: bool) -> int:
    """A new list definition with one level (1. 2. 3. or a bullet); returns the number that paragraphs point to."""
    lists = _lists(word)
    known = [int(found.get(qn("w:abstractNumId"), "0")) for found in lists.iter(qn("w:abstractNum"))]
    abstract = element("abstractNum", abstractNumId=str(max(known, default=-1) + 1))
    abstract.append(element("multiLevelType", val="singleLevel"))
    level = element("lvl", ilvl="0")
    level.append(element("start", val="1"))
    level.append(element("numFmt", val="decimal" if ordered else "bullet"))
    level.append(element("lvlText", val="%1." if ordered else "・"))
    level.append(element("lvlJc", val="left"))
    properties = element("pPr")
    properties.append(element("ind", left="425", hanging="425"))
    level.append(properties)
    abstract.append(level)
    first = lists.find(qn("w:num"))  # the schema's order: all definitions, then all numbers
    if first is None:
        lists.append(abstract)
    else:
        first.addprevious(abstract)
    return int(lists.add_num(max(known, default=-1) + 1).numId)


def restarted_list(word: Any, number: int, level: int) -> int:
    """A number with the definition of ``number`` that begins with 1 again."""
    made = _lists(word).add_num(abstract_list(word, number))
    made.add_lvlOverride(ilvl=level).add_startOverride(1)
    return int(made.numId)


def abstract_list(word: Any, number: int) -> int | None:
    """The definition behind a number, or None when there is none."""
    for found in _lists(word).iter(qn("w:num")):
        if found.numId == number:
            return int(found.abstractNumId.val)
    return None


def _lists(word: Any) -> Any:
    """The root of the numbering part, which python-docx cannot make."""
    try:
        return word.part.numbering_part.element
    except NotImplementedError:
        root = parse_xml(f"<w:numbering {nsdecls('w')}/>")
        part = NumberingPart(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, root, word.part.package)
        word.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
        return root


def date(word: Any, moment: dt.datetime) -> None:
    """Date the file by ``moment`` instead of the clock, where it has properties at all."""
    if any(relation.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for relation in word.part.package.rels.values()):
        # Office stores UTC without a zone.
        word.core_properties.modified = moment.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)


def freeze(package: bytes, moment: dt.datetime) -> bytes:
    """The same archive with one fixed time on every member, so that the same document gives the same bytes."""
    fixed = moment.timetuple()[:6] if moment.year >= EARLIEST_ZIP_YEAR else (EARLIEST_ZIP_YEAR, 1, 1, 0, 0, 0)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for item in source.infolist():
            member = zipfile.ZipInfo(item.filename, fixed)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            out.writestr(member, source.read(item.filename))
    return target.getvalue()
