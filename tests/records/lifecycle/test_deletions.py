"""From the request to the certificate, and everything that must stop it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.records.factories import NOW, TODAY
from tests.records.lifecycle.care import CareTown, run_jobs

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.duties.models import Duty
from sekisho.records.ledger import queries as ledger
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.actions import certificates, deletion_runs, restoring, standing_orders
from sekisho.records.lifecycle.models import Certificate, Deletion, EntryState, ErasedState, OwnRule, StandingOrder
from sekisho.records.lifecycle.queries.proofs import file_is, proof_of
from sekisho.records.subjects import actions as subjects

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import RetentionEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates as HTML only: the other renderers have tests of their own and take seconds."""
    monkeypatch.setattr(certificates, "CERTIFICATE_FORMATS", ("html",))


def codes(error: pytest.ExceptionInfo[Any]) -> set[str]:
    return {one.code for one in error.value.problems}


def execute(town: CareTown, row: Deletion, *, after: timedelta = timedelta(minutes=1)) -> Deletion:
    row = actions.execute_deletion(town.officer, row, version=row.version, now=NOW)
    run_jobs(NOW + after)
    row.refresh_from_db()
    return row


def ready(town: CareTown, **facts: Any) -> tuple[RetentionEntry, Any, Any]:
    """An entry in a folder, decided about."""
    files = town.applications()
    store = town.store()
    entry = town.entry(town.in_folder(store), **facts)
    town.consent(entry)
    return entry, store, files


def test_last_years_applications_are_deleted_with_a_certificate(town: CareTown) -> None:
    entry, _store, files = ready(town)
    done = town.executed(entry)
    assert done.state == "done", (done.stopped, [one.outcome for one in done.erased.all()])
    assert not any(path.exists() for path in files)
    entry.refresh_from_db()
    assert entry.state == EntryState.DELETED
    made = actions.issue_certificate(town.officer, done, witness="架空 太郎", version=done.version, now=NOW)
    assert (made.number, made.facts["complete"], made.facts["places"][0]["count"]) == ("消証2026-0001", True, 4)
    assert proof_of(made).holds
    pdf = certificates.read_certificate(made, "pdf")
    assert pdf.startswith(b"%PDF")
    assert (file_is(made, pdf), file_is(made, pdf + b" ")) == ("pdf", "")
    assert "lifecycle_certificate." not in certificates.read_certificate(made, "html").decode()
    assert ledger.verify().ok


def test_a_changed_certificate_is_found_out(town: CareTown, plain: None) -> None:
    entry, _store, _files = ready(town)
    done = town.executed(entry)
    made = actions.issue_certificate(town.officer, done, witness="架空 太郎", version=done.version, now=NOW)
    Certificate.objects.filter(pk=made.pk).update(facts={**made.facts, "witness": "別人"})
    made.refresh_from_db()
    assert not proof_of(made).holds
    with pytest.raises(Conflict, match="certified"):
        actions.issue_certificate(town.officer, done, witness="架空 太郎", version=done.version + 1, now=NOW)


