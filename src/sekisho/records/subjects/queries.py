"""Reads of subjects and machines: only what the reader may see."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from sekisho.errors import NotFound, NotPermitted
from sekisho.records.organization.actions import hash_secret
from sekisho.records.organization.principals import Principal
from sekisho.records.organization.queries import people_of, visible_to
from sekisho.records.rows import the_row
from sekisho.records.subjects.models import ExternalKey, Machine, PartOf, Subject, SubjectKind
from sekisho.standards import catalog as standards

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.models import Person

__all__ = [
    "Links",
    "by_ids",
    "by_key",
    "in_organization",
    "keys_elsewhere",
    "links",
    "machine",
    "machine_of",
    "machine_principal",
    "machines",
    "named_by_others",
    "organization_subject",
    "parts_of",
    "possible_owners",
    "schemes",
    "subject",
    "subjects",
    "uuid_of",
]


def subjects(principal: Principal, *, action: str = "read") -> QuerySet[Subject]:
    """The subjects in whose organisation the principal may do ``action``."""
    return visible_to(Subject.objects.all(), principal, action=action)


def subject(principal: Principal, subject_id: uuid.UUID) -> Subject:
    """One subject with its organisation and owner. Raises NotFound."""
    return the_row(subjects(principal).select_related("organization", "owner").filter(pk=subject_id))


def machines(principal: Principal) -> QuerySet[Machine]:
    """The enrolments that the principal sees."""
    return visible_to(Machine.objects.select_related("subject"), principal, field="subject__organization")


def machine_principal(secret: str, now: datetime) -> Principal | None:
    """Who reports with this ``skm_…`` secret; None when it opens nothing (unknown, revoked, expired).

    Raises NotPermitted ``subjects.machine_suspended`` for a suspended one, so that its operator learns why. One query.
    """
    if not secret.startswith("skm_"):
        return None
    found = (
        Machine.objects.filter(secret_hash=hash_secret(secret), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )
    if found is None:
        return None
    if found.suspended_at is not None:
        raise NotPermitted("subjects.machine_suspended", machine=found.name)
    return Principal(kind="machine", id=str(found.pk), machine_id=found.pk)


def machine_of(principal: Principal) -> Machine:
    """The enrolment of a machine's principal, with its subject. Raises NotFound."""
    if principal.machine_id is None:
        raise NotFound("access.not_found")
    return the_row(Machine.objects.select_related("subject").filter(pk=principal.machine_id, revoked_at=None))


def named_by_others(
    *, identities: set[str], keys: set[tuple[str, str]]
) -> tuple[dict[str, set[uuid.UUID]], dict[tuple[str, str], uuid.UUID]]:
    """To whom machine identities and external keys belong: identity → subject ids, (scheme, value) → subject id.

    For checking a sender's claim, not for showing: nothing of it may reach the sender.
    """
    bound: dict[str, set[uuid.UUID]] = {}
    if identities:
        rows = Machine.objects.filter(identity__in=identities, revoked_at=None).values_list("identity", "subject_id")
        for identity, subject_id in rows:
            bound.setdefault(identity, set()).add(subject_id)
    owners: dict[tuple[str, str], uuid.UUID] = {}
    if keys:
        found = ExternalKey.objects.filter(value__in={value for _, value in keys}).values_list("scheme", "value", "subject_id")
        owners = {(scheme, value): subject_id for scheme, value, subject_id in found if (scheme, value) in keys}
    return bound, owners


def by_ids(ids: Iterable[uuid.UUID]) -> QuerySet[Subject]:
    """Subjects by id, for rooms that have already made sure that the reader may see them."""
    return Subject.objects.filter(pk__in=list(ids))


def organization_subject(organization_id: uuid.UUID) -> Subject | None:
    """The subject that stands for an organisation itself."""
    return Subject.objects.filter(organization_id=organization_id, kind=SubjectKind.ORGANIZATION).first()


