"""DOCX through python-docx: real heading styles, contents with page fields, repeated table heads, notes at the end.

The office's own template may be given: its styles, paper, header and footer are used, its body is replaced.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.shared import Emu, Mm, Pt, RGBColor

from sekisho.documents import docx_parts as parts
from sekisho.documents.charts import chart_png
from sekisho.documents.docx_styles import BLUE, LINK, MUTED, ORANGE, SMALL, QuickWord, landscape, numbered, open_word, set_up
from sekisho.documents.docx_tables import write_table
from sekisho.documents.layout import STROKES, Layout, chart_table, lay_out, look
from sekisho.documents.model import (
    Block,
    BulletList,
    Callout,
    Chart,
    Cite,
    Code,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    LevelMark,
    Link,
    PageBreak,
    Paragraph,
    Picture,
    ProvenanceNotes,
    Run,
    Strong,
    Table,
    TableOfContents,
)
from sekisho.documents.pictures import picture_scale, picture_size, svg_to_png
from sekisho.documents.tables import wants_landscape, wide_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["render_docx"]

MONO: Final = "Consolas"
MARKS: Final = {
    "matsu": ("0017C1", "0017C1", "FFFFFF"),
    "take": ("0017C1", "C5D7FB", "000060"),
    "ume": ("0017C1", "FFFFFF", "00118F"),
    "none": ("767676", "FFFFFF", "595959"),
    "unmeasured": ("767676", "FFFFFF", "595959"),
    "not-applicable": ("B3B3B3", "F2F2F2", "595959"),
}


def render_docx(document: Document, *, template: bytes | None = None) -> bytes:
    """The document for Word; ``template`` is the office's own .docx or .dotx. The same bytes for the same input."""
    layout = lay_out(document)
    word = open_word(template)
    set_up(word, layout, own=template is None)
    Writer(QuickWord(word), layout, own=template is None).write()
    target = io.BytesIO()
    word.save(target)
    return parts.freeze(target.getvalue(), document.as_of)


