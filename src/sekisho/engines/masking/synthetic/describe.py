"""A description of real tables from which synthetic ones can be made: types and rough ranges, nothing that tells a value.

What goes in: headings, kinds, keys, and, where at least :data:`SMALLEST` rows stand behind it, the share of NULL to the next
twentieth, the span between the 5th and the 95th percentile to one significant digit, how many different values a small category
has (as numbered labels, never as the values), the number of rows to one significant digit. Smaller counts are left out.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, Final

from sekisho.engines.masking.inspecting import ColumnInspector
from sekisho.engines.masking.masker import Chance
from sekisho.engines.masking.survey import ColumnSurvey, TableSurvey, surveyed
from sekisho.engines.masking.synthetic.description import SCHEMA
from sekisho.engines.masking.tables import Source

__all__ = ["SMALLEST", "describe"]

SMALLEST: Final = 10
_CATEGORY: Final = 20
_NEARLY: Final = 0.9
_SAME: Final = {
    one: one
    for one in (
        "person_name", "person_kana", "sex", "age", "telephone", "email", "my_number", "corporate_number", "postal_code",
        "postal_address",
    )
}  # fmt: skip


def describe(
    source: Source, *, seed: int, as_of: date, inspector: ColumnInspector | None, random: Chance, title: str = "—"
) -> dict[str, Any]:
    """The plain value of a description (see :func:`.parse_description`); ``random`` is for the keys of prints only."""
    surveys = surveyed(source, inspector=inspector, random=random)
    tables = {}
    for one in surveys:
        columns = {column.name: _column(column, one) for column in one.columns.values()}
        links = {key.columns[0]: key for key in one.foreign_keys if len(key.columns) == 1}
        for name, key in links.items():
            columns[name] = {"kind": "reference", "table": key.table, "column": key.referred[0], **_gaps(one.columns[name])}
        entry: dict[str, Any] = {"rows": max(_rounded(one.rows), SMALLEST)}
        if one.primary_key:
            entry["primary_key"] = list(one.primary_key)
        tables[one.table.name] = {**entry, "columns": columns}
    return {"schema": SCHEMA, "title": title, "seed": seed, "as_of": as_of.isoformat(), "tables": tables}


def _column(column: ColumnSurvey, table: TableSurvey) -> dict[str, Any]:
    if column.name in table.primary_key and len(table.primary_key) == 1 and column.kind not in _SAME:
        digits = {"digits": column.digits} if column.digits else {}
        return {"kind": "sequence", **digits}
    return {**_kind(column), **_gaps(column)}


def _kind(column: ColumnSurvey) -> dict[str, Any]:
    """The kind with rough figures."""
    if column.kind in _SAME:
        return {"kind": _SAME[column.kind]}
    if column.kind == "birth_date":
        return {"kind": "birth_date", "format": _form(column)}
    values = [one for one in column.sample if one is not None and one != ""]
    if column.dates > _NEARLY and column.kind != "identifier":
        return _dates(values, column)
    if column.numbers == 1:
        return {"kind": "number", "digits": column.digits} if column.digits and column.kind != "amount" else _numbers(values)
    if column.kind != "free_text" and column.distinct <= _CATEGORY and len(values) >= SMALLEST * 2:
        return {"kind": "category", "values": [f"区分{number}" for number in range(1, max(column.distinct, 1) + 1)]}
    return {"kind": "text"}


def _form(column: ColumnSurvey) -> str:
    texts = [one for one in column.sample if isinstance(one, str) and one]
    if not texts:
        return "date"
    one = texts[0]
    if "年" in one:
        return "wareki"
    return "slash" if "/" in one else "iso" if "-" in one else "compact"


def _dates(values: list[Any], column: ColumnSurvey) -> dict[str, Any]:
    days = [one for one in (_day(value) for value in values) if one is not None]
    found: dict[str, Any] = {"kind": "date", "format": _form(column)}
    if len(days) >= SMALLEST * 2:
        low, high = _inner(sorted(one.year for one in days))
        found["low"], found["high"] = f"{int(low) // 5 * 5:04d}-01-01", f"{int(high) // 5 * 5 + 4:04d}-12-31"
    return found


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    digits = "".join(one if one.isdigit() else "-" for one in str(value)[:10]).strip("-")
    for text in (digits, f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            continue
    return None


def _numbers(values: list[Any]) -> dict[str, Any]:
    numbers = sorted(float(one) for one in values)
    whole = all(one.is_integer() for one in numbers)
    found: dict[str, Any] = {"kind": "integer" if whole else "decimal", "low": 0, "high": 100}
    if len(numbers) >= SMALLEST * 2:
        low, high = _inner(numbers)
        found["low"], found["high"] = _outward(low, up=False), _outward(high, up=True)
    return found


def _inner(values: list[Any]) -> tuple[float, float]:
    """The 5th and the 95th percentile, and never one of the :data:`SMALLEST` // 2 outermost values."""
    cut = max(len(values) // 20, SMALLEST // 2)
    return float(values[cut]), float(values[-cut - 1])


def _outward(value: float, *, up: bool) -> int | float:
    """To one significant digit, away from the middle."""
    if not value:
        return 0
    step = 10.0 ** math.floor(math.log10(abs(value)))
    rounded = (math.ceil if up else math.floor)(value / step) * step
    return int(rounded) if float(rounded).is_integer() else float(f"{rounded:.1g}")


def _rounded(count: int) -> int:
    return int(float(f"{count:.1g}")) if count else 0


def _gaps(column: ColumnSurvey) -> dict[str, float]:
    """Shares of NULL and empty, in twentieths; small counts on either side are left out."""
    found = {}
    for name, count in (("nulls", column.nulls), ("empty", column.empties)):
        if count >= SMALLEST and (column.rows - count >= SMALLEST or count == column.rows):
            share = round(count / column.rows * 20) / 20
            if share:
                found[name] = share
    return found