class TestWhatStopsIt:
    def test_a_hold_set_after_the_order_to_execute_leaves_every_file(self, town: CareTown) -> None:
        entry, _store, files = ready(town)
        row = town.approved(entry)
        row = actions.execute_deletion(town.officer, row, version=row.version, now=NOW)
        facts = actions.HoldFacts(kind="litigation", name="訴訟", reason="来た", starts_on=TODAY, entries=[entry.pk])
        actions.set_hold(town.officer, organization=town.organization, facts=facts, now=NOW)
        run_jobs()
        row.refresh_from_db()
        assert row.state == "partial"
        assert row.erased.get().state == ErasedState.HELD
        assert all(path.exists() for path in files)

    def test_a_hold_set_between_two_files_leaves_the_rest(self, town: CareTown, monkeypatch: pytest.MonkeyPatch) -> None:
        entry, _store, files = ready(town)
        row = town.approved(entry)
        monkeypatch.setattr(deletion_runs, "_LOOK_AGAIN", 0.0)
        asked = {"n": 0}
        plain_blocked = deletion_runs.Runner._blocked

        def blocked(self: Any, entry_id: Any) -> Any:
            asked["n"] += 1
            if asked["n"] == 3:  # the run's own question, the first file's, then this
                facts = actions.HoldFacts(kind="audit", name="検査", reason="来た", starts_on=TODAY, text="申請書")
                actions.set_hold(town.officer, organization=town.organization, facts=facts, now=NOW)
            return plain_blocked(self, entry_id)

        monkeypatch.setattr(deletion_runs.Runner, "_blocked", blocked)
        row = execute(town, row)
        one = row.erased.get()
        assert (row.state, one.state, one.outcome["done"]) == ("partial", ErasedState.PARTIAL, 1)
        assert [path.exists() for path in files] == [False, True, True]
        entry.refresh_from_db()
        assert entry.state == EntryState.DELETING

    def test_a_hold_before_the_request_is_named(self, town: CareTown) -> None:
        entry, _store, _files = ready(town)
        row = town.deletion(entry)
        facts = actions.HoldFacts(kind="disclosure", name="開示請求", reason="来た", starts_on=TODAY, kinds=["RT16"])
        actions.set_hold(town.officer, organization=town.organization, facts=facts, now=NOW)
        with pytest.raises(InputError) as error:
            actions.ask_deletion(town.officer, row, reason="満了", version=row.version, now=NOW)
        assert codes(error) == {"lifecycle.blocked_hold"}

    def test_what_changed_in_the_ledger_after_the_approval_goes_back(self, town: CareTown) -> None:
        entry, _store, files = ready(town)
        row = town.approved(entry)
        entry.refresh_from_db()
        facts = actions.EntryFacts(
            name=entry.name, kinds=["RT16"], events={"employment_ended": date(2020, 6, 1)}, answers={"transitional": False},
            owner_role="section_officer", personal=True,
        )  # fmt: skip
        actions.edit_entry(town.officer, entry, facts=facts, version=entry.version, now=NOW)
        row = execute(town, row)
        assert (row.state, row.stopped["code"]) == ("stale", "lifecycle.changed_since_approval")
        assert all(path.exists() for path in files)
        assert Duty.objects.filter(source__startswith=f"lifecycle:stale:{row.pk}", done_at=None).exists()
        row = actions.ask_deletion(town.officer, row, reason="もう一度", version=row.version, now=NOW)
        town.decide(row.request)
        row.refresh_from_db()
        assert row.state == "approved"

    def test_a_rule_that_changed_after_the_approval_goes_back(self, town: CareTown) -> None:
        town.applications()
        facts = actions.OwnRuleFacts(
            key="DOC-3", title="申請書", rule_class="own_rule", event="completed", start="next_fiscal_year", basis="規程", value=3
        )
        asked = actions.ask_own_rule(town.officer, organization=town.organization, facts=facts, reason="規程", now=NOW)
        town.decide(asked.request)
        entry = town.entry(town.in_folder(town.store()), kinds=["DOC-3"], events={"completed": date(2020, 6, 1)}, answers={})
        assert (entry.outcome, entry.last_day) == ("dated", date(2024, 3, 31))
        town.consent(entry)
        row = town.approved(entry)
        OwnRule.objects.filter(pk=asked.pk).update(basis="改めた規程")
        row = execute(town, row)
        assert row.state == "stale"

    def test_contents_that_changed_after_the_dry_run_are_not_touched(self, town: CareTown) -> None:
        entry, _store, files = ready(town)
        row = town.approved(entry)
        (files[0].parent / "late.txt").write_text("あとから", encoding="utf-8")
        row = execute(town, row)
        one = row.erased.get()
        assert (row.state, one.outcome["error"]["code"]) == ("partial", "lifecycle.changed_since_dry_run")
        assert all(path.exists() for path in files)

    def test_more_than_the_limit_is_refused_before_anything_happens(self, town: CareTown) -> None:
        entry, _store, files = ready(town)
        row = town.approved(entry, limits={"most_files": 2})
        with pytest.raises(Conflict, match="dry_run_not_clean"):
            actions.execute_deletion(town.officer, row, version=row.version, now=NOW)
        assert all(path.exists() for path in files)

    def test_who_asked_cannot_approve(self, town: CareTown) -> None:
        entry, _store, _files = ready(town)
        facts = actions.DeletionFacts(title="廃棄", reason="満了", entries=[entry.pk])
        row = actions.make_deletion(town.chief, organization=town.organization, facts=facts, now=NOW)
        with pytest.raises(InputError, match="second_person"):
            actions.ask_deletion(town.chief, row, reason="満了", version=row.version, now=NOW)

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"events": {"employment_ended": date(2026, 5, 1)}}, "blocked_kept"),
            ({"events": {}}, "blocked_undetermined"),
            ({"kinds": []}, "blocked_no_rule"),
            ({"kinds": ["RT84"], "events": {}}, "blocked_permanent"),
        ],
    )
    def test_what_is_not_due_cannot_be_planned(self, town: CareTown, facts: dict[str, Any], code: str) -> None:
        entry = town.entry(town.in_folder(town.store()), **facts)
        with pytest.raises(InputError) as error:
            town.deletion(entry)
        assert codes(error) == {f"lifecycle.{code}"}

    def test_an_entry_without_a_place_or_of_another_body_cannot_be_planned(self, town: CareTown) -> None:
        with pytest.raises(InputError, match="no_places"):
            town.deletion(town.entry())
        elsewhere = CareTown(code="kasumi")
        with pytest.raises(InputError, match="deletion_elsewhere"):
            town.deletion(elsewhere.entry(elsewhere.in_folder(elsewhere.store())))
        with pytest.raises(NotFound):
            actions.make_deletion(
                elsewhere.officer,
                organization=town.organization,
                facts=actions.DeletionFacts(title="x", reason="x", entries=[town.entry().pk]),
                now=NOW,
            )


