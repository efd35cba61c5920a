"""A few rows before and after, for the eye of whoever lets the run go; what was before is shown in part only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from sekisho.engines.masking.keys import KeyRing
from sekisho.engines.masking.masker import Chance, Masker, Settings
from sekisho.engines.masking.plan import Action, Plan, fitted
from sekisho.engines.masking.plan.model import ColumnPlan
from sekisho.engines.masking.tables import Source
from sekisho.engines.masking.targets.csvtext import words
from sekisho.engines.masking.transforms import PROTECTED

__all__ = ["SampleColumn", "TableSample", "partly_hidden", "sample"]

_SHOWN: Final = 0.25


@dataclass(frozen=True, slots=True)
class SampleColumn:
    """One column: what happens, and pairs of before (partly hidden) and after; None stands for NULL."""

    name: str
    action: str
    before: tuple[str | None, ...]
    after: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class TableSample:
    """The first rows of one table."""

    name: str
    columns: tuple[SampleColumn, ...]


def sample(plan: Plan, source: Source, *, keys: KeyRing, random: Chance, rows: int = 5) -> tuple[TableSample, ...]:
    """The first ``rows`` rows of each table through the plan. Raises as a run does, before anything is written."""
    keys.expect(plan.keys)
    found = []
    for table, wanted in fitted(plan, source):
        masker = Masker(table, wanted, Settings(keys, plan.domain, random))
        before, after = _first(masker, source, rows)
        columns = []
        for name in before.schema.names:
            column = wanted.columns[name]
            done = after.column(name) if name in after.schema.names else None
            columns.append(_column(column, before.column(name), done))
        found.append(TableSample(table.name, tuple(columns)))
    return tuple(found)


def _first(masker: Masker, source: Source, rows: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    batch = next(source.batches(masker.table.name), None)
    if batch is None:
        batch = pa.RecordBatch.from_arrays([pa.array([], one.type) for one in masker.table.schema], schema=masker.table.schema)
    masked = next(masker.batches(source), None)
    return batch.slice(0, rows), (masked if masked is not None else masker.mask(batch)).slice(0, rows)


def _column(column: ColumnPlan, before: pa.Array, after: pa.Array | None) -> SampleColumn:
    """What is kept stands there as it is only when it is no personal data."""
    hide = column.action is not Action.KEEP or column.personal
    wholly = bool(column.kinds & set(PROTECTED))
    was = [None if one is None else partly_hidden(one, wholly=wholly) if hide else one for one in words(before).to_pylist()]
    now = [None] * len(was) if after is None else words(after).to_pylist()
    if column.action is Action.KEEP and column.personal:
        now = [None if one is None else partly_hidden(one, wholly=False) for one in now]
    label = column.transform.name if column.transform is not None else column.action.value
    return SampleColumn(column.name, label, tuple(was), tuple(now))


def partly_hidden(text: str, *, wholly: bool) -> str:
    """At most a quarter of the characters, from the front; ``wholly``: none (マイナンバー)."""
    shown = 0 if wholly else int(len(text) * _SHOWN)
    return text[:shown] + "＊" * (len(text) - shown)
