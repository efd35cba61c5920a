"""Last days of many kinds as a clerk would count them from the law, and what is said of them."""

from datetime import date

import pytest

from sekisho.engines.retention import APRIL, Assumption, Case, Status, YearEnd, as_dict, explain, sentence
from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.standards.retention_rules import retention_rules

MARCH, DECEMBER, FEBRUARY = YearEnd(3), YearEnd(12), YearEnd(2)

# kind, day of the event, end of the business year, first counted day, last day kept
COUNTED = [
    ("RT01", "2026-03-31", None, "2026-04-01", "2036-03-31"),
    ("RT02", "2025-10-20", MARCH, "2026-06-01", "2033-05-31"),
    ("RT03", "2026-06-26", None, "2026-06-27", "2036-06-26"),
    ("RT06", "2026-03-31", None, "2026-04-01", "2036-03-31"),
    ("RT07", "2026-05-15", None, "2026-05-16", "2036-05-15"),
    ("RT08", "2026-06-26", None, "2026-06-20", "2031-06-19"),
    ("RT09", "2026-03-31", MARCH, "2026-06-01", "2033-05-31"),
    ("RT09", "2026-04-01", MARCH, "2027-06-01", "2034-05-31"),
    ("RT09", "2025-12-31", DECEMBER, "2026-03-01", "2033-02-28"),
    ("RT09", "2023-02-10", FEBRUARY, "2023-05-01", "2030-04-30"),
    ("RT09", "2024-02-29", FEBRUARY, "2024-05-01", "2031-04-30"),
    ("RT10", "2025-10-15", MARCH, "2026-06-01", "2033-05-31"),
    ("RT10", "2026-03-20", YearEnd(3, 20), "2026-05-21", "2033-05-20"),
    ("RT12", "2026-03-31", None, "2026-06-01", "2033-05-31"),
    ("RT12", "2025-12-31", None, "2026-03-01", "2033-02-28"),
    ("RT12", "2027-12-31", None, "2028-03-01", "2035-02-28"),
    ("RT14", "2025-01-31", None, "2026-01-11", "2033-01-10"),
    ("RT15", "2025-12-31", None, "2026-03-16", "2033-03-15"),
    ("RT16", "2024-02-29", None, "2024-03-01", "2029-02-28"),
    ("RT18", "2026-03-31", None, "2026-04-01", "2031-03-31"),
    ("RT22", "2027-03-31", None, "2027-04-01", "2032-03-31"),
    ("RT23", "2026-03-31", None, "2026-04-01", "2030-03-31"),
    ("RT24", "2026-02-28", None, "2026-03-01", "2028-02-29"),
    ("RT34", "2026-06-01", None, "2026-06-02", "2056-06-01"),
    ("RT36", "2026-06-30", None, "2026-07-01", "2066-06-30"),
    ("RT38", "2026-09-30", None, "2026-10-01", "2029-09-30"),
    ("RT43", "2019-05-01", None, "2019-05-02", "2026-05-01"),
    ("RT45", "2026-04-01", None, "2026-04-01", "2027-03-31"),
    ("RT49", "2026-05-10", None, "2026-05-11", "2031-05-10"),
    ("RT53", "2026-03-31", None, "2026-04-01", "2031-03-31"),
    ("RT55", "2026-03-31", MARCH, "2026-04-01", "2031-03-31"),
    ("RT55", "2025-09-01", MARCH, "2026-04-01", "2031-03-31"),
    ("RT56", "2026-04-01", None, "2026-04-02", "2041-04-01"),
    ("RT60", "2026-05-20", MARCH, "2026-05-20", "2032-03-31"),
    ("RT60", "2026-03-31", MARCH, "2026-03-31", "2031-03-31"),
    ("RT60", "2026-04-01", MARCH, "2026-04-01", "2032-03-31"),
    ("RT61", "2026-03-20", None, "2026-03-21", "2046-03-20"),
    ("RT64", "2026-03-31", None, "2026-04-01", "2176-03-31"),
    ("RT65", "2026-05-10", None, "2027-01-01", "2176-12-31"),
    ("RT66", "2026-04-01", None, "2027-04-01", "2047-03-31"),
    ("RT66", "2026-03-31", None, "2026-04-01", "2046-03-31"),
    ("RT73", "2026-06-30", None, "2027-04-01", "2032-03-31"),
    ("RT77", "2019-05-01", None, "2020-04-01", "2023-03-31"),
    ("RT80", "2026-03-31", None, "2026-04-01", "2031-03-31"),
    ("RT87", "2024-02-29", None, "2024-03-01", "2025-02-28"),
    ("RT88", "2026-06-30", None, "2026-07-01", "2026-07-30"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "event", "year_end", "first", "last"), COUNTED, ids=[f"{r[0]}-{r[1]}" for r in COUNTED])
