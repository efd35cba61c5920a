"""Tables in Parquet files, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from sekisho.engines.masking.places import file_identity
from sekisho.engines.masking.tables import BATCH_ROWS, ColumnInfo, Reading, Source, Table, resliced
from sekisho.errors import InputError, Problem

__all__ = ["ParquetSource"]


class ParquetSource(Source):
    """One Parquet file as one table; columns of lists and structures are refused (a value inside could not be decided on)."""

    kind = "parquet"

    def __init__(self, path: Path, reading: Reading, name: str = "") -> None:
        """Read the footer. Raises InputError ``masking_runs.file_bad``."""
        del reading
        super().__init__(str(path))
        self._path = path
        try:
            schema = parquet.read_schema(path)
        except (pa.ArrowInvalid, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise _bad(path, Problem("masking_runs.parquet_unreadable", {}, str(path))) from None
        problems = tuple(
            Problem("masking_runs.nested", {"type": str(one.type)}, str(path), None, one.name)
            for one in schema
            if pa.types.is_nested(one.type)
        )
        if problems:
            raise _bad(path, *problems)
        columns = tuple(ColumnInfo(one.name, _plain(one.type), nullable=one.nullable) for one in schema)
        self.tables = (Table(name or path.stem, columns, str(path)),)

    def identities(self) -> frozenset[str]:
        """The file."""
        return frozenset({file_identity(self._path)})

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """See :meth:`Source.batches`."""
        schema = self.table(table).schema
        try:
            with parquet.ParquetFile(self._path, memory_map=False, pre_buffer=False) as file:
                for batch in resliced(file.iter_batches(batch_size=BATCH_ROWS, use_threads=False)):
                    arrays = [
                        batch.column(number).cast(one.type) if batch.column(number).type != one.type else batch.column(number)
                        for number, one in enumerate(schema)
                    ]
                    yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        except (pa.ArrowInvalid, OSError) as error:
            raise _bad(self._path, Problem("masking_runs.parquet_unreadable", {}, str(self._path))) from error


def _plain(kind: pa.DataType) -> pa.DataType:
    """Dictionaries, large and view types hold the same values as their plain form."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    return kind


def _bad(path: Path, *problems: Problem) -> InputError:
    return InputError("masking_runs.file_bad", problems=problems, file=str(path))
