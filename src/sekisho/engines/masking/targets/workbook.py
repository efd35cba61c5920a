"""A workbook as target: each table a sheet; text stays text (never a formula, a number or a link)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from sekisho.engines.masking.tables import Table
from sekisho.engines.masking.targets.writing import FileWriter, rows_problem, too_long
from sekisho.errors import InputError, Problem

__all__ = ["WorkbookWriter"]

_ROWS: Final = 1_048_576
_CELL: Final = 32_767
_SHEET: Final = 31
_DIGITS: Final = 15  # that many Excel keeps
_EXACT: Final = 10**_DIGITS
_FIRST_DAY: Final = dt.date(1900, 1, 1)
_NAME: Final = re.compile(r"[^\[\]:*?/\\']{1,31}")
_FORMATS: Final = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss"}


class WorkbookWriter(FileWriter):
    """Rows go to disk as they come. Numbers of more than 15 digits and days before 1900, which Excel does not have, are text."""

    def __init__(self, path: Path) -> None:
        """Begin the file; what is written meanwhile lies in the same folder."""
        options = {"constant_memory": True, "tmpdir": str(path.parent), "remove_timezone": True}
        strings = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(path, {**options, **strings})
        self._book.set_properties({"author": "", "created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001 - the same bytes each time
        self._formats = {name: self._book.add_format({"num_format": one}) for name, one in _FORMATS.items()}
        self._names: set[str] = set()
        self._sheet: Any = None
        self._table: Table | None = None
        self._row = 0

    def begin(self, table: Table) -> None:
        """Begin a sheet. Raises InputError where the table's name cannot be one."""
        if not _NAME.fullmatch(table.name) or table.name.casefold() in self._names:
            problem = Problem("masking_runs.sheet_name", {"table": table.name, "limit": _SHEET}, table.place)
            raise InputError("masking_runs.cells_refused", problems=(problem,), table=table.name, count=1)
        self._names.add(table.name.casefold())
        self._sheet, self._table = self._book.add_worksheet(table.name), table
        for place, one in enumerate(table.columns):
            self._sheet.write_string(0, place, one.name)
        self._row = 1

    def write(self, batch: pa.RecordBatch) -> None:
        """Rows. Raises InputError for what a sheet cannot hold."""
        assert self._table is not None
        first = self._row + 1
        if self._row + batch.num_rows > _ROWS:
            problem = Problem("masking_runs.sheet_full", {"limit": _ROWS - 1}, self._table.place, _ROWS)
            raise InputError("masking_runs.cells_refused", problems=(problem,), table=self._table.name, count=1)
        too_long(batch, self._table, first, lambda _name: _CELL)
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            self._refuse_others(array, name, first)
        columns = [array.to_pylist() for array in batch.columns]
        for offset in range(batch.num_rows):
            for place, values in enumerate(columns):
                if values[offset] is not None:
                    self._cell(self._row, place, values[offset])
            self._row += 1

    def _refuse_others(self, array: pa.Array, name: str, first: int) -> None:
        assert self._table is not None
        if pa.types.is_binary(array.type):
            raise rows_problem("masking_runs.no_bytes", pc.is_valid(array), self._table, name, first)
        if pa.types.is_floating(array.type):
            wrong = pc.fill_null(pc.invert(pc.is_finite(array)), False)  # noqa: FBT003 - Arrow's own signature
            if pc.any(wrong).as_py():
                raise rows_problem("masking_runs.not_finite", wrong, self._table, name, first)

    def _cell(self, row: int, place: int, value: Any) -> None:
        sheet = self._sheet
        if isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        elif isinstance(value, int | float | Decimal):
            long = len(value.as_tuple().digits) > _DIGITS if isinstance(value, Decimal) else abs(value) >= _EXACT
            if long and not isinstance(value, float):
                sheet.write_string(row, place, str(value))
            else:
                sheet.write_number(row, place, value)
        elif isinstance(value, dt.datetime | dt.date):
            day = value.date() if isinstance(value, dt.datetime) else value
            kind = "moment" if isinstance(value, dt.datetime) else "day"
            if day < _FIRST_DAY:
                sheet.write_string(row, place, value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat())
            else:
                sheet.write_datetime(row, place, value, self._formats[kind])
        elif isinstance(value, dt.time):
            sheet.write_datetime(row, place, value, self._formats["time"])
        else:
            sheet.write_string(row, place, value)

    def close(self, *, complete: bool) -> None:
        """Write the file; one that is given up is finished, too, so that its temporary files go."""
        if not complete and not self._names:
            self._book.add_worksheet()
        self._book.close()