def test_the_last_day_kept(kind, event, year_end, first, last):
    made = explain(kind, date.fromisoformat(event), case=Case(year_end=year_end))
    assert made.status is Status.DECIDED
    assert (made.first_day, made.last_day_kept) == (date.fromisoformat(first), date.fromisoformat(last))
    assert (made.first_deletion_day - made.last_day_kept).days == 1


@pytest.mark.parametrize("kind", sorted(retention_rules().kinds))
def test_every_kind_says_why_in_both_languages(kind):
    made = explain(kind, date(2026, 6, 15), case=Case(year_end=APRIL, own_value=5))
    assert made.reasons
    for one in made.reasons:
        assert texts.known(one.code), one.code
        for lang in ("ja", "en"):
            assert "{" not in sentence(one.code, one.fields, lang), one.code
    shown = as_dict(made)
    assert shown["verified"]
    assert shown["confidence"] in {"high", "medium", "low"}
    assert shown["law"]["ja"]
    if made.status is Status.UNDECIDED:
        assert made.missing
        assert made.last_day_kept is None


def test_an_unknown_event_is_never_guessed():
    made = explain("RT01", None)
    assert (made.status, made.missing, made.last_day_kept, made.certain) == (Status.UNDECIDED, ("contract_end",), None, False)


def test_an_unknown_business_year_is_never_guessed():
    made = explain("RT09", date(2026, 3, 31))
    assert (made.status, made.missing) == (Status.UNDECIDED, ("year_end",))


def test_the_end_of_the_year_itself_may_be_handed_in():
    made = explain("RT09", {"fiscal_year_end": date(2025, 12, 31)})
    assert made.last_day_kept == date(2033, 2, 28)


def test_a_delayed_return_moves_the_start_by_its_months():
    made = explain("RT10", date(2025, 10, 15), case=Case(year_end=MARCH, filing_months=1))
    assert (made.first_day, made.last_day_kept) == (date(2026, 7, 1), date(2033, 6, 30))


@pytest.mark.parametrize(
    ("kind", "answers", "event", "last"),
    [
        ("RT09", {"loss_year": True}, "2025-06-01", "2036-05-31"),
        ("RT09", {"loss_year": True}, "2018-03-31", "2027-05-31"),  # the year began before 1 April 2018: nine years
        ("RT09", {"loss_year": True}, "2018-04-01", "2029-05-31"),
        ("RT09", {"loss_year": False}, "2025-06-01", "2033-05-31"),
        ("RT16", {"transitional": True}, "2026-03-31", "2029-03-31"),
        ("RT17", {"withholding_book": True}, "2026-03-31", "2033-03-31"),
        ("RT17", {"withholding_book": True, "transitional": True}, "2026-03-31", "2033-03-31"),
        ("RT53", {"new_housing": True}, "2026-03-31", "2036-03-31"),
        ("RT08", {"board": True}, "2026-06-26", "2031-06-12"),
        ("RT44", {"batch_record": True}, None, "2029-03-31"),
        ("RT65", {"by_fiscal_year": True}, "2026-05-10", "2177-03-31"),
        ("RT88", {"extended": True}, "2026-06-30", "2026-08-29"),
        ("RT15", {"vouchers": True}, "2025-06-01", "2031-03-15"),
    ],
)
def test_answers_change_the_period(kind, answers, event, last):
    days = {"event": date.fromisoformat(event)} if event else {"last_provided": date(2026, 4, 1)}
    made = explain(kind, days, case=Case(year_end=MARCH, answers=answers))
    assert made.last_day_kept == date.fromisoformat(last)


