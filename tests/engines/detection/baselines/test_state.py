"""The history: learned day by day, nothing counted twice, kept in one file, bounded."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.detection.baselines import Baseline, Rows, Tally, comparable, expected, japanese_calendar, normal
from sekisho.errors import InputError

DEFINITIONS = {"r": "d1"}


def tally(events, *, days=None, maximum=100):
    """Events as (entity, day, hour, value or None)."""
    made = Tally(max_entities=maximum)
    names = sorted({e for e, *_ in events})
    if events:
        n = len(events)
        made.add("r", Rows(
            names, np.array([names.index(e) for e, *_ in events]), np.array([d for _, d, *_ in events], dtype=np.int32),
            np.array([h for _, _, h, _ in events], dtype=np.int8), np.arange(n) + 1, np.zeros(n, dtype=np.int32), np.arange(n),
            np.array([np.nan if v is None else v for *_, v in events]),
        ))  # fmt: skip
    made.cover("r", sorted({d for _, d, *_ in events}) if days is None else days)
    return made


def learned(*parts, **kwargs):
    made = Baseline(**kwargs)
    for part in parts:
        days = part.covered["r"]
        made.begin(DEFINITIONS, range(min(days), max(days) + 1))
        made.absorb(part)
    return made


def counts(baseline, entity="a", before=10_000):
    history = baseline.history("r", entity, before=before)
    return dict(zip(history.days.tolist(), history.counts[:, 9].tolist(), strict=True))


def test_hours_without_events_on_covered_days_are_zero():
    made = learned(tally([("a", 100, 9, None)] * 3 + [("b", 101, 9, None)], days=[100, 101, 102]))
    assert counts(made) == {100: 3, 101: 0, 102: 0}
    assert made.entities("r") == ("a", "b")


def test_a_day_that_is_learned_again_does_not_count_double():
    part = [("a", 100, 9, None)] * 3
    made = learned(tally(part), tally(part), tally([("a", 101, 9, None)]), tally(part))
    assert counts(made) == {100: 3, 101: 1}


def test_figures_that_arrive_in_pieces_are_added():
    made = Baseline()
    made.begin(DEFINITIONS, range(100, 102))
    for _ in range(3):
        made.absorb(tally([("a", 100, 9, 5.0), ("a", 101, 9, 7.0)]))
    history = made.history("r", "a", before=200)
    assert (history.counts[:, 9].tolist(), history.sums[:, 9].tolist()) == ([3, 3], [15, 21])


def test_old_days_go_but_who_was_seen_is_remembered():
    made = learned(tally([("a", 1, 9, None)]), tally([("b", 200, 9, None)]), keep_days=91)
    assert (made.days("r").tolist(), made.entities("r")) == ([200], ("b",))
    assert (made.seen("r", "a"), made.last_before("r", "a", 200)) == ((1, 1), 1)


def test_another_definition_begins_anew():
    made = learned(tally([("a", 100, 9, None)]))
    made.begin({"r": "d2"}, range(101, 102))
    assert (made.definition("r"), made.entities("r"), made.days("r").size) == ("d2", (), 0)


def test_entities_beyond_the_limit_are_counted_not_dropped_silently():
    made = learned(tally([(f"e{n}", 100, 9, None) for n in range(10)], maximum=4))
    assert (len(made.entities("r")), made.left_out("r")) == (4, 6)


EVENTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.integers(0, 23), st.none() | st.floats(-1e6, 1e6)),
    min_size=1, max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.randoms())
def test_what_is_saved_is_what_is_loaded_and_order_does_not_matter(tmp_path_factory, events, chance):
    path = tmp_path_factory.mktemp("b") / "baseline.parquet"
    made = learned(tally(events))
    made.save(path)
    again = Baseline.load(path)
    shuffled = list(events)
    chance.shuffle(shuffled)
    for other in (again, learned(tally(shuffled))):
        assert other.entities("r") == made.entities("r")
        for entity in "abc":
            assert other.seen("r", entity) == made.seen("r", entity)
            one, two = (b.history("r", entity, before=100) for b in (made, other))
            assert one.days.tolist() == two.days.tolist()
            assert one.counts.tolist() == two.counts.tolist()
            np.testing.assert_allclose(one.sums, two.sums)
            np.testing.assert_allclose(one.highs, two.highs)


def test_a_history_without_anything_can_be_saved(tmp_path):
    path = tmp_path / "b.parquet"
    Baseline().save(path)
    assert Baseline.load(path).series == ()


def broken(tmp_path):
    good = tmp_path / "good.parquet"
    learned(tally([("a", 100, 9, None)])).save(good)
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"x": [1]}), other)
    return {
        "missing": tmp_path / "none.parquet", "another table": other, "text": _write(tmp_path / "t.parquet", b"hello"),
        "empty": _write(tmp_path / "e.parquet", b""), "cut off": _write(tmp_path / "c.parquet", good.read_bytes()[:-40]),
    }  # fmt: skip


def _write(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("case", ["missing", "another table", "text", "empty", "cut off"])
def test_what_was_not_saved_here_is_refused_by_name(tmp_path, case):
    path = broken(tmp_path)[case]
    with pytest.raises(InputError) as caught:
        Baseline.load(path)
    assert (caught.value.code, caught.value.problems[0].file) == ("watch.baseline_unreadable", path.name)


def test_monday_is_compared_with_mondays_and_a_holiday_with_days_off():
    calendar = japanese_calendar((2026,))
    days = np.arange(20_600, 20_642, dtype=np.int32)  # six weeks without a holiday
    monday = next(int(d) for d in range(20_642, 20_650) if calendar.kind(d) == 0)
    like = comparable(days, monday, calendar)
    assert like.by == "same"
    assert {calendar.kind(int(d)) for d in days[like.rows]} == {0}
    holiday = next(d for d in range(20_642, 20_700) if calendar.kind(d) == 7)
    like = comparable(days, holiday, calendar)
    assert like.by == "free"
    assert all(not calendar.is_working_kind(calendar.kind(int(d))) for d in days[like.rows])


def test_too_few_days_are_no_normal_state():
    calendar = japanese_calendar((2026,))
    days = np.arange(20_700, 20_703, dtype=np.int32)
    assert comparable(days, 20_707, calendar) is None
    assert comparable(np.zeros(0, dtype=np.int32), 20_707, calendar) is None


def test_usual_and_expected_hours():
    calendar = japanese_calendar((2026,))
    days = np.arange(20_700, 20_742, dtype=np.int32)
    figures = np.zeros((42, 24))
    figures[:, 9] = 20
    figures[::2, 10] = 20
    like = comparable(days, 20_742, calendar)
    assert (normal(figures, like, 9).median, normal(figures, like, None).high) == (20, 40)
    assert np.flatnonzero(expected(figures, like, 0.9)).tolist() == [9]
