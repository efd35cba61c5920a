"""Reads of the tree and its people. ``visible_to`` is what every other room's reads pass through."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet

from sekisho.errors import NotFound
from sekisho.records.organization.models import ApiToken, Edge, LoginSession, Membership, Organization, Person, Reach
from sekisho.records.organization.permissions import READ, Role
from sekisho.records.organization.principals import Grant, Principal
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from collections.abc import Iterable

M = TypeVar("M", bound=Model)

__all__ = [
    "ancestors",
    "body_kind_of",
    "by_code",
    "children",
    "find_organizations",
    "holders",
    "home_of",
    "line_ids",
    "manageable_people",
    "membership",
    "memberships_at",
    "names_of",
    "organization_ids",
    "organizations",
    "parent_edges",
    "people",
    "people_of",
    "person",
    "principal_of",
    "reaches",
    "require_manageable",
    "roles_of",
    "sessions_of",
    "token_of_secret",
    "tokens_of",
    "visible_ancestors",
    "visible_to",
    "within",
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


def line_ids(principal: Principal) -> QuerySet[Any, Any]:
    """A sub-query of the ids of readable organisations and of all above them, boundaries ignored (whose rules reach down)."""
    return Reach.objects.filter(descendant__in=organization_ids(principal)).values("ancestor")


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
    return the_row(organizations(principal).filter(code=code))


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


def manageable_people(principal: Principal) -> QuerySet[Person]:
    """Whom an administrator looks after: people all of whose open-ended roles are within reach of their ``person.manage``.

    Somebody with a role elsewhere too (an officer who serves two towns) is looked after by whoever reaches both; somebody who
    never had a role, by the administrators of a root of the tree.
    """
    if principal.is_system:
        return Person.objects.all()
    inside = organization_ids(principal, "person.manage")
    elsewhere = Membership.objects.filter(person=OuterRef("pk"), valid_until=None).exclude(organization__in=inside)
    wanted = Q(Exists(Membership.objects.filter(person=OuterRef("pk"), organization__in=inside)))
    roots = set(principal.roles_for("person.manage"))
    if roots - set(Reach.objects.filter(descendant__in=roots, depth__gt=0).values_list("descendant_id", flat=True)):
        wanted |= ~Q(Exists(Membership.objects.filter(person=OuterRef("pk"))))
    return Person.objects.filter(wanted, ~Q(Exists(elsewhere)), erased_at=None)


def require_manageable(principal: Principal, person: Person) -> None:
    """Raise NotPermitted without ``person.manage`` anywhere, NotFound for somebody whom the principal does not look after."""
    principal.require("person.manage", None)
    if not manageable_people(principal).filter(pk=person.pk).exists():
        raise NotFound("access.not_found")


def sessions_of(principal: Principal) -> QuerySet[LoginSession]:
    """One's own browser sessions, the last seen first."""
    return LoginSession.objects.filter(person_id=principal.own_id).order_by("-last_seen_at")


def tokens_of(principal: Principal, *, now: datetime) -> QuerySet[ApiToken]:
    """One's own tokens that still work."""
    return ApiToken.objects.filter(person_id=principal.own_id, revoked_at=None, expires_at__gt=now).order_by("-created_at")


def token_of_secret(secret_hash: str, *, now: datetime) -> ApiToken | None:
    """The working token with that hash, with its person (who must be active)."""
    return (
        ApiToken.objects.select_related("person")
        .filter(secret_hash=secret_hash, revoked_at=None, expires_at__gt=now, person__is_active=True)
        .first()
    )


def people_of(organization_id: uuid.UUID, *, today: date) -> QuerySet[Person]:
    """Everybody active with a role that reaches the organisation (who can own work there)."""
    roles = (
        Membership.objects.filter(valid_from__lte=today)
        .filter(Q(valid_until=None) | Q(valid_until__gt=today))
        .filter(organization__reaches__descendant=organization_id, organization__reaches__inside=True)
    )
    return Person.objects.filter(is_active=True, pk__in=roles.values("person"))


