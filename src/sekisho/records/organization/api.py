"""The room over HTTP: the same actions and queries as its pages."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Status
from pydantic import Field

from sekisho.errors import InputError
from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged
from sekisho.records.organization import actions, queries, schemas
from sekisho.records.organization.actions import accounts
from sekisho.records.organization.models import ApiToken, LoginSession, Membership, Organization, Person
from sekisho.records.organization.permissions import Role

router = Router(tags=["organization"])
ERRORS = {400: Errors, 401: Errors, 403: Errors, 404: Errors, 409: Errors, 422: Errors}
Text = Annotated[str, Field(max_length=100)]


def _role(name: str) -> Role:
    if name not in set(Role):
        raise InputError("input.not_a_choice", value=name, choices=", ".join(Role))
    return Role(name)


@router.get("/me", response={200: schemas.MeOut, **ERRORS})
def me(request: ApiRequest) -> dict[str, Any]:
    """Who asks, as the installation sees it."""
    who = request.auth
    return {
        "kind": who.kind,
        "id": who.id,
        "language": who.language,
        "roles": sorted({str(grant.role) for grant in who.grants}),
        "scopes": sorted(who.scopes) if who.scopes is not None else None,
    }


@router.patch("/me", response={204: None, **ERRORS})
def set_preferences(request: ApiRequest, data: schemas.PreferencesIn) -> Status[None]:
    """Change one's own name, language or calendar (log-in session only)."""
    accounts.require_person(request.auth)
    accounts.set_preferences(request.auth, now=request.now, **data.dict(exclude_none=True))
    return Status(204, None)


@router.get("/me/sessions", response={200: list[schemas.SessionOut], **ERRORS})
def sessions(request: ApiRequest) -> list[LoginSession]:
    """One's own browser sessions."""
    accounts.require_person(request.auth)
    return list(queries.sessions_of(request.auth))


@router.delete("/me/sessions/{session_id}", response={204: None, **ERRORS})
def end_session(request: ApiRequest, session_id: uuid.UUID) -> Status[None]:
    """End one of one's own sessions."""
    accounts.require_person(request.auth)
    accounts.end_session(request.auth, session_id=session_id, now=request.now)
    return Status(204, None)


@router.get("/me/tokens", response={200: list[schemas.TokenOut], **ERRORS})
def tokens(request: ApiRequest) -> list[ApiToken]:
    """One's own working tokens."""
    accounts.require_person(request.auth)
    return list(queries.tokens_of(request.auth, now=request.now))


@router.post("/me/tokens", response={201: schemas.TokenSecretOut, **ERRORS})
def issue_token(request: ApiRequest, data: schemas.TokenIn) -> Status[dict[str, Any]]:
    """Issue a token of one's own; the secret is given this once. A token cannot issue tokens."""
    accounts.require_person(request.auth)
    if data.expires_at.tzinfo is None:
        raise InputError("input.time_zone_missing", value=data.expires_at.isoformat())
    token, secret = actions.issue_token(
        request.auth, name=data.name, scopes=frozenset(data.scopes), expires_at=data.expires_at, now=request.now
    )
    return Status(201, {**schemas.TokenOut.from_orm(token).dict(), "secret": secret})


@router.delete("/me/tokens/{token_id}", response={204: None, **ERRORS})
def revoke_token(request: ApiRequest, token_id: uuid.UUID) -> Status[None]:
    """Revoke one of one's own tokens."""
    accounts.require_person(request.auth)
    actions.revoke_token(request.auth, token_id=token_id, now=request.now)
    return Status(204, None)


