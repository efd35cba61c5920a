"""Every page of the room: renders, counts its queries, does what its buttons say, and does not exist for strangers."""

from __future__ import annotations

import csv
import io
import re

import openpyxl
import pytest
from django.urls import reverse
from tests.records.factories import client_for, give, make_organization, make_person

from sekisho.records.assessment.models import CorrectiveAction, Judgement

pytestmark = pytest.mark.django_db
PAGES = ("table", "list", "soa", "export", "confirm_many", "corrective_actions")


@pytest.fixture
def judged(town):
    town.measured_well()
    town.propose()
    return town


@pytest.fixture
def officer(judged):
    return client_for("chief_officer", judged.organization)


def address(town, name, row=None):
    return reverse(f"assessment:{name}", args=(town.organization.code, *((row.pk,) if row else ())))


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_in_both_languages(judged, officer, name):
    for language in ("ja", "en"):
        answer = officer.get(address(judged, name), HTTP_ACCEPT_LANGUAGE=language)
        assert answer.status_code == 200


def test_table_shows_marks_and_opens_a_judgement_at_the_side(judged, officer):
    row = judged.judgement("8.9")
    answer = officer.get(address(judged, "table"), {"judgement": str(row.pk)}).content.decode()
    assert "8.9" in answer
    assert "lv-take" in answer
    assert "竹を提案しました" in answer
    assert "style=" not in re.sub(r"<svg.*?</svg>", "", answer, flags=re.DOTALL)


def test_panel_for_htmx_is_only_the_panel(judged, officer):
    answer = officer.get(address(judged, "judgement", judged.judgement("8.9")), HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in answer
    assert "確認する" in answer


def test_judgement_page_shows_conditions_history_and_applicability(judged, officer):
    answer = officer.get(address(judged, "judgement", judged.judgement("8.9"))).content.decode()
    for words in ("レベルごとの条件", "自動復旧の試験の記録", "履歴", "規則による", "目標を保存する"):
        assert words in answer


def test_confirm_button_confirms_and_a_second_one_shows_what_was_saved(judged, officer):
    row = judged.judgement("8.9")
    answer = officer.post(address(judged, "confirm", row), {"version": row.version})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.level) == ("confirmed", 2)
    late = officer.post(address(judged, "confirm", row), {"version": row.version - 1})
    assert late.status_code == 409
    assert "が保存しました（いまのレベル：竹）" in late.content.decode()


def test_bulk_confirmation_previews_and_confirms_only_what_was_shown(judged, officer):
    preview = officer.get(address(judged, "confirm_many")).content.decode()
    given = re.findall(r'name="j" value="([^"]+@\d+)"', preview)
    assert len(given) > 3
    assert officer.post(address(judged, "confirm_many"), {"j": given[:2]}).status_code == 302
    assert Judgement.objects.filter(state="confirmed").count() == 2


def test_level_form_needs_a_reason(judged, officer):
    row = judged.judgement("5.1", judged.itself)
    answer = officer.post(address(judged, "level", row), {"version": row.version, "level": "2", "reason": ""})
    assert answer.status_code == 422
    assert "エラー：" in answer.content.decode()


def test_answer_target_and_corrective_action_go_through_the_pages(judged, officer):
    row = judged.judgement("8.28")
    assert officer.post(address(judged, "attest", row), {"key": "rules_disseminated", "holds": "yes"}).status_code == 302
    row.refresh_from_db()
    data = {"target-version": row.version, "target-level": "2", "target-on": "2027-03-31"}
    assert officer.post(address(judged, "target", row), data).status_code == 302
    row.refresh_from_db()
    assert row.target_level == 2
    owner = make_person()
    give(owner, "system_admin", judged.organization)
    made = officer.post(
        f"{address(judged, 'corrective_new')}?judgement={row.pk}",
        {"what": "規則を作る", "owner": str(owner.pk), "due_on": "2027-01-31"},
    )
    assert made.status_code == 302
    action = CorrectiveAction.objects.get()
    assert officer.get(address(judged, "corrective_action", action)).status_code == 200
    step = officer.post(address(judged, "corrective_action", action), {"version": 1, "state": "done", "outcome": ""})
    assert step.status_code == 422
    step = officer.post(address(judged, "corrective_action", action), {"version": 1, "state": "done", "outcome": "作った"})
    assert step.status_code == 302


