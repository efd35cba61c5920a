"""The Windows collector's file: its encodings, hostile variants, and its rules."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.baseline import (
    CONSIDERATIONS,
    FactStatus,
    Outcome,
    decode_windows,
    evaluate,
    load_rules,
    read_windows,
    snapshot,
)
from sekisho.engines.baseline.derived import derive
from sekisho.errors import InputError

EXAMPLE = Path(__file__).parents[3] / "examples/baseline/windows-fictional.json"
NOW = "2026-11-22T09:00:00+09:00"


def outcomes(data: dict) -> dict[str, Outcome]:
    facts = derive(read_windows(json.dumps(data).encode()), observed_at=NOW)
    return {r.rule.removeprefix("windows."): r.outcome for r in evaluate(facts, load_rules("windows"))}


def example() -> dict:
    return json.loads(EXAMPLE.read_text(encoding="utf-8"))


def test_at_least_twelve_rules_over_all_eight_considerations():
    rules = load_rules("windows").rules
    assert len(rules) >= 12
    assert {r.consideration for r in rules} == set(CONSIDERATIONS)


def test_the_example_shows_its_known_weak_points():
    failed = {k for k, v in outcomes(example()).items() if v is Outcome.FAIL}
    assert failed == {
        "builtin_admin_disabled", "lsa_protected", "no_unused_accounts", "firewall_on", "no_unneeded_services", "script_block_logging",
        "volumes_encrypted", "password_length", "rdp_idle",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "path", "value"),
    [
        ("few_administrators", ("groups", 0, "members"), [{"sid": f"S-1-{n}"} for n in range(4)]),
        ("uac_enabled", ("uac", "enabled"), False),
        ("uac_prompts", ("uac", "consent_prompt_admin"), 0),
        ("guest_disabled", ("users", 1, "enabled"), True),
        ("no_smb1", ("smb", "smb1_enabled"), True),
        ("no_powershell_v2", ("powershell", "v2_enabled"), True),
        ("rdp_nla", ("rdp", "nla"), False),
        ("no_plaintext_credentials", ("lsa", "wdigest_plaintext"), True),
        ("ntlmv2_only", ("lsa", "lm_compatibility"), 1),
        ("smb_no_guest", ("smb", "guest_access"), True),
        ("realtime_protection", ("defender", "realtime_enabled"), False),
        ("time_service", ("clock", "service_running"), False),
        ("time_sources", ("clock", "type"), "NoSync"),
        ("time_synchronised", ("clock", "synchronised"), False),
        ("time_offset", ("clock", "offset_seconds"), -3.5),
        ("lockout", ("password_policy", "lockout_threshold"), 0),
        ("no_reversible_passwords", ("password_policy", "reversible_encryption"), True),
        ("passwords_required", ("users", 2, "password_required"), False),
        ("no_default_accounts", ("users", 2, "name"), "Test"),
        ("no_autologon", ("autologon", "password_stored"), True),
        ("screen_lock", ("screen_lock", "inactivity_seconds"), 0),
    ],
)
def test_each_rule_fails_on_its_setting(rule, path, value):
    data = example()
    assert outcomes(data)[rule] is Outcome.PASS
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert outcomes(data)[rule] is Outcome.FAIL


@pytest.mark.parametrize(
    "encode",
    [
        lambda t: t.encode(),
        lambda t: codecs.BOM_UTF8 + t.encode(),
        lambda t: codecs.BOM_UTF16_LE + t.encode("utf-16-le"),
        lambda t: codecs.BOM_UTF16_BE + t.encode("utf-16-be"),
        lambda t: t.encode("utf-16-le"),
        lambda t: t.encode("cp932"),
    ],
    ids=["utf-8", "utf-8-bom", "utf-16-le", "utf-16-be", "utf-16-le-without-bom", "cp932"],
)
def test_every_encoding_that_windows_writes_is_read(encode):
    data = decode_windows(encode(EXAMPLE.read_text(encoding="utf-8")))
    assert data["programs"][2]["name"] == "文書回覧クライアント（架空）"


@pytest.mark.parametrize(
    ("untrusted", "code"),
    [
        (b"", "baseline.windows_json"),
        (EXAMPLE.read_bytes()[:500], "baseline.windows_json"),
        (b"[" * 200_000, "baseline.windows_json"),
        (b'{"schema": "\\ud800"}', None),
        (b"\xff\xfe\x00\xd8", "baseline.windows_encoding"),
        (b"{\x81", "baseline.windows_encoding"),
        (b"[]", "baseline.windows_schema"),
        (b'{"schema": "sekisho.windows-collector/9"}', "baseline.windows_schema"),
        (b'{"a": 1}' + b" " * (33 * 1024 * 1024), "baseline.windows_too_large"),
    ],
    ids=["empty", "truncated", "deep", "lone-surrogate", "half-utf16", "no-encoding", "list", "other-version", "huge"],
)
def test_hostile_files_are_refused_and_named(untrusted, code):
    with pytest.raises(InputError, match="windows_invalid") as caught:
        read_windows(untrusted, file="pc.json")
    assert caught.value.problems[0].file == "pc.json"
    assert code is None or caught.value.problems[0].code == code


def test_wrong_types_are_all_named_with_their_place():
    data = example()
    data["users"][0]["enabled"] = "yes"
    data["listening"][0]["port"] = 99999
    with pytest.raises(InputError) as caught:
        read_windows(json.dumps(data).encode())
    assert {p.fields["path"] for p in caught.value.problems} == {"users/0/enabled", "listening/0/port"}


@given(st.binary(max_size=300))
def test_any_bytes_are_facts_or_an_input_error(data):
    with pytest.raises(InputError):
        read_windows(data)


def test_a_section_that_was_denied_is_an_error_and_not_a_drift():
    data = example()
    data["password_policy"] = None
    data["bitlocker"] = None
    data["errors"] = [{"section": "password_policy", "reason": "denied"}, {"section": "bitlocker", "reason": "missing"}]
    facts = read_windows(json.dumps(data).encode())
    assert facts.facts["win.password_policy"].status is FactStatus.DENIED
    found = outcomes(data)
    assert found["password_length"] is Outcome.ERROR
    assert found["volumes_encrypted"] is Outcome.NOT_APPLICABLE
    assert "win.password_policy" in snapshot(facts).unread


def test_a_value_that_the_collector_could_not_tell_is_an_error_not_a_failure():
    data = example()
    data["powershell"]["v2_enabled"] = None
    assert outcomes(data)["no_powershell_v2"] is Outcome.ERROR
