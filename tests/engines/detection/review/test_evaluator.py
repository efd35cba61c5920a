"""The evaluator: the same result however the events come, bounded, and honest about what it could not see."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.detection import review as package
from sekisho.engines.detection.baselines import Baseline, japanese_calendar
from sekisho.engines.detection.review import Evaluator, Options, review
from sekisho.engines.detection.review.learning import learn
from sekisho.engines.events.model import FILE, HOST, OFFSET, RECORD, SHA256, TIME, Batch, Partition
from sekisho.errors import InputError
from sekisho.standards.watch_rules import Purpose, Sign, watch_rules

from .conftest import events, rule

START = datetime(2026, 11, 2, tzinfo=UTC)
BURST = "discovery.auth.failed_burst"


def failed(moments, *, user="tanaka", day=None, record=0, **fields):
    """One batch of failed log-ons at seconds after START (None: without a time)."""
    n = len(moments)
    columns = {
        TIME: pa.array([None if m is None else START + timedelta(seconds=m) for m in moments], pa.timestamp("us", "UTC")),
        OFFSET: pa.nulls(n, pa.int16()), FILE: ["a.evtx"] * n, SHA256: ["0" * 64] * n,
        RECORD: pa.array(range(record, record + n), pa.int64()), HOST: ["sv-01"] * n,
        "TargetUserName": [user] * n if isinstance(user, str) else user, "IpAddress": ["192.0.2.5"] * n, **fields,
    }  # fmt: skip
    return Batch(Partition("windows", "Security", "4625", day), pa.table(columns))


def run(batches, *names, **options):
    return review(batches, [rule(n) for n in names or (BURST,)], options=Options(**options))


def told(result):
    return [(f.group, f.count, f.first, f.last) for f in result.findings]


def test_the_public_names_are_there():
    assert len(package.__all__) == len(set(package.__all__))
    assert all(hasattr(package, name) for name in package.__all__)


def test_a_finding_names_the_records_behind_it_and_explains_itself():
    (finding,) = run([failed(range(0, 120, 10), record=500)]).findings
    assert (finding.count, finding.fields["most"], finding.group) == (12, 12, {"user": "tanaka"})
    assert [r.record for r in finding.records] == list(range(500, 512))
    assert finding.records[0].file == "a.evtx"
    assert (finding.first, finding.last) == ("2026-11-02T00:00:00Z", "2026-11-02T00:01:50Z")
    assert (finding.purpose, finding.sign) == (Purpose.DISCOVERY, Sign.INDICATION)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4 * 86_400), st.sampled_from(["a", "b"])), min_size=1, max_size=80),
    st.integers(1, 7), st.randoms(),
)  # fmt: skip
def test_the_result_does_not_depend_on_batches_or_their_order(rows, size, chance):
    settings_ = {BURST: {"count": 3, "minutes": 600}}
    rows = [(m, u, i) for i, (m, u) in enumerate(sorted(rows))]

    def batches(order):
        for at in range(0, len(order), size):
            part = order[at : at + size]
            for m, u, i in part:
                yield failed([m], user=u, record=i)

    whole = run([failed([m for m, *_ in rows], user=[u for _, u, _ in rows])], settings=settings_)
    mixed = list(rows)
    chance.shuffle(mixed)
    pieces = run(batches(mixed), settings=settings_)
    by_day = []
    for day in range(5):
        part = [r for r in rows if r[0] // 86_400 == day]
        by_day += [failed([m], user=u, record=i, day=date(2026, 11, 2 + day)) for m, u, i in part]
    stepwise = run(by_day, settings=settings_, by_day=True, max_rows=84)
    for other in (pieces, stepwise):
        assert sorted(map(str, told(other))) == sorted(map(str, told(whole)))
        assert {f.fingerprint for f in other.findings} == {f.fingerprint for f in whole.findings}
    assert stepwise.parts == 1


def test_events_that_exceed_memory_are_looked_at_in_parts_and_that_is_said():
    result = run([failed(range(0, 200, 10), record=n * 100) for n in range(10)], max_rows=50)
    assert result.parts > 1
    (outcome,) = result.outcomes
    assert ("watch.in_parts", {"parts": result.parts}) in [(s.code, s.fields) for s in outcome.shortfalls]
    assert sum(f.count for f in result.findings) == 200


def test_days_that_come_back_are_a_part_of_their_own():
    result = run(
        [failed([90_000], day=date(2026, 11, 3)), failed(range(0, 120, 10), day=date(2026, 11, 2))], by_day=True
    )  # fmt: skip
    assert result.parts == 2
    assert [f.count for f in result.findings] == [12]


def test_findings_have_a_limit_and_what_was_left_out_is_counted():
    batches = [failed(range(0, 120, 10), user=f"u{n}") for n in range(30)]
    result = run(batches, max_findings=5)
    assert (len(result.findings), result.outcomes[0].findings, result.outcomes[0].findings_left_out) == (5, 5, 25)


NOT_SEEN = {
    "no such log": ([Batch(Partition("squid"), failed([1]).table)], {}, "watch.no_source", "not_evaluated"),
    "another channel": (
        [Batch(Partition("windows", "System", "7036"), failed([1]).table)],
        {},
        "watch.no_source",
        "not_evaluated",
    ),
    "no time": ([failed([None] * 12)], {}, "watch.untimed", "evaluated"),
    "no user": ([failed(range(12), user=[None] * 12)], {}, "watch.ungrouped", "evaluated"),
    "no logs at all": ([], {}, "watch.no_source", "not_evaluated"),
}


@pytest.mark.parametrize("case", NOT_SEEN)
def test_nothing_found_is_never_said_alone(case):
    batches, options, code, status = NOT_SEEN[case]
    result = run(batches, **options)
    (outcome,) = result.outcomes
    assert (result.findings, outcome.status, code in [s.code for s in outcome.shortfalls]) == ((), status, True)


def test_a_log_with_the_event_but_without_such_records_is_seen():
    result = run([Batch(Partition("windows", "Security", "4624"), failed([1]).table)])
    assert (result.outcomes[0].status, result.outcomes[0].shortfalls) == ("evaluated", ())


def test_a_field_that_no_record_has_is_named():
    batch = failed(range(12))
    result = run([Batch(batch.partition, batch.table.drop_columns(["TargetUserName"]))])
    fields = [s.fields for s in result.outcomes[0].shortfalls if s.code == "watch.no_field"]
    assert fields[0]["fields"] == "TargetUserName"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("discovery.auth.new_address", "watch.no_baseline"),
        ("discovery.auth.privileged_off_hours", "watch.no_calendar"),
        ("discovery.log.clock_ahead", "watch.no_now"),
        ("discovery.door.two_places", "watch.no_travel"),
        ("discovery.door.tailgating", "watch.no_nesting"),
    ],
)
def test_what_was_not_handed_in_is_named(name, code):
    (outcome,) = run([], name).outcomes
    assert (outcome.status, outcome.shortfalls[0].code) == ("not_evaluated", code)


def test_a_short_history_is_no_history():
    calendar = japanese_calendar((2026,))
    batches = events({"of": "logon", "at": "2026-11-04T09:00:00"})
    one = rule("discovery.auth.new_address")
    past = events({"of": "logon", "at": "2026-11-01T09:00:00", "repeat": 3, "every": 86_400})
    baseline = learn(past, [one], calendar=calendar, since=date(2026, 11, 1), until=date(2026, 11, 4))
    result = review(batches, [one], options=Options(baseline=baseline, calendar=calendar))
    assert result.outcomes[0].shortfalls[0].fields == {"days": 3, "wanted": 28}
    assert result.findings == ()


def test_a_history_of_another_rule_is_not_compared():
    one, calendar = rule("discovery.auth.new_address"), japanese_calendar((2026,))
    baseline = Baseline()
    baseline.begin({one.id: "something else"}, range(1))
    result = review(
        events({"of": "logon", "at": "2026-11-04T09:00:00"}), [one], options=Options(baseline=baseline, calendar=calendar)
    )
    assert result.outcomes[0].shortfalls[0].code == "watch.baseline_of_another_rule"


def test_learning_the_day_under_review_first_changes_nothing():
    calendar = japanese_calendar((2026,))
    names = ("discovery.auth.new_address", "discovery.auth.dormant_user")
    chosen = [rule(n) for n in names]
    past = events(
        {"of": "logon", "at": "2026-08-01T09:00:00", "roles": {"user": "sato", "address": "192.0.2.9"}},
        {"of": "logon", "at": "2026-08-01T09:00:00", "roles": {"user": "tanaka"}, "repeat": 90, "every": 86_400},
    )
    today = events({"of": "logon", "at": "2026-11-04T09:00:00", "roles": {"user": "sato", "address": "203.0.113.5"}})
    found = []
    for also in ([], today):
        baseline = learn([*past, *also], chosen, calendar=calendar, since=date(2026, 8, 1), until=date(2026, 11, 5))
        found.append(
            {f.fingerprint for f in review(today, chosen, options=Options(baseline=baseline, calendar=calendar)).findings}
        )
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_values_of_ones_own_are_used_and_checked():
    batches = [failed(range(0, 30, 10))]
    assert run(batches).findings == ()
    assert len(run(batches, settings={BURST: {"count": 3}}).findings) == 1
    with pytest.raises(InputError) as caught:
        Evaluator([rule(BURST)], options=Options(settings={BURST: {"count": 1, "colour": 2}, "nothing": {}}))
    codes = {(p.code, p.column) for p in caught.value.problems}
    assert codes == {
        ("watch.setting_outside", f"{BURST}.count"), ("watch.setting_unknown", f"{BURST}.colour"), ("watch.setting_no_rule", "nothing"),
    }  # fmt: skip


HOSTILE = {
    "year one": [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)],
    "the same moment": [START] * 500,
    "one event": [START],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_times_do_not_end_a_review(case, rules):
    base = failed([0] * len(HOSTILE[case]))
    table = base.table.set_column(0, TIME, pa.array(HOSTILE[case], pa.timestamp("us", "UTC")))
    options = Options(calendar=japanese_calendar((2026,)), now=START, baseline=Baseline())
    result = review([Batch(base.partition, table)], rules.values(), options=options)
    assert len(result.outcomes) == len(rules)


TEXTS = st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["", "-", "$", "\x00", "\x1f", "1e999", "NaN", "٣", "-0"]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=20))
def test_any_texts_in_any_field_do_not_end_a_review(rows):
    chosen = list(watch_rules().values())
    options = Options(calendar=japanese_calendar((2026,)), now=START, baseline=Baseline())
    batches = []
    for partition, names in (
        (Partition("windows", "Security", "4625"), ("TargetUserName", "IpAddress", "LogonType")),
        (Partition("metrics"), ("metric", "value", "host")),
        (Partition("door"), ("direction", "card", "kind")),
        (Partition("syslog"), ("program", "message", "host")),
        (Partition("ifilter"), ("cs-method", "cs-bytes", "cs-host")),
    ):
        base = failed(range(len(rows))).table.select([TIME, OFFSET, FILE, SHA256, RECORD, HOST])
        for i, name in enumerate(names):
            base = base.append_column(name, pa.array([r[i] for r in rows], pa.string()))
        batches.append(Batch(partition, base))
    result = review(batches, chosen, options=options)
    assert result.as_dict()["outcomes"]


def test_signs_and_purposes_are_never_mixed(rules):
    batches = events(
        {"of": "disk_failing", "at": "2026-11-04T10:00:00"}, {"of": "disk_error", "source": "syslog", "at": "2026-11-04T10:00:00"}
    )
    result = review(batches, rules.values(), options=Options(now=START))
    counts = result.counts()
    assert counts["prevention"] == {"indication": 0, "precursor": 1}
    assert counts["discovery"]["precursor"] == 0
    assert {f.purpose for f in result.of(Purpose.CAUSE)} == {Purpose.CAUSE}
    assert sum(sum(c.values()) for c in counts.values()) == len(result.findings)


def test_context_says_what_stood_around_and_in_what_order(rules):
    batches = events(
        {"of": "logon_failed", "at": "2026-11-04T09:50:00", "roles": {"user": "tanaka"}, "repeat": 5, "every": 60},
        {"of": "account_locked", "at": "2026-11-04T10:00:00", "roles": {"user": "tanaka"}},
    )
    (finding,) = review(batches, [rules["cause.auth.around_lockout"]]).findings
    (around,) = finding.around
    assert (around.event_class, around.count) == ("logon_failed", 5)
    assert [r.time for r in around.records] == sorted(r.time for r in around.records)


def test_a_gap_of_numbers_over_many_batches_is_found_once():
    batches = [failed(range(50), record=n) for n in (1, 51, 201, 251)]
    (finding,) = run(batches, "discovery.log.missing_numbers").findings
    assert (finding.count, finding.fields["after"], finding.fields["before"]) == (100, 100, 201)


def test_the_sum_of_values_that_are_no_numbers_is_nothing():
    batches = events(
        *({"of": "web_sent", "at": "2026-11-04T10:00:00", "roles": {"bytes": b}} for b in ("many", "NaN", "1e999", "-"))
    )
    assert run(batches, "discovery.proxy.large_upload").findings == ()


def test_memory_of_a_long_log_is_that_of_a_day():
    evaluator = Evaluator([rule(BURST)], options=Options(by_day=True, max_rows=1000))
    chance, most = np.random.default_rng(1), 0
    for day in range(40):
        for _ in range(5):
            moments = np.sort(chance.integers(day * 86_400, (day + 1) * 86_400, 100)).tolist()
            evaluator.feed(failed(moments, user=f"u{day % 7}", day=date(2026, 11, 2) + timedelta(days=day)))
        most = max(most, evaluator._buffers.rows)
    result = evaluator.finish()
    assert most <= 1_500
    assert result.parts == 1
