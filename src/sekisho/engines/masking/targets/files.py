"""Writers of single files: one table of CSV, Parquet or JSON lines each; a workbook takes several."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from sekisho.engines.masking.tables import Dialect, Table
from sekisho.engines.masking.targets.csvtext import formula_cells, heading, lines, marked, words
from sekisho.engines.masking.targets.writing import FileWriter, Target, Writing, rows_problem

__all__ = ["CsvWriter", "JsonLinesWriter", "ParquetWriter", "text_bytes"]

_BOMS: Final = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


class CsvWriter(FileWriter):
    """CSV in the dialect of its source, or in UTF-8 with CRLF."""

    def __init__(self, path: Path, table: Table, how: Writing, target: Target) -> None:
        """Begin the file. Raises InputError where the headings cannot be said in the encoding."""
        self._table, self._how, self._target = table, how, target
        self._dialect = how.dialect or table.dialect or Dialect(bom=True)
        self._row = 2 if self._dialect.heading else 1
        self._file = path.open("xb")
        with self._closing_on_error():
            if self._dialect.bom:
                self._file.write(_BOMS[self._dialect.encoding])
            if self._dialect.heading:
                names = pa.array([one.name for one in table.columns])
                for number, name in enumerate(names):
                    self._encoded(pa.array([name.as_py()]), [(table.columns[number].name, pa.array([name.as_py()]))], 1)
                self._file.write(heading(names.to_pylist(), **self._style()).encode(self._dialect.encoding))

    def _style(self) -> dict[str, Any]:
        return {
            "delimiter": self._dialect.delimiter,
            "newline": self._dialect.newline,
            "quote_all": self._dialect.quote_all,
        }

    @contextlib.contextmanager
    def _closing_on_error(self) -> Any:
        try:
            yield
        except BaseException:
            self._file.close()
            raise

    def write(self, batch: pa.RecordBatch) -> None:
        """Rows. Raises InputError naming the cells that the encoding cannot hold."""
        columns = []
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            text = words(array)
            if pa.types.is_string(array.type) and self._how.formulas != "keep":
                text = self._guarded(text, name)
            columns.append(text)
        rows = lines(columns, **self._style())
        self._file.write(self._encoded(rows, list(zip(batch.schema.names, columns, strict=True)), self._row))
        self._row += batch.num_rows

    def _guarded(self, text: pa.Array, name: str) -> pa.Array:
        if self._how.formulas == "refuse":
            found = pc.fill_null(formula_cells(text), False)  # noqa: FBT003 - Arrow's own signature
            if pc.any(found).as_py():
                raise rows_problem("masking_runs.formula_like", found, self._table, name, self._row)
            return text
        text, count = marked(text)
        self._target.note("formula_like", count)
        return text

    def _encoded(self, rows: pa.Array, columns: list[tuple[str, pa.Array]], first: int) -> bytes:
        data = text_bytes(rows)
        if self._dialect.encoding == "utf-8":
            return data
        try:
            return data.decode("utf-8").encode(self._dialect.encoding)
        except UnicodeEncodeError:
            pass
        for name, array in columns:
            wrong = pa.array([one is not None and not _fits(one, self._dialect.encoding) for one in array.to_pylist()])
            if pc.any(wrong).as_py():
                fields = {"encoding": self._dialect.encoding.upper()}
                raise rows_problem("masking_runs.unencodable", wrong, self._table, name, first, **fields)
        raise AssertionError  # one of the cells did not fit

    def close(self, *, complete: bool) -> None:
        """Close the file."""
        del complete
        self._file.close()


def text_bytes(rows: pa.Array) -> bytes:
    """The texts of a column one after another."""
    _, offsets, data = rows.buffers()
    if data is None or not len(rows):
        return b""
    whole = memoryview(offsets)
    places = whole.cast("q") if pa.types.is_large_string(rows.type) else whole.cast("i")
    return bytes(memoryview(data)[places[rows.offset] : places[rows.offset + len(rows)]])


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class ParquetWriter(FileWriter):
    """Parquet, compressed; nothing of the source's own metadata goes along."""

    def __init__(self, path: Path, table: Table) -> None:
        """Begin the file."""
        self._writer = parquet.ParquetWriter(path, table.schema, compression="zstd")

    def write(self, batch: pa.RecordBatch) -> None:
        """Rows."""
        self._writer.write_batch(batch)

    def close(self, *, complete: bool) -> None:
        """Write the footer."""
        del complete
        self._writer.close()


class JsonLinesWriter(FileWriter):
    """JSON lines in UTF-8; NULL is ``null``, days and times are ISO 8601 text."""

    def __init__(self, path: Path, table: Table) -> None:
        """Begin the file."""
        self._file = path.open("xb")
        self._table, self._row = table, 1
        self._encoder = msgspec.json.Encoder()

    def write(self, batch: pa.RecordBatch) -> None:
        """Rows. Raises InputError for numbers that JSON does not have."""
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_floating(array.type):
                wrong = pc.fill_null(pc.invert(pc.is_finite(array)), False)  # noqa: FBT003 - Arrow's own signature
                if pc.any(wrong).as_py():
                    raise rows_problem("masking_runs.not_finite", wrong, self._table, name, self._row)
        self._file.write(self._encoder.encode_lines(batch.to_pylist()))
        self._row += batch.num_rows

    def close(self, *, complete: bool) -> None:
        """Close the file."""
        del complete
        self._file.close()
