"""Rows whose made-up value is their own original: with the run's keys it can be told whether the plan itself made it so."""

from __future__ import annotations

import pyarrow.compute as pc

from sekisho.engines.masking.masker import Masker, Settings
from sekisho.engines.masking.plan import TablePlan
from sekisho.engines.masking.tables import Source, Table
from sekisho.engines.masking.targets.csvtext import words

__all__ = ["coincidences"]


def coincidences(table: Table, plan: TablePlan, column: str, source: Source, settings: Settings) -> int:
    """Rows of ``column`` that the plan, with these keys, leaves as they are: two names read alike, a postal code met by chance.

    The column is masked once more, all rows of it.
    """
    masker = Masker(table, plan, settings)
    count = 0
    for batch in source.batches(table.name):
        masked = masker.mask_column(column, batch)
        same = pc.equal(words(batch.column(column)), words(masked))
        count += int(pc.sum(pc.and_(same, pc.not_equal(words(masked), ""))).as_py() or 0)
    return count
