"""Assessments of re-identification: measured, joined with the duties, declared, signed; the table is not kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.records.factories import NOW, client_for, make_organization, principal_for
from tests.records.lifecycle.care import CareTown

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.evidence.models import Measure
from sekisho.records.lifecycle.actions import assessing as actions
from sekisho.records.lifecycle.bound import assessing as bound
from sekisho.records.lifecycle.models import PrivacyAssessment
from sekisho.records.lifecycle.queries import assessing as queries
from sekisho.records.organization.permissions import Role

pytestmark = pytest.mark.django_db
GROUPED = "年代,地区,区分\n" + "".join(f"{age}代,{area},{n % 3}\n" for age in (30, 40) for area in "東西" for n in range(12))
SINGLED = "年齢,地区,病名\n" + "".join(f"{20 + n},{'東西'[n % 2]},{'糖尿病' if n % 3 else '高血圧'}\n" for n in range(60))
FACTS = actions.AssessFacts(
    name="統計用", path="grouped.csv", scheme="public_anonymised", quasi=("年代", "地区"), sensitive=("区分",)
)


@pytest.fixture
def store(town: CareTown):
    town.folder.mkdir(parents=True, exist_ok=True)
    (town.folder / "grouped.csv").write_text(GROUPED, encoding="utf-8")
    (town.folder / "singled.csv").write_text(SINGLED, encoding="cp932")
    return town.store()


def assessed(town: CareTown, store, **changes) -> PrivacyAssessment:
    return actions.assess_table(town.officer, town.organization, store=store, facts=replace(FACTS, **changes), now=NOW)


def declared_before(town: CareTown, row: PrivacyAssessment) -> PrivacyAssessment:
    for duty in bound.left_open(row.figures["checklist"]):
        row = actions.declare_duty(town.officer, row, duty=duty, note="要領どおり確かめた", version=row.version, now=NOW)
    return row


def test_figures_duties_and_report_come_of_a_table_that_is_not_kept(town, store):
    row = assessed(town, store)
    assert row.figures["assessment"]["k"] == 12
    assert len(row.digest) == 64
    assert "東" not in str(row.figures) + str(row.report)
    found = dict(Measure.objects.filter(key__startswith="privacyrisk.").values_list("key", "value"))
    assert found["privacyrisk.k"] == 12


def test_without_named_columns_those_proposed_are_taken(town, store):
    row = assessed(town, store, path="singled.csv", quasi=(), sensitive=())
    assert "年齢" in row.figures["assessment"]["quasi"]
    assert row.figures["assessment"]["k"] == 1


def test_what_figures_contradict_cannot_be_signed(town, store):
    row = assessed(town, store, path="singled.csv", quasi=("年齢", "地区"), sensitive=("病名",))
    assert row.figures["checklist"]["counts"]["contradicted"]
    with pytest.raises(Conflict, match=r"lifecycle\.assess_contradicted"):
        actions.sign_assessment(town.chief, row, version=row.version, now=NOW)


def test_signing_waits_for_the_duties_before_and_for_another_person(town, store):
    row = assessed(town, store)
    assert not row.figures["checklist"]["counts"]["contradicted"], row.figures["checklist"]
    with pytest.raises(Conflict, match=r"lifecycle\.assess_open"):
        actions.sign_assessment(town.chief, row, version=row.version, now=NOW)
    row = declared_before(town, row)
    with pytest.raises(Conflict, match=r"lifecycle\.sign_own"):
        actions.sign_assessment(town.officer, row, version=row.version, now=NOW)
    signed = actions.sign_assessment(town.chief, row, version=row.version, now=NOW)
    assert signed.signed_at == NOW
    duty = signed.figures["checklist"]["items"][0]["id"]
    with pytest.raises(Conflict, match=r"lifecycle\.signed_already"):
        actions.declare_duty(town.officer, signed, duty=duty, note="x", version=signed.version, now=NOW)


def test_a_word_can_be_taken_back(town, store):
    row = assessed(town, store)
    duty = bound.left_open(row.figures["checklist"])[0]
    row = actions.declare_duty(town.officer, row, duty=duty, note="見た", version=row.version, now=NOW)
    assert duty not in bound.left_open(row.figures["checklist"])
    row = actions.declare_duty(town.officer, row, duty=duty, note="", version=row.version, now=NOW)
    assert duty in bound.left_open(row.figures["checklist"])
    with pytest.raises(Conflict, match=r"lifecycle\.changed_meanwhile"):
        actions.declare_duty(town.officer, row, duty=duty, note="x", version=1, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "nowhere.csv"},
        {"path": "../grouped.csv"},
        {"quasi": ("背の高さ",)},
        {"scheme": "secret"},
        {"k": 0},
        {"t": 2.0},
        {"name": ""},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(town, store, changes):
    with pytest.raises((InputError, NotFound)):
        assessed(town, store, **changes)
    assert not PrivacyAssessment.objects.exists()


def test_strangers_see_nothing(town, store):
    row = assessed(town, store)
    stranger = principal_for(Role.CISO, make_organization("elsewhere"))
    with pytest.raises(NotFound):
        queries.assessment(stranger, row.pk)


def test_from_the_table_to_the_signed_report_on_the_pages(town, store):
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    base = f"/o/{town.code}/assessments/"
    assert "外に渡す前" in desk.get(base).content.decode()
    sent = {
        "name": "統計用", "store": str(store.pk), "path": "grouped.csv", "scheme": "public_anonymised", "quasi": "年代、地区",
        "sensitive": "区分", "k": "5", "l": "2", "t": "0.5", "threshold": "0.2",
    }  # fmt: skip
    made = desk.post(f"{base}new", sent)
    assert made.status_code == 302, made.content.decode()[:2000]
    row = PrivacyAssessment.objects.get()
    page = desk.get(made.url).content.decode()
    assert "確かめたことを書く" in page
    duty = bound.left_open(row.figures["checklist"])[0]
    assert desk.post(f"{made.url}duties/{duty}", {"note": "見た", "version": row.version}).status_code == 302
    row = declared_before(town, PrivacyAssessment.objects.get())
    chief = client_for(Role.CHIEF_OFFICER, town.organization)
    assert chief.post(f"{made.url}sign", {"version": row.version}).status_code == 302
    assert "保護管理者が確認しました" in desk.get(made.url).content.decode()
    for form in ("pdf", "docx", "html", "xlsx"):
        assert desk.get(f"{made.url}report/{form}").status_code == 200
    assert "統計用" in desk.get(base).content.decode()


def test_a_table_that_cannot_be_read_is_told_on_the_page(town, store):
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    (town.folder / "ragged.csv").write_text("a,b\n1,2,3\n", encoding="utf-8")
    sent = {
        "name": "x", "store": str(store.pk), "path": "ragged.csv", "scheme": "public_anonymised", "quasi": "a", "k": "5", "l": "2",
        "t": "0.5", "threshold": "0.2",
    }  # fmt: skip
    answer = desk.post(f"/o/{town.code}/assessments/new", sent)
    assert answer.status_code == 422
    assert "ragged.csv" in answer.content.decode()