def parts_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """For each of these subjects all that is part of it, also indirectly, without itself. One query for each level of depth.

    For rooms that have already made sure that the reader may see the wholes; parts in other organisations are left out.
    """
    roots = list(ids)
    owner = dict(Subject.objects.filter(pk__in=roots).values_list("pk", "organization_id"))
    found: dict[uuid.UUID, set[uuid.UUID]] = {root: set() for root in roots}
    front: dict[uuid.UUID, set[uuid.UUID]] = {root: {root} for root in roots}
    while front:
        links = PartOf.objects.filter(whole__in=list(front), part__retired_at=None)
        reached: dict[uuid.UUID, set[uuid.UUID]] = {}
        for whole, part, organization_id in links.values_list("whole_id", "part_id", "part__organization_id"):
            for root in front[whole]:
                if owner.get(root) == organization_id and part not in found[root]:
                    found[root].add(part)
                    reached.setdefault(part, set()).add(root)
        front = reached
    return found


def in_organization(
    principal: Principal,
    organization_id: uuid.UUID,
    *,
    kind: str = "",
    zone: str = "",
    confidentiality: str = "",
    text: str = "",
    retired: bool = False,
) -> QuerySet[Subject]:
    """The subjects of one organisation that the principal sees, filtered as the page's address says."""
    rows = subjects(principal).filter(organization_id=organization_id).select_related("owner", "asset")
    rows = rows.filter(retired_at__isnull=not retired)
    wanted = {"kind": kind, "network_zone": zone, "confidentiality": confidentiality}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if text:
        rows = rows.filter(
            Q(name__icontains=text)
            | Q(kana__icontains=text)
            | Q(description__icontains=text)
            | Q(pk__in=ExternalKey.objects.filter(value__icontains=text).values("subject"))
        )
    return rows.order_by("kind", "name", "pk")


def possible_owners(organization_id: uuid.UUID, *, today: date, owner_id: uuid.UUID | None = None) -> QuerySet[Person]:
    """Who may own a subject of the organisation: everybody with a role there, and ``owner_id``, who owns it now."""
    found = people_of(organization_id, today=today)
    return found.model.objects.filter(Q(pk__in=found.values("pk")) | Q(pk=owner_id)).order_by("name", "pk")


def machine(principal: Principal, machine_id: uuid.UUID) -> Machine:
    """One enrolment. Raises NotFound."""
    return the_row(machines(principal).filter(pk=machine_id))


def schemes() -> dict[str, dict[str, frozenset[str]]]:
    """Classification schemes as scheme → axis → ids of values, the network zones among them."""
    return {
        scheme.id: {axis.id: frozenset(value.id for value in axis.values) for axis in scheme.axes}
        for scheme in standards.classification_schemes().values()
    }


@dataclass(frozen=True, slots=True)
class Links:
    """What a subject is tied to, as far as the reader sees it."""

    parts: list[Subject]
    wholes: list[Subject]
    keys: list[ExternalKey]
    machines: list[Machine]


def links(principal: Principal, row: Subject) -> Links:
    """Parts, wholes, keys and machines of a subject that the principal sees. Four queries."""
    visible = subjects(principal)
    return Links(
        parts=list(visible.filter(whole_links__whole=row).order_by("kind", "name")),
        wholes=list(visible.filter(part_links__part=row).order_by("kind", "name")),
        keys=list(row.external_keys.order_by("scheme", "value")),
        machines=list(row.machines.order_by("name")),
    )


def by_key(organization_id: uuid.UUID, scheme: str) -> dict[str, Subject]:
    """The subjects of an organisation by their key in a scheme (for imports, after the right to import was checked)."""
    rows = ExternalKey.objects.filter(scheme=scheme, subject__organization_id=organization_id, subject__retired_at=None)
    return {row.value: row.subject for row in rows.select_related("subject__owner", "subject__asset")}


def keys_elsewhere(organization_id: uuid.UUID, scheme: str, values: set[str]) -> set[str]:
    """Those of ``values`` that belong to a subject elsewhere, or to a retired one: they cannot be used again."""
    found: set[str] = set()
    wanted = sorted(values - {""})
    for start in range(0, len(wanted), 500):
        rows = ExternalKey.objects.filter(scheme=scheme, value__in=wanted[start : start + 500])
        rows = rows.exclude(subject__organization_id=organization_id, subject__retired_at=None)
        found.update(rows.values_list("value", flat=True))
    return found


def uuid_of(text: str) -> uuid.UUID:
    """An id out of a form. Raises NotFound for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFound("access.not_found") from error
