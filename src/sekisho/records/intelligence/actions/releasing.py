"""Onto the block list: chosen, tried on recent logs, asked for, approved; and off it again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError, Problem, SekishoError
from sekisho.records.duties import actions as duties
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.actions.searching import sources_of
from sekisho.records.intelligence.actions.steps import numbered, step
from sekisho.records.intelligence.models import Ioc, Notice, Release, ReleaseItem, ReleaseState
from sekisho.records.intelligence.queries.indicators import own_of
from sekisho.records.intelligence.rules.blocking import (
    BLOCKABLE,
    DIRECTIONS,
    LONGEST_DAYS,
    default_days,
    default_direction,
    test_summary,
)
from sekisho.records.intelligence.rules.checking import checked_choice, checked_number, checked_text
from sekisho.records.jobs import actions as jobs
from sekisho.records.jobs.registry import JobCancelled
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec

if TYPE_CHECKING:
    from datetime import date

    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["REQUEST_KIND", "ask", "drop_release", "expire", "prepare", "remove", "run_test", "test_again"]

JOB: Final = "intelligence.test_release"
_ACTION: Final = "intelligence.release"
_MOST: Final = 20_000
_MOST_TEST_DAYS: Final = 400
_REMIND_BEFORE: Final = timedelta(days=7)
_MOST_LISTED: Final = 100


def prepare(
    principal: Principal,
    organization: Organization,
    *,
    rows: Sequence[Ioc],
    now: datetime,
    notice: Notice | None = None,
    direction: str = "",
    expires_on: date | None = None,
    test_days: int = 30,
) -> Release:
    """Choose indicators for the block list and have them tried on the logs of the last ``test_days`` days.

    ``direction`` empty: as the indicator says; ``expires_on`` None: by kind. Raises NotPermitted ``threatintel.tlp_forbids`` that
    names what must not leave its readers, InputError that names what must never be blocked.
    """
    principal.require(_ACTION, organization.pk)
    chosen = [row for row in rows if row.kind in BLOCKABLE]
    if not chosen:
        raise InputError("intelligence.nothing_blockable")
    if len(chosen) > _MOST:
        raise InputError("intelligence.too_many_chosen", limit=_MOST)
    if direction:
        checked_choice(direction, DIRECTIONS, name="direction")
    checked_number(test_days, name="test_days", least=1, most=_MOST_TEST_DAYS)
    bound.load("values").forbid(chosen, "organization")  # RED in a device is a disclosure to its administrators
    until = _expiry(expires_on, now=now)
    warnings = _checked(chosen, organization.pk)
    with recording(principal, "intelligence.prepare_release", now=now, organization_id=organization.pk) as entry:
        made = Release(
            organization=organization,
            notice=notice,
            number=numbered(Release, "BL", organization.pk, now=now),
            test_days=test_days,
            made_by_id=principal.person_id,
            made_at=now,
        )
        made.save(force_insert=True)
        ReleaseItem.objects.bulk_create(
            (
                ReleaseItem(
                    release=made,
                    ioc=row,
                    direction=direction or (row.direction if row.direction != "both" else default_direction(row.kind)),
                    expires_at=until or now + timedelta(days=default_days(row.kind)),
                    reasons=warnings.get(row.pk, []),
                )
                for row in chosen
            ),
            batch_size=500,
        )
        _queue(principal, made, now=now)
        entry.about(made.pk, *([notice.pk] if notice else []))
        entry.fact(number=made.number, count=len(chosen), left_out=len(rows) - len(chosen))
    return made


def _expiry(day: date | None, *, now: datetime) -> datetime | None:
    if day is None:
        return None
    moment = timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
    if not now < moment <= now + timedelta(days=LONGEST_DAYS):
        raise InputError("intelligence.expiry_out_of_range", name="expires_on", days=LONGEST_DAYS)
    return moment


def _checked(rows: Sequence[Ioc], organization_id: uuid.UUID) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Warnings of each indicator. Raises InputError ``intelligence.never_block`` that names each that must not be blocked."""
    own, refusals = own_of(organization_id), bound.load("reading").refusals
    warnings: dict[uuid.UUID, list[dict[str, Any]]] = {}
    wrong: list[Problem] = []
    for row in rows:
        found = refusals(row.kind, row.value, own)
        wrong += [Problem(one["code"], one["fields"]) for one in found if one["refuses"]]
        if found:
            warnings[row.pk] = found
    if wrong:
        raise InputError("intelligence.never_block", problems=tuple(wrong[:_MOST_LISTED]), count=len(wrong))
    return warnings


