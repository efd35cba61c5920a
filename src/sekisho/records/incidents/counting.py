"""The causes of an organisation's incidents as a table, for the page, its export and the API."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from sekisho.records.incidents import queries
from sekisho.records.incidents.rules import count_by_quarter, first_day_of, quarters_until, recurring
from sekisho.standards.human_error import human_error

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["CauseRow", "CauseTable", "causes_by_quarter"]

QUARTERS: Final = 8


@dataclass(frozen=True, slots=True)
class CauseRow:
    """In how many incidents a cause had a part: by quarter, in all, as a root, after a countermeasure against it was verified."""

    factor: str
    cause: str
    counts: dict[tuple[int, int], int]
    total: int
    roots: int
    after_treatment: int


@dataclass(frozen=True, slots=True)
class CauseTable:
    """The rows, most frequent first; ``incidents`` that were counted; ``factors`` with their number of incidents."""

    quarters: list[tuple[int, int]]
    rows: list[CauseRow]
    incidents: int
    factors: list[tuple[str, int]]


def causes_by_quarter(
    principal: Principal, organization: Organization, *, kind: str = "", near_miss: bool | None = None, today: date
) -> CauseTable:
    """The table of the last two years, of an organisation and those below."""
    quarters = quarters_until(today, QUARTERS)
    filters = queries.Filters(state="all", kind=kind, near_miss=near_miss, since=first_day_of(quarters[0]))
    found = queries.counted(principal, organization, filters=filters)
    back = recurring(found, queries.treated(principal, organization))
    owners = {cause: factor for cause, (factor, _) in human_error().causes.items()}
    rows = [
        CauseRow(
            factor=owners.get(cause, ""),
            cause=cause,
            counts=counts,
            total=sum(counts.values()),
            roots=sum(cause in one.roots for one in found),
            after_treatment=back.get(cause, 0),
        )
        for cause, counts in count_by_quarter(found, quarters).items()
    ]
    rows.sort(key=lambda row: (-row.total, row.factor, row.cause))
    factors = Counter(factor for one in found for factor in one.factors)
    return CauseTable(quarters, rows, len(found), factors.most_common())
