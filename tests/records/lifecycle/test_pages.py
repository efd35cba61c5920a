"""Pages of the room: what people do on them, what is refused beside the field, how often the database is asked."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.records.factories import NOW, client_for, give
from tests.records.lifecycle.care import CareTown, run_jobs

from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.models import Deletion, RetentionEntry, StandingOrder, StockAnswer
from sekisho.records.organization.models import Person
from sekisho.records.organization.permissions import Role

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


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_lists_ask_the_same_number_of_questions_however_long_they_are(town: CareTown, officer: Client) -> None:
    store = town.store()

    def grow(start: int, count: int) -> None:
        for number in range(start, start + count):
            town.applications(2000 + number, 1)
            row = town.entry(town.in_folder(store, f"applications/{2000 + number}"), name=f"記録{number}")
            town.consent(row)
            made = town.deletion(row)
            hold = actions.HoldFacts(kind="audit", name=f"検査{number}", reason="x", starts_on=NOW.date(), text=f"ない{number}")
            actions.set_hold(town.officer, organization=town.organization, facts=hold, now=NOW)
            StandingOrder.objects.create(
                organization=town.organization, name=f"自動{number}", reason="x", kinds=["RT87"], created_at=NOW
            )
            assert made.state == "draft"

    grow(0, 2)
    paths = [
        AT + one for one in ("", "entries/", "entries/?show=held", "holds/", "deletions/", "decisions/", "automatic/", "stores/")
    ]
    before = {path: queries_of(officer, path) for path in paths}
    grow(2, 4)
    after = {path: queries_of(officer, path) for path in paths}
    assert after == before
    assert max(after.values()) < 60, after


def test_the_whole_way_by_the_pages(town: CareTown, officer: Client) -> None:
    files = town.applications()
    store = town.store()
    sent = {"kinds": ["RT16"], "name": "申請書", "owner": "role:section_officer", "event_employment_ended": "2020-05-01",
            "answer_transitional": "no", "own_unit": "year"}  # fmt: skip
    assert officer.post(f"{AT}entries/new", sent).status_code == 302
    row = RetentionEntry.objects.get()
    place = {"label": "申請書のフォルダ", "store": str(store.pk), "path": "applications/2020", "version": row.version}
    assert officer.post(f"{AT}entries/{row.pk}/places/folder", place).status_code == 302
    officer.post(f"{AT}entries/choose", {"entry": [str(row.pk)], "to": "delete"})
    answer = officer.post(f"{AT}deletions/new", {
        "title": "廃棄", "reason": "満了", "method": "clear", "restore_days": 0, "most_files": 10, "most_bytes": 10_000, "most_rows": 10,
        "most_objects": 10,
    })  # fmt: skip
    assert answer.status_code == 302, text(answer)
    made = Deletion.objects.get()
    at = f"{AT}deletions/{made.pk}/"
    officer.post(f"{at}dry-run")
    assert "処理しています" in text(officer.get(at))
    run_jobs(NOW + timedelta(hours=2))
    assert officer.get(f"{at}running")["HX-Redirect"] == at
    made.refresh_from_db()
    shown = text(officer.post(f"{at}execute", {"confirm": made.number, "version": made.version}))
    assert "いまの状態では" in shown
    assert all(path.exists() for path in files)


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("entries/new", {"name": "", "owner": "role:staff"}, "id_name"),
        ("entries/new", {"name": "x", "owner": "role:staff", "kinds": ["RT16"], "event_employment_ended": "1700-01-01"}, ""),
        ("holds/new", {"name": "x", "kind": "audit", "reason": "x", "starts_on": "2026-11-22", "ends_on": "2026-11-01", "text": "x"}, "id_ends_on"),
        ("holds/new", {"name": "x", "kind": "audit", "reason": "x", "starts_on": "2026-11-22", "kinds": "RT999"}, "id_kinds"),
        ("rules/new", {"key": "RT01", "title": "x", "rule_class": "own_rule", "value": 5, "unit": "year", "event": "completed",
                       "start": "next_fiscal_year", "personal": "none", "basis": "x", "reason": "x"}, "id_key"),
        ("stores/new", {"name": "x", "kind": "folder", "address": "/etc"}, "id_address"),
        ("stock-takings/new", {"title": "x", "due_on": "2020-01-01"}, "id_due_on"),
        ("rules/settings", {"year_end": "13-40", "filing_months": 0, "version": 0}, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(town: CareTown, officer: Client, path: str, sent: dict[str, Any], field: str) -> None:
    del town
    answer = officer.post(AT + path, sent)
    assert answer.status_code == 422
    assert "エラー：" in text(answer)
    if field:
        assert f"{field}_error" in text(answer)


def test_a_sheet_goes_out_and_comes_back(town: CareTown, officer: Client) -> None:
    town.entry(actions.PlaceFacts(kind="paper", label="書庫"))
    book = load_workbook(io.BytesIO(officer.get(f"{AT}entries/export.xlsx").content))
    assert book.active.max_row == 2
    sheet = officer.get(f"{AT}entries/sheet").content
    shown = text(officer.post(f"{AT}entries/import", {"file": SimpleUploadedFile("台帳.xlsx", sheet)}))
    assert "まだ何も変えていません" in shown
    ticket = shown.split('name="ticket" value="')[1].split('"')[0]
    assert officer.post(f"{AT}entries/import/confirm", {"ticket": ticket}).status_code == 302
    assert RetentionEntry.objects.count() == 1
    assert officer.get(f"{AT}entries/export.exe").status_code == 404


def test_strangers_and_people_without_the_right_get_nothing(town: CareTown) -> None:
    row = town.entry(actions.PlaceFacts(kind="paper", label="書庫"))
    town.store()
    elsewhere = CareTown(code="kasumi")
    for path in ("", "entries/", f"entries/{row.pk}/", f"entries/{row.pk}/edit", "holds/", "deletions/", "stores/"):
        assert client_of(elsewhere.officer).get(AT + path).status_code == 404, path
    assert client_of(elsewhere.officer).get(f"/o/kasumi/lifecycle/entries/{row.pk}/").status_code == 404
    auditor = client_for(Role.AUDITOR, town.organization)
    assert auditor.get(f"{AT}entries/{row.pk}/").status_code == 200
    for path in ("entries/new", "holds/new", "stores/new", "deletions/new", "automatic/new", f"entries/{row.pk}/edit"):
        assert auditor.get(AT + path).status_code == 403, path
    assert client_for(Role.PROCUREMENT, town.organization).get(f"{AT}entries/").status_code == 403
