"""What is known of a case about the time between its notice and the bids, and whether that time is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.utils import timezone

from sekisho.errors import InputError
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement.models import Notice
from sekisho.records.procurement.queries.cases import derivation_of
from sekisho.records.procurement.queries.gates import saved_inputs
from sekisho.records.procurement.rules.notice import Warned
from sekisho.records.procurement.rules.notice_period import COMPETITIONS, CheckedPeriod, PeriodAnswers, Terms, check_period
from sekisho.standards.model import Text
from sekisho.standards.procurement_calendar import procurement_calendar

if TYPE_CHECKING:
    from datetime import date

    from sekisho.engines.derivation import Derivation
    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.rules.notice import Dates

__all__ = ["corrected_period", "first_period", "known_terms", "period_lines", "terms_of"]

_METHODS: Final = {"proposal": "proposal", "negotiated": "negotiated"}
_KINDS: Final = {"equipment": "goods", "licence": "goods", "lease": "lease"}


def terms_of(case_: Case, *, award: str = "", derivation: Derivation | None = None) -> Terms:
    """What the answers and the saved calendar of a case say; what neither says stays open."""
    derivation = derivation or derivation_of(case_)
    given = {a.question: str(a.value) for a in derivation.answers if a.asked is not False and a.value is not None}
    body = given.get("body") or organization_queries.body_kind_of(case_.organization_id)
    announced, bought = award or given.get("award", ""), given.get("object", "")
    terms = Terms(
        body=body,
        method=_METHODS.get(announced, ""),
        award="overall" if announced == "overall" else "lowest",
        kind=_KINDS.get(bought, "services") if bought else "",
    )
    saved = saved_inputs(case_)
    if saved is None or saved.body != body:
        return terms
    method = terms.method or (saved.method if saved.method in COMPETITIONS else "")
    rows = procurement_calendar().regimes(body)
    return Terms(
        body=body,
        municipality=saved.municipality if len(rows) > 1 else "",
        method=method,
        kind=saved.kind,
        award=terms.award,
        treaty="" if saved.treaty == "auto" else saved.treaty,
        amount_yen=saved.amount_yen,
        off_the_shelf=saved.off_the_shelf,
        renotice=saved.renotice,
        prior_notice=saved.prior_notice,
        voluntary_50=saved.voluntary_50,
        grounds=tuple(sorted(saved.grounds)),
        lengths=dict(saved.lengths),
    )


def known_terms(case_: Case) -> Terms | None:
    """The terms of a case for a page; None where its answers cannot be read (which the check then says)."""
    latest = Notice.objects.filter(case=case_).order_by("number").only("period").first()
    if latest is not None and latest.period.get("terms"):
        return msgspec.convert(latest.period["terms"], Terms)
    try:
        return terms_of(case_)
    except InputError:
        return None


def first_period(
    case_: Case, dates: Dates, given: PeriodAnswers, *, award: str, derivation: Derivation | None = None
) -> dict[str, Any]:
    """How the time of a first notice was checked, as it is kept; nothing where no day for bids was given. Raises InputError."""
    if dates.proposals_until is None:
        return {}
    terms = terms_of(case_, award=award, derivation=derivation)
    return _checked(terms, given, dates.published_on, timezone.localdate(dates.proposals_until))


def corrected_period(case_: Case, dates: Dates, given: PeriodAnswers, *, award: str) -> dict[str, Any]:
    """The same for a correction: a day for bids that comes earlier than announced must keep the time since the first notice."""
    every = list(Notice.objects.filter(case=case_).order_by("number").only("number", "published_on", "proposals_until", "period"))
    first, last = every[0], every[-1]
    if dates.proposals_until is None:
        return {}
    day = timezone.localdate(dates.proposals_until)
    if last.proposals_until is not None and day >= timezone.localdate(last.proposals_until):
        return dict(last.period)
    kept = first.period.get("terms")
    terms = msgspec.convert(kept, Terms) if kept else terms_of(case_, award=award)
    said = replace(
        given,
        urgent_reason=given.urgent_reason or str(first.period.get("urgent_reason", "")),
        reason=given.reason or str(first.period.get("reason", "")),
    )
    return _checked(terms, said, first.published_on, day)


def _checked(terms: Terms, given: PeriodAnswers, published_on: date, day: date) -> dict[str, Any]:
    found = check_period(terms, given, published_on=published_on, day=day, rules=procurement_calendar())
    return {
        "terms": {**terms.with_answers(given).kept, "treaty": found.treaty},
        "counted_from": published_on.isoformat(),
        "day": day.isoformat(),
        "outcome": found.outcome,
        "urgent_reason": given.urgent_reason.strip() if found.urgent else "",
        "reason": given.reason.strip() if found.outcome == "warned" else "",
        **_length(found),
    }


def _length(found: CheckedPeriod) -> dict[str, Any]:
    length = found.length
    if length is None or found.earliest is None:
        return {}
    return {
        "days": length.days,
        "unit": length.unit,
        "earliest": found.earliest.isoformat(),
        "binding": length.minimum is not None,
        "verified": length.source.verified,
        "basis": {"ja": length.source.basis.ja, "en": length.source.basis.en},
    }


def period_lines(period: dict[str, Any]) -> tuple[Warned, ...]:
    """What a reader of a notice should know about its time."""
    if not period:
        return ()
    if "days" not in period:
        return (Warned("procurement_notice.period_none", {}),)
    fields = {
        "days": period["days"],
        "earliest": period["earliest"],
        "given": period["day"],
        "basis": Text(period["basis"]["ja"], period["basis"]["en"]),
        "verified": period["verified"],
    }
    kept = period["outcome"] == "enough"
    found = [Warned("procurement_notice.period_kept" if kept else "procurement_notice.period_short", fields)]
    names = [name for name in ("urgent_reason", "reason") if period.get(name)]
    found += [Warned(f"procurement_notice.period_said_{name}", {"text": period[name]}) for name in names]
    return tuple(found)
