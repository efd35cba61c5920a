"""Who sees what by a masking plan: the matrix, a few rows with the eyes of a role, the views as SQL; on the page and over HTTP."""

from __future__ import annotations

import csv
import sqlite3
from urllib.parse import quote

import pytest
from django.conf import settings
from django.utils import translation
from tests.records.factories import NOW, client_for, make_organization, principal_for
from tests.records.lifecycle.care import CareTown

from sekisho.errors import InputError, NotFound, NotPermitted
from sekisho.records.ledger.models import Content, Entry
from sekisho.records.lifecycle.actions import mask_views as actions
from sekisho.records.lifecycle.actions import masking
from sekisho.records.lifecycle.models import MaskPlan
from sekisho.records.lifecycle.queries import mask_views as queries
from sekisho.records.organization.permissions import Role

pytestmark = pytest.mark.django_db

RESIDENTS = "宛名番号,氏名,電話番号,区分,個人番号\n" + "".join(
    f"{n:08d},架空 {'花子' if n % 2 else '太郎'}{n},090-{1000 + n:04d}-{5000 + n:04d},{n % 3},\n" for n in range(40)
)
HOUSEHOLDS = "世帯番号,町\n" + "".join(f"{n:06d},町{n % 4}\n" for n in range(12))
PLAN = """schema: sekisho.masking_plan/1
title: 試験データ
version: 1
purpose: 試験
recipient: 架空の会社
domain: test
tables:
  residents:
    columns:
      宛名番号: {transform: ff1, kinds: addressee_number}
      氏名: {transform: fake_name, kinds: person_name}
      電話番号: {transform: drop, kinds: telephone}
      区分: {transform: keep, kinds: category}
      個人番号: {transform: drop, kinds: my_number}
  households:
    columns:
      世帯番号: {transform: ff1, kinds: household_number}
      町: keep
"""
VIEWS = """views:
  窓口:
    residents:
      宛名番号: {transform: partial_mask, keep_last: 3, mask: '*', wide_mask: '*'}
      氏名: keep
      電話番号: {transform: redact, text: '-'}
      区分: undecided
    households: {世帯番号: drop, 町: keep}
  統計:
    residents:
      宛名番号: {transform: token, length: 16, domain: other}
      区分: keep
  研修/試験:
    residents: {区分: {transform: shuffle}}
  空:
    residents: {電話番号: drop}
"""


def made(town: CareTown, text: str = PLAN + VIEWS) -> MaskPlan:
    folder = town.folder / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("residents", RESIDENTS), ("households", HOUSEHOLDS)):
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    store = town.store()
    facts = masking.MaskPlanFacts(name="住民", text=text, source="tables", target="out/{date}")
    return masking.make_mask_plan(town.officer, town.organization, source_store=store, target_store=store, facts=facts, now=NOW)


@pytest.fixture
def plan(town: CareTown) -> MaskPlan:
    return made(town)


def address(town: CareTown, plan: MaskPlan, rest: str = "") -> str:
    return f"/o/{town.code}/masking/{plan.pk}/views{rest}"


def in_api(plan: MaskPlan, rest: str = "") -> str:
    return f"/api/v1/lifecycle/mask-plans/{plan.pk}/views{rest}"


def columns(sample: dict, table: str = "residents") -> dict[str, list]:
    found = next(one for one in sample["tables"] if one["name"] == table)
    return {one["name"]: one["values"] for one in found["columns"]}


def test_the_matrix_says_of_each_column_how_each_role_sees_it(plan):
    found = queries.views_of(plan)
    assert [one.role for one in found.roles] == ["窓口", "統計", "研修/試験", "空"]
    how = {
        (table.name, column.name): [(one.how, one.why or one.transform) for one in column.seen]
        for table in found.tables
        for column in table.columns
    }
    left_out, no_table = ("hidden", "left_out"), ("hidden", "table")
    assert how == {
        ("residents", "宛名番号"): [("transform", "partial_mask"), ("transform", "token"), left_out, left_out],
        ("residents", "氏名"): [("keep", ""), left_out, left_out, left_out],
        ("residents", "電話番号"): [("transform", "redact"), left_out, left_out, left_out],
        ("residents", "区分"): [("hidden", "undecided"), ("keep", ""), ("transform", "shuffle"), left_out],
        ("residents", "個人番号"): [("hidden", "protected")] * 4,
        ("households", "世帯番号"): [left_out, no_table, no_table, no_table],
        ("households", "町"): [("keep", ""), no_table, no_table, no_table],
    }
    assert {one.role: (one.has_sql, [(c.column, c.transform) for c in one.not_sql]) for one in found.roles} == {
        "窓口": (False, [("区分", "undecided")]),
        "統計": (False, [("宛名番号", "token")]),
        "研修/試験": (False, [("区分", "shuffle")]),
        "空": (False, []),
    }


