"""The rows of one table through its plan, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from sekisho.engines.masking.keys import KeyRing
from sekisho.engines.masking.plan.model import Action, ColumnPlan, TablePlan
from sekisho.engines.masking.tables import ColumnInfo, Source, Table
from sekisho.engines.masking.transforms import ColumnMemory, Context
from sekisho.engines.masking.transforms.guard import check as check_protected

__all__ = ["Chance", "Masker", "Settings"]

Chance = Callable[[int], bytes]
"""``random(n)`` gives n bytes of chance."""


@dataclass(frozen=True, slots=True)
class Settings:
    """With what the transforms of a run work."""

    keys: KeyRing
    domain: str
    random: Chance


class Masker:
    """One table: give it the batches in their order, it gives them masked.

    A transform over the whole column (a shuffle) needs that column, and those beside it that it names, in memory at once; all
    others see one batch at a time.
    """

    def __init__(self, table: Table, plan: TablePlan, settings: Settings) -> None:
        """``table`` as the source has it, with the plan's keys."""
        self.table, self.plan, self._settings = table, plan, settings
        self.memories: dict[str, ColumnMemory] = {one.name: ColumnMemory() for one in table.columns}
        self._whole: dict[str, pa.ChunkedArray] = {}
        self._done = 0

    def batches(self, source: Source) -> Iterator[pa.RecordBatch]:
        """All rows of the source's table, masked."""
        self._look_ahead(source)
        for batch in source.batches(self.table.name):
            yield self.mask(batch)

    def mask(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The next rows. Raises InputError naming rows that a transform cannot take, and columns that hold マイナンバー."""
        arrays, names = [], []
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            column = self.plan.columns[name]
            masked = self._masked(column, array, batch)
            if not column.dropped:
                arrays.append(masked)
                names.append(name)
        self._done += batch.num_rows
        return pa.RecordBatch.from_arrays(arrays, names)

    def mask_column(self, name: str, batch: pa.RecordBatch) -> pa.Array:
        """One column of the next rows, for a transform that sees them one by one; see :meth:`mask`."""
        masked = self._masked(self.plan.columns[name], batch.column(name), batch)
        self._done += batch.num_rows
        return masked

    def masked_table(self, schema: pa.Schema) -> Table:
        """The table as the target gets it: without dropped columns, with the types that came out."""
        columns = []
        for name in schema.names:
            before, kind = self.table.column(name), schema.field(name).type
            changed = self.plan.columns[name].action is Action.TRANSFORM
            same = before.type == kind and not (changed and name in self.table.primary_key and pa.types.is_integer(kind))
            nullable = before.nullable
            columns.append(ColumnInfo(name, kind, before.declared if same else "", before.limit if same else None, nullable))
        return replace(self.table, columns=tuple(columns))

    def empty(self) -> pa.Schema:
        """The schema that comes out, found with no rows."""
        none = pa.RecordBatch.from_arrays([pa.array([], one.type) for one in self.table.columns], schema=self.table.schema)
        return self.mask(none).schema

    def _masked(self, column: ColumnPlan, array: pa.Array, batch: pa.RecordBatch) -> pa.Array:
        if column.action is not Action.TRANSFORM or column.transform is None:
            check_protected("keep", array, self._context(column, batch), removes=False)
            return array
        if column.name in self._whole:
            return self._slice(column.name, batch.num_rows)
        return column.transform.apply(array, self._context(column, batch))

    def _slice(self, name: str, rows: int) -> pa.Array:
        part = self._whole[name].slice(self._done, rows)
        return part.combine_chunks() if part.num_chunks != 1 else part.chunk(0)

    def _context(
        self, column: ColumnPlan, batch: pa.RecordBatch | None, beside: dict[str, pa.ChunkedArray] | None = None
    ) -> Context:
        needed = column.transform.needs() if column.transform is not None else ()
        others = beside if beside is not None else {one: batch.column(one) for one in needed} if batch is not None else {}
        return Context(
            keys=self._settings.keys,
            domain=self._settings.domain,
            file=self.table.place,
            table=self.table.name,
            column=column.name,
            first_row=self.table.first_row + (self._done if beside is None else 0),
            columns=others,
            kinds=column.kinds,
            not_my_number=column.not_my_number,
            random=self._settings.random,
            memory=self.memories[column.name],
        )

    def _look_ahead(self, source: Source) -> None:
        """Transform the columns that must be seen whole."""
        wanted = [
            one for one in self.plan.columns.values() if one.transform is not None and one.transform.traits.scope == "column"
        ]
        if not wanted:
            return
        names = sorted({one.name for one in wanted}.union(*(one.transform.needs() for one in wanted if one.transform)))
        parts: dict[str, list[pa.Array]] = {name: [] for name in names}
        for batch in source.batches(self.table.name):
            for name in names:
                parts[name].append(batch.column(name))
        whole = {name: pa.chunked_array(one, self.table.column(name).type) for name, one in parts.items()}
        for column in wanted:
            assert column.transform is not None
            beside = {name: whole[name] for name in column.transform.needs()}
            done = column.transform.apply(whole[column.name], self._context(column, None, beside))
            self._whole[column.name] = pa.chunked_array([done])
