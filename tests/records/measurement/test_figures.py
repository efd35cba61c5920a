"""Figures: what they count, and that 未測定 never becomes a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.records.measurement.rules.figures import (
    ActionFact,
    DutyFact,
    EvidenceFact,
    Facts,
    FindingFact,
    JudgementFact,
    MeasureFact,
    compute,
)
from sekisho.records.measurement.rules.wording import change_text, figure_text, trend
from sekisho.standards.indicators import computed_indicators

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
INDICATORS = computed_indicators()


def facts(**parts) -> Facts:
    return Facts(now=NOW, period_start=NOW - 50 * DAY, period_end=NOW + 40 * DAY, **parts)


def value(key: str, **parts):
    return compute(INDICATORS[key], facts(**parts))


def judgement(level=None, basis="measured", **fields) -> JudgementFact:
    fields.setdefault("id", f"j{level}{basis}")
    return JudgementFact(catalog="annex_a_2022", level=level, basis=basis, **fields)


PAIRS = [judgement(3), judgement(1, "documented"), judgement(0, "declared"), judgement(None)]


@pytest.mark.parametrize(
    ("key", "expected", "numerator", "denominator"),
    [
        ("judged_share", 0.75, 3, 4),
        ("ume_share", 0.5, 2, 4),
        ("take_share", 0.25, 1, 4),
        ("measured_share", 1 / 3, 1, 3),
    ],
)
def test_shares_count_what_was_not_measured_as_not_met(key, expected, numerator, denominator):
    figure = value(key, judgements=PAIRS)
    assert figure.value == pytest.approx(expected)
    assert (figure.numerator, figure.denominator) == (numerator, denominator)
    assert (figure.measured, figure.documented, figure.declared, figure.unmeasured) == (1, 1, 1, 1)


def test_a_figure_names_the_judgements_and_the_evidence_it_was_made_of():
    figure = value(
        "ume_share", judgements=[judgement(2, id="a", evidence_ids=("e", "f")), judgement(0, id="b", evidence_ids=("g",))]
    )
    assert figure.inputs == {"judgements": ["a"], "evidence": ["e", "f"]}


def test_below_target_counts_only_pairs_that_have_one():
    assert value("below_target", judgements=PAIRS).value is None
    figure = value("below_target", judgements=[*PAIRS, judgement(1, target=2), judgement(None, target=1), judgement(3, target=3)])
    assert figure.value == 2


def test_stale_judgements_are_counted():
    assert value("stale_judgements", judgements=[judgement(2, stale=True), judgement(2)]).value == 1


def finding(**fields) -> FindingFact:
    given_ = {"id": "f", "engine": "baseline", "severity": "high", "consideration": "", "first_seen_at": NOW - 10 * DAY}
    return FindingFact(**{**given_, **fields})


def test_no_findings_is_zero_only_where_somebody_looked():
    assert value("configuration_deviations").value is None
    assert value("configuration_deviations", engines_seen=frozenset({"sbom"})).value is None
    assert value("configuration_deviations", engines_seen=frozenset({"baseline"})).value == 0
    assert value("severe_findings").value is None
    assert value("severe_findings", engines_seen=frozenset({"sbom"}), findings=[finding(), finding(severity="low")]).value == 1


def test_days_to_close_is_the_median_of_the_period():
    rows = [finding(closed_at=NOW - 8 * DAY), finding(closed_at=NOW), finding(closed_at=NOW - 60 * DAY), finding()]
    seen = frozenset({"baseline"})
    assert value("days_to_close", findings=rows, engines_seen=seen).value == 6
    assert value("days_to_close", findings=[finding()], engines_seen=seen).value is None


def measure(number, *, key="sbom.security_updates.pending", status="measured", subject="s", **fields) -> MeasureFact:
    return MeasureFact(
        subject_id=subject, key=key, dimensions={}, status=status, value=number, evidence_id=f"e-{subject}", **fields
    )


def test_sums_leave_out_what_could_not_be_measured():
    figure = value(
        "security_updates_pending", measures=[measure(3), measure(None, status="error", subject="t"), measure(4, subject="u")]
    )
    assert (figure.value, figure.measured, figure.unmeasured) == (7, 2, 1)
    assert figure.inputs["evidence"] == ["e-s", "e-u"]
    assert value("security_updates_pending", measures=[measure(None, status="error")]).value is None


def test_ratios_add_numerators_and_denominators():
    rows = [
        measure(0.5, key="baseline.pass_rate", numerator=1, denominator=2),
        measure(1.0, key="baseline.pass_rate", numerator=8, denominator=8),
    ]
    assert value("baseline_pass_rate", measures=rows).value == 0.9


def test_share_of_subjects_is_over_the_registered_ones():
    seen = [measure(400, key="sbom.components", subject="a"), measure(1, key="sbom.components", subject="system")]
    figure = value("sbom_share", measures=seen, subjects={"a": "host", "b": "host", "system": "information_system"})
    assert (figure.value, figure.numerator, figure.denominator, figure.unmeasured) == (0.5, 1, 2, 1)
    assert value("sbom_share").value is None


def test_duties_actions_and_evidence():
    duties = [
        DutyFact("late", NOW - DAY, None),
        DutyFact("kept", NOW - 2 * DAY, NOW - 3 * DAY),
        DutyFact("after", NOW - 2 * DAY, NOW - DAY),
        DutyFact("coming", NOW + DAY, None),
    ]
    assert value("overdue_duties", duties=duties).value == 1
    assert value("duties_in_time", duties=duties).value == pytest.approx(1 / 3)
    assert value("duties_in_time").value is None
    assert value("overdue_actions", actions=[ActionFact("a", overdue=True), ActionFact("b", overdue=False)]).value == 1
    assert value("stale_evidence", stale_evidence=[EvidenceFact("e")]).inputs == {"evidence": ["e"]}


LEVELS = st.one_of(st.none(), st.integers(0, 3))
JUDGEMENTS = st.lists(
    st.builds(
        JudgementFact,
        id=st.uuids().map(str),
        catalog=st.sampled_from(["annex_a_2022", "other"]),
        level=LEVELS,
        basis=st.sampled_from(["measured", "documented", "declared"]),
        target=LEVELS,
    ),
    max_size=30,
)


@given(JUDGEMENTS)
def test_every_pair_is_measured_documented_declared_or_unmeasured(rows):
    for key in ("judged_share", "ume_share", "take_share"):
        figure = value(key, judgements=rows)
        assert figure.measured + figure.documented + figure.declared + figure.unmeasured == len(rows)
        assert (figure.value is None) == (not rows)
        assert figure.value is None or 0 <= figure.value <= 1


@given(st.lists(st.sampled_from(["error", "not_applicable", "no_permission"]), max_size=8))
def test_what_was_not_measured_never_becomes_zero(statuses):
    for indicator in INDICATORS.values():
        if indicator.source.kind in {"measures", "subjects"}:
            key = indicator.source.key or indicator.source.with_measure
            rows = [
                MeasureFact(subject_id=str(n), key=key, dimensions=indicator.source.dimensions, status=status, value=None)
                for n, status in enumerate(statuses)
            ]
            assert compute(indicator, facts(measures=rows)).value is None


@pytest.mark.parametrize(
    ("number", "ratio", "unit", "expected"),
    [
        (None, False, "件", ""),
        (0, False, "件", "0件"),
        (12, False, "日", "12日"),
        (2.5, False, "days", "2.5 days"),
        (0.986, True, "%", "98.6%"),
        (1592, False, "件", "1,592件"),
    ],
)
def test_figures_as_text(number, ratio, unit, expected):
    assert figure_text(number, ratio=ratio, unit=unit) == expected


def test_changes_and_trends_as_text():
    assert change_text(12, 19, ratio=False) == "▼7"
    assert change_text(0.74, 0.62, ratio=True) == "▲12"
    assert change_text(3, 3, ratio=False) == "±0"
    assert change_text(None, 3, ratio=False) == ""
    assert trend(12, 19, "lower") is True
    assert trend(12, 19, "higher") is False
    assert trend(12, 12, "lower") is None
    assert trend(12, None, "lower") is None
    assert trend(12, 19, "context") is None
