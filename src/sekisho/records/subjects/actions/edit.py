"""Making, changing and retiring subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import hooks, queries, rules
from sekisho.records.subjects.models import ExternalKey, InformationAsset, Machine, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "ASSET_FIELDS",
    "FIELDS",
    "create_subject",
    "edit_subject",
    "ensure_for",
    "retire_subject",
    "validate",
]

FIELDS: Final = (
    "name", "kana", "description", "owner", "classification_scheme", "confidentiality", "integrity", "availability",
    "network_zone", "grade", "attributes",
)  # fmt: skip
ASSET_FIELDS: Final = ("form", "location", "personal_information", "my_number", "people_count", "handling", "acquired_on")
FORMS: Final = ("electronic", "paper", "both")
_WIDTHS: Final = {"name": 200, "kana": 200, "grade": 8, "location": 200}
_MOST_PEOPLE: Final = 2_000_000_000


def ensure_for(organization: Organization, *, now: datetime) -> Subject:
    """The subject that stands for the organisation itself; made when it is not there yet. Its name follows the organisation's."""
    found = queries.organization_subject(organization.pk)
    if found is None:
        with recording(SYSTEM, "subject.create", now=now, organization_id=organization.pk) as entry:
            found = Subject.objects.create(
                organization=organization,
                kind=SubjectKind.ORGANIZATION,
                name=organization.name,
                kana=organization.kana,
                created_at=now,
            )
            entry.about(found.pk)
            entry.fact(kind=str(SubjectKind.ORGANIZATION))
            hooks.tell_changed(organization.pk, now=now)
    elif found.name != organization.name:
        with recording(SYSTEM, "subject.edit", now=now, organization_id=organization.pk) as entry:
            Subject.objects.filter(pk=found.pk).update(name=organization.name, kana=organization.kana)
            entry.about(found.pk)
            entry.fact(changed=["name"])
        found.refresh_from_db()
    return found


def validate(kind: str, values: Mapping[str, Any], asset: Mapping[str, Any] | None) -> list[Problem]:
    """What is wrong with the values of a subject, each with the field's name as ``column``."""
    problems: list[Problem] = []
    kinds = [k.value for k in SubjectKind if k is not SubjectKind.ORGANIZATION]
    if kind not in SubjectKind.values:
        problems.append(Problem("subjects.unknown_kind", {"value": kind, "expected": ", ".join(kinds)}, column="kind"))
    if not str(values.get("name", "")).strip():
        problems.append(Problem("subjects.name_missing", column="name"))
    merged = {**values, **(asset or {})}
    for name, limit in _WIDTHS.items():
        if len(value := str(merged.get(name) or "")) > limit:
            problems.append(Problem("subjects.too_long", {"value": value[:20], "limit": limit}, column=name))
    texts = {name: str(values.get(name) or "") for name in rules.CLASSIFICATION}
    problems.extend(rules.classification_problems(texts, schemes=queries.schemes()))
    if asset and kind != SubjectKind.INFORMATION_ASSET:
        problems.append(Problem("subjects.not_information_asset", column="kind"))
    if asset:
        count = asset.get("people_count")
        if count is not None and not (isinstance(count, int) and 0 <= count <= _MOST_PEOPLE):
            problems.append(Problem("subjects.people_count_range", {"value": str(count)[:20]}, column="people_count"))
        if asset.get("form", "electronic") not in FORMS:
            form = {"value": str(asset["form"])[:20], "expected": ", ".join(FORMS)}
            problems.append(Problem("subjects.unknown_form", form, column="form"))
    return problems


def _checked(kind: str, values: Mapping[str, Any], asset: Mapping[str, Any] | None) -> None:
    if unknown := (set(values) - set(FIELDS)) | (set(asset or {}) - set(ASSET_FIELDS)):
        raise InputError("input.unknown_fields", names=", ".join(sorted(unknown)))
    if problems := validate(kind, values, asset):
        first = problems[0]
        raise InputError(first.code, problems=tuple(problems), **first.fields)


def create_subject(
    principal: Principal,
    *,
    organization: Organization,
    kind: str,
    now: datetime,
    asset: Mapping[str, Any] | None = None,
    keys: Mapping[str, str] | None = None,
    **values: Any,
) -> Subject:
    """Add a subject: ``values`` are of FIELDS, ``asset`` of ASSET_FIELDS, ``keys`` external keys by scheme.

    Raises InputError with every problem, Conflict ``subjects.key_used``.
    """
    principal.require("subject.edit", organization.pk)
    if kind == SubjectKind.ORGANIZATION:
        raise InputError("subjects.organization_kind")
    _checked(kind, values, asset)
    with recording(principal, "subject.create", now=now, organization_id=organization.pk) as entry:
        made = Subject.objects.create(organization=organization, kind=kind, created_at=now, **values)
        if kind == SubjectKind.INFORMATION_ASSET:
            made.asset = InformationAsset.objects.create(subject=made, **(asset or {}))
        for scheme, value in (keys or {}).items():
            if ExternalKey.objects.filter(scheme=scheme, value=value).exists():
                raise Conflict("subjects.key_used", scheme=scheme, value=value)
            ExternalKey.objects.create(subject=made, scheme=scheme, value=value)
        entry.about(made.pk)
        entry.fact(kind=kind, zone=made.network_zone, confidentiality=made.confidentiality)
        entry.words(name=made.name)
        hooks.tell_changed(organization.pk, now=now)
    return made


def edit_subject(
    principal: Principal,
    subject: Subject,
    *,
    version: int,
    now: datetime,
    changes: Mapping[str, Any],
    asset: Mapping[str, Any] | None = None,
) -> Subject:
    """Change fields of a subject. Raises Conflict when somebody else saved ``version`` before."""
    principal.require("subject.edit", subject.organization_id)
    if subject.kind == SubjectKind.ORGANIZATION and "name" in changes and changes["name"] != subject.name:
        raise InputError("subjects.organization_kind")
    present = {name: getattr(subject, name) for name in FIELDS}
    _checked(subject.kind, {**present, **changes}, asset)
    with recording(principal, "subject.edit", now=now, organization_id=subject.organization_id) as entry:
        if not Subject.objects.filter(pk=subject.pk, version=version).update(**changes, version=version + 1):
            raise Conflict("input.changed_meanwhile")
        if asset:
            InformationAsset.objects.update_or_create(subject=subject, defaults=dict(asset))
        entry.about(subject.pk)
        entry.fact(changed=sorted({*changes, *(asset or {})}))
        hooks.tell_changed(subject.organization_id, now=now)
    subject.refresh_from_db()
    return subject


def retire_subject(principal: Principal, subject: Subject, *, reason: str, now: datetime) -> None:
    """The subject is no longer in use: it leaves lists and denominators; its records stay; its machines report no more."""
    principal.require("subject.edit", subject.organization_id)
    if subject.kind == SubjectKind.ORGANIZATION:
        raise InputError("subjects.organization_kind")
    if not reason.strip():
        raise InputError("subjects.reason_missing")
    with recording(principal, "subject.retire", now=now, organization_id=subject.organization_id) as entry:
        if not Subject.objects.filter(pk=subject.pk, retired_at=None).update(retired_at=now, version=subject.version + 1):
            raise Conflict("subjects.already_retired", subject=subject.name)
        revoked = Machine.objects.filter(subject=subject, revoked_at=None).update(revoked_at=now)
        entry.about(subject.pk)
        entry.fact(machines_revoked=revoked)
        hooks.tell_changed(subject.organization_id, now=now)
        entry.words(reason=reason.strip())
    subject.refresh_from_db()
