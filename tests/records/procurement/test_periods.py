"""Periods out of the places of clauses: what can be read gives duties their days, what cannot is asked for and never guessed."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.records.factories import NOW
from tests.records.procurement.bought import SIGNED, Office

from sekisho.errors import InputError
from sekisho.records.duties.models import Duty
from sekisho.records.ledger.models import Entry
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import Case, Contract
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.periods import Period, asked, period_uses, read_period
from sekisho.standards.rule_sets import rule_set

SIGN = {
    "supplier": "株式会社みほん", "corporate_number": "", "number": "12", "signed_on": "2026-11-20",
    "delivery_on": "2027-03-31", "operation_on": "", "ends_on": "2032-03-31", "reason": "少額のため", "note": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("3か月", Period(3, "month")),
        ("３ヶ月ごと", Period(3, "month")),
        ("三か月", Period(3, "month")),
        ("1年半", Period(18, "month")),
        ("5年間", Period(60, "month")),
        ("四半期", Period(3, "month")),
        ("毎月", Period(1, "month")),
        ("年2回", Period(6, "month")),
        ("6か月に1回", Period(6, "month")),
        ("2週間", Period(14, "day")),
        ("14日以内", Period(14, "day")),
        ("72時間", Period(3, "day")),
        ("10開庁日", Period(10, "business_day")),
        ("10 business days", Period(10, "business_day")),
        ("3 months", Period(3, "month")),
        ("契約の締結の日から14日を経過する日", Period(14, "day", "contract")),
        ("契約終了後30日以内", Period(30, "day", "end")),
    ],
)
def test_a_period_is_read_as_it_is_written(text: str, period: Period) -> None:
    assert read_period(text) == period


@pytest.mark.parametrize(
    "text",
    [
        "", "別途協議", "発注者が指示する時", "3", "か月", "0日", "30時間", "令和9年3月31日", "1か月程度", "1年半か月", "99999年",
        "7日（深刻度が緊急のものは3日）", "入札書の提出期限の14日前", "3か月又は半年", "1か月半", "年5回", "月0回", "日" * 61,
    ],
)  # fmt: skip
def test_what_is_not_one_period_is_not_read(text: str) -> None:
    assert read_period(text) is None


@given(st.builds(Period, st.integers(1, 400), st.sampled_from(["day", "business_day", "month"])))
def test_a_period_is_kept_as_a_text_that_is_read_again(period: Period) -> None:
    assert read_period(period.text) == period
    assert period.after(SIGNED) > SIGNED


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = read_period(text)
    assert found is None or found.count > 0


def test_business_days_leave_out_weekends_and_holidays() -> None:
    # 2026-11-20 is a Friday; the 23rd is a holiday (勤労感謝の日)
    assert Period(1, "business_day").after(date(2026, 11, 20)) == date(2026, 11, 24)
    assert Period(1, "month").after(date(2027, 1, 31)) == date(2027, 2, 28)


def test_the_rules_propose_a_readable_period_for_every_place_that_gives_a_duty_its_days() -> None:
    rules = rule_set("specification")
    duties = [duty for clause in rules.clauses for duty in clause.duties]
    duties += [duty for one in rules.requirements for level in one.levels.values() for duty in level.duties]
    places = {place for duty in duties for place in (duty.after_place, duty.every_place) if place}
    assert places >= {"履行状況報告の間隔", "保存期間", "証明の期限", "監査計画の期限", "契約後の提出期限", "報告の間隔"}
    for place in places:
        suggestions = rules.find("placeholders", place).suggestions
        assert suggestions, place
        assert all(read_period(one.value) for one in suggestions), place


@pytest.fixture
def office(db, home) -> Office:
    return Office()


def _with(office: Office, **values: str | None) -> Case:
    case = office.case("design-study", award="negotiated")
    changes = {f"values.{place}": text for place, text in values.items()}
    actions.save_answers(office.owner, case, changes=changes, base_version=case.answers_version, now=NOW)
    return queries.case(SYSTEM, case.pk)


def _reports(contract: Contract) -> list[date]:
    rows = Duty.objects.filter(source__contains=":U6:U6.report:", source__startswith=f"procurement:{contract.pk}:", done_at=None)
    return [day.date() for day in rows.order_by("due_at").values_list("due_at", flat=True)]


@pytest.mark.parametrize(("text", "second"), [("1か月", date(2027, 1, 20)), ("半年", date(2027, 11, 20))])
def test_the_reports_fall_due_at_the_interval_that_the_specification_says(office: Office, text: str, second: date) -> None:
    contract = office.contract(_with(office, 履行状況報告の間隔=text))
    days = _reports(contract)
    assert days[0] == read_period(text).after(SIGNED)
    assert days[1] == second
    assert contract.periods == {}


def test_a_text_that_is_no_period_is_asked_for_and_nothing_is_signed_without_it(office: Office) -> None:
    case = _with(office, 履行状況報告の間隔="発注者が求める時")
    uses = contract_queries.periods_of(case)
    assert [one.key for one in asked(uses)] == ["履行状況報告の間隔"]
    use = asked(uses)[0].first
    assert (use.text, use.read, use.default, use.default_verified) == ("発注者が求める時", None, Period(3, "month"), "proposal")
    with pytest.raises(InputError) as error:
        office.contract(case)
    assert error.value.code == "procurement_contract.periods_missing"
    assert [(p.code, p.column) for p in error.value.problems] == [
        ("procurement_contract.period_missing", "periods.履行状況報告の間隔")
    ]
    assert not Contract.objects.exists()
    contract = office.contract(case, periods={"履行状況報告の間隔": "２ヶ月"})
    assert contract.periods == {"履行状況報告の間隔": "2か月"}
    assert _reports(contract)[:2] == [date(2027, 1, 20), date(2027, 3, 20)]
    body = json.loads(Entry.objects.get(action="procurement.contract").body)
    assert body["facts"]["periods"] == {"履行状況報告の間隔": "2か月"}
    actions.change_contract(office.owner, case, reason="間隔の変更", periods={"履行状況報告の間隔": "1か月"}, now=NOW)
    days = _reports(contract)
    assert days[:2] == [date(2026, 12, 20), date(2027, 1, 20)]
    assert all((later - earlier).days in range(28, 32) for earlier, later in pairwise(days))


@pytest.mark.parametrize(
    ("periods", "codes"),
    {
        "no period": ({"履行状況報告の間隔": "そのつど"}, ["period_unreadable"]),
        "counted from elsewhere": ({"履行状況報告の間隔": "引渡しから3か月"}, ["period_unreadable"]),
        "said by the specification": ({"履行状況報告の間隔": "3か月", "証明の期限": "30日"}, ["period_not_asked"]),
        "no place": ({"履行状況報告の間隔": "3か月", "ない欄": "30日"}, ["period_not_asked"]),
    }.values(),
)
def test_a_wrong_answer_for_a_period_is_refused(office: Office, periods: dict[str, str], codes: list[str]) -> None:
    case = _with(office, 履行状況報告の間隔="発注者が求める時")
    with pytest.raises(InputError) as error:
        office.contract(case, periods=periods)
    assert [p.code for p in error.value.problems] == [f"procurement_contract.{code}" for code in codes]


def test_an_interval_so_short_that_duties_could_not_be_listed_is_refused(office: Office) -> None:
    with pytest.raises(InputError) as error:
        office.contract(_with(office, 履行状況報告の間隔="1日"))
    assert error.value.code == "procurement_contract.period_too_often"


def test_an_own_wording_without_the_place_is_asked_for_with_the_default_of_the_rules(office: Office) -> None:
    case = office.case("design-study", award="negotiated")
    changes = {"clauses.U6": {"text": "受注者は、業務の状況を毎月末に報告すること。"}}
    actions.save_answers(office.owner, case, changes=changes, base_version=case.answers_version, now=NOW)
    case = queries.case(SYSTEM, case.pk)
    found = {one.key: one.first for one in asked(period_uses(queries.derivation_of(case), {}))}
    assert [(key, use.clause, use.text, use.default) for key, use in found.items()] == [
        ("履行状況報告の間隔", "U6", "", Period(3, "month"))
    ]


def test_the_pages_ask_and_show_where_each_period_comes_from(office: Office) -> None:
    case = _with(office, 履行状況報告の間隔="発注者が求める時")
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    root = f"/o/minamo/procurement/{case.pk}/contract/"
    text = client.get(f"{root}sign").content.decode()
    assert "「発注者が求める時」からは、期間を読み取れません" in text
    assert "規則の初期値は3か月（本製品の提案）です" in text
    assert 'name="period0"' in text
    assert 'value="3か月"' not in text  # the default is told, not filled in
    missing = client.post(f"{root}sign", SIGN)
    assert missing.status_code == 422
    wrong = client.post(f"{root}sign", {**SIGN, "period0": "そのつど"})
    assert wrong.status_code == 422
    assert "期間「そのつど」を読み取れません" in wrong.content.decode()
    assert client.post(f"{root}sign", {**SIGN, "period0": "2か月"}).status_code == 302
    shown = client.get(root).content.decode()
    assert "契約のときに入れた期間" in shown
    assert 'value="2か月"' in client.get(f"{root}change").content.decode()


def test_the_api_tells_what_has_to_be_asked(office: Office) -> None:
    case = _with(office, 履行状況報告の間隔="発注者が求める時")
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    rows = client.get(f"/api/v1/procurement/cases/{case.pk}/contract/periods").json()
    wanted = [row for row in rows if not row["source"]]
    assert {row["place"] for row in wanted} == {"履行状況報告の間隔"}
    assert {row["default"] for row in wanted} == {"3か月"}
