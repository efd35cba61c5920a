"""From facts to the Observation: figures, findings, scope, drift, secrets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
import yaml

from sekisho.engines import baseline
from sekisho.engines.baseline import (
    Fact,
    Facts,
    FactStatus,
    RuleSet,
    collect_linux,
    decode_snapshot,
    drift,
    encode_snapshot,
    load_rules,
    machine_identity,
    observe,
    parse_rules,
    snapshot,
)
from sekisho.engines.baseline.linux.context import KernelClock
from sekisho.engines.baseline.tree import Tree
from sekisho.engines.observation import ClaimedSubject, Collector, MeasureStatus, decode, encode
from sekisho.errors import InputError
from sekisho.standards import texts

from .test_hostile import refusing

NOW = "2026-11-22T09:00:00+09:00"
SUBJECT = ClaimedSubject(kind="host", name="web-01", machine="m1")


def watch(facts, accepted=None, **more):
    return observe(
        facts,
        observed_at=NOW,
        collector=Collector(name="sekisho", version="1"),
        subject=SUBJECT,
        accepted=accepted,
        version="1",
        **more,
    )


def figure(observation, key, **dimensions):
    return next(m for m in observation.measures if m.key == key and m.dimensions == dimensions)


def test_public_names_are_exactly_these():
    assert set(baseline.__all__) == {
        "CONSIDERATIONS", "CheckResult", "Drift", "Fact", "FactStatus", "Facts", "Outcome", "Rule", "RuleSet", "Snapshot", "collect_linux",
        "decode_snapshot", "decode_windows", "drift", "encode_snapshot", "evaluate", "hardware_identity", "kernel_clock", "load_rules",
        "local_run", "machine_identity", "observe", "parse_rules", "read_windows", "snapshot",
    }  # fmt: skip
    assert all(hasattr(baseline, name) for name in baseline.__all__)


def test_counts_add_up_in_total_and_by_consideration(host):
    observation, _ = watch(collect_linux(host()))
    for dimensions in ({}, *({"consideration": c} for c in baseline.CONSIDERATIONS)):
        parts = [
            figure(observation, f"baseline.checks.{n}", **dimensions).value
            for n in ("passed", "failed", "not_applicable", "error")
        ]
        assert sum(parts) == figure(observation, "baseline.checks.total", **dimensions).value
    total = figure(observation, "baseline.checks.total").value
    assert total == sum(figure(observation, "baseline.checks.total", consideration=c).value for c in baseline.CONSIDERATIONS)
    rate = figure(observation, "baseline.pass_rate")
    assert rate.value == rate.numerator / rate.denominator
    assert figure(observation, "baseline.considerations.covered").value == 8


def test_every_measure_is_declared_and_every_code_has_a_sentence(host):
    observation, _ = watch(collect_linux(host({"etc/login.defs": "UMASK 022\n"})))
    path = Path(baseline.__file__).parents[2] / "standards/measures.yaml"
    declared = {m["key"]: m for m in yaml.safe_load(path.read_text(encoding="utf-8"))["measures"]}
    for measure in observation.measures:
        assert set(measure.dimensions) <= set(declared[measure.key].get("dimensions", []))
        assert measure.reason == "" or texts.known(measure.reason)
    assert observation.findings
    for finding in observation.findings:
        for lang in ("ja", "en"):
            assert "{" not in texts.render(finding.code, finding.fields, lang)


def test_the_observation_round_trips_and_names_its_artifacts_by_hash(host):
    observation, contents = watch(collect_linux(host()))
    assert decode(encode(observation)) == observation
    assert {a.sha256 for a in observation.artifacts} == set(contents)
    assert all(hashlib.sha256(data).hexdigest() == digest for digest, data in contents.items())


def test_the_same_facts_give_the_same_bytes(host):
    facts = collect_linux(host())
    assert encode(watch(facts)[0]) == encode(watch(facts)[0])


def test_a_finding_keeps_its_fingerprint_when_its_value_changes(host):
    first = watch(collect_linux(host({"etc/login.defs": "UMASK 022\n"})))[0].findings
    second = watch(collect_linux(host({"etc/login.defs": "# moved\n\nUMASK 002\n"})))[0].findings
    pick = [next(f for f in rows if f.scope == "linux.umask").fingerprint for rows in (first, second)]
    assert pick[0] == pick[1]


def test_no_secret_leaves_the_host(host):
    observation, contents = watch(collect_linux(host({"etc/snmp/snmpd.conf": "rocommunity public\nrwcommunity s3cr3t-w0rd\n"})))
    everything = encode(observation) + b"".join(contents.values())
    assert b"$y$" not in everything
    assert b"s3cr3t-w0rd" not in everything
    for name in ("etc/shadow", "etc/snmp/snmpd.conf", "etc/sudoers", "etc/gshadow"):
        path = next(p for p in (host() / name,))
        if name in ("etc/shadow", "etc/gshadow"):
            assert hashlib.sha256(path.read_bytes()).hexdigest().encode() not in everything
            assert hashlib.sha256(path.read_bytes()).hexdigest()[:32].encode() not in everything


def test_drift_names_the_setting_and_only_that(host):
    accepted = snapshot(collect_linux(host()))
    assert drift(accepted, snapshot(collect_linux(host()))) == []
    changed = snapshot(collect_linux(host({"etc/ssh/sshd_config.d/x.conf": "PermitRootLogin yes\n"})))
    keys = {row.key: (row.was, row.now) for row in drift(accepted, changed)}
    assert keys["sshd.option.permitrootlogin"] == (["no"], ["yes"])
    assert set(keys) == {"sshd.option.permitrootlogin", "etc.files./etc/ssh/sshd_config.d/x.conf"}


def test_drift_becomes_findings_in_the_scope_of_their_fact(host):
    accepted = snapshot(collect_linux(host()))
    observation, _ = watch(collect_linux(host({"etc/hostname": "web-02\n"})), accepted)
    found = [f for f in observation.findings if f.code == "baseline.drift"]
    assert [f.fields["key"] for f in found] == ["etc.files./etc/hostname"]
    assert found[0].scope in observation.scope
    assert figure(observation, "baseline.drift.unaccepted").value == 1


def test_what_an_older_version_accepted_leaves_every_finding_in_scope(host):
    facts = collect_linux(host())
    current = snapshot(facts)
    volatile = next(key for key, fact in facts.facts.items() if fact.volatile)
    accepted = msgspec.structs.replace(current, settings=current.settings | {volatile: "1", "no.longer.read": "1"})
    observation, _ = watch(facts, accepted)
    assert [f.location for f in observation.findings if f.code == "baseline.drift"] == ["no.longer.read"]
    assert {f.scope for f in observation.findings} <= set(observation.scope)
    assert figure(observation, "baseline.drift.unaccepted").value == 1


def test_without_an_accepted_snapshot_drift_is_not_zero_but_not_applicable(host):
    measure = figure(watch(collect_linux(host()))[0], "baseline.drift.unaccepted")
    assert (measure.status, measure.value, measure.reason) == (
        MeasureStatus.NOT_APPLICABLE,
        None,
        "baseline.no_accepted_snapshot",
    )


def test_unprivileged_coverage_is_said_and_nothing_unread_closes(host):
    root = host()
    full, _ = watch(collect_linux(root))
    accepted = snapshot(collect_linux(root))
    partial, _ = watch(collect_linux(root, tree=refusing(root, "/etc/shadow", "/etc/sudoers", "/etc/ssh")), accepted)
    assert figure(partial, "baseline.coverage").value < figure(full, "baseline.coverage").value
    assert figure(partial, "baseline.settings.recorded").coverage < 1
    assert figure(partial, "baseline.drift.unaccepted").coverage < 1
    assert "linux.no_empty_passwords" in full.scope
    assert "linux.no_empty_passwords" not in partial.scope
    assert "drift:accounts.empty_passwords" not in partial.scope
    assert not [f for f in partial.findings if f.code == "baseline.drift" and f.fields["key"].startswith("sshd")]


def test_all_not_applicable_is_an_error_and_so_is_nothing_read():
    rules = RuleSet(platform="linux", version="1", rules=load_rules("linux").rules[:1])
    for status, code in ((FactStatus.ABSENT, "all_not_applicable"), (FactStatus.DENIED, "nothing_readable")):
        facts = Facts(platform="linux", hostname="", root="/x", live=False, container=False, privileged=False,
                      facts={"accounts.uid_zero": Fact(status=status)})  # fmt: skip
        with pytest.raises(InputError, match=code):
            watch(facts, rules=rules)


def test_a_running_host_is_asked_about_its_clock_and_a_system_at_rest_never(host):
    answers = {"chronyc": "A,ntp1,3,1795222800.1,-0.000250,0.0001,0.0002,-1.0,0.0,0.01,0.02,0.001,64.0,Normal\n"}
    asked = []

    def run(argv):
        asked.append(argv[0])
        return answers.get(argv[0])

    at_rest = collect_linux(
        host(), run=run, kernel_clock=lambda: KernelClock(synchronised=True, estimated_error=0, maximum_error=0)
    )
    assert asked == []
    assert at_rest.facts["clock.synchronised"].status is FactStatus.NOT_LIVE
    running = collect_linux(Path("/"), run=run, tree=Tree(host()))
    assert running.value("clock.synchronised") is True
    assert running.value("clock.offset_seconds") == 0.00025
    observation, _ = watch(running)
    assert figure(observation, "clock.synchronised").value == 1


def test_snapshots_round_trip_and_bad_ones_are_refused(host):
    value = snapshot(collect_linux(host()))
    assert decode_snapshot(encode_snapshot(value)) == value
    for bad in (
        b"",
        b"[]",
        b"\xff",
        b'{"schema":"x","platform":"linux","settings":{}}',
        b"[" * 100_000,
        encode_snapshot(value)[:-5],
    ):
        with pytest.raises(InputError, match="snapshot_invalid"):
            decode_snapshot(bad)
    with pytest.raises(InputError, match="snapshot_platform"):
        drift(msgspec.structs.replace(value, platform="windows"), value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rules: [", "baseline.rules_not_yaml"),
        ("platform: linux\nversion: '1'\nrules: []\n", "baseline.rule_schema"),
        ("platform: beos\nversion: '1'\nrules: [{id: x}]\n", "baseline.rule_schema"),
    ],
)
def test_bad_rules_are_refused_with_their_place(text, code):
    with pytest.raises(InputError, match="rules_invalid") as caught:
        parse_rules(text, file="own.yaml")
    assert caught.value.problems[0].code == code
    assert caught.value.problems[0].file == "own.yaml"


def test_rules_ask_only_for_facts_that_are_collected(host):
    results = json.loads(next(d for d in watch(collect_linux(host()))[1].values() if d.startswith(b"[")))
    assert [r["rule"] for r in results if r.get("reason") == "unknown_fact"] == []


def test_machine_identity_is_a_hash_that_needs_no_rights_and_never_the_id_itself(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    first = machine_identity(tmp_path)
    assert len(first) == 64
    assert "0123456789abcdef" not in first
    (tmp_path / "sys/class/dmi/id").mkdir(parents=True)
    (tmp_path / "sys/class/dmi/id/product_uuid").write_text("11111111-2222-3333-4444-555555555555\n")
    assert machine_identity(tmp_path) == first
    assert baseline.hardware_identity(tmp_path) != ""
    (tmp_path / "etc/machine-id").write_text("uninitialized\n")
    assert machine_identity(tmp_path) != first
    (tmp_path / "sys/class/dmi/id/product_uuid").unlink()
    (tmp_path / "etc/hostname").write_text("localhost\n")
    assert machine_identity(tmp_path) == ""


def test_a_directory_that_became_unreadable_is_no_drift_and_finding_nothing_in_it_is_no_pass(host):
    root = host({"etc/ssl/private/web.key": "x"}, {"etc/ssl/private/web.key": 0o600})
    accepted = snapshot(collect_linux(root))
    tree = refusing(root, "/etc/ssl/private")
    tree.denied.add("/etc/ssl/private")
    partial = collect_linux(root, tree=tree)
    assert partial.facts["etc.world_writable"].status is FactStatus.DENIED
    hidden = msgspec.structs.replace(
        snapshot(partial), settings={k: v for k, v in snapshot(partial).settings.items() if "/etc/ssl/private/" not in k}
    )
    assert drift(accepted, hidden) == []
