"""Reads of the tree and its people. ``visible_to`` is what every other room's reads pass through."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Count, F, Model, Q, QuerySet

from sekisho.errors import NotFound
from sekisho.records.organization.models import ApiToken, Membership, Organization, Person, Reach
from sekisho.records.organization.permissions import READ, Role
from sekisho.records.organization.principals import Grant, Principal

if TYPE_CHECKING:
    from collections.abc import Iterable

M = TypeVar("M", bound=Model)

__all__ = [
    "ancestors",
    "body_kind_of",
    "by_code",
    "find_organizations",
    "holders",
    "home_of",
    "organization_ids",
    "organizations",
    "principal_of",
    "reaches",
    "visible_to",
]


def principal_of(person: Person, *, today: date, token: ApiToken | None = None) -> Principal:
    """The principal of a logged-in person, or of their token (narrowed to its scopes). One query."""
    rows = (
        Membership.objects.filter(person=person, valid_from__lte=today)
        .filter(Q(valid_until=None) | Q(valid_until__gt=today))
        .values_list("organization_id", "role")
    )
    grants = tuple(Grant(organization_id=o, role=Role(r)) for o, r in rows)
    if token is not None:
        return Principal(
            kind="token",
            id=str(token.pk),
            person_id=person.pk,
            grants=grants,
            scopes=frozenset(token.scopes),
            language=person.language,
        )
    return Principal(kind="person", id=str(person.pk), person_id=person.pk, grants=grants, language=person.language)


def reaches(*, roots: Iterable[uuid.UUID], organization_id: uuid.UUID) -> bool:
    """Whether ``organization_id`` is one of ``roots`` or below one without a boundary between."""
    return Reach.objects.filter(ancestor__in=list(roots), descendant=organization_id, inside=True).exists()


def organization_ids(principal: Principal, action: str = READ) -> QuerySet[Any, Any]:
    """A sub-query of the ids of the organisations in which the principal may do ``action``."""
    if principal.is_system:
        return Organization.objects.values("pk")
    return Reach.objects.filter(ancestor__in=principal.roles_for(action), inside=True).values("descendant")


def visible_to(rows: QuerySet[M], principal: Principal, *, field: str = "organization", action: str = READ) -> QuerySet[M]:
    """Those ``rows`` whose organisation (at ``field``) the principal may read. What is not visible does not exist."""
    if principal.is_system:
        return rows
    return rows.filter(**{f"{field}__in": organization_ids(principal, action)})


def organizations(principal: Principal) -> QuerySet[Organization]:
    """The organisations that the principal sees."""
    return visible_to(Organization.objects.all(), principal, field="pk")


def find_organizations(principal: Principal, text: str) -> QuerySet[Organization]:
    """Visible organisations whose name, kana or code contains ``text`` (all when it is empty), open ones first."""
    rows = organizations(principal).order_by(F("closed_on").asc(nulls_first=True), "code")
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(name_en__icontains=text) | Q(kana__icontains=text) | Q(code__icontains=text)
        )
    return rows


def by_code(principal: Principal, code: str) -> Organization:
    """One organisation by its code. Raises NotFound."""
    found = organizations(principal).filter(code=code).first()
    if found is None:
        raise NotFound("access.not_found")
    return found


def home_of(principal: Principal) -> Organization | None:
    """Where a person begins: of the organisations in which they hold a role, the one highest in the tree. None without a role."""
    ids = {grant.organization_id for grant in principal.grants}
    return Organization.objects.filter(pk__in=ids).annotate(above=Count("reached_by")).order_by("above", "code").first()


def ancestors(organization_id: uuid.UUID) -> list[Organization]:
    """From the root down to the organisation itself, boundaries ignored (for the line of responsibility, not for reading)."""
    rows = Reach.objects.filter(descendant=organization_id).select_related("ancestor").order_by("-depth")
    return [row.ancestor for row in rows]


def body_kind_of(organization_id: uuid.UUID) -> str:
    """The kind of body: its own, or that of the nearest ancestor that has one; empty if none."""
    return next((o.body_kind for o in reversed(ancestors(organization_id)) if o.body_kind), "")


def holders(*, role: str, organization_id: uuid.UUID, today: date) -> list[Person]:
    """Who holds ``role`` for the organisation: those of the nearest organisation upwards (no boundary crossed) that has any."""
    rows = (
        Membership.objects.filter(role=role, valid_from__lte=today, person__is_active=True)
        .filter(Q(valid_until=None) | Q(valid_until__gt=today))
        .filter(organization__reaches__descendant=organization_id, organization__reaches__inside=True)
        .values_list("organization__reaches__depth", "person_id")
    )
    found = sorted(rows)
    nearest = [person for depth, person in found if depth == found[0][0]]
    return list(Person.objects.filter(pk__in=nearest))
