"""The time between notice and bids: the law's minimum is kept, what decides and is not known is asked for, reasons are recorded."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from tests.records.factories import NOW
from tests.records.procurement.bidding import PUBLISHED, World, dates, world

from sekisho.errors import InputError
from sekisho.records.ledger.models import Entry
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import Case, Notice
from sekisho.records.procurement.queries import notice_period
from sekisho.records.procurement.rules.editing import present_wording
from sekisho.records.procurement.rules.notice_period import PeriodAnswers, Terms, check_period, questions_of
from sekisho.standards.procurement_calendar import procurement_calendar

NATIONAL = Terms(body="national", method="open", kind="services", treaty="no")
COVERED = Terms(body="national", method="open", kind="services", treaty="yes")
OPEN = Terms(body="national", method="open", kind="services")
DAY = date(2026, 12, 1)


def check(terms: Terms, days: int, **given: Any) -> Any:
    """The check of a last day for bids so many days after the notice."""
    answers = PeriodAnswers(**given)
    return check_period(terms, answers, published_on=DAY, day=DAY + timedelta(days=days), rules=procurement_calendar())


def refused(terms: Terms, days: int, **given: Any) -> tuple[str, list[str]]:
    """The code of the refusal, and where its problems stand."""
    with pytest.raises(InputError) as error:
        check(terms, days, **given)
    return error.value.code.partition(".")[2], [str(problem.column) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("terms", "given", "clear"),
    {
        "a national body, by the order": (NATIONAL, {}, 10),
        "urgent, by its proviso": (NATIONAL, {"urgent_reason": "災害の復旧"}, 5),
        "covered by the agreement": (COVERED, {}, 40),
        "covered and electronic in all": (COVERED, {"grounds": ("e_gazette", "e_documents", "e_bidding")}, 25),
        "covered and urgent": (COVERED, {"urgent_reason": "災害の復旧"}, 10),
        "covered, told beforehand": (COVERED, {"prior_notice": True}, 10),
        "a renewed notice": (NATIONAL, {"renotice": True}, 5),
        "by the amount": (OPEN, {"amount_yen": 20_000_000}, 40),
        "below the amount": (OPEN, {"amount_yen": 19_999_999}, 10),
    }.values(),
)
def test_the_minimum_of_the_law_is_kept_to_the_day(terms: Terms, given: dict[str, Any], clear: int) -> None:
    assert check(terms, clear + 1, **given).outcome == "enough"
    code, columns = refused(terms, clear, **given)
    assert code == "period_refused"
    assert columns[0] == "proposals_until"


def test_who_is_refused_is_told_what_urgency_would_allow() -> None:
    assert refused(NATIONAL, 6) == ("period_refused", ["proposals_until", "period.urgent_reason"])
    assert refused(NATIONAL, 5, urgent_reason="災害の復旧") == ("period_refused", ["proposals_until"])
    found = check(NATIONAL, 6, urgent_reason="災害の復旧")
    assert (found.outcome, found.urgent, found.length.days) == ("enough", True, 5)
    assert not check(NATIONAL, 11, urgent_reason="災害の復旧").urgent  # it was not needed


def test_a_reason_of_another_kind_does_not_shorten_what_the_law_demands() -> None:
    assert refused(NATIONAL, 6, reason="急ぐため")[0] == "period_refused"
    assert refused(NATIONAL, 6, urgent_reason="   ")[0] == "period_refused"


def test_own_days_below_the_law_do_not_count() -> None:
    own = Terms(body="national", method="open", kind="services", treaty="no", lengths={"notice_period": 3})
    assert refused(own, 6)[0] == "period_refused"
    longer = Terms(body="national", method="open", kind="services", treaty="no", lengths={"notice_period": 30})
    assert check(longer, 31).outcome == "enough"


def test_what_other_rules_say_may_be_shortened_with_a_reason() -> None:
    agency = Terms(body="iaa", method="open", kind="services", treaty="yes")
    assert refused(agency, 40) == ("period_reason", ["period.reason"])
    assert check(agency, 40, reason="機関の規程第12条").outcome == "warned"
    assert check(agency, 41).outcome == "enough"


def test_what_is_only_proposed_is_said_and_prevents_nothing() -> None:
    found = check(Terms(body="municipality", municipality="town", kind="services"), 7)
    assert (found.outcome, found.length.days, found.length.source.verified) == ("warned", 10, "proposal")


@pytest.mark.parametrize(
    ("terms", "days", "columns"),
    {
        "whether it is covered": (OPEN, 20, ["period.treaty"]),
        "open or selective": (Terms(body="national", kind="services", treaty="no"), 8, ["period.method"]),
        "which municipality": (
            Terms(body="municipality", method="open", kind="services"),
            20,
            ["period.municipality", "period.treaty"],
        ),
    }.values(),
)
def test_a_fact_that_decides_is_asked_for_and_never_guessed(terms: Terms, days: int, columns: list[str]) -> None:
    assert refused(terms, days) == ("period_facts", columns)


def test_a_fact_that_makes_no_difference_is_not_asked_for() -> None:
    unknown = Terms(body="municipality", kind="services")
    assert check(unknown, 41).outcome == "enough"
    assert check(unknown, 20, municipality="town").outcome == "enough"
    prefecture = Terms(body="prefecture", kind="services")
    assert refused(prefecture, 20) == ("period_facts", ["period.treaty"])
    assert check(prefecture, 20, treaty="no").outcome == "enough"


@pytest.mark.parametrize("body", sorted({row.id for row in procurement_calendar().bodies}))
@pytest.mark.parametrize("method", ["", "open", "selective", "proposal", "negotiated"])
def test_every_kind_of_body_and_method_is_decided_or_asked_for(body: str, method: str) -> None:
    outcomes = {_outcome(Terms(body=body, method=method), days) for days in (1, 6, 11, 14, 26, 41, 51)}
    assert outcomes <= {"enough", "warned", "period_facts", "period_refused", "period_reason"}
    assert _outcome(Terms(body=body, method=method), 60) == "enough"


def _outcome(terms: Terms, days: int) -> str:
    try:
        return str(check(terms, days).outcome)
    except InputError as error:
        return error.code.partition(".")[2]


def test_a_page_offers_what_may_decide_for_the_body() -> None:
    rules = procurement_calendar()
    assert questions_of(Terms(body="company"), rules) == {"method"}
    assert questions_of(Terms(body="municipality", method="open"), rules) == {"municipality", "treaty", "amount_yen", "method"}
    assert "grounds" in questions_of(Terms(body="national"), rules)
    assert "method" not in questions_of(Terms(body="national", method="proposal"), rules)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(body="nothing"), "schedule.unknown_body"),
        (Terms(body="municipality", municipality="village"), "schedule.unknown_municipality"),
        (Terms(body="company", treaty="yes"), "schedule.treaty_not_for_body"),
    ],
)
def test_facts_that_cannot_be_are_refused(terms: Terms, code: str) -> None:
    with pytest.raises(InputError) as error:
        check(terms, 20)
    assert error.value.code == code


# ---------------------------------------------------------------------------------------------------------- with a case


@pytest.fixture
def made(db, home) -> World:
    """A case whose way of competing and amount nobody has said."""
    return world("design-study")


def soon(days: int) -> dict[str, Any]:
    """The days of a notice whose bids are due so many days after it."""
    moment = datetime.combine(PUBLISHED + timedelta(days=days), NOW.timetz())
    return dates(questions_until=None, proposals_until=moment, opening_at=moment + timedelta(hours=1))


def test_a_notice_without_a_calendar_is_checked_with_what_the_answers_say(made: World) -> None:
    terms = notice_period.terms_of(made.case)
    assert terms.body
    assert terms.treaty == ""
    with pytest.raises(InputError) as error:
        actions.preview_notice(made.owner, made.case, now=NOW, **soon(3))
    assert error.value.code.startswith("procurement_notice.period_")
    assert not Notice.objects.exists()


def test_the_saved_calendar_says_what_the_answers_do_not(made: World) -> None:
    body = notice_period.terms_of(made.case).body
    schedule = {
        "body": body,
        "method": "selective",
        "kind": "services",
        "amount_yen": 500_000_000,
        "wished_start": "2020-04-01",
        "build_days": 100,
        "treaty": "no",
        "lengths": {"notice_period": 15},
    }
    Case.objects.filter(pk=made.case.pk).update(schedule=schedule)
    terms = notice_period.terms_of(made.fresh())
    assert (terms.treaty, terms.amount_yen, dict(terms.lengths)) == ("no", 500_000_000, {"notice_period": 15})


def test_how_the_time_was_checked_is_kept_and_on_the_ledger_but_not_published(made: World) -> None:
    said = PeriodAnswers(amount_yen=1_234_567)
    row = actions.publish_notice(made.owner, made.case, period=said, now=NOW, **soon(51))
    assert row.period["outcome"] == "enough"
    assert row.period["terms"]["amount_yen"] is None
    body = json.loads(Entry.objects.get(action="procurement.publish").body)
    assert body["facts"]["period"]["outcome"] == "enough"
    assert "period" not in row.frozen
    assert "1234567" not in json.dumps([row.period, row.frozen, body])


def test_a_correction_may_not_take_the_time_away_again(made: World) -> None:
    actions.publish_notice(made.owner, made.case, now=NOW, **soon(51))
    case = made.fresh()
    with pytest.raises(InputError) as error:
        actions.correct_notice(made.owner, case, reason="早める", now=NOW, **soon(2))
    assert error.value.code.startswith("procurement_notice.period_")
    assert Notice.objects.count() == 1
    later = actions.correct_notice(made.owner, case, reason="延ばす", now=NOW, **soon(55))
    assert later.period == Notice.objects.get(number=1).period


def _form(days: int) -> dict[str, Any]:
    moment = PUBLISHED + timedelta(days=days)
    return {
        "published_on": PUBLISHED.isoformat(),
        "questions_until": "",
        "proposals_until": moment.strftime("%Y-%m-%dT17:00"),
        "opening_at": moment.strftime("%Y-%m-%dT18:00"),
        "urgent_reason": "",
        "period_reason": "",
        "do": "preview",
    }


def test_the_page_asks_beside_the_field_and_says_what_was_checked(made: World) -> None:
    client, url = made.client("owner"), made.url("notice_publish")
    assert "公告の期間を確かめるための事がら" in client.get(url).content.decode()
    assert client.post(url, _form(3)).status_code == 422
    enough = client.post(url, _form(60))
    assert enough.status_code == 200
    assert "公告の期間は足りています" in enough.content.decode()


def test_a_correction_words_as_many_clauses_as_are_wanted_without_script(made: World) -> None:
    actions.publish_notice(made.owner, made.case, now=NOW, **soon(51))
    client, url = made.client("owner"), made.url("notice_correct")
    first = client.get(url).content.decode()
    assert 'name="clause0"' in first
    assert 'name="clause1"' not in first
    derivation = queries.derivation_of(made.fresh())
    names = [clause.id for clause in derivation.included][:5]
    typed: dict[str, Any] = {**_form(60), "reason": "書き間違いを直す"}
    for number, name in enumerate(names):
        typed |= {f"clause{number}": name, f"text{number}": ""}
        more = client.post(url, {**typed, "do": "more"}).content.decode()
        assert f'name="clause{number + 1}"' in more
        assert "書き間違いを直す" in more
        words = present_wording(queries.rules_of(made.case), derivation, name)
        assert words.splitlines()[0] in unescape(more)  # the present text is filled in, with its places
        typed[f"text{number}"] = f"受注者は、{name}の件を守ること。"
    places = {place.key: place.value or "" for clause in derivation.included for place in clause.places}
    typed |= {f"place{number}": value for number, value in enumerate(places.values())}
    twice = client.post(url, {**typed, "clause1": names[0]})
    assert twice.status_code == 422
    assert "上でもう選んでいます" in twice.content.decode()
    preview = client.post(url, typed)
    assert preview.status_code == 200
    assert all(f"{name}の件を守ること" in preview.content.decode() for name in names)
