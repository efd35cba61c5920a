"""Pages of the room: what people do on them, what is refused beside the field, how often the database is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.records.factories import NOW, give
from tests.records.lifecycle.care import CareTown

from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.models import (
    StockAnswer,
)
from sekisho.records.organization.models import Person
from sekisho.records.organization.permissions import Role

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.django_db
AT = "/o/minamo/lifecycle/"


def client_of(principal: Any) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=principal.person_id), backend="sekisho.web.backends.LoginBackend")
    return client


@pytest.fixture
def officer(town: CareTown) -> Client:
    """Somebody who may do everything of the room."""
    person = Person.objects.get(pk=town.officer.person_id)
    give(person, Role.CHIEF_OFFICER, town.organization)
    return client_of(town.officer)


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def full(town: CareTown) -> dict[str, str]:
    """One of everything, and its page."""
    town.applications(2020)
    town.applications(2021)
    store = town.store()
    entry = town.entry(town.in_folder(store))
    other = town.entry(
        town.in_folder(store, "applications/2021"),
        actions.PlaceFacts(kind="paper", label="文書庫"),
        name="別の申請書",
        kinds=["RT18", "RT47"],
    )
    town.consent(entry, other)
    done = town.executed(entry)
    certificate = actions.issue_certificate(town.officer, done, witness="立会人", version=done.version, now=NOW)
    open_one = town.deletion(other)
    hold = actions.set_hold(
        town.officer,
        organization=town.organization,
        facts=actions.HoldFacts(
            kind="audit", name="会計検査", reason="求められた", starts_on=NOW.date(), kinds=["RT01"], text="契約"
        ),
        now=NOW,
    )
    order = actions.ask_order(
        town.officer,
        organization=town.organization,
        facts=actions.OrderFacts(name="毎日", reason="ログ", kinds=["RT87"]),
        now=NOW,
    )
    stock = actions.start_stocktaking(
        town.officer, organization=town.organization, title="下半期", due_on=NOW.date() + timedelta(days=30), now=NOW
    )
    actions.ask_own_rule(
        town.officer,
        organization=town.organization,
        facts=actions.OwnRuleFacts(
            key="DOC-5Y",
            title="許認可",
            rule_class="own_rule",
            event="completed",
            start="next_fiscal_year",
            basis="規程 別表",
            value=5,
        ),
        reason="規程",
        now=NOW,
    )
    paper = open_one.erased.get(place__kind="paper")
    consent = entry.consents.get()
    return {
        "entry": f"{AT}entries/{other.pk}/",
        "gone": f"{AT}entries/{entry.pk}/",
        "edit": f"{AT}entries/{other.pk}/edit",
        "kinds": f"{AT}entries/kinds?entry={other.pk}",
        "folder": f"{AT}entries/{other.pk}/places/folder",
        "rows": f"{AT}entries/{other.pk}/places/rows",
        "drop": f"{AT}places/{paper.place_id}/drop",
        "done": f"{AT}deletions/{done.pk}/",
        "open": f"{AT}deletions/{open_one.pk}/",
        "cancel": f"{AT}deletions/{open_one.pk}/cancel",
        "certificate": f"{AT}certificates/{certificate.pk}/",
        "hold": f"{AT}holds/{hold.pk}/",
        "consent": f"{AT}decisions/{consent.pk}/",
        "store": f"{AT}stores/{store.pk}/",
        "store_edit": f"{AT}stores/{store.pk}/edit",
        "secret": f"{AT}stores/{store.pk}/secret",
        "retire": f"{AT}stores/{store.pk}/retire",
        "scan_rule": f"{AT}stores/{store.pk}/rules/new",
        "order": f"{AT}automatic/{order.pk}/",
        "order_end": f"{AT}automatic/{order.pk}/end",
        "stock": f"{AT}stock-takings/{stock.pk}/",
        "close": f"{AT}stock-takings/{stock.pk}/close",
        "answer": f"{AT}stock-answers/{StockAnswer.objects.first().pk}/",  # type: ignore[union-attr] # made above
        "record": f"{AT}erased/{paper.pk}/record",
    }


LISTS = (
    "", "entries/", "entries/?show=due", "entries/?show=held", "entries/?show=all&q=x&kind=RT18&personal=personal&place=paper&owner=none",
    "entries/kinds", "entries/new?kinds=RT18", "entries/import", "holds/", "holds/new", "decisions/", "decisions/new", "rules/",
    "rules/new", "rules/settings", "stores/", "deletions/", "deletions/?state=open", "deletions/new", "certificates/", "automatic/",
    "automatic/new", "stock-takings/", "stock-takings/new",
)  # fmt: skip


def test_every_page_opens_for_an_officer_in_both_languages(town: CareTown, full: dict[str, str], officer: Client) -> None:
    paths = [*(AT + one for one in LISTS), *full.values()]
    for language, some in (("ja", paths), ("en", [AT, f"{AT}entries/", f"{AT}entries/kinds", full["entry"], full["done"]])):
        Person.objects.filter(pk=town.officer.person_id).update(language=language)
        for path in some:
            answer = officer.get(path)
            assert answer.status_code == 200, path
            shown = text(answer)
            assert "lifecycle." not in shown.replace("lifecycle.css", ""), path
            assert "deletion." not in shown, (path, shown[shown.index("deletion.") - 100 :][:200])
            assert "retention." not in shown, path
