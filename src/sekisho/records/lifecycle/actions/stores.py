"""Data stores that Sekisho may reach: registered, changed, retired; their secrets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle import secrets_of
from sekisho.records.lifecycle.actions.common import NAME, TEXT, checked_subject, fresh
from sekisho.records.lifecycle.models import DataStore, StoreKind
from sekisho.records.lifecycle.rules import addresses
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_text

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["StoreFacts", "edit_store", "register_store", "retire_store", "set_store_secret"]

_ADDRESS: Final = 500


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What is said of a store. ``kind``: folder, bucket, database; ``login`` and the secret where it asks for them."""

    name: str
    kind: str
    address: str
    bucket: str = ""
    region: str = ""
    login: str = ""
    subject_id: uuid.UUID | None = None
    note: str = ""


def forbidden_places() -> list[Path]:
    """What of this installation no store may contain: its settings, database, keys, evidence. Its folder ``data`` may."""
    home = settings.CONFIG.home
    own = [home / "store", home / "keys", home / "uploads", home / "sekisho.toml", home / "sekisho.sqlite3"]
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and str(database["NAME"]).startswith("/"):
        own.append(type(home)(str(database["NAME"])))
    return own


def checked_address(kind: str, address: str) -> str:
    """The address of a store of that kind, made whole. Raises InputError for what this installation does not allow."""
    address = checked_text(address, name="address", limit=_ADDRESS, needed=True)
    config = settings.CONFIG
    if kind == StoreKind.FOLDER:
        return addresses.checked_folder(address, roots=config.care_roots, forbidden=forbidden_places())
    if kind == StoreKind.BUCKET:
        return addresses.checked_endpoint(address)
    return addresses.checked_database(address, own=config.database_url, roots=config.care_roots, forbidden=forbidden_places())


def _checked(principal: Principal, organization_id: uuid.UUID, facts: StoreFacts) -> dict[str, Any]:
    kind = checked_choice(facts.kind, name="kind", known=StoreKind.values)
    bucket = checked_text(facts.bucket, name="bucket", limit=100)
    return {
        "name": checked_text(facts.name, name="name", limit=NAME, needed=True),
        "kind": kind,
        "address": checked_address(kind, facts.address),
        "bucket": addresses.checked_bucket(bucket) if kind == StoreKind.BUCKET else "",
        "region": checked_text(facts.region, name="region", limit=64),
        "login": checked_text(facts.login, name="login", limit=200),
        "subject_id": checked_subject(principal, organization_id, facts.subject_id, name="subject"),
        "note": checked_text(facts.note, name="note", limit=TEXT),
    }


def _save(row: DataStore, *, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Conflict("lifecycle.name_twice", name="name", value=row.name) from error


def register_store(principal: Principal, *, organization: Organization, facts: StoreFacts, now: datetime) -> DataStore:
    """Register a folder, bucket or database in which data of the organisation lies.

    Raises InputError for an address outside of what the installation allows, Conflict ``lifecycle.name_twice``.
    """
    principal.require("lifecycle.store", organization.pk)
    values = _checked(principal, organization.pk, facts)
    with recording(principal, "lifecycle.register_store", now=now, organization_id=organization.pk) as entry:
        made = DataStore(organization=organization, created_at=now, **values)
        _save(made)
        entry.about(made.pk)
        entry.fact(kind=made.kind)
        entry.words(name=made.name, address=made.address)
    return made


def edit_store(principal: Principal, store: DataStore, *, facts: StoreFacts, version: int, now: datetime) -> DataStore:
    """Change what is said of a store; its kind stays. Raises Conflict ``lifecycle.changed_meanwhile``."""
    principal.require("lifecycle.store", store.organization_id)
    values = _checked(principal, store.organization_id, facts)
    with recording(principal, "lifecycle.edit_store", now=now, organization_id=store.organization_id) as entry:
        row = _open(store, version)
        if values["kind"] != row.kind:
            raise InputError("lifecycle.kind_fixed", name="kind")
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        row.version += 1
        _save(row, update_fields=[*(name.removesuffix("_id") for name in changed), "version"])
        entry.about(row.pk)
        entry.fact(changed=sorted(changed))
        entry.words(name=row.name, address=row.address)
    return row


def _open(store: DataStore, version: int | None) -> DataStore:
    row = fresh(DataStore.objects.all(), store.pk, version)
    if row.retired_at is not None:
        raise Conflict("lifecycle.store_retired", store=row.name)
    return row


def set_store_secret(principal: Principal, store: DataStore, *, secret: str, now: datetime) -> None:
    """Keep the password or secret key of a store (empty: forget it). It is never shown again."""
    principal.require("lifecycle.store", store.organization_id)
    with recording(principal, "lifecycle.set_store_secret", now=now, organization_id=store.organization_id) as entry:
        row = _open(store, None)
        if secret:
            secrets_of.keep(settings.CONFIG.keys, row.pk, secret)
        else:
            secrets_of.forget(settings.CONFIG.keys, row.pk)
        row.secret_set_at = now if secret else None
        row.version += 1
        row.save(update_fields=["secret_set_at", "version"])
        entry.about(row.pk)
        entry.fact(set=bool(secret))


def retire_store(principal: Principal, store: DataStore, *, reason: str, now: datetime) -> None:
    """Sekisho reaches it no more. Raises Conflict ``lifecycle.store_used`` while something kept lies there."""
    principal.require("lifecycle.store", store.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.retire_store", now=now, organization_id=store.organization_id) as entry:
        row = _open(store, None)
        used = row.places.filter(gone_at=None).count()
        if used:
            raise Conflict("lifecycle.store_used", count=used)
        secrets_of.forget(settings.CONFIG.keys, row.pk)
        row.retired_at, row.secret_set_at = now, None
        row.version += 1
        row.save(update_fields=["retired_at", "secret_set_at", "version"])
        row.scan_rules.filter(ended_at=None).update(ended_at=now)
        entry.about(row.pk)
        entry.words(reason=reason)
