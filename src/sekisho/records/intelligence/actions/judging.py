"""What people decide about a notice: which indicators are meant, under which label, and whether it concerns the organisation."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError, NotFound, Problem
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.actions import relevance
from sekisho.records.intelligence.actions.steps import change, duty_done, duty_of, is_red, step, words_of
from sekisho.records.intelligence.models import Candidate, CandidateState, Horizon, Ioc, IocOrigin, Notice, NoticeReader, Verdict
from sekisho.records.intelligence.queries.indicators import own_of
from sekisho.records.intelligence.rules.checking import checked_choice, checked_text
from sekisho.records.intelligence.rules.intake import MOST_FOUND
from sekisho.records.intelligence.rules.labels import LABELS, RED, checked_label, loosest
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries

if TYPE_CHECKING:
    from datetime import date

    from sekisho.records.intelligence.rules.intake import OwnNames
    from sekisho.records.organization.principals import Principal

__all__ = ["add_reader", "confirm", "describe", "drop", "judge", "refresh_relevance", "relabel", "remove_reader"]

_JUDGE: Final = "intelligence.judge"
_MOST_LISTED: Final = 100


# ---------------------------------------------------------------------------------------------------------- candidates


def confirm(principal: Principal, notice: Notice, *, candidate_ids: Sequence[uuid.UUID], now: datetime) -> int:
    """These are indicators: they join those of the organisation. Returns how many; those confirmed already do not count.

    Raises InputError ``intelligence.refused_candidates`` that names each which must not be used (one's own, everybody's): then
    none is confirmed.
    """
    principal.require(_JUDGE, notice.organization_id)
    rows = _chosen(notice, candidate_ids)
    own = own_of(notice.organization_id)
    open_rows = [row for row in rows if row.state != CandidateState.CONFIRMED]
    _refuse(open_rows, own)
    if not open_rows:
        return 0
    with recording(principal, "intelligence.confirm", now=now, organization_id=notice.organization_id) as entry:
        made = _join(principal, notice, open_rows, now=now)
        Candidate.objects.filter(pk__in=[row.pk for row in open_rows]).update(
            state=CandidateState.CONFIRMED, decided_by_id=principal.person_id, decided_at=now
        )
        step(notice, "confirmed", principal, now=now, count=len(open_rows))
        relevance.compute(notice, now=now)
        entry.about(notice.pk)
        entry.fact(count=len(open_rows), new=made)
    return len(open_rows)


def drop(principal: Principal, notice: Notice, *, candidate_ids: Sequence[uuid.UUID], now: datetime) -> int:
    """These are no indicators. What was confirmed by this notice alone, and is not on the block list, goes again."""
    principal.require(_JUDGE, notice.organization_id)
    rows = [row for row in _chosen(notice, candidate_ids) if row.state != CandidateState.DROPPED]
    if not rows:
        return 0
    with recording(principal, "intelligence.drop", now=now, organization_id=notice.organization_id) as entry:
        digests = [digest_of(row.kind, row.value) for row in rows if row.state == CandidateState.CONFIRMED]
        _forget(notice, digests)
        Candidate.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=CandidateState.DROPPED, decided_by_id=principal.person_id, decided_at=now
        )
        step(notice, "dropped", principal, now=now, count=len(rows))
        entry.about(notice.pk)
        entry.fact(count=len(rows))
    return len(rows)


def _chosen(notice: Notice, ids: Sequence[uuid.UUID]) -> list[Candidate]:
    if not ids:
        raise InputError("intelligence.none_chosen")
    wanted = set(ids)
    rows = list(Candidate.objects.select_for_update().filter(notice=notice, pk__in=wanted)) if len(wanted) <= MOST_FOUND else []
    if len(rows) != len(wanted):
        raise NotFound("access.not_found")
    return rows


def _refuse(rows: Sequence[Candidate], own: OwnNames) -> None:
    refusals = bound.load("reading").refusals
    wrong: list[Problem] = []
    for row in rows:
        found = refusals(row.kind, row.value, own) if row.kind else row.reasons
        wrong.extend(Problem(reason["code"], reason["fields"]) for reason in found if reason.get("refuses") or not row.kind)
    if wrong:
        raise InputError("intelligence.refused_candidates", problems=tuple(wrong[:_MOST_LISTED]), count=len(wrong))


def digest_of(kind: str, value: str) -> str:
    """The key of an indicator within its organisation."""
    return hashlib.sha256(f"{kind}\n{value}".encode("utf-8", "surrogatepass")).hexdigest()


def _join(principal: Principal, notice: Notice, rows: Sequence[Candidate], *, now: datetime) -> int:
    """The indicators of these candidates, made or found; returns how many are new."""
    digests = {digest_of(row.kind, row.value): row for row in rows}
    known = {one.digest: one for one in _in_chunks(notice.organization_id, list(digests))}
    fresh = [_ioc(notice, digest, row, now=now) for digest, row in digests.items() if digest not in known]
    Ioc.objects.bulk_create(fresh, batch_size=500)
    every = {**known, **{one.digest: one for one in fresh}}
    IocOrigin.objects.bulk_create(
        (
            IocOrigin(ioc=every[digest], notice=notice, tlp=_label(row, notice), person_id=principal.person_id, at=now)
            for digest, row in digests.items()
        ),
        batch_size=500,
        ignore_conflicts=True,
    )
    for digest, one in known.items():
        label = loosest((one.tlp, _label(digests[digest], notice)))
        again = {"removed_at": None, "removed_reason": ""} if one.removed_at and not one.released_at else {}
        if label != one.tlp or again:
            Ioc.objects.filter(pk=one.pk).update(tlp=label, version=one.version + 1, **again)
    return len(fresh)


def _in_chunks(organization_id: uuid.UUID, digests: Sequence[str]) -> list[Ioc]:
    found: list[Ioc] = []
    for start in range(0, len(digests), 500):
        found += Ioc.objects.filter(organization_id=organization_id, digest__in=digests[start : start + 500])
    return found


def _label(row: Candidate, notice: Notice) -> str:
    """The label of one indicator: its own where the material gave it one that is no looser than a person made the whole."""
    own = str(row.facts.get("tlp") or "")
    if own not in LABELS:
        return notice.tlp
    return own if notice.tlp_origin != "person" or LABELS.index(own) < LABELS.index(notice.tlp) else notice.tlp


def _ioc(notice: Notice, digest: str, row: Candidate, *, now: datetime) -> Ioc:
    facts = row.facts
    confidence = facts.get("confidence")
    return Ioc(
        organization_id=notice.organization_id,
        kind=row.kind,
        value=row.value,
        digest=digest,
        original=row.original,
        direction=str(facts.get("direction") or "both"),
        tlp=_label(row, notice),
        title=str(facts.get("title") or "")[:300],
        labels=list(facts.get("labels") or []),
        confidence=confidence if isinstance(confidence, int) and 0 <= confidence <= 100 else None,  # noqa: PLR2004 - per cent
        wants_block=bool(facts.get("block", True)),
        active_from=_moment(facts.get("active_from")),
        active_until=_moment(facts.get("active_until")),
        expires_at=_moment(facts.get("expires")),
        added_at=now,
    )


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _forget(notice: Notice, digests: Sequence[str]) -> None:
    """Take this notice from the origins of indicators; those without any other go, unless they are on the block list."""
    rows = Ioc.objects.filter(organization_id=notice.organization_id, digest__in=digests)
    if rows.filter(released_at__isnull=False, removed_at=None).exists():
        raise Conflict("intelligence.still_listed")
    ids = list(rows.values_list("pk", flat=True))
    IocOrigin.objects.filter(notice=notice, ioc__in=ids).delete()
    rows.filter(origins=None, released_at=None, sightings=None, release_items=None).delete()
    label_again(ids)


def label_again(ioc_ids: Sequence[uuid.UUID]) -> None:
    """The label of each indicator, from those under which it came."""
    labels: dict[uuid.UUID, list[str]] = {}
    for ioc_id, label in IocOrigin.objects.filter(ioc__in=ioc_ids).values_list("ioc", "tlp"):
        labels.setdefault(ioc_id, []).append(label)
    for ioc_id, found in labels.items():
        Ioc.objects.filter(pk=ioc_id).exclude(tlp=loosest(found)).update(tlp=loosest(found))


# ------------------------------------------------------------------------------------------------- label, words, people


def relabel(principal: Principal, notice: Notice, *, tlp: str, reason: str, version: int, now: datetime) -> Notice:
    """Another label, with the reason: looser only because the source allowed it, which the reason says."""
    principal.require(_JUDGE, notice.organization_id)
    label = checked_label(tlp)
    reason = checked_text(reason, name="reason", limit=2000, needed=True)
    if label == notice.tlp:
        raise InputError("intelligence.same_label", name="tlp")
    with recording(principal, "intelligence.relabel", now=now, organization_id=notice.organization_id) as entry:
        if notice.version != version:
            raise Conflict("intelligence.changed_meanwhile")
        before = notice.tlp
        if label == RED and principal.person_id is not None:
            NoticeReader.objects.get_or_create(notice=notice, person_id=principal.person_id, defaults={"added_at": now})
        change(notice, tlp=label, tlp_origin="person")
        origins = IocOrigin.objects.filter(notice=notice)
        origins.filter(tlp=before).update(tlp=label)
        # What is looser than the whole now gets its label.
        origins.filter(tlp__in=LABELS[LABELS.index(label) + 1 :]).update(tlp=label)
        label_again(list(origins.values_list("ioc_id", flat=True)))
        step(notice, "relabelled", principal, now=now, text=reason, before=before.upper(), after=label.upper())
        if not notice.verdict and notice.source_id:
            duty_of(principal, notice, "judge", due_at=now, now=now, source=notice.source)
        entry.about(notice.pk)
        entry.fact(before=before, after=label)
        entry.words(**words_of(notice, reason=reason))
    return notice


def describe(
    principal: Principal,
    notice: Notice,
    *,
    title: str,
    products: Sequence[str],
    sectors: Sequence[str],
    version: int,
    now: datetime,
) -> Notice:
    """Better words: the title, which products and sectors it is about. Relevance is computed anew."""
    principal.require(_JUDGE, notice.organization_id)
    title = checked_text(title, name="title", limit=300, needed=True)
    names = [checked_text(one, name="products", limit=200) for one in products[:_MOST_LISTED]]
    fields = [checked_text(one, name="sectors", limit=100) for one in sectors[:_MOST_LISTED]]
    with recording(principal, "intelligence.describe", now=now, organization_id=notice.organization_id) as entry:
        if notice.version != version:
            raise Conflict("intelligence.changed_meanwhile")
        change(notice, title=title, products=[one for one in names if one], sectors=[one for one in fields if one])
        relevance.compute(notice, now=now)
        step(notice, "described", principal, now=now)
        entry.about(notice.pk)
        entry.words(**words_of(notice, title=title))
    return notice


def refresh_relevance(principal: Principal, notice: Notice, *, now: datetime) -> Notice:
    """Compute the relevance anew: what the organisation has may have changed."""
    principal.require(_JUDGE, notice.organization_id)
    with recording(principal, "intelligence.compute_relevance", now=now, organization_id=notice.organization_id) as entry:
        relevance.compute(notice, now=now)
        entry.about(notice.pk)
        entry.fact(score=notice.relevance.get("score"))
    return notice


def add_reader(principal: Principal, notice: Notice, *, person_id: uuid.UUID, now: datetime) -> None:
    """Name a person for whose eyes a RED notice is, too. Only for somebody the source allows: it is a person who says so."""
    principal.require(_JUDGE, notice.organization_id)
    if not is_red(notice):
        raise Conflict("intelligence.not_red")
    people = organization_queries.people_of(notice.organization_id, today=timezone.localdate(now))
    if not people.filter(pk=person_id).exists():
        raise InputError("intelligence.reader_unknown", name="person")
    with recording(principal, "intelligence.add_reader", now=now, organization_id=notice.organization_id) as entry:
        NoticeReader.objects.get_or_create(notice=notice, person_id=person_id, defaults={"added_at": now})
        step(notice, "reader_added", principal, now=now, person=str(people.get(pk=person_id)))
        entry.about(notice.pk, person_id)


def remove_reader(principal: Principal, notice: Notice, *, person_id: uuid.UUID, now: datetime) -> None:
    """A person is no longer named. The last one stays: nobody could read it any more."""
    principal.require(_JUDGE, notice.organization_id)
    with recording(principal, "intelligence.remove_reader", now=now, organization_id=notice.organization_id) as entry:
        rows = NoticeReader.objects.filter(notice=notice)
        if rows.filter(person_id=person_id).exists() and rows.count() == 1:
            raise Conflict("intelligence.last_reader")
        if not rows.filter(person_id=person_id).delete()[0]:
            raise NotFound("access.not_found")
        step(notice, "reader_removed", principal, now=now)
        entry.about(notice.pk, person_id)


# -------------------------------------------------------------------------------------------------------------- verdict


def judge(
    principal: Principal,
    notice: Notice,
    *,
    verdict: str,
    horizon: str,
    reason: str,
    version: int,
    now: datetime,
    look_again_on: date | None = None,
) -> Notice:
    """Say whether it concerns the organisation. The first time counts as the time of judgement; later ones correct it.

    ``horizon`` is needed for what is relevant, ``look_again_on`` for what is watched. Raises InputError that names the field.
    """
    principal.require(_JUDGE, notice.organization_id)
    checked_choice(verdict, Verdict.values, name="verdict")
    reason = checked_text(reason, name="reason", limit=4000, needed=True)
    if verdict == Verdict.RELEVANT:
        checked_choice(horizon, Horizon.values, name="horizon")
    if verdict == Verdict.WATCH and (look_again_on is None or look_again_on <= timezone.localdate(now)):
        raise InputError("intelligence.look_again_missing", name="look_again_on")
    with recording(principal, "intelligence.judge", now=now, organization_id=notice.organization_id) as entry:
        if notice.version != version:
            raise Conflict("intelligence.changed_meanwhile")
        change(
            notice,
            verdict=verdict,
            horizon=horizon if verdict != Verdict.NOT_RELEVANT and horizon in Horizon.values else "",
            verdict_reason=reason,
            judged_by_id=principal.person_id,
            judged_at=notice.judged_at or now,
            look_again_on=look_again_on if verdict == Verdict.WATCH else None,
        )
        step(notice, f"judged_{verdict}", principal, now=now, text=reason)
        duty_done(principal, notice, "judge", now=now)
        duty_done(principal, notice, "watch", now=now)
        if notice.look_again_on is not None:
            due = timezone.make_aware(datetime.combine(notice.look_again_on, time(17)))
            duty_of(principal, notice, "watch", due_at=due, now=now, source=notice.source)
        entry.about(notice.pk)
        entry.fact(verdict=verdict, horizon=notice.horizon)
        entry.words(**words_of(notice, reason=reason))
    return notice
