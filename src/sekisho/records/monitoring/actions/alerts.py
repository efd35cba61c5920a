"""Findings: taken from a run, triaged by people, suppressed with a reason until a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring.models import Alert, AlertNote, AlertSeen, AlertState, LogReview, Suppression
from sekisho.records.monitoring.queries.alerts import mutes_of
from sekisho.records.monitoring.rules.checking import checked_text
from sekisho.records.monitoring.rules.detected import MOST_EVENTS, Hit, group
from sekisho.records.monitoring.rules.triage import (
    CLOSED,
    LONGEST_SUPPRESSION,
    Muted,
    check_step,
    fingerprint,
    muted_by,
    state_after_events,
)
from sekisho.records.organization import queries as organization_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["MOST_AT_ONCE", "assign_alert", "end_suppression", "suppress", "take_hits", "take_sightings", "triage", "triage_many"]

_TEXT: Final = 4000
_ENTITY: Final = 300
MOST_AT_ONCE: Final = 500


def take_hits(review: LogReview, hits: Sequence[Hit], *, now: datetime) -> int:
    """Write the hits of a review's run as findings; returns how many. Called inside the recording of the run; safe to repeat.

    A finding that was closed as no problem, or as an incident, opens again when events came that it did not have.
    """
    grouped = group(hits)
    marks = {fingerprint(hit.rule, hit.entity_kind, hit.entity): hit for hit in grouped}
    mutes = mutes_of(review.organization_id)
    known = {
        row.fingerprint: row
        for row in Alert.objects.select_for_update().filter(organization_id=review.organization_id, fingerprint__in=list(marks))
    }
    AlertSeen.objects.filter(review=review).exclude(alert__fingerprint__in=list(marks)).delete()
    for mark, hit in marks.items():
        muted = muted_by(mutes, rule=hit.rule, entity=hit.entity, now=now)
        row = _again(known[mark], hit, now=now) if mark in known else _new(review.organization_id, mark, hit, now=now)
        row.suppressed_by_id = uuid.UUID(muted) if muted else None
        row.save()
        AlertSeen.objects.update_or_create(alert=row, review=review, defaults={"count": hit.count})
    for mark in marks.keys() & known.keys():
        row = known[mark]
        total = sum(AlertSeen.objects.filter(alert=row).values_list("count", flat=True))
        Alert.objects.filter(pk=row.pk).update(count=total)
    return len(marks)


def take_sightings(organization_id: uuid.UUID, hits: Sequence[Hit], *, now: datetime) -> int:
    """Write what a higher room saw in the logs as findings of the same queue; returns how many. Inside the caller's recording.

    ``count`` of a hit is of all events that are known, not only of new ones: the larger figure stays, so it is safe to repeat.
    """
    mutes = mutes_of(organization_id)
    for hit in hits:
        mark = fingerprint(hit.rule, hit.entity_kind, hit.entity)
        known = Alert.objects.select_for_update().filter(organization_id=organization_id, fingerprint=mark).first()
        row = _again(known, hit, now=now) if known else _new(organization_id, mark, hit, now=now)
        muted = muted_by(mutes, rule=hit.rule, entity=hit.entity, now=now)
        row.suppressed_by_id = uuid.UUID(muted) if muted else None
        row.count = max(row.count, hit.count)
        row.save()
    return len(hits)


def _new(organization_id: uuid.UUID, mark: str, hit: Hit, *, now: datetime) -> Alert:
    row = Alert(organization_id=organization_id, fingerprint=mark, opened_at=now, first_at=hit.first_at, last_at=hit.last_at)
    _fill(row, hit)
    row.count = hit.count
    return row


def _again(row: Alert, hit: Hit, *, now: datetime) -> Alert:
    if hit.last_at > row.last_at:
        after = state_after_events(row.state)
        if after != row.state:
            row.state, row.opened_at, row.triaged_at, row.closed_at = after, now, None, None
            row.version += 1
    kept = {(event.get("sha256"), event.get("record")): event for event in (*row.events, *hit.events)}
    newest = sorted(kept.values(), key=lambda event: str(event.get("time") or ""), reverse=True)
    first, last = min(row.first_at, hit.first_at), max(row.last_at, hit.last_at)
    _fill(row, hit)
    row.events, row.first_at, row.last_at = newest[:MOST_EVENTS], first, last
    return row


def _fill(row: Alert, hit: Hit) -> None:
    row.source_id = uuid.UUID(hit.source_id) if hit.source_id else None
    row.rule, row.rule_title, row.origin = hit.rule[:200], dict(hit.title), hit.origin
    row.purpose, row.sign, row.severity = hit.purpose, hit.sign, hit.severity
    row.entity_kind, row.entity = hit.entity_kind[:32], hit.entity[:_ENTITY]
    row.code, row.fields, row.controls = hit.code, dict(hit.fields), list(hit.controls)
    row.events = list(hit.events[:MOST_EVENTS])


# ------------------------------------------------------------------------------------------------------------- triage


def triage(principal: Principal, alert: Alert, *, state: str, text: str, version: int, now: datetime) -> Alert:
    """Say what a finding is, or only write a note (``state`` as it is). Raises Conflict when somebody else was faster."""
    principal.require("monitoring.triage", alert.organization_id)
    text = checked_text(text, name="text", limit=_TEXT)
    with recording(principal, "monitoring.triage", now=now, organization_id=alert.organization_id) as entry:
        row = Alert.objects.select_for_update().get(pk=alert.pk)
        if row.version != version:
            raise Conflict("monitoring.changed_meanwhile")
        if state == row.state and not text:
            raise InputError("monitoring.nothing_said", name="text")
        _step(principal, row, state=state, text=text, now=now)
        entry.about(row.pk)
        entry.fact(state=state)
        entry.words(text=text)
    return row


def _step(principal: Principal, row: Alert, *, state: str, text: str, now: datetime) -> None:
    check_step(row.state, state, text)
    AlertNote.objects.create(
        alert=row,
        state_before=row.state if state != row.state else "",
        state_after=state if state != row.state else "",
        text=text,
        person_id=principal.person_id,
        at=now,
    )
    if row.triaged_at is None and state != AlertState.NEW:
        row.triaged_at = now
    if state != row.state:
        row.closed_at = now if state in CLOSED else None
    row.state = state
    row.version += 1
    row.save(update_fields=["state", "triaged_at", "closed_at", "version"])


def triage_many(principal: Principal, alerts: Sequence[tuple[Alert, int]], *, state: str, text: str, now: datetime) -> int:
    """Say the same of several findings, each as it was shown (its version): all or none. Returns how many.

    Raises Conflict ``monitoring.changed_meanwhile`` when one of them changed, InputError when there is none or too many.
    """
    if not alerts:
        raise InputError("monitoring.none_chosen")
    if len(alerts) > MOST_AT_ONCE:
        raise InputError("monitoring.too_many_chosen", limit=MOST_AT_ONCE)
    text = checked_text(text, name="text", limit=_TEXT)
    places = {alert.organization_id for alert, _version in alerts}
    for place in places:
        principal.require("monitoring.triage", place)
    if len(places) != 1:
        raise InputError("monitoring.several_organizations")
    with recording(principal, "monitoring.triage_many", now=now, organization_id=places.pop()) as entry:
        rows = {row.pk: row for row in Alert.objects.select_for_update().filter(pk__in=[alert.pk for alert, _ in alerts])}
        for alert, version in alerts:
            row = rows[alert.pk]
            if row.version != version:
                raise Conflict("monitoring.changed_meanwhile")
            _step(principal, row, state=state, text=text, now=now)
        entry.about(*rows)
        entry.fact(state=state, count=len(rows))
        entry.words(text=text)
    return len(alerts)


def assign_alert(principal: Principal, alert: Alert, *, person_id: uuid.UUID | None, now: datetime) -> Alert:
    """Say who looks at a finding (None: nobody yet): somebody who may triage it."""
    principal.require("monitoring.triage", alert.organization_id)
    if person_id is not None:
        today = timezone.localdate(now)
        person = organization_queries.people_of(alert.organization_id, today=today).filter(pk=person_id).first()
        if person is None:
            raise InputError("monitoring.owner_unknown", name="assignee")
        if not organization_queries.principal_of(person, today=today).may("monitoring.triage", alert.organization_id):
            raise InputError("monitoring.assignee_may_not", name="assignee")
    with recording(principal, "monitoring.assign", now=now, organization_id=alert.organization_id) as entry:
        row = Alert.objects.select_for_update().get(pk=alert.pk)
        row.assignee_id = person_id
        row.version += 1
        row.save(update_fields=["assignee", "version"])
        entry.about(row.pk, *([person_id] if person_id else []))
    return row


# -------------------------------------------------------------------------------------------------------- suppression


def suppress(
    principal: Principal,
    *,
    organization: Organization,
    rule: str,
    entity: str,
    reason: str,
    expires_at: datetime,
    now: datetime,
) -> Suppression:
    """Findings of ``rule`` about ``entity`` need no look. One may be empty for any; ``*`` in the entity stands for anything.

    They are counted all the same. It ends by itself at ``expires_at``, a year from now at the latest.
    """
    principal.require("monitoring.suppress", organization.pk)
    rule = checked_text(rule, name="rule", limit=200)
    entity = checked_text(entity, name="entity", limit=_ENTITY)
    reason = checked_text(reason, name="reason", limit=_TEXT, needed=True)
    if not rule and not entity.replace("*", ""):
        raise InputError("monitoring.suppresses_everything", name="entity")
    if expires_at <= now:
        raise InputError("monitoring.expiry_past", name="expires_on")
    if expires_at - now > LONGEST_SUPPRESSION:
        raise InputError("monitoring.expiry_far", name="expires_on", days=LONGEST_SUPPRESSION.days)
    with recording(principal, "monitoring.suppress", now=now, organization_id=organization.pk) as entry:
        made = Suppression.objects.create(
            organization=organization,
            rule=rule,
            entity=entity,
            reason=reason,
            expires_at=expires_at,
            person_id=principal.person_id,
            at=now,
        )
        apply_suppressions(organization.pk, now=now)
        entry.about(made.pk)
        entry.fact(rule=rule, expires_at=expires_at.isoformat())
        entry.words(entity=entity, reason=reason)
    return made


def end_suppression(principal: Principal, suppression: Suppression, *, now: datetime) -> None:
    """End a suppression before its day: its findings wait for somebody's look again."""
    principal.require("monitoring.suppress", suppression.organization_id)
    with recording(principal, "monitoring.end_suppression", now=now, organization_id=suppression.organization_id) as entry:
        rows = Suppression.objects.filter(pk=suppression.pk, ended_at=None)
        if not rows.update(ended_at=now, ended_by_id=principal.person_id):
            raise Conflict("monitoring.suppression_ended")
        apply_suppressions(suppression.organization_id, now=now)
        entry.about(suppression.pk)


