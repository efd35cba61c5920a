"""Who is where: what cannot be so is told, what cannot be known is not judged, unknown cards are reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.detection import presence
from sekisho.engines.detection.presence import EVENT_CLASSES, DoorEvent, DoorKind, Limits, Place, Premises, Tracker
from sekisho.standards import texts
from sekisho.standards.watch_rules import event_classes

MINUTE = 60_000_000
IN, OUT, DENIED = DoorKind.ENTERED, DoorKind.LEFT, DoorKind.DENIED
DAY = 24 * 60
PREMISES = Premises(
    doors={"D0": Place("office", "head"), "D1": Place("server room", "head"), "B1": Place("branch office", "branch")},
    inside={"server room": "office"}, travel={("head", "branch"): 40}, cards={"C1": "tanaka", "C2": "sato"},
)  # fmt: skip
WARM_UP = [(0, IN, "D0", "C2"), (1, OUT, "D0", "C2"), (0, IN, "D1", "C2"), (1, OUT, "D1", "C2")]


def run(*events, limits=None, premises=PREMISES, now=None):
    """Incidents of events (minute, kind, door, card[, weight]) after a day on which both doors were seen."""
    tracker = Tracker(premises, limits or Limits(staying=600, tailgating=10, weight=2))
    list(tracker.feed([DoorEvent(m * MINUTE, k, d, c) for m, k, d, c in WARM_UP]))
    rows = [DoorEvent((2 * DAY + e[0]) * MINUTE, e[1], e[2], e[3], weight=e[4] if len(e) > 4 else None) for e in events]
    found = list(tracker.feed(rows))
    if now is not None:
        found += tracker.still_inside((2 * DAY + now) * MINUTE)
    return tracker, [(i.check, i.who) for i in found if i.who != "sato" or i.check != "tailgating"]


def test_the_public_names_are_there():
    assert len(presence.__all__) == len(set(presence.__all__))
    assert all(hasattr(presence, name) for name in presence.__all__)


def test_the_kinds_of_events_are_classes_of_the_rules():
    assert set(EVENT_CLASSES) <= set(event_classes())


CASES = {
    "an ordinary day": ([(0, IN, "D0", "C1"), (9, IN, "D1", "C1"), (60, OUT, "D1", "C1"), (500, OUT, "D0", "C1")], []),
    "exit without entry": ([(5, OUT, "D0", "C1")], [("exit_without_entry", "tanaka")]),
    "entry twice": ([(0, IN, "D0", "C1"), (60, IN, "D0", "C1")], [("entry_without_exit", "tanaka")]),
    "a card held up twice": ([(0, IN, "D0", "C1"), (0.05, IN, "D0", "C1"), (9, OUT, "D0", "C1"), (9.05, OUT, "D0", "C1")], []),
    "through the inner door only": ([(0, IN, "D0", "C2"), (5, IN, "D1", "C1")], [("tailgating", "tanaka")]),
    "two places": ([(0, IN, "D0", "C1"), (10, IN, "B1", "C1")], [("two_places", "tanaka")]),
    "time enough": ([(0, IN, "D0", "C1"), (50, IN, "B1", "C1")], []),
    "too long": ([(0, IN, "D0", "C1"), (700, OUT, "D0", "C1")], [("staying", "tanaka")]),
    "heavier": ([(0, IN, "D0", "C1", 60.0), (9, OUT, "D0", "C1", 63.5)], [("weight", "tanaka")]),
    "lighter": ([(0, IN, "D0", "C1", 60.0), (9, OUT, "D0", "C1", 57.0)], [("weight", "tanaka")]),
    "no scales at the exit": ([(0, IN, "D0", "C1", 60.0), (9, OUT, "D0", "C1")], []),
    "denied is no movement": ([(0, DENIED, "D0", "C1"), (9, DENIED, "D1", "C1")], []),
    "no card": ([(0, IN, "D0", ""), (9, OUT, "D0", "")], []),
    "nothing": ([], []),
}


@pytest.mark.parametrize("case", CASES)
def test_each_incident(case):
    events, expected = CASES[case]
    assert run(*events)[1] == expected


def test_who_has_not_left_is_told_without_a_further_event():
    assert run((0, IN, "D0", "C1"), now=700)[1] == [("staying", "tanaka")]


def test_an_unknown_card_is_reported_and_followed_all_the_same():
    tracker, found = run((0, OUT, "D0", "C9"))
    assert (tracker.unknown_cards, found) == ({"C9": 1}, [("exit_without_entry", "C9")])


def test_an_area_without_readers_at_the_exit_has_no_presence():
    tracker, found = run((0, IN, "B1", "C1"), (60, IN, "B1", "C1"), now=5000)
    assert (found, tracker.one_way()) == ([], ("branch office",))


def test_on_the_first_day_of_a_log_whoever_leaves_may_have_been_inside():
    tracker = Tracker(PREMISES)
    assert list(tracker.feed([DoorEvent(5 * MINUTE, OUT, "D0", "C1")])) == []


def test_unknown_travel_times_are_named_not_guessed():
    tracker, found = run((0, IN, "D0", "C1"), (1, IN, "B1", "C1"), premises=Premises(doors=PREMISES.doors, cards=PREMISES.cards))
    assert (found, tracker.unknown_travel) == ([], {("branch", "head")})


def test_sentences_exist_for_every_incident():
    for events, _ in CASES.values():
        tracker = Tracker(PREMISES, Limits(staying=600, tailgating=10, weight=2))
        for incident in tracker.feed([DoorEvent(int(e[0] * MINUTE), e[1], e[2], e[3]) for e in events]):
            for lang in ("ja", "en"):
                assert "{" not in texts.render(incident.code, dict(incident.fields), lang)
                assert texts.known(incident.code)


ANY = st.lists(
    st.tuples(st.integers(0, 4000), st.sampled_from(list(DoorKind)), st.sampled_from(["D0", "D1", "B1", "X", ""]),
              st.sampled_from(["C1", "C2", "", "\x00"])), max_size=60,
)  # fmt: skip


@given(ANY, st.integers(0, 60))
def test_the_state_goes_on_from_one_call_to_the_next(events, cut):
    rows = sorted((DoorEvent(m * MINUTE, k, d, c) for m, k, d, c in events), key=lambda e: e.time)
    at = min(cut, len(rows))
    while 0 < at < len(rows) and rows[at].time == rows[at - 1].time:
        at += 1
    limits = Limits(staying=600, tailgating=10, weight=2)
    two_way = {"office", "server room", "branch office", "X", ""}
    whole, parts = Tracker(PREMISES, limits, two_way=set(two_way)), Tracker(PREMISES, limits, two_way=set(two_way))
    assert list(whole.feed(rows)) == [*parts.feed(rows[:at]), *parts.feed(rows[at:])]
