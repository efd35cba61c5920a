"""Tables of Word documents: fixed widths, repeated heads, rows that do not break, figures aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Emu, Pt

from sekisho.documents import docx_parts as parts
from sekisho.documents.docx_styles import MUTED, SMALL
from sekisho.documents.model import Cell, CellState, Column, LevelMark, Table
from sekisho.documents.tables import FIGURES, column_shares, reference_slots

if TYPE_CHECKING:
    from sekisho.documents.docx import Writer

__all__ = ["write_table"]

KEEP_TOGETHER = 12  # rows; a table no longer than this does not break
HEAD_LINE, ROW_LINE, HEAD_FILL, TOTAL_FILL = "949494", "CCCCCC", "F2F2F2", "F5F7FE"


def write_table(writer: Writer, table: Table) -> None:
    """Write the table at the end of the document."""
    rows = _frame(writer, table)
    heads = len(rows) - max(len(table.rows), 1)
    if table.groups:
        _groups(rows[0], table)
    _head(rows[heads - 1], table)
    if not table.rows:
        merged = rows[-1][0].merge(rows[-1][-1])
        merged.paragraphs[0].add_run(table.empty or writer.layout.text("empty_table")).font.color.rgb = MUTED
        parts.cell_look(merged, bottom=ROW_LINE)
        return
    slots = reference_slots(table)
    for number, (cells, row) in enumerate(zip(table.rows, rows[heads:], strict=True), 1):
        total = table.total and number == len(table.rows)
        for place, (cell, target) in enumerate(zip(cells, row, strict=True)):
            _cell(writer, target, cell, table.columns[place], slot=slots[place], total=total)


def _frame(writer: Writer, table: Table) -> list[list[Any]]:
    """The empty table: widths, style, rows that do not break, heads that repeat. Returns its cells, heads first."""
    heads = 2 if table.groups else 1
    made = writer.word.add_table(rows=heads + max(len(table.rows), 1), cols=len(table.columns))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    full = writer.width
    widths = [Emu(int(share * full)) for share in column_shares(table, writer.layout)]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    rows = _rows(made)
    # By id: python-docx searches all styles on every assignment.
    style = writer.word.styles[SMALL].style_id
    together = len(table.rows) <= KEEP_TOGETHER
    for number, (row, element) in enumerate(zip(rows, made._tbl.tr_lst, strict=True)):  # noqa: SLF001
        properties = element.get_or_add_trPr()
        properties.append(parts.element("cantSplit"))
        if number < heads:
            properties.append(parts.element("tblHeader"))
        for cell, width in zip(row, widths, strict=True):
            cell.width, cell.vertical_alignment = width, WD_ALIGN_VERTICAL.CENTER
            paragraph = cell.paragraphs[0]
            paragraph._p.style = style  # noqa: SLF001
            if together and number < len(rows) - 1:
                paragraph.paragraph_format.keep_with_next = True
    return rows


def _rows(made: Any) -> list[list[Any]]:
    from docx.table import _Cell  # noqa: PLC0415 - one object for each cell, not a grid for each access

    return [[_Cell(element, made) for element in row.tc_lst] for row in made._tbl.tr_lst]  # noqa: SLF001


def _groups(row: list[Any], table: Table) -> None:
    begin = 0
    for group in table.groups:
        cell = row[begin] if group.span == 1 else row[begin].merge(row[begin + group.span - 1])
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(group.title).bold = True
        parts.cell_look(cell, fill=HEAD_FILL, top=HEAD_LINE, bottom=HEAD_LINE if group.title else "")
        begin += group.span


def _head(row: list[Any], table: Table) -> None:
    for cell, column in zip(row, table.columns, strict=True):
        cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.keep_with_next = True
        if column.kind in FIGURES:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.add_run(column.title).bold = True
        if column.unit:
            unit = paragraph.add_run(f"\n{column.unit}")
            unit.font.size, unit.font.color.rgb = Pt(7.5), MUTED
        parts.cell_look(cell, fill=HEAD_FILL, top="" if table.groups else HEAD_LINE, bottom=HEAD_LINE, heavy=True)


def _cell(writer: Writer, target: Any, cell: Cell, column: Column, *, slot: int, total: bool) -> None:
    paragraph = target.paragraphs[0]
    if column.kind in FIGURES:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if isinstance(cell.value, LevelMark) and cell.state is CellState.VALUE:
        writer.mark(paragraph, cell.value)
    else:
        run = paragraph.add_run(writer.layout.cell(cell, column))
        run.bold = True if total or cell.strong else None
        if cell.state is not CellState.VALUE:
            run.font.color.rgb = MUTED
    writer.cite(paragraph, cell.refs)
    if slot > len(cell.refs):
        # As wide as the references of its neighbours, so that the figures stay in line.
        paragraph.add_run("\u3000\u2002" * (slot - len(cell.refs))).font.superscript = True
    parts.cell_look(target, fill=TOTAL_FILL if total else "", top=HEAD_LINE if total else "", bottom=ROW_LINE)
