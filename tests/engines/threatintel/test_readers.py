"""STIX, MISP, CSV, lists, RSS: what is understood, what is left out, what is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines import threatintel
from sekisho.engines.detection.indicators import Direction, Kind, Own, Tlp
from sekisho.engines.threatintel import (
    Form,
    Mapped,
    form_of,
    read,
    read_csv,
    read_list,
    read_misp,
    read_own,
    read_stix,
    write_own,
)
from sekisho.engines.threatintel.articles import read_articles
from sekisho.engines.threatintel.stixpattern import PatternError, parse_pattern, searchable
from sekisho.errors import InputError
from sekisho.standards.texts import known

PATTERNS = {
    "address": ("[ipv4-addr:value = '45.77.10.21']", [("ip", "45.77.10.21")]),
    "network": ("[ipv4-addr:value ISSUBSET '45.77.10.0/24']", [("network", "45.77.10.0/24")]),
    "several": ("[domain-name:value IN ('a.jp', 'b.jp')]", [("domain", "a.jp"), ("domain", "b.jp")]),
    "or": ("[domain-name:value = 'a.jp' OR url:value = 'http://b.jp/']", [("domain", "a.jp"), ("url", "http://b.jp/")]),
    "and takes the most selective": ("[file:name = 'a.exe' AND file:hashes.'SHA-256' = 'h']", [("sha256", "h")]),
    "hashes": ("[file:hashes.MD5 = 'm' OR file:hashes.'SHA-1' = 's' OR file:hashes.SSDEEP = 'd']", [("md5", "m"), ("sha1", "s"), ("ssdeep", "d")]),
    "direction": ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '45.0.0.1']", [("ip", "45.0.0.1")]),
    "observations": ("([ipv4-addr:value='1.1.1.1'] FOLLOWEDBY [domain-name:value='a.jp']) WITHIN 300 SECONDS", [("ip", "1.1.1.1"), ("domain", "a.jp")]),
    "escapes": (r"[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Software\\it\'s']", [("registry", r"HKEY_LOCAL_MACHINE\Software\it's")]),
    "qualifier": ("[url:value = 'http://a.jp/'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'", [("url", "http://a.jp/")]),
    "negated": ("[domain-name:value != 'a.jp']", []),
    "like": ("[url:value LIKE 'http://%']", []),
    "unknown object": ("[x-thing:value = 'a']", []),
}  # fmt: skip


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns(name):
    text, wanted = PATTERNS[name]
    found, left_out = searchable(parse_pattern(text))
    assert [(kind.value, value) for kind, _, value in found] == wanted
    assert wanted or left_out


@pytest.mark.parametrize(
    "text", ["", "[", "domain", "[a:b = ]", "[a:b = 'x'", "[" * 5_000, "(" * 5_000, "[a:b='x'] garbage [", "[a:b='" + "x" * 100]
)
def test_broken_patterns(text):
    with pytest.raises(PatternError):
        parse_pattern(text)


@given(st.text(alphabet="[]()'= abORAND:.x1,\\", max_size=60))
def test_no_pattern_breaks_the_parser(text):
    with contextlib.suppress(PatternError):
        searchable(parse_pattern(text))


def bundle(*objects):
    return json.dumps({"type": "bundle", "id": "bundle--0", "objects": list(objects)}).encode()


def indicator(pattern, **more):
    return {"type": "indicator", "id": f"indicator--{abs(hash(pattern))}", "pattern": pattern, "pattern_type": "stix", **more}


def test_stix_with_validity_markings_and_unknown_types():
    found = read_stix(
        bundle(
            {"type": "identity", "id": "identity--1", "name": "県CSIRT"},
            {"type": "marking-definition", "id": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"},
            {"type": "marking-definition", "id": "marking-definition--own", "definition_type": "tlp", "definition": {"tlp": "red"}},
            indicator("[domain-name:value = 'Evil.JP']", valid_from="2026-11-01T00:00:00Z", valid_until="2027-01-01T09:00:00+09:00", confidence=80,
                      object_marking_refs=["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"], created_by_ref="identity--1", name="C2"),
            indicator("[ipv4-addr:value = '45.77.10.21']", object_marking_refs=["marking-definition--own"]),
            indicator("[domain-name:value = 'old.jp']", revoked=True),
            indicator("[ipv4-addr:value = '0.0.0.0/0']"),
            indicator("[broken"),
            indicator("rule x {}", pattern_type="yara"),
            {"type": "x-new-thing", "id": "x-new-thing--1"},
            {"type": "report", "id": "report--1", "name": "攻撃の報告", "published": "2026-11-02T00:00:00Z"},
            "no object",
            {"type": "vulnerability", "id": "vulnerability--1", "name": "CVE-2026-1"},
        )
    )  # fmt: skip
    one, two = found.indicators
    assert (one.value, one.tlp, one.confidence, one.source, one.title) == ("evil.jp", Tlp.AMBER, 80, "県CSIRT", "C2")
    assert one.expires.isoformat() == "2027-01-01T00:00:00+00:00"
    assert (two.tlp, found.tlp, found.title, found.cves) == (Tlp.RED, Tlp.RED, "攻撃の報告", ("CVE-2026-1",))
    assert found.ignored == {"threatintel.revoked": 1, "pattern_type:yara": 1, "type:x-new-thing": 1}
    assert [problem.code for problem in found.problems] == ["threatintel.pattern_broken", "threatintel.object_broken"]
    assert [one.reasons[0].code for one in found.refused] == ["indicators.matches_everything"]
    json.dumps(found.summary())


def test_misp_with_to_ids_tags_and_composites():
    attributes = [
        {"type": "ip-dst|port", "value": "45.77.10.21|443", "to_ids": True, "uuid": "a"},
        {"type": "domain|ip", "value": "evil.jp|45.77.10.22", "to_ids": False, "Tag": [{"name": "tlp:red"}]},
        {"type": "filename|sha256", "value": "a.exe|" + "0a" * 32},
        {"type": "regkey|value", "value": "HKLM\\Software\\Evil\\Run|x"},
        {"type": "vulnerability", "value": "cve-2026-1"},
        {"type": "ip-src", "value": "10.0.0.1"},
        {"type": "md5"},
        {"type": "domain", "value": "gone.jp", "deleted": True},
    ]
    event = {"Event": {"info": "攻撃", "uuid": "u", "date": "2026-11-01", "Orgc": {"name": "CERT"}, "Tag": [{"name": "tlp:amber"}],
                       "Attribute": attributes, "Object": [{"Attribute": [{"type": "url", "value": "http://evil.jp/x"}]}]}}  # fmt: skip
    found = read_misp(json.dumps({"response": [event]}).encode())
    assert [(one.kind.value, one.value, one.tlp.value, one.block, one.direction.value) for one in found.indicators] == [
        ("ip", "45.77.10.21", "amber", True, "outbound"),
        ("domain", "evil.jp", "red", False, "both"),
        ("ip", "45.77.10.22", "red", False, "both"),
        ("sha256", "0a" * 32, "amber", True, "both"),
        ("registry", "hklm\\software\\evil\\run", "amber", True, "both"),
        ("url", "http://evil.jp/x", "amber", True, "outbound"),
    ]
    assert (found.title, found.tlp, found.cves) == ("攻撃", Tlp.RED, ("CVE-2026-1",))
    assert found.ignored == {"type:vulnerability": 1, "threatintel.revoked": 1}
    assert [one.original for one in found.refused] == ["10.0.0.1"]
    assert [one.code for one in found.problems] == ["threatintel.object_broken"]


CSV = "種別,値,方向,有効期限,TLP,確度,備考\nIPアドレス,45[.]77.10.21,内→外,2027-03-31,TLP:GREEN,70%,=1+1\nハッシュ値,{sha},,,,,\nドメイン,city.example.lg.jp,,,,,\nIPアドレス,45.1.1.1,斜め,,PURPLE,500,\n謎,x,,,,,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_in_japanese(encoding):
    found = read_csv(
        CSV.format(sha="0A" * 32).encode(encoding), filename="表.csv", source="県", own=Own(domains=("city.example.lg.jp",))
    )
    one, two = found.indicators
    assert (one.value, one.direction, one.tlp, one.confidence, one.source) == (
        "45.77.10.21",
        Direction.OUTBOUND,
        Tlp.GREEN,
        70,
        "県",
    )
    assert one.expires.isoformat() == "2027-03-31T00:00:00+00:00"
    assert two.kind is Kind.SHA256
    assert [(problem.row, problem.fields["columns"]) for problem in found.problems] == [(5, "tlp, direction, confidence")]
    assert found.ignored == {"type:謎": 1}
    assert found.refused[0].place == "表.csv:4"


def test_csv_with_a_mapping_defaults_comments_and_tabs():
    text = "# made by x\n# Dst\tNote\n\nDst\tNote\n45.77.10.21\tc2\n"
    found = read_csv(text.encode(), mapping=Mapped({"value": "Dst", "title": "note"}, {"tlp": "amber", "direction": "outbound"}))
    assert [(one.value, one.title, one.tlp, one.direction) for one in found.indicators] == [
        ("45.77.10.21", "c2", Tlp.AMBER, Direction.OUTBOUND)
    ]
    commented = "# first_seen_utc,ioc_value,ioc_type\n2026-11-01,evil.jp,domain\n"
    assert [one.value for one in read_csv(commented.encode()).indicators] == ["evil.jp"]
    for content, code in ((b"a,b\n1,2\n", "csv_without_value"), (b"", "csv_without_value"), (b"\xff\xfe\x81", "encoding")):
        with pytest.raises(InputError) as raised:
            read_csv(content)
        assert raised.value.code == f"threatintel.{code}"
    with pytest.raises(InputError) as raised:
        read_csv(b"ip\n1.1.1.1\n", mapping=Mapped({"value": "zz"}))
    assert raised.value.code == "threatintel.csv_column_missing"


def test_list_and_our_own_form_go_round():
    found = read_list(b"# c2\nevil[.]jp\nhttp://evil.jp/#a\n45.77.10.21 # x\n*\nevil.jp.\n", filename="l.txt", tlp=Tlp.AMBER)
    assert [one.value for one in found.indicators] == ["evil.jp", "http://evil.jp/", "45.77.10.21"]
    assert [(one.original, one.place) for one in found.refused] == [("*", "l.txt:5")]
    assert found.ignored == {"threatintel.repeated": 1}
    again = read_own(write_own(found.indicators))
    assert [one.value for one in again.indicators] == [one.value for one in found.indicators]
    assert {one.tlp for one in again.indicators} == {Tlp.AMBER}
    for broken in (
        b"{}",
        b"[1]",
        b'{"schema":"other/1","indicators":[]}',
        b'{"schema":"sekisho.indicators/1","indicators":[{"kind":"x","value":"y"}]}',
        b"[" * 100_000,
    ):
        with pytest.raises(InputError):
            read_own(broken)


RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>注意喚起</title>
<item><title>&lt;b&gt;CVE-2026-12345&lt;/b&gt; について TLP:CLEAR</title><link>https://a.example/1</link><pubDate>Mon, 02 Nov 2026 00:00:00 GMT</pubDate>
<description>&lt;script&gt;x()&lt;/script&gt;本文</description></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>a</title><link href="https://a.example/2"/><updated>2026-11-02T00:00:00Z</updated><summary>s</summary></entry></feed>"""


