"""What columns hold, by heading, by a sample of their values and by the leak scan; no value leaves the survey."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.masking.headings import kind_by_heading
from sekisho.engines.masking.inspecting import ColumnInspector
from sekisho.engines.masking.masker import Chance
from sekisho.engines.masking.spool import joined, prints
from sekisho.engines.masking.tables import ForeignKey, Source, Table
from sekisho.engines.masking.transforms import Context
from sekisho.engines.masking.transforms.guard import check as check_protected
from sekisho.errors import InputError

__all__ = ["ColumnSurvey", "TableSurvey", "surveyed"]

_SAMPLE: Final = 2_000
_PER_BATCH: Final = 200
_SCANNED: Final = 300
_DATE: Final = r"^(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|(1[89]|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])|(令和|平成|昭和|大正|明治|[RHSTM])(\d{1,2}|元)[-/.年]\d{1,2}[-/.月]\d{1,2}日?)([ T].*)?$"  # noqa: E501
_NUMBER: Final = r"^-?[0-9]+(\.[0-9]+)?$"
_KEYS: Final = frozenset({"addressee_number", "household_number", "person_number", "identifier", "my_number", "insured_number"})
_CONTENT: Final = 0.3
_ALMOST: Final = 0.98
_LONG_TEXT: Final = 20


@dataclass(slots=True)
class ColumnSurvey:
    """One column: ``kind`` with ``confidence`` (0 to 1) and why; shares are of the values that are there.

    ``sample`` is for those who judge further (never shown); ``unique`` says that no value stands twice in all rows.
    """

    name: str
    kind: str = ""
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()
    rows: int = 0
    nulls: int = 0
    empties: int = 0
    distinct: int = 0
    unique: bool = False
    dates: float = 0.0
    numbers: float = 0.0
    digits: int = 0
    longest: int = 0
    found: dict[str, float] = field(default_factory=dict)
    sample: list[Any] = field(default_factory=list, repr=False)


@dataclass(slots=True)
class TableSurvey:
    """One table with its columns and the keys that hold (those of the database, else those that were found)."""

    table: Table
    rows: int
    columns: dict[str, ColumnSurvey]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()


def surveyed(source: Source, *, inspector: ColumnInspector | None, random: Chance) -> tuple[TableSurvey, ...]:
    """Look through all tables once."""
    key = random(32)
    found, held = [], dict[tuple[str, str], NDArray[np.uint64]]()
    for table in source.tables:
        survey = _table(source, table, key, held)
        for column in survey.columns.values():
            _judge(column, table.column(column.name).type, inspector)
        found.append(survey)
    for survey in found:
        _keys(survey, held)
    for survey in found:
        survey.foreign_keys = survey.table.foreign_keys or _references(survey, found, held)
    return tuple(found)


def _table(source: Source, table: Table, key: bytes, held: dict[tuple[str, str], NDArray[np.uint64]]) -> TableSurvey:
    columns = {one.name: ColumnSurvey(one.name) for one in table.columns}
    parts: dict[str, list[NDArray[np.uint64]]] = {name: [] for name in columns if kind_by_heading(name) in _KEYS}
    rows = 0
    for batch in source.batches(table.name):
        rows += batch.num_rows
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            column = columns[name]
            column.rows += len(array)
            column.nulls += array.null_count
            if pa.types.is_string(array.type):
                column.empties += int(pc.sum(pc.equal(array, "")).as_py() or 0)
                column.longest = max(column.longest, int(pc.max(pc.utf8_length(array)).as_py() or 0))
            if len(column.sample) < _SAMPLE:
                places = np.unique(
                    np.linspace(0, len(array) - 1, min(_PER_BATCH if rows > _SAMPLE else _SAMPLE, len(array))).astype(int)
                )
                column.sample += array.take(pa.array(places)).to_pylist()
            if name in parts and array.null_count < len(array):
                parts[name].append(
                    prints(key, joined([array]))[:, 0][np.asarray(array.is_valid().to_numpy(zero_copy_only=False))]
                )
    for name, found in parts.items():
        held[table.name, name] = np.concatenate(found) if found else np.zeros(0, dtype=np.uint64)
        columns[name].unique = 0 < len(held[table.name, name]) == len(np.unique(held[table.name, name])) == rows
    return TableSurvey(table, rows, columns)


def _judge(column: ColumnSurvey, kind: pa.DataType, inspector: ColumnInspector | None) -> None:
    """The kind by heading and content, and how sure that is."""
    values = [one for one in column.sample if one is not None and one != ""]
    column.distinct = len(set(map(str, values)))
    texts = pa.array([str(one) for one in values], pa.string())
    if values and (pa.types.is_string(kind) or pa.types.is_integer(kind)):
        column.dates = _share(texts, _DATE)
        column.numbers = _share(texts, _NUMBER)
        lengths = {len(one) for one in texts.to_pylist()}
        column.digits = lengths.pop() if len(lengths) == 1 and column.numbers == 1 else 0
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        column.dates = 1.0
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        column.numbers = 1.0
    if inspector is not None and values:
        few = texts.take(pa.array(np.unique(np.linspace(0, len(texts) - 1, min(len(texts), _SCANNED)).astype(int))))
        for heading in ("", column.name):
            counts: dict[str, int] = {}
            for _, label in inspector.column(heading, few):
                counts[label] = counts.get(label, 0) + 1
            for label, count in counts.items():
                column.found[label] = max(column.found.get(label, 0.0), count / len(few))
    protected = _protected(texts)
    if protected:
        _set(column, protected, 0.9, "check_digit")
    else:
        _decide(column, kind_by_heading(column.name))


def _protected(texts: pa.Array) -> str:
    """マイナンバー or 住民票コード under whatever heading: what the guard of the transforms would refuse."""
    try:
        check_protected("keep", texts, Context(), removes=False)
    except InputError as error:
        return str(error.fields.get("kind", ""))
    return ""


def _share(texts: pa.Array, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(texts, pattern).cast(pa.float64())).as_py() or 0.0)


def _decide(column: ColumnSurvey, heading: str) -> None:
    best, share = max(column.found.items(), key=lambda one: one[1], default=("", 0.0))
    if heading and share >= _CONTENT and best == heading:
        _set(column, heading, 0.95, "heading", "content")
    elif heading == "date" or (not heading and column.dates >= _ALMOST):
        _set(column, "date", 0.8 if column.dates >= _ALMOST else 0.4, *(["heading"] if heading else []), "form")
    elif heading in {"name_of_thing", "organisation", "category", "amount", "identifier"} and share >= 0.5:  # noqa: PLR2004 - half
        _set(column, best, round(0.5 + share / 3, 2), "content")
    elif heading:
        _set(column, heading, 0.75, "heading")
    elif share >= _CONTENT:
        _set(column, best, round(0.4 + share / 2, 2), "content")
    elif column.found or column.longest > _LONG_TEXT:
        _set(column, "free_text", 0.5, "content" if column.found else "long_text")
    elif column.numbers == 1:
        _set(column, "amount", 0.3, "form")
    else:
        _set(column, "category", 0.3, "form")


def _set(column: ColumnSurvey, kind: str, confidence: float, *reasons: str) -> None:
    column.kind, column.confidence, column.reasons = kind, confidence, reasons


def _keys(survey: TableSurvey, held: dict[tuple[str, str], NDArray[np.uint64]]) -> None:
    survey.primary_key = survey.table.primary_key
    if not survey.primary_key:
        found = [one for one in survey.columns.values() if one.unique]
        found.sort(key=lambda one: one.kind == "my_number")
        survey.primary_key = (found[0].name,) if found else ()
    del held


def _references(
    survey: TableSurvey, tables: Sequence[TableSurvey], held: dict[tuple[str, str], NDArray[np.uint64]]
) -> tuple[ForeignKey, ...]:
    """Columns whose values all stand in a unique column of the same name, or whose name says so, of another table."""
    found = []
    for name in survey.columns:
        own = held.get((survey.table.name, name))
        if own is None or not len(own) or survey.primary_key == (name,):
            continue
        for other in tables:
            key = other.primary_key
            if other is survey or len(key) != 1 or not _alike(name, key[0]):
                continue
            parent = held.get((other.table.name, key[0]))
            if parent is not None and bool(np.isin(np.unique(own), parent).all()):
                found.append(ForeignKey((name,), other.table.name, key))
                break
    return tuple(found)


def _alike(name: str, other: str) -> bool:
    return name == other or bool(re.sub(r"[\s_]", "", name.lower()).endswith(re.sub(r"[\s_]", "", other.lower())))
