"""Parts of subjects, and the keys by which others name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.ledger.actions import recording
from sekisho.records.subjects import hooks, rules
from sekisho.records.subjects.models import ExternalKey, PartOf, Subject

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["add_key", "add_part", "remove_key", "remove_part"]

_SCHEME_WIDTH = 32
_VALUE_WIDTH = 200


def add_part(principal: Principal, *, whole: Subject, part: Subject, now: datetime) -> PartOf:
    """``part`` belongs to ``whole``. Raises InputError ``subjects.cycle`` (with the path), Conflict when it does already."""
    principal.require("subject.edit", whole.organization_id)
    principal.require("subject.edit", part.organization_id)
    for subject in (whole, part):
        if subject.retired_at is not None:
            raise Conflict("subjects.retired", subject=subject.name)
    with recording(principal, "subject.add_part", now=now, organization_id=whole.organization_id) as entry:
        links = PartOf.objects.select_for_update().values_list("whole_id", "part_id")
        if cycle := rules.would_cycle(links, whole=whole.pk, part=part.pk):
            names = Subject.objects.in_bulk(cycle)
            raise InputError("subjects.cycle", path=" → ".join(names[pk].name for pk in [*cycle, cycle[0]]))
        made, new = PartOf.objects.get_or_create(whole=whole, part=part)
        if not new:
            raise Conflict("subjects.part_exists", whole=whole.name, part=part.name)
        entry.about(whole.pk, part.pk)
        hooks.tell_changed(whole.organization_id, now=now)
    return made


def remove_part(principal: Principal, *, whole: Subject, part: Subject, now: datetime) -> None:
    """``part`` no longer belongs to ``whole``."""
    principal.require("subject.edit", whole.organization_id)
    with recording(principal, "subject.remove_part", now=now, organization_id=whole.organization_id) as entry:
        if not PartOf.objects.filter(whole=whole, part=part).delete()[0]:
            raise NotFound("access.not_found")
        entry.about(whole.pk, part.pk)
        hooks.tell_changed(whole.organization_id, now=now)


def add_key(principal: Principal, *, subject: Subject, scheme: str, value: str, now: datetime) -> ExternalKey:
    """Others call the subject ``value`` in their ``scheme``; each such name belongs to one subject only."""
    principal.require("subject.edit", subject.organization_id)
    scheme, value = scheme.strip(), value.strip()
    if not scheme or not value:
        raise InputError("subjects.key_missing")
    for text, limit in ((scheme, _SCHEME_WIDTH), (value, _VALUE_WIDTH)):
        if len(text) > limit:
            raise InputError("subjects.too_long", value=text[:20], limit=limit)
    with recording(principal, "subject.add_key", now=now, organization_id=subject.organization_id) as entry:
        if ExternalKey.objects.filter(scheme=scheme, value=value).exists():
            raise Conflict("subjects.key_used", scheme=scheme, value=value)
        made = ExternalKey.objects.create(subject=subject, scheme=scheme, value=value)
        entry.about(subject.pk)
        entry.fact(scheme=scheme)
        entry.words(value=value)
    return made


def remove_key(principal: Principal, *, subject: Subject, key_id: uuid.UUID, now: datetime) -> None:
    """The name is no longer used for this subject."""
    principal.require("subject.edit", subject.organization_id)
    with recording(principal, "subject.remove_key", now=now, organization_id=subject.organization_id) as entry:
        if not ExternalKey.objects.filter(pk=key_id, subject=subject).delete()[0]:
            raise NotFound("access.not_found")
        entry.about(subject.pk)
