"""What the actions of retention and deletion share."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal

__all__ = ["NAME", "TEXT", "check_owner", "checked_document", "checked_subject", "end_of_day", "fresh", "next_number"]

NAME: Final = 200
TEXT: Final = 4000

M = TypeVar("M", bound=Model)


def check_owner(organization_id: uuid.UUID, owner_id: uuid.UUID | None, owner_role: str, *, now: datetime) -> None:
    """Raise InputError unless there is an owner: a person with a role in the organisation, or a role."""
    if owner_id is None and not owner_role:
        raise InputError("lifecycle.owner_missing", name="owner")
    if owner_role and owner_role not in set(Role):
        raise InputError("lifecycle.unknown_choice", name="owner_role", value=owner_role[:32], expected=", ".join(Role))
    people = organization_queries.people_of(organization_id, today=timezone.localdate(now))
    if owner_id is not None and not people.filter(pk=owner_id).exists():
        raise InputError("lifecycle.owner_unknown", name="owner")


def checked_subject(
    principal: Principal, organization_id: uuid.UUID, subject_id: uuid.UUID | None, *, name: str, kind: str = ""
) -> uuid.UUID | None:
    """A subject of the organisation that is in use, of ``kind`` where one is asked for. Raises InputError, NotFound."""
    if subject_id is None:
        return None
    subject = subject_queries.subject(principal, subject_id)
    if subject.organization_id != organization_id or subject.retired_at is not None:
        raise InputError("lifecycle.subject_elsewhere", name=name)
    if kind and subject.kind != kind:
        raise InputError("lifecycle.subject_other_kind", name=name)
    return subject.pk


def checked_document(
    principal: Principal, organization_id: uuid.UUID, given: uuid.UUID | None, *, name: str, now: datetime, needed: bool = True
) -> uuid.UUID | None:
    """A document of the organisation that was not withdrawn. Raises InputError ``lifecycle.document_unknown``."""
    if given is None:
        if needed:
            raise InputError("lifecycle.missing", name=name)
        return None
    rows = evidence_queries.evidence(principal, now=now, organization_id=organization_id)
    if not rows.filter(pk=given, organization=organization_id, kind="document", withdrawn_at=None).exists():
        raise InputError("lifecycle.document_unknown", name=name)
    return given


def fresh(rows: QuerySet[M], row_id: uuid.UUID, version: int | None) -> M:
    """The row locked and as it is now. Raises Conflict ``lifecycle.changed_meanwhile`` when it is not the one that was read."""
    found: Any = rows.select_for_update(of=("self",)).get(pk=row_id)
    if version is not None and found.version != version:
        raise Conflict("lifecycle.changed_meanwhile")
    return found  # type: ignore[no-any-return] # of the rows


def end_of_day(day: date) -> datetime:
    """The last minute of a day in the installation's zone."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


def next_number(rows: QuerySet[Any], *, prefix: str, digits: int = 5) -> str:
    """The number after the highest of ``rows`` that begins with ``prefix`` and goes on with digits only."""
    found = rows.filter(number__startswith=prefix).values_list("number", flat=True)
    taken = [int(tail) for number in found if (tail := number[len(prefix) :]).isdecimal()]
    return f"{prefix}{max(taken, default=0) + 1:0{digits}d}"
