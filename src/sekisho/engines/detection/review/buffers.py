"""Chosen events that wait to be looked at, and what of them must be kept for windows that reach back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.detection.review.frame import make_frame
from sekisho.engines.detection.review.select import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sekisho.engines.detection.review.frame import Frame

__all__ = ["Buffers"]


class Buffers:
    """Tables of chosen events by class."""

    def __init__(
        self, roles: Mapping[str, Sequence[str]], tails: Mapping[str, int], keep_last: Mapping[str, Sequence[str]]
    ) -> None:
        """``roles`` of each class; ``tails``: microseconds that reach back; ``keep_last``: by which roles the last one stays."""
        self.rows = 0
        self._roles, self._tails, self._keep_last = roles, tails, keep_last
        self._tables: dict[str, list[pa.Table]] = {}
        self._frames: dict[tuple[tuple[int, str], ...], Frame] = {}

    def add(self, class_id: str, table: pa.Table) -> None:
        """Chosen events of a class."""
        self._tables.setdefault(class_id, []).append(table)
        self.rows += table.num_rows

    def frame(self, steps: Sequence[tuple[int, str]]) -> Frame:
        """The events of classes, each with its step, sorted by time; kept until another question is asked."""
        key = tuple(steps)
        if key not in self._frames:
            self._frames.clear()
            roles = tuple(dict.fromkeys(role for _, name in steps for role in self._roles.get(name, ())))
            tables = [(step, table) for step, name in steps for table in self._tables.get(name, ())]
            self._frames[key] = make_frame(tables, roles)
        return self._frames[key]

    def latest(self) -> int | None:
        """The latest time of all that waits."""
        times = [pc.max(t.column("t")).as_py() for tables in self._tables.values() for t in tables if t.num_rows]
        return max((t for t in times if t != NO_TIME), default=None)

    def clear(self) -> None:
        """Forget everything."""
        self._tables, self._frames, self.rows = {}, {}, 0

    def advance(self, to: int) -> None:
        """Everything before ``to`` has been looked at: keep what windows of later events reach, and events from ``to`` on."""
        self._frames = {}
        for name, tables in self._tables.items():
            whole = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
            keep = whole.column("t").to_numpy() >= to - self._tails.get(name, 0)
            if by := self._keep_last.get(name):
                keep[_last_rows(whole, by)] = True
            kept = whole.filter(pa.array(keep))
            # filtering keeps the dictionaries of what has gone: encoding anew lets go of them
            self._tables[name] = [_encoded_anew(kept)] if kept.num_rows else []
        self.rows = sum(t.num_rows for tables in self._tables.values() for t in tables)


def _last_rows(table: pa.Table, by: Sequence[str]) -> np.ndarray:
    """The index of the latest event for each value of the roles."""
    code = np.zeros(table.num_rows, dtype=np.int64)
    for role in by:
        indices = np.asarray(table.column(f"r_{role}").combine_chunks().indices.fill_null(-1), dtype=np.int64)
        code = np.unique(code * (int(indices.max(initial=0)) + 2) + indices + 1, return_inverse=True)[1]
    order = np.lexsort((table.column("t").to_numpy(), code))
    ends = np.append(np.flatnonzero(np.diff(code[order])), order.size - 1)
    return np.asarray(order[ends])


def _encoded_anew(table: pa.Table) -> pa.Table:
    for position, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            plain = table.column(position).cast(pa.string())
            table = table.set_column(position, column.name, plain.dictionary_encode().cast(column.type))
    return table
