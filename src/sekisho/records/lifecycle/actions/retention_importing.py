"""Doing what an import showed that it would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.errors import Conflict, InputError
from sekisho.records.database import database_errors
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import next_number
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.actions.retention_entries import PREFIX
from sekisho.records.lifecycle.models import Place, RetentionEntry
from sekisho.records.lifecycle.retention_sheet import Plan, plan_import

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["import_entries"]

_BATCH: Final = 200


def import_entries(
    principal: Principal, *, organization: Organization, untrusted: bytes, name: str, now: datetime, encoding: str = ""
) -> Plan:
    """Plan once more and do it, all or nothing. Raises InputError ``tabular.rejected`` with every problem."""
    with database_errors(), recording(principal, "lifecycle.import", now=now, organization_id=organization.pk) as entry:
        plan = plan_import(principal, organization=organization, untrusted=untrusted, name=name, now=now, encoding=encoding)
        if plan.problems:
            raise InputError("tabular.rejected", problems=tuple(plan.problems), count=len(plan.problems))
        first = next_number(RetentionEntry.objects.filter(organization=organization), prefix=PREFIX)
        number = int(first.removeprefix(PREFIX))
        for row in plan.rows:
            if not row.entry.number:
                row.entry.number, number = f"{PREFIX}{number:05d}", number + 1
        created = [row.entry for row in plan.rows if row.verb == "create"]
        if len({one.number for one in created}) != len(created):
            raise Conflict("lifecycle.number_twice", name="number", value="")
        RetentionEntry.objects.bulk_create(created, batch_size=_BATCH)
        for row in plan.rows:
            if row.verb == "update":
                row.entry.version += 1
                row.entry.save()
        places = [Place(entry=row.entry, **one) for row in plan.rows for one in row.places if row.verb != "same"]
        Place.objects.bulk_create(places, batch_size=_BATCH)
        entry.about(*(row.entry.pk for row in plan.rows if row.verb != "same"))
        entry.fact(created=plan.count("create"), updated=plan.count("update"))
        entry.words(file=name)
        refresh_later(organization.pk, now=now)
    return plan
