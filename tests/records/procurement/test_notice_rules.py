"""Pure decisions from the notice to the award: steps, dates, names, the estimated price, scores."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.records.factories import NOW, TODAY

from sekisho.errors import Conflict, InputError
from sekisho.records.procurement.rules.estimate import holds_estimate
from sekisho.records.procurement.rules.notice import (
    STEPS,
    Dates,
    Stage,
    bidder_values,
    bidder_warnings,
    canonical_hash,
    check_dates,
    checked_words,
    frozen_dates,
    names_in,
    require_stage,
    stage_of,
)
from sekisho.records.procurement.rules.scoring import Given, Wanted, checked_score, compare_scores, missing_scores

STAGES = get_args(Stage)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("step", sorted(STEPS))
def test_a_step_is_taken_in_its_stages_only(step: str, stage: Stage) -> None:
    if stage in STEPS[step]:
        require_stage(step, stage)
    else:
        with pytest.raises(Conflict) as caught:
            require_stage(step, stage)
        assert caught.value.code == "procurement_notice.not_now"
        assert caught.value.fields == {"step": step, "stage": stage}


@pytest.mark.parametrize(
    ("state", "closed", "awarded", "stage"),
    [
        ("preparing", False, False, "preparing"),
        ("noticed", False, False, "noticed"),
        ("opened", False, False, "opened"),
        ("opened", True, False, "closed"),
        ("opened", True, True, "awarded"),
        ("contracted", True, True, "contracted"),
        ("operating", True, True, "contracted"),
        ("retired", True, True, "over"),
        ("cancelled", False, False, "over"),
    ],
)
def test_stages_follow_the_state(state: str, closed: bool, awarded: bool, stage: str) -> None:
    assert stage_of(state, closed=closed, awarded=awarded) == stage


def test_nothing_can_be_done_with_a_case_that_is_over() -> None:
    assert not any("over" in stages or "contracted" in stages for stages in STEPS.values())


GOOD: dict[str, Any] = {
    "published_on": TODAY,
    "questions_until": TODAY + timedelta(days=10),
    "proposals_until": NOW + timedelta(days=20),
    "opening_at": NOW + timedelta(days=21),
}


@pytest.mark.parametrize(
    ("changes", "award", "faults"),
    [
        ({}, "overall", set()),
        ({"questions_until": None}, "lowest", set()),
        ({"proposals_until": None, "opening_at": None}, "negotiated", set()),
        ({"proposals_until": None, "opening_at": None}, "lowest", {"missing"}),
        ({"published_on": TODAY + timedelta(days=1)}, "lowest", {"published"}),
        ({"published_on": date(1999, 12, 31)}, "lowest", {"published"}),
        ({"questions_until": TODAY - timedelta(days=1)}, "lowest", {"questions"}),
        ({"questions_until": TODAY + timedelta(days=30)}, "lowest", {"questions_late"}),
        ({"proposals_until": NOW}, "lowest", {"past", "questions_late"}),
        ({"opening_at": NOW - timedelta(days=1)}, "lowest", {"past", "opening"}),
        ({"opening_at": NOW + timedelta(days=19)}, "lowest", {"opening"}),
        ({"opening_at": NOW + timedelta(days=5000)}, "lowest", {"far"}),
    ],
)
def test_every_fault_of_the_dates_is_named(changes: dict[str, Any], award: str, faults: set[str]) -> None:
    dates = Dates(**{**GOOD, **changes})
    if not faults:
        check_dates(dates, award=award, now=NOW, today=TODAY)
        return
    with pytest.raises(InputError) as caught:
        check_dates(dates, award=award, now=NOW, today=TODAY)
    assert {p.code.removeprefix("procurement_notice.date_") for p in caught.value.problems} == faults


def test_frozen_moments_do_not_depend_on_the_offset_they_were_given_in() -> None:
    from zoneinfo import ZoneInfo

    tokyo = {**GOOD, "opening_at": GOOD["opening_at"].astimezone(ZoneInfo("Asia/Tokyo"))}
    assert frozen_dates(Dates(**GOOD)) == frozen_dates(Dates(**tokyo))


@pytest.mark.parametrize(
    "text",
    [
        "予定価格は12,000,000円です",
        "予定価格：１２００万円",
        "予定価格　一千二百万円",
        "予定価格（税込）は金 3億円",
        "積算額 5,400,000",
        "設計金額は¥5400000",
        "最低制限価格=800万",
        "調査基準価格は 7,000,000円 とする",
        "The estimated price is JPY 12,000,000.",
        "estimated price: 12,000,000",
    ],
)
def test_the_estimated_price_is_found(text: str) -> None:
    assert holds_estimate(text)
    with pytest.raises(InputError, match="estimate_price"):
        checked_words(text, name="note", limit=1000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "予定価格は公表しますか。",
        "予定価格の作り方は規則第3条による。",
        "利用者は300人、保存は5年とする",
        "保守費用は年額100万円以内",
        "予定価格は秘密である。\n2026年12月10日までに質問すること",
    ],
)
def test_other_figures_are_let_through(text: str) -> None:
    assert not holds_estimate(text)


BIDDERS = [("株式会社みなもソフト", "7000012050002"), ("やまなみ情報 合同会社", ""), ("(株)A", "8000012010038")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("みなもソフトの製品は使えますか", ["株式会社みなもソフト"]),
        ("ミナモソフトの製品", []),
        ("当社（やまなみ　情報）では", ["やまなみ情報 合同会社"]),
        ("法人番号7000012050002の者です", ["株式会社みなもソフト"]),
        ("８００００１２０１００３８", ["(株)A"]),
        ("Aの列について", []),  # one letter is no name
        ("株式会社とは何ですか", []),
        ("", []),
    ],
)
def test_names_are_found_with_and_without_their_legal_form(text: str, names: list[str]) -> None:
    assert names_in(text, BIDDERS) == names


@given(st.text(max_size=200), st.text(min_size=1, max_size=40))
def test_reading_of_any_text_ends_well(text: str, name: str) -> None:
    names_in(text, [(name, "")])
    holds_estimate(text)


@given(st.text(alphabet="みなも情報システム", min_size=2, max_size=12), st.text(max_size=30), st.text(max_size=30))
def test_a_name_inside_a_text_is_always_found(name: str, before: str, after: str) -> None:
    assert names_in(f"{before}\n{name}\n{after}", [(name, "")]) == [name]


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("7000012050002", "7000012050002"),
        ("７０００-０１２０-５０００２", "7000012050002"),
        ("", ""),
        ("7000012050003", None),
        ("123", None),
        ("7" * 13, None),
    ],
)
def test_corporate_numbers_are_checked(number: str, outcome: str | None) -> None:
    given_ = {"name": "x", "corporate_number": number, "contact": "", "note": ""}
    if outcome is None:
        with pytest.raises(InputError, match="corporate_number"):
            bidder_values(**given_)
    else:
        assert bidder_values(**given_)["corporate_number"] == outcome


def test_who_helped_with_the_drafting_and_the_same_company_twice_are_said() -> None:
    found = bidder_warnings(
        helped_drafting=True, corporate_number="", name="みなも(株)", others=[("株式会社みなも", ""), ("別の会社", "")]
    )
    assert [one.code.partition(".")[2] for one in found] == ["helped_drafting", "no_corporate_number", "same_company"]
    assert found[2].fields == {"name": "株式会社みなも"}


@pytest.mark.parametrize(("value", "fine"), [({"a": [1, 2.5, None, "あ"]}, True), ({"a": 2**60}, False), ("\ud800", False)])
def test_what_has_no_canonical_form_is_refused(value: Any, fine: bool) -> None:
    if fine:
        assert len(canonical_hash(value)) == 64
    else:
        with pytest.raises(InputError, match="not_canonical"):
            canonical_hash(value)


MANDATORY = Wanted("m", "必須", "", "mandatory", 0)
ADDED = Wanted("a", "加点", "", "additional", 10)


@pytest.mark.parametrize(
    ("wanted", "award", "met", "points", "code"),
    [
        (MANDATORY, "lowest", True, None, ""),
        (MANDATORY, "overall", False, None, ""),
        (MANDATORY, "overall", None, None, "score_met_missing"),
        (MANDATORY, "overall", True, "1", "score_no_points"),
        (ADDED, "overall", None, "0", ""),
        (ADDED, "overall", None, "10", ""),
        (ADDED, "overall", None, "7.25", ""),
        (ADDED, "overall", None, "10.01", "score_range"),
        (ADDED, "overall", None, "-1", "score_range"),
        (ADDED, "overall", None, "NaN", "score_range"),
        (ADDED, "overall", None, "Infinity", "score_range"),
        (ADDED, "overall", None, "1.005", "score_decimals"),
        (ADDED, "overall", True, "1", "score_points_missing"),
        (ADDED, "overall", None, None, "score_points_missing"),
        (ADDED, "lowest", None, "5", "score_not_overall"),
        (ADDED, "proposal", None, "5", "score_not_overall"),
    ],
)
def test_points_exist_only_under_overall_evaluation(wanted: Wanted, award: str, met: Any, points: str | None, code: str) -> None:
    figure = None if points is None else Decimal(points)
    if code:
        with pytest.raises(InputError) as caught:
            checked_score(wanted, award=award, met=met, points=figure)
        assert caught.value.code == f"procurement_notice.{code}"
    else:
        assert checked_score(wanted, award=award, met=met, points=figure) == (met, figure)


def score(bidder: str, who: str, met: bool | None = None, points: str | None = None) -> Given:
    criterion = "m" if points is None else "a"
    return Given(bidder, criterion, who, met, None if points is None else Decimal(points))


def test_means_sums_ranks_and_failures() -> None:
    rows = [
        score("x", "p", met=True),
        score("x", "q", met=True),
        score("x", "p", points="8"),
        score("x", "q", points="7"),
        score("y", "p", met=True),
        score("y", "q", met=False),
        score("y", "p", points="10"),
        score("y", "q", points="10"),
        score("z", "p", met=True),
        score("z", "q", met=True),
        score("z", "p", points="7.5"),
        score("z", "q", points="7.5"),
        score("x", "late", met=False),  # scored only a part: does not count
    ]
    made = compare_scores((MANDATORY, ADDED), ("x", "y", "z"), rows)
    x, y, z = made.standings
    assert made.counted == ("p", "q")
    assert made.left_out == ("late",)
    assert (x.points, x.rank, x.passed) == (Decimal("7.50"), 1, True)
    assert (z.points, z.rank) == (Decimal("7.50"), 1)
    assert (y.passed, y.rank, y.failed, y.split) == (False, None, ("m",), ("m",))


def test_nobody_passes_before_somebody_scored() -> None:
    made = compare_scores((MANDATORY,), ("x",), [])
    assert not made.standings[0].passed
    assert made.standings[0].points is None


@given(
    st.lists(
        st.tuples(st.sampled_from("xyz"), st.sampled_from("pqr"), st.decimals(0, 10, places=2, allow_nan=False)), max_size=30
    )
)
def test_a_sum_lies_between_the_lowest_and_the_highest_score(rows: list[tuple[str, str, Decimal]]) -> None:
    given_ = list({(b, w): Given(b, "a", w, None, p) for b, w, p in rows}.values())
    made = compare_scores((ADDED,), ("x", "y", "z"), given_)
    for one in made.standings:
        own = [g.points for g in given_ if g.bidder == one.bidder and g.evaluator in made.counted and g.points is not None]
        if own:
            assert one.points is not None
            assert min(own) - Decimal("0.01") <= one.points <= max(own) + Decimal("0.01")
    assert missing_scores((ADDED,), ("x", "y", "z"), made.counted, given_) == {}
