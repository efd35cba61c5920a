"""Helpers: tables copied from a source to a target as they are, and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.tables import Reading
from sekisho.engines.masking.targets import Writing, open_target


def rows(location: Path | str, reading: Reading | None = None) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""
    with open_source(location, reading) as source:
        return {one.name: pa.Table.from_batches(list(source.batches(one.name)), one.schema).to_pylist() for one in source.tables}


def copied(source: Path | str, target: Path | str, how: Writing | None = None, reading: Reading | None = None) -> None:
    """Every table of the source into the target, unchanged."""
    with open_source(source, reading) as opened, open_target(target, opened.tables, opened, how or Writing()) as made:
        for table in opened.tables:
            made.begin(table)
            for batch in opened.batches(table.name):
                made.write(batch)
            made.end()


def back(location: Path | str) -> dict[str, list[dict[str, Any]]]:
    """What our own writer wrote, as it was meant."""
    return rows(location, Reading(unescape_formulas=True))
