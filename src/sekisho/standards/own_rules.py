"""An organization's own rules as XLSX: the template, and a reader that collects every error with its row and column.

The file is anybody's: it is refused before it is opened when its ZIP directory says that it unpacks to too much, and cells
are read one row at a time. Formulas are refused (what they show depends on who opened the file last).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl

from sekisho.errors import InputError, Problem
from sekisho.standards._own_rules_form import ABOUT, COLUMNS, MAX_ROWS, REQUIRED, SHEETS, template_xlsx
from sekisho.standards.model import SUBJECT_KINDS, Catalog, Mapping, Requirement, Source, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_ROWS", "read_own_rules", "template_xlsx"]

MAX_BYTES = 20_000_000
# openpyxl looks through a whole sheet that does not state its size: about 0.3 s for each MB.
MAX_UNPACKED = 50_000_000
_MAX_MEMBERS = 2_000
_MAX_COLUMNS = 60
_MAX_TEXT = 10_000
_MAX_PROBLEMS = 200
_ID = re.compile(
    r"[0-9A-Za-z\u3041-\u30ff\u3400-\u9fff々〇０-９Ａ-Ｚａ-ｚ][0-9A-Za-z\u3041-\u30ff\u3400-\u9fff々〇０-９Ａ-Ｚａ-ｚ._()（）/\-]{0,63}"
)

_YES = {"", "○", "〇", "はい", "する", "yes", "y", "true", "1"}
_NO = {"×", "✕", "いいえ", "しない", "no", "n", "false", "0"}
_HEADING_ROW = 1


@dataclass(slots=True)
class _Reading:
    """What is gathered while reading one file."""

    filename: str
    problems: list[Problem] = field(default_factory=list)

    def problem(self, code: str, row: int | None = None, column: str = "", **fields: Any) -> None:
        """Keep one problem with its row (as the spreadsheet shows it) and column heading."""
        if len(self.problems) <= _MAX_PROBLEMS:
            self.problems.append(Problem(f"standards.{code}", fields, self.filename, row, column))

    def stop(self) -> None:
        """Raise all that was gathered; does nothing when there is none."""
        if self.problems:
            count = len(self.problems)
            shown = self.problems[:_MAX_PROBLEMS]
            if count > _MAX_PROBLEMS:
                shown.append(Problem("standards.too_many_problems", {"limit": _MAX_PROBLEMS}, self.filename))
            raise InputError("standards.xlsx_bad", problems=tuple(shown), filename=self.filename, count=count)


def read_own_rules(untrusted_bytes: bytes, filename: str) -> Catalog:
    """The catalogue in a filled-in template, whichever its language.

    Raises:
        InputError: with every problem as (file, row, column, expected): not a ZIP or half of one, unpacks to over 50 MB,
            sheet or column missing, formula or error cells, double ids, missing title, unknown parent, cycle, over 5,000 rows.
    """
    reading = _Reading(filename)
    _check_container(reading, untrusted_bytes)
    about, rows = _read_book(reading, untrusted_bytes)
    reading.stop()
    _check_rows(reading, rows)
    reading.stop()
    return _catalog(reading, about, rows)


def _check_container(reading: _Reading, untrusted: bytes) -> None:
    """Refuse what is too large, damaged or not a plain XLSX before any of it is interpreted."""
    if len(untrusted) > MAX_BYTES:
        reading.problem("file_too_large", size=len(untrusted), limit=MAX_BYTES)
    elif untrusted.startswith(b"\xd0\xcf\x11\xe0"):
        reading.problem("xlsx_encrypted")
    reading.stop()
    try:
        with zipfile.ZipFile(io.BytesIO(untrusted)) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > MAX_UNPACKED or len(members) > _MAX_MEMBERS:
                reading.problem("xlsx_bomb", size=size, limit=MAX_UNPACKED)
                reading.stop()
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as part:
                        start = part.read(4096)
                    if b"<!DOCTYPE" in start.replace(b"\0", b"") or b"<!ENTITY" in start.replace(b"\0", b""):
                        reading.problem("xlsx_doctype")
                        reading.stop()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
        reading.problem("xlsx_not_zip")
        reading.stop()


def _read_book(reading: _Reading, untrusted: bytes) -> tuple[dict[str, str], list[dict[str, Any]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(untrusted), read_only=True, data_only=False, keep_links=False)
        try:
            about_sheet, rules_sheet = (_sheet(reading, book, key) for key in SHEETS)
            about = _about(reading, about_sheet) if about_sheet else {}
            rows = _rows(reading, rules_sheet) if rules_sheet else []
        finally:
            book.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part leads to (KeyError, ValueError, lxml's own …)
        problem = Problem("standards.xlsx_unreadable", {}, reading.filename)
        raise InputError("standards.xlsx_bad", problems=(problem,), filename=reading.filename, count=1) from error
    return about, rows


def _sheet(reading: _Reading, book: Any, key: str) -> Any:
    for name in SHEETS[key]:
        if name in book.sheetnames:
            return book[name]
    reading.problem("xlsx_sheet_missing", expected=" / ".join(SHEETS[key]))
    return None


def _value(reading: _Reading, cell: Any, row: int, column: str) -> str:
    """A cell as text; notes what is not a plain value."""
    value, kind = cell.value, cell.data_type
    if value is None:
        return ""
    if kind == "f":
        reading.problem("xlsx_formula", row, column)
        return ""
    if kind == "e":
        reading.problem("xlsx_error_cell", row, column, value=str(value)[:40])
        return ""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if len(text) > _MAX_TEXT:
        reading.problem("xlsx_too_long", row, column, length=len(text), limit=_MAX_TEXT)
        return ""
    return text.replace("\r\n", "\n").strip()


def _cells(sheet: Any, limit: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows with their number; the sheet's own claim about its size is not believed."""
    sheet.reset_dimensions()
    yield from enumerate(sheet.iter_rows(max_row=limit, max_col=_MAX_COLUMNS), 1)


