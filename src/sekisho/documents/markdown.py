"""Markdown (CommonMark with GitHub's tables and footnotes): every text is escaped, so that it can never become markup.

Tables have one head row, cells keep their line breaks as ``<br>``, references are footnotes, call-outs are quotes, charts and
pictures are their words and figures. The same document gives the same text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from sekisho.documents.layout import Layout, chart_table, lay_out, look
from sekisho.documents.model import (
    Block,
    BulletList,
    Callout,
    Cell,
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
    ProvenanceNotes,
    Run,
    Strong,
    Table,
    TableOfContents,
)
from sekisho.documents.tables import FIGURES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["render_markdown"]

_ALWAYS: Final = re.compile(r"[\\`*_\[\]<>&|~$^#!{}@]")
_DOUBLED: Final = re.compile(r"([=+%])(?=\1)")
_SCHEME: Final = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
_LINE_START: Final = re.compile(r"(?m)^(\d+)([.)])(?=\s|$)|^([-+=:%])")
_OUTER_BLANKS: Final = re.compile(r"(?m)^[^\S\n]+|[^\S\n]+$")
_TICKS: Final = re.compile(r"`+")


def render_markdown(document: Document) -> str:
    """The document as Markdown, ended by a line feed; InputError ``documents.broken_document``."""
    return _Writer(lay_out(document)).write()


def _escaped(text: str, *, first: bool) -> str:
    """Text that stands for itself; ``first``: it begins a line. Line feeds stay for the caller."""
    if not first:
        # What stands before may be a link or a footnote mark: "(" or ":" after it would go with it.
        lead = re.match(r"[(:]", text)
        return (f"\\{text[0]}" + _inside(text[1:])) if lead else _inside(text)
    return _inside(text)


def _inside(text: str) -> str:
    text = _ALWAYS.sub(lambda hit: f"\\{hit[0]}", text)
    text = _SCHEME.sub(lambda hit: f"\\{hit[0]}", text)
    return _DOUBLED.sub(r"\\\1", text)


def _lines(text: str) -> str:
    """Inline Markdown as the lines of one block: no line begins a list, a heading or code; every break is a hard one."""
    text = _blanks(text.strip("\n"))
    text = _LINE_START.sub(lambda hit: f"{hit[1]}\\{hit[2]}" if hit[1] else f"\\{hit[3]}", text)
    return text.replace("\n", "\\\n")


def _blanks(text: str) -> str:
    """The blanks at the ends of lines as entities: parsers drop them otherwise, or make code or breaks of them."""
    return _OUTER_BLANKS.sub(lambda hit: "".join(f"&#{ord(c)};" for c in hit[0]), text)


def _solid(character: str) -> bool:
    """Whether emphasis may begin before and end after this character (CommonMark's flanking rule)."""
    return unicodedata.category(character)[0] not in "PSZC"


def _strong(text: str) -> str:
    """Emphasised text: ``**`` goes inside of brackets and blanks at its ends, where CommonMark would not see it."""
    begin = next((n for n, c in enumerate(text) if _solid(c)), None)
    if begin is None or "\n" in text.strip("\n"):
        return _escaped(text, first=False)
    end = len(text) - next(n for n, c in enumerate(reversed(text)) if _solid(c))
    head, tail = (_escaped(part, first=False) for part in (text[:begin], text[end:]))
    return f"{head}**{_escaped(text[begin:end], first=False)}**{tail}"


def _code(text: str) -> str:
    """A code span: its fence is longer than any run of back-ticks inside."""
    text = text.replace("\n", " ")
    if not text.strip(" "):
        return text
    fence = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


class _Writer:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.bullets = 0
        self.last: type[Block] | None = None

    def write(self) -> str:
        parts = self.head()
        for index, block in enumerate(self.layout.blocks):
            made = self.block(index, block)
            if made:
                parts.append(made)
                self.last = type(block)
        return "\n\n".join(parts) + "\n"

    def head(self) -> list[str]:
        """Title, marks and the facts of the cover."""
        document = self.layout.document
        parts = [self.heading(document.title, 1)]
        if document.subtitle:
            parts.append(self.plain(document.subtitle))
        marks = [self.layout.watermark] if self.layout.watermark else []
        marks += [self.layout.text("fictional")] if document.fictional else []
        parts += [self.plain(mark) for mark in marks]
        parts.append(self.items([self.pair(key, (value,)) for key, value in self.layout.facts()]))
        self.last = KeyValues
        return parts

    def block(self, index: int, block: Block) -> str:  # noqa: C901, PLR0911 - one line for each kind of block
        match block:
            case Heading():
                return self.heading(self.layout.headings[index].text, block.level + 1)
            case Paragraph():
                return _lines(self.runs(block.runs))
            case BulletList():
                return self.items([self.runs(item) for item in block.items], ordered=block.ordered)
            case Table():
                return self.table(block, self.layout.captions.get(index, ""))
            case KeyValues():
                return self.items([self.pair(item.key, item.value) for item in block.items])
            case Chart():
                return self.chart(index, block)
            case Callout():
                title = block.title or self.layout.text(f"callout_{block.kind}")
                return self.quote([_lines(self.runs((Strong(title),))), _lines(self.runs(block.runs))])
            case PageBreak():
                return ""  # there are no pages
            case TableOfContents():
                return self.contents(block)
            case ProvenanceNotes():
                return self.provenance()
            case _:
                return self.described(index, block)

    def heading(self, text: str, level: int) -> str:
        words = _blanks(_escaped(" ".join(text.split("\n")), first=True))
        return f"{'#' * min(level, 6)} {words}"

    def plain(self, text: str) -> str:
        return _lines(_escaped(text, first=True))

    def runs(self, runs: Sequence[Run]) -> str:
        """Inline content; neighbouring emphasis is one, as ``****`` would be none."""
        out, strong = "", ""
        for run in (*runs, ""):
            if isinstance(run, Strong):
                strong += run.text
                continue
            if strong:
                out, strong = out + _strong(strong), ""
            out += self.run(run, first=not out)
        return out

    def run(self, run: Run, *, first: bool) -> str:
        match run:
            case str():
                return _escaped(run, first=first)
            case Strong():
                return _strong(run.text)
            case Code():
                return _code(run.text)
            case Link():
                return self.link(run.text, run.url)
            case Cite():
                return f"[^{self.layout.number(run.id)}]"
            case LevelMark():
                return _escaped(look(run, self.layout.language).label, first=first)

    def link(self, text: str, url: str) -> str:
        """A link, or plain words when the address has no meaning outside the house."""
        address = self.layout.address(url)
        words = _escaped(text, first=False)
        if ":" not in address or not text.strip():
            return words
        target = re.sub(r"[\\<>&`|*_\[\]]", lambda hit: f"%{ord(hit[0]):02X}" if hit[0] in "`|\\<>" else f"\\{hit[0]}", address)
        return f"[{words.strip(chr(10)).replace(chr(10), ' ')}](<{target}>)"

    def pair(self, key: str, value: Sequence[Run]) -> str:
        colon = "：" if self.layout.language == "ja" else ": "
        return self.runs((Strong(key), colon, *value))

    def items(self, items: Sequence[str], *, ordered: bool = False) -> str:
        """A list; one right after another has the other mark, or they would be one."""
        self.bullets = (self.bullets + 1) % 2 if self.last in {BulletList, KeyValues} else 0
        out = []
        for number, item in enumerate(items, 1):
            mark = f"{number}{'.)'[self.bullets]} " if ordered else f"{'-*'[self.bullets]} "
            out.append(mark + _lines(item).replace("\n", "\n" + " " * len(mark)))
        return "\n".join(line.rstrip(" ") for line in out)

    def quote(self, parts: Sequence[str]) -> str:
        return "\n".join(f"> {line}".rstrip(" ") for line in "\n\n".join(parts).split("\n"))

    def contents(self, block: TableOfContents) -> str:
        title = _lines(self.runs((Strong(self.layout.text("contents")),)))
        lines: list[str] = []
        indent = 0
        for entry in self.layout.contents(block):
            indent = min(entry.heading.level - 1, indent + 1 if lines else 0)
            lines.append(f"{'  ' * indent}- {_lines(_escaped(' '.join(entry.text.split(chr(10))), first=True))}")
        return "\n\n".join([title, "\n".join(lines)]) if lines else ""

    def table(self, table: Table, caption: str) -> str:
        parts = [_lines(self.runs((Strong(caption),)))] if caption else []
        if table.columns:
            groups = [group.title for group in table.groups for _ in range(group.span)] or [""] * len(table.columns)
            heads = [
                self.words(f"{group}\n{c.title}".strip("\n") + (f" ({c.unit})" if c.unit else ""))
                for group, c in zip(groups, table.columns, strict=True)
            ]
            rules = ["---:" if column.kind in FIGURES else "---" for column in table.columns]
            rows = [self.row(table, number, cells) for number, cells in enumerate(table.rows, 1)]
            parts.append("\n".join(f"| {' | '.join(row)} |" for row in (heads, rules, *rows)))
        if not table.rows:
            parts.append(self.plain(table.empty or self.layout.text("empty_table")))
        parts += [self.plain(f"※ {note}") for note in table.notes]
        return "\n\n".join(parts)

    def row(self, table: Table, number: int, cells: Sequence[Cell]) -> list[str]:
        total = table.total and number == len(table.rows)
        out = []
        for cell, column in zip(cells, table.columns, strict=True):
            shown = self.words(self.layout.cell(cell, column), strong=cell.strong or total)
            out.append(shown + "".join(f"[^{self.layout.number(identifier)}]" for identifier in cell.refs))
        return out

    def words(self, text: str, *, strong: bool = False) -> str:
        """A cell in one line, its breaks as ``<br>``; back-slashes as entities: before a bar they would mean two things."""
        parts = []
        for line in text.split("\n"):
            made = _strong(line) if strong and line else _escaped(line, first=True)
            parts.append(_blanks(made.replace("\\\\", "&#92;")))
        return "<br>".join(parts)

    def chart(self, index: int, chart: Chart) -> str:
        parts = [_lines(self.runs((Strong(self.layout.captions[index]),))), self.plain(chart.alternative)]
        if chart.with_table:
            parts.append(self.table(chart_table(chart, self.layout), ""))
        return "\n\n".join(parts)

    def described(self, index: int, block: object) -> str:
        """A picture, or another block that cannot stand in a text: its caption and its words."""
        caption = self.layout.captions.get(index, "") or str(getattr(block, "caption", ""))
        words = str(getattr(block, "alternative", ""))
        parts = [_lines(self.runs((Strong(caption),)))] if caption else []
        return "\n\n".join([*parts, self.plain(words)] if words else parts)

    def provenance(self) -> str:
        """The references as footnotes, and the versions."""
        text = self.layout.text
        parts = [self.plain(text("provenance_lead" if self.layout.cited else "no_references"))]
        for number, reference in enumerate(self.layout.cited, 1):
            lines = [self.runs((Strong(reference.label),)), _escaped(reference.text, first=True)]
            address = self.layout.address(reference.url)
            lines.append(self.link(address, reference.url) if address else "")
            lines.append(f"SHA-256 {_code(reference.sha256)}" if reference.sha256 else "")
            body = _lines("\n".join(line.strip("\n") for line in lines if line.strip()))
            # Where footnotes are not known, "[^1]: word" would make a link to the word: two words that are no title do not.
            parts.append(f"[^{number}]: {self.layout.mark(reference.id)} – {body}".replace("\n", "\n    "))
        metadata = self.layout.document.metadata
        if metadata:
            parts.append(_lines(self.runs((Strong(text("versions")),))))
            self.last = Paragraph
            parts.append(self.items([self.pair(key, (value,)) for key, value in metadata.items()]))
        return "\n\n".join(parts)
