"""sekisho retention: explain, due and kinds as a user types them."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from sekisho.cli.retention import app
from sekisho.errors import InputError, NotFound

LEDGER = "管理番号,名称,種類,起算の日,保全\n1,契約書,RT01,2016-03-31,\n2,契約書,RT01,2016-03-31,訴訟\n3,帳簿,RT09,2015-10-01,\n"


@pytest.fixture(autouse=True)
def _japanese(monkeypatch):
    monkeypatch.setenv("SEKISHO_LANG", "ja")


def call(*arguments):
    return CliRunner().invoke(app, list(arguments))


def explained(*arguments):
    result = call("explain", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_explain_says_the_last_day_and_every_reason():
    shown = explained("--kind", "RT01", "--event", "2026-03-31")
    assert (shown["last_day_kept"], shown["first_deletion_day"]) == ("2036-03-31", "2036-04-01")
    assert [r["code"] for r in shown["reasons"]] == [
        "retention.reason_minimum",
        "retention.start_after_event",
        "retention.end_period",
    ]
    assert all(r["message"]["ja"] and r["message"]["en"] and r["verified"] for r in shown["reasons"])


def test_an_assumed_business_year_is_said_and_makes_it_uncertain():
    shown = explained("--kind", "RT09", "--event", "令和8年3月31日")
    assert (shown["last_day_kept"], shown["certain"]) == ("2033-05-31", False)
    assert [a["code"] for a in shown["assumptions"]] == ["retention.assumed_year_end"]
    given = explained("--kind", "RT09", "--event", "2025-12-31", "--year-end", "12-31", "--answer", "loss_year=no")
    assert (given["last_day_kept"], given["certain"], given["assumptions"]) == ("2033-02-28", True, [])


def test_named_events_answers_and_an_own_period():
    assert explained("--kind", "RT09", "--event", "fiscal_year_end=2025-12-31")["last_day_kept"] == "2033-02-28"
    assert explained("--kind", "RT86", "--event", "2026-06-30", "--period", "5年")["last_day_kept"] == "2032-03-31"
    assert explained("--kind", "RT16", "--event", "2026-03-31", "--answer", "transitional=yes")["last_day_kept"] == "2029-03-31"


def test_several_kinds_are_decided_together():
    shown = explained("--kind", "RT14", "--event", "2025-01-31", "--with", "RT47=2025-06-30", "--on", "2034-01-01")
    assert shown["decision"]["state"] == "must_delete"
    assert shown["decision"]["conflicts"][0]["until"] == "2033-01-10"


def test_without_a_day_nothing_is_said_of_a_day():
    shown = explained("--kind", "RT14", "--event", "2025-01-31", "--with", "RT47=2025-06-30")
    assert "state" not in shown["decision"]


def test_what_is_unknown_is_said_in_words():
    result = call("explain", "--kind", "RT86", "--event", "2026-06-30")
    assert "未定" in result.stdout
    assert "組織の規則で定める期間" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--kind", "RT999", "--event", "2026-01-01"), "retention.unknown_kind"),
        (("--kind", "RT01", "--event", "2026-02-30"), "retention.day_wrong"),
        (("--kind", "RT01", "--event", "令和元年4月1日"), "retention.day_before_era"),
        (("--kind", "RT01", "--event", "2026-01-01", "--event", "2026-01-02"), "retention.event_twice"),
        (("--kind", "RT01", "--answer", "board"), "retention.ledger_yes_or_no"),
        (("--kind", "RT09", "--year-end", "40-40"), "retention.year_end_wrong"),
        (("--kind", "RT01", "--rules", "/nowhere.yaml"), "retention.rules_unreadable"),
    ],
)
def test_bad_input_is_refused(arguments, code):
    result = call("explain", *arguments)
    assert isinstance(result.exception, InputError)
    assert result.exception.code == code


def test_due_from_a_file(tmp_path):
    path = tmp_path / "台帳.csv"
    path.write_text(LEDGER, encoding="cp932")
    result = call("due", "--on", "2026-11-30", "--ledger", str(path), "--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert [(e["id"], e["state"], e["days_overdue"], e["certain"]) for e in shown["entries"]] == [
        ("3", "due", 1278, False), ("1", "due", 243, True),
    ]  # fmt: skip
    assert shown["counts"]["held"] == 1
    assert shown["assumptions"][0]["fields"]["rows"] == 1


def test_due_in_words(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text(LEDGER, encoding="utf-8")
    result = call("due", "--on", "2026-11-30", "--ledger", str(path), "--all", "--year-end", "03-31")
    assert result.stdout.count("\n") >= 3
    assert "[保全中] 2" in result.stdout


def test_a_missing_ledger_is_said(tmp_path):
    assert isinstance(call("due", "--on", "2026-11-30", "--ledger", str(tmp_path / "none.csv")).exception, NotFound)


def test_the_kinds_with_their_events_and_laws():
    shown = json.loads(call("kinds", "--json").stdout)["kinds"]
    assert len(shown) == 90
    assert shown[0]["events"][0]["id"] == "contract_end"
    assert all(k["law"]["ja"] and k["verified"] for k in shown)
    assert "RT12" in call("kinds", "--field", "税務").stdout


@pytest.mark.django_db
def test_due_from_the_records_of_the_room(home, monkeypatch):
    from tests.records.lifecycle.care import CareTown

    import sekisho.cli.django
    from sekisho.records.organization.permissions import Role

    monkeypatch.setattr(sekisho.cli.django, "setup", lambda: None)
    town = CareTown()
    late = town.entry(kinds=["RT16"], owner_role=Role.SECTION_OFFICER.value)
    waits = town.entry(name="公文書", kinds=["RT77"], events={"made_or_received": date(2019, 5, 1)}, answers={})
    town.entry(name="まだ", kinds=["RT01"], events={"contract_end": date(2026, 3, 31)}, answers={})
    result = call("due", "--on", "2026-11-30", "--organization", town.code, "--json")
    assert result.exit_code == 0, result.output
    shown = {row["id"]: row for row in json.loads(result.stdout)["entries"]}
    assert set(shown) == {late.number, waits.number}
    assert shown[late.number]["last_day_kept"] == "2025-05-01"
    assert shown[waits.number]["state"] == "awaiting_disposal"
    assert "廃棄の手続待ち" in call("due", "--on", "2026-11-30").stdout