def test_a_question_whose_yes_would_keep_it_longer_leaves_it_uncertain():
    asked = explain("RT53", date(2026, 3, 31))
    assert (asked.open_questions, asked.certain) == (("new_housing",), False)
    answered = explain("RT53", date(2026, 3, 31), case=Case(answers={"new_housing": False}))
    assert (answered.open_questions, answered.certain) == ((), True)


def test_a_shorter_alternative_is_shown_and_leaves_it_certain():
    made = explain("RT18", date(2026, 3, 31))
    assert made.certain
    assert [(o.id, o.last_day, o.longer) for o in made.options] == [("transitional", date(2029, 3, 31), False)]


def test_a_second_event_counts_when_it_is_later():
    made = explain("RT17", {"last_entry": date(2026, 3, 31), "wage_due": date(2026, 4, 25)})
    assert made.last_day_kept == date(2031, 4, 25)
    assert explain("RT17", {"last_entry": date(2026, 3, 31), "wage_due": date(2026, 3, 25)}).last_day_kept == date(2031, 3, 31)


def test_an_event_may_take_the_place_of_another():
    made = explain("RT58", {"final_repayment_due": date(2030, 3, 31), "claims_extinguished": date(2026, 3, 31)})
    assert made.last_day_kept == date(2036, 3, 31)
    assert explain("RT58", {"claims_extinguished": date(2026, 3, 31)}).last_day_kept == date(2036, 3, 31)


def test_a_specific_date_that_was_set_counts_from_that_day():
    made = explain("RT75", {"project_ended": date(2026, 6, 30), "specific_date": date(2026, 7, 1)})
    assert (made.first_day, made.last_day_kept) == (date(2026, 7, 1), date(2031, 6, 30))


@pytest.mark.parametrize(
    ("kind", "status", "missing"),
    [("RT84", Status.PERMANENT, ()), ("RT85", Status.UNDECIDED, ("period",)), ("RT86", Status.UNDECIDED, ("period",)),
     ("RT47", Status.UNDECIDED, ("governing_kind",)), ("RT90", Status.UNDECIDED, ("period",))],
)  # fmt: skip
def test_kinds_without_a_length_of_the_law(kind, status, missing):
    made = explain(kind, date(2026, 6, 30))
    assert (made.status, made.missing, made.last_day_kept) == (status, missing, None)


def test_the_organisations_own_period_is_taken_where_the_law_names_none():
    made = explain("RT86", date(2026, 6, 30), case=Case(own_value=5))
    assert made.last_day_kept == date(2032, 3, 31)
    assert explain("RT01", date(2026, 3, 31), case=Case(own_value=1)).last_day_kept == date(2036, 3, 31)


def test_an_assumption_makes_it_uncertain():
    told = (Assumption("retention.assumed_year_end", {"year_end": "03-31"}),)
    made = explain("RT60", date(2026, 5, 20), case=Case(year_end=MARCH), assumptions=told)
    assert made.status is Status.DECIDED
    assert not made.certain


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: explain("RT99", date(2026, 1, 1)), "retention.unknown_kind"),
        (lambda: explain("RT01", {"birthday": date(2026, 1, 1)}), "retention.unknown_event"),
        (lambda: explain("RT01", {"meeting_held": date(2026, 1, 1)}), "retention.event_of_another_kind"),
        (lambda: explain("RT01", date(2026, 1, 1), case=Case(answers={"big": True})), "retention.unknown_question"),
        (lambda: explain("RT64", date(9990, 1, 1)), "retention.day_out_of_range"),
        (lambda: explain("RT65", date(9999, 5, 1)), "retention.day_out_of_range"),
        (lambda: explain("RT01", date.max), "retention.day_out_of_range"),
    ],
)
def test_what_cannot_be_counted_is_an_error_of_ours(call, code):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code


def test_the_hash_changes_with_the_rule_and_only_with_it():
    import msgspec

    from sekisho.engines.retention import rule_hash

    kind = retention_rules().kind("RT01")
    longer = msgspec.structs.replace(kind.rule, period=msgspec.structs.replace(kind.rule.period, value=11))
    changed = msgspec.structs.replace(kind, rule=longer)
    assert rule_hash(kind) == rule_hash(kind) != rule_hash(changed)
