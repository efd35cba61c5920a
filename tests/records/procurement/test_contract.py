"""The contract: duties and tests follow from what was frozen; who may, when, and with which days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.records.factories import NOW, make_organization, principal_for
from tests.records.procurement.bought import DELIVERY, ENDS, OPERATION, SIGNED, Office

from sekisho.engines.derivation import Derivation
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.duties.models import Duty
from sekisho.records.ledger.models import Entry
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AcceptanceTest, CaseState, Contract, Notice
from sekisho.records.procurement.rules.contract import (
    Dates,
    add_months,
    check_dates,
    corporate_number_is_sound,
    frozen_derivation,
    planned_duties,
    planned_tests,
    repeated,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db) -> Office:
    return Office()


def test_signing_freezes_a_negotiated_case_and_makes_a_test_for_every_clause_and_item(office: Office) -> None:
    case = office.case(award="negotiated")
    derivation = queries.derivation_of(case)
    contract = office.contract(case)
    assert queries.case(SYSTEM, case.pk).state == CaseState.CONTRACTED
    notice = Notice.objects.get(case=case)
    assert frozen_derivation(notice.frozen) == derivation
    assert (notice.award, notice.published_on) == ("negotiated", SIGNED)
    wanted = {(c.id, n) for c in derivation.included for n in range(1 + len(c.items))}
    rows = AcceptanceTest.objects.filter(case=case)
    assert {(row.clause, row.position) for row in rows} == wanted
    assert len(wanted) > 60
    assert all(row.demand["ja"] and row.shown["en"] and row.wanted and row.state == "open" for row in rows)
    assert contract.supplier == "株式会社みほん"
    assert Entry.objects.filter(action="procurement.contract").count() == 1


def test_each_duty_of_a_clause_falls_due_until_the_end_of_the_contract(office: Office) -> None:
    case = office.contracted()
    contract = Contract.objects.get(case=case)
    reports = Duty.objects.filter(source__startswith=f"procurement:{contract.pk}:L6:L6.report:").order_by("due_at")
    # every three months, as the place of the clause says, from the signature (2026-11-20) until 2032-03-31
    assert reports.count() == 21
    assert reports[0].due_at.date() == date(2027, 2, 20)
    assert reports[1].due_at.date() == date(2027, 5, 20)
    assert all(row.owner_id == office.officer.pk and row.fields["title_en"] for row in reports)
    assert reports[0].url == f"/o/minamo/procurement/{case.pk}/contract/"
    ends = Duty.objects.filter(source__startswith=f"procurement:{contract.pk}:", due_at__date__gte=ENDS)
    assert ends.exists()  # erasure and return are due at the end or after it


def test_a_changed_contract_moves_its_duties_and_ends_those_it_no_longer_gives(office: Office) -> None:
    case = office.contracted()
    contract = Contract.objects.get(case=case)
    before = Duty.objects.filter(source__startswith=f"procurement:{contract.pk}:", done_at=None).count()
    actions.change_contract(office.owner, case, reason="期間の短縮", ends_on=date(2028, 3, 31), now=NOW)
    reports = Duty.objects.filter(source__startswith=f"procurement:{contract.pk}:L6:L6.report:", done_at=None)
    assert reports.count() == 5
    assert Duty.objects.filter(source__startswith=f"procurement:{contract.pk}:", done_at=None).count() < before
    contract.refresh_from_db()
    assert (contract.ends_on, contract.signed_on) == (date(2028, 3, 31), SIGNED)


@pytest.mark.parametrize(
    ("changes", "code"),
    {
        "delivered before signed": ({"delivery_on": date(2026, 1, 1)}, "delivery_on_before_signed_on"),
        "operated before delivered": ({"operation_on": date(2027, 1, 1)}, "operation_on_before_delivery_on"),
        "over before operated": ({"ends_on": date(2027, 3, 31)}, "ends_on_before_operation_on"),
        "a hundred years": ({"ends_on": date(2126, 3, 31)}, "too_long"),
    }.values(),
)
def test_days_that_do_not_fit_are_refused_and_nothing_is_written(office: Office, changes: dict, code: str) -> None:
    case = office.case(award="negotiated")
    with pytest.raises(InputError) as error:
        office.contract(case, **changes)
    assert [p.code for p in error.value.problems] == [f"procurement_contract.{code}"]
    assert not Contract.objects.exists()
    assert not AcceptanceTest.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    {
        "no supplier": ({"supplier": " "}, "procurement_contract.supplier_missing"),
        "wrong number": ({"corporate_number": "1234567890123"}, "procurement_contract.corporate_number"),
        "letters": ({"corporate_number": "８７００１１０００５９０１"}, "procurement_contract.corporate_number"),
        "tomorrow": ({"signed_on": date(2026, 11, 23)}, "procurement_contract.signed_in_future"),
        "too long": ({"number": "x" * 101}, "procurement.too_long"),
        "control characters": ({"supplier": "a\x00b"}, "input.not_text"),
        "no reason": ({"reason": ""}, "procurement_contract.negotiated_reason"),
    }.values(),
)
def test_bad_input_of_a_contract_is_refused(office: Office, given: dict, code: str) -> None:
    case = office.case(award="negotiated")
    with pytest.raises(InputError) as error:
        office.contract(case, **given)
    assert error.value.code == code
    assert queries.case(SYSTEM, case.pk).state == CaseState.PREPARING


def test_a_case_that_is_not_negotiated_needs_its_opening(office: Office) -> None:
    case = office.case()
    with pytest.raises(Conflict) as error:
        office.contract(case)
    assert error.value.code == "procurement_contract.not_negotiated"


def test_a_specification_with_empty_places_is_not_frozen_by_a_contract(office: Office) -> None:
    case = office.case(award="negotiated")
    place = next(use for clause in queries.derivation_of(case).included for use in clause.places if use.value)
    key = next(k for k in (place.key, place.name) if k in case.answers["values"])
    actions.save_answers(office.owner, case, changes={f"values.{key}": None}, base_version=case.answers_version, now=NOW)
    case = queries.case(SYSTEM, case.pk)
    with pytest.raises(InputError) as error:
        office.contract(case)
    assert error.value.code == "procurement_notice.obstacles"
    assert error.value.problems
    assert not Notice.objects.exists()


def test_only_owners_with_the_right_sign_and_strangers_see_nothing(office: Office) -> None:
    case = office.case(award="negotiated")
    with pytest.raises(NotPermitted):
        actions.sign_contract(
            principal_for("system_officer", office.organization),
            case,
            signed_on=SIGNED,
            delivery_on=DELIVERY,
            ends_on=ENDS,
            now=NOW,
        )
    with pytest.raises(NotFound):
        actions.sign_contract(
            principal_for("system_officer", make_organization("other")),
            case,
            signed_on=SIGNED,
            delivery_on=DELIVERY,
            ends_on=ENDS,
            now=NOW,
        )


def test_a_contract_is_signed_once(office: Office) -> None:
    case = office.contracted()
    with pytest.raises(Conflict):
        office.contract(case)


# -- rules


def test_the_frozen_derivation_reads_back_exactly(office: Office) -> None:
    import msgspec

    for example in ("booking-site", "isolated-system", "design-study"):
        made = queries.derivation_of(office.case(example))
        assert frozen_derivation({"derivation": msgspec.json.decode(msgspec.json.encode(made))}) == made
    with pytest.raises(InputError) as error:
        frozen_derivation({"derivation": {"rule_set": 1}})
    assert error.value.code == "procurement_contract.frozen_unreadable"


def test_the_last_way_of_acceptance_stands_for_the_offices_own_wording(office: Office) -> None:
    case = office.case()
    derivation = queries.derivation_of(case)
    clause = next(c for c in derivation.included if c.requirement and len(c.acceptance) > 1)
    tests = [t for t in planned_tests(derivation) if t.clause == clause.id]
    assert [t.shown for t in tests] == [way.shown for way in clause.acceptance]
    changes = {f"clauses.{clause.id}": {"text": "自分の言葉"}}
    own = actions.save_answers(office.owner, case, changes=changes, base_version=case.answers_version, now=NOW)
    tests = [t for t in planned_tests(queries.derivation_of(own)) if t.clause == clause.id]
    assert [t.shown for t in tests] == [clause.acceptance[-1].shown]


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("7000012050002", True),  # 国税庁
        ("7000012050003", False),
        ("700001205000", False),
        ("70000120500021", False),
        ("７０００012050002", False),
        ("", False),
        ("700001205000a", False),
    ],
)
def test_corporate_numbers_are_checked_by_their_digit(text: str, sound: bool) -> None:
    assert corporate_number_is_sound(text) is sound


days = st.dates(date(2000, 1, 1), date(2060, 1, 1))


@given(first=days, until=days, every=st.integers(1, 36))
def test_repetition_ends_with_the_contract_and_never_skips(first: date, until: date, every: int) -> None:
    found = repeated(first, every, until)
    assert found
    assert len(set(found)) == len(found) <= 400
    assert found == sorted(found)
    if first <= until:
        assert found[0] == first
        assert found[-1] <= until
        assert len(found) == 400 or add_months(first, every * len(found)) > until
    else:
        assert found == [until]


def test_the_days_of_a_short_month_are_kept_within_it() -> None:
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2027, 1, 31), 2) == date(2027, 3, 31)
    assert add_months(date(2027, 11, 30), 3) == date(2028, 2, 29)


def test_operation_begins_with_the_delivery_when_nobody_says_otherwise(office: Office) -> None:
    derivation: Derivation = queries.derivation_of(office.case())
    with_day = planned_duties(derivation, Dates(SIGNED, DELIVERY, ENDS, OPERATION))
    without = planned_duties(derivation, Dates(SIGNED, DELIVERY, ENDS))
    assert {(p.clause, p.duty) for p in with_day} == {(p.clause, p.duty) for p in without}
    assert len(with_day) > 20
    check_dates(Dates(SIGNED, DELIVERY, ENDS))
    assert {p.due_on for p in with_day} != {p.due_on for p in without}
