"""Tables in CSV files: every cell is text, exactly as it stands; an empty cell is NULL, ``""`` in quotes is empty text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from sekisho.engines.masking.dialect import LONGEST_ROW, detect, fault, headings
from sekisho.engines.masking.places import file_identity
from sekisho.engines.masking.tables import ColumnInfo, Dialect, Reading, Source, Table, resliced

__all__ = ["FORMULA", "CsvSource"]

FORMULA = r"^'*[=+\-@\t\r]"
"""Text that a spreadsheet takes for a formula, with any apostrophes that already stand before it."""


class CsvSource(Source):
    """One CSV file as one table."""

    kind = "csv"

    def __init__(self, path: Path, reading: Reading, name: str = "") -> None:
        """Look at encoding, separators and headings; no row is kept. Raises InputError ``masking_runs.file_bad``."""
        super().__init__(str(path))
        self._path, self._reading = path, reading
        self._dialect = detect(path, reading)
        names = headings(path, self._dialect)
        first = 2 if self._dialect.heading else 1
        columns = tuple(ColumnInfo(one, pa.string()) for one in names)
        self.tables = (Table(name or path.stem, columns, str(path), first, dialect=self._dialect),)

    def identities(self) -> frozenset[str]:
        """The file."""
        return frozenset({file_identity(self._path)})

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """See :meth:`Source.batches`. Raises InputError naming the row that has another number of cells or an open quote."""
        found = self.table(table)
        names = [one.name for one in found.columns]
        yield from resliced(self._read(names))

    def _read(self, names: list[str]) -> Iterator[pa.RecordBatch]:
        dialect = self._dialect
        try:
            for batch in _open(self._path, dialect, names):
                yield _unescaped(batch) if self._reading.unescape_formulas else batch
        except (pa.ArrowInvalid, UnicodeDecodeError):
            raise fault(self._path, dialect, len(names)) from None  # Arrow's own message shows the row's values


def _open(path: Path, dialect: Dialect, names: list[str]) -> csv.CSVStreamingReader:
    encoding = "utf-16" if dialect.encoding.startswith("utf-16") and dialect.bom else dialect.encoding
    encoding = "utf8" if encoding == "utf-8" else encoding
    return csv.open_csv(
        path,
        read_options=csv.ReadOptions(
            use_threads=False,
            block_size=LONGEST_ROW,
            column_names=names,
            skip_rows=0,
            skip_rows_after_names=int(dialect.heading),
            encoding=encoding,
        ),
        parse_options=csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True, ignore_empty_lines=len(names) > 1),
        convert_options=csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )


def _unescaped(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Take away the apostrophe that our own writer put before what looks like a formula."""
    arrays = []
    for array in batch.columns:
        marked = pc.match_substring_regex(array, r"^'+[=+\-@\t\r]")
        arrays.append(pc.if_else(marked, pc.utf8_slice_codeunits(array, 1), array) if pc.any(marked).as_py() else array)
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)
