"""Correlation rules on events of their own."""

from __future__ import annotations

from typing import Any

import pytest

from sekisho.engines.detection.sigma import Detection, Review, correlate

from .making import START, batch, found, rule, rules

FAILED = rule("s: {F: failed}\ncondition: s", title="failed", extra="name: failed\n")
OPENED = rule("s: {F: opened}\ncondition: s", title="opened", extra="name: opened\n")


def correlation(body: str, *, title: str = "c", extra: str = "") -> str:
    lines = "\n".join(f"  {line}" for line in body.strip().splitlines())
    return f"title: {title}\ncorrelation:\n{lines}\nlevel: high\n{extra}"


def events(text: str) -> list[dict[str, Any]]:
    """``12 f alice 7``: at second 12 a failure (or ``o``: an opening) of alice with value 7, one event a line."""
    rows = []
    for line in text.strip().splitlines():
        second, kind, *rest = line.split()
        row = {"_time": int(second), "F": "failed" if kind == "f" else "opened"}
        rows.append(row | dict(zip(("user", "n"), (v if v != "-" else None for v in rest), strict=False)))
    return rows


def told(one: Detection) -> tuple[int | None, int, dict[str, str]]:
    return one.record, one.count, one.fields


COUNT = "type: event_count\nrules: failed\ngroup-by: user\ntimespan: 10s\ncondition: {gte: 3}"

