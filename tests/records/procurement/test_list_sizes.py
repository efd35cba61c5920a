"""The pages with lists ask the database the same however many rows there are: 1, 20 and 200."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.records.factories import NOW, client_for
from tests.records.procurement.bidding import AFTER, PUBLISHED, world

from sekisho.records.procurement import actions
from sekisho.records.procurement.models import AcceptanceTest, Bidder, BidderQuestion, Case, CaseMember, Proposal
from sekisho.records.procurement.queries import notice as notice_queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.records.procurement.bidding import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home"), pytest.mark.only_sqlite]
SIZES = (1, 20, 200)


def counted(client: Any, url: str) -> int:
    """The queries of a page (the second time: what is computed once is computed)."""
    assert client.get(url).status_code == 200, url
    with CaptureQueriesContext(connection) as caught:
        client.get(url)
    return len(caught)


def grown(fill: Callable[[int], None], client: Any, urls: dict[str, str]) -> None:
    """Each page asks for 200 rows what it asks for one; ``fill`` brings the rows to a number."""
    found: dict[int, dict[str, int]] = {}
    for size in SIZES:
        fill(size)
        found[size] = {name: counted(client, url) for name, url in urls.items()}
    # Between one row and many a page may begin to show what goes with many: a next page, a line of numbers.
    assert {name: [found[n][name] for n in SIZES] for name in urls if found[200][name] > found[1][name] + 2} == {}
    assert {name: count for name, count in found[200].items() if count > 45} == {}


def bidders(made: World, number: int) -> list[Bidder]:
    have = list(Bidder.objects.filter(case=made.case))
    rows = [Bidder(case=made.case, name=f"会社{n}番", added_at=NOW) for n in range(len(have), number)]
    Bidder.objects.bulk_create(rows)
    return [*have, *rows]


def test_cases() -> None:
    made = world()
    person = made.people["owner"]

    def fill(number: int) -> None:
        have = Case.objects.count()
        rows = [
            Case(
                organization=made.case.organization, number=f"P2026-9{n:03}", rule_set="specification", title=f"案件{n}",
                answers=made.case.answers, created_at=NOW, changed_at=NOW, created_by=person,
            )
            for n in range(have, number)
        ]  # fmt: skip
        Case.objects.bulk_create(rows)
        CaseMember.objects.bulk_create(CaseMember(case=row, person=person, part="owner", added_at=NOW) for row in rows)

    code = made.case.organization.code
    urls = {"pages": f"/o/{code}/procurement/", "api": f"/api/v1/organizations/{code}/procurement/cases?limit=200"}
    client = made.client("owner")
    if client.get(urls["api"]).status_code == 404:
        urls["api"] = f"/api/v1/procurement/cases?organization={code}&limit=200"
    grown(fill, client, urls)


def test_bidders_questions_and_what_they_were_answered() -> None:
    made = world()
    made.noticed()

    def fill(number: int) -> None:
        known = bidders(made, number)
        have = BidderQuestion.objects.count()
        rows = BidderQuestion.objects.bulk_create(
            BidderQuestion(case=made.case, number=n + 1, bidder=known[n], text=f"問い{n}", answer="はい", received_on=PUBLISHED)
            for n in range(have, number)
        )
        for row in rows[:5]:
            row.recipients.set(known[:5])

    names = ("notice", "notice_bidders", "notice_questions", "notice_release", "notice_question_new")
    urls = {name: made.url(name) for name in names}
    base = f"/api/v1/procurement/cases/{made.case.pk}"
    urls |= {f"api {name}": f"{base}/{name}?limit=200" for name in ("bidders", "bidder-questions", "bidder-questions/receivers")}
    grown(fill, made.client("owner"), urls)


def test_proposals_and_scores() -> None:
    made = world()
    made.noticed()
    made.with_bidders()
    made.member("evaluator")
    made.opened()
    first = next(iter(made.bidders.values()))
    sealed = actions.record_proposal(made.owner, made.case, bidder_id=first.pk, file_name="a", chunks=[b"x"], now=AFTER)
    made.score_all("evaluator")
    wanted = notice_queries.wanted(made.case)

    def fill(number: int) -> None:
        known = bidders(made, number)
        have = Proposal.objects.count()
        Proposal.objects.bulk_create(
            Proposal(case=made.case, bidder=one, artifact=sealed.artifact, file_name="a", at=AFTER) for one in known[have:number]
        )

    urls = {"evaluation": made.url("notice_evaluation"), "score": made.url("notice_score", first.pk)}
    base = f"/api/v1/procurement/cases/{made.case.pk}"
    urls |= {f"api {name}": f"{base}/{name}?limit=200" for name in ("proposals", "scores")}
    assert wanted
    grown(fill, made.client("evaluator"), urls)


def test_tests_of_acceptance_and_gates() -> None:
    from tests.records.procurement.bought import Office

    office = Office()
    case = office.contracted("design-study")
    AcceptanceTest.objects.filter(case=case).delete()

    def fill(number: int) -> None:
        have = AcceptanceTest.objects.filter(case=case).count()
        AcceptanceTest.objects.bulk_create(
            AcceptanceTest(
                case=case, clause=f"X{n:03}", demand={"ja": "x", "en": "x"}, shown={"ja": "x", "en": "x"}, by="supplier"
            )
            for n in range(have, number)
        )

    root = f"/o/{case.organization.code}/procurement/{case.pk}"
    names = {"contract": "contract/", "tests": "contract/tests/", "accept": "contract/accept", "gates": "gates/"}
    urls = {name: f"{root}/{path}" for name, path in names.items()}
    fill(1)
    urls["test"] = f"{root}/contract/tests/{AcceptanceTest.objects.filter(case=case)[0].pk}/"
    urls["api"] = f"/api/v1/procurement/cases/{case.pk}/acceptance?limit=200"
    grown(fill, client_for_owner(office), urls)


def client_for_owner(office: Any) -> Any:
    from django.test import Client

    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    return client


def test_the_ledger_and_the_duties_with_many_cases() -> None:
    made = world()
    code = made.case.organization.code
    auditor = client_for("auditor", made.case.organization)

    def fill(number: int) -> None:
        have = Case.objects.count()
        Case.objects.bulk_create(
            Case(
                organization=made.case.organization, number=f"P2026-9{n:03}", rule_set="specification", title=f"案件{n}",
                answers={}, created_at=NOW, changed_at=NOW,
            )
            for n in range(have, number)
        )  # fmt: skip

    grown(fill, auditor, {"ledger": f"/o/{code}/ledger/", "duties": f"/o/{code}/duties/?show=all", "home": f"/o/{code}/"})
