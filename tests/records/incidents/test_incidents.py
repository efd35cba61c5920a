"""事案 from recording to the counted cause: who may, what is refused, what is told the ledger, what the figures say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.records.factories import (
    NOW,
    TODAY,
    client_for,
    give,
    make_organization,
    make_person,
    make_subject,
    principal_for,
    principal_of,
)

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.assessment import actions as assessment
from sekisho.records.evidence.queries import latest_measures
from sekisho.records.incidents import actions, queries
from sekisho.records.incidents.models import AnalysisSheet, Incident
from sekisho.records.incidents.rules import Ticked
from sekisho.records.ledger.models import Entry
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
FACTS = actions.IncidentFacts(
    kind="email_misdelivery",
    title="案内を別の名簿に送った",
    did="名簿を取り違えて送信した",
    found_at=NOW - timedelta(days=2),
    people_affected=40,
    personal_data=True,
)


@pytest.fixture
def city(home):
    made = make_organization("city", name="みなも市", name_en="Minamo")
    make_subject(made, kind="organization", name="みなも市")
    return made


@pytest.fixture
def officer(city):
    return principal_for(Role.SYSTEM_OFFICER, city)


@pytest.fixture
def worker(city):
    return principal_for(Role.SYSTEM_ADMIN, city)


@pytest.fixture
def incident(worker, city):
    return actions.record(worker, city, facts=FACTS, now=NOW)


def settled(worker, officer, incident, *lines, now=NOW) -> AnalysisSheet:
    draft = actions.begin_sheet(worker, incident, method="m_shell", now=now)
    saved = actions.save_sheet(worker, draft, lines=lines, conclusion="確認の手順がない", version=draft.version, now=now)
    return actions.settle_sheet(officer, saved, version=saved.version, now=now)


def verified(worker, officer, incident, owner, *, now=NOW, causes=("l1_hurry",)):
    made = actions.add_countermeasure(
        worker,
        incident,
        what="送信前に一分待つ設定にする",
        remedy="mechanism",
        owner_id=owner.pk,
        due_on=TODAY,
        causes=causes,
        now=now,
    )
    for who, state in ((worker, "done"), (officer, "verified")):
        made.action.refresh_from_db()
        assessment.move_corrective_action(
            who, action_id=made.action.pk, version=made.action.version, state=state, outcome="設定した", now=now
        )
    return made


def test_numbers_go_up_within_the_year_and_the_organisation(worker, city, incident):
    other = actions.record(worker, city, facts=FACTS, now=NOW)
    assert (incident.number, other.number) == ("HE-2026-0001", "HE-2026-0002")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "earthquake"}, "incidents.unknown_kind"),
        ({"title": " "}, "incidents.missing"),
        ({"title": "あ" * 201}, "incidents.too_long"),
        ({"did": ""}, "incidents.missing"),
        ({"did": "a\x00"}, "incidents.not_text"),
        ({"found_at": NOW + timedelta(seconds=1)}, "incidents.found_later"),
        ({"happened_on": TODAY}, "incidents.happened_after_found"),
        ({"people_affected": -1}, "incidents.out_of_range"),
        ({"people_affected": 10**10}, "incidents.out_of_range"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(worker, city, changes, code):
    with pytest.raises(InputError) as error:
        actions.record(worker, city, facts=replace(FACTS, **changes), now=NOW)
    assert error.value.code == code
    assert not Incident.objects.exists()


def test_a_subject_of_another_organisation_is_refused(worker, city):
    elsewhere = make_organization("elsewhere")
    subject = make_subject(elsewhere)
    with pytest.raises(InputError, match=r"incidents\.subject_elsewhere"):
        actions.record(worker, city, facts=replace(FACTS, subject_id=subject.pk), now=NOW)


def test_a_my_number_is_personal_data(worker, city):
    assert actions.record(worker, city, facts=replace(FACTS, my_number=True, personal_data=False), now=NOW).personal_data


def test_strangers_and_readers(city, incident):
    stranger = principal_for(Role.CISO, make_organization("elsewhere"))
    with pytest.raises(NotFound):
        queries.incident(stranger, incident.pk)
    staff = principal_for(Role.STAFF, city)
    with pytest.raises(NotFound):
        queries.incident(staff, incident.pk)
    auditor = principal_for(Role.AUDITOR, city)
    assert queries.incident(auditor, incident.pk) == incident
    with pytest.raises(NotPermitted):
        actions.begin_sheet(auditor, incident, method="m_shell", now=NOW)


def test_two_at_once_the_later_is_told(worker, incident):
    actions.edit(worker, incident, facts=replace(FACTS, title="直した"), version=1, now=NOW)
    with pytest.raises(Conflict, match=r"incidents\.changed_meanwhile"):
        actions.edit(worker, incident, facts=FACTS, version=1, now=NOW)
    incident.refresh_from_db()
    assert incident.title == "直した"


def test_a_kind_that_its_sheets_do_not_fit_is_refused(worker, incident):
    actions.begin_sheet(worker, incident, method="m_shell", now=NOW)
    with pytest.raises(Conflict, match=r"incidents\.sheets_unfit"):
        actions.edit(worker, incident, facts=replace(FACTS, kind="carried_out"), version=incident.version, now=NOW)


def test_a_method_that_does_not_fit_is_refused(worker, incident):
    with pytest.raises(InputError, match=r"incidents\.method_unfit"):
        actions.begin_sheet(worker, incident, method="fraud_triangle", now=NOW)


def test_a_sheet_is_settled_only_with_causes_and_a_conclusion(worker, officer, incident):
    draft = actions.begin_sheet(worker, incident, method="m_shell", now=NOW)
    assert actions.begin_sheet(worker, incident, method="m_shell", now=NOW) == draft
    with pytest.raises(Conflict, match=r"incidents\.no_causes"):
        actions.settle_sheet(officer, draft, version=draft.version, now=NOW)
    saved = actions.save_sheet(worker, draft, lines=[Ticked("m", "m_policy")], conclusion="", version=draft.version, now=NOW)
    with pytest.raises(Conflict, match=r"incidents\.no_conclusion"):
        actions.settle_sheet(officer, saved, version=saved.version, now=NOW)
    with pytest.raises(NotPermitted):
        actions.settle_sheet(worker, saved, version=saved.version, now=NOW)


def test_a_settled_sheet_stays_and_a_new_one_takes_its_place(worker, officer, incident):
    first = settled(worker, officer, incident, Ticked("l1", "l1_hurry", "締切の日", "root"))
    with pytest.raises(Conflict, match=r"incidents\.sheet_settled"):
        actions.save_sheet(worker, first, lines=[], conclusion="", version=first.version, now=NOW)
    second = actions.begin_sheet(worker, incident, method="m_shell", now=LATER)
    assert [(c.cause, c.text, c.weight) for c in second.causes.all()] == [("l1_hurry", "締切の日", "root")]
    actions.settle_sheet(officer, second, version=second.version, now=LATER)
    first.refresh_from_db()
    assert first.state == "replaced"
    assert first.causes.count() == 1


def test_closing_waits_for_analysis_and_countermeasures(worker, officer, incident, city):
    owner = make_person()
    give(owner, Role.SECTION_OFFICER, city)
    with pytest.raises(Conflict, match=r"incidents\.not_analysed"):
        actions.close(officer, incident, note="済み", version=1, now=NOW)
    settled(worker, officer, incident, Ticked("l1", "l1_hurry"))
    made = actions.add_countermeasure(
        worker, incident, what="周知する", remedy="reminder", owner_id=owner.pk, due_on=TODAY, causes=["l1_hurry"], now=NOW
    )
    with pytest.raises(Conflict, match=r"incidents\.countermeasures_left"):
        actions.close(officer, incident, note="済み", version=1, now=NOW)
    assessment.move_corrective_action(
        worker, action_id=made.action_id, version=1, state="cancelled", outcome="道具で止めることにした", now=NOW
    )
    closed = actions.close(officer, incident, note="済み", version=1, now=NOW)
    assert closed.closed_at == NOW
    with pytest.raises(Conflict, match=r"incidents\.closed"):
        actions.begin_sheet(worker, incident, method="m_shell", now=NOW)
    assert actions.reopen(officer, closed, reason="新しい事実", now=LATER).state == "open"


def test_a_countermeasure_is_aimed_only_at_causes_that_were_found(worker, officer, incident, city):
    owner = make_person()
    give(owner, Role.SECTION_OFFICER, city)
    settled(worker, officer, incident, Ticked("l1", "l1_hurry"))
    with pytest.raises(InputError, match=r"incidents\.cause_not_found"):
        actions.add_countermeasure(
            worker, incident, what="周知", remedy="reminder", owner_id=owner.pk, due_on=TODAY, causes=["m_policy"], now=NOW
        )
    assert not incident.countermeasures.exists()


def test_an_effect_is_judged_only_of_what_was_carried_out(worker, officer, incident, city):
    owner = make_person()
    give(owner, Role.SECTION_OFFICER, city)
    settled(worker, officer, incident, Ticked("l1", "l1_hurry"))
    planned = actions.add_countermeasure(
        worker, incident, what="周知", remedy="reminder", owner_id=owner.pk, due_on=TODAY, now=NOW
    )
    with pytest.raises(Conflict, match=r"incidents\.not_carried_out"):
        actions.judge_effect(officer, planned, effect="effective", note="減った", now=NOW)
    made = verified(worker, officer, incident, owner)
    assert actions.judge_effect(officer, made, effect="ineffective", note="また起きた", now=LATER).effect == "ineffective"


def test_the_same_cause_after_its_treatment_shows_in_the_figures_of_the_evidence(worker, officer, incident, city):
    owner = make_person()
    give(owner, Role.SECTION_OFFICER, city)
    settled(worker, officer, incident, Ticked("l1", "l1_hurry", weight="root"), Ticked("e", text="引っ越しの週だった"))
    verified(worker, officer, incident, owner)
    again = actions.record(worker, city, facts=replace(FACTS, found_at=LATER, near_miss=True), now=LATER)
    settled(worker, officer, again, Ticked("l1", "l1_hurry"), now=LATER)
    actions.measure(officer, city, now=LATER + timedelta(hours=1))
    subject = subject_queries.organization_subject(city.pk)
    keys = [
        f"incidents.{name}" for name in ("count", "near_misses", "with_factor", "analysed", "causes_recurred", "beyond_reminding")
    ]
    figures = latest_measures([subject.pk], keys, LATER + timedelta(hours=2))
    found = {(one.key, tuple(sorted(one.dimensions.items()))): one.value for rows in figures.values() for one in rows}
    assert found["incidents.count", ()] == 1
    assert found["incidents.near_misses", ()] == 1
    assert found["incidents.with_factor", (("factor", "l1"),)] == 2
    assert found["incidents.with_factor", (("factor", "e"),)] == 1
    assert found["incidents.analysed", ()] == 1
    assert found["incidents.causes_recurred", ()] == 1
    assert found["incidents.beyond_reminding", ()] == 1


def test_every_step_is_on_the_ledger(worker, officer, incident, city):
    owner = make_person()
    give(owner, Role.SECTION_OFFICER, city)
    settled(worker, officer, incident, Ticked("l1", "l1_hurry"))
    verified(worker, officer, incident, owner)
    actions.measure_all(SYSTEM, now=LATER)
    names = set(Entry.objects.values_list("action", flat=True))
    assert {
        "incident.record", "incident.begin_sheet", "incident.save_sheet", "incident.settle_sheet", "incident.countermeasure",
        "incident.measure",
    } <= names  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- pages


@pytest.fixture
def desk(city):
    return client_for(Role.SECTION_OFFICER, city)


def test_from_the_list_to_a_settled_sheet_on_the_pages(desk, city):
    base = "/o/city/incidents/"
    assert "対応中の事案はありません" in desk.get(base).content.decode()
    sent = {"kind": "email_misdelivery", "title": "誤送信", "did": "取り違えた", "found_at": "2026-11-20T09:00"}
    made = desk.post(f"{base}new", sent)
    assert made.status_code == 302
    page = desk.get(made.url).content.decode()
    assert "m-SHELLで分析する" in page
    row = Incident.objects.get()
    begun = desk.post(f"{base}{row.pk}/analyse", {"method": "m_shell"})
    sheet = AnalysisSheet.objects.get()
    form = {
        "version": "1",
        "w_l1_hurry": "root",
        "t_l1_hurry": "締切の日",
        "o_e_0": "引っ越しの週",
        "p_e_0": "part",
        "conclusion": "急いだ",
    }
    assert desk.post(begun.url, {**form, "settle": "1"}).url == made.url
    sheet.refresh_from_db()
    assert sheet.state == "settled"
    assert {(c.cause, c.text, c.weight) for c in sheet.causes.all()} == {
        ("l1_hurry", "締切の日", "root"),
        ("", "引っ越しの週", "part"),
    }
    assert "引っ越しの週" in desk.get(begun.url).content.decode()
    counts = desk.get(f"{base}causes").content.decode()
    assert "忙しさによる確認のゆるみ" in counts
    for kind in ("docx", "pdf", "html", "xlsx"):
        given = desk.get(f"{base}sheets/{sheet.pk}/document/{kind}")
        assert given.status_code == 200
        assert len(b"".join(given.streaming_content) if given.streaming else given.content) > 500


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "※必須"),
        ({"kind": "email_misdelivery", "title": "x", "did": "y", "found_at": "2030-01-01T00:00"}, "いまより前に"),
        ({"kind": "email_misdelivery", "title": "x", "did": "y", "found_at": "きのう"}, "エラー"),
    ],
)
def test_what_is_refused_is_said_beside_its_field(desk, sent, said):
    answer = desk.post("/o/city/incidents/new", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_page_under_another_organisation_is_not_found(desk, city, worker):
    child = make_organization("child", parent=city)
    row = actions.record(worker, child, facts=FACTS, now=NOW)
    assert desk.get(f"/o/city/incidents/{row.pk}/").status_code == 404
    assert desk.get(f"/o/child/incidents/{row.pk}/").status_code == 200


def test_the_list_asks_the_database_as_often_for_one_as_for_many(worker, city, django_assert_max_num_queries):
    desk = client_for(Role.CISO, city)
    for _ in range(30):
        actions.record(worker, city, facts=FACTS, now=NOW)
    with django_assert_max_num_queries(14):
        assert desk.get("/o/city/incidents/").status_code == 200
    with django_assert_max_num_queries(14):
        assert desk.get("/o/city/incidents/causes").status_code == 200


def test_lists_leave_as_files(desk, worker, city, incident):
    for form in ("xlsx", "csv", "cp932"):
        assert desk.get(f"/o/city/incidents/export/{form}").status_code == 200
        assert desk.get(f"/o/city/incidents/causes/export/{form}").status_code == 200
    assert desk.get("/o/city/incidents/export/exe").status_code == 404


def test_english_pages_are_english(city, incident):
    desk = client_for(Role.CISO, city, language="en")
    page = desk.get("/o/city/incidents/").content.decode()
    assert "Misdirected e-mail" in page
    assert "事案" not in page


def test_what_was_found_in_an_earlier_year_is_not_in_this_years_figures(worker, city):
    actions.record(worker, city, facts=replace(FACTS, found_at=NOW - timedelta(days=800)), now=NOW)
    found = queries.figures_of(SYSTEM, city, since=date(2026, 4, 1), until=TODAY)
    assert found.incidents == 0
    assert found.analysed == (0, 0)
    assert principal_of(make_person()).may("incident.read", city.pk) is False