class TestPublicRecords:
    @pytest.mark.parametrize(
        ("body_kind", "kind"),
        [("municipality", "disposal_decision"), ("national", "disposal_consent"), ("nuc", "disposal_decision")],
    )
    def test_a_public_body_needs_its_decision(self, home: object, body_kind: str, kind: str) -> None:
        del home
        town = CareTown(body_kind=body_kind)
        town.applications()
        entry = town.entry(town.in_folder(town.store()))
        row = town.deletion(entry)
        with pytest.raises(InputError) as error:
            actions.ask_deletion(town.officer, row, reason="満了", version=row.version, now=NOW)
        assert codes(error) == {"lifecycle.blocked_steps"}
        consent = town.consent(entry, kind=kind)
        asked = actions.ask_deletion(town.officer, row, reason="満了", version=row.version, now=NOW)
        actions.withdraw_consent(town.officer, consent, reason="間違い", now=NOW)
        with pytest.raises(InputError, match="deletion_blocked"):
            town.decide(asked.request)

    def test_a_company_and_a_copy_need_none(self, home: object) -> None:
        del home
        company = CareTown(code="kaisha", body_kind="company")
        row = company.deletion(company.entry(company.in_folder(company.store())))
        assert actions.ask_deletion(company.officer, row, reason="満了", version=row.version, now=NOW).state == "asked"
        town = CareTown()
        copy = town.deletion(town.entry(town.in_folder(town.store()), public_record=False))
        assert actions.ask_deletion(town.officer, copy, reason="満了", version=copy.version, now=NOW).state == "asked"

    def test_the_prime_ministers_consent_is_not_for_a_town(self, town: CareTown) -> None:
        with pytest.raises(InputError, match="consent_not_of_body"):
            town.consent(town.entry(), kind="disposal_consent")

    def test_what_was_transferred_is_not_held_here_any_more(self, town: CareTown) -> None:
        entry = town.entry(town.in_folder(town.store()))
        town.consent(entry, kind="transfer", archive="公文書館")
        entry.refresh_from_db()
        assert entry.state == EntryState.TRANSFERRED
        with pytest.raises(Conflict, match="entry_in_deletion"):
            town.deletion(entry)

    def test_a_body_of_unknown_kind_destroys_nothing(self, home: object) -> None:
        del home
        town = CareTown(body_kind="")
        row = town.deletion(town.entry(town.in_folder(town.store())))
        with pytest.raises(InputError) as error:
            actions.ask_deletion(town.officer, row, reason="満了", version=row.version, now=NOW)
        assert codes(error) == {"lifecycle.blocked_body"}