@router.get("/organizations", response={200: Paged[schemas.OrganizationOut], **ERRORS})
def list_organizations(request: ApiRequest, q: Text = "", limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Organisations that the asker sees, by a text in name, kana or code."""
    rows = queries.find_organizations(request.auth, q)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/organizations", response={201: schemas.OrganizationOut, **ERRORS})
def create_organization(request: ApiRequest, data: schemas.OrganizationIn) -> Status[Organization]:
    """Add an organisation below another."""
    values = data.dict()
    parent = queries.by_code(request.auth, values.pop("parent"))
    made = actions.create_organization(
        request.auth, parent=parent, now=request.now, today=timezone.localdate(request.now), **values
    )
    return Status(201, made)


@router.get("/organizations/{code}", response={200: schemas.OrganizationOut, **ERRORS})
def get_organization(request: ApiRequest, code: str) -> Organization:
    """One organisation."""
    return queries.by_code(request.auth, code)


@router.get("/organizations/{code}/children", response={200: Paged[schemas.OrganizationOut], **ERRORS})
def list_children(request: ApiRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The visible organisations directly below."""
    rows = queries.children(request.auth, queries.by_code(request.auth, code))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.patch("/organizations/{code}", response={200: schemas.OrganizationOut, **ERRORS})
def edit_organization(request: ApiRequest, code: str, data: schemas.OrganizationPatch) -> Organization:
    """Change names, kind, numbers, boundary."""
    changes = data.dict(exclude_none=True)
    version = changes.pop("version")
    found = queries.by_code(request.auth, code)
    today = timezone.localdate(request.now)
    return actions.edit_organization(request.auth, found, changes=changes, version=version, now=request.now, today=today)


@router.post("/organizations/{code}/move", response={204: None, **ERRORS})
def move_organization(request: ApiRequest, code: str, data: schemas.MoveIn) -> Status[None]:
    """Under another organisation from a day on."""
    actions.move_organization(
        request.auth,
        queries.by_code(request.auth, code),
        parent=queries.by_code(request.auth, data.parent),
        on=data.on,
        now=request.now,
        today=timezone.localdate(request.now),
    )
    return Status(204, None)


@router.post("/organizations/{code}/close", response={204: None, **ERRORS})
def close_organization(request: ApiRequest, code: str, data: schemas.CloseIn) -> Status[None]:
    """The organisation ends on a day; its records stay."""
    actions.close_organization(request.auth, queries.by_code(request.auth, code), on=data.on, now=request.now)
    return Status(204, None)


@router.get("/organizations/{code}/memberships", response={200: Paged[schemas.MembershipOut], **ERRORS})
def list_memberships(request: ApiRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Present and future roles right there."""
    found = queries.by_code(request.auth, code)
    rows = queries.memberships_at(request.auth, found, today=timezone.localdate(request.now))
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/memberships", response={201: schemas.MembershipOut, **ERRORS})
def give_membership(request: ApiRequest, data: schemas.MembershipIn) -> Status[Membership]:
    """Give somebody a role."""
    role = _role(data.role)
    made = actions.give_membership(
        request.auth,
        organization=queries.by_code(request.auth, data.organization),
        person=queries.person(request.auth, data.person),
        role=role,
        valid_from=data.valid_from,
        valid_until=data.valid_until,
        now=request.now,
    )
    return Status(201, made)


@router.post("/memberships/{membership_id}/end", response={204: None, **ERRORS})
def end_membership(request: ApiRequest, membership_id: uuid.UUID, data: schemas.EndIn) -> Status[None]:
    """A role ends on a day."""
    actions.end_membership(request.auth, queries.membership(request.auth, membership_id), on=data.on, now=request.now)
    return Status(204, None)


@router.get("/organizations/{code}/people", response={200: Paged[schemas.PersonOut], **ERRORS})
def list_people(request: ApiRequest, code: str, q: Text = "", limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """People with a role there or below."""
    rows = queries.people(request.auth, queries.by_code(request.auth, code), text=q)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/people", response={201: schemas.RecoveryOut, **ERRORS})
def create_person(request: ApiRequest, data: schemas.PersonIn) -> Status[dict[str, Any]]:
    """Add somebody with a first role; they choose their password with the one-time path."""
    values = data.dict()
    organization = queries.by_code(request.auth, values.pop("organization"))
    role = _role(values.pop("role"))
    with transaction.atomic():
        person = actions.create_person(
            request.auth, password=None, organization=organization, must_change_password=False, now=request.now, **values
        )
        actions.give_membership(
            request.auth,
            person=person,
            organization=organization,
            role=role,
            valid_from=timezone.localdate(request.now),
            now=request.now,
        )
        return Status(201, _recovery(request, person))


def _recovery(request: ApiRequest, person: Person, *, reset_factors: bool = False) -> dict[str, Any]:
    uid, token = accounts.issue_recovery_link(request.auth, person, reset_factors=reset_factors, now=request.now)
    return {"person": person.pk, "path": reverse("recover", args=[uid, token])}


@router.get("/people/{person_id}", response={200: schemas.PersonOut, **ERRORS})
def get_person(request: ApiRequest, person_id: uuid.UUID) -> Person:
    """Somebody in one's charge."""
    return queries.person(request.auth, person_id)


@router.post("/people/{person_id}/recovery", response={200: schemas.RecoveryOut, **ERRORS})
def issue_recovery(request: ApiRequest, person_id: uuid.UUID, data: schemas.RecoveryIn) -> dict[str, Any]:
    """A one-time path for a new password; the old one and all sessions end now."""
    return _recovery(request, queries.person(request.auth, person_id), reset_factors=data.reset_factors)


@router.post("/people/{person_id}/unlock", response={204: None, **ERRORS})
def unlock_person(request: ApiRequest, person_id: uuid.UUID) -> Status[None]:
    """Let somebody try again who was locked out."""
    accounts.unlock_person(request.auth, queries.person(request.auth, person_id), now=request.now)
    return Status(204, None)


@router.post("/people/{person_id}/active", response={204: None, **ERRORS})
def set_active(request: ApiRequest, person_id: uuid.UUID, data: schemas.ActiveIn) -> Status[None]:
    """Close or reopen an account."""
    person = queries.person(request.auth, person_id)
    accounts.set_active(request.auth, person, active=data.active, reason=data.reason, now=request.now)
    return Status(204, None)