def _about(reading: _Reading, sheet: Any) -> dict[str, str]:
    keys = {name: key for key, names in ABOUT.items() for name in names}
    about: dict[str, str] = {}
    for number, cells in _cells(sheet, 50):
        name = _value(reading, cells[0], number, "A") if cells else ""
        if name in keys and len(cells) > 1:
            about[keys[name]] = _value(reading, cells[1], number, name)
    for key in ("id", "title"):
        if not about.get(key):
            reading.problem("xlsx_required", None, ABOUT[key][0], expected=" / ".join(ABOUT[key]))
    if about.get("id") and not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", about["id"]):
        reading.problem("xlsx_bad_value", None, ABOUT["id"][0], value=about["id"][:64], expected="a-z 0-9 _")
    return about


def _headings(reading: _Reading, cells: tuple[Any, ...]) -> dict[int, tuple[str, str]]:
    """Column index → (key, heading as written)."""
    keys = {name: key for key, names in COLUMNS.items() for name in names}
    found: dict[int, tuple[str, str]] = {}
    for index, cell in enumerate(cells):
        heading = _value(reading, cell, _HEADING_ROW, str(index + 1)).removesuffix("*").strip()
        key = keys.get(heading)
        if key is None:
            continue
        if key in {k for k, _ in found.values()}:
            reading.problem("xlsx_heading_twice", _HEADING_ROW, heading, heading=heading)
        found[index] = (key, heading)
    for key in REQUIRED:
        if key not in {k for k, _ in found.values()}:
            reading.problem("xlsx_heading_missing", _HEADING_ROW, expected=" / ".join(COLUMNS[key]))
    return found


def _rows(reading: _Reading, sheet: Any) -> list[dict[str, Any]]:
    headings: dict[int, tuple[str, str]] = {}
    rows: list[dict[str, Any]] = []
    for number, cells in _cells(sheet, MAX_ROWS + 2):
        if number == _HEADING_ROW:
            headings = _headings(reading, cells)
            if not set(REQUIRED) <= {key for key, _ in headings.values()}:
                return []
            continue
        if number > MAX_ROWS + 1:
            reading.problem("xlsx_too_many_rows", number, limit=MAX_ROWS)
            break
        row = _row(reading, cells, headings, number)
        if row is not None:
            rows.append(row)
    if not rows and not reading.problems:
        reading.problem("xlsx_empty")
    return rows


def _row(reading: _Reading, cells: tuple[Any, ...], headings: dict[int, tuple[str, str]], number: int) -> dict[str, Any] | None:
    row: dict[str, Any] = {"number": number, "column": dict(headings.values())}
    filled = False
    for index, (key, heading) in headings.items():
        cell = cells[index] if index < len(cells) else None
        if cell is not None and key in {"id", "parent"} and isinstance(cell.value, float):
            # 1.1 and 1.10 are one number to a spreadsheet; whole numbers are safe but come as int.
            reading.problem("xlsx_number_id", number, heading, value=str(cell.value))
            row[key], filled = "", True
            continue
        row[key] = _value(reading, cell, number, heading) if cell is not None else ""
        filled = filled or bool(row[key]) or (cell is not None and cell.value is not None)
    return row if filled else None


