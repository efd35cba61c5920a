"""Is a document whole? Every citation resolves, every row fits its columns, every address may be linked."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from sekisho.documents.model import (
    BulletList,
    Callout,
    Cell,
    CellState,
    Chart,
    ChartKind,
    Cite,
    ColumnKind,
    Document,
    KeyValues,
    Level,
    LevelMark,
    Link,
    MarkState,
    Paragraph,
    Picture,
    Run,
    Table,
)
from sekisho.documents.pictures import check_svg
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LEVEL_SERIES", "check", "problems", "runs_of"]

LEVEL_SERIES: Final = (*(level.value for level in Level), MarkState.UNMEASURED.value, MarkState.NOT_APPLICABLE.value)
"""The series that a chart of levels may have, in the order in which they are drawn."""

_ADDRESS = re.compile(r"(https?://[^\s/]|mailto:[^\s]|/(?!/)|#)[^\s\\<>\"]*", re.IGNORECASE)


def check(document: Document) -> None:
    """InputError ``documents.broken_document`` that lists every problem, if there is any."""
    found = tuple(problems(document))
    if found:
        raise InputError("documents.broken_document", problems=found)


def problems(document: Document) -> Iterator[Problem]:
    """Everything that is wrong with the document, in its order."""
    known = Counter(reference.id for reference in document.references)
    for identifier, times in known.items():
        if times > 1:
            yield Problem("documents.duplicate_reference", {"id": identifier})
    for reference in document.references:
        if reference.url and not _ADDRESS.fullmatch(reference.url):
            yield Problem("documents.bad_address", {"place": reference.label or reference.id})
    for block in document.blocks:
        for runs in runs_of(block):
            yield from _runs(runs, known)
        if isinstance(block, Table):
            yield from _table(block, known)
        elif isinstance(block, Chart):
            yield from _chart(block, known)
        elif isinstance(block, Picture):
            yield from _picture(block)


def runs_of(block: object) -> Iterator[tuple[Run, ...]]:
    """The inline contents of a block."""
    if isinstance(block, Paragraph | Callout):
        yield block.runs
    elif isinstance(block, BulletList):
        yield from block.items
    elif isinstance(block, KeyValues):
        for item in block.items:
            yield item.value


def _runs(runs: tuple[Run, ...], known: Counter[str]) -> Iterator[Problem]:
    place = "".join(run for run in runs if isinstance(run, str))[:40]
    for run in runs:
        if isinstance(run, Cite) and run.id not in known:
            yield Problem("documents.unknown_reference", {"id": run.id, "place": place})
        elif isinstance(run, Link) and not _ADDRESS.fullmatch(run.url):
            yield Problem("documents.bad_address", {"place": run.text or place})
        elif isinstance(run, LevelMark) and not _mark_fits(run):
            yield Problem("documents.wrong_level", {"place": place})


def _mark_fits(mark: LevelMark) -> bool:
    return (mark.level is not None) == (mark.state in {MarkState.CURRENT, MarkState.STALE})


def _table(table: Table, known: Counter[str]) -> Iterator[Problem]:
    name = table.caption or table.name
    span = sum(group.span for group in table.groups)
    if table.groups and (span != len(table.columns) or any(group.span < 1 for group in table.groups)):
        yield Problem("documents.group_span", {"table": name, "found": span, "expected": len(table.columns)})
    for number, row in enumerate(table.rows, 1):
        if len(row) != len(table.columns):
            fields = {"table": name, "row": number, "found": len(row), "expected": len(table.columns)}
            yield Problem("documents.row_length", fields, row=number)
            continue
        for column, cell in zip(table.columns, row, strict=True):
            where = {"table": name, "row": number, "column": column.title, "expected": column.kind.value}
            if not _value_fits(cell, column.kind):
                yield Problem("documents.wrong_value", where, row=number, column=column.title)
            for identifier in cell.refs:
                if identifier not in known:
                    place = f"{name} {number} {column.title}"
                    yield Problem("documents.unknown_reference", {"id": identifier, "place": place}, row=number)


def _value_fits(cell: Cell, kind: ColumnKind) -> bool:
    value = cell.value
    if value is None:
        return True
    if cell.state is not CellState.VALUE:
        return False
    if isinstance(value, LevelMark):
        return kind is ColumnKind.LEVEL and _mark_fits(value)
    if isinstance(value, str):
        # A text in a column of figures (「計」, 「－」) is allowed: real tables have them.
        return kind is not ColumnKind.LEVEL and (kind is not ColumnKind.DATE or _is_date(value))
    return kind not in {ColumnKind.LEVEL, ColumnKind.DATE} and math.isfinite(value)


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text[:10])
    except ValueError:
        return not text
    return True


def _chart(chart: Chart, known: Counter[str]) -> Iterator[Problem]:
    name = chart.caption
    if not chart.alternative.strip():
        yield Problem("documents.no_alternative", {"chart": name})
    for point in chart.points:
        if chart.kind is ChartKind.LEVELS and point.series not in LEVEL_SERIES:
            yield Problem("documents.wrong_series", {"chart": name, "series": point.series})
        if point.value is not None and not math.isfinite(point.value):
            where = {"table": name, "row": 0, "column": point.category, "expected": chart.value_kind}
            yield Problem("documents.wrong_value", where)
        for identifier in point.refs:
            if identifier not in known:
                yield Problem("documents.unknown_reference", {"id": identifier, "place": f"{name} {point.category}"})


def _picture(picture: Picture) -> Iterator[Problem]:
    if not picture.alternative.strip():
        yield Problem("documents.no_alternative", {"chart": picture.caption})
    try:
        check_svg(picture.svg)
    except InputError as error:
        yield Problem(error.code, error.fields)
