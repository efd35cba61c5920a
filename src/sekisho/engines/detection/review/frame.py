"""Selected events as arrays, sorted by time, and the windows over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sekisho.engines.detection.review.select import COLUMNS, numbers, test_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Frame", "Grouped", "make_frame"]

_MS: Final = 1000


@dataclass(frozen=True)
class Frame:
    """Events, sorted by time (microseconds; events without a time first). ``step``: from which of several tables each comes.

    ``roles``: for each role the distinct values and, for each event, the index of its own (−1: none).
    """

    time: NDArray[np.int64]
    record: NDArray[np.int64]
    file: NDArray[np.int64]
    files: Sequence[str]
    step: NDArray[np.int8]
    roles: dict[str, tuple[pa.Array, NDArray[np.int64]]]

    def __len__(self) -> int:
        """How many events."""
        return int(self.time.size)

    def take(self, rows: NDArray[Any]) -> Frame:
        """The events at ``rows`` (indices or a mask)."""
        return Frame(
            self.time[rows], self.record[rows], self.file[rows], self.files, self.step[rows],
            {name: (words, indices[rows]) for name, (words, indices) in self.roles.items()},
        )  # fmt: skip

    def meets(self, when: dict[str, Any]) -> NDArray[np.bool_]:
        """For each event whether its roles meet all conditions (see ``standards.watch_rules.When``)."""
        mask = np.ones(len(self), dtype=bool)
        for key, values in when.items():
            role, _, operator = key.partition("|")
            words, indices = self.roles[role]
            wanted = values if isinstance(values, tuple | list) else (values,)
            if operator == "exists":
                mask &= (indices >= 0) == bool(wanted[0])
            elif len(words):
                mask &= np.append(test_values(words, operator, wanted), False)[indices]  # −1, the null, is the last
            else:
                mask[:] = False
        return mask

    def values(self, role: str) -> NDArray[np.float64]:
        """A role as numbers; NaN where it is none."""
        words, indices = self.roles[role]
        return np.append(numbers(words.to_pylist()), np.nan)[indices]

    def words(self, role: str, at: int) -> str:
        """The value of a role of one event; "" for none."""
        words, indices = self.roles[role]
        return "" if indices[at] < 0 else str(words[int(indices[at])])

    def grouped(self, by: Sequence[str]) -> Grouped:
        """The events that have a value for each role of ``by``, told apart by them."""
        code = np.zeros(len(self), dtype=np.int64)
        there = np.ones(len(self), dtype=bool)
        for role in by:
            words, indices = self.roles[role]
            there &= indices >= 0
            code = np.unique(code * (len(words) + 1) + indices + 1, return_inverse=True)[1].astype(np.int64)
        kept = np.flatnonzero(there)
        found, first, code = np.unique(code[kept], return_index=True, return_inverse=True)
        at = kept[first]
        parts = [self.roles[role][0].take(pa.array(self.roles[role][1][at])).to_pylist() for role in by]
        names = [tuple(part[i] for part in parts) for i in range(len(found))]
        order = np.argsort(code, kind="stable")
        return Grouped(self.take(kept[order]), code[order].astype(np.int64), names, int((~there).sum()), len(found))


@dataclass(frozen=True)
class Grouped:
    """A frame sorted by group, within it by time. ``group``: index into ``names``; ``without``: events that have no group."""

    frame: Frame
    group: NDArray[np.int64]
    names: list[tuple[str, ...]]
    without: int
    groups: int

    @property
    def key(self) -> tuple[NDArray[np.int64], int, int]:
        """Group and time in one sorted number; the length of the whole in its unit; the unit in microseconds.

        The unit is a millisecond, and coarser only where hostile times would not fit into 63 bits with the groups.
        """
        time = self.frame.time
        start, end = (int(time.min()), int(time.max())) if time.size else (0, 0)
        unit = max(_MS, 2 * (end - start) * max(self.groups, 1) // 2**61)
        span = (end - start) // unit + 1
        return self.group * (2 * span) + (time - start) // unit, span, unit

    def back(self, window_us: int) -> NDArray[np.int64]:
        """For each event the index of the first one of its group that is not more than ``window_us`` older."""
        key, span, unit = self.key
        return np.searchsorted(key, key - min(window_us // unit, span), side="left")

    def ahead(self, window_us: int) -> NDArray[np.int64]:
        """For each event the index after the last one of its group that is not more than ``window_us`` younger."""
        key, span, unit = self.key
        return np.searchsorted(key, key + min(window_us // unit, span - 1), side="right")


def make_frame(tables: Sequence[tuple[int, pa.Table]], roles: Sequence[str]) -> Frame:
    """One frame of several tables of selected rows, each with its step; roles that a table does not have are null in it."""
    if not tables:
        nothing = np.zeros(0, dtype=np.int64)
        none = pa.array([], pa.string())
        return Frame(nothing, nothing, nothing, (), nothing.astype(np.int8), dict.fromkeys(roles, (none, nothing)))
    parts = []
    for number, table in tables:
        columns = {name: table.column(name) for name in COLUMNS}
        for role in roles:
            column = f"r_{role}"
            columns[column] = (
                table.column(column)
                if column in table.column_names
                else pa.chunked_array([pa.nulls(table.num_rows, pa.string()).dictionary_encode().cast(COLUMNS["file"])])
            )
        parts.append(pa.table(columns).append_column("step", pa.array(np.full(table.num_rows, number, dtype=np.int8))))
    whole = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
    time = whole.column("t").to_numpy()
    step = whole.column("step").to_numpy()
    order = np.lexsort((step, time))
    files, file = _coded(whole.column("file"))
    coded = {role: _coded(whole.column(f"r_{role}")) for role in roles}
    return Frame(
        time[order], whole.column("record").to_numpy()[order], file[order], files.to_pylist(), step[order],
        {role: (words, indices[order]) for role, (words, indices) in coded.items()},
    )  # fmt: skip


def _coded(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    if not len(column):
        return pa.array([], pa.string()), np.zeros(0, dtype=np.int64)
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    return array.dictionary, np.asarray(array.indices.fill_null(-1), dtype=np.int64)
