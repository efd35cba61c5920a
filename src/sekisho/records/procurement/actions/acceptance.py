"""検収: tests decided one by one or together, what was delivered attached to them, the acceptance itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.engines.observation import encode
from sekisho.errors import Conflict, InputError, NotFound, Problem
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import AcceptanceTest, Case, CaseState, MemberPart, TestState
from sekisho.records.procurement.observe import Tested, observe
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.contract import test_ref
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.subjects import actions as subject_actions

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.evidence.models import Evidence
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["Decision", "accept", "attach_evidence", "decide_test", "decide_tests", "detach_evidence"]

TESTERS: Final = (MemberPart.OWNER, MemberPart.EDITOR, MemberPart.EVALUATOR)
DECIDED: Final = (TestState.PASSED, TestState.FAILED, TestState.WAIVED)
_STATES: Final = (CaseState.CONTRACTED, CaseState.ACCEPTED, CaseState.OPERATING)
_RESULT: Final = 4000
_MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Decision:
    """How one test came out; ``version``: the one that was shown when it was decided."""

    test_id: uuid.UUID
    version: int
    state: str
    result: str = ""


def decide_test(
    principal: Principal, test: AcceptanceTest, *, state: str, version: int, now: datetime, result: str = ""
) -> AcceptanceTest:
    """Say how a test came out: passed, failed or waived.

    A failed or waived test needs words (what was wrong, why it is waived); a passed one needs attached evidence or words (what
    was seen). Raises Conflict ``procurement_contract.test_changed`` when somebody was faster, ``procurement.wrong_state``.
    """
    decide_tests(principal, test.case, decisions=[Decision(test.pk, version, state, result)], now=now)
    test.refresh_from_db()
    return test


def decide_tests(principal: Principal, case: Case, *, decisions: Sequence[Decision], now: datetime) -> int:
    """Decide several tests of a case at once: all or none. Raises InputError with every problem; returns how many changed."""
    queries.require_part(principal, case, "procurement.accept", *TESTERS)
    if len(decisions) > _MOST:
        raise InputError("procurement_contract.too_many", count=len(decisions), limit=_MOST)
    with recording(principal, "procurement.decide_tests", now=now, organization_id=case.organization_id) as entry:
        found = _locked(case)
        rows = {row.pk: row for row in contract_queries.acceptance_tests(found).filter(pk__in=[d.test_id for d in decisions])}
        problems: list[Problem] = []
        for decision in decisions:
            row = rows.get(decision.test_id)
            if row is None:
                raise NotFound("access.not_found")
            problems += _problems(row, decision)
        if problems:
            raise InputError(problems[0].code, problems=tuple(problems), **problems[0].fields)
        for decision in decisions:
            _write(principal, rows[decision.test_id], decision, now=now)
        entry.about(found.pk, *rows)
        entry.fact(states={str(d.test_id): d.state for d in decisions})
        entry.words(results={test_ref(rows[d.test_id].clause, rows[d.test_id].position): d.result for d in decisions if d.result})
        if found.state != CaseState.CONTRACTED:
            report(found, now=now)
    return len(decisions)


def _locked(case: Case) -> Case:
    found = Case.objects.select_for_update(of=("self",)).select_related("organization", "subject", "edition").get(pk=case.pk)
    if found.state not in _STATES:
        raise Conflict("procurement.wrong_state", state=found.state)
    return found


def _problems(row: AcceptanceTest, decision: Decision) -> list[Problem]:
    ref = test_ref(row.clause, row.position)
    result = checked_text(decision.result, name=ref, limit=_RESULT)
    if decision.state not in DECIDED:
        fields = {"ref": ref, "value": decision.state[:20], "expected": ", ".join(DECIDED)}
        return [Problem("procurement_contract.unknown_state", fields, column="state")]
    if not result and decision.state != TestState.PASSED:
        return [Problem(f"procurement_contract.{decision.state}_needs_words", {"ref": ref}, column="result")]
    if not result and not row.attached:  # type: ignore[attr-defined] # annotated
        return [Problem("procurement_contract.passed_needs_evidence", {"ref": ref}, column="result")]
    return []


def _write(principal: Principal, row: AcceptanceTest, decision: Decision, *, now: datetime) -> None:
    rows = AcceptanceTest.objects.filter(pk=row.pk, version=decision.version)
    changed = rows.update(
        state=decision.state,
        result=checked_text(decision.result, name="result", limit=_RESULT),
        decided_by_id=principal.person_id,
        decided_at=now,
        version=decision.version + 1,
    )
    if not changed:
        raise Conflict("procurement_contract.test_changed", ref=test_ref(row.clause, row.position))


def attach_evidence(
    principal: Principal, case: Case, *, evidence_id: uuid.UUID, test_ids: Sequence[uuid.UUID], now: datetime
) -> Evidence:
    """Attach an evidence of the organisation to tests of the case. Raises NotFound, InputError ``procurement_contract.*``."""
    queries.require_part(principal, case, "procurement.accept", *TESTERS)
    row = evidence_queries.evidence_with(principal, evidence_id)
    if row.organization_id != case.organization_id:
        raise InputError("procurement_contract.evidence_elsewhere")
    if row.withdrawn_at is not None:
        raise Conflict("evidence.already_withdrawn")
    if not test_ids:
        raise InputError("procurement_contract.no_tests")
    with recording(principal, "procurement.attach_evidence", now=now, organization_id=case.organization_id) as entry:
        found = _locked(case)
        tests = list(AcceptanceTest.objects.filter(case=found, pk__in=list(test_ids)))
        if len(tests) != len(set(test_ids)):
            raise NotFound("access.not_found")
        for test in tests:
            test.evidence.add(row)
        entry.about(found.pk, row.pk, *(test.pk for test in tests))
    return row


def detach_evidence(principal: Principal, test: AcceptanceTest, *, evidence_id: uuid.UUID, now: datetime) -> None:
    """Take an evidence off a test; the evidence itself stays. A passed test that rested on it alone opens again."""
    case = test.case
    queries.require_part(principal, case, "procurement.accept", *TESTERS)
    with recording(principal, "procurement.detach_evidence", now=now, organization_id=case.organization_id) as entry:
        found = _locked(case)
        if found.state != CaseState.CONTRACTED:
            raise Conflict("procurement_contract.accepted_already")
        if not test.evidence.filter(pk=evidence_id).exists():
            raise NotFound("access.not_found")
        test.evidence.remove(evidence_id)  # type: ignore[arg-type] # an id does as well
        row = AcceptanceTest.objects.select_for_update().get(pk=test.pk)
        if row.state == TestState.PASSED and not row.result and not row.evidence.exists():
            row.state, row.decided_by, row.decided_at, row.version = TestState.OPEN, None, None, row.version + 1
            row.save(update_fields=["state", "decided_by", "decided_at", "version"])
        entry.about(found.pk, test.pk, evidence_id)
        entry.fact(state=row.state)


def accept(principal: Principal, case: Case, *, now: datetime) -> dict[str, int]:
    """Accept what was delivered (検収). Every test is decided before; those that failed become findings of the system.

    Returns the number of tests in each state. Raises Conflict ``procurement_contract.tests_open``, ``procurement.wrong_state``.
    """
    queries.require_part(principal, case, "procurement.accept", MemberPart.OWNER)
    with recording(principal, "procurement.accept", now=now, organization_id=case.organization_id) as entry:
        found = _locked(case)
        if found.state != CaseState.CONTRACTED:
            raise Conflict("procurement.wrong_state", state=found.state)
        counts = contract_queries.test_counts(found)
        if counts[TestState.OPEN]:
            raise Conflict("procurement_contract.tests_open", count=counts[TestState.OPEN])
        Case.objects.filter(pk=found.pk).update(state=CaseState.ACCEPTED, changed_at=now)
        case.state = found.state = CaseState.ACCEPTED
        subject = report(found, now=now) if sum(counts.values()) else None
        case.subject_id = found.subject_id
        entry.about(found.pk, *((subject.pk,) if subject else ()))
        entry.fact(**{f"tests_{state}": count for state, count in counts.items()})
    return counts


def subject_of_case(case: Case, *, now: datetime) -> Subject:
    """What evidence and findings of the case are about: its system, made when it is not there yet; of a study, the organisation.

    Inside the caller's recording; the installation itself makes the row, since acceptance needs it whoever accepts.
    """
    if case.subject is not None:
        return case.subject
    if contract_queries.is_study(contract_queries.demanded(case)):
        return subject_actions.ensure_for(case.organization, now=now)
    made = subject_actions.create_subject(
        SYSTEM,
        organization=case.organization,
        kind="information_system",
        name=case.title,
        keys={"procurement": case.number},
        now=now,
    )
    Case.objects.filter(pk=case.pk).update(subject=made)
    case.subject = made
    return made


def report(case: Case, *, now: datetime) -> Subject:
    """Send the state of all tests as an Observation, so that failed ones are 検出事項 and passed ones close theirs."""
    subject = subject_of_case(case, now=now)
    if subject.retired_at is not None:
        return subject
    tests = [
        Tested(
            ref=test_ref(row.clause, row.position),
            requirement=row.requirement,
            demand_ja=str(row.demand.get("ja", ""))[:300],
            demand_en=str(row.demand.get("en", ""))[:300],
            state=row.state,
        )
        for row in AcceptanceTest.objects.filter(case=case)
    ]
    made = observe(case=str(case.pk), number=case.number, kind=subject.kind, name=subject.name, tests=tests, now=now)
    result = evidence_actions.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now)
    for item in result.results:
        if item.status == "refused":
            raise InputError(item.code, problems=tuple(item.problems), **item.fields)
    return subject


def results_by_ref(case: Case, given: Mapping[str, tuple[str, str]]) -> list[Decision]:
    """Decisions out of a sheet (``ref`` → state, result); what stands so already is left out."""
    found = []
    for row in AcceptanceTest.objects.filter(case=case):
        ref = test_ref(row.clause, row.position)
        if ref in given and given[ref] != (row.state, row.result) and given[ref][0] != TestState.OPEN:
            found.append(Decision(row.pk, row.version, *given[ref]))
    return found