def test_a_role_sees_its_columns_and_no_others(town, plan):
    counter = actions.sample_mask_view(town.officer, plan, "窓口", now=NOW)
    seen = columns(counter)
    assert list(seen) == ["宛名番号", "氏名", "電話番号"]
    assert seen["宛名番号"] == ["*****000", "*****001", "*****002", "*****003", "*****004"]
    assert seen["電話番号"] == ["-"] * 5
    assert columns(counter, "households") == {"町": ["町0", "町1", "町2", "町3", "町0"]}
    statistics = columns(actions.sample_mask_view(town.officer, plan, "統計", now=NOW))
    assert list(statistics) == ["宛名番号", "区分"]
    assert statistics["区分"] == ["0", "1", "2", "0", "1"]
    again = columns(actions.sample_mask_view(town.officer, plan, "統計", now=NOW))
    assert statistics["宛名番号"] == again["宛名番号"]  # the organisation's own key, made for a domain that only the view names
    assert (settings.CONFIG.keys / f"mask-{town.organization.pk}-other.json").exists()
    assert columns(actions.sample_mask_view(town.officer, plan, "空", now=NOW)) == {}


def test_who_tries_a_view_sees_personal_data_in_part_and_the_ledger_knows_of_it_but_not_the_rows(town, plan):
    seen = columns(actions.sample_mask_view(town.officer, plan, "窓口", now=NOW))
    assert seen["氏名"] == ["架＊＊＊＊＊", "架＊＊＊＊＊", "架＊＊＊＊＊", "架＊＊＊＊＊", "架＊＊＊＊＊"]
    entry = Entry.objects.filter(action="lifecycle.sample_mask_view").get()
    assert entry.object_ids == [str(plan.pk)]
    assert Content.objects.get(sequence=entry.sequence).value == "窓口"
    kept = str(list(Entry.objects.values_list("body", flat=True))) + str(list(Content.objects.values_list("value", flat=True)))
    assert "太郎0" not in kept


def test_what_a_role_cannot_be_shown_is_refused_in_words(town, plan):
    with pytest.raises(InputError, match="view_whole_column"):
        actions.sample_mask_view(town.officer, plan, "研修/試験", now=NOW)
    with pytest.raises(NotFound, match="role_unknown"):
        actions.sample_mask_view(town.officer, plan, "委託先", now=NOW)
    (town.folder / "tables" / "households.csv").unlink()
    with pytest.raises(InputError, match="table_missing") as missing:
        actions.sample_mask_view(town.officer, plan, "窓口", now=NOW)
    (town.folder / "tables" / "residents.csv").write_text("a,b\n1\n", encoding="utf-8")
    with pytest.raises(InputError) as ragged:
        actions.sample_mask_view(town.officer, plan, "統計", now=NOW)
    for caught in (missing, ragged):  # where things lie on the server is nobody's business
        told = str(caught.value.as_dict())
        assert f"{plan.source_store.name}：tables" in told
        assert str(town.folder) not in told
    assert not Entry.objects.filter(action="lifecycle.sample_mask_view").exists()


def test_an_empty_table_shows_its_columns(town, plan):
    (town.folder / "tables" / "residents.csv").write_text(RESIDENTS.partition("\n")[0] + "\n", encoding="utf-8")
    assert columns(actions.sample_mask_view(town.officer, plan, "統計", now=NOW)) == {"宛名番号": [], "区分": []}