def _queue(principal: Principal, release: Release, *, now: datetime) -> None:
    release.job = jobs.enqueue(
        principal,
        JOB,
        payload={"release": str(release.pk)},
        organization_id=release.organization_id,
        unique_key=f"{JOB}:{release.pk}",
        now=now,
    )
    release.save(update_fields=["job"])


def test_again(principal: Principal, release: Release, *, now: datetime) -> None:
    """Try it once more, on the logs as they are now."""
    principal.require(_ACTION, release.organization_id)
    with recording(principal, "intelligence.test_release", now=now, organization_id=release.organization_id) as entry:
        rows = Release.objects.filter(pk=release.pk, state__in=(ReleaseState.TESTED, ReleaseState.FAILED))
        if not rows.update(state=ReleaseState.TESTING):
            raise Conflict("intelligence.release_not_open")
        release.refresh_from_db()
        _queue(principal, release, now=now)
        entry.about(release.pk)


def run_test(context: JobContext) -> dict[str, Any]:
    """The job: what the list would have stopped. Its result has figures only. Safe to repeat."""
    release = Release.objects.get(pk=context.payload["release"])
    if release.state != ReleaseState.TESTING:
        return {}
    items = list(ReleaseItem.objects.filter(release=release).select_related("ioc"))
    now = context.now
    try:
        test = bound.load("logs").try_blocking(
            sources_of(release.organization_id),
            bound.load("values").as_indicators([item.ioc for item in items]),
            since=now - timedelta(days=release.test_days),
            until=now,
            progress=context.progress,
        )
    except (JobCancelled, SekishoError):
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.FAILED)  # lint: allow SK003 - this is the action
        raise
    with recording(context.principal, "intelligence.tested", now=now, organization_id=release.organization_id) as entry:
        found = {(one["kind"], one["value"]): one for one in test["stopped"]}
        for item in items:
            item.stopped = found.get((item.ioc.kind, item.ioc.value), {})
        ReleaseItem.objects.bulk_update(items, ["stopped"], batch_size=200)
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.TESTED, test=test, tested_at=now)
        summary = test_summary(test)
        entry.about(release.pk)
        entry.fact(**summary)
    return summary


def ask(principal: Principal, release: Release, *, reason: str, now: datetime) -> Request:
    """Ask for approval. The approver reads how many flows of which machines the test found; without a test nothing is asked."""
    if release.state != ReleaseState.TESTED:
        raise Conflict("intelligence.release_untested")
    summary = test_summary(release.test)
    request = requests.submit(
        principal,
        kind=REQUEST_KIND.name,
        organization_id=release.organization_id,
        payload={"release": str(release.pk), **summary},
        summary=_summary(release, summary),
        reason=checked_text(reason, name="reason", limit=4000, needed=True),
        now=now,
    )
    # The highest in the line decides by asking: then it is applied already.
    Release.objects.filter(pk=release.pk, state=ReleaseState.TESTED).update(state=ReleaseState.PENDING)
    Release.objects.filter(pk=release.pk).update(request=request)
    release.refresh_from_db()
    return request


def _summary(release: Release, summary: dict[str, Any]) -> dict[str, Any]:
    fields = {"number": release.number, "count": release.items.count(), "days": release.test_days, **summary}
    name = "release" if summary["conclusive"] else "release_untried"
    return {"code": f"intelligence.request_{name}", "fields": fields}


def _check(_principal: Principal, request: Request, now: datetime) -> None:
    """Asked for (again): the release is the organisation's own, tried, and holds nothing that must never be blocked."""
    release = _of(request)
    if release.state not in {ReleaseState.TESTED, ReleaseState.PENDING}:
        raise Conflict("intelligence.release_untested")
    rows = [item.ioc for item in ReleaseItem.objects.filter(release=release).select_related("ioc")]
    bound.load("values").forbid(rows, "organization")
    _checked(rows, release.organization_id)
    del now


def _of(request: Request) -> Release:
    try:
        key = uuid.UUID(str(request.payload.get("release", "")))
    except ValueError as error:
        raise InputError("intelligence.release_unknown") from error
    found = Release.objects.select_for_update().filter(pk=key, organization_id=request.organization_id).first()
    if found is None:
        raise InputError("intelligence.release_unknown")
    return found


