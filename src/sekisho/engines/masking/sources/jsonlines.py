"""Tables in JSON lines: one object a line; read twice, first for the types, then for the rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from sekisho.engines.masking.places import file_identity
from sekisho.engines.masking.tables import BATCH_ROWS, ColumnInfo, Reading, Source, Table
from sekisho.engines.masking.typing_of import Kinds, as_text
from sekisho.errors import InputError, Problem

__all__ = ["JsonLinesSource"]

_LONGEST: Final = 16 << 20
_DECODER: Final = msgspec.json.Decoder()


class JsonLinesSource(Source):
    """One file as one table. A field that an object lacks is NULL, as ``null`` is; lists and objects within it are refused."""

    kind = "jsonl"

    def __init__(self, path: Path, reading: Reading, name: str = "") -> None:
        """Find names and types over the whole file. Raises InputError ``masking_runs.file_bad`` naming line and field."""
        super().__init__(str(path))
        self._path = path
        kinds: dict[str, Kinds] = {}
        for number, row in self._rows():
            for field, value in row.items():
                kinds.setdefault(field, Kinds()).see(value, number)
        problems: list[Problem] = []
        columns = []
        for field, seen in kinds.items():
            columns.append(ColumnInfo(field, seen.settle(str(path), field, problems, as_text=reading.mixed_as_text)))
        if problems or not columns:
            problems = problems or [Problem("masking_runs.no_columns", {}, str(path))]
            raise InputError("masking_runs.file_bad", problems=tuple(problems), file=str(path))
        self.tables = (Table(name or path.stem, tuple(columns), str(path)),)

    def identities(self) -> frozenset[str]:
        """The file."""
        return frozenset({file_identity(self._path)})

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """See :meth:`Source.batches`."""
        found = self.table(table)
        texts = {one.name for one in found.columns if pa.types.is_string(one.type)}
        held: list[dict[str, Any]] = []
        for _, row in self._rows():
            held.append(row)
            if len(held) == BATCH_ROWS:
                yield _batch(held, found, texts)
                held = []
        if held:
            yield _batch(held, found, texts)

    def _rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with self._path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
                raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if not raw.strip():
                    continue
                try:
                    row = _DECODER.decode(raw)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    row = None
                if not isinstance(row, dict):
                    problem = Problem("masking_runs.json_line", {}, str(self._path), number)
                    raise InputError("masking_runs.file_bad", problems=(problem,), file=str(self._path)) from None
                yield number, row


def _batch(rows: list[dict[str, Any]], table: Table, texts: set[str]) -> pa.RecordBatch:
    arrays = []
    for one in table.columns:
        values = [row.get(one.name) for row in rows]
        if one.name in texts:
            values = [v if v is None else as_text(v) for v in values]
        arrays.append(pa.array(values, one.type))
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)
