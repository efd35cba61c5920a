"""Leak scans from the plan to the evidence: who may, what a run finds and leaves alone, decisions, the figures, the pages."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.records.factories import NOW, TODAY, client_for, make_organization, principal_for
from tests.records.lifecycle.care import CareTown, run_jobs

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.evidence.models import Finding, Measure
from sekisho.records.ledger.models import Entry
from sekisho.records.lifecycle.actions import leakscans as actions
from sekisho.records.lifecycle.models import LeakPlace, LeakPlan, LeakScan
from sekisho.records.lifecycle.queries import leakscans as queries
from sekisho.records.organization.permissions import Role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
RESIDENTS = "氏名,個人番号,電話番号\n架空 花子,123456789018,090-1234-5678\n架空 太郎,100000000080,03-1234-5678\n"
FACTS = actions.LeakPlanFacts(name="試験の共有", names=False, owner_role="system_admin")


@pytest.fixture
def plan(town: CareTown) -> LeakPlan:
    return actions.make_leak_plan(town.officer, town.store(), facts=FACTS, now=NOW)


def write(town: CareTown, name: str, text: str):
    path = town.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(town: CareTown, plan: LeakPlan, *, now=NOW) -> LeakScan:
    made = actions.begin_leak_scan(town.officer, plan, now=now)
    run_jobs(now + timedelta(minutes=1))
    made.refresh_from_db()
    return made


def values(organization, key: str) -> dict[str, float | None]:
    newest = Measure.objects.filter(subject__organization=organization, key=key).order_by("-observed_at", "-pk")
    first = newest.first()
    rows = newest.filter(observation=first.observation) if first else []
    return {row.dimensions.get("kind", ""): row.value for row in rows}


def test_a_run_finds_places_and_keeps_no_value(town, plan):
    write(town, "test/residents.csv", RESIDENTS)
    write(town, "note.txt", "会議は水曜日です。")
    done = run(town, plan)
    assert done.state == "done", done.error
    assert done.report["places"] == 1
    place = LeakPlace.objects.get()
    assert place.path == "test/residents.csv"
    assert place.kinds["my_number"] == 2
    kept = str(list(LeakPlace.objects.values())) + str(list(LeakScan.objects.values())) + str(list(Finding.objects.values()))
    kept += str(list(Entry.objects.values_list("body", flat=True)))
    assert "123456789018" not in kept
    assert "090-1234-5678" not in kept
    finding = Finding.objects.get(engine="leak_review")
    assert (finding.location, finding.severity, finding.closed_at) == ("test/residents.csv", "high", None)
    assert values(town.organization, "leaks.places_outside") == {"": 1}
    assert values(town.organization, "leaks.findings")["my_number"] == 2
    assert values(town.organization, "leaks.stores_scanned") == {"": 1}


def test_what_is_deleted_is_treated_at_the_next_run_and_its_finding_closes(town, plan):
    path = write(town, "residents.csv", RESIDENTS)
    run(town, plan)
    path.unlink()
    done = run(town, plan, now=LATER)
    assert done.report["treated"] == 1
    place = LeakPlace.objects.get()
    assert place.treated_at is not None
    assert Finding.objects.get(engine="leak_review").closed_at is not None
    assert values(town.organization, "leaks.places_outside") == {"": 0}
    assert values(town.organization, "leaks.days_to_treat")[""] == pytest.approx(3, abs=0.01)
    write(town, "residents.csv", RESIDENTS)
    run(town, plan, now=LATER + timedelta(days=1))
    place.refresh_from_db()
    assert place.treated_at is None
    assert place.first_seen_at > LATER


def test_a_file_that_cannot_be_read_is_told_and_its_place_stays_open(town, plan):
    path = write(town, "residents.csv", RESIDENTS)
    run(town, plan)
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 40)
    done = run(town, plan, now=LATER)
    assert done.report["unread"] + done.report["partly"] == 1
    assert done.problems
    assert LeakPlace.objects.get().treated_at is None


def test_a_database_is_looked_through_table_by_table(town):
    place = town.folder / "test.sqlite3"
    place.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(place) as connection:
        connection.execute("create table residents (id integer primary key, 個人番号 text, 電話番号 text)")
        connection.executemany(
            "insert into residents (個人番号, 電話番号) values (?, ?)",
            [("123456789018", "090-1234-5678"), ("100000000080", "03-1234-5678"), ("100000000030", "")],
        )
        connection.execute("create table codes (id integer primary key, name text)")
    connection.close()
    store = town.store(name="試験データベース", kind="database", address=f"sqlite:///{place}")
    plan = actions.make_leak_plan(town.officer, store, facts=FACTS, now=NOW)
    done = run(town, plan)
    assert done.state == "done", done.error
    found = LeakPlace.objects.get()
    assert found.path == "residents"
    assert found.kinds["my_number"] == 3


def test_in_production_personal_data_are_no_finding(town):
    plan = actions.make_leak_plan(town.officer, town.store(), facts=replace(FACTS, production=True), now=NOW)
    write(town, "residents.csv", RESIDENTS)
    run(town, plan)
    assert LeakPlace.objects.count() == 1
    assert not Finding.objects.filter(engine="leak_review").exists()
    assert values(town.organization, "leaks.places_outside") == {"": 0}


def test_a_decision_covers_until_its_day_and_can_be_revoked(town, plan):
    write(town, "form/sample.csv", RESIDENTS)
    run(town, plan)
    made = actions.decide_leak(
        town.officer, plan, pattern="form/*", kinds=[], mistaken=False, reason="記入例", until=TODAY + timedelta(days=2), now=NOW
    )
    assert queries.places(town.officer, plan, state="allowed").count() == 1
    run(town, plan, now=LATER)  # the decision is over
    assert queries.places(town.officer, plan).count() == 1
    again = actions.decide_leak(
        town.officer, plan, pattern="form/*", kinds=[], mistaken=True, reason="架空", until=TODAY + timedelta(days=30), now=LATER
    )
    actions.end_leak_decision(town.officer, again, now=LATER)
    with pytest.raises(Conflict, match=r"lifecycle\.leak_decision_ended"):
        actions.end_leak_decision(town.officer, again, now=LATER)
    assert queries.places(town.officer, plan).count() == 1
    assert made.until < again.until


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "lifecycle.missing"),
        ({"kinds": ["shoe_size"]}, "lifecycle.unknown_choice"),
        ({"threshold": 0.0}, "lifecycle.out_of_range"),
        ({"threshold": 1.5}, "lifecycle.out_of_range"),
        ({"every": "hourly"}, "lifecycle.unknown_choice"),
        ({"treat_days": 0}, "lifecycle.out_of_range"),
        ({"owner_role": ""}, "lifecycle.owner_missing"),
        ({"excluded": [f"a{n}" for n in range(101)]}, "lifecycle.out_of_range"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(town, changes, code):
    with pytest.raises(InputError) as error:
        actions.make_leak_plan(town.officer, town.store(), facts=replace(FACTS, **changes), now=NOW)
    assert error.value.code == code


def test_rules_that_cannot_be_used_name_their_place(town):
    with pytest.raises(InputError) as error:
        actions.make_leak_plan(town.officer, town.store(), facts=replace(FACTS, rules="version: 9\n"), now=NOW)
    assert error.value.problems


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_decision_ends_within_a_year(town, plan, days):
    with pytest.raises(InputError, match=r"lifecycle\.leak_until"):
        actions.decide_leak(
            town.officer, plan, pattern="a*", kinds=[], mistaken=False, reason="x", until=TODAY + timedelta(days=days), now=NOW
        )


def test_two_runs_at_once_are_refused_and_due_plans_begin_by_themselves(town, plan):
    assert actions.plans_due(NOW) == 1
    assert actions.plans_due(NOW) == 0
    with pytest.raises(Conflict, match=r"lifecycle\.scan_running"):
        actions.begin_leak_scan(town.officer, plan, now=NOW)
    run_jobs(NOW + timedelta(minutes=1))
    assert LeakScan.objects.get().state == "done"
    assert actions.plans_due(NOW + timedelta(days=31)) == 1


def test_who_may(town, plan):
    stranger = principal_for(Role.CISO, make_organization("elsewhere"))
    with pytest.raises(NotFound):
        queries.plan(stranger, plan.pk)
    staff = principal_for(Role.STAFF, town.organization)
    with pytest.raises(NotFound):
        queries.plan(staff, plan.pk)
    auditor = principal_for(Role.AUDITOR, town.organization)
    assert queries.plan(auditor, plan.pk) == plan
    with pytest.raises(NotPermitted):
        actions.begin_leak_scan(auditor, plan, now=NOW)


def test_two_editors_the_later_is_told(town, plan):
    actions.edit_leak_plan(town.officer, plan, facts=replace(FACTS, name="別の名前"), version=1, now=NOW)
    with pytest.raises(Conflict, match=r"lifecycle\.changed_meanwhile"):
        actions.edit_leak_plan(town.officer, plan, facts=FACTS, version=1, now=NOW)


def test_an_ended_plan_counts_no_more(town, plan):
    write(town, "residents.csv", RESIDENTS)
    run(town, plan)
    actions.end_leak_plan(town.officer, plan, reason="置き場を閉じた", now=LATER)
    found = queries.figures_of(town.organization.pk, since=NOW, now=LATER)
    assert (found.outside, found.stores) == (0, (0, 1))


# ------------------------------------------------------------------------------------------------------------- pages


def test_from_the_plan_to_the_places_on_the_pages(town):
    store = town.store()
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    base = f"/o/{town.code}/leaks/"
    assert "点検を計画する" in desk.get(base).content.decode()
    sent = {
        "store": str(store.pk), "name": "共有", "every": "weekly", "threshold": "0.5", "treat_days": "30",
        "owner": "role:system_admin", "excluded": "*.log",
    }  # fmt: skip
    made = desk.post(f"{base}new", sent)
    assert made.status_code == 302, made.content.decode()
    assert "まだ点検していません" in desk.get(made.url).content.decode()
    write(town, "residents.csv", RESIDENTS)
    begun = desk.post(f"{made.url}scan")
    assert "点検中" in desk.get(begun.url).content.decode()
    run_jobs(NOW + timedelta(hours=2))
    page = desk.get(begun.url).content.decode()
    assert "見つかったもの" in page
    places = desk.get(made.url).content.decode()
    assert "residents.csv" in places
    assert "123456789018" not in page + places
    decided = desk.post(
        f"{made.url}decide", {"pattern": "res*", "reason": "架空のデータ", "until": str(TODAY + timedelta(days=30))}
    )
    assert decided.status_code == 302
    assert "架空のデータ" in desk.get(made.url).content.decode()
    assert desk.get(f"{made.url}export/xlsx").status_code == 200
    assert desk.post(f"{made.url}end", {"reason": "おわり"}).status_code == 302


def test_what_is_refused_is_said_beside_its_field(town, plan):
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    answer = desk.post(f"/o/{town.code}/leaks/{plan.pk}/decide", {"pattern": "*", "reason": "x", "until": str(TODAY)})
    assert answer.status_code == 422
    assert "もっと狭く" in answer.content.decode()


def test_lists_ask_the_database_as_often_for_one_as_for_many(town, plan, django_assert_max_num_queries):
    write(town, "residents.csv", RESIDENTS)
    for number in range(30):
        write(town, f"copies/{number}.csv", RESIDENTS)
    run(town, plan)
    desk = client_for(Role.CISO, town.organization)
    with django_assert_max_num_queries(16):
        assert desk.get(f"/o/{town.code}/leaks/").status_code == 200
    with django_assert_max_num_queries(20):
        assert desk.get(f"/o/{town.code}/leaks/{plan.pk}/").status_code == 200


def test_english_pages_are_english(town, plan):
    desk = client_for(Role.CISO, town.organization, language="en")
    page = desk.get(f"/o/{town.code}/leaks/").content.decode()
    assert "Leak scans" in page
    assert "漏えい点検" not in page