def _apply(principal: Principal, request: Request, now: datetime) -> None:
    """Approved: the indicators stand on the block list."""
    _check(principal, request, now)
    release = _of(request)
    with recording(principal, "intelligence.release", now=now, organization_id=release.organization_id) as entry:
        items = list(ReleaseItem.objects.filter(release=release, expires_at__gt=now).select_related("ioc"))
        for item in items:
            Ioc.objects.filter(pk=item.ioc_id).update(
                direction=item.direction,
                expires_at=item.expires_at,
                released_at=item.ioc.released_at if item.ioc.released_at and not item.ioc.removed_at else now,
                blocked_at=item.ioc.blocked_at if not item.ioc.removed_at else None,
                removed_at=None,
                removed_reason="",
                version=item.ioc.version + 1,
            )
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.APPROVED, approved_at=now, request=request)
        touched = Notice.objects.filter(origins__ioc__in=[item.ioc_id for item in items]).distinct()
        for notice in touched:
            if notice.released_at is None:
                Notice.objects.filter(pk=notice.pk).update(released_at=now)
            step(notice, "released", principal, now=now, number=release.number, count=len(items))
        _remind(principal, release, items, now=now)
        entry.about(release.pk, request.pk)
        entry.fact(number=release.number, count=len(items))


def _remind(principal: Principal, release: Release, items: Sequence[ReleaseItem], *, now: datetime) -> None:
    """Before the first of them leave the list, somebody looks whether they are to stay."""
    if not items:
        return
    first = min(item.expires_at for item in items)
    duties.set_duty(
        principal,
        source=f"intelligence:release:{release.pk}",
        organization_id=release.organization_id,
        code="intelligence.duty_expiry",
        fields={"number": release.number, "count": sum(item.expires_at == first for item in items)},
        due_at=max(first - _REMIND_BEFORE, now),
        owner_role=Role.CSIRT,
        basis="附属書A 5.7",
        url=f"intelligence/releases/{release.pk}/",
        now=now,
    )


REQUEST_KIND: Final = RequestKind(
    name="intelligence.release",
    title="intelligence.kind_release",
    action=_ACTION,
    apply=_apply,
    check=_check,
    route=(StepSpec(1, Role.ADVISOR, advisory=True), StepSpec(1, Role.SYSTEM_OFFICER)),
)


def drop_release(principal: Principal, release: Release, *, now: datetime) -> None:
    """It is not asked for after all."""
    principal.require(_ACTION, release.organization_id)
    with recording(principal, "intelligence.drop_release", now=now, organization_id=release.organization_id) as entry:
        rows = Release.objects.filter(pk=release.pk, state__in=(ReleaseState.TESTED, ReleaseState.FAILED, ReleaseState.TESTING))
        if not rows.update(state=ReleaseState.DROPPED):
            raise Conflict("intelligence.release_not_open")
        entry.about(release.pk)


def remove(principal: Principal, rows: Sequence[Ioc], *, reason: str, now: datetime) -> int:
    """Take indicators from the block list, or out of use, with the reason: a wrong one has to go at once, without a request."""
    if not rows:
        raise InputError("intelligence.none_chosen")
    reason = checked_text(reason, name="reason", limit=300, needed=True)
    places = {row.organization_id for row in rows}
    for place in places:
        principal.require(_ACTION, place)
    if len(places) != 1:
        raise InputError("intelligence.several_organizations")
    with recording(principal, "intelligence.remove", now=now, organization_id=places.pop()) as entry:
        ids = [row.pk for row in rows]
        gone = Ioc.objects.filter(pk__in=ids, removed_at=None).update(removed_at=now, removed_reason=reason)
        if not gone:
            raise Conflict("intelligence.removed_already")
        for notice in Notice.objects.filter(origins__ioc__in=ids).distinct():
            step(notice, "removed", principal, now=now, count=gone, text=reason)
        entry.about(*ids[:_MOST_LISTED])
        entry.fact(count=gone)
        entry.words(reason=reason)
    return gone


def expire(principal: Principal, *, now: datetime) -> int:
    """Note the indicators whose time is over: they left the list by themselves. By the installation, every hour."""
    principal.require("installation.manage", None)
    rows = Ioc.objects.filter(released_at__isnull=False, removed_at=None, expires_at__lte=now)
    count = 0
    for place in set(rows.values_list("organization_id", flat=True)):
        with recording(principal, "intelligence.expire", now=now, organization_id=place) as entry:
            here = rows.filter(organization_id=place)
            ids = list(here.values_list("pk", flat=True)[:_MOST])
            gone = Ioc.objects.filter(pk__in=ids).update(removed_at=now, removed_reason="intelligence.expired")
            entry.fact(count=gone)
            entry.about(*ids[:_MOST_LISTED])
        count += gone
    return count
