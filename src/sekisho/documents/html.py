"""HTML: semantic, without script; class names only when it stands in one of our pages, one file with its style otherwise."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources

from sekisho.documents.charts import chart_svg
from sekisho.documents.layout import STROKES, Layout, chart_table, lay_out, look
from sekisho.documents.model import (
    Block,
    BulletList,
    Callout,
    Cell,
    CellState,
    Chart,
    Cite,
    Code,
    Column,
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
from sekisho.documents.pictures import inline_svg
from sekisho.documents.tables import reference_slots

__all__ = ["mark_html", "render_html", "stylesheet"]


@cache
def stylesheet() -> str:
    """The style of documents; our pages serve it as a file (``documents/assets/document.css``)."""
    return resources.files("sekisho.documents").joinpath("assets/document.css").read_text(encoding="utf-8")


def render_html(document: Document, *, embed: bool) -> str:
    """The document as HTML.

    ``embed``: an ``<article>`` for our pages (strict CSP: no style, no script; references link straight to the evidence).
    Otherwise one self-contained file whose references lead to the list at its end.
    """
    layout = lay_out(document)
    writer = _Writer(layout, embed=embed)
    body = writer.article()
    if embed:
        return body
    title = escape(f"{document.title} – {document.organization}")
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="{document.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{stylesheet()}</style>\n</head>\n"
        f'<body class="doc-page">\n{body}\n</body>\n</html>\n'
    )


def mark_html(mark: LevelMark, language: str) -> str:
    """A level mark as HTML: the character, its strokes (hidden from screen readers) and its name for them."""
    seen = look(mark, language)
    strokes = "".join(f"<span{' class=doc-level__on' if n > STROKES - 1 - seen.filled else ''}></span>" for n in range(STROKES))
    clock = '<span class="doc-level__clock" aria-hidden="true"></span>' if seen.stale else ""
    stale = " doc-level--stale" if seen.stale else ""
    return (
        f'<span class="doc-level doc-level--{seen.style}{stale}" title="{escape(seen.label)}">'
        f'<span class="doc-level__character" aria-hidden="true">{seen.character}</span>'
        f'<span class="doc-level__strokes" aria-hidden="true">{strokes}</span>{clock}'
        f'<span class="doc-hidden">{escape(seen.label)}</span></span>'
    )


class _Writer:
    def __init__(self, layout: Layout, *, embed: bool) -> None:
        self.layout = layout
        self.embed = embed

    def address(self, url: str) -> str:
        return escape(url if self.embed else self.layout.address(url))

    def article(self) -> str:
        parts = [f'<article class="doc" lang="{self.layout.language}">', self.head()]
        parts += [self.block(index, block) for index, block in enumerate(self.layout.blocks)]
        return "\n".join([*parts, "</article>"])

    def head(self) -> str:
        document = self.layout.document
        facts = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in self.layout.facts())
        subtitle = f'<p class="doc-subtitle">{escape(document.subtitle)}</p>' if document.subtitle else ""
        badges = [self.layout.watermark] if self.layout.watermark else []
        badges += [self.layout.text("fictional")] if document.fictional else []
        marks = "".join(f'<li class="doc-badge">{escape(badge)}</li>' for badge in badges)
        shown = f'<ul class="doc-badges">{marks}</ul>' if marks else ""
        return (
            f'<header class="doc-head">{shown}<h1 class="doc-title">{escape(document.title)}</h1>{subtitle}'
            f'<dl class="doc-facts">{facts}</dl></header>'
        )

    def block(self, index: int, block: Block) -> str:  # noqa: C901, PLR0911 - one line for each kind of block
        match block:
            case Heading():
                place = self.layout.headings[index]
                level = min(block.level + 1, 6)
                return f'<h{level} class="doc-h{block.level}" id="{place.anchor}">{escape(place.text)}</h{level}>'
            case Paragraph():
                return f"<p>{self.runs(block.runs)}</p>"
            case BulletList():
                kind = "ol" if block.ordered else "ul"
                return f"<{kind}>{''.join(f'<li>{self.runs(item)}</li>' for item in block.items)}</{kind}>"
            case Table():
                return self.table(block, self.layout.captions.get(index, ""))
            case KeyValues():
                rows = "".join(f"<div><dt>{escape(i.key)}</dt><dd>{self.runs(i.value)}</dd></div>" for i in block.items)
                return f'<dl class="doc-facts">{rows}</dl>'
            case Chart():
                return self.chart(index, block)
            case Picture():
                return self.picture(index, block)
            case Callout():
                title = escape(block.title or self.layout.text(f"callout_{block.kind}"))
                return (
                    f'<div class="doc-callout doc-callout--{block.kind}" role="note">'
                    f'<p class="doc-callout__title">{title}</p><p>{self.runs(block.runs)}</p></div>'
                )
            case PageBreak():
                return '<div class="doc-page-break" aria-hidden="true"></div>'
            case TableOfContents():
                return self.contents(block)
            case ProvenanceNotes():
                return self.provenance()

    def contents(self, block: TableOfContents) -> str:
        title = escape(self.layout.text("contents"))
        items = "".join(
            f'<li class="doc-contents__{h.heading.level}"><a href="#{h.anchor}">{escape(h.text)}</a></li>'
            for h in self.layout.contents(block)
        )
        return f'<nav class="doc-contents" aria-label="{title}"><p class="doc-contents__title">{title}</p><ol>{items}</ol></nav>'

    def runs(self, runs: tuple[Run, ...]) -> str:
        return "".join(self.run(run) for run in runs)

    def run(self, run: Run) -> str:
        match run:
            case str():
                return escape(run).replace("\n", "<br>")
            case Strong():
                return f"<strong>{escape(run.text)}</strong>"
            case Code():
                return f"<code>{escape(run.text)}</code>"
            case Link():
                return f'<a href="{self.address(run.url)}" rel="noreferrer">{escape(run.text)}</a>'
            case Cite():
                return self.cite((run.id,))
            case LevelMark():
                return mark_html(run, self.layout.language)

    def cite(self, identifiers: tuple[str, ...]) -> str:
        return "".join(self._cite(identifier) for identifier in identifiers)

    def _cite(self, identifier: str) -> str:
        number = self.layout.number(identifier)
        reference = self.layout.cited[number - 1]
        target = self.address(reference.url) if self.embed and reference.url else f"#reference-{number}"
        label = escape(self.layout.text("reference_label", number=number, label=reference.label))
        mark = escape(self.layout.mark(identifier))
        return f'<sup class="doc-reference"><a href="{target}" aria-label="{label}" title="{label}">{mark}</a></sup>'

    def table(self, table: Table, caption: str, *, style: str = "") -> str:
        shown = f"<caption>{escape(caption)}</caption>" if caption else ""
        label = f' aria-label="{escape(caption or table.name)}"' if caption or table.name else ""
        if table.rows:
            last = len(table.rows) - 1
            slots = reference_slots(table)
            rows = "".join(self.row(table, row, slots, total=table.total and n == last) for n, row in enumerate(table.rows))
        else:
            words = escape(table.empty or self.layout.text("empty_table"))
            rows = f'<tr><td class="doc-empty" colspan="{len(table.columns)}">{words}</td></tr>'
        notes = "".join(f"<li>{escape(note)}</li>" for note in table.notes)
        below = f'<ul class="doc-notes">{notes}</ul>' if notes else ""
        return (
            f'<div class="doc-table{style}"><div class="doc-table__frame" role="region" tabindex="0"{label}><table>{shown}'
            f"<thead>{self.table_head(table)}</thead><tbody>{rows}</tbody></table></div>{below}</div>"
        )

    def table_head(self, table: Table) -> str:
        titles = "".join(
            f'<th scope="col" class="doc-cell--{column.kind.value}">{escape(column.title)}'
            + (f' <span class="doc-unit">{escape(column.unit)}</span>' if column.unit else "")
            + "</th>"
            for column in table.columns
        )
        if not table.groups:
            return f"<tr>{titles}</tr>"
        groups = "".join(
            f'<th scope="colgroup" colspan="{g.span}">{escape(g.title)}</th>' if g.title else f'<td colspan="{g.span}"></td>'
            for g in table.groups
        )
        return f'<tr class="doc-groups">{groups}</tr><tr>{titles}</tr>'

    def row(self, table: Table, row: tuple[Cell, ...], slots: list[int], *, total: bool) -> str:
        cells = []
        for number, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            opening = 'th scope="row"' if number == 0 and table.row_header else "td"
            inner = self.cell(cell, column, slot=slots[number] > 0)
            cells.append(f'<{opening} class="doc-cell--{column.kind.value}">{inner}</{opening[:2]}>')
        return f"<tr{' class=doc-total' if total else ''}>{''.join(cells)}</tr>"

    def cell(self, cell: Cell, column: Column, *, slot: bool) -> str:
        if isinstance(cell.value, LevelMark) and cell.state is CellState.VALUE:
            inner = mark_html(cell.value, self.layout.language)
        else:
            inner = escape(self.layout.cell(cell, column)).replace("\n", "<br>")
        if cell.state is not CellState.VALUE:
            inner = f'<span class="doc-state">{inner}</span>'
        if cell.strong:
            inner = f"<strong>{inner}</strong>"
        if slot:
            # Figures stay in line below each other whether or not a reference follows them.
            return f'{inner}<span class="doc-slot">{self.cite(cell.refs)}</span>'
        return inner + self.cite(cell.refs)

    def chart(self, index: int, chart: Chart) -> str:
        caption = self.layout.captions[index]
        svg = chart_svg(chart, self.layout, identifier=f"figure-{index}")
        below = ""
        if chart.with_table:
            table = self.table(chart_table(chart, self.layout), "", style=" doc-table--chart")
            summary = escape(self.layout.text("chart_data"))
            below = f'<details class="doc-chart__data" open><summary>{summary}</summary>{table}</details>'
        return f'<figure class="doc-chart"><figcaption>{escape(caption)}</figcaption>{svg}{below}</figure>'

    def picture(self, index: int, picture: Picture) -> str:
        """The picture in its own scrolling frame; its words for those who do not see it stand beside it."""
        caption, words = escape(self.layout.captions[index]), escape(picture.alternative)
        svg = inline_svg(picture.svg, identifier=f"figure-{index}")
        frame = f'<div class="doc-picture__frame" role="region" tabindex="0" aria-label="{caption}">{svg}</div>'
        hidden = f'<p class="doc-hidden">{words}</p>'
        return f'<figure class="doc-chart doc-picture"><figcaption>{caption}</figcaption>{frame}{hidden}</figure>'

    def provenance(self) -> str:
        text = self.layout.text
        items = []
        for number, reference in enumerate(self.layout.cited, 1):
            words = f'<span class="doc-provenance__text">{escape(reference.text)}</span>' if reference.text else ""
            url = self.layout.address(reference.url)
            inside = f'<a href="{self.address(reference.url)}" rel="noreferrer">{escape(url)}</a>' if reference.url else ""
            place = f'<span class="doc-provenance__url">{inside}</span>' if inside else ""
            digest = f"<code>SHA-256 {escape(reference.sha256)}</code>" if reference.sha256 else ""
            mark = escape(self.layout.mark(reference.id))
            items.append(
                f'<li id="reference-{number}"><span class="doc-provenance__number">{mark}</span>'
                f"<div><strong>{escape(reference.label)}</strong>{words}{place}{digest}</div></li>"
            )
        lead = f"<p>{escape(text('provenance_lead' if items else 'no_references'))}</p>"
        shown = f'<ol class="doc-provenance">{"".join(items)}</ol>' if items else ""
        return lead + shown + self.versions()

    def versions(self) -> str:
        metadata = self.layout.document.metadata
        if not metadata:
            return ""
        rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in metadata.items())
        return f'<p class="doc-minor">{escape(self.layout.text("versions"))}</p><dl class="doc-facts doc-versions">{rows}</dl>'
