"""Blocked is what was read back: a device's configuration that holds the indicator, or a log that says it was stopped."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError
from sekisho.records.evidence import actions as evidence
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.actions.steps import step
from sekisho.records.intelligence.models import BlockProof, Ioc, IocSearch, IocSighting, Notice, ReleaseItem
from sekisho.records.intelligence.queries.indicators import block_list
from sekisho.records.intelligence.rules.blocking import BLOCKABLE, READ_BACK
from sekisho.records.intelligence.rules.checking import checked_choice, checked_past, checked_text
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["MOST_BYTES", "by_denials", "read_back"]

MOST_BYTES: Final = 32_000_000
_ENCODINGS: Final = ("utf-8-sig", "cp932")


def read_back(
    principal: Principal,
    organization: Organization,
    *,
    device: str,
    form: str,
    untrusted: bytes,
    name: str,
    read_at: datetime,
    now: datetime,
) -> BlockProof:
    """Show by the configuration of a device (as it was at ``read_at``) what of the block list it stops. The file is sealed.

    A configuration from before the release of an indicator shows nothing about it. Raises InputError, Unavailable.
    """
    principal.require("intelligence.prove", organization.pk)
    device = checked_text(device, name="device", limit=200, needed=True)
    checked_choice(form, READ_BACK, name="form")
    moment = checked_past(read_at, name="read_at", now=now)
    if not untrusted.strip():
        raise InputError("intelligence.nothing_given", name="file")
    if len(untrusted) > MOST_BYTES:
        raise InputError("intelligence.file_too_large", name="file", limit=MOST_BYTES // 1_000_000)
    rows = [row for row in block_list(SYSTEM, organization, now=now) if row.kind in BLOCKABLE]
    if not rows:
        raise InputError("intelligence.nothing_listed")
    shown: set[str] = bound.load("devices").held(rows, form, _text(untrusted), filename=name[:200])
    held = [row for row in rows if str(row.pk) in shown and row.released_at and row.released_at <= moment]
    stored = evidence.artifact_store().put((untrusted,), limit=MOST_BYTES)
    with recording(principal, "intelligence.read_back", now=now, organization_id=organization.pk) as entry:
        made = BlockProof.objects.create(
            organization=organization,
            way="configuration",
            device=device,
            content=evidence.seal(stored, media_type="text/plain", now=now),
            missing=len(rows) - len(held),
            read_at=moment,
            person_id=principal.person_id,
            at=now,
        )
        made.iocs.set(held)
        _note_blocked(principal, [(row.pk, moment) for row in held], now=now)
        entry.about(made.pk)
        entry.fact(sha256=stored.sha256, held=len(held), missing=made.missing, form=form)
        entry.words(device=device)
    return made


def _text(untrusted: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return untrusted.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("intelligence.not_text_file", name="file")


def by_denials(principal: Principal, search: IocSearch, sightings: Sequence[IocSighting], *, now: datetime) -> int:
    """Denials in the logs after the release show that an indicator is stopped. Inside the recording of the search."""
    proven: list[tuple[uuid.UUID, datetime]] = []
    for sighting in sightings:
        released = sighting.ioc.released_at
        if released is None or not sighting.denied:
            continue
        moments = [datetime.fromisoformat(one["time"]) for one in sighting.places if one["denied"] and one["time"]]
        after = min((one for one in [*moments, sighting.first_denied_at] if one is not None and one >= released), default=None)
        if after is not None:
            proven.append((sighting.ioc.pk, after))
    if not proven:
        return 0
    made = BlockProof.objects.create(
        organization_id=search.organization_id,
        way="denials",
        search=search,
        read_at=max(moment for _pk, moment in proven),
        person_id=principal.person_id,
        at=now,
    )
    made.iocs.set(Ioc.objects.filter(pk__in=[pk for pk, _moment in proven]))
    _note_blocked(principal, proven, now=now)
    return len(proven)


def _note_blocked(principal: Principal, proven: Iterable[tuple[uuid.UUID, datetime]], *, now: datetime) -> None:
    """The first proof counts. A notice is blocked when all its released indicators are that can be."""
    ids = []
    for pk, moment in proven:
        Ioc.objects.filter(pk=pk, blocked_at=None).update(blocked_at=moment)
        ids.append(pk)
    notices = Notice.objects.filter(origins__ioc__in=ids, released_at__isnull=False, blocked_at=None).distinct()
    for notice in notices:
        items = ReleaseItem.objects.filter(
            release__state="approved", ioc__origins__notice=notice, ioc__removed_at=None, ioc__kind__in=BLOCKABLE
        )
        every = list(items.values_list("ioc__blocked_at", flat=True))
        moments = [moment for moment in every if moment is not None]
        if moments and len(moments) == len(every):
            last = max(moments)
            Notice.objects.filter(pk=notice.pk).update(blocked_at=last)
            step(notice, "blocked", principal, now=now, at=last.isoformat(), count=len(set(items.values_list("ioc", flat=True))))