class TestPeopleAndSuppliers:
    def test_paper_and_a_suppliers_copy_are_proven_before_it_is_over(self, town: CareTown, plain: None) -> None:
        town.applications()
        supplier = subjects.create_subject(town.officer, organization=town.organization, kind="supplier", name="委託先", now=NOW)
        entry = town.entry(
            town.in_folder(town.store()),
            actions.PlaceFacts(kind="paper", label="文書庫 棚3"),
            actions.PlaceFacts(kind="supplier", label="委託先の写し", supplier_id=supplier.pk),
        )
        town.consent(entry)
        row = town.executed(entry)
        assert row.state == "waiting"
        entry.refresh_from_db()
        assert entry.state == EntryState.DELETING
        paper, outside = row.erased.get(place__kind="paper"), row.erased.get(place__kind="supplier")
        with pytest.raises(InputError, match="record_incomplete") as error:
            actions.record_erasure(town.officer, paper, facts=actions.RecordFacts(done_on=TODAY), version=paper.version, now=NOW)
        assert {one.column for one in error.value.problems} == {"quantity", "how", "done_by", "witness"}
        facts = {"quantity": "3箱", "how": "溶解", "done_by": "業者", "witness": "課長"}
        actions.record_erasure(
            town.officer, paper, facts=actions.RecordFacts(done_on=TODAY, facts=facts), version=paper.version, now=NOW
        )
        with pytest.raises(Conflict, match="supplier_not_asked"):
            actions.record_erasure(
                town.officer, outside, facts=actions.RecordFacts(done_on=TODAY, facts=facts), version=outside.version, now=NOW
            )
        outside = actions.request_supplier(
            town.officer, outside, requested_on=TODAY, how="文書で", version=outside.version, now=NOW
        )
        with pytest.raises(InputError, match="missing"):
            actions.record_erasure(
                town.officer, outside, facts=actions.RecordFacts(done_on=TODAY, facts=facts), version=outside.version, now=NOW
            )
        proof = town.document("消去証明書", "deletion_certificate")
        actions.record_erasure(
            town.officer,
            outside,
            facts=actions.RecordFacts(done_on=TODAY, method="clear", facts=facts, document_id=proof.pk),
            version=outside.version,
            now=NOW,
        )
        row.refresh_from_db()
        entry.refresh_from_db()
        assert (row.state, entry.state) == ("done", EntryState.DELETED)
        made = actions.issue_certificate(town.officer, row, witness="課長", version=row.version, now=NOW)
        assert {one["achieved"] for one in made.facts["places"]} >= {"destroy", "clear"}
        with pytest.raises(Conflict, match="deletion_state"):
            actions.record_erasure(town.officer, paper, facts=actions.RecordFacts(done_on=TODAY, facts=facts), version=2, now=NOW)


