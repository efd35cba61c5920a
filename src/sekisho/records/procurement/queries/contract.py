"""Reads from the award on: the contract, its tests, duties and evidence; what a hand-over would do."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q

from sekisho.records.assessment import queries as assessment_queries
from sekisho.records.duties import queries as duty_queries
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.organization.queries import visible_to
from sekisho.records.procurement.models import AcceptanceTest, Bidder, Case, Contract, Evaluation, Notice, TestState
from sekisho.records.procurement.observe import ENGINE, mark_of
from sekisho.records.procurement.queries.cases import cases, derivation_of
from sekisho.records.procurement.rules.contract import classification_of, frozen_derivation, strengths_of, test_ref
from sekisho.records.procurement.rules.periods import PeriodUse, period_uses
from sekisho.records.rows import the_row
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.engines.derivation import Derivation
    from sekisho.records.duties.models import Duty
    from sekisho.records.evidence.models import Evidence, Finding
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = [
    "HandOver",
    "acceptance_test",
    "acceptance_tests",
    "bidders_of",
    "bought_as",
    "contract_of",
    "demanded",
    "duties_from",
    "evidence_candidates",
    "finding_of",
    "hand_over_preview",
    "is_awarded",
    "is_study",
    "judgements_of_bought",
    "latest_notice",
    "periods_of",
    "requirement_documents",
    "test_counts",
    "visible_subject",
]

_CANDIDATES: Final = 200


def contract_of(case_: Case) -> Contract | None:
    """The contract of a case (which the caller was allowed to see)."""
    return Contract.objects.filter(case=case_).select_related("bidder", "person").first()


def bidders_of(case_: Case) -> list[Bidder]:
    """The bidders of a case, for its members."""
    return list(Bidder.objects.filter(case=case_))


def is_awarded(case_: Case) -> bool:
    """Whether somebody won."""
    return Evaluation.objects.filter(case=case_).exclude(awarded_at=None).exists()


def latest_notice(case_: Case) -> Notice | None:
    """The notice in force: the last correction."""
    return Notice.objects.filter(case=case_).order_by("-number").first()


def demanded(case_: Case) -> Derivation:
    """What was published; before the notice, what the rules say now."""
    notice = latest_notice(case_)
    return frozen_derivation(notice.frozen) if notice else derivation_of(case_)


def is_study(derivation: Derivation) -> bool:
    """Whether the case buys documents only, no system."""
    return any(a.question == "object" and a.value == "study" for a in derivation.answers)


def acceptance_tests(
    case_: Case, *, state: str = "", by: str = "", text: str = "", lacking: bool = False
) -> QuerySet[AcceptanceTest]:
    """The tests of a case in order, with the number of attached evidence (``attached``). ``lacking``: only those without any."""
    rows = AcceptanceTest.objects.filter(case=case_).annotate(attached=Count("evidence")).select_related("decided_by")
    rows = rows.order_by("clause", "position")
    if state:
        rows = rows.filter(state=state)
    if by:
        rows = rows.filter(by=by)
    if text:
        rows = rows.filter(Q(clause__icontains=text) | Q(demand__ja__icontains=text) | Q(demand__en__icontains=text))
    return rows.filter(attached=0) if lacking else rows


def acceptance_test(case_: Case, test_id: uuid.UUID) -> AcceptanceTest:
    """One test of the case. Raises NotFound."""
    return the_row(AcceptanceTest.objects.filter(case=case_, pk=test_id).select_related("case", "decided_by"))


def finding_of(principal: Principal, test: AcceptanceTest) -> Finding | None:
    """The 検出事項 that a failed test became at the acceptance, open or closed since, where the person sees it."""
    if test.case.subject_id is None:
        return None
    rows = evidence_queries.findings(principal, subject_id=test.case.subject_id, engine=ENGINE, state="all")
    return rows.filter(fingerprint=mark_of(str(test.case_id), test_ref(test.clause, test.position))).first()


def test_counts(case_: Case) -> dict[str, int]:
    """How many tests are in each state. One query."""
    counted = Counter(AcceptanceTest.objects.filter(case=case_).values_list("state", flat=True))
    return {state: counted[state] for state in TestState.values}


def evidence_candidates(principal: Principal, case_: Case, *, now: datetime, text: str = "") -> list[Evidence]:
    """Evidence in force that could be attached: of the organisation's subjects, that of the case's own subject first."""
    rows = evidence_queries.evidence(principal, now=now, organization_id=case_.organization_id, state="valid", text=text)
    found = list(rows[:_CANDIDATES])
    return sorted(found, key=lambda row: row.subject_id != case_.subject_id)


def periods_of(case_: Case, given: Mapping[str, str] | None = None) -> tuple[PeriodUse, ...]:
    """The periods of the published clauses that give duties their days. ``given``: answers, else those of the contract."""
    if given is None:
        contract = contract_of(case_)
        given = contract.periods if contract else {}
    return period_uses(demanded(case_), given)


def duties_from(prefix: str) -> QuerySet[Duty]:
    """All duties of a source (``procurement:<id>:``), done ones too; the caller was allowed to see what they belong to."""
    return duty_queries.duties(SYSTEM, state="all").filter(source__startswith=prefix).order_by("due_at", "source")


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a hand-over would do: ``values`` and ``strengths`` as they will stand, ``before`` what stands there now."""

    subject: Subject | None
    name: str
    values: dict[str, str]
    before: dict[str, str]
    strengths: dict[str, str]
    dropped: tuple[str, ...]
    links: int


def hand_over_preview(case_: Case, *, name: str = "") -> HandOver:
    """What :func:`actions.hand_over` would write."""
    derivation = demanded(case_)
    subject, strengths = case_.subject, strengths_of(derivation)
    values = classification_of(derivation)
    before = {field: str(getattr(subject, field)) for field in values} if subject else {}
    held = {key.removeprefix("sbd:") for key in subject.attributes if key.startswith("sbd:")} if subject else set()
    return HandOver(
        subject=subject,
        name=name.strip() or (subject.name if subject else case_.title),
        values=values,
        before=before,
        strengths=strengths,
        dropped=tuple(sorted(held - set(strengths))),
        links=sum(1 for _ in requirement_documents(case_)),
    )


def requirement_documents(case_: Case) -> Iterable[tuple[Evidence, str]]:
    """Documents attached to passed tests of requirements: (document, requirement)."""
    rows = AcceptanceTest.objects.filter(case=case_, state=TestState.PASSED).exclude(requirement="")
    for test in rows.prefetch_related("evidence"):
        for row in test.evidence.all():
            if row.kind == "document" and row.withdrawn_at is None:
                yield row, test.requirement


def judgements_of_bought(principal: Principal, subject: Subject, *, now: datetime) -> list[Any]:
    """The judgements of what a subject was bought with, in the order of the catalogue."""
    wanted = assessment_queries.Filters(subject=subject.pk, catalog="sbd")
    rows = assessment_queries.judgements(principal, now=now, organization_id=subject.organization_id, filters=wanted)
    return list(rows.select_related("requirement").order_by("requirement__position"))


def bought_as(principal: Principal, subject: Subject) -> QuerySet[Case]:
    """The cases by which a subject was bought, as far as the reader sees them, newest first."""
    rows = cases(principal).filter(subject=subject, contract__isnull=False)
    return rows.select_related("contract", "organization").order_by("-contract__signed_on")


def visible_subject(principal: Principal, subject_id: uuid.UUID | None) -> Subject | None:
    """The subject when the reader may see it."""
    if subject_id is None:
        return None
    return visible_to(subject_queries.by_ids([subject_id]), principal).first()
