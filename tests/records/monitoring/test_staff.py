"""Watching staff: only on a basis that is in force, and never without a record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.records.factories import NOW, TODAY, principal_for
from tests.records.monitoring.logs import Town

from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.models import Entry
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import StaffBasis, StaffSearch
from sekisho.records.monitoring.queries import staff as queries
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step
from sekisho.records.subjects import queries as subject_queries

pytestmark = pytest.mark.django_db


class Office:
    """A town with a chief, a CISO, an auditor, and the two documents."""

    def __init__(self, town: Town) -> None:
        self.town, self.place = town, town.organization
        self.chief, self.ciso, self.auditor = (
            principal_for(role, self.place) for role in (Role.CHIEF_OFFICER, Role.CISO, Role.AUDITOR)
        )
        subject = subject_queries.organization_subject(self.place.pk)
        assert subject is not None
        self.rule, self.notice = (
            evidence.add_document(
                town.officer, subject=subject, title=kind, document_kind=kind, file_name="a.txt", chunks=(kind.encode(),), now=NOW
            )
            for kind in ("staff_monitoring_rule", "staff_monitoring_notice")
        )

    def ask(self, **values: Any) -> StaffBasis:
        facts: dict[str, Any] = {
            "purpose": "内部の不正の確認", "rule_document": self.rule.pk, "notice_document": self.notice.pk, "noticed_on": TODAY,
            "starts_on": TODAY, "ends_on": TODAY + timedelta(days=30), **values,
        }  # fmt: skip
        return actions.ask_basis(
            self.chief, organization=self.place, facts=actions.BasisFacts(**facts), reason="ほかにない", now=NOW
        )

    def decide(self, basis: StaffBasis, kind: DecisionKind) -> None:
        for step in Step.objects.filter(request=basis.request, state="open", advisory=False):
            requests.decide(self.ciso, step, kind=kind, comment="目的の外に使わない", now=NOW, today=TODAY)
        basis.refresh_from_db()

    def search(self, basis: StaffBasis, *, now: Any = NOW, **values: Any) -> StaffSearch:
        asked = {"about": "tanaka", "since": NOW - timedelta(days=1), "until": NOW, "reason": "通報があった", **values}
        return actions.search_staff(self.chief, organization=self.place, basis=basis, now=now, **asked)


@pytest.fixture
def office(town: Town) -> Office:
    return Office(town)


def test_nothing_is_searched_before_the_approval_and_everything_is_recorded_after_it(office: Office) -> None:
    basis = office.ask()
    with pytest.raises(Conflict, match="no_basis"):
        office.search(basis)
    office.decide(basis, DecisionKind.APPROVE)
    assert queries.basis_state(basis, today=TODAY) == "active"
    made = office.search(basis)
    assert (made.about, made.found, made.person_id) == ("tanaka", 0, office.chief.person_id)
    entry = Entry.objects.get(action="monitoring.search_staff")
    assert str(made.pk) in entry.object_ids
    listed = queries.searches(office.auditor, office.place)
    assert [row.reason for row in listed] == ["通報があった"]
    with pytest.raises(NotPermitted):
        actions.search_staff(
            office.auditor,
            organization=office.place,
            basis=basis,
            about="",
            since=NOW - timedelta(1),
            until=NOW,
            reason="x",
            now=NOW,
        )


def test_a_refused_basis_and_one_that_is_over_allow_nothing(office: Office) -> None:
    refused = office.ask()
    office.decide(refused, DecisionKind.REFUSE)
    assert queries.basis_state(refused, today=TODAY) == "refused"
    basis = office.ask()
    office.decide(basis, DecisionKind.APPROVE)
    for found, moment in ((refused, NOW), (basis, NOW + timedelta(days=31))):
        with pytest.raises(Conflict, match="no_basis"):
            office.search(found, now=moment)
    actions.end_basis(office.chief, basis, reason="目的を果たした", now=NOW)
    with pytest.raises(Conflict, match="no_basis"):
        office.search(basis)
    assert not StaffSearch.objects.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"purpose": " "}, "missing"),
        ({"noticed_on": TODAY + timedelta(days=1)}, "notice_late"),
        ({"ends_on": TODAY - timedelta(days=1)}, "period_reversed"),
        ({"ends_on": TODAY + timedelta(days=400)}, "basis_too_long"),
        ({"rule_document": "0c2f4d3e-1f2a-4b3c-8d4e-5f6a7b8c9d0e"}, "document_unknown"),
    ],
)
def test_a_basis_needs_everything(office: Office, values: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError, match=code):
        office.ask(**values)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"reason": ""}, "missing"),
        ({"since": NOW}, "period_reversed"),
        ({"since": NOW - timedelta(days=200)}, "search_too_long"),
    ],
)
def test_a_search_needs_a_reason_and_a_bound(office: Office, values: dict[str, Any], code: str) -> None:
    basis = office.ask()
    office.decide(basis, DecisionKind.APPROVE)
    with pytest.raises(InputError, match=code):
        office.search(basis, **values)
    assert not StaffSearch.objects.exists()