def _check_rows(reading: _Reading, rows: list[dict[str, Any]]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        number, column = row["number"], row["column"]
        for key in REQUIRED:
            if not row[key]:
                reading.problem("xlsx_required", number, column[key], expected=column[key])
        if row["id"] and not _ID.fullmatch(row["id"]):
            reading.problem("xlsx_bad_id", number, column["id"], value=row["id"][:80])
        elif row["id"] in first:
            reading.problem("duplicate_id", number, column["id"], id=row["id"])
        elif row["id"]:
            first[row["id"]] = number
        _check_values(reading, row)
    parents = {row["id"]: row.get("parent", "") for row in rows}
    for row in rows:
        parent = row.get("parent", "")
        if parent and parent not in first:
            reading.problem("unknown_parent", row["number"], row["column"]["parent"], id=row["id"], parent=parent[:64])
        elif parent and _in_cycle(row["id"], parents):
            reading.problem("parent_cycle", row["number"], row["column"]["parent"], id=row["id"])


def _in_cycle(start: str, parents: dict[str, str]) -> bool:
    """Whether following parents from ``start`` comes back to it."""
    seen, at = {start}, parents.get(start, "")
    while at and at not in seen:
        seen.add(at)
        at = parents.get(at, "")
    return at == start and bool(at)


def _check_values(reading: _Reading, row: dict[str, Any]) -> None:
    number, column = row["number"], row["column"]
    kinds = {name: kind for kind, text in SUBJECT_KINDS.items() for name in (kind, text.ja, text.en.casefold())}
    chosen = []
    for word in _words(row.get("applies_to", "")):
        kind = kinds.get(word) or kinds.get(word.casefold())
        if kind is None:
            reading.problem("xlsx_bad_value", number, column["applies_to"], value=word[:64], expected=", ".join(SUBJECT_KINDS))
        else:
            chosen.append(kind)
    row["kinds"] = tuple(dict.fromkeys(chosen)) or ("organization",)
    answer = row.get("assessable", "").casefold()
    if answer not in _YES | _NO:
        reading.problem("xlsx_bad_value", number, column["assessable"], value=answer[:64], expected="○, ×, yes, no")
    row["assessed"] = answer in _YES
    row["ties"] = tuple(dict.fromkeys(_words(row.get("annex_a_2022", ""))))
    for tie in row["ties"]:
        if tie not in _annex_a_ids():
            fields = {"id": row["id"], "catalog": "annex_a_2022", "target": tie[:64]}
            reading.problem("unknown_mapping", number, column["annex_a_2022"], **fields)


def _annex_a_ids() -> frozenset[str]:
    from sekisho.standards.catalog import catalog  # noqa: PLC0415 - only files that map to Annex A need it

    return frozenset(r.id for r in catalog("annex_a_2022").requirements)


def _words(text: str) -> list[str]:
    return [word.strip() for word in re.split(r"[,、，;；\n]", text) if word.strip()]


def _text(row: dict[str, Any], key: str, fallback: str) -> Text:
    ja = row.get(key) or fallback
    return Text(ja, row.get(f"{key}_en") or ja)


def _catalog(reading: _Reading, about: dict[str, str], rows: list[dict[str, Any]]) -> Catalog:
    unit_word = about.get("unit") or "規程"
    unit = Text(unit_word, unit_word)
    issuer = about.get("issuer") or about["title"]
    requirements = tuple(
        Requirement(
            id=row["id"],
            parent=row.get("parent") or None,
            title=_text(row, "title", row["id"]),
            summary=_text(row, "summary", row["title"]),
            unit=unit,
            position=position,
            applies_to=row["kinds"],
            assessable=row["assessed"],
            responsible=tuple(Text(word, word) for word in _words(row.get("responsible", ""))),
            mappings=(Mapping("annex_a_2022", row["ties"], "related", "user"),) if row["ties"] else (),
            note=Text(row["note"], row["note"]) if row.get("note") else None,
            confidence="high",
            verified={"all": "user"},
        )
        for position, row in enumerate(rows)
    )
    return Catalog(
        id=about["id"],
        edition=about.get("edition") or "1",
        title=Text(about["title"], about["title"]),
        issuer=Text(issuer, issuer),
        unit=unit,
        status="current",
        source=Source((Path(reading.filename).name,)),
        confidence="high",
        confidence_note=Text("組織自身の規程として取り込んだもの。", "Imported as the organization's own rules."),
        requirements=requirements,
    )
