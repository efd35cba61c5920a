"""Robust statistics: known values, invariances, and no crash whatever comes in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.detection import baselines
from sekisho.engines.detection.baselines import Forecast, Refusal, Usual, mad, score, theil_sen, time_to_limit, usual

COUNTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=60)
ANYTHING = st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), max_size=40)


def test_the_public_names_are_there():
    assert {"Baseline", "OfficeCalendar", "score", "usual", "time_to_limit", "normal", "comparable"} <= set(baselines.__all__)
    assert len(baselines.__all__) == len(set(baselines.__all__))
    assert all(hasattr(baselines, name) for name in baselines.__all__)


@pytest.mark.parametrize(
    ("samples", "median", "low", "high"),
    [
        pytest.param([12, 18, 20, 25, 30], 20, 12, 30, id="five"),
        pytest.param([7, 7, 7, 7], 7, 7, 7, id="all equal"),
        pytest.param([5], 5, 5, 5, id="one point"),
        pytest.param([0] * 19 + [1000], 0, 0, 0, id="one wild figure moves nothing"),
        pytest.param([1, float("nan"), 3], 2, 1, 3, id="what is no number is left out"),
    ],
)
def test_what_is_usual_is_named_in_observed_figures(samples, median, low, high):
    seen = usual(samples)
    assert (seen.median, seen.low, seen.high) == (median, low, high)
    assert seen.scale >= 1


def test_nothing_is_usual_without_a_number():
    assert usual([]) is None
    assert usual([float("nan"), float("inf")]) is None


def test_a_poisson_count_seldom_scores_six():
    chance = np.random.default_rng(1)
    for mean in (0.2, 3, 40, 5000):
        seen = usual(chance.poisson(mean, 400))
        assert max(abs(score(x, seen)) for x in chance.poisson(mean, 2000)) < 6


@given(COUNTS, st.integers(0, 10_000))
def test_the_order_of_the_history_does_not_matter(samples, value):
    assert score(value, usual(samples)) == score(value, usual(samples[::-1]))


@given(COUNTS, st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_greater_figure_never_scores_less(samples, one, other):
    seen = usual(samples)
    assert score(max(one, other), seen) >= score(min(one, other), seen)


@settings(max_examples=200)
@given(ANYTHING, ANYTHING)
def test_hostile_figures_never_crash(xs, ys):
    with np.errstate(all="ignore"):
        usual(xs)
        mad(xs)
        n = min(len(xs), len(ys))
        theil_sen(xs[:n], ys[:n])
        time_to_limit(range(n), ys[:n], limit=10, minimum=3)
    assert score(float("nan"), Usual(4, 1, 1, 1, 1)) == 0


@given(st.floats(-50, 50), st.floats(-1000, 1000), st.integers(3, 40))
def test_a_straight_line_is_found_exactly(slope, start, n):
    line = theil_sen(range(n), [start + slope * x for x in range(n)])
    assert line.slope == pytest.approx(slope, abs=1e-6)
    assert line.level == pytest.approx(start + slope * (n - 1), abs=1e-6)
    assert line.low - 1e-9 <= line.slope <= line.high + 1e-9


def test_a_third_of_wild_points_does_not_turn_the_line():
    y = [float(x) for x in range(30)]
    y[::4] = [500.0] * len(y[::4])
    assert theil_sen(range(30), y).slope == pytest.approx(1, abs=0.3)


def test_many_points_are_thinned_out_evenly():
    line = theil_sen(range(5000), [2.0 * x for x in range(5000)])
    assert (line.points, line.slope) == (baselines.statistics.MAX_POINTS, 2.0)


FORECASTS = {
    "growing": ([60 + 0.8 * d for d in range(20)], "up", 95, (20, 30)),
    "shrinking": ([60 - 1.0 * d for d in range(30)], "down", 10, (18, 24)),
    "reached already": ([96 + d for d in range(20)], "up", 95, (0, 0)),
}


@pytest.mark.parametrize("case", FORECASTS)
def test_the_day_of_the_limit_is_told_with_its_doubt(case):
    values, direction, limit, (low, high) = FORECASTS[case]
    found = time_to_limit(range(len(values)), values, limit=limit, direction=direction)
    assert isinstance(found, Forecast)
    assert low <= found.likely <= high
    assert found.earliest <= found.likely <= found.latest


def test_more_noise_means_a_wider_interval():
    chance = np.random.default_rng(3)
    quiet, loud = (
        time_to_limit(range(60), [40 + 0.5 * d + chance.normal(0, noise) for d in range(60)], limit=95) for noise in (0.2, 4)
    )
    assert loud.latest - loud.earliest > quiet.latest - quiet.earliest


REFUSALS = {
    "few points": ([60, 61, 62], "few_points"),
    "one day many times": ([60] * 3, "few_points"),
    "flat": ([50.0] * 30, "no_clear_direction"),
    "only noise": ([50 + (-1) ** d * 3 for d in range(30)], "no_clear_direction"),
    "the other way": ([60 - d for d in range(30)], "moving_away"),
    "no number at all": ([float("nan")] * 30, "few_points"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_without_a_clear_trend_there_is_no_forecast(case):
    values, why = REFUSALS[case]
    found = time_to_limit(range(len(values)), values, limit=95)
    assert isinstance(found, Refusal)
    assert found.why == why
