"""Every write of the tree, its people and their tokens."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import tree
from sekisho.records.organization.models import ApiToken, Edge, Membership, Organization, Person, Reach
from sekisho.records.organization.permissions import PERMISSIONS, Role
from sekisho.standards.catalog import body_kinds

if TYPE_CHECKING:
    from datetime import date, datetime

    from sekisho.records.organization.principals import Principal

__all__ = [
    "check_naming",
    "close_organization",
    "create_organization",
    "create_person",
    "edit_organization",
    "end_membership",
    "give_membership",
    "hash_secret",
    "issue_token",
    "move_organization",
    "note_token_use",
    "rebuild_reach",
    "revoke_token",
]

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_EDITABLE: Final = frozenset({"name", "name_en", "kana", "body_kind", "is_boundary", "corporate_number", "local_government_code"})


def _check_kind(body_kind: object) -> None:
    if body_kind and body_kind not in body_kinds():
        raise InputError("organization.body_kind_unknown", value=str(body_kind))


def check_naming(*, code: str, name: str, body_kind: str) -> None:
    """Raises InputError for a missing name, a code of another form or an unknown kind of body; looks at no database."""
    if not name.strip():
        raise InputError("organization.name_missing")
    if not _CODE.fullmatch(code):
        raise InputError("organization.code_invalid", value=code)
    _check_kind(body_kind)


def hash_secret(secret: str) -> str:
    """How a random token is kept: SHA-256 (it has 256 bits of its own, so no slow hash is needed)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def rebuild_reach(*, today: date) -> int:
    """Derive Reach from the edges that hold today; returns the number of rows. Called after each change and by the daily tick."""
    with transaction.atomic():
        nodes = dict(Organization.objects.values_list("pk", "is_boundary"))
        edges = list(
            Edge.objects.filter(valid_from__lte=today)
            .filter(Q(valid_until=None) | Q(valid_until__gt=today))
            .values_list("parent_id", "child_id")
        )
        wanted = set(tree.close(nodes, edges, {pk for pk, boundary in nodes.items() if boundary}))
        present = {
            (a, d, n, i): pk
            for pk, a, d, n, i in Reach.objects.values_list("pk", "ancestor_id", "descendant_id", "depth", "inside")
        }
        gone = [pk for row, pk in present.items() if row not in wanted]
        for start in range(0, len(gone), 500):
            Reach.objects.filter(pk__in=gone[start : start + 500]).delete()
        Reach.objects.bulk_create(
            [Reach(ancestor_id=a, descendant_id=d, depth=n, inside=i) for a, d, n, i in wanted if (a, d, n, i) not in present],
            batch_size=1000,
        )
        return len(wanted)


def create_organization(
    principal: Principal,
    *,
    code: str,
    name: str,
    now: datetime,
    today: date,
    parent: Organization | None = None,
    name_en: str = "",
    kana: str = "",
    body_kind: str = "",
    is_boundary: bool = False,
    is_fictional: bool = False,
    corporate_number: str = "",
    local_government_code: str = "",
    rebuild: bool = True,
) -> Organization:
    """Add an organisation below ``parent`` (None: a root, for the installation itself only). Raises Conflict for a used code."""
    principal.require("organization.create", parent.pk if parent else None)
    if parent is None and not principal.is_system and not principal.may("installation.manage", None):
        raise NotFound("access.not_found")
    check_naming(code=code, name=name, body_kind=body_kind)
    if Organization.objects.filter(code=code).exists():
        raise Conflict("organization.code_used", organization=code)
    with recording(principal, "organization.create", now=now, organization_id=parent.pk if parent else None) as entry:
        made = Organization.objects.create(
            code=code,
            name=name,
            name_en=name_en,
            kana=kana,
            body_kind=body_kind,
            is_boundary=is_boundary,
            is_fictional=is_fictional,
            corporate_number=corporate_number,
            local_government_code=local_government_code,
            created_at=now,
        )
        if parent is not None:
            Edge.objects.create(parent=parent, child=made, valid_from=today)
        if rebuild:
            rebuild_reach(today=today)
        entry.about(made.pk)
        entry.fact(code=code, body_kind=body_kind, boundary=is_boundary)
    return made


def edit_organization(
    principal: Principal, organization: Organization, *, changes: dict[str, object], version: int, now: datetime, today: date
) -> Organization:
    """Change names, kind, numbers, boundary. Raises Conflict when somebody else saved ``version`` before."""
    principal.require("organization.edit", organization.pk)
    if unknown := set(changes) - _EDITABLE:
        raise InputError("input.unknown_fields", names=", ".join(sorted(unknown)))
    if "name" in changes and not str(changes["name"]).strip():
        raise InputError("organization.name_missing")
    _check_kind(changes.get("body_kind"))
    with recording(principal, "organization.edit", now=now, organization_id=organization.pk) as entry:
        saved = Organization.objects.filter(pk=organization.pk, version=version).update(**changes, version=version + 1)
        if not saved:
            raise Conflict("input.changed_meanwhile")
        if "is_boundary" in changes:
            rebuild_reach(today=today)
        entry.about(organization.pk)
        entry.fact(changed=sorted(changes))
    organization.refresh_from_db()
    return organization


