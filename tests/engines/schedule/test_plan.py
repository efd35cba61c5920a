"""Schedules backward from the wished start: rules by body and method, minimum periods, thresholds, what is impossible."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.schedule import JapaneseHolidays, ScheduleInputs, plan, rows, sentence
from sekisho.engines.schedule.days import fiscal_year
from sekisho.engines.schedule.network import build_network
from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.standards.procurement_calendar import FACTS, procurement_calendar

RULES = procurement_calendar()
HOLIDAYS = JapaneseHolidays()
TODAY = date(2026, 11, 24)
BASE = ScheduleInputs(
    body="national",
    method="open",
    kind="services",
    amount_yen=10_000_000,
    wished_start=date(2027, 12, 1),
    build_days=90,
)
TOWN = replace(BASE, body="municipality", municipality="town")


def made(base=BASE, *, today=TODAY, **changes):
    return plan(replace(base, **changes), rules=RULES, holidays=HOLIDAYS, today=today)


def answer(schedule, start):
    return next((c.code, c.answer) for c in schedule.checks if c.code.startswith(f"schedule.{start}"))


def notice_days(schedule):
    return schedule.step("notice").days


# -- the length of a notice

CASES = {
    "national, general": (BASE, {}, 10, "text"),
    "national, urgent": (BASE, {"urgent": True}, 5, "text"),
    "national, renewed notice": (BASE, {"renotice": True}, 5, "text"),
    "national, covered": (BASE, {"treaty": "yes"}, 40, "text"),
    "covered, one ground": (BASE, {"treaty": "yes", "grounds": frozenset({"e_bidding"})}, 35, "text"),
    "covered, all electronic": (
        BASE,
        {"treaty": "yes", "grounds": frozenset({"e_gazette", "e_documents", "e_bidding"})},
        25,
        "text",
    ),
    "covered, prior notice": (BASE, {"treaty": "yes", "prior_notice": True}, 10, "text"),
    "covered, urgent": (BASE, {"treaty": "yes", "urgent": True}, 10, "text"),
    "covered, off the shelf": (BASE, {"treaty": "yes", "off_the_shelf": "standard"}, 13, "text"),
    "covered, off the shelf, electronic": (BASE, {"treaty": "yes", "off_the_shelf": "electronic"}, 10, "text"),
    "voluntary measures": (BASE, {"treaty": "yes", "voluntary_50": True}, 50, "memory"),
    "agency, covered": (BASE, {"body": "iaa", "treaty": "yes"}, 40, "memory"),
    "town": (TOWN, {}, 10, "proposal"),
    "town, own rule": (TOWN, {"lengths": {"notice_period": 14}}, 14, "user"),
    "prefecture, covered": (BASE, {"body": "prefecture", "treaty": "yes"}, 40, "memory"),
    "town, large works": (TOWN, {"kind": "works", "amount_yen": 50_000_000}, 15, "memory"),
    "town, large works, urgent": (TOWN, {"kind": "works", "amount_yen": 50_000_000, "urgent": True}, 10, "memory"),
    "town, middle works": (TOWN, {"kind": "works", "amount_yen": 49_999_999}, 10, "memory"),
    "town, middle works, urgent": (TOWN, {"kind": "works", "amount_yen": 5_000_000, "urgent": True}, 5, "memory"),
    "town, small works": (TOWN, {"kind": "works", "amount_yen": 4_999_999}, 10, "proposal"),
    "town, as much for services": (TOWN, {"amount_yen": 50_000_000}, 10, "proposal"),
    "national works: the notice counts": (BASE, {"kind": "works", "amount_yen": 50_000_000}, 10, "text"),
    "national, own longer": (BASE, {"lengths": {"notice_period": 15}}, 15, "user"),
}


@pytest.mark.parametrize(("base", "changes", "days", "verified"), CASES.values(), ids=CASES.keys())
def test_the_notice_has_the_days_of_its_rule(base, changes, days, verified):
    schedule = made(base, wished_start=date(2028, 3, 1), **changes)
    step = schedule.step("notice")
    assert (step.days, step.length_source.verified) == (days, verified)
    between = (schedule.step("bid_deadline").due - step.due).days - 1
    assert between >= days
    assert HOLIDAYS.is_business(step.due)


def test_the_day_of_the_notice_is_counted_as_the_example_says():
    # 2027-06-22 is a Tuesday; question and answer take no time here, so that the ten clear days alone decide.
    none = {"question_work": 0, "answer_work": 0, "answer_lead": 0}
    for wished in (date(2027, 10, 1) + timedelta(days=n) for n in range(60)):
        schedule = made(wished_start=wished, lengths=none)
        if schedule.step("bid_deadline").due == date(2027, 6, 22):
            assert schedule.step("notice").due == date(2027, 6, 11)
            break
    else:
        pytest.fail("no wished day leads to a deadline on 22 June")


@pytest.mark.parametrize(("method", "step"), [("selective", "nomination"), ("negotiated", "quotation")])
def test_bidders_have_time_to_estimate_works_however_they_are_asked(method, step):
    works = {"kind": "works", "method": method, "ground_negotiated": "other" if method == "negotiated" else ""}
    large = made(TOWN, amount_yen=50_000_000, **works)
    assert (large.step("bid_deadline").due - large.step(step).due).days - 1 >= 15


def test_the_law_cannot_be_undercut_by_a_setting():
    with pytest.raises(InputError) as error:
        made(lengths={"notice_period": 9})
    assert error.value.code == "schedule.below_minimum"
    assert error.value.fields["minimum"] == 10
    assert made(TOWN, lengths={"notice_period": 9}).step("notice").days == 9


# -- thresholds

THRESHOLDS = {
    "national below": (BASE, {"amount_yen": 19_999_999}, "treaty_below", "no"),
    "national at": (BASE, {"amount_yen": 20_000_000}, "treaty_applies", "yes"),
    "national works below": (BASE, {"kind": "works", "amount_yen": 899_999_999}, "treaty_below", "no"),
    "a lease counts as goods": (BASE, {"kind": "lease", "amount_yen": 20_000_000}, "treaty_applies", "yes"),
    "prefecture below": (BASE, {"body": "prefecture", "amount_yen": 39_999_999}, "treaty_below", "no"),
    "prefecture at": (BASE, {"body": "prefecture", "amount_yen": 40_000_000}, "treaty_applies", "yes"),
    "designated city": (
        BASE,
        {"body": "municipality", "municipality": "designated_city", "amount_yen": 40_000_000},
        "treaty_applies",
        "yes",
    ),
    "core city": (
        BASE,
        {"body": "municipality", "municipality": "core_city", "amount_yen": 40_000_000},
        "treaty_body_unsure",
        "unknown",
    ),
    "town": (TOWN, {"amount_yen": 900_000_000}, "treaty_not_for_body", "no"),
    "agency between": (BASE, {"body": "iaa", "amount_yen": 25_000_000}, "treaty_voluntary_only", "unknown"),
    "agency at": (BASE, {"body": "iaa", "amount_yen": 26_000_000}, "treaty_body_unsure", "unknown"),
    "agency works by group": (
        BASE,
        {"body": "iaa", "kind": "works", "amount_yen": 1_000_000_000},
        "treaty_group_unsure",
        "unknown",
    ),
    "company": (BASE, {"body": "company", "amount_yen": 900_000_000}, "treaty_not_for_body", "no"),
    "stated": (BASE, {"amount_yen": 900_000_000, "treaty": "no"}, "treaty_stated_no", "no"),
}


@pytest.mark.parametrize(("base", "changes", "code", "wanted"), THRESHOLDS.values(), ids=THRESHOLDS.keys())
def test_whether_the_agreement_applies(base, changes, code, wanted):
    assert answer(made(base, **changes), "treaty") == (f"schedule.{code}", wanted)


def test_outside_the_period_of_the_thresholds_nothing_is_guessed():
    schedule = made(amount_yen=3_000_000, wished_start=date(2029, 6, 1))
    assert schedule.step("contract").due > date(2028, 3, 31)
    assert answer(schedule, "treaty") == ("schedule.treaty_year_unknown", "unknown")
    assert answer(schedule, "invitations") == ("schedule.invitations_year_unknown", "unknown")
    assert notice_days(schedule) == 40  # on the safe side
    said = next(sentence(c, "ja") for c in schedule.checks if c.code == "schedule.treaty_year_unknown")
    assert "分かりません" in said
    assert "20,000,000" not in said
    stated = made(amount_yen=3_000_000, wished_start=date(2029, 6, 1), treaty="no", invitations="no")
    assert notice_days(stated) == 10


@pytest.mark.parametrize(("amount", "wanted"), [(159_999_999, None), (160_000_000, 30)])
def test_invitations_from_800_000_sdr(amount, wanted):
    schedule = made(amount_yen=amount, wished_start=date(2028, 3, 1))
    step = schedule.step("rfi")
    assert (step.days if step else None) == wanted
    if step:
        assert (step.due - step.start).days >= 30
        opinions = schedule.step("opinions")
        assert (opinions.due - opinions.start).days >= 20
        assert opinions.length_source.verified == "memory"


SMALL = {
    "national services at": (BASE, {"amount_yen": 2_000_000}, "yes"),
    "national services over": (BASE, {"amount_yen": 2_000_001}, "no"),
    "national goods": (BASE, {"kind": "goods", "amount_yen": 3_000_000}, "yes"),
    "town services": (TOWN, {"amount_yen": 1_000_001}, "no"),
    "town lease": (TOWN, {"kind": "lease", "amount_yen": 800_000}, "yes"),
    "prefecture works": (BASE, {"body": "prefecture", "kind": "works", "amount_yen": 4_000_000}, "yes"),
    "designated city services": (
        BASE,
        {"body": "municipality", "municipality": "designated_city", "amount_yen": 2_000_000},
        "yes",
    ),
    "agency": (BASE, {"body": "iaa", "amount_yen": 1}, "unknown"),
}


@pytest.mark.parametrize(("base", "changes", "wanted"), SMALL.values(), ids=SMALL.keys())
def test_the_limit_of_small_contracts(base, changes, wanted):
    assert answer(made(base, method="negotiated", **changes), "small")[1] == wanted


def test_a_contract_that_is_not_small_cannot_rest_on_being_small():
    with pytest.raises(InputError) as error:
        made(TOWN, method="negotiated", amount_yen=1_000_001, ground_negotiated="small")
    assert error.value.code == "schedule.small_exceeded"
    assert error.value.fields["limit"] == 1_000_000
    assert made(TOWN, method="negotiated", amount_yen=1_000_001, ground_negotiated="other").step("quotation")


ASSEMBLY = {
    "town goods below": (TOWN, {"kind": "goods", "amount_yen": 6_999_999}, "no"),
    "town goods at": (TOWN, {"kind": "goods", "amount_yen": 7_000_000}, "yes"),
    "town services": (TOWN, {"amount_yen": 900_000_000}, "no"),
    "city goods": (BASE, {"body": "municipality", "municipality": "city", "kind": "goods", "amount_yen": 20_000_000}, "yes"),
    "city works": (BASE, {"body": "municipality", "municipality": "city", "kind": "works", "amount_yen": 149_999_999}, "no"),
    "union": (BASE, {"body": "union", "kind": "goods", "amount_yen": 7_000_000}, "unknown"),
    "national": (BASE, {"kind": "goods", "amount_yen": 900_000_000, "treaty": "no"}, "no"),
}


@pytest.mark.parametrize(("base", "changes", "wanted"), ASSEMBLY.values(), ids=ASSEMBLY.keys())
def test_when_an_assembly_decides(base, changes, wanted):
    schedule = made(base, **changes)
    assert answer(schedule, "assembly")[1] == wanted
    assert (schedule.step("assembly") is not None) is (wanted != "no")
    if wanted != "no":
        assert schedule.step("provisional").due < schedule.step("assembly").due <= schedule.step("contract").due


# -- which steps there are


def ids(schedule):
    return {s.id for s in schedule.steps}


def test_steps_follow_from_the_conditions():
    full = ids(made(amount_yen=300_000_000, wished_start=date(2028, 3, 1), scr=True, high_security=True, award="overall"))
    assert {
        "scr",
        "scr_list",
        "advice",
        "rfi",
        "opinions",
        "opinion_answers",
        "gazette",
        "evaluation",
        "award_publication",
    } <= full
    assert not {"experts", "assembly", "supply_chain", "quotation", "budget"} & full
    town = ids(made(TOWN, award="overall"))
    assert {"experts", "supply_chain"} <= town
    assert not {"scr", "rfi", "opinions", "gazette", "award_publication"} & town
    assert {"notice", "evaluation"} <= ids(made(method="proposal"))
    assert not {"opening", "questions"} & ids(made(method="negotiated", amount_yen=1_000_000))
    assert "nomination" in ids(made(method="selective"))
    assert "cloud_study" not in ids(made(body="company"))


def test_the_award_is_published_within_72_days():
    schedule = made(amount_yen=30_000_000, wished_start=date(2028, 3, 1))
    step, award = schedule.step("award_publication"), schedule.step("award")
    assert timedelta(days=60) < step.due - award.due <= timedelta(days=72)
    assert HOLIDAYS.is_business(step.due)
    assert step.slack_days is None


def test_the_budget_is_asked_for_in_the_fiscal_year_before():
    schedule = made(budget_needed=True, wished_start=date(2028, 12, 1), treaty="no", invitations="no")
    assert fiscal_year(schedule.step("contract").due) == 2028
    assert schedule.step("budget").due == date(2027, 8, 27)  # 28 August is a Saturday


COMBINATIONS = sorted(product({(b.id, b.municipality) for b in RULES.bodies}, FACTS["method"], FACTS["kind"], FACTS["award"]))


@pytest.mark.parametrize(("body", "method", "kind", "award"), COMBINATIONS)
def test_every_combination_gives_a_schedule_or_says_why_not(body, method, kind, award):
    name, municipality = body
    inputs = replace(
        BASE, body=name, municipality=municipality, method=method, kind=kind, award=award, wished_start=date(2028, 3, 1)
    )
    if award == "overall" and method in {"negotiated", "proposal"}:
        with pytest.raises(InputError) as error:
            plan(inputs, rules=RULES, holidays=HOLIDAYS, today=TODAY)
        assert [p.code for p in error.value.problems] == ["schedule.award_not_for_method"]
        return
    schedule = plan(inputs, rules=RULES, holidays=HOLIDAYS, today=TODAY)
    assert schedule.feasible
    assert {"requirements", "final", "bid_deadline", "award", "contract", "build", "acceptance", "operation"} <= ids(schedule)
    assert schedule.step("operation").due == inputs.wished_start


# -- properties of every schedule

INPUTS = st.builds(
    lambda body, **others: ScheduleInputs(body=body[0], municipality=body[1], **others),
    body=st.sampled_from(sorted({(b.id, b.municipality) for b in RULES.bodies})),
    method=st.sampled_from(FACTS["method"]),
    kind=st.sampled_from(FACTS["kind"]),
    amount_yen=st.integers(1, 2_000_000_000),
    wished_start=st.dates(date(2026, 12, 1), date(2032, 12, 31)),
    build_days=st.integers(1, 500),
    urgent=st.booleans(),
    prior_notice=st.booleans(),
    voluntary_50=st.booleans(),
    grounds=st.frozensets(st.sampled_from(["e_gazette", "e_documents", "e_bidding"])),
    scr=st.booleans(),
    high_security=st.booleans(),
)


def check_dates(schedule):
    """The dates hold when they are counted forward again, joint by joint."""
    network = build_network(RULES, dict(schedule.facts), schedule.inputs)
    step = {s.id: s for s in schedule.steps}
    for joint in network.joints:
        assert joint.span.forward(step[joint.before].due, HOLIDAYS) <= step[joint.after].start, joint
    for name, length in network.lengths.items():
        assert length.span.forward(step[name].start, HOLIDAYS) <= step[name].due, name
    for found in schedule.steps:
        assert found.start <= found.due
        assert found.id == "operation" or (HOLIDAYS.is_business(found.start) and HOLIDAYS.is_business(found.due))
    assert all(a.start <= b.start for a, b in pairwise(schedule.steps))


@settings(max_examples=60, deadline=None)
@given(INPUTS)
def test_every_minimum_holds_when_counted_forward(inputs):
    schedule = plan(inputs, rules=RULES, holidays=HOLIDAYS, today=TODAY)
    check_dates(schedule)
    assert schedule.feasible is all(s.start >= TODAY for s in schedule.steps)
    for item in (*schedule.checks, *schedule.shortenings):
        assert texts.known(item.code), item.code
        assert "{" not in sentence(item, "ja") + sentence(item, "en"), item.code
    for language in ("ja", "en"):
        for row in rows(schedule, language):
            assert "{" not in row.counted
            assert "schedule." not in row.counted + row.slack


@settings(max_examples=40, deadline=None)
@given(INPUTS, st.integers(1, 120))
def test_a_later_wish_never_makes_a_step_earlier(inputs, days):
    inputs = replace(inputs, treaty="auto", invitations="no")
    first = plan(inputs, rules=RULES, holidays=HOLIDAYS, today=TODAY)
    later = plan(
        replace(inputs, wished_start=inputs.wished_start + timedelta(days=days)), rules=RULES, holidays=HOLIDAYS, today=TODAY
    )
    if first.facts != later.facts:  # other thresholds hold by then
        return
    for step in first.steps:
        assert later.step(step.id).start >= step.start
        assert later.step(step.id).due >= step.due


# -- the impossible is said


def test_what_is_too_late_is_named_with_its_days():
    schedule = made(wished_start=date(2027, 5, 1))
    assert not schedule.feasible
    first = schedule.late[0]
    assert first.days == (TODAY - first.start).days > 0
    assert first.step == "requirements"
    assert schedule.step("requirements").late_days == first.days
    assert schedule.earliest_start_of_operation is not None


@settings(max_examples=15, deadline=None)
@given(INPUTS)
def test_the_earliest_start_can_be_reached_and_the_day_before_cannot(inputs):
    inputs = replace(inputs, wished_start=TODAY + timedelta(days=30))
    schedule = plan(inputs, rules=RULES, holidays=HOLIDAYS, today=TODAY)
    if schedule.feasible:
        return
    earliest = schedule.earliest_start_of_operation
    assert plan(replace(inputs, wished_start=earliest), rules=RULES, holidays=HOLIDAYS, today=TODAY).feasible
    before = earliest - timedelta(days=1)
    assert not plan(replace(inputs, wished_start=before), rules=RULES, holidays=HOLIDAYS, today=TODAY).feasible


def test_the_budget_of_last_summer_moves_the_start_into_the_next_fiscal_year():
    schedule = made(budget_needed=True, wished_start=date(2027, 12, 1))
    assert "budget" in {late.step for late in schedule.late}
    assert schedule.earliest_start_of_operation > date(2028, 4, 1)
    assert "schedule.shorten_budget" in {s.code for s in schedule.shortenings}


def test_shortenings_gain_what_they_say_and_name_their_basis():
    schedule = made(amount_yen=30_000_000, wished_start=date(2027, 6, 1), build_days=60)
    assert not schedule.feasible
    by_code = {s.code: s for s in schedule.shortenings}
    one = by_code["schedule.shorten_prior_notice"]
    changed = made(amount_yen=30_000_000, wished_start=date(2027, 6, 1), build_days=60, prior_notice=True)
    assert min(s.start for s in changed.steps) - min(s.start for s in schedule.steps) == timedelta(days=one.days)
    assert one.source.item == "PR13"
    assert one.enough is changed.feasible
    cut = [s for s in schedule.shortenings if s.code == "schedule.shorten_own_days"]
    assert cut
    assert all(s.source.verified in {"proposal", "user"} for s in cut)


def test_a_shorter_development_that_is_enough_is_found():
    schedule = made(wished_start=date(2027, 8, 2), build_days=200)
    found = next(s for s in schedule.shortenings if s.code == "schedule.shorten_build")
    assert found.enough
    assert made(wished_start=date(2027, 8, 2), build_days=found.fields["now"]).feasible
    assert not made(wished_start=date(2027, 8, 2), build_days=found.fields["now"] + 1).feasible


# -- hints


def hints(schedule):
    return {c.code.removeprefix("schedule.") for c in schedule.checks if not c.answer}


def test_the_border_of_fiscal_years_is_pointed_out():
    assert "hint_multi_year_national" in hints(made(wished_start=date(2028, 6, 1), build_days=200))
    assert "hint_multi_year_local" in hints(made(TOWN, wished_start=date(2028, 6, 1), build_days=200))
    assert "hint_multi_year_national" not in hints(made(wished_start=date(2028, 2, 1), build_days=100))
    assert "hint_before_budget" in hints(made(wished_start=date(2027, 8, 3), build_days=90))


def test_other_hints():
    assert "hint_start_on_holiday" in hints(made(wished_start=date(2028, 1, 1)))
    assert "hint_holidays_computed" in hints(made(wished_start=date(2028, 1, 4)))
    assert "hint_holidays_computed" not in hints(made(wished_start=date(2027, 12, 1)))
    assert "hint_urgent_reason" in hints(made(urgent=True))
    assert "hint_grounds_not_used" in hints(made(grounds=frozenset({"e_bidding"})))
    assert "hint_negotiated_treaty" in hints(made(method="negotiated", amount_yen=30_000_000))


# -- bad input

BAD = {
    "negative": ({"amount_yen": -1}, "amount_out_of_range"),
    "nothing": ({"amount_yen": 0}, "amount_out_of_range"),
    "absurd": ({"amount_yen": 10**15}, "amount_out_of_range"),
    "not a number": ({"amount_yen": "100"}, "amount_out_of_range"),
    "true is no amount": ({"amount_yen": True}, "amount_out_of_range"),
    "past": ({"wished_start": TODAY - timedelta(days=1)}, "start_in_past"),
    "today": ({"wished_start": TODAY}, "start_in_past"),
    "far future": ({"wished_start": date(9999, 12, 31)}, "start_too_far"),
    "unknown body": ({"body": "guild"}, "unknown_body"),
    "body with markup": ({"body": "<b>"}, "unknown_body"),
    "class missing": ({"body": "municipality"}, "unknown_municipality"),
    "class for a ministry": ({"municipality": "town"}, "unknown_municipality"),
    "method": ({"method": "auction"}, "unknown_choice"),
    "kind": ({"kind": ""}, "unknown_choice"),
    "ground": ({"grounds": frozenset({"haste"})}, "unknown_choice"),
    "no development": ({"build_days": 0}, "build_days_out_of_range"),
    "development for ever": ({"build_days": 10**9}, "build_days_out_of_range"),
    "unknown period": ({"lengths": {"nap": 3}}, "unknown_period"),
    "negative days": ({"lengths": {"approval_work": -3}}, "days_out_of_range"),
    "too many days": ({"lengths": {"approval_work": 4000}}, "days_out_of_range"),
}


@pytest.mark.parametrize(("changes", "code"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_with_its_field(changes, code):
    with pytest.raises(InputError) as error:
        made(**changes)
    assert error.value.code == "schedule.invalid"
    assert [p.code for p in error.value.problems] == [f"schedule.{code}"]
    assert error.value.problems[0].column
    for language in ("ja", "en"):
        assert "{" not in texts.render(error.value.problems[0].code, error.value.problems[0].fields, language)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as error:
        made(body="guild", amount_yen=-1, build_days=0, method="auction")
    assert len(error.value.problems) == 4


def test_a_body_that_the_agreement_does_not_bind_cannot_be_declared_covered():
    with pytest.raises(InputError) as error:
        made(TOWN, treaty="yes")
    assert error.value.code == "schedule.treaty_not_for_body"
