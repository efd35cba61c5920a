"""PDF through Typst: tagged (PDF/UA-1), A4, with outline, page numbers and an embedded Japanese font.

The template (``assets/document.typ``) is ours; everything of the document goes in as JSON, so that nothing a user wrote is ever
read as Typst markup. Characters that the font does not hold are shown as 〓 (the geta mark of Japanese typesetting) and listed.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import msgspec
import typst

from sekisho.documents.charts import chart_svg
from sekisho.documents.fonts import FontSet, japanese_fonts
from sekisho.documents.layout import Layout, chart_table, lay_out, look
from sekisho.documents.model import (
    Block,
    BulletList,
    Callout,
    Cell,
    CellState,
    Chart,
    Cite,
    Code,
    Document,
    Heading,
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
from sekisho.documents.tables import breakable, column_shares, reference_slots, wants_landscape, wide_picture
from sekisho.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["render_pdf"]

GETA: Final = "〓"
# Joined to the word before it or drawn by nobody: no glyph of its own is needed.
INVISIBLE: Final = frozenset("\n\t\u200b\u200d\ufe0e\ufe0f")
STANDARD: Final = "ua-1"


def render_pdf(document: Document) -> bytes:
    """The document as PDF/UA-1; the same bytes for the same document and font."""
    fonts = japanese_fonts()
    writer = _Writer(lay_out(document), fonts)
    data = msgspec.json.encode(writer.data()).decode()
    try:
        return typst.compile(
            _template(),
            font_paths=_fonts(fonts.directories),
            format="pdf",
            pdf_standards=STANDARD,
            sys_inputs={"data": data},
            timestamp=int(document.as_of.timestamp()),
        )
    except typst.TypstError as error:
        raise Unavailable("documents.pdf_failed", detail=str(error)) from error


@cache
def _fonts(directories: tuple[Path, ...]) -> typst.Fonts:
    """Only our Japanese font and those inside Typst: the system's own would change the pages from machine to machine."""
    return typst.Fonts(font_paths=[str(directory) for directory in directories], include_system_fonts=False)


@cache
def _template() -> bytes:
    return resources.files("sekisho.documents").joinpath("assets/document.typ").read_bytes()