def move_organization(
    principal: Principal, organization: Organization, *, parent: Organization, on: date, now: datetime, today: date
) -> None:
    """From ``on`` the organisation belongs to ``parent`` (the old edge ends that day). Refuses a cycle on any later day."""
    principal.require("organization.move", organization.pk)
    principal.require("organization.move", parent.pk)
    with recording(principal, "organization.move", now=now, organization_id=organization.pk) as entry:
        Edge.objects.filter(child=organization, valid_from__gte=on).delete()
        Edge.objects.filter(child=organization).filter(Q(valid_until=None) | Q(valid_until__gt=on)).update(valid_until=on)
        Edge.objects.create(parent=parent, child=organization, valid_from=on)
        days = {on, *Edge.objects.filter(valid_from__gt=on).values_list("valid_from", flat=True)}
        for day in sorted(days):
            edges = (
                Edge.objects.filter(valid_from__lte=day)
                .filter(Q(valid_until=None) | Q(valid_until__gt=day))
                .values_list("parent_id", "child_id")
            )
            if cycle := tree.find_cycle(edges):
                names = Organization.objects.in_bulk(cycle)
                raise InputError("organization.cycle", path=" → ".join(names[pk].name for pk in cycle))
        rebuild_reach(today=today)
        entry.about(organization.pk, parent.pk)
        entry.fact(on=on.isoformat())


def close_organization(principal: Principal, organization: Organization, *, on: date, now: datetime) -> None:
    """The organisation ends on ``on`` (merged or abolished). Its records stay."""
    principal.require("organization.close", organization.pk)
    with recording(principal, "organization.close", now=now, organization_id=organization.pk) as entry:
        Organization.objects.filter(pk=organization.pk).update(closed_on=on)
        entry.about(organization.pk)
        entry.fact(on=on.isoformat())


def create_person(
    principal: Principal,
    *,
    login: str,
    name: str,
    password: str | None,
    now: datetime,
    kana: str = "",
    email: str = "",
    language: str = "ja",
    must_change_password: bool = True,
    organization: Organization | None = None,
) -> Person:
    """Add somebody who can log in. ``password`` None: cannot log in until a recovery link was used."""
    principal.require("person.manage", organization.pk if organization else None)
    if Person.objects.filter(login__iexact=login).exists():
        raise Conflict("organization.login_used", login=login)
    with recording(principal, "person.create", now=now, organization_id=organization.pk if organization else None) as entry:
        person = Person(
            login=login,
            name=name,
            kana=kana,
            email=email,
            language=language,
            must_change_password=must_change_password,
            created_at=now,
        )
        person.set_password(password)
        person.save()
        entry.about(person.pk)
        entry.words(login=login, name=name)
    return person


def give_membership(
    principal: Principal,
    *,
    person: Person,
    organization: Organization,
    role: Role,
    valid_from: date,
    now: datetime,
    valid_until: date | None = None,
) -> Membership:
    """Give ``role`` in ``organization`` (and below, to the next boundary)."""
    principal.require("membership.manage", organization.pk)
    if valid_until is not None and valid_until <= valid_from:
        raise InputError("input.period_reversed")
    with recording(principal, "membership.give", now=now, organization_id=organization.pk) as entry:
        membership = Membership.objects.create(
            person=person, organization=organization, role=role, valid_from=valid_from, valid_until=valid_until
        )
        entry.about(membership.pk, person.pk)
        entry.fact(role=str(role), valid_from=valid_from.isoformat())
    return membership


def end_membership(principal: Principal, membership: Membership, *, on: date, now: datetime) -> None:
    """The role ends on ``on``."""
    principal.require("membership.manage", membership.organization_id)
    with recording(principal, "membership.end", now=now, organization_id=membership.organization_id) as entry:
        Membership.objects.filter(pk=membership.pk).update(valid_until=on)
        entry.about(membership.pk, membership.person_id)
        entry.fact(on=on.isoformat(), role=membership.role)


def issue_token(
    principal: Principal, *, name: str, scopes: frozenset[str], expires_at: datetime, now: datetime
) -> tuple[ApiToken, str]:
    """A token for the API in the person's own name; returns it with its secret, which is shown once and not kept."""
    if principal.kind != "person" or principal.person_id is None:
        raise NotFound("access.not_found")
    if unknown := scopes - set(PERMISSIONS):
        raise InputError("organization.unknown_scopes", names=", ".join(sorted(unknown)))
    if not scopes or expires_at <= now:
        raise InputError("organization.token_needs_scope_and_time")
    secret = f"skp_{secrets.token_urlsafe(32)}"
    with recording(principal, "token.issue", now=now) as entry:
        token = ApiToken.objects.create(
            person_id=principal.person_id,
            name=name,
            secret_hash=hash_secret(secret),
            scopes=sorted(scopes),
            created_at=now,
            expires_at=expires_at,
        )
        entry.about(token.pk)
        entry.fact(scopes=sorted(scopes), expires_at=expires_at.isoformat())
    return token, secret


def revoke_token(principal: Principal, *, token_id: uuid.UUID, now: datetime) -> None:
    """End one of the person's own tokens at once."""
    with recording(principal, "token.revoke", now=now) as entry:
        if not ApiToken.objects.filter(pk=token_id, person_id=principal.own_id, revoked_at=None).update(revoked_at=now):
            raise NotFound("access.not_found")
        entry.about(token_id)


def note_token_use(token: ApiToken, *, now: datetime) -> None:
    """Remember that a token was used, every ten minutes at most (not an action of anybody's, so not on the Ledger)."""
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=10):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