def test_rss_and_atom():
    found = read_articles(RSS.encode())
    (item,) = found.items
    assert (found.title, item.title, item.reference, item.tlp) == (
        "注意喚起",
        "CVE-2026-12345 について TLP:CLEAR",
        "https://a.example/1",
        Tlp.CLEAR,
    )
    assert item.published.isoformat() == "2026-11-02T00:00:00+00:00"
    assert "script" not in item.text
    assert "本文" in item.text
    assert found.cves == ("CVE-2026-12345",)
    assert read_articles(ATOM.encode()).items[0].reference == "https://a.example/2"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><rss version="2.0"/>', "xml_declarations"),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss/>'.encode(
                "utf-16"
            ),
            "xml_declarations",
        ),
        (b"https://example.jp/feed.xml", "not_feed"),
        (b"", "not_feed"),
        (b"<html><body>x</body></html>", "not_feed"),
    ],
)
def test_hostile_feeds(content, code):
    with pytest.raises(InputError) as raised:
        read_articles(content)
    assert raised.value.code == f"threatintel.{code}"


FORMS = {
    "own": (b'{"schema": "sekisho.indicators/1", "indicators": []}', "a.json", Form.SEKISHO),
    "stix": (b'{"objects": [], "type": "bundle"}', "a.json", Form.STIX),
    "misp": (b'{"Event": {}}', "a.json", Form.MISP),
    "csv": (b"value\nevil.jp\n", "a.csv", Form.CSV),
    "rss": (RSS.encode(), "a.xml", Form.RSS),
    "list": (b"evil.jp\n45.77.10.21\n", "a.txt", Form.LIST),
    "notice": ("件名：注意喚起\n次の通信先に注意してください。\nevil[.]jp\n".encode(), "a.txt", Form.NOTICE),
    "mail": (b"evil.jp\n", "a.eml", Form.NOTICE),
    "empty": (b"", "a.txt", Form.NOTICE),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(name):
    content, filename, form = FORMS[name]
    assert form_of(content, filename) is form
    read(content, filename=filename)


@pytest.mark.parametrize("content", [b"[1]", b'{"a": 1}', b"{" * 100_000])
def test_json_of_no_known_form(content):
    with pytest.raises(InputError) as raised:
        read(content, filename="x.json")
    assert known(raised.value.code)


@pytest.mark.parametrize("reader", [read_stix, read_misp, read_own])
@pytest.mark.parametrize(
    "content", [b"", b"[" * 200_000, b'{"type": "bundle", "objects": 3}', b"\xff\xff", b"null", b'{"Event": 1}']
)
def test_broken_json(reader, content):
    with pytest.raises(InputError) as raised:
        reader(content)
    assert known(raised.value.code)


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], {"a": None}])
def test_stix_and_misp_with_wrong_types_inside(value):
    one = indicator("[domain-name:value = 'evil.jp']")
    for field in (
        "object_marking_refs",
        "external_references",
        "labels",
        "indicator_types",
        "valid_from",
        "confidence",
        "name",
        "created_by_ref",
    ):
        read_stix(bundle({**one, field: value}))
    attribute = {"type": "domain", "value": "evil.jp"}
    for field in ("Tag", "first_seen", "comment", "to_ids", "uuid"):
        read_misp(json.dumps({"Event": {"Attribute": [{**attribute, field: value}]}}).encode())
    for field in ("Tag", "Attribute", "Object", "Orgc", "info", "date"):
        read_misp(json.dumps({"Event": {field: value}}).encode())


def test_the_public_names():
    assert len(threatintel.__all__) == len(set(threatintel.__all__))
    assert all(hasattr(threatintel, name) for name in threatintel.__all__)