def test_the_sql_of_a_role_runs_and_shows_what_the_role_sees(town):
    plan = made(town, PLAN + VIEWS.replace("      区分: undecided\n", ""))
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    answer = desk.get(address(town, plan, "/sql"), {"role": "窓口", "dialect": "sqlite", "schema": ""})
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert quote("住民-窓口-sqlite.sql") in answer["Content-Disposition"]
    base = sqlite3.connect(":memory:")
    for name, text in (("residents", RESIDENTS), ("households", HOUSEHOLDS)):
        heading, *rows = csv.reader(text.splitlines())
        base.execute(f'CREATE TABLE "{name}" ({", ".join(f"{one!r} TEXT" for one in heading)})')
        base.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(heading))})', rows)
    base.executescript(answer.content.decode())
    shown = base.execute('SELECT * FROM "residents_窓口"').fetchall()
    towns = base.execute('SELECT * FROM "households_窓口" LIMIT 1')
    assert shown[1] == ("*****001", "架空 花子1", "-")
    assert ([one[0] for one in towns.description], towns.fetchone()) == (["町"], ("町0",))
    base.close()
    inside = desk.get(address(town, plan, "/sql"), {"role": "窓口", "dialect": "postgresql", "schema": "juki"}).content.decode()
    assert 'FROM "juki"."residents"' in inside
    assert "security_barrier" in inside


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"role": "統計", "dialect": "sqlite"}, 422, "宛名番号"),
        ({"role": "空", "dialect": "sqlite"}, 422, "見える列がない"),
        ({"role": "窓口", "dialect": "oracle"}, 422, "oracle"),
        ({"role": "窓口", "dialect": "sqlite", "schema": "x" * 64}, 422, "63"),
        ({"role": "窓口", "dialect": "sqlite", "schema": "\x07"}, 422, "schema"),
        ({"role": "委託先", "dialect": "sqlite"}, 404, ""),
        ({}, 404, ""),
    ],
)
def test_sql_that_cannot_be_made_is_refused_in_words(town, plan, query, status, said):
    answer = client_for(Role.SYSTEM_OFFICER, town.organization).get(address(town, plan, "/sql"), query)
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_the_page_shows_the_matrix_and_names_the_columns_that_sql_cannot_say(town, plan):
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    assert address(town, plan) in desk.get(f"/o/{town.code}/masking/{plan.pk}/").content.decode()
    text = desk.get(address(town, plan)).content.decode()
    for word in (
        "そのまま",
        "一部を伏せる",
        "keep_last: 3",
        "鍵付きの仮の番号",
        "この表は見えない",
        "どの役割にも見せません",
        "まだ決めていない",
    ):
        assert word in text, word
    assert "SQLのビューでは表せない列があります" in text
    assert "<b>residents.宛名番号</b>" in text
    assert "見える列がないので" in text
    with translation.override("en"):
        english = client_for(Role.SYSTEM_OFFICER, town.organization, language="en").get(address(town, plan)).content.decode()
    for word in ("Unchanged", "partly masked", "keyed token", "Not seen", "Does not see this table"):
        assert word in english, word


def test_the_rows_of_a_role_are_on_a_page_and_its_errors_beside_it(town, plan):
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    shown = desk.post(address(town, plan, "/sample"), {"role": "窓口"})
    assert shown.status_code == 200
    text = shown.content.decode()
    assert "*****004" in text
    assert "太郎" not in text
    assert "個人番号" not in text
    refused = desk.post(address(town, plan, "/sample"), {"role": "研修/試験"})
    assert refused.status_code == 422
    section = refused.content.decode().partition(">研修/試験</h3>")[2].partition("</section>")[0]
    assert "列全体が要る" in section
    assert "<title>エラー：" in refused.content.decode()
    assert desk.post(address(town, plan, "/sample"), {"role": "委託先"}).status_code == 404
    assert desk.get(address(town, plan, "/sample")).status_code == 405


def test_a_plan_without_roles_says_how_to_name_them(town):
    plan = made(town, PLAN)
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    assert address(town, plan) in desk.get(f"/o/{town.code}/masking/{plan.pk}/").content.decode()
    assert "書き方の例" in desk.get(address(town, plan)).content.decode()
    example = queries.example_of(plan, "窓口")
    facts = masking.MaskPlanFacts(name=plan.name, text=PLAN + example, source=plan.source, target=plan.target)
    changed = masking.edit_mask_plan(town.officer, plan, facts=facts, version=plan.version, now=NOW)
    found = queries.views_of(changed)
    assert [(one.role, one.has_sql) for one in found.roles] == [("窓口", True)]
    assert columns(actions.sample_mask_view(town.officer, changed, "窓口", now=NOW))["宛名番号"][0] == "******00"


