"""A review: which rules stand where, and what it says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sekisho.engines.detection import sigma
from sekisho.engines.detection.sigma import LogSource, Review, load_rules, merged
from sekisho.engines.detection.sigma import cache as cache_module
from sekisho.engines.detection.sigma.logsources import standing
from sekisho.engines.events import Partition

from .making import SYSMON, batch, found, records, rule, rules, table

SIMPLE = "s: {F: a}\ncondition: s"
SECURITY = "Security"

# name: (log source, partition, whether the rule stands there)
PLACES: dict[str, tuple[str, Partition, bool]] = {
    "process creation of Sysmon": ("category: process_creation", SYSMON, True),
    "process creation of the audit log": ("category: process_creation", Partition("windows", SECURITY, "4688"), True),
    "another event of the audit log": ("category: process_creation", Partition("windows", SECURITY, "4624"), False),
    "a service is its channel": ("service: security", Partition("windows", SECURITY, "4624"), True),
    "channels have no case": ("service: security", Partition("windows", "SECURITY", "4624"), True),
    "a service is no other channel": ("service: system", Partition("windows", SECURITY, "4624"), False),
    "a category within a service": ("{category: process_creation, service: sysmon}", SYSMON, True),
    "a category outside a service": ("{category: process_creation, service: sysmon}", Partition("windows", SECURITY, "4688"), False),
    "an event that the partition does not name": ("category: process_creation", Partition("windows", SYSMON.channel), True),
    "a product is all of its sources": ("{product: linux}", Partition("linux.auth", "", "sshd"), True),
    "a product is no other": ("{product: linux}", SYSMON, False),
    "Zeek's log": ("{product: zeek, service: http}", Partition("zeek", "http"), True),
    "Zeek's log in JSON": ("{product: zeek, service: http}", Partition("zeek_json", "http"), True),
    "another log of Zeek": ("{product: zeek, service: http}", Partition("zeek", "dns"), False),
    "a category of any product": ("{category: proxy}", Partition("squid"), True),
    "web servers": ("{category: webserver}", Partition("web.access"), True),
    "CloudTrail": ("{product: aws, service: cloudtrail}", Partition("aws.cloudtrail", "", "iam.amazonaws.com"), True),
    "a product that nobody knows": ("{product: nobody}", SYSMON, False),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_where_a_rule_stands(name: str) -> None:
    logsource, partition, stands = PLACES[name]
    text = f"title: t\nlogsource: {logsource if logsource.startswith('{') else '{product: windows, ' + logsource + '}'}\n"
    made = rules(text + "detection:\n  s: {F: a}\n  condition: s\n")
    assert not made.broken, made.broken
    assert records(made, batch([{"F": "a"}, {"F": "b"}], partition)) == ([1] if stands else [])


def test_fields_have_the_names_of_the_audit_log() -> None:
    made = rules(rule("s: {Image|endswith: '\\a.exe', IntegrityLevel: System}\ncondition: s"))
    rows = [{"NewProcessName": "C:\\a.exe", "MandatoryLabel": "S-1-16-16384"}, {"NewProcessName": "C:\\a.exe"}]
    assert records(made, batch(rows, Partition("windows", SECURITY, "4688"))) == [1]


def test_only_handles_of_processes_are_accesses_to_processes() -> None:
    made = rules(rule("s: {TargetImage|endswith: lsass.exe}\ncondition: s", logsource="category: process_access"))
    rows = [{"ObjectName": "\\x\\lsass.exe", "ObjectType": "Process"}, {"ObjectName": "\\x\\lsass.exe", "ObjectType": "File"}]
    assert records(made, batch(rows, Partition("windows", SECURITY, "4656"))) == [1]


def test_a_renamed_literal_that_another_rule_has_too() -> None:
    made = rules(
        rule("s: {TargetImage|endswith: '\\lsass.exe'}\ncondition: s", logsource="category: process_access"),
        rule("s: {ObjectName|endswith: '\\lsass.exe', G: g}\ncondition: s", logsource="service: security", title="other"),
    )
    rows = [{"ObjectName": "\\x\\lsass.exe", "ObjectType": "Process", "G": "g"}]
    assert len(found(made, batch(rows, Partition("windows", SECURITY, "4656")))) == 2


def test_every_known_log_source_names_sources_that_exist() -> None:
    from sekisho.engines.detection.sigma.logsources import _table
    from sekisho.standards.event_maps import event_maps

    table_ = _table()
    places = [p for part in (table_.services, table_.categories) for names in part.values() for ps in names.values() for p in ps]
    assert {place.source for place in places} <= set(event_maps())
    assert standing().places(LogSource("windows", "process_creation"))


def test_a_finding_says_where_it_stands_and_what_it_saw() -> None:
    made = rules(rule("s: {F|contains: a}\nn: {G: x}\ncondition: s and not n", extra="fields: [H]\ntags: [attack.t1059]\n"))
    (one,) = found(made, batch([{"F": "bab", "H": "shown", "I": "not"}]))
    assert one.as_dict() == {
        "rule_title": "t",
        "rule_id": "",
        "level": "low",
        "file": "a.evtx",
        "record_id": 1,
        "time": "2026-04-01T09:00:00Z",
        "source": "windows",
        "channel": SYSMON.channel,
        "host": "pc",
        "fields": {"F": "bab", "H": "shown"},
        "tags": ["attack.t1059"],
    }


def test_every_run_explains_itself() -> None:
    made = rules(
        rule("s: {F: a, NoSuchField: b}\ncondition: s"),
        rule(SIMPLE, logsource="category: dns_query"),
        rule("s: {EventID: 4624}\ncondition: s", logsource="service: security"),
        rule(SIMPLE, logsource="category: nobody_knows"),
        rule("s: {F|expand: '%x%'}\ncondition: s"),
        "title: [",
    )
    review = Review(made)
    assert review.feed(batch([{"F": "x", "_time": 0}, {"F": "y", "_time": 3 * 86_400}])) == []
    assert review.feed(batch([{"F": "x"}], Partition("windows", SECURITY, "4688"), start=None)) == []
    told = json.loads(json.dumps(review.explanation(rejects={"events.evtx_record": 2})))
    assert told["findings"] == {"total": 0, "by_level": {}}
    assert told["rules"] == {
        "files": 6, "documents": 5, "loaded": 4, "applicable": 1, "not_applicable": 3, "unsupported": 1, "broken": 1,
    }  # fmt: skip
    assert {(one["code"], one["fields"]["logsource"], one["count"]) for one in told["not_applicable"]} == {
        ("detection.logsource_absent", "windows/dns_query/*", 1),
        ("detection.events_absent", "windows/*/security", 1),
        ("detection.logsource_unknown", "windows/nobody_knows/*", 1),
    }
    assert told["unsupported"][0]["code"] == "detection.placeholder_unknown"
    assert (told["broken"][0]["file"], told["broken"][0]["row"]) == ("r5.yml", 2)
    assert {"source": "windows", "channel": SYSMON.channel, "field": "NoSuchField", "rules": 1} in told["fields_absent"]
    assert told["records"] == {"read": 3, "without_time": 1, "rejected": 2, "rejects": {"events.evtx_record": 2}}
    assert told["period"] == {"start": "2026-04-01T09:00:00Z", "end": "2026-04-04T09:00:00Z"}
    assert told["gaps"] == [{"source": "windows", "start": "2026-04-01T10:00:00Z", "end": "2026-04-04T09:00:00Z", "hours": 71}]


def test_many_events_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.engines.detection.sigma.execute.SLICE", 7)
    made = rules(rule("s: {F|contains: '5'}\nt: {F|re: '^.?5'}\nf: {G: x}\ncondition: s and t and not f"))
    rows = [{"F": str(n), "G": "x" if n % 2 else None} for n in range(100)]
    assert records(made, batch(rows)) == [n + 1 for n in range(100) if "5" in str(n)[-2:] and n % 2 == 0 and n >= 50 and n < 60]


def test_values_that_lie_side_by_side_are_not_one() -> None:
    made = rules(rule("s: {F|contains: abcd}\ncondition: s"))
    assert records(made, batch([{"F": "ab"}, {"F": "cd"}, {"F": ""}, {"F": "xabcdx"}])) == [4]


def test_a_column_of_nothing_and_a_sliced_table() -> None:
    import pyarrow as pa

    from sekisho.engines.events import Batch

    events = table([{"F": "a"}, {"F": "b"}, {"F": "a"}]).append_column("N", pa.nulls(3))
    made = rules(rule("s: {F: a}\nn: {N|contains: x}\ncondition: s and not n"))
    assert records(made, Batch(SYSMON, events.slice(1))) == [3]
    assert records(made, Batch(SYSMON, events.slice(0, 0))) == []


def test_batches_of_one_kind_are_merged() -> None:
    days = [batch([{"F": "a"}], SYSMON), batch([{"G": "b"}], SYSMON), batch([{"F": "a"}], Partition("squid"))]
    joined = list(merged(days))
    assert [one.table.num_rows for one in joined] == [2, 1]
    assert records(rules(rule(SIMPLE)), joined[0]) == [1]


def test_compiled_rules_are_kept_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yml").write_text(rule(SIMPLE), encoding="utf-8")
    cache = tmp_path / "cache"
    first = load_rules([folder], cache=cache)
    with monkeypatch.context() as patch:
        patch.setattr(cache_module, "compile_rules", None)
        assert load_rules([folder], cache=cache) == first
    (kept,) = cache.iterdir()
    kept.write_bytes(b"\x00broken")
    assert load_rules([folder], cache=cache) == first
    (folder / "a.yml").write_text(rule(SIMPLE, title="changed"), encoding="utf-8")
    assert load_rules([folder], cache=cache).rules[0].title == "changed"
    assert load_rules([folder], cache=folder / "a.yml" / "no_folder").rules[0].title == "changed"


def test_a_review_becomes_an_observation() -> None:
    from datetime import UTC, datetime

    from sekisho.engines.detection.sigma import Summary, observe
    from sekisho.engines.observation import decode, encode
    from sekisho.standards import texts

    made = rules(rule(SIMPLE))
    review, summary = Review(made), Summary()
    summary.add(review.feed(batch([{"F": "a"}, {"F": "b"}, {"F": "a"}])))
    told = observe(summary, review.explanation(rejects={"x": 1}), now=datetime(2026, 4, 2, tzinfo=UTC), name="みなも市")
    assert decode(encode(told)) == told
    (one,) = told.findings
    assert one.fields["count"] == 2
    assert "2件" in texts.render(one.code, one.fields)
    figures = {(m.key, m.dimensions.get("level", "")): m.value for m in told.measures}
    assert figures["detection.findings", "low"] == 2
    assert figures["detection.records_reviewed", ""] == 3
    assert figures["detection.rules_applied", ""] == 1
    nothing = observe(Summary(), Review(made).explanation(), now=datetime(2026, 4, 2, tzinfo=UTC), name="x")
    assert {m.status for m in nothing.measures} == {"not_applicable"}


def test_the_public_names() -> None:
    assert sorted(sigma.__all__) == [
        "Correlation", "Detection", "ENGINE", "ENGINE_VERSION", "Fault", "LogSource", "Review", "Rule", "RuleSet", "Summary",
        "compile_rules", "load_rules", "merged", "observe",
    ]  # fmt: skip
