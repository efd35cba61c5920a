"""XLSX: an overview sheet, one sheet for each table and chart, and the list of references.

Strings are always written as strings, never as formulas, and those that look like one bear the quote prefix, so that editing the
cell does not turn them into one either. A level is stored as its plain word (松, 未測定), its strokes are a number format:
filters and COUNTIF work on the word.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from sekisho.documents.layout import STROKES, Layout, chart_table, lay_out, look
from sekisho.documents.model import Cell, CellState, Chart, Column, ColumnKind, Document, LevelMark, Picture, Table
from sekisho.documents.pictures import picture_scale, picture_size, svg_to_png
from sekisho.documents.tables import natural_widths
from sekisho.errors import InputError

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

__all__ = ["render_xlsx"]

LONGEST: Final = 32_767
MOST_ROWS: Final = 1_048_000
NAME_LENGTH: Final = 31
EXACT_INTEGER: Final = 10**15
HEAD_ROW: Final = 3
MOST_REFERENCES: Final = 4
MOST_LINKS: Final = 60_000
A4: Final = 9
WIDEST: Final = 60
EXCEL_EPOCH: Final = dt.date(1900, 3, 1)
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_LIKE_FORMULA = re.compile(r"[=+\-@\t\n|%]|[＝＋－＠]")
MARKS: Final[dict[str, dict[str, Any]]] = {
    "matsu": {"bg_color": "#0017C1", "font_color": "#FFFFFF"},
    "take": {"bg_color": "#C5D7FB", "font_color": "#000060"},
    "ume": {"font_color": "#00118F", "border": 1, "border_color": "#0017C1"},
    "none": {"font_color": "#4D4D4D"},
    "unmeasured": {"font_color": "#4D4D4D", "border": 3, "border_color": "#767676"},
    "not-applicable": {"font_color": "#4D4D4D", "bg_color": "#F2F2F2"},
}


def render_xlsx(document: Document) -> bytes:
    """The document as a workbook; the same bytes for the same document."""
    layout = lay_out(document)
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    workbook = xlsxwriter.Workbook(target, options)
    workbook.set_properties(
        {
            "title": document.title,
            "author": document.organization,
            "company": document.organization,
            # Excel stores no zone: the moment's own wall clock.
            "created": document.as_of.replace(tzinfo=None),
        }
    )
    _Writer(workbook, layout).write()
    workbook.close()
    return target.getvalue()


class _Writer:
    def __init__(self, workbook: Any, layout: Layout) -> None:
        self.workbook = workbook
        self.layout = layout
        self.formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self.names: set[str] = set()
        self.links = 0
        self.cut = 0
        self.reference_sheet = ""

    def style(self, **properties: Any) -> Format:
        base = {"font_name": "游ゴシック", "font_size": 10, "valign": "top", **properties}
        key = tuple(sorted((k, str(v)) for k, v in base.items()))
        if key not in self.formats:
            self.formats[key] = self.workbook.add_format(base)
        return self.formats[key]

    def name(self, wanted: str) -> str:
        """A sheet name that Excel takes and that is not in use (it compares without case)."""
        plain = _NOT_IN_NAMES.sub(" ", " ".join(wanted.split())).strip("' ") or "Sheet"
        for number in range(1, len(self.names) + 3):
            tail = f" ({number})" if number > 1 else ""
            size = NAME_LENGTH - len(tail)
            while len(plain[:size].encode("utf-16-le")) // 2 + len(tail) > NAME_LENGTH:
                size -= 1
            name = plain[:size].strip("' ") + tail
            if name.casefold() not in self.names and name.casefold() != "history":
                break
        self.names.add(name.casefold())
        return name

    def text(self, sheet: Worksheet, row: int, column: int, text: str, **properties: Any) -> None:
        """Write a string as a string, whatever it looks like."""
        if len(text) > LONGEST:
            text = text[: LONGEST - 1] + "…"
            self.cut += 1
        if _LIKE_FORMULA.match(text):
            properties["quote_prefix"] = True
        sheet.write_string(row, column, text, self.style(**properties))

    def write(self) -> None:
        overview = self.workbook.add_worksheet(self.name(self.layout.text("overview")))
        # The sheet of references comes last but its name is needed by the links.
        self.reference_sheet = self.name(self.layout.text("provenance"))
        listed = []
        for index, block in enumerate(self.layout.blocks):
            # A chart without a table of its own stands before the table that holds its figures.
            if isinstance(block, Table) or (isinstance(block, Chart) and block.with_table):
                table = block if isinstance(block, Table) else chart_table(block, self.layout)
                caption = self.layout.captions.get(index, "") or table.name
                name = self.name(table.name or block.caption or caption)
                self.table(self.workbook.add_worksheet(name), table, caption)
                listed.append((name, caption, len(table.rows)))
            elif isinstance(block, Picture):
                name = self.name(block.caption)
                self.picture(self.workbook.add_worksheet(name), block, self.layout.captions[index])
                listed.append((name, self.layout.captions[index], 1))
        self.references(self.workbook.add_worksheet(self.reference_sheet))
        listed.append((self.reference_sheet, self.layout.text("provenance"), len(self.layout.cited)))
        self.overview(overview, listed)
        overview.activate()

    def page(self, sheet: Worksheet, *, repeat: int) -> None:
        """A4 landscape, one page wide, heads repeated, numbered."""
        document = self.layout.document
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        sheet.repeat_rows(0, repeat)
        words = f"{document.organization}  {document.title}".replace("\n", " ")[:100].replace("&", "&&")
        fictional = f"&R&8{self.layout.text('fictional')}" if document.fictional else ""
        sheet.set_header(f"&L&8{words}{fictional}")
        sheet.set_footer("&C&8&P / &N")

    def heading(self, sheet: Worksheet, caption: str) -> None:
        document = self.layout.document
        self.text(sheet, 0, 0, caption, bold=True, font_size=14, font_color="#1A1A1A")
        words = f"{document.organization}  {self.layout.text('as_of')} {self.layout.moment(document.as_of)}"
        words += f"  {self.layout.text('fictional')}" if document.fictional else ""
        words += f"  {self.layout.watermark}" if self.layout.watermark else ""
        self.text(sheet, 1, 0, words, font_color="#595959", font_size=9)

    def overview(self, sheet: Worksheet, listed: list[tuple[str, str, int]]) -> None:
        document, text = self.layout.document, self.layout.text
        self.heading(sheet, document.title)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 70)
        sheet.set_column(2, 2, 10)
        row = 3
        pairs = [(text("content"), document.subtitle)] if document.subtitle else []
        for key, value in [*pairs, *self.layout.facts(), *document.metadata.items()]:
            self.text(sheet, row, 0, key, bold=True, text_wrap=True, bottom=1, bottom_color="#CCCCCC")
            self.text(sheet, row, 1, value, text_wrap=True, bottom=1, bottom_color="#CCCCCC")
            row += 1
        row += 1
        for column, name in enumerate(("sheet", "content", "rows")):
            self.text(sheet, row, column, text(name), **_HEAD)
        for name, caption, rows in listed:
            row += 1
            target = name.replace("'", "''")
            link = self.style(font_color="#00118F", underline=1)
            sheet.write_url(row, 0, f"internal:'{target}'!A1", link, name)
            self.text(sheet, row, 1, caption, text_wrap=True)
            sheet.write_number(row, 2, rows, self.style(num_format="#,##0"))
        if self.cut:
            self.text(sheet, row + 2, 0, text("cut_cells", count=self.cut, limit=LONGEST), font_color="#C74700")
        self.page(sheet, repeat=1)

    def table(self, sheet: Worksheet, table: Table, caption: str) -> None:
        if len(table.rows) > MOST_ROWS:
            raise InputError("documents.too_many_rows", table=caption, rows=len(table.rows), limit=MOST_ROWS)
        self.heading(sheet, caption)
        head = HEAD_ROW + (1 if table.groups else 0)
        self.groups(sheet, table)
        widths = natural_widths(table, self.layout)
        for number, column in enumerate(table.columns):
            title = f"{column.title}\n（{column.unit}）" if column.unit else column.title
            self.text(sheet, head, number, title, **_HEAD, align=_ALIGN[column.kind])
            sheet.set_column(number, number, min(max(widths[number][1] + 3, 9), WIDEST))
        references = min(max((len(_references(row)) for row in table.rows), default=0), MOST_REFERENCES)
        for number in range(references):
            self.text(sheet, head, len(table.columns) + number, self.layout.text("reference"), **_HEAD)
            sheet.set_column(len(table.columns) + number, len(table.columns) + number, 26)
        for number, row in enumerate(table.rows, head + 1):
            total = table.total and number == head + len(table.rows)
            for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                self.cell(sheet, number, place, cell, column, total=total)
            self.cite(sheet, number, table, row, room=references)
        last = head + max(len(table.rows), 1)
        if table.rows:
            end = last - 1 if table.total and len(table.rows) > 1 else last
            sheet.autofilter(head, 0, end, len(table.columns) + references - 1)
        else:
            self.text(sheet, head + 1, 0, table.empty or self.layout.text("empty_table"), font_color="#595959")
        for number, note in enumerate(table.notes, last + 2):
            self.text(sheet, number, 0, f"※ {note}", font_color="#4D4D4D", font_size=9)
        sheet.freeze_panes(head + 1, 1 if table.row_header else 0)
        self.page(sheet, repeat=head)

    def picture(self, sheet: Worksheet, picture: Picture, caption: str) -> None:
        """A picture on its own sheet, with its words above it."""
        self.heading(sheet, caption)
        self.text(sheet, HEAD_ROW - 1, 0, picture.alternative, font_color="#4D4D4D", font_size=9)
        scale = picture_scale(*picture_size(picture.svg))
        data = io.BytesIO(svg_to_png(picture.svg, scale=scale))
        options = {"image_data": data, "x_scale": 1 / scale, "y_scale": 1 / scale, "description": picture.alternative[:255]}
        sheet.insert_image(HEAD_ROW, 0, "picture.png", options)
        self.page(sheet, repeat=1)

    def groups(self, sheet: Worksheet, table: Table) -> None:
        begin = 0
        for group in table.groups:
            style = self.style(**{**_HEAD, "align": "center"})
            if group.span > 1:
                sheet.merge_range(HEAD_ROW, begin, HEAD_ROW, begin + group.span - 1, "", style)
            sheet.write_string(HEAD_ROW, begin, group.title[:LONGEST], style)
            begin += group.span

    def cell(self, sheet: Worksheet, row: int, place: int, cell: Cell, column: Column, *, total: bool) -> None:
        style: dict[str, Any] = {"bottom": 1, "bottom_color": "#E6E6E6", "text_wrap": True, "align": _ALIGN[column.kind]}
        if total:
            style |= {"bold": True, "top": 1, "top_color": "#949494", "bg_color": "#F5F7FE"}
        if cell.strong:
            style["bold"] = True
        value = cell.value
        if cell.state is not CellState.VALUE:
            self.text(sheet, row, place, self.layout.cell(cell, column), **style, font_color="#595959")
        elif value is None:
            sheet.write_blank(row, place, None, self.style(**style))
        elif isinstance(value, LevelMark):
            self.level(sheet, row, place, value, style)
        elif column.kind is ColumnKind.DATE and isinstance(value, str):
            self.date(sheet, row, place, value, style)
        elif isinstance(value, str) or abs(value) >= EXACT_INTEGER:
            # Excel keeps fifteen digits; a longer number stays whole only as text.
            self.text(sheet, row, place, self.layout.cell(cell, column), **style)
        else:
            sheet.write_number(row, place, value, self.style(**style, num_format=_number_format(value, column)))

    def level(self, sheet: Worksheet, row: int, place: int, mark: LevelMark, style: dict[str, Any]) -> None:
        seen = look(mark, self.layout.language)
        strokes = "■" * seen.filled + "□" * (STROKES - seen.filled)
        shown = f'@" {strokes}"' if mark.level is not None else "@"
        self.text(sheet, row, place, seen.label, **{**style, **MARKS[seen.style], "num_format": shown, "text_wrap": False})

    def date(self, sheet: Worksheet, row: int, place: int, value: str, style: dict[str, Any]) -> None:
        day = dt.date.fromisoformat(value[:10]) if value else None
        if day is None or day < EXCEL_EPOCH:
            self.text(sheet, row, place, self.layout.date(value), **style)
            return
        document = self.layout.document
        shown = "yyyy-mm-dd"
        if document.language == "ja":
            shown = '[$-411]ggge"年"m"月"d"日"' if document.era else 'yyyy"年"m"月"d"日"'
        moment = dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a date cell has no zone
        sheet.write_datetime(row, place, moment, self.style(**style, num_format=shown))

    def cite(self, sheet: Worksheet, row: int, table: Table, cells: tuple[Cell, ...], *, room: int) -> None:
        """One column for each reference; what goes beyond the room stands as words in the last."""
        pairs = _references(cells)
        columns = {place for place, _ in pairs}
        words = []
        for place, identifier in pairs:
            reference = self.layout.cited[self.layout.number(identifier) - 1]
            before = f"{table.columns[place].title}：" if len(columns) > 1 else ""
            words.append(f"{before}{self.layout.mark(identifier)} {reference.label}")
        for number, (_, identifier) in enumerate(pairs[:room]):
            label = words[number] if number < room - 1 else " / ".join(words[number:])
            self.link(sheet, row, len(cells) + number, identifier, label[:255])

    def link(self, sheet: Worksheet, row: int, column: int, identifier: str, label: str) -> None:
        number = self.layout.number(identifier)
        url = self.layout.address(self.layout.cited[number - 1].url)
        sheet_name = self.reference_sheet.replace("'", "''")
        target = url if ":" in url else f"internal:'{sheet_name}'!A{HEAD_ROW + 1 + number}"
        self.links += 1
        style = self.style(font_color="#00118F", underline=1, text_wrap=True, bottom=1, bottom_color="#E6E6E6")
        # Excel refuses sheets with more than 65,530 links and links longer than 2,079 characters: the label still says where.
        if self.links > MOST_LINKS or sheet.write_url(row, column, target, style, label) < 0:
            self.text(sheet, row, column, label, text_wrap=True)

    def references(self, sheet: Worksheet) -> None:
        text = self.layout.text
        self.heading(sheet, text("provenance"))
        for column, (name, width) in enumerate(
            (("number", 8), ("label", 44), ("explanation", 50), ("address", 50), ("hash", 70))
        ):
            self.text(sheet, HEAD_ROW, column, text(name), **_HEAD)
            sheet.set_column(column, column, width)
        for number, reference in enumerate(self.layout.cited, 1):
            row = HEAD_ROW + number
            url = self.layout.address(reference.url)
            for column, value in enumerate(
                (self.layout.mark(reference.id), reference.label, reference.text, url, reference.sha256)
            ):
                self.text(sheet, row, column, value, text_wrap=True, bottom=1, bottom_color="#E6E6E6")
            if ":" in url:
                sheet.write_url(row, 3, url, self.style(font_color="#00118F", underline=1, text_wrap=True), url[:LONGEST])
        if self.layout.cited:
            sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(self.layout.cited), 4)
        sheet.freeze_panes(HEAD_ROW + 1, 1)
        self.page(sheet, repeat=HEAD_ROW)


_HEAD: Final[dict[str, Any]] = {
    "bold": True,
    "bg_color": "#F2F2F2",
    "bottom": 2,
    "bottom_color": "#949494",
    "text_wrap": True,
    "valign": "bottom",
}
_ALIGN: Final = {
    ColumnKind.TEXT: "left",
    ColumnKind.NUMBER: "right",
    ColumnKind.PERCENT: "right",
    ColumnKind.DATE: "left",
    ColumnKind.LEVEL: "left",
}


def _references(cells: tuple[Cell, ...]) -> list[tuple[int, str]]:
    """(column, reference id) of a row; one reference of several columns counts once."""
    first: dict[str, int] = {}
    for place, cell in enumerate(cells):
        for identifier in cell.refs:
            first.setdefault(identifier, place)
    return [(place, identifier) for identifier, place in first.items()]


def _number_format(value: float, column: Column) -> str:
    percent = column.kind is ColumnKind.PERCENT
    digits = column.digits
    if digits is None:
        digits = 1 if percent else 0 if float(value).is_integer() else 2
    tail = "." + "0" * digits if digits else ""
    return f"0{tail}%" if percent else f"#,##0{tail}"
