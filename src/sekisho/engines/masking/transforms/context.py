"""What a transform is handed beside the values: keys, the other columns of the rows, where it stands, and a memory over the
batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import pyarrow as pa

from sekisho.engines.masking.keys import KeyRing
from sekisho.engines.masking.transforms.watch import CollisionWatch
from sekisho.errors import InputError, Problem, SekishoError

__all__ = ["ROWS_NAMED", "ColumnMemory", "Context", "Seen", "rows_error"]

Seen: TypeAlias = tuple[set[int], set[int], set[int]]
"""Prints of different values of a column: all that were looked at, those that hold a number of some length, those whose check
digit is right."""

ROWS_NAMED: Final = 20
"""How many rows an error names; it counts all of them."""


@dataclass(slots=True)
class ColumnMemory:
    """What lasts over all batches of one column in one run: make one for each column (of each table), hand it in with each batch.

    ``counts`` are for the report: values transformed, left NULL or empty, cut, clipped, unchanged, …
    """

    counts: dict[str, int] = field(default_factory=dict)
    numbers_seen: dict[str, Seen] = field(default_factory=dict)
    watch: CollisionWatch | None = None

    def count(self, name: str, by: int) -> None:
        """Add to one of the counts; nothing where ``by`` is 0."""
        if by:
            self.counts[name] = self.counts.get(name, 0) + int(by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where and with what a transform works.

    Attributes:
        keys: The keys of the run.
        domain: The domain for transforms that name none of their own.
        file, table, column: For errors and the guard; ``column`` is the heading.
        first_row: The row of the first value, as a spreadsheet counts (for errors, and for noise by row).
        columns: The other columns of the same rows, untransformed, by heading (entity, sex, groups, name for kana).
        kinds: What the column was declared or detected to be: ``my_number``, ``resident_record_code``, …
        not_my_number: The reason a person gave why a column that looks like マイナンバー is none; the plan records it.
        random: ``random(n)`` gives n bytes of chance, for dummies that must not be derived from anything.
        memory: Lasts over the batches of this column.
    """

    keys: KeyRing = field(default_factory=KeyRing)
    domain: str = ""
    file: str = ""
    table: str = ""
    column: str = ""
    first_row: int = 1
    columns: Mapping[str, pa.Array | pa.ChunkedArray] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    not_my_number: str = ""
    random: Callable[[int], bytes] | None = None
    memory: ColumnMemory = field(default_factory=ColumnMemory)

    def beside(self, name: str) -> pa.Array | pa.ChunkedArray:
        """Another column of the same rows.

        Raises:
            InputError: it was not handed in.
        """
        if name not in self.columns:
            raise InputError("masking.column_missing", column=name, needed_by=self.column, found=", ".join(self.columns))
        return self.columns[name]


def rows_error(code: str, rows: Any, context: Context, error: type[SekishoError] = InputError, **fields: Any) -> SekishoError:
    """An error that names rows (``rows``: places in this batch, from 0) and no value."""
    found = [int(row) for row in rows]
    problems = tuple(
        Problem(
            code + "_row", dict(fields), file=context.file or context.table, row=context.first_row + row, column=context.column
        )
        for row in found[:ROWS_NAMED]
    )
    return error(code, problems=problems, column=context.column, table=context.table, count=len(found), **fields)
