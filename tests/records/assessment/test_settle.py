"""What becomes of a judgement: a person's word is never overwritten, staleness shows at once, grace ends in 未測定."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sekisho.records.assessment.rules.evaluate import Evaluation
from sekisho.records.assessment.rules.settle import Standing, settle
from sekisho.records.assessment.rules.verdict import Verdict

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
GRACE = 14 * DAY
T, F, U = Verdict.TRUE, Verdict.FALSE, Verdict.UNDECIDED
FRESH = NOW + DAY


def found(level, support="", basis="measured"):
    """``support`` like "TTU" for 梅竹松; derived from the level when not given."""
    names = {"T": T, "F": F, "U": U}
    given = support or {None: "UUU", 0: "FFF", 1: "TFF", 2: "TTF", 3: "TTT"}[level]
    verdicts = {n: names[c] for n, c in enumerate(given, start=1)}
    return Evaluation(level, basis if level is not None else "", FRESH if level is not None else None, (), verdicts, {})


def standing(state, level, **more):
    given = {
        "proposed_level": level,
        "fresh_until": FRESH,
        "basis": "measured" if level is not None else "",
        "proposed_basis": "measured",
    }
    return Standing(state=state, level=level, **(given | more))


CASES = [
    ("first proposal", standing("unmeasured", None), found(2), ("proposed", 2, "proposed")),
    ("nothing known", standing("unmeasured", None), found(None), ("unmeasured", None, "")),
    ("the same again", standing("proposed", 2), found(2), ("proposed", 2, "")),
    ("better", standing("proposed", 1), found(2), ("proposed", 2, "proposed")),
    ("disproved", standing("proposed", 2), found(1), ("proposed", 1, "worsened")),
    ("disproved to 未実施", standing("proposed", 1), found(0), ("proposed", 0, "worsened")),
    ("only stale", standing("proposed", 2), found(1, "TUU"), ("proposed", 2, "stale")),
    ("wholly stale", standing("proposed", 2), found(None), ("proposed", 2, "stale")),
    ("confirmed and still so", standing("confirmed", 2), found(2), ("confirmed", 2, "")),
    ("confirmed, then better", standing("confirmed", 2), found(3), ("to_review", 2, "improved")),
    ("confirmed, then disproved", standing("confirmed", 2), found(1), ("to_review", 2, "worsened")),
    ("confirmed, then stale", standing("confirmed", 2), found(1, "TUU"), ("confirmed", 2, "stale")),
    ("to review, then right again", standing("to_review", 2, proposed_level=1), found(2), ("confirmed", 2, "")),
    ("overridden, same proposal", standing("overridden", 3, proposed_level=2), found(2), ("overridden", 3, "")),
    ("overridden, new proposal", standing("overridden", 3, proposed_level=2), found(1), ("to_review", 3, "worsened")),
    ("declared, now measured alike", standing("declared", 2, proposed_level=None), found(2), ("declared", 2, "")),
    ("declared, nothing measured", standing("declared", 2, proposed_level=None), found(None), ("declared", 2, "")),
]


@pytest.mark.parametrize(("before", "evaluation", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_transitions(before, evaluation, expected):
    after = settle(before, evaluation, now=NOW, grace=GRACE)
    assert (after.state, after.level, after.what) == expected
    assert after.proposed_level == evaluation.level
    again = settle(after, evaluation, now=NOW, grace=GRACE)
    assert (again.state, again.level) == (after.state, after.level)
    assert again.what in {"", "stale"}


def test_staleness_counts_from_the_end_of_freshness_and_ends_with_the_grace():
    before = standing("confirmed", 2, fresh_until=NOW - 2 * DAY)
    stale = settle(before, found(None), now=NOW, grace=GRACE)
    assert (stale.stale_at, stale.lapses_at, stale.level) == (NOW - 2 * DAY, NOW + 12 * DAY, 2)
    kept = settle(stale, found(None), now=NOW + 11 * DAY, grace=GRACE)
    assert (kept.level, kept.what) == (2, "")
    lapsed = settle(stale, found(1, "TUU"), now=NOW + 12 * DAY, grace=GRACE)
    assert (lapsed.level, lapsed.state, lapsed.what, lapsed.stale_at) == (1, "proposed", "lapsed", None)
    gone = settle(stale, found(None), now=NOW + 12 * DAY, grace=GRACE)
    assert (gone.level, gone.state) == (None, "unmeasured")


def test_fresh_evidence_within_the_grace_lifts_the_mark():
    before = standing("confirmed", 2, stale_at=NOW - DAY, lapses_at=NOW + 5 * DAY)
    after = settle(before, found(2), now=NOW, grace=GRACE)
    assert (after.stale_at, after.lapses_at, after.what) == (None, None, "refreshed")


def test_a_declaration_goes_stale_after_its_time_even_without_a_rule():
    before = standing("declared", 2, proposed_level=None, proposed_basis="", basis="declared", fresh_until=NOW - DAY)
    stale = settle(before, None, now=NOW, grace=GRACE)
    assert (stale.level, stale.what) == (2, "stale")
    lapsed = settle(stale, None, now=NOW + GRACE, grace=GRACE)
    assert (lapsed.level, lapsed.state) == (None, "unmeasured")


def test_a_disproved_confirmation_does_not_stand_for_ever():
    before = standing("confirmed", 2)
    review = settle(before, found(1), now=NOW, grace=GRACE)
    assert (review.state, review.level) == ("to_review", 2)
    later = FRESH + DAY
    stale = settle(review, found(1), now=later, grace=GRACE)
    assert stale.what == "stale"
    lapsed = settle(stale, found(1), now=FRESH + GRACE, grace=GRACE)
    assert (lapsed.level, lapsed.state) == (1, "proposed")


def test_what_was_carried_from_an_old_edition_is_not_confirmed_by_itself():
    before = standing("to_review", 2, proposed_level=None)
    after = settle(before, found(2), now=NOW, grace=GRACE, by_word=True)
    assert after.state == "to_review"