class TestWindow:
    def test_what_lies_aside_comes_back(self, town: CareTown) -> None:
        entry, _store, files = ready(town, personal=False)
        row = town.executed(entry, restore_days=7)
        assert row.state == "waiting"
        assert not any(path.exists() for path in files)
        row = actions.restore_deletion(town.officer, row, reason="まだ要る", version=row.version, now=NOW)
        assert row.state == "cancelled"
        assert all(path.exists() for path in files)
        entry.refresh_from_db()
        assert entry.state == EntryState.HELD

    def test_it_is_gone_when_the_window_is_over(self, town: CareTown) -> None:
        entry, _store, files = ready(town, personal=False)
        row = town.executed(entry, restore_days=7)
        later = NOW + timedelta(days=6)
        assert restoring.end_windows(later, clock=lambda: later) == 0
        later = NOW + timedelta(days=8)
        assert restoring.end_windows(later, clock=lambda: later) == 1
        row.refresh_from_db()
        assert row.state == "done"
        assert not any(path.exists() for path in files)
        assert not list(town.folder.rglob("*.txt"))

    def test_there_is_none_where_the_law_demands_deletion(self, town: CareTown) -> None:
        entry, _store, _files = ready(
            town,
            my_number=True,
            kinds=["RT16", "RT47"],
            events={"employment_ended": date(2020, 5, 1), "purpose_ended": date(2021, 1, 1)},
        )
        with pytest.raises(InputError, match="restore_not_allowed"):
            town.deletion(entry, restore_days=7)


class TestAutomatic:
    def order(self, town: CareTown, **facts: Any) -> StandingOrder:
        given: dict[str, Any] = {"name": "退職者の名簿", "reason": "毎日", "kinds": ["RT16"], **facts}
        made = actions.ask_order(town.officer, organization=town.organization, facts=actions.OrderFacts(**given), now=NOW)
        town.decide(made.request)
        made.refresh_from_db()
        return made

    def run(self, order: StandingOrder) -> StandingOrder:
        standing_orders.orders_due(NOW)
        run_jobs()
        order.refresh_from_db()
        return order

    def test_what_is_due_goes_by_itself_and_what_is_stopped_stays(self, town: CareTown) -> None:
        town.applications(2020)
        files = town.applications(2021)
        store = town.store()
        entry = town.entry(town.in_folder(store))
        undecided = town.entry(town.in_folder(store, "applications/2021"), name="決裁のないもの")
        town.consent(entry)
        order = self.run(self.order(town))
        assert (order.last_result["deleted"], order.last_result["stopped"]) == (1, {"awaiting": 1})
        entry.refresh_from_db()
        undecided.refresh_from_db()
        assert (entry.state, undecided.state) == (EntryState.DELETED, EntryState.HELD)
        assert all(path.exists() for path in files)

    def test_a_hold_stops_it(self, town: CareTown) -> None:
        entry, _store, files = ready(town)
        facts = actions.HoldFacts(kind="audit", name="検査", reason="来た", starts_on=TODAY, everything=True)
        actions.set_hold(town.officer, organization=town.organization, facts=facts, now=NOW)
        order = self.run(self.order(town))
        assert order.last_result["stopped"] == {"held": 1}
        assert all(path.exists() for path in files)
        entry.refresh_from_db()
        assert entry.state == EntryState.HELD

    def test_over_its_limit_it_deletes_nothing(self, town: CareTown) -> None:
        entry, _store, files = ready(town)
        order = self.run(self.order(town, limits={"most_files": 1}))
        assert order.last_result["error"]["code"] == "deletion.over_limit"
        assert all(path.exists() for path in files)
        entry.refresh_from_db()
        assert entry.state == EntryState.HELD

    def test_before_its_approval_it_does_nothing(self, town: CareTown) -> None:
        _entry, _store, files = ready(town)
        made = actions.ask_order(
            town.officer,
            organization=town.organization,
            facts=actions.OrderFacts(name="x", reason="x", kinds=["RT16"]),
            now=NOW,
        )
        assert self.run(made).last_run_at is None
        assert all(path.exists() for path in files)