def apply_suppressions(organization_id: uuid.UUID, *, now: datetime) -> int:
    """Set for each open finding by which suppression in force it is held back; returns how many changed."""
    mutes: list[Muted] = mutes_of(organization_id)
    changed = 0
    rows = Alert.objects.filter(organization_id=organization_id).exclude(state__in=CLOSED)
    for pk, rule, entity, before in rows.values_list("pk", "rule", "entity", "suppressed_by_id"):
        found = muted_by(mutes, rule=rule, entity=entity, now=now)
        after = uuid.UUID(found) if found else None
        if after != before:
            changed += Alert.objects.filter(pk=pk).update(suppressed_by_id=after)
    return changed


def expire_suppressions(principal: Principal, *, now: datetime) -> int:
    """Suppressions whose day has come hold nothing back any more: asked for by the installation every ten minutes."""
    if not principal.is_system:
        raise NotPermitted("access.not_permitted", action="monitoring.expire")
    places = Suppression.objects.filter(expires_at__lte=now, ended_at=None, alerts__isnull=False)
    changed = 0
    for organization_id in set(places.values_list("organization_id", flat=True)):
        with recording(principal, "monitoring.expire_suppressions", now=now, organization_id=organization_id) as entry:
            count = apply_suppressions(organization_id, now=now)
            entry.fact(count=count)
        changed += count
    return changed
