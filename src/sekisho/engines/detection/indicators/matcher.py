"""Indicators against batches of events: backwards over a store, forwards at ingest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sekisho.engines.detection.indicators.columns import Columns
from sekisho.engines.detection.indicators.lookup import Lookup, Role
from sekisho.engines.detection.indicators.sieve import SIFTED, Sieve
from sekisho.engines.detection.indicators.sightings import Sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from sekisho.engines.detection.indicators.model import Indicator
    from sekisho.engines.events.model import Batch

__all__ = ["Matcher"]

_CHUNK: Final = 32_768  # rows that are sifted at once: their bytes stay in the processor's cache
_REMEMBERED: Final = 100_000  # exact answers kept for each role
_SAMPLE: Final = 4_096
_REPEATED: Final = 0.25  # share of distinct values below which a column is looked at by its distinct values only

Hits = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


class Matcher:
    """Finds a set of indicators in events.

    Columns that hold addresses, names, URLs and hashes go through a sieve over whole columns; what it lets through, and all
    other columns, are compared exactly, each distinct value once. Memory does not grow with the number of events.
    """

    def __init__(
        self,
        indicators: Iterable[Indicator],
        *,
        roles: Mapping[str, Role | None] | None = None,
        text: bool = True,
        workers: int = 1,
    ) -> None:
        """``indicators`` in normal form; ``roles`` fixes what columns hold; ``text``: command lines and messages, too;
        ``workers``: threads (columns are sifted outside Python's lock).
        """
        self.lookup = Lookup(indicators)
        self.columns = Columns(roles, text=text)
        self._sieve = Sieve(self.lookup)
        self._answers: dict[Role, dict[str, tuple[int, ...]]] = {role: {} for role in Role}
        self._workers = max(1, workers)
        self.rows = 0
        self.without_columns: dict[str, int] = {}

    def sightings(self, *, places: int = 50) -> Sightings:
        """An empty collection for :meth:`match`; ``places`` records are kept of each indicator."""
        return Sightings(self.lookup.indicators, places=places)

    def match(self, batches: Iterable[Batch], sightings: Sightings, *, tell: Callable[[int], None] | None = None) -> None:
        """Add every hit in ``batches`` to ``sightings``. ``tell`` is given the number of rows done so far."""
        with ThreadPoolExecutor(self._workers) as pool:
            for batch in batches:
                self._batch(batch, sightings, pool)
                if tell:
                    tell(self.rows)

    def through(self, batches: Iterable[Batch], sightings: Sightings) -> Iterator[Batch]:
        """Hand ``batches`` on as they are, adding their hits to ``sightings``: for what comes in, while it is stored."""
        with ThreadPoolExecutor(self._workers) as pool:
            for batch in batches:
                self._batch(batch, sightings, pool)
                yield batch

    def _batch(self, batch: Batch, sightings: Sightings, pool: ThreadPoolExecutor) -> None:
        table = batch.table
        self.rows += table.num_rows
        looked_at = 0
        place = "/".join(part for part in (batch.partition.source, batch.partition.channel) if part)
        work: list[tuple[str, Role, int, Any]] = []
        for name in table.column_names:
            column = table.column(name)
            if not _is_text(column.type):
                continue
            role = self.columns.role(place, name, column)
            if role is None:
                continue
            looked_at += 1
            work += [(name, role, start, array) for start, array in _pieces(column, role)]
        if not looked_at:
            self.without_columns[batch.partition.source] = self.without_columns.get(batch.partition.source, 0) + table.num_rows
        found: dict[str, list[Hits]] = {}
        tasks = pool.map(self._candidates, [role for _, role, _, _ in work], [array for *_, array in work])
        for (name, role, start, array), (values, rows_of) in zip(work, tasks, strict=True):
            hits = self._exact(role, values, rows_of, array)
            if hits is not None:
                found.setdefault(name, []).append((hits[0], hits[1] + start))
        seen: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        for name, parts in found.items():
            positions, rows = np.concatenate([p for p, _ in parts]), np.concatenate([r for _, r in parts])
            pairs = positions * table.num_rows + rows
            fresh = ~np.isin(pairs, seen) if len(seen) else np.ones(len(pairs), dtype=bool)
            sightings.add(batch, name, positions[fresh], rows[fresh])
            sightings.again(name, positions[~fresh])
            seen = np.concatenate([seen, pairs[fresh]])

    def _candidates(self, role: Role, array: Any) -> tuple[list[str | None], NDArray[np.int64] | None]:
        """(values that have to be compared, their rows). For a dictionary the rows are indices into its values."""
        values = array.dictionary if pa.types.is_dictionary(array.type) else array
        if role not in SIFTED:
            return values.to_pylist(), None
        at = self._sieve.candidates(role, values)
        return values.take(pa.array(at)).to_pylist() if len(at) else [], at

    def _exact(self, role: Role, values: list[str | None], at: NDArray[np.int64] | None, array: Any) -> Hits | None:
        answers = self._answers[role]
        positions: list[int] = []
        rows: list[int] = []
        for number, value in enumerate(values):
            if value is None:
                continue
            answer = answers.get(value)
            if answer is None:
                answer = self.lookup.positions(role, value)
                if len(answers) >= _REMEMBERED:
                    answers.clear()
                answers[value] = answer
            if answer:
                positions += answer
                rows += [number if at is None else int(at[number])] * len(answer)
        if not rows:
            return None
        hit_positions, hit_rows = np.array(positions, dtype=np.int64), np.array(rows, dtype=np.int64)
        if pa.types.is_dictionary(array.type):
            return _spread(array, hit_positions, hit_rows)
        return hit_positions, hit_rows


def _spread(array: Any, positions: NDArray[np.int64], entries: NDArray[np.int64]) -> Hits:
    """From hits among the values of a dictionary to hits among the rows."""
    codes = np.asarray(array.indices.fill_null(-1)).astype(np.int64)
    wanted = np.zeros(len(array.dictionary) + 1, dtype=bool)
    wanted[entries] = True
    rows = np.flatnonzero(wanted[codes] & (codes >= 0))
    by_entry: dict[int, list[int]] = {}
    for position, entry in zip(positions.tolist(), entries.tolist(), strict=True):
        by_entry.setdefault(entry, []).append(position)
    lists = [by_entry[code] for code in codes[rows].tolist()]
    counts = [len(one) for one in lists]
    return np.array([p for one in lists for p in one], dtype=np.int64), np.repeat(rows, counts)


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _pieces(column: Any, role: Role) -> list[tuple[int, Any]]:
    """A column in pieces with the row where each begins; with its dictionary where values repeat or are compared exactly."""
    pieces = []
    start = 0
    for array in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        if pa.types.is_dictionary(array.type) or role not in SIFTED or _repeats(array):
            pieces.append((start, array if pa.types.is_dictionary(array.type) else array.dictionary_encode()))
        else:
            pieces += [(start + at, array.slice(at, _CHUNK)) for at in range(0, len(array), _CHUNK)]
        start += len(array)
    return pieces


def _repeats(array: Any) -> bool:
    if len(array) < _SAMPLE:
        return len(array) > 0
    step = max(1, len(array) // 4)
    sample = pa.chunked_array([array.slice(at, _SAMPLE // 4) for at in range(0, step * 4, step)])
    return len(sample.unique()) < _REPEATED * len(sample)