# name: (correlation, events, [(record of the last event, number of events, group)])
CASES: dict[str, tuple[str, str, list[tuple[int, int, dict[str, str]]]]] = {
    "three in ten seconds": (COUNT, "0 f a\n5 f a\n10 f a", [(3, 3, {"user": "a"})]),
    "the third comes too late": (COUNT, "0 f a\n5 f a\n11 f a", []),
    "groups are apart": (COUNT, "0 f a\n1 f b\n2 f a\n3 f b\n4 f a", [(5, 3, {"user": "a"})]),
    "a longer run is one finding": (COUNT, "0 f a\n4 f a\n8 f a\n12 f a\n16 f a", [(5, 5, {"user": "a"})]),
    "two runs are two findings": (
        COUNT,
        "0 f a\n1 f a\n2 f a\n100 f a\n101 f a\n102 f a",
        [(3, 3, {"user": "a"}), (6, 3, {"user": "a"})],
    ),
    "without the field to group by it takes no part": (COUNT, "0 f a\n1 f -\n2 f a\n3 f -", []),
    "events in any order of arrival": (COUNT, "10 f a\n0 f a\n5 f a", [(1, 3, {"user": "a"})]),
    "exactly two in a window": (COUNT.replace("gte: 3", "eq: 2"), "0 f a\n5 f a\n50 f a", [(2, 2, {"user": "a"})]),
    "fewer than two in a window": (COUNT.replace("gte: 3", "lt: 2"), "0 f a\n5 f a\n50 f a", [(3, 1, {"user": "a"})]),
    "more than two": (COUNT.replace("gte: 3", "gt: 2"), "0 f a\n5 f a\n6 f a", [(3, 3, {"user": "a"})]),
    "distinct values": (
        "type: value_count\nrules: failed\ntimespan: 1m\ncondition: {field: user, gte: 3}",
        "0 f a\n1 f a\n2 f b\n3 f c",
        [(4, 4, {})],
    ),
    "the same value again does not count": (
        "type: value_count\nrules: failed\ntimespan: 1m\ncondition: {field: user, gte: 3}",
        "0 f a\n1 f a\n2 f b\n3 f -",
        [],
    ),
    "sum": (
        "type: value_sum\nrules: failed\ngroup-by: user\ntimespan: 1m\ncondition: {field: n, gt: 100}",
        "0 f a 60\n1 f a 41\n2 f a x",
        [(3, 3, {"user": "a"})],
    ),
    "average": (
        "type: value_avg\nrules: failed\ngroup-by: user\ntimespan: 1m\ncondition: {field: n, gte: 10}",
        "0 f a 5\n1 f a 15",
        [(2, 2, {"user": "a"})],
    ),
    "median": (
        "type: value_median\nrules: failed\ngroup-by: user\ntimespan: 1m\ncondition: {field: n, lt: 3}",
        "0 f a 1\n1 f a 2\n2 f a 90",
        [(3, 3, {"user": "a"})],
    ),
    "percentile": (
        "type: value_percentile\nrules: failed\ngroup-by: user\ntimespan: 1m\ncondition: {field: n, percentile: 90, gte: 80}",
        "0 f a 1\n1 f a 2\n2 f a 100",
        [(3, 3, {"user": "a"})],
    ),
    "both rules, in any order": (
        "type: temporal\nrules: [failed, opened]\ngroup-by: user\ntimespan: 1m",
        "0 o a\n5 f a\n200 o a\n300 f a",
        [(2, 2, {"user": "a"})],
    ),
    "both rules in order": (
        "type: temporal_ordered\nrules: [failed, opened]\ngroup-by: user\ntimespan: 1m",
        "0 o a\n5 f a\n7 o a",
        [(3, 2, {"user": "a"})],
    ),
    "in order, but too late": (
        "type: temporal_ordered\nrules: [failed, opened]\ngroup-by: user\ntimespan: 1m",
        "0 f a\n61 o a",
        [],
    ),
    "an expression": (
        "type: temporal\ntimespan: 1m\ngroup-by: user\ncondition: failed and opened",
        "0 f a\n5 o a\n200 f a",
        [(2, 2, {"user": "a"})],
    ),
    "what did not follow": (
        "type: temporal\nrules: [failed, opened]\ntimespan: 10s\ngroup-by: user\ncondition: failed and not opened",
        "0 f a\n5 o a\n100 f b\n200 o b",
        [(3, 1, {"user": "b"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_correlation(name: str) -> None:
    body, text, expected = CASES[name]
    made = rules(FAILED, OPENED, correlation(body))
    assert not made.broken, made.broken
    assert [told(one) for one in found(made, batch(events(text)))] == expected


def test_the_finding_names_its_events_and_times() -> None:
    (one,) = found(rules(FAILED, correlation(COUNT)), batch(events("0 f a\n5 f a\n10 f a")))
    assert one.title == "c"
    assert one.level == "high"
    assert one.first_time == START.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert one.time.endswith("09:00:10Z")
    assert one.number == 3
    assert one.events == (("a.evtx", 1), ("a.evtx", 2), ("a.evtx", 3))
    assert one.as_dict()["events"][0] == {"file": "a.evtx", "record_id": 1}


def test_rules_that_only_feed_a_correlation_are_silent_unless_it_says_generate() -> None:
    rows = batch(events("0 f a"))
    assert found(rules(FAILED, correlation(COUNT)), rows) == []
    assert [one.title for one in found(rules(FAILED, correlation(COUNT + "\ngenerate: true")), rows)] == ["failed"]


def test_aliases_name_the_field_of_each_rule() -> None:
    body = (
        "type: temporal\nrules: [failed, opened]\ntimespan: 1m\ngroup-by: who\naliases:\n  who: {failed: user, opened: account}"
    )
    rows = [{"_time": 0, "F": "failed", "user": "a"}, {"_time": 1, "F": "opened", "account": "a"}]
    assert [told(one) for one in found(rules(FAILED, OPENED, correlation(body)), batch(rows))] == [(2, 2, {"who": "a"})]


def test_a_correlation_of_a_correlation_in_any_order_of_files() -> None:
    outer = correlation("type: event_count\nrules: many\ngroup-by: user\ntimespan: 1h\ncondition: {gte: 2}", title="outer")
    inner = correlation(COUNT, title="inner", extra="name: many\n")
    rows = batch(events("0 f a\n1 f a\n2 f a\n100 f a\n101 f a\n102 f a"))
    assert [one.title for one in found(rules(outer, inner, FAILED), rows)] == ["outer"]


@pytest.mark.parametrize(
    ("references", "code"),
    [
        ({"x": "y", "y": "x"}, "detection.correlation_cycle"),
        ({"x": "x"}, "detection.correlation_cycle"),
        ({"x": "nobody"}, "detection.reference_unknown"),
    ],
)
def test_cycles_and_missing_rules_are_refused(references: dict[str, str], code: str) -> None:
    texts = [
        correlation(f"type: event_count\nrules: {target}\ntimespan: 1m\ncondition: {{gte: 1}}", extra=f"name: {name}\n")
        for name, target in references.items()
    ]
    made = rules(FAILED, *texts)
    assert [r.title for r in made.rules] == ["failed"]
    assert code in {fault.code for fault in made.broken}
    assert len(made.broken) == len(references)


def test_a_long_chain_of_correlations_needs_no_recursion() -> None:
    length = 1_500
    texts = [
        correlation(f"type: event_count\nrules: n{number + 1}\ntimespan: 1m\ncondition: {{gte: 1}}", extra=f"name: n{number}\n")
        for number in range(length)
    ]
    last = rule("s: {F: failed}\ncondition: s", extra=f"name: n{length}\n")
    made = rules("---\n".join([*texts, last]))
    assert len(made.rules) == length + 1
    assert [one.record for one in found(made, batch(events("0 f a")))] == [1]


def test_order_with_a_choice_is_said_to_be_unsupported() -> None:
    body = "type: temporal_ordered\nrules: [failed, opened]\ntimespan: 1m\ncondition: failed or opened"
    made = rules(FAILED, OPENED, correlation(body))
    assert [fault.code for fault in made.unsupported] == ["detection.ordered_unsupported"]


def test_what_could_not_take_part_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlate, "MOST_EVENTS", 2)
    review = Review(rules(FAILED, correlation(COUNT)))
    review.feed(batch(events("0 f a\n1 f -\n2 f a\n3 f a")))
    review.feed(batch(events("0 f a"), start=None))
    assert review.finish() == []
    (one,) = review.explanation()["correlations"]
    assert one == {"rule": "c", "events": 2, "without_time": 1, "without_group": 1, "not_kept": 1}