class _Writer:
    """Turns the document into the values that the template reads."""

    def __init__(self, layout: Layout, fonts: FontSet) -> None:
        self.layout = layout
        self.fonts = fonts
        self.missing: set[str] = set()

    def words(self, text: str) -> str:
        """``text`` with 〓 for every character without a glyph and with places to break long addresses."""
        return breakable(self.drawable(text))

    def drawable(self, text: str) -> str:
        """``text`` with 〓 for every character without a glyph."""
        if self.fonts.regular.has(text):
            return text
        return "".join(c if c in INVISIBLE or self.fonts.regular.has(c) else self._geta(c) for c in text)

    def _geta(self, character: str) -> str:
        self.missing.add(character)
        return GETA

    def data(self) -> dict[str, Any]:
        document, text = self.layout.document, self.layout.text
        blocks: list[dict[str, Any]] = []
        for index, block in enumerate(self.layout.blocks):
            made = self.block(index, block)
            if made.get("landscape"):
                # Its headings go with it to the wide page.
                made["lead"] = []
                while blocks and blocks[-1]["t"] == "heading":
                    made["lead"].insert(0, blocks.pop())
            blocks.append(made)
        date = document.as_of
        out = {
            "title": self.words(document.title),
            "subtitle": self.words(document.subtitle),
            "organization": self.words(document.organization),
            "lang": document.language,
            "font": self.fonts.family,
            "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
            "facts": [[key, self.words(value)] for key, value in self.layout.facts()],
            "as_of": f"{text('as_of')}  {self.layout.moment(date)}",
            "watermark": self.words(self.layout.watermark),
            "cover": document.cover,
            "fictional": text("fictional") if document.fictional else "",
            "stale": text("stale"),
            "blocks": blocks,
        }
        if self.missing:
            points = " ".join(sorted(f"U+{ord(c):04X}" for c in self.missing))
            out["missing"] = text("missing_characters", mark=GETA, characters=points)
        return out

    def runs(self, runs: Sequence[Run]) -> list[dict[str, Any]]:
        return [self.run(run) for run in runs]

    def run(self, run: Run) -> dict[str, Any]:
        match run:
            case str():
                return {"t": "text", "v": self.words(run)}
            case Strong():
                return {"t": "strong", "v": self.words(run.text)}
            case Code():
                return {"t": "code", "v": self.words(run.text)}
            case Link():
                return {"t": "link", "v": self.words(run.text), "url": self.url(run.url)}
            case Cite():
                return {"t": "cite", "refs": self.marks((run.id,))}
            case LevelMark():
                return {"t": "level", **self.mark(run)}

    def url(self, url: str) -> str:
        address = self.layout.address(url)
        return address if ":" in address else ""

    def marks(self, identifiers: Sequence[str]) -> list[list[Any]]:
        return [[self.layout.number(i), self.layout.mark(i)] for i in identifiers]

    def mark(self, mark: LevelMark) -> dict[str, Any]:
        seen = look(mark, self.layout.language)
        return {"c": seen.character, "n": seen.filled, "s": seen.style, "stale": seen.stale}

    def block(self, index: int, block: Block) -> dict[str, Any]:  # noqa: C901, PLR0911 - one line for each kind
        match block:
            case Heading():
                place = self.layout.headings[index]
                return {"t": "heading", "level": block.level, "number": place.number, "v": self.words(block.text)}
            case Paragraph():
                return {"t": "paragraph", "runs": self.runs(block.runs)}
            case BulletList():
                return {"t": "list", "ordered": block.ordered, "items": [self.runs(item) for item in block.items]}
            case Table():
                return self.table(block, self.layout.captions.get(index, ""))
            case KeyValues():
                return {"t": "facts", "items": [[self.words(i.key), self.runs(i.value)] for i in block.items]}
            case Chart():
                return self.chart(index, block)
            case Picture():
                caption = self.words(self.layout.captions[index])
                svg, alternative = self.drawable(block.svg), self.drawable(block.alternative)
                return {"t": "picture", "svg": svg, "alt": alternative, "caption": caption, "landscape": wide_picture(block)}
            case Callout():
                title = block.title or self.layout.text(f"callout_{block.kind}")
                return {"t": "callout", "kind": block.kind, "title": self.words(title), "runs": self.runs(block.runs)}
            case PageBreak():
                return {"t": "break"}
            case TableOfContents():
                return {"t": "contents", "title": self.layout.text("contents"), "depth": block.depth}
            case ProvenanceNotes():
                return self.provenance()

    def table(self, table: Table, caption: str) -> dict[str, Any]:
        slots = reference_slots(table)
        return {
            "t": "table",
            "caption": self.words(caption),
            "shares": column_shares(table, self.layout),
            "kinds": [column.kind.value for column in table.columns],
            "titles": [[self.words(column.title), self.words(column.unit)] for column in table.columns],
            "groups": [[self.words(group.title), group.span] for group in table.groups],
            "slots": slots,
            "rows": [
                [self.cell(cell, n, table, strong=table.total and number == len(table.rows)) for n, cell in enumerate(row)]
                for number, row in enumerate(table.rows, 1)
            ],
            "total": table.total,
            "empty": self.words(table.empty or self.layout.text("empty_table")),
            "notes": [self.words(note) for note in table.notes],
            "landscape": wants_landscape(table),
        }

    def cell(self, cell: Cell, number: int, table: Table, *, strong: bool) -> dict[str, Any]:
        column = table.columns[number]
        out: dict[str, Any] = {}
        if isinstance(cell.value, LevelMark) and cell.state is CellState.VALUE:
            out["level"] = self.mark(cell.value)
        else:
            out["v"] = self.words(self.layout.cell(cell, column))
        if cell.refs:
            out["refs"] = self.marks(cell.refs)
        if strong or cell.strong:
            out["strong"] = True
        if cell.state is not CellState.VALUE:
            out["state"] = True
        return out

    def chart(self, index: int, chart: Chart) -> dict[str, Any]:
        svg = self.drawable(chart_svg(chart, self.layout, identifier=f"figure-{index}"))
        table = self.table(chart_table(chart, self.layout), "") if chart.with_table else None
        caption = self.words(self.layout.captions[index])
        return {"t": "chart", "svg": svg, "alt": chart.alternative, "caption": caption, "table": table}

    def provenance(self) -> dict[str, Any]:
        text = self.layout.text
        items = [
            {
                "number": number,
                "mark": self.layout.mark(reference.id),
                "label": self.words(reference.label),
                "text": self.words(reference.text),
                "url": self.url(reference.url),
                "shown": self.words(self.layout.address(reference.url)),
                "sha256": self.words(reference.sha256),
            }
            for number, reference in enumerate(self.layout.cited, 1)
        ]
        metadata = self.layout.document.metadata.items()
        versions = [[self.words(k), [{"t": "text", "v": self.words(v)}]] for k, v in metadata]
        lead = text("provenance_lead" if items else "no_references")
        return {"t": "provenance", "lead": lead, "items": items, "versions_title": text("versions"), "versions": versions}