# ------------------------------------------------------------------------------------------------- pages of the tree


def children(principal: Principal, organization: Organization) -> QuerySet[Organization]:
    """The visible organisations directly below, each with ``below``: how many it has itself (none beyond a boundary)."""
    rows = Organization.objects.filter(reached_by__ancestor=organization, reached_by__depth=1)
    below = Count("reaches", filter=Q(reaches__depth=1, reaches__inside=True), distinct=True)
    return visible_to(rows, principal, field="pk").annotate(below=below).order_by(F("closed_on").asc(nulls_first=True), "code")


def visible_ancestors(principal: Principal, organization: Organization) -> list[Organization]:
    """From the highest visible organisation down to this one's parent."""
    rows = organizations(principal).filter(reaches__descendant=organization, reaches__depth__gt=0)
    return list(rows.order_by("-reaches__depth"))


def parent_edges(organization: Organization) -> QuerySet[Edge]:
    """To whom it belonged, belongs, and will belong."""
    return Edge.objects.filter(child=organization).select_related("parent").order_by("-valid_from")


def memberships_at(principal: Principal, organization: Organization, *, today: date) -> QuerySet[Membership]:
    """Who holds which role right there: present and future ones."""
    rows = Membership.objects.filter(organization=organization).filter(Q(valid_until=None) | Q(valid_until__gt=today))
    return visible_to(rows, principal).select_related("person", "organization").order_by("role", "person__kana")


def membership(principal: Principal, membership_id: uuid.UUID) -> Membership:
    """One membership. Raises NotFound."""
    found = (
        visible_to(Membership.objects.all(), principal).select_related("person", "organization").filter(pk=membership_id).first()
    )
    if found is None:
        raise NotFound("access.not_found")
    return found


def people(principal: Principal, organization: Organization, *, text: str = "") -> QuerySet[Person]:
    """Who holds or held a role in the organisation or below it, as far as visible."""
    principal.require("person.manage", organization.pk)
    below = Reach.objects.filter(ancestor=organization).values("descendant")
    roles = visible_to(Membership.objects.filter(person=OuterRef("pk"), organization__in=below), principal)
    rows = Person.objects.filter(Exists(roles), erased_at=None)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(kana__icontains=text) | Q(login__icontains=text))
    return rows.order_by("kana", "login")


def person(principal: Principal, person_id: uuid.UUID) -> Person:
    """Somebody whom the principal looks after. Raises NotFound."""
    principal.require("person.manage", None)
    return the_row(manageable_people(principal).filter(pk=person_id))


def roles_of(principal: Principal, person: Person) -> QuerySet[Membership]:
    """Somebody's roles, past ones too, as far as the principal sees the organisations."""
    rows = Membership.objects.filter(person=person).select_related("organization")
    return visible_to(rows, principal).order_by("-valid_from")


def names_of(person_ids: Iterable[uuid.UUID | str]) -> dict[str, str]:
    """Names of people by id (as text), for records that name who acted; erased people are left out."""
    rows = Person.objects.filter(pk__in=set(person_ids), erased_at=None).values_list("pk", "name", "login")
    return {str(pk): name or login for pk, name, login in rows}


def within(organization_id: uuid.UUID, principal: Principal | None = None) -> QuerySet[Any, Any]:
    """A sub-query of the organisation's id and those below it, down to the next boundary: what its figures are made of.

    With ``principal`` only if they may read the organisation: then they may read all of these, and rows need no further check.
    """
    area = Reach.objects.filter(ancestor=organization_id, inside=True)
    if principal is not None and not principal.is_system:
        seen = Reach.objects.filter(ancestor__in=principal.roles_for(READ), descendant=organization_id, inside=True)
        area = area.filter(Exists(seen))
    return area.values("descendant")
