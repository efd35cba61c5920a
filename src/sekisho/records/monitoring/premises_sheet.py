"""The 建物と札の台帳 as a table: written for Excel, read back whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.errors import Problem
from sekisho.records.monitoring.models import PremisesKind
from sekisho.records.tabular import Choice, Column, Table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COLUMNS", "KIND_NAMES", "read_premises"]

KIND_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "door": ("扉 → 区域（補足：施設）", "Door → area (more: site)"),
    "inside": ("区域 → それを囲む区域", "Area → the area around it"),
    "card": ("札 → 人", "Card → person"),
    "account": ("利用者名 → 人", "Account → person"),
    "host": ("機械 → 置いてある区域", "Machine → the area it stands in"),
    "travel": ("施設 → 施設（補足：移動の分）", "Site → site (more: minutes)"),
}
COLUMNS: Final = (
    Column(
        "kind",
        "種類",
        "Kind",
        required=True,
        choices=tuple(Choice(key, ja, en) for key, (ja, en) in KIND_NAMES.items()),
        width=30,
    ),
    Column("key", "何", "What", required=True, width=30, limit=200),
    Column("value", "どこ・だれ", "Where, who", required=True, width=30, limit=200),
    Column("more", "補足", "More", width=20, limit=200),
)
_ONE_VALUE: Final = frozenset(PremisesKind.values) - {PremisesKind.TRAVEL}


def read_premises(untrusted: bytes, *, name: str) -> Table:
    """The lines of a file with everything that is wrong; a key may stand once in its kind, minutes are a number."""
    table = read_table(untrusted, name=name, columns=COLUMNS)
    seen: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        kind, key, value, more = (row.values.get(column.key, "") for column in COLUMNS)
        mark = (kind, key) if kind in _ONE_VALUE else (kind, key, value)
        if mark in seen:
            table.problems.append(
                Problem("monitoring.premises_twice", {"value": key[:60], "first": seen[mark]}, name, row.number, COLUMNS[1].ja)
            )
        seen.setdefault(mark, row.number)
        if kind == PremisesKind.TRAVEL and not _minutes(more):
            table.problems.append(Problem("monitoring.premises_minutes", {"value": more[:40]}, name, row.number, COLUMNS[3].ja))
    return table


def _minutes(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and int(text) > 0  # noqa: PLR2004 - days are no minutes
