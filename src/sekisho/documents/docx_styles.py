"""Styles, paper, header and footer of Word documents: ours, or those of the office's own template."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any, Final

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from lxml import etree

from sekisho.documents import docx_parts as parts
from sekisho.errors import InputError

if TYPE_CHECKING:
    from docx.document import Document as Word

    from sekisho.documents.layout import Layout

__all__ = [
    "BLUE",
    "DARK",
    "LINK",
    "MUTED",
    "ORANGE",
    "PAGE_WIDTH",
    "SMALL",
    "QuickWord",
    "landscape",
    "list_number",
    "missing_styles",
    "numbered",
    "open_word",
    "set_up",
]

ASIAN: Final = "游ゴシック"
LATIN: Final = "游ゴシック"
BLUE, LINK, DARK, MUTED, ORANGE, BODY = (
    RGBColor.from_string(code) for code in ("0017C1", "00118F", "1A1A1A", "595959", "C74700", "333333")
)
PAGE_WIDTH: Final = 170
PAGE_LENGTH: Final = 257
SMALL: Final = "Sekisho Table"
# Sizes and the space before and after, in points.
HEADINGS: Final = (("Heading 1", 16, 24, 10), ("Heading 2", 12.5, 18, 8), ("Heading 3", 11, 14, 6), ("Heading 4", 10.5, 12, 6))


def open_word(template: bytes | None) -> Word:
    """A new Word document, or the template with its body emptied; InputError ``documents.wrong_template``."""
    if template is None:
        return docx.Document()
    try:
        word = docx.Document(io.BytesIO(parts.template_bytes(template)))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        raise InputError("documents.wrong_template", detail=str(error)) from error
    body = word.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    return word


def set_up(word: Word, layout: Layout, *, own: bool) -> None:
    """Styles and paper; ``own`` when there is no template. A template's styles, paper, header and footer stay as they are."""
    if own:
        _own_styles(word)
        parts.modern(word.settings.element)
        _paper(word.sections[0])
        _header(word.sections[0], layout, PAGE_WIDTH)
    else:
        missing_styles(word)
    if layout.watermark:
        header = word.sections[0].header
        header.is_linked_to_previous = False
        parts.watermark(header.paragraphs[0] if header.paragraphs else header.add_paragraph(), layout.watermark)
    _language(word, layout.language)
    _properties(word, layout)


def _own_styles(word: Word) -> None:
    normal = word.styles["Normal"]
    normal.font.size = Pt(10.5)
    normal.font.color.rgb = BODY
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.line_spacing = 1.25
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    parts.fonts(defaults, LATIN, ASIAN)
    parts.fonts(normal.element.get_or_add_rPr(), LATIN, ASIAN)
    for name, size, before, after in HEADINGS:
        _heading(word, name, size, before, after)
    caption = word.styles["Caption"]
    _plain(caption, 9.5, DARK)
    caption.font.bold = True
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(12), Pt(4)
    title = word.styles["Title"]
    _plain(title, 27, DARK)
    title.font.bold = True
    for border in title.element.pPr.findall(qn("w:pBdr")):
        title.element.pPr.remove(border)
    for name in ("List Bullet", "List Number"):
        word.styles[name].paragraph_format.space_after = Pt(3)
    missing_styles(word)


def missing_styles(word: Word) -> None:
    """Styles that a template may lack."""
    known = {style.name for style in word.styles}
    if SMALL not in known:
        style: Any = word.styles.add_style(SMALL, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = word.styles["Normal"] if "Normal" in known else None
        style.font.size = Pt(8.5)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(1.5)
        style.paragraph_format.line_spacing = 1.05
        # No air between Japanese and Latin characters inside tables: dates and numbers keep to one line.
        properties = style.element.get_or_add_pPr()
        spacing = properties.find(qn("w:spacing"))
        for tag in ("autoSpaceDE", "autoSpaceDN"):
            spacing.addprevious(parts.element(tag, val="0"))
    for name, size, before, after in HEADINGS:
        if name not in known:
            word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            _heading(word, name, size, before, after)
    for name in ("Title", "Caption", "List Bullet", "List Number"):
        if name not in known:
            word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            if name.startswith("List "):
                added = word.styles[name].element.get_or_add_pPr().get_or_add_numPr()
                added.get_or_add_numId().val = parts.new_list(word, ordered=name == "List Number")


def list_number(word: Word, *, ordered: bool) -> tuple[int, int]:
    """Level and number for the paragraphs of one list: a bullet as the style has it, figures from 1 again."""
    level, number = 0, 0
    style: Any = word.styles["List Number" if ordered else "List Bullet"]
    while style is not None and not number:
        own = style.element.pPr.numPr if style.element.pPr is not None else None
        if own is not None and own.numId is not None:
            number = own.numId.val
            level = own.ilvl.val if own.ilvl is not None else 0
        style = style.base_style
    if not number or parts.abstract_list(word, number) is None:
        return 0, parts.new_list(word, ordered=ordered)
    return level, parts.restarted_list(word, number, level) if ordered else number


def _plain(style: Any, size: float, colour: RGBColor) -> None:
    style.font.size = Pt(size)
    style.font.italic = False
    style.font.color.rgb = colour
    parts.fonts(style.element.get_or_add_rPr(), LATIN, ASIAN)


def _heading(word: Word, name: str, size: float, before: float, after: float) -> None:
    style: Any = word.styles[name]
    _plain(style, size, DARK)
    style.font.bold = True
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.keep_with_next = True
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)
    if name == "Heading 1":
        parts.bottom_border(properties, "0017C1", 12)
    elif name == "Heading 2":
        parts.left_bar(properties, "0017C1", 36)
        layout.left_indent = Mm(3.5)
    if properties.find(qn("w:outlineLvl")) is None:
        properties.append(parts.element("outlineLvl", val=str(int(name[-1]) - 1)))