class Writer:
    """Writes the blocks one after the other."""

    def __init__(self, word: Any, layout: Layout, *, own: bool) -> None:
        self.word = word
        self.layout = layout
        self.own = own
        self.bookmarks = 0
        self.wide = False

    @property
    def width(self) -> int:
        """Width between the margins (EMU)."""
        section = self.word.sections[-1]
        return int(section.page_width - section.left_margin - section.right_margin)

    def write(self) -> None:
        """Cover and blocks."""
        self.cover()
        blocks = self.layout.blocks
        for index, block in enumerate(blocks):
            # The headings of a wide table go with it to its page.
            wide = _leads_to_wide(blocks, index)
            if wide != self.wide:
                landscape(self.word, self.layout, wide=wide, own=self.own)
                self.wide = wide
            self.block(index, block)

    def cover(self) -> None:
        document, word = self.layout.document, self.word
        first = self.paragraph()
        first.add_run(document.organization).font.size = Pt(12)
        if document.fictional:
            run = first.add_run(f"　{self.layout.text('fictional')}")
            run.font.color.rgb, run.font.size = ORANGE, Pt(9)
        if self.layout.watermark:
            run = first.add_run(f"　{self.layout.watermark}")
            run.font.color.rgb, run.font.bold = ORANGE, True
        title = word.add_paragraph(style="Title")
        title.paragraph_format.space_before = Pt(150 if document.cover else 6)
        title.add_run(document.title)
        if document.subtitle:
            subtitle = self.paragraph()
            subtitle.paragraph_format.space_after = Pt(180 if document.cover else 6)
            run = subtitle.add_run(document.subtitle)
            run.font.size, run.font.color.rgb = Pt(15), MUTED
        if document.cover:
            self.facts(tuple(KeyValue(k, (v,)) for k, v in self.layout.facts()))
            word.add_page_break()
        else:
            run = self.paragraph().add_run("　　".join(f"{k} {v}" for k, v in self.layout.facts()))
            run.font.size, run.font.color.rgb = Pt(8.5), MUTED

    def paragraph(self, style: str | None = None) -> Any:
        """A new paragraph."""
        return self.word.add_paragraph(style=style)

    def block(self, index: int, block: Block) -> None:  # noqa: C901 - one line for each kind of block
        match block:
            case Heading():
                self.heading(index, block)
            case Paragraph():
                self.runs(self.paragraph(), block.runs)
            case BulletList():
                for item in block.items:
                    self.runs(self.paragraph("List Number" if block.ordered else "List Bullet"), item)
            case Table():
                self.table(block, self.layout.captions.get(index, ""))
            case KeyValues():
                self.facts(block.items)
            case Chart():
                self.chart(index, block)
            case Picture():
                self.picture(index, block)
            case Callout():
                self.callout(block)
            case PageBreak():
                self.word.add_page_break()
            case TableOfContents():
                self.contents(block)
            case ProvenanceNotes():
                self.provenance()

    def mark_place(self, paragraph: Any, name: str) -> None:
        """A bookmark on the paragraph."""
        self.bookmarks += 1
        parts.bookmark(paragraph, name, self.bookmarks)

    def heading(self, index: int, block: Heading) -> None:
        place = self.layout.headings[index]
        own_number = not self.own and numbered(self.word, block.level)
        paragraph = self.word.add_heading(block.text if own_number else place.text, level=block.level)
        self.mark_place(paragraph, _anchor(place.anchor))

    def contents(self, block: TableOfContents) -> None:
        """A TOC field that already holds its entries; Word counts the pages when it opens the file."""
        title = self.paragraph()
        run = title.add_run(self.layout.text("contents"))
        run.font.size, run.font.bold = Pt(16), True
        entries = self.layout.contents(block)
        for number, entry in enumerate(entries):
            line = self.paragraph()
            line.paragraph_format.left_indent = Mm(6 * (entry.heading.level - 1))
            line.paragraph_format.space_after = Pt(3)
            line.paragraph_format.tab_stops.add_tab_stop(Emu(self.width), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
            if number == 0:
                for part in _field_start(f'TOC \\o "1-{block.depth}" \\h \\z \\u'):
                    line.add_run()._r.append(part)  # noqa: SLF001
            link = parts.hyperlink(line, entry.text.replace("\n", " "), anchor=_anchor(entry.anchor))
            link.font.bold = entry.heading.level == 1
            line.add_run("\t")
            parts.field(line, f"PAGEREF {_anchor(entry.anchor)} \\h", " ", dirty=True)
            if number == len(entries) - 1:
                line.add_run()._r.append(parts.element("fldChar", fldCharType="end"))  # noqa: SLF001

    def runs(self, paragraph: Any, runs: Sequence[Run]) -> None:
        """Inline content."""
        for run in runs:
            match run:
                case str():
                    paragraph.add_run(run)
                case Strong():
                    paragraph.add_run(run.text).bold = True
                case Code():
                    code = paragraph.add_run(run.text)
                    parts.fonts(code._r.get_or_add_rPr(), MONO, "ＭＳ ゴシック")  # noqa: SLF001
                case Link():
                    self.link(paragraph, run.text, run.url)
                case Cite():
                    self.cite(paragraph, (run.id,))
                case LevelMark():
                    self.mark(paragraph, run)

    def link(self, paragraph: Any, text: str, url: str, size: float | None = None) -> None:
        """A link, or plain words when the address has no meaning outside the house."""
        address = self.layout.address(url)
        if ":" not in address:
            paragraph.add_run(text)
            return
        run = parts.hyperlink(paragraph, text, url=address, style={"underline": True})
        run.font.color.rgb = LINK
        if size:
            run.font.size = Pt(size)

    def cite(self, paragraph: Any, identifiers: Sequence[str]) -> None:
        """Superscript marks that lead to the list of references."""
        for identifier in identifiers:
            anchor = f"reference_{self.layout.number(identifier)}"
            run = parts.hyperlink(paragraph, self.layout.mark(identifier), anchor=anchor, style={"superscript": True})
            run.font.color.rgb = LINK

    def mark(self, paragraph: Any, mark: LevelMark) -> None:
        """A level mark as text: a boxed character and its strokes; it can be searched, copied and read aloud."""
        seen = look(mark, self.layout.language)
        border, fill, ink = MARKS[seen.style]
        shown = seen.label if mark.level is None else seen.character
        run = paragraph.add_run(f" {shown} ")
        run.font.bold = mark.level is not None
        run.font.color.rgb = RGBColor.from_string(ink)
        parts.run_box(run, border, fill, dashed=seen.style == "unmeasured")
        if mark.level is None:
            return
        filled = paragraph.add_run(" " + "■" * seen.filled)
        empty = paragraph.add_run("□" * (STROKES - seen.filled))
        for part, colour in ((filled, BLUE), (empty, RGBColor.from_string("767676"))):
            part.font.size, part.font.color.rgb = Pt(6), colour
        if seen.stale:
            stale = paragraph.add_run(f" {self.layout.text('stale_short')}")
            stale.font.size, stale.font.color.rgb = Pt(7), RGBColor.from_string("927200")

    def table(self, table: Table, caption: str) -> None:
        if caption:
            self.paragraph("Caption").add_run(caption)
        write_table(self, table)
        for note in table.notes:
            paragraph = self.paragraph(SMALL)
            paragraph.add_run(f"※ {note}").font.color.rgb = MUTED
        self.gap()

    def gap(self) -> None:
        """Air after a table; Word would otherwise join two tables."""
        paragraph = self.paragraph(SMALL)
        paragraph.paragraph_format.space_after = Pt(4)

    def facts(self, items: Sequence[KeyValue]) -> None:
        if not items:
            return
        table = self.word.add_table(rows=0, cols=2)
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
        first = int(self.width * 0.23)
        table.columns[0].width, table.columns[1].width = Emu(first), Emu(self.width - first)
        for item in items:
            key, value = table.add_row().cells
            for cell, width in ((key, first), (value, self.width - first)):
                cell.width, cell.vertical_alignment = Emu(width), WD_ALIGN_VERTICAL.CENTER
                cell.paragraphs[0].style = self.word.styles[SMALL]
                parts.cell_look(cell, bottom="CCCCCC", top="CCCCCC" if item is items[0] else "")
            name = key.paragraphs[0].add_run(item.key)
            name.bold, name.font.color.rgb = True, MUTED
            self.runs(value.paragraphs[0], item.value)
        self.gap()

    def chart(self, index: int, chart: Chart) -> None:
        caption = self.layout.captions[index]
        self.paragraph("Caption").add_run(caption)
        paragraph = self.paragraph()
        paragraph.paragraph_format.keep_with_next = chart.with_table
        shape = paragraph.add_run().add_picture(io.BytesIO(chart_png(chart, self.layout)), width=Emu(min(self.width, Mm(170))))
        parts.describe_picture(shape, caption, chart.alternative)
        if chart.with_table:
            self.table(chart_table(chart, self.layout), "")

    def picture(self, index: int, picture: Picture) -> None:
        """A picture as large as the page allows, never larger than it was drawn."""
        caption = self.layout.captions[index]
        self.paragraph("Caption").add_run(caption)
        width, height = picture_size(picture.svg)
        section = self.word.sections[-1]
        room = int((section.page_height - section.top_margin - section.bottom_margin) * 0.85)
        shown = min(self.width, int(Pt(width * 0.75)), int(room * width / height))
        stream = io.BytesIO(svg_to_png(picture.svg, scale=picture_scale(width, height)))
        shape = self.paragraph().add_run().add_picture(stream, width=Emu(shown))
        parts.describe_picture(shape, caption, picture.alternative)

    def callout(self, block: Callout) -> None:
        warning = block.kind == "warning"
        title, body = self.paragraph(), self.paragraph()
        run = title.add_run(block.title or self.layout.text(f"callout_{block.kind}"))
        run.bold, run.font.color.rgb = True, ORANGE if warning else LINK
        title.paragraph_format.keep_with_next = True
        self.runs(body, block.runs)
        for paragraph in (title, body):
            paragraph.paragraph_format.left_indent = Mm(4)
            paragraph.paragraph_format.space_after = Pt(0) if paragraph is title else Pt(10)
            properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
            parts.left_bar(properties, "C74700" if warning else "0017C1", 36, "FFF8F3" if warning else "F5F7FE")

    def provenance(self) -> None:
        text = self.layout.text
        lead = self.paragraph()
        lead.add_run(text("provenance_lead" if self.layout.cited else "no_references"))
        for number, reference in enumerate(self.layout.cited, 1):
            paragraph = self.paragraph(SMALL)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
            paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Mm(12), Mm(-12)
            paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(12))
            paragraph.paragraph_format.space_after = Pt(6)
            run = paragraph.add_run(self.layout.mark(reference.id))
            run.bold, run.font.color.rgb = True, LINK
            self.mark_place(paragraph, f"reference_{number}")
            paragraph.add_run(f"\t{reference.label}").bold = True
            if reference.text:
                paragraph.add_run().add_break()
                paragraph.add_run(reference.text)
            if reference.url:
                paragraph.add_run().add_break()
                self.link(paragraph, self.layout.address(reference.url), reference.url, 8)
            if reference.sha256:
                paragraph.add_run().add_break()
                digest = paragraph.add_run(f"SHA-256 {reference.sha256}")
                digest.font.size, digest.font.color.rgb = Pt(7), MUTED
        metadata = self.layout.document.metadata
        if metadata:
            self.paragraph().add_run(text("versions")).bold = True
            self.facts(tuple(KeyValue(k, (v,)) for k, v in metadata.items()))


def _anchor(name: str) -> str:
    return "_Toc_" + name.replace("-", "_")


def _field_start(instruction: str) -> list[Any]:
    code = parts.element("instrText")
    code.text = f" {instruction} "
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return [parts.element("fldChar", fldCharType="begin"), code, parts.element("fldChar", fldCharType="separate")]


def _leads_to_wide(blocks: Sequence[Block], index: int) -> bool:
    """Whether this block is a wide table or a heading right before one."""
    while index < len(blocks) and isinstance(blocks[index], Heading):
        index += 1
    block = blocks[index] if index < len(blocks) else None
    return (isinstance(block, Table) and wants_landscape(block)) or (isinstance(block, Picture) and wide_picture(block))