def test_an_example_shows_nothing_of_protected_numbers_and_a_plan_of_no_tables_has_none(town):
    head, _, _ = PLAN.partition("tables:")
    only = made(town, head + "tables:\n  residents: {columns: {個人番号: {transform: drop, kinds: my_number}}}\n")
    assert "個人番号: drop" in queries.example_of(only, "窓口")
    only.text = head + "tables: {}\n"
    assert queries.example_of(only, "窓口") == ""


def test_who_may_only_read_sees_the_matrix_and_no_rows(town, plan):
    reader = client_for(Role.AUDITOR, town.organization)
    text = reader.get(address(town, plan)).content.decode()
    assert "一部を伏せる" in text
    assert "この役割の目で数行を見る" not in text
    assert reader.post(address(town, plan, "/sample"), {"role": "窓口"}).status_code == 403
    assert reader.post(in_api(plan, "/窓口/sample")).status_code == 403
    with pytest.raises(NotPermitted):
        actions.sample_mask_view(principal_for(Role.AUDITOR, town.organization), plan, "窓口", now=NOW)
    nobody = client_for(Role.STAFF, town.organization)
    assert nobody.get(address(town, plan)).status_code == 404
    assert nobody.get(in_api(plan)).status_code == 404


def test_strangers_find_nothing(town, plan):
    elsewhere = make_organization("elsewhere")
    stranger = client_for(Role.SYSTEM_OFFICER, elsewhere)
    query = "?role=窓口&dialect=sqlite"
    for path in (address(town, plan), address(town, plan, f"/sql{query}"), f"/o/elsewhere/masking/{plan.pk}/views"):
        assert stranger.get(path).status_code == 404
    for path in (address(town, plan, "/sample"), f"/o/elsewhere/masking/{plan.pk}/views/sample"):
        assert stranger.post(path, {"role": "窓口"}).status_code == 404
    assert stranger.get(in_api(plan)).status_code == 404
    assert stranger.get(in_api(plan, "/窓口/sql?dialect=sqlite")).status_code == 404
    assert stranger.post(in_api(plan, "/窓口/sample")).status_code == 404


def test_the_same_over_http(town):
    plan = made(town, PLAN + VIEWS.replace("      区分: undecided\n", ""))
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    found = desk.get(in_api(plan)).json()
    assert found["roles"][0] == {"role": "窓口", "tables": ["residents", "households"], "has_sql": True, "not_sql": []}
    assert found["roles"][1]["not_sql"] == [{"table": "residents", "column": "宛名番号", "transform": "token"}]
    assert found["tables"][0]["columns"][0]["seen"][0] == {
        "role": "窓口", "how": "transform", "why": "", "transform": "partial_mask",
        "settings": {"keep_last": 3, "wide_mask": "*"},
    }  # fmt: skip
    text = desk.get(in_api(plan, "/窓口/sql?dialect=postgresql&schema=juki")).json()["text"]
    assert 'CREATE VIEW "juki"."residents_窓口"' in text
    refused = desk.get(in_api(plan, "/統計/sql?dialect=sqlite"))
    assert refused.status_code == 422
    assert (refused.json()["code"], [one["column"] for one in refused.json()["problems"]]) == (
        "masking_runs.view_not_sql",
        ["宛名番号"],
    )
    assert desk.get(in_api(plan, "/窓口/sql?dialect=oracle")).status_code == 422
    assert desk.get(in_api(plan, "/窓口/sql")).status_code == 422
    assert desk.get(in_api(plan, "/委託先/sql?dialect=sqlite")).status_code == 404
    rows = desk.post(in_api(plan, "/窓口/sample")).json()
    assert columns(rows, "households") == {"町": ["町0", "町1", "町2", "町3", "町0"]}
    shuffled = desk.post(in_api(plan, "/研修/試験/sample"))  # a slash in the name of a role
    assert (shuffled.status_code, shuffled.json()["code"]) == (422, "masking_runs.view_whole_column")
    assert desk.post(in_api(plan, "/委託先/sample")).status_code == 404


def test_the_page_asks_the_database_as_often_for_one_role_as_for_many(town, django_assert_max_num_queries):
    many = "".join(f"  役割{n}:\n    residents: {{区分: keep}}\n" for n in range(20))
    plan = made(town, f"{PLAN}views:\n{many}")
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    with django_assert_max_num_queries(14):
        assert desk.get(address(town, plan)).status_code == 200
