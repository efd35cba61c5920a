"""The 建物と札の台帳: replaced whole from a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring.models import PremisesEntry
from sekisho.records.monitoring.premises_sheet import read_premises

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["PREMISES_LIMIT", "replace_premises"]

PREMISES_LIMIT: Final = 20_000_000  # bytes


def replace_premises(principal: Principal, *, organization: Organization, untrusted: bytes, filename: str, now: datetime) -> int:
    """Put the lines of a sheet (XLSX, CSV) in the place of all that stand there; returns how many.

    All or nothing: raises InputError ``monitoring.premises_rejected`` with every problem.
    """
    principal.require("monitoring.source", organization.pk)
    table = read_premises(untrusted, name=filename)
    if table.problems:
        raise InputError("monitoring.premises_rejected", problems=tuple(table.problems), count=len(table.problems), name="file")
    with recording(principal, "monitoring.replace_premises", now=now, organization_id=organization.pk) as entry:
        PremisesEntry.objects.filter(organization=organization).delete()
        PremisesEntry.objects.bulk_create(
            [
                PremisesEntry(
                    organization=organization,
                    kind=row.values["kind"],
                    key=row.values["key"],
                    value=row.values["value"],
                    more=row.values.get("more", ""),
                )
                for row in table.rows
            ]
        )
        entry.fact(lines=len(table.rows))
    return len(table.rows)