def test_export_is_the_table_as_filtered(judged, officer):
    data = officer.get(address(judged, "export")).content
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "8.9" in cells
    assert "竹" in cells


def list_export(town, form, query=""):
    return reverse("assessment:list_export", args=(town.organization.code, form)) + query


def test_the_list_goes_out_whole_and_exactly_as_filtered(judged, officer):
    everything = list(csv.DictReader(io.StringIO(officer.get(list_export(judged, "csv")).content.decode("utf-8-sig"))))
    assert len(everything) == Judgement.objects.filter(applicable=True).count() > 20
    row = next(one for one in everything if one["番号"] == "8.9" and one["対象"] == "予約サイト")
    assert (row["レベル"], row["状態"], row["根拠"], row["エビデンスが古い"]) == ("竹", "提案（未確認）", "測定", "いいえ")
    only = officer.get(list_export(judged, "csv", "?view=unmeasured&q=5.1")).content.decode("utf-8-sig")
    numbers = [one["番号"] for one in csv.DictReader(io.StringIO(only))]
    assert numbers
    assert all(number.startswith("5.1") for number in numbers)
    book = openpyxl.load_workbook(io.BytesIO(officer.get(list_export(judged, "xlsx")).content))
    assert book.active.max_row == len(everything) + 1
    assert officer.get(list_export(judged, "cp932")).status_code == 200
    assert "list.xlsx?view=stale" in officer.get(address(judged, "list") + "?view=stale").content.decode()


def test_the_export_of_the_list_is_one_query_for_all_rows_and_nothing_for_strangers(
    judged, officer, django_assert_max_num_queries
):
    officer.get(list_export(judged, "csv"))
    with django_assert_max_num_queries(6):
        officer.get(list_export(judged, "csv"))
    stranger = client_for("chief_officer", make_organization("elsewhere", name="別の市", is_boundary=True))
    assert stranger.get(list_export(judged, "csv")).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_nothing(judged, name):
    elsewhere = make_organization("elsewhere", name="別の市", body_kind="municipality", is_boundary=True)
    stranger = client_for("chief_officer", elsewhere)
    assert stranger.get(address(judged, name)).status_code == 404
    row = judged.judgement("8.9")
    for one in ("judgement", "level", "applicability"):
        assert stranger.get(address(judged, one, row)).status_code == 404
        assert stranger.get(reverse(f"assessment:{one}", args=("elsewhere", row.pk))).status_code == 404
    assert stranger.post(reverse("assessment:confirm", args=("elsewhere", row.pk)), {"version": 1}).status_code == 404


def test_an_auditor_reads_and_changes_nothing(judged):
    auditor = client_for("auditor", judged.organization)
    row = judged.judgement("8.9")
    page = auditor.get(address(judged, "judgement", row)).content.decode()
    assert "確認する" not in page
    assert auditor.post(address(judged, "confirm", row), {"version": row.version}).status_code == 403


@pytest.mark.parametrize(
    "query", ["page=-1", "page=9999999999999", "subject=x", "view=%01", "level=9", "columns=abc", "q=%27%3B--"]
)
def test_hostile_filters_are_harmless(judged, officer, query):
    assert officer.get(f"{address(judged, 'list')}?{query}").status_code == 200
    assert officer.get(f"{address(judged, 'table')}?{query}").status_code == 200


def test_list_and_table_stay_within_their_query_budgets(judged, officer, django_assert_max_num_queries):
    officer.get(address(judged, "list"))
    with django_assert_max_num_queries(10):
        officer.get(address(judged, "list"))
    with django_assert_max_num_queries(14):
        officer.get(address(judged, "table"))
