"""A case on its way from the notice to the award, for tests: the people in it, and each step taken by the real actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.records.factories import NOW, give, make_organization, make_person, principal_of
from tests.records.procurement.examples import case_of

from sekisho.records.organization.models import Person
from sekisho.records.organization.principals import Principal
from sekisho.records.procurement import actions
from sekisho.records.procurement.models import Case, Notice

PUBLISHED = date(2026, 11, 22)
QUESTIONS = date(2026, 12, 10)
PROPOSALS = NOW + timedelta(days=41)  # 40 clear days: enough in whatever class of municipality
OPENING = NOW + timedelta(days=42)
AFTER = OPENING + timedelta(hours=1)
SOUND = ("7000012050002", "8000012010038")  # corporate numbers with right check digits


def dates(**changes: Any) -> dict[str, Any]:
    """The days of a notice."""
    return {
        "published_on": PUBLISHED,
        "questions_until": QUESTIONS,
        "proposals_until": PROPOSALS,
        "opening_at": OPENING,
        **changes,
    }


@dataclass
class World:
    """An organisation with a case; ``people`` by name of their part or role."""

    case: Case
    owner: Principal
    people: dict[str, Person] = field(default_factory=dict)
    bidders: dict[str, Any] = field(default_factory=dict)

    def fresh(self) -> Case:
        """The case as it is now."""
        self.case = Case.objects.select_related("organization", "edition").get(pk=self.case.pk)
        return self.case

    def principal(self, name: str) -> Principal:
        """One of the people as a principal."""
        return principal_of(self.people[name])

    def client(self, name: str) -> Client:
        """A browser of theirs."""
        client = Client()
        client.force_login(self.people[name], backend="sekisho.web.backends.LoginBackend")
        return client

    def url(self, name: str, *more: Any) -> str:
        """An address of a page of the case."""
        return reverse(f"procurement:{name}", args=[self.case.organization.code, self.case.pk, *more])

    def member(self, part: str, role: str = "staff") -> Person:
        """Somebody new with a part in the case."""
        person = make_person()
        give(person, role, self.case.organization)
        actions.add_member(self.owner, self.case, person_id=person.pk, part=part, now=NOW)
        self.people[part] = person
        return person

    def outsider(self, role: str) -> Person:
        """Somebody of the organisation without a part."""
        person = make_person()
        give(person, role, self.case.organization)
        self.people[role] = person
        return person

    # -- steps

    def noticed(self) -> Notice:
        """公告."""
        advisor = self.outsider("advisor")
        actions.add_member(self.owner, self.case, person_id=advisor.pk, part="reader", now=NOW)
        actions.give_opinion(principal_of(advisor), self.fresh(), agrees=True, text="よい", now=NOW)
        actions.remove_member(self.owner, self.case, person_id=advisor.pk, part="reader", now=NOW)
        made = actions.publish_notice(self.owner, self.fresh(), now=NOW, **dates())
        self.fresh()
        return made

    def with_bidders(self) -> None:
        """Two bidders."""
        for name, number in zip(("株式会社みなもソフト", "やまなみ情報 合同会社"), SOUND, strict=True):
            made = actions.add_bidder(self.owner, self.case, name=name, corporate_number=number, now=NOW)
            self.bidders[name] = made

    def opened(self) -> None:
        """開札."""
        actions.open_bids(self.owner, self.case, now=AFTER)
        self.fresh()

    def score_all(self, name: str, *, points: str = "5", fail: str = "") -> None:
        """One evaluator judges everything; ``fail`` names a bidder whose first mandatory criterion is not met."""
        from sekisho.records.procurement.queries import notice as queries

        for bidder, row in self.bidders.items():
            judged, failing = [], bidder == fail
            for wanted in queries.wanted(self.case):
                if wanted.kind == "additional":
                    judged.append(actions.Judged(wanted.id, points=Decimal(points)))
                else:
                    judged.append(actions.Judged(wanted.id, met=not failing))
                    failing = False
            actions.score_bidder(self.principal(name), self.case, bidder_id=row.pk, judged=judged, now=AFTER)


def world(name: str = "booking-site", **fields: Any) -> World:
    """A case that is ready for its notice."""
    organization = make_organization("minamo", name="みなも市", body_kind="municipality")
    case, owner, _client = case_of(name, organization=organization, **fields)
    made = World(case, owner)
    made.people["owner"] = Person.objects.get(pk=owner.person_id)
    return made