def numbered(word: Word, level: int) -> bool:
    """Whether the template's heading style numbers itself, so that we must not number a second time."""
    properties = word.styles[f"Heading {level}"].element.pPr
    return properties is not None and properties.find(qn("w:numPr")) is not None


def _paper(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(26), Mm(22)
    section.header_distance, section.footer_distance = Mm(12), Mm(10)
    section.different_first_page_header_footer = True


def _header(section: Any, layout: Layout, width: int) -> None:
    document = layout.document
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    head = section.header.paragraphs[0]
    _tabs(head, [(width, WD_TAB_ALIGNMENT.RIGHT)])
    _small(head.add_run(f"{document.organization}　{document.title}".replace("\n", " ")), MUTED)
    if document.fictional:
        _small(head.add_run("\t" + layout.text("fictional")), ORANGE)
    parts.bottom_border(head._p.get_or_add_pPr(), "CCCCCC", 4)  # noqa: SLF001
    foot = section.footer.paragraphs[0]
    _tabs(foot, [(width / 2, WD_TAB_ALIGNMENT.CENTER)])
    _small(foot.add_run(f"{layout.text('as_of')}  {layout.moment(document.as_of)}\t"), MUTED)
    parts.field(foot, "PAGE", "1")
    foot.add_run(" / ")
    parts.field(foot, "NUMPAGES", "1")
    for run in foot.runs[1:]:
        run.font.size = Pt(9)


def _tabs(paragraph: Any, stops: list[tuple[float, Any]]) -> None:
    # The default header style has its own stops at the width of Letter paper.
    paragraph.style = "Normal"
    paragraph.paragraph_format.space_after = Pt(0)
    for place, alignment in stops:
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(place), alignment)


def _small(run: Any, colour: RGBColor) -> None:
    run.font.size = Pt(8)
    run.font.color.rgb = colour


def landscape(word: Word, layout: Layout, *, wide: bool, own: bool) -> None:
    """Begin a new page whose paper lies (``wide``) or stands again."""
    section = word.add_section(WD_SECTION.NEW_PAGE)
    section.different_first_page_header_footer = False
    short, long = sorted((section.page_width or Mm(210), section.page_height or Mm(297)))
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if wide else (short, long)
    if own:
        _header(section, layout, PAGE_LENGTH if wide else PAGE_WIDTH)


def _language(word: Word, language: str) -> None:
    properties = word.styles.element.find(qn("w:docDefaults"))
    if properties is None or properties.find(qn("w:rPrDefault")) is None:
        return
    holder = properties.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    found = holder.find(qn("w:lang")) if holder is not None else None
    if found is not None:
        found.set(qn("w:val"), "ja-JP" if language == "ja" else "en-GB")
        found.set(qn("w:eastAsia"), "ja-JP")


def _properties(word: Word, layout: Layout) -> None:
    document = layout.document
    properties = word.core_properties
    properties.title, properties.author = document.title[:255], document.organization[:255]
    properties.last_modified_by = document.organization[:255]
    properties.subject = document.subtitle[:255]
    properties.language = "ja-JP" if document.language == "ja" else "en-GB"
    properties.comments = layout.text("fictional") if document.fictional else ""
    properties.keywords = ""
    # Office stores UTC without a zone.
    moment = document.as_of.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    properties.created = properties.modified = moment
    properties.revision = 1


class QuickWord:
    """The Word document; python-docx looks through all styles for every paragraph, this one once for each name."""

    def __init__(self, word: Any) -> None:
        """``word``: what does everything else."""
        self._word = word
        self._styles: dict[str, str | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._word, name)

    def add_paragraph(self, text: str = "", style: str | None = None) -> Any:
        """A paragraph at the end of the document."""
        made = self._word.add_paragraph(text)
        if style is not None:
            if style not in self._styles:
                self._styles[style] = self._word.part.get_style_id(style, WD_STYLE_TYPE.PARAGRAPH)
            made._p.style = self._styles[style]  # noqa: SLF001
        return made

    def add_heading(self, text: str = "", level: int = 1) -> Any:
        """A heading at the end of the document."""
        return self.add_paragraph(text, f"Heading {level}")
