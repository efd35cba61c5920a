"""Searching a store: which row groups can have it, which rows do, and those rows whole.

A *term* without a field is looked for in every field, as whole words and without regard to case: ``10.0.2.1`` finds neither
``10.0.2.17`` nor ``110.0.2.1``. A term with a field is the whole value of that field. ``*`` and ``?`` in a term stand for any
characters; such a term is looked for in every value, which takes longer than a word of the index.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.engines.events.model import FILE, HOST, OFFSET, RECORD, SHA256, SYSTEM_COLUMNS, TIME, Partition
from sekisho.engines.events.store.index import candidates
from sekisho.engines.events.store.manifest import Segment, micro
from sekisho.engines.events.store.segments import GROUP_ROWS
from sekisho.engines.events.store.tokens import JOINERS, Numbers, numbers_of_term
from sekisho.errors import InputError, Unavailable

__all__ = ["Hit", "SearchResult", "Term", "search_segments"]

_WILD: Final = re.compile(r"[*?]")
_NAMED: Final = re.compile(r"([^\W\d][\w.@#()-]{0,99})=")
_EDGE: Final = re.compile(r"[A-Za-z0-9]")
_BEFORE: Final = r"(?:^|[^a-zA-Z0-9._-]|(?:^|[^a-zA-Z0-9])[._-])"
_AFTER: Final = r"(?:$|[^a-zA-Z0-9._-]|[._-](?:$|[^a-zA-Z0-9]))"
_LONGEST: Final = 1_000
_OFTEN: Final = 64
_SPECIAL: Final = {"_file": FILE, "_sha256": SHA256, "_record": RECORD}


@dataclass(frozen=True, slots=True)
class Term:
    """What is looked for; ``field`` "" means in any field."""

    text: str
    field: str = ""

    @classmethod
    def of(cls, text: str) -> Term:
        """``field=value`` or a term for any field; ``=`` and what stands before it are a field only if they look like one."""
        named = _NAMED.match(text)
        return cls(text[named.end() :], named[1]) if named else cls(text)

    @property
    def wild(self) -> bool:
        """Whether it has ``*`` or ``?``."""
        return bool(_WILD.search(self.text))

    @property
    def words(self) -> Numbers | None:
        """The words that the index is asked for; None where it cannot be."""
        if self.wild or self.field in _SPECIAL:
            return None
        found = numbers_of_term(self.text)
        return found if found.size else None

    @property
    def pattern(self) -> str:
        """As a regular expression (RE2), to be used without regard to case."""
        if self.wild or self.field:
            parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in self.text)
            return "(?s)^" + "".join(parts) + "$"
        before = _BEFORE if _EDGE.match(self.text[0]) else ""
        after = _AFTER if _EDGE.match(self.text[-1]) else ""
        return f"(?s){before}{re.escape(self.text)}{after}"


@dataclass(frozen=True, slots=True)
class Hit:
    """One event: where it stands in which file, when (and the offset in which the source wrote it, minutes), what it says."""

    file: str
    sha256: str
    record: int | None
    time: datetime | None
    offset: int | None
    partition: Partition
    fields: dict[str, str]


@dataclass(slots=True)
class SearchResult:
    """``hits`` in order of time (events without time last), ``total`` of all there are, and what was looked at.

    ``first`` and ``last`` are the times of the first and last hit of all, ``looked_since`` and ``looked_until`` those of the
    events that were looked at. ``events`` are those of all segments in the period; ``groups`` row groups of them were read,
    ``skipped`` excluded by the index. ``counts``: beginning of a stretch of time → hits in it, when stretches were asked for.
    """

    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    first: datetime | None = None
    last: datetime | None = None
    looked_since: datetime | None = None
    looked_until: datetime | None = None
    segments: int = 0
    events: int = 0
    groups: int = 0
    skipped: int = 0
    counts: dict[datetime, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plan:
    terms: tuple[Term, ...]
    low: int | None
    high: int | None


@dataclass(slots=True)
class _Found:
    """Matches in one segment: (microseconds or None, row group, row)."""

    segment: Segment
    places: list[tuple[int | None, int, int]] = field(default_factory=list)
    groups: int = 0
    skipped: int = 0


def check_terms(terms: Sequence[Term]) -> None:
    """Raises InputError ``events.term_empty``, ``events.term_long``."""
    for term in terms:
        if not term.text and not term.field:
            raise InputError("events.term_empty")
        if len(term.text) > _LONGEST:
            raise InputError("events.term_long", limit=_LONGEST)


def search_segments(
    segments: Sequence[Segment],
    terms: Sequence[Term],
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    newest: bool,
    workers: int,
    stretch: timedelta | None = None,
) -> SearchResult:
    """All terms must match. See :meth:`sekisho.engines.events.Store.search`."""
    check_terms(terms)
    plan = _Plan(tuple(terms), None if since is None else micro(since), None if until is None else micro(until))
    result = SearchResult(segments=len(segments), events=sum(one.rows for one in segments))
    result.looked_since = min((one.time_min for one in segments if one.time_min is not None), default=None)
    result.looked_until = max((one.time_max for one in segments if one.time_max is not None), default=None)
    with ThreadPoolExecutor(workers) as pool:
        places: list[tuple[int | None, int, int, int]] = []
        found = list(pool.map(lambda one: _in_segment(one, plan), segments))
        for number, one in enumerate(found):
            result.groups += one.groups
            result.skipped += one.skipped
            places += [(at, number, group, row) for at, group, row in one.places]
        result.total = len(places)
        timed = [place[0] for place in places if place[0] is not None]
        if timed:
            result.first, result.last = _moment(min(timed)), _moment(max(timed))
            if stretch is not None:
                width = stretch // timedelta(microseconds=1)
                counted = Counter(at // width for at in timed)
                result.counts = {_moment(number * width): count for number, count in sorted(counted.items())}
        places.sort(key=lambda place: (place[0] is None, -(place[0] or 0) if newest else place[0] or 0))
        wanted: dict[int, dict[int, list[int]]] = {}
        for _, number, group, row in places[:limit]:
            wanted.setdefault(number, {}).setdefault(group, []).append(row)
        for hits in pool.map(lambda task: _rows(found[task[0]].segment, task[1]), wanted.items()):
            result.hits += hits
    result.hits.sort(key=lambda hit: (hit.time is None, hit.time and hit.time.timestamp()))
    if newest:
        result.hits.reverse()
    return result


def _moment(value: int) -> datetime:
    made: datetime = pa.scalar(value, type=pa.timestamp("us", tz="UTC")).as_py()
    return made


def _opened(segment: Segment, columns: Sequence[str] = ()) -> Any:
    try:
        return pq.ParquetFile(segment.path, read_dictionary=list(columns), memory_map=False)
    except (OSError, pa.ArrowException) as error:
        raise Unavailable("events.segment_unreadable", file=str(segment.path)) from error


def _in_segment(segment: Segment, plan: _Plan) -> _Found:
    """Where all terms of the plan match in one segment."""
    found = _Found(segment)
    by_lower = {name.lower(): name for name in segment.columns}
    fields = [name for name in segment.columns if name not in SYSTEM_COLUMNS or name == HOST]
    possible: list[dict[int, set[str]] | None] = []
    columns: list[list[str]] = []
    for term in plan.terms:
        name = _SPECIAL.get(term.field.lower(), by_lower.get(term.field.lower()))
        if term.field and name is None:
            return found
        columns.append([name] if term.field and name is not None else fields)
        words = term.words
        possible.append(candidates(segment.path, words) if segment.indexed and words is not None else None)
        if possible[-1] == {}:  # no part of it can have the term: it need not even be opened
            found.skipped = -(-segment.rows // GROUP_ROWS)
            return found
    file = _opened(segment, fields if any(term.wild for term in plan.terms) else ())
    for group in range(file.num_row_groups):
        chosen = []
        for names, there in zip(columns, possible, strict=True):
            chosen.append(names if there is None else [name for name in names if name in there.get(group, ())])
        if not all(chosen):
            found.skipped += 1
            continue
        found.groups += 1
        _in_group(file, group, chosen, plan, found)
    return found


def _in_group(file: Any, group: int, chosen: list[list[str]], plan: _Plan, found: _Found) -> None:
    names = sorted({name for one in chosen for name in one})
    table = file.read_row_group(group, columns=names or [TIME], use_threads=False)
    mask: Any = None
    for term, columns in zip(plan.terms, chosen, strict=True):
        matched: Any = None
        for name in columns:
            one = _matches(table.column(name), term)
            matched = one if matched is None else pc.or_(matched, one)
        mask = matched if mask is None else pc.and_(mask, matched)
        if not pc.any(mask).as_py():
            return
    if TIME not in table.column_names:  # only now: most groups that are looked into have nothing
        table = file.read_row_group(group, columns=[TIME], use_threads=False)
    times = table.column(TIME).cast(pa.int64())
    if mask is None:
        mask = pa.chunked_array([pa.repeat(pa.scalar(value=True), table.num_rows)])
    if plan.low is not None:
        mask = pc.and_(mask, pc.fill_null(pc.greater_equal(times, plan.low), fill_value=False))
    if plan.high is not None:
        mask = pc.and_(mask, pc.fill_null(pc.less(times, plan.high), fill_value=False))
    rows = pc.indices_nonzero(mask)
    found.places += [(at, group, row) for at, row in zip(times.take(rows).to_pylist(), rows.to_pylist(), strict=True)]


def _matches(column: Any, term: Term) -> Any:
    """Which rows match; a missing value never does. What stands in a dictionary is looked at once."""
    column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    if pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    if pa.types.is_dictionary(column.type):
        return pc.fill_null(_verdict(column.dictionary, term).take(column.indices), fill_value=False)
    return pc.fill_null(_verdict(column, term), fill_value=False)


def _verdict(values: Any, term: Term) -> Any:
    """Which values match. Comparing plain text costs a twentieth of an expression, which then looks at what is left."""
    if term.wild or not term.text:
        return pc.match_substring_regex(values, term.pattern, ignore_case=True)
    lowered = pc.ascii_lower(values) if term.text.isascii() else pc.utf8_lower(values)
    if term.field:
        return pc.equal(lowered, term.text.lower())
    left = _containing(lowered, term.text.lower())
    verdict = np.zeros(len(values), dtype=bool)
    if left.size:
        words = pc.match_substring_regex(values.take(pa.array(left)), term.pattern, ignore_case=True)
        verdict[left[pc.fill_null(words, fill_value=False).to_numpy(zero_copy_only=False)]] = True
    return pa.array(verdict)


def _containing(values: Any, text: str) -> Any:
    """The numbers of the values with ``text`` in them. They lie one behind the other, so that one search goes through all; what
    is found often is looked for in each value instead.
    """
    _, places, data = values.buffers()
    if data is None:
        return np.empty(0, dtype=np.int64)
    begins = np.frombuffer(places, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    sought, there, at, last = text.encode(), data.to_pybytes(), int(begins[0]), int(begins[-1])
    found: list[int] = []
    for _ in range(_OFTEN):
        at = there.find(sought, at, last)
        if at < 0:
            return np.array(found, dtype=np.int64)
        number = int(np.searchsorted(begins, at, "right")) - 1
        if at + len(sought) <= begins[number + 1]:
            found.append(number)
            at = int(begins[number + 1])
        else:  # across the border of two values
            at += 1
    return pc.indices_nonzero(pc.match_substring(values, text)).to_numpy().astype(np.int64)


def _rows(segment: Segment, places: dict[int, list[int]]) -> list[Hit]:
    """Whole events: row group → rows."""
    file = _opened(segment)
    hits = []
    for group, rows in places.items():
        table = file.read_row_group(group, use_threads=False).take(pa.array(rows))
        hits += [
            Hit(
                row[FILE], row[SHA256], row[RECORD], row[TIME], row[OFFSET], segment.partition,
                {name: value for name, value in row.items() if name not in SYSTEM_COLUMNS and value is not None},
            )
            for row in table.to_pylist()
        ]  # fmt: skip
    return hits


assert set(JOINERS) == set("._-"), "the patterns above name the joiners"
