"""Writing tables for Excel: XLSX with frozen headings, choices and A4 landscape; CSV in UTF-8 or CP932. No
cell becomes a formula.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sekisho.records.tabular.columns import Column

__all__ = ["CSV_TYPE", "XLSX_TYPE", "write_csv", "write_xlsx"]

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE: Final = "text/csv"
_A4: Final = 9
_TEMPLATE_ROWS: Final = 1000
_MOST_SHOWN: Final = 50
_CHOICES: Final = {"ja": "選択肢", "en": "Choices"}


def _plain(value: Any) -> Any:
    """A value as a cell can hold it; times lose their zone (they are shown in the installation's)."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float | str | date | datetime):
        return value
    return str(value)


def write_xlsx(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, title: str, language: str, template: bool = False
) -> bytes:
    """One sheet named ``title``. ``template``: empty rows with the validation lists, for filling in and importing."""
    english = language.startswith("en")
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, {**options, "remove_timezone": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#e8f1fe", "border": 1, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        number = book.add_format({"valign": "top"})
        sheet = book.add_worksheet(_sheet_name(title))
        for place, column in enumerate(columns):
            must = (" *" if english else " ※必須") if column.required and template else ""
            sheet.write_string(0, place, column.heading(language) + must, heading)
            sheet.set_column(place, place, column.width, plain if template else None)
        last = 0
        for last, row in enumerate(rows, 1):
            for place, column in enumerate(columns):
                value = _plain(column.shown(row.get(column.key), language))
                if isinstance(value, datetime):
                    sheet.write_datetime(last, place, value, moment)
                elif isinstance(value, date):
                    sheet.write_datetime(last, place, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a day
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(last, place, value, number)
                else:
                    sheet.write_string(last, place, str(value), plain)
        _validate(book, sheet, columns, rows=max(last, _TEMPLATE_ROWS if template else 1), language=language)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&C&P / &N")
        if last:
            sheet.autofilter(0, 0, last, len(columns) - 1)
    return buffer.getvalue()


def _sheet_name(title: str) -> str:
    return "".join("_" if c in "[]:*?/\\'" else c for c in title)[:31] or "Sheet1"


def _validate(book: Any, sheet: Any, columns: Sequence[Column], *, rows: int, language: str) -> None:
    """Lists of choices, kept on a sheet of their own (a list in the rule itself may not exceed 255 characters)."""
    listed = [(place, column) for place, column in enumerate(columns) if column.choices]
    if not listed:
        return
    name = _CHOICES["en" if language.startswith("en") else "ja"]
    lists = book.add_worksheet(name)
    lists.hide()
    for at, (place, column) in enumerate(listed):
        for line, choice in enumerate(column.choices):
            lists.write_string(line, at, choice.en if language.startswith("en") else choice.ja)
        letter = xl_col_to_name(at)
        source = f"='{name}'!${letter}$1:${letter}${len(column.choices)}"
        sheet.data_validation(1, place, rows, place, {"validate": "list", "source": source, "ignore_blank": True})


def write_csv(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, language: str, encoding: str = "utf-8-sig", name: str = ""
) -> bytes:
    """CSV with a heading. ``encoding``: "utf-8-sig" or "cp932"; cells that CP932 cannot hold are reported, never replaced.

    Raises InputError ``tabular.unencodable`` naming every such cell. Text that Excel would take for a formula gets a
    ``'`` before it,
    which :func:`read_table` takes away again.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([c.heading(language) for c in columns])
    problems: list[Problem] = []
    for number, row in enumerate(rows, 2):
        cells = [_csv_cell(column.shown(row.get(column.key), language)) for column in columns]
        if encoding == "cp932":
            for column, cell in zip(columns, cells, strict=True):
                if wrong := "".join(c for c in cell if not _encodable(c)):
                    where = {"characters": wrong[:20]}
                    problems.append(Problem("tabular.unencodable_cell", where, name, number, column.heading(language)))
        writer.writerow(cells)
    if problems:
        raise InputError("tabular.unencodable", problems=tuple(problems[:_MOST_SHOWN]), count=len(problems))
    return buffer.getvalue().encode(encoding)


def _encodable(character: str) -> bool:
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _csv_cell(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, datetime):
        return plain.isoformat(sep=" ", timespec="minutes")
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float | date):
        return str(plain)
    text = str(plain)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
