"""What is written can be read back, and holds nothing that a device or a spreadsheet would misread."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import msgspec
import pytest
import stix2
import yaml
from sigma.collection import SigmaCollection

from sekisho.engines.detection.indicators import HASHES, Direction, Indicator, Kind, Tlp
from sekisho.engines.detection.sigma import compile_rules
from sekisho.engines.threatintel import (
    Audience,
    check,
    denied,
    read_hash_list,
    read_hosts,
    read_misp,
    read_rpz,
    read_squid,
    read_stix,
    readback,
    writers,
)
from sekisho.errors import InputError, NotPermitted


def values(ones):
    return sorted(one.value for one in ones)


def test_squid_and_back(indicators, now):
    written = writers.write_squid(indicators, now=now)
    assert values(written.included) == sorted(
        ["evil.jp", "45.77.10.21", "185.220.101.0/24", "https://page.evil.net/a.b?c=(d)", "2001:db8:5::1"]
    )
    blocked = read_squid(written.content)
    result = check(written.included, blocked)
    assert (result.missing, result.exact_only, blocked.problems) == ((), (), ())
    assert not blocked.covers(Indicator(kind=Kind.URL, value="https://page.evil.net/aXb?c=(d)")), "a dot is a dot"
    assert blocked.covers(Indicator(kind=Kind.URL, value="http://page.evil.net/a.b?c=(d)"))
    assert blocked.covers(Indicator(kind=Kind.DOMAIN, value="www.evil.jp"))
    assert not blocked.covers(Indicator(kind=Kind.DOMAIN, value="notevil.jp"))


SQUID = {
    "denied": ("acl bad dstdomain .evil.jp\nhttp_access deny bad\n", True),
    "exact name only": ("acl bad dstdomain evil.jp\nhttp_access deny bad\n", False),
    "never denied": ("acl bad dstdomain .evil.jp\n", False),
    "allowed before": ("acl bad dstdomain .evil.jp\nhttp_access allow all\nhttp_access deny bad\n", False),
    "only for some": ("acl bad dstdomain .evil.jp\nhttp_access deny bad work\n", False),
    "commented out": ("# acl bad dstdomain .evil.jp\nhttp_access deny bad\n", False),
    "from a file": ('acl bad dstdomain "/etc/squid/bad.txt"\nhttp_access deny bad\n', True),
    "from a file that was not given": ('acl bad dstdomain "/etc/squid/other.txt"\nhttp_access deny bad\n', False),
    "broken quote": ('acl bad dstdomain "/etc/squid\nhttp_access deny bad\n', False),
}


@pytest.mark.parametrize("name", SQUID)
def test_a_squid_configuration_of_somebody_else(name):
    text, covered = SQUID[name]
    blocked = read_squid(text, files={"/etc/squid/bad.txt": "# list\n.evil.jp\n"})
    assert blocked.covers(Indicator(kind=Kind.DOMAIN, value="evil.jp")) is covered
    assert bool(blocked.problems) == (name in {"from a file that was not given", "broken quote"})


def test_rpz_and_back(indicators, now):
    written = writers.write_rpz(indicators, now=now, serial=2026113001)
    assert "32.21.10.77.45.rpz-ip CNAME ." in written.content
    assert "128.1.zz.5.db8.2001.rpz-ip CNAME ." in written.content
    result = check(written.included, read_rpz(written.content))
    assert (result.missing, result.exact_only) == ((), ())
    with pytest.raises(InputError):
        read_rpz("evil.jp CNAME .\n")
    for serial in (0, -1, 2**32):
        with pytest.raises(InputError):
            writers.write_rpz(indicators, now=now, serial=serial)


def test_rpz_of_somebody_else():
    zone = "$ORIGIN rpz.local.\n@ SOA a. b. 1 1 1 1 1\nevil.jp.rpz.local. 60 IN CNAME .\n*.evil.jp.rpz.local. 60 IN CNAME .\nhalf.jp CNAME .\nok.jp CNAME rpz-passthru.\n*.ok.jp CNAME rpz-passthru.\n"
    blocked = read_rpz(zone)
    result = check([Indicator(kind=Kind.DOMAIN, value=name) for name in ("evil.jp", "half.jp", "ok.jp")], blocked)
    assert (values(result.shown), values(result.exact_only), values(result.missing)) == (["evil.jp"], ["half.jp"], ["ok.jp"])


def test_hosts_and_hashes_and_back(indicators, now):
    written = writers.write_hosts(indicators, now=now)
    result = check(written.included, read_hosts(written.content + "10.0.0.1 intranet\n127.0.0.1 localhost\n"))
    assert values(result.exact_only) == ["evil.jp"], "a hosts file stops no sub-domain, and says so"
    written = writers.write_hashes(indicators, now=now)
    assert {one.kind for one in written.included} == HASHES
    assert check([one for one in written.included if one.kind is not Kind.IMPHASH], read_hash_list(written.content)).missing == ()
    assert writers.write_hashes(indicators, now=now, only=Kind.SHA256).content == "0a" * 32 + "\n"


def test_firewall_csv_has_direction_expiry_and_no_formula(now):
    ones = [
        Indicator(
            kind=Kind.IP,
            value="45.0.0.1",
            direction=Direction.INBOUND,
            expires=now + timedelta(days=1),
            title="=HYPERLINK(1)",
            source="@x\n+y",
        ),
        Indicator(kind=Kind.DOMAIN, value="evil.jp", tlp=Tlp.CLEAR),
    ]
    rows = list(csv.DictReader(io.StringIO(writers.write_firewall_csv(ones, now=now).content)))
    assert [(row["value"], row["direction"], row["expires"], row["title"], row["source"]) for row in rows] == [
        ("evil.jp", "both", "", "", ""),
        ("45.0.0.1", "inbound", "2026-12-01T03:00:00+00:00", "'=HYPERLINK(1)", "'@x +y"),
    ]


def test_left_out_with_reasons(indicators, now):
    ones = [
        Indicator(kind=Kind.DOMAIN, value="old.jp", expires=now),
        Indicator(kind=Kind.DOMAIN, value="context.jp", block=False),
        Indicator(kind=Kind.IP, value="45.0.0.1", direction=Direction.INBOUND),
        Indicator(kind=Kind.MD5, value="0a" * 16),
        Indicator(kind=Kind.DOMAIN, value="evil.jp"),
        Indicator(kind=Kind.DOMAIN, value="www.evil.jp"),
    ]
    written = writers.write_squid(ones, now=now)
    assert [(one.indicator.value, one.code.partition(".")[2]) for one in written.left_out] == [
        ("old.jp", "expired"), ("context.jp", "context_only"), ("45.0.0.1", "other_direction"), ("0a" * 16, "kind_not_held"),
    ]  # fmt: skip
    assert ".www.evil.jp" not in written.content, "Squid refuses a list with a name and one below it"
    assert len(written.included) == 2


@pytest.mark.parametrize("name", ["write_squid", "write_hosts", "write_firewall_csv", "write_hashes", "write_sigma"])
def test_tlp_red_is_refused_by_every_list(name, now):
    ones = [Indicator(kind=kind, value=value, tlp=Tlp.RED) for kind, value in ((Kind.DOMAIN, "evil.jp"), (Kind.MD5, "0a" * 16))]
    with pytest.raises(NotPermitted):
        getattr(writers, name)(ones, now=now)
    getattr(writers, name)(ones, now=now, audience=Audience.RECIPIENT)


def test_hostile_texts_stay_in_their_line(now):
    ones = [Indicator(kind=Kind.DOMAIN, value="evil.jp", title="x\nhttp_access allow all", source="a\r\n$INCLUDE /etc/passwd")]
    for content in (
        writers.write_squid(ones, now=now).content,
        writers.write_rpz(ones, now=now, serial=1).content,
        writers.write_hosts(ones, now=now).content,
    ):
        assert "allow all" not in content
        assert "INCLUDE" not in content
    with pytest.raises(InputError):
        writers.write_squid(ones, now=now, name="x\nallow")
    with pytest.raises(InputError):
        writers.write_rpz(ones, now=now, serial=1, zone="x\n")


def test_stix_is_valid_and_comes_back(indicators, now):
    ones = [
        *indicators,
        Indicator(
            kind=Kind.DOMAIN,
            value="q'uote.jp".replace("'", ""),
            expires=now + timedelta(days=2),
            confidence=40,
            tlp=Tlp.CLEAR,
            source="x",
            reference="y",
        ),
    ]
    written = writers.write_stix(ones, now=now, audience=Audience.COMMUNITY, name="みなも市")
    bundle = json.loads(written.content)
    for entry in bundle["objects"]:
        stix2.parse(entry, allow_custom=entry["type"] == "marking-definition")
    again = read_stix(written.content.encode())
    assert values(again.indicators) == values(ones)
    assert {one.tlp for one in again.indicators} == {Tlp.GREEN, Tlp.CLEAR}
    assert next(one for one in again.indicators if one.value == "quote.jp").expires == now + timedelta(days=2)
    assert written.content == writers.write_stix(ones, now=now, audience=Audience.COMMUNITY, name="みなも市").content, (
        "the same again"
    )


def test_misp_comes_back(indicators, now):
    written = writers.write_misp(indicators, now=now, audience=Audience.COMMUNITY, name="市", title="攻撃")
    again = read_misp(written.content.encode())
    assert values(again.indicators) == values(indicators)
    assert (again.title, again.tlp) == ("攻撃", Tlp.GREEN)


def test_sigma_rules_are_accepted(indicators, now):
    many = [Indicator(kind=Kind.DOMAIN, value=f"a{number}.evil.jp", tlp=Tlp.GREEN) for number in range(1_500)]
    written = writers.write_sigma([*indicators, *many], now=now, title="攻撃")
    rules = SigmaCollection.from_yaml(written.content)
    assert not rules.errors
    ours = compile_rules([("hunt.yml", written.content.encode())])
    assert (len(ours.rules), len(ours.broken), len(ours.unsupported)) == (len(rules.rules), 0, 0), (
        "our own engine accepts them, too"
    )
    assert len(rules.rules) == len(list(yaml.safe_load_all(written.content)))
    assert len({str(rule.id) for rule in rules.rules}) == len(rules.rules)
    assert [one.indicator.kind.value for one in written.left_out] == ["email", "sha512", "ssdeep", "file_path"]


def test_blocked_shown_by_a_deny_log():
    from sekisho.engines.detection.indicators import Place, Sighting

    def seen(value, *places):
        return Sighting(
            Indicator(kind=Kind.DOMAIN, value=value),
            places=[Place("a.log", record, None, "", "squid", "url", value) for record in places],
        )

    outcomes = {("a.log", 1): "TCP_DENIED/403", ("a.log", 2): "TCP_MISS/200", ("a.log", 3): "遮断"}
    assert [one.value for one in denied([seen("a.jp", 2, 1), seen("b.jp", 2), seen("c.jp", 3), seen("d.jp", 9)], outcomes)] == [
        "a.jp",
        "c.jp",
    ]


def test_a_huge_regular_expression_is_not_run():
    blocked = readback.read_squid("acl u url_regex " + "(a+)+" * 2_000 + "\nhttp_access deny u\n")
    assert blocked.patterns == ()
    assert msgspec.json.encode(len(blocked.problems))
