"""The ledger: days with every reason, own rules, import, scans of folders and databases, stock-taking, duties, figures."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.records.factories import NOW, TODAY, make_organization
from tests.records.lifecycle.care import CareTown, run_jobs

from sekisho.errors import Conflict, InputError
from sekisho.records.duties.models import Duty
from sekisho.records.evidence.models import Measure
from sekisho.records.lifecycle import actions, retention_sheet
from sekisho.records.lifecycle.models import EntryState, FoundEntry, RetentionEntry, StockAnswer, StoreScan
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules import addresses
from sekisho.records.lifecycle.rules.scanning import met, named_day, pattern_of, years_between
from sekisho.records.lifecycle.rules.standing import stands
from sekisho.records.requests.models import DecisionKind
from sekisho.records.subjects import actions as subjects

pytestmark = pytest.mark.django_db


class TestEntries:
    def test_the_longest_minimum_wins_and_must_delete_waits_for_it(self, town: CareTown) -> None:
        row = town.entry(
            kinds=["RT16", "RT18", "RT47"],
            events={"employment_ended": date(2020, 5, 1), "purpose_ended": date(2020, 6, 1)},
            my_number=True,
        )
        assert (row.outcome, row.last_day, row.due_on, row.delete_by) == (
            "dated", date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 2),
        )  # fmt: skip
        assert {one["code"] for one in row.computed["conflicts"]} == {"retention.conflict_my_number"}
        assert queries.standing_of(row, on=TODAY).state == "awaiting"

    def test_what_is_missing_is_named(self, town: CareTown) -> None:
        row = town.entry(kinds=["RT01", "RT16"], events={"employment_ended": date(2020, 5, 1)}, answers={})
        assert row.outcome == "undetermined"
        assert {one["kind"]: one["missing"] for one in row.computed["kinds"]}["RT01"] == ["contract_end"]

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"name": " "}, "missing"),
            ({"kinds": ["RT999"]}, "unknown_kind"),
            ({"events": {"no_such": date(2020, 1, 1)}}, "unknown_choice"),
            ({"events": {"employment_ended": date(1800, 1, 1)}}, "day_out_of_range"),
            ({"answers": {"no_such": True}}, "unknown_choice"),
            ({"owner_role": ""}, "owner_missing"),
            ({"own_value": 5000}, "out_of_range"),
            ({"name": "a\x00b"}, "not_text"),
            ({"confidentiality": "9"}, "unknown_choice"),
        ],
    )
    def test_what_is_wrong_with_an_entry_is_said(self, town: CareTown, facts: dict[str, Any], code: str) -> None:
        with pytest.raises(InputError, match=code):
            town.entry(**facts)
        assert not RetentionEntry.objects.exists()

    def test_who_was_faster_wins(self, town: CareTown) -> None:
        row = town.entry()
        facts = actions.EntryFacts(name="別の名", owner_role="staff")
        actions.edit_entry(town.officer, row, facts=facts, version=1, now=NOW)
        with pytest.raises(Conflict, match="changed_meanwhile"):
            actions.edit_entry(town.officer, row, facts=facts, version=1, now=NOW)

    def test_a_hold_from_above_reaches_a_section_but_not_over_a_boundary(self, town: CareTown) -> None:
        section = make_organization("minamo-soumu", parent=town.organization)
        facts = actions.EntryFacts(
            name="課の記録", kinds=["RT16"], events={"employment_ended": date(2015, 1, 1)}, owner_role="staff"
        )
        row = actions.register_entry(town.officer, organization=section, facts=facts, now=NOW)
        hold = actions.HoldFacts(kind="audit", name="検査", reason="来た", starts_on=TODAY, text="課の　記録")
        actions.set_hold(town.officer, organization=town.organization, facts=hold, now=NOW)
        assert queries.standing_of(row, on=TODAY).state != "held"  # another text: two words, not one
        hold = actions.HoldFacts(kind="audit", name="検査", reason="来た", starts_on=TODAY, text="課の記録")
        actions.set_hold(town.officer, organization=town.organization, facts=hold, now=NOW)
        assert queries.standing_of(row, on=TODAY).holds == ("検査",)
        other = CareTown(code="kasumi")
        assert queries.standing_of(other.entry(name="課の記録"), on=TODAY).holds == ()

    def test_duties_stand_for_what_is_due_and_end_with_it(self, town: CareTown) -> None:
        row = town.entry(public_record=False)
        run_jobs()
        duty = Duty.objects.get(source__startswith="lifecycle:due:")
        assert (duty.fields["count"], duty.owner_role, duty.done_at) == (1, "section_officer", None)
        facts = actions.EntryFacts(
            name=row.name, kinds=["RT16"], events={"employment_ended": TODAY}, owner_role="section_officer"
        )
        actions.edit_entry(town.officer, row, facts=facts, version=row.version, now=NOW)
        run_jobs(NOW + timedelta(minutes=2))
        duty.refresh_from_db()
        assert duty.done_at is not None
        facts = actions.EntryFacts(
            name=row.name, kinds=["RT16"], events={"employment_ended": date(2020, 5, 1)}, answers={"transitional": False},
            owner_role="section_officer",
        )  # fmt: skip
        actions.edit_entry(town.officer, row, facts=facts, version=row.version + 1, now=NOW)
        run_jobs(NOW + timedelta(minutes=3))
        assert Duty.objects.filter(source__startswith="lifecycle:due:", done_at=None).count() == 1


class TestOwnRules:
    def ask(self, town: CareTown, **facts: Any) -> Any:
        given: dict[str, Any] = {
            "key": "DOC-5", "title": "許認可", "rule_class": "own_rule", "event": "completed", "start": "next_fiscal_year", "basis": "規程",
            "value": 5, **facts,
        }  # fmt: skip
        return actions.ask_own_rule(
            town.officer, organization=town.organization, facts=actions.OwnRuleFacts(**given), reason="規程", now=NOW
        )

    def test_it_counts_once_approved_and_a_refused_one_never(self, town: CareTown) -> None:
        asked = self.ask(town)
        with pytest.raises(InputError, match="unknown_kind"):
            town.entry(kinds=["DOC-5"], events={})
        town.decide(asked.request)
        row = town.entry(kinds=["DOC-5"], events={"completed": date(2020, 6, 1)}, answers={})
        assert row.last_day == date(2026, 3, 31)
        refused = self.ask(town, key="DOC-6")
        town.decide(refused.request, DecisionKind.REFUSE)
        assert "DOC-6" not in queries.kind_ids(town.organization.pk)

    def test_a_newer_rule_of_the_same_key_takes_its_place_and_entries_follow(self, town: CareTown) -> None:
        town.decide(self.ask(town).request)
        row = town.entry(kinds=["DOC-5"], events={"completed": date(2020, 6, 1)}, answers={})
        town.decide(self.ask(town, value=10).request)
        run_jobs()
        row.refresh_from_db()
        assert row.last_day == date(2031, 3, 31)

    def test_what_used_an_ended_rule_is_not_determined(self, town: CareTown) -> None:
        asked = self.ask(town)
        town.decide(asked.request)
        row = town.entry(kinds=["DOC-5"], events={"completed": date(2020, 6, 1)}, answers={})
        asked.refresh_from_db()
        actions.end_own_rule(town.officer, asked, reason="廃止", version=asked.version, now=NOW)
        run_jobs()
        row.refresh_from_db()
        assert (row.outcome, row.due_on) == ("undetermined", None)

    @pytest.mark.parametrize(
        ("facts", "code"),
        [({"key": "RT01"}, "key_of_law"), ({"key": "あ"}, "key_broken"), ({"value": None}, "missing"), ({"event": "x"}, "unknown_choice"),
         ({"start": "x"}, "unknown_choice"), ({"value": 9999}, "out_of_range")],
    )  # fmt: skip
    def test_what_is_wrong_with_a_rule_is_said(self, town: CareTown, facts: dict[str, Any], code: str) -> None:
        with pytest.raises(InputError, match=code):
            self.ask(town, **facts)


SHEET = "管理番号,名称,記録の種類,起算の日,個人番号,責任者,媒体,保管場所,数量・製造番号\n"


class TestImport:
    def plan(self, town: CareTown, text: str, encoding: str = "utf-8", *, apply: bool = False) -> retention_sheet.Plan:
        act = actions.import_entries if apply else retention_sheet.plan_import
        return act(town.officer, organization=town.organization, untrusted=text.encode(encoding), name="台帳.csv", now=NOW)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
    def test_a_sheet_is_shown_before_anything_happens_and_then_done(self, town: CareTown, encoding: str) -> None:
        text = (
            SHEET
            + "A-1,名簿,RT16; RT47,employment_ended=令和2年5月1日; purpose_ended=R2.6.1,有,課室情報セキュリティ責任者,紙,書庫,3箱\n"
        )
        plan = self.plan(town, text, encoding)
        assert ([row.verb for row in plan.rows], plan.problems) == (["create"], [])
        assert not RetentionEntry.objects.exists()
        self.plan(town, text, encoding, apply=True)
        row = RetentionEntry.objects.get()
        assert (row.number, row.kinds, row.my_number, row.last_day) == ("A-1", ["RT16", "RT47"], True, date(2025, 5, 1))
        assert row.places.get().quantity == "3箱"
        again = self.plan(town, text, encoding)
        assert [row.verb for row in again.rows] == ["same"]
        changed = self.plan(town, "管理番号,名称,責任者\nA-1,名簿（新）,課室情報セキュリティ責任者\n", apply=True)
        assert [(row.verb, row.changed) for row in changed.rows] == [("update", ["name"])]
        row.refresh_from_db()
        assert (row.name, row.kinds) == ("名簿（新）", ["RT16", "RT47"])

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("A-1,名簿,RT999,,,課室情報セキュリティ責任者,,,", "lifecycle.unknown_kind"),
            ("A-1,名簿,RT16,employment_ended=いつか,,課室情報セキュリティ責任者,,,", "retention.day_wrong"),
            ("A-1,名簿,RT16,employment_ended,,課室情報セキュリティ責任者,,,", "lifecycle.import_event"),
            ("A-1,名簿,RT16,,,だれか,,,", "lifecycle.import_owner"),
            ("A-1,名簿,RT16,,はい?,課室情報セキュリティ責任者,,,", "tabular.not_a_choice"),
            ("A-1,名簿,RT16,,,課室情報セキュリティ責任者,紙,,", "tabular.cell_missing"),
            ("A-1,,RT16,,,課室情報セキュリティ責任者,,,", "tabular.cell_missing"),
            ("A-1,名簿,RT16,,,課室情報セキュリティ責任者,,,\nA-1,名簿,RT16,,,課室情報セキュリティ責任者,,,", "tabular.key_twice"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_row_and_nothing_is_written(self, town: CareTown, line: str, code: str) -> None:
        plan = self.plan(town, SHEET + line + "\n")
        assert code in {one.code for one in plan.problems}
        assert all(one.file == "台帳.csv" for one in plan.problems)
        assert {one.row for one in plan.problems} <= {2, 3}
        with pytest.raises(InputError, match="rejected"):
            self.plan(town, SHEET + line + "\n", apply=True)
        assert not RetentionEntry.objects.exists()

    def test_what_is_exported_comes_back_as_the_same(self, town: CareTown) -> None:
        town.entry(actions.PlaceFacts(kind="paper", label="書庫", quantity="2箱"))
        rows = [retention_sheet.as_row(row) for row in RetentionEntry.objects.prefetch_related("places__supplier")]
        from sekisho.records.tabular import write_xlsx

        data = write_xlsx(retention_sheet.COLUMNS, rows, title="台帳", language="ja")
        plan = retention_sheet.plan_import(
            town.officer, organization=town.organization, untrusted=data, name="台帳.xlsx", now=NOW
        )
        assert ([row.verb for row in plan.rows], plan.problems) == (["same"], [])


class TestScans:
    def rule(self, town: CareTown, store: Any, **facts: Any) -> Any:
        given: dict[str, Any] = {
            "name": "申請書", "pattern": "applications/{fy}", "group": "folder", "kinds": ["RT16"], "event": "employment_ended",
            "date_source": "path", "owner_role": "section_officer", **facts,
        }  # fmt: skip
        return actions.make_scan_rule(town.officer, store, facts=actions.ScanRuleFacts(**given), now=NOW)

    def scan(self, town: CareTown, store: Any) -> StoreScan:
        made = actions.begin_scan(town.officer, store, now=NOW)
        run_jobs()
        made.refresh_from_db()
        return made

    def test_folders_are_proposed_once_and_entered_with_their_place(self, town: CareTown) -> None:
        town.applications(2019)
        town.applications(2020)
        (town.folder / "other.txt").write_text("x", encoding="utf-8")
        (town.folder / "link").symlink_to("/etc")
        store = town.store()
        self.rule(town, store)
        scan = self.scan(town, store)
        assert (scan.state, scan.report["seen"], scan.report["matched"], scan.report["unmatched"]) == ("done", 7, 6, 1)
        assert [one["code"] for one in scan.report["problems"]] == ["lifecycle.scan_link"]
        found = list(FoundEntry.objects.order_by("label"))
        assert [(one.label, one.day, one.count) for one in found] == [
            ("applications/2019", date(2020, 3, 31), 3), ("applications/2020", date(2021, 3, 31), 3),
        ]  # fmt: skip
        made = actions.accept_found(town.officer, store, found_ids=[found[0].pk], now=NOW)
        assert (made[0].last_day, made[0].places.get().locator) == (date(2025, 3, 31), {"path": "applications/2019"})
        actions.dismiss_found(town.officer, store, found_ids=[found[1].pk], now=NOW)
        with pytest.raises(Conflict, match="found_decided"):
            actions.accept_found(town.officer, store, found_ids=[found[1].pk], now=NOW)
        assert self.scan(town, store).report["proposed"] == 0

    def test_days_of_change_count_in_the_installations_zone(self, town: CareTown) -> None:
        path = town.applications(2020, 1)[0]
        moment = datetime(2020, 3, 31, 20, tzinfo=UTC).timestamp()  # 1 April in Japan
        os.utime(path, (moment, moment))
        store = town.store()
        self.rule(town, store, pattern="**/*.txt", group="each", date_source="modified")
        self.scan(town, store)
        assert FoundEntry.objects.get().day == date(2020, 4, 1)

    def test_a_table_is_proposed_by_fiscal_year_and_its_rows_are_deleted(self, town: CareTown) -> None:
        town.folder.mkdir(parents=True)
        file = town.folder / "applications.sqlite3"
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE applications (id INTEGER PRIMARY KEY, received TEXT)")
            days = ["2019-04-01", "2020-03-31", "2020-04-01", None]
            database.executemany("INSERT INTO applications (received) VALUES (?)", [(day,) for day in days])
        store = town.store(name="受付", kind="database", address=f"sqlite:///{file}")
        self.rule(town, store, pattern="applications", group="fiscal_year", date_source="column", column="received")
        scan = self.scan(town, store)
        assert (scan.report["matched"], scan.report["unmatched"]) == (3, 1), scan.error
        found = list(FoundEntry.objects.order_by("label"))
        assert [(one.day, one.count) for one in found] == [(date(2020, 3, 31), 2), (date(2020, 4, 1), 1)]
        entry = actions.accept_found(town.officer, store, found_ids=[found[0].pk], now=NOW)[0]
        facts = actions.EntryFacts(
            name=entry.name, kinds=["RT16"], events={"employment_ended": date(2020, 3, 31)}, answers={"transitional": False},
            owner_role="staff", public_record=False,
        )  # fmt: skip
        actions.edit_entry(town.officer, entry, facts=facts, version=entry.version, now=NOW)
        row = town.executed(entry)
        assert row.state == "done", [one.outcome for one in row.erased.all()]
        with sqlite3.connect(file) as database:
            left = [one for (one,) in database.execute("SELECT received FROM applications ORDER BY id")]
        assert left == ["2020-04-01", None]

    @pytest.mark.parametrize(
        ("facts", "code"),
        [({"pattern": "../x"}, "pattern_broken"), ({"pattern": "{yyyy}{fy}"}, "pattern_broken"), ({"pattern": "{dd}"}, "pattern_broken"),
         ({"pattern": "{x}"}, "pattern_broken"), ({"date_source": "column"}, "date_source_unfit"),
         ({"pattern": "a/*", "date_source": "path"}, "date_source_unfit"), ({"group": "year"}, "unknown_choice"),
         ({"kinds": ["RT999"]}, "unknown_choice"), ({"date_source": "fixed"}, "missing"), ({"owner_role": ""}, "owner_missing")],
    )  # fmt: skip
    def test_what_is_wrong_with_a_rule_is_said(self, town: CareTown, facts: dict[str, Any], code: str) -> None:
        with pytest.raises(InputError, match=code):
            self.rule(town, town.store(), **facts)


class TestStores:
    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"address": "/etc"}, "address_outside"),
            ({"address": "relative"}, "address_not_absolute"),
            ({"kind": "database", "address": "sqlite:///x"}, "address_not_absolute"),
            ({"kind": "database", "address": "postgresql://u:p@h/d"}, "address_with_secret"),
            ({"kind": "database", "address": "mysql://h/d"}, "database_unknown"),
            ({"kind": "bucket", "address": "http://s3.example.jp", "bucket": "abc"}, "address_not_https"),
            ({"kind": "bucket", "address": "https://s3.example.jp", "bucket": "A"}, "bucket_broken"),
            ({"kind": "castle"}, "unknown_choice"),
        ],
    )
    def test_only_what_the_installation_allows_can_be_reached(self, town: CareTown, facts: dict[str, Any], code: str) -> None:
        with pytest.raises(InputError, match=code):
            town.store(**facts)

    def test_the_installations_own_places_are_refused_and_links_out_of_the_root_too(self, town: CareTown, home: Any) -> None:
        with pytest.raises(InputError, match="address_outside"):
            town.store(address=str(home / "keys"))
        (home / "data").mkdir(exist_ok=True)
        (home / "data" / "out").symlink_to("/etc")
        with pytest.raises(InputError, match="address_outside"):
            town.store(address=str(home / "data" / "out"))

    def test_a_secret_is_a_file_and_nowhere_else(self, town: CareTown, home: Any) -> None:
        store = town.store()
        actions.set_store_secret(town.chief, store, secret="ひみつの鍵", now=NOW)
        store.refresh_from_db()
        assert store.secret_set_at == NOW
        kept = home / "keys" / f"lifecycle-{store.pk}.secret"
        assert (kept.read_text(encoding="utf-8"), kept.stat().st_mode & 0o777) == ("ひみつの鍵", 0o600)
        actions.set_store_secret(town.chief, store, secret="", now=NOW)
        assert not kept.exists()

    def test_a_store_in_use_cannot_be_retired(self, town: CareTown) -> None:
        store = town.store()
        town.entry(town.in_folder(store))
        with pytest.raises(Conflict, match="store_used"):
            actions.retire_store(town.chief, store, reason="x", now=NOW)

    @pytest.mark.parametrize(
        ("kind", "locator"),
        [("folder", {"path": "../x"}), ("folder", {"path": "/x"}), ("folder", {}), ("folder", {"path": "a\x00"}), ("rows", {"table": "t"}),
         ("rows", {"table": "t; drop", "until": "2020-01-01", "column": "c"}), ("rows", {"table": "t", "until": "2020-01-01"}),
         ("rows", {"table": "t", "column": "c", "until": "soon"}), ("rows", {"table": "t", "equals": {"a b;": 1}}),
         ("rows", {"table": "t", "equals": {"a": None}}), ("objects", {"prefix": "/x"})],
    )  # fmt: skip
    def test_a_place_stays_within_its_store(self, kind: str, locator: dict[str, Any]) -> None:
        with pytest.raises(InputError):
            addresses.checked_locator(kind, locator)


class TestStockTaking:
    def test_owners_answer_and_the_result_stays(self, town: CareTown) -> None:
        kept, lost = town.entry(), town.entry(name="別の記録")
        taking = actions.start_stocktaking(
            town.officer, organization=town.organization, title="下半期", due_on=TODAY + timedelta(days=30), now=NOW
        )
        with pytest.raises(Conflict, match="stock_open"):
            actions.start_stocktaking(town.officer, organization=town.organization, title="x", due_on=TODAY, now=NOW)
        duty = Duty.objects.get(source__startswith="lifecycle:stock:")
        assert duty.fields["count"] == 2
        first = StockAnswer.objects.get(entry=kept)
        with pytest.raises(InputError, match="missing"):
            actions.answer_stock(town.officer, first, kind="moved", version=1, now=NOW)
        actions.answer_stock(town.officer, first, kind="moved", moved_to="新庁舎", version=1, now=NOW)
        with pytest.raises(Conflict, match="changed_meanwhile"):
            actions.answer_stock(town.officer, first, kind="confirmed", version=1, now=NOW)
        actions.answer_stock(town.officer, StockAnswer.objects.get(entry=lost), kind="missing", note="探した", version=1, now=NOW)
        duty.refresh_from_db()
        assert duty.done_at is not None
        taking = actions.close_stocktaking(town.officer, taking, conclusion="一件を調べる", version=taking.version, now=NOW)
        assert taking.result == {"open": 0, "confirmed": 0, "missing": 1, "moved": 1, "surplus": 0}
        lost.refresh_from_db()
        assert lost.state == EntryState.MISSING
        with pytest.raises(Conflict, match="stock_closed"):
            actions.answer_stock(town.officer, first, kind="confirmed", version=2, now=NOW)


def test_the_figures_become_evidence(town: CareTown) -> None:
    town.applications()
    entry = town.entry(town.in_folder(town.store()), public_record=False)
    town.entry(name="残ったもの", public_record=False)
    town.entry(name="種類のないもの", kinds=[], events={}, answers={})
    town.executed(entry)
    actions.measure_retention(town.officer, organization=town.organization, now=NOW + timedelta(minutes=2))
    found = {row.key: row for row in Measure.objects.filter(key__startswith="lifecycle.")}
    assert not any(row.held for row in found.values())
    assert (found["lifecycle.entries"].value, found["lifecycle.with_rule"].value) == (2, 0.5)
    assert (found["lifecycle.overdue"].value, found["lifecycle.overdue_personal"].value) == (1, 1)
    assert found["lifecycle.overdue_days"].value == (TODAY - date(2025, 5, 2)).days
    assert (found["lifecycle.deleted"].value, found["lifecycle.deleted_on_time"].value) == (1, 0)
    assert (found["lifecycle.certified"].value, found["lifecycle.days_since_stocktaking"].status) == (0, "not_applicable")


@pytest.mark.parametrize(
    ("pattern", "path", "day"),
    [
        ("applications/{fy}", "applications/2020", date(2021, 3, 31)),
        ("logs/**/{yyyy}{mm}{dd}.csv", "logs/a/b/20240229.csv", date(2024, 2, 29)),
        ("logs/**/{yyyy}{mm}{dd}.csv", "logs/20240229.csv", date(2024, 2, 29)),
        ("{yyyy}-{mm}/*", "2023-02/x.txt", date(2023, 2, 28)),
        ("{yyyy}/?", "2023/a", date(2023, 12, 31)),
        ("x.{yyyy}{mm}{dd}", "x.20230231", None),
    ],
)
def test_a_path_names_its_day(pattern: str, path: str, day: date | None) -> None:
    found = met(pattern, path)
    assert found is not None
    assert named_day(found) == day


def test_a_star_stops_at_a_slash_and_a_dot_is_a_dot() -> None:
    assert met("a/*.txt", "a/b/c.txt") is None
    assert met("a.txt", "axtxt") is None


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40), path=st.text(max_size=40))
def test_any_pattern_is_refused_or_answers(text: str, path: str) -> None:
    with suppress(InputError):  # nothing else may come out of it
        pattern_of(text)
        met(text, path)


@settings(max_examples=60, deadline=None)
@given(first=st.dates(date(1900, 1, 1), date(2100, 1, 1)), days=st.integers(0, 3000), fiscal=st.booleans())
def test_years_follow_each_other_and_hold_every_day(first: date, days: int, fiscal: bool) -> None:
    last = first + timedelta(days=days)
    years = list(years_between(first, last, fiscal=fiscal))
    assert years[0][0] <= first < years[0][1]
    assert years[-1][0] <= last < years[-1][1]
    assert all(a[1] == b[0] for a, b in pairwise(years))


@settings(max_examples=200, deadline=None)
@given(
    outcome=st.sampled_from(["none", "dated", "undetermined", "permanent"]), certain=st.booleans(), due=st.none() | st.dates(),
    steps=st.lists(st.sampled_from(["a", "b"])), done=st.lists(st.sampled_from(["a", "b"])), holds=st.lists(st.just("h")),
    unknown=st.booleans(), gone=st.booleans(),
)  # fmt: skip
def test_nothing_is_deletable_that_anything_stops(  # noqa: PLR0917 - of hypothesis
    outcome: str, certain: bool, due: date | None, steps: list[str], done: list[str], holds: list[str], unknown: bool, gone: bool
) -> None:
    standing = stands(
        gone=gone, outcome=outcome, certain=certain, due_on=due, delete_by=None, steps=steps, done=done, holds=holds,
        body_unknown=unknown, on=TODAY,
    )  # fmt: skip
    free = not gone and not holds and outcome == "dated" and certain and not unknown and set(steps) <= set(done)
    assert standing.deletable == (free and due is not None and due <= TODAY)


def test_a_supplier_must_be_one(town: CareTown) -> None:
    host = subjects.create_subject(town.officer, organization=town.organization, kind="host", name="web-01", now=NOW)
    with pytest.raises(InputError, match="subject_other_kind"):
        town.entry(actions.PlaceFacts(kind="supplier", label="x", supplier_id=host.pk))
