"""Each reader against hostile input: a clear problem, never an exception, nothing invented."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.sbom import windows_inventory
from sekisho.engines.sbom.apt import decompressed, parse_release
from sekisho.engines.sbom.dpkg import parse_status
from sekisho.engines.sbom.licences import from_copyright, from_python, to_expression
from sekisho.engines.sbom.model import Distribution
from sekisho.engines.sbom.npm import parse_lock, parse_package
from sekisho.engines.sbom.osrelease import parse as parse_os_release
from sekisho.engines.sbom.python_env import parse_metadata
from sekisho.engines.sbom.rootfs import Root
from sekisho.engines.sbom.rpm import components as rpm_components
from sekisho.engines.sbom.rpm import parse_header, parse_query
from sekisho.errors import InputError, Problem


@pytest.mark.parametrize(
    ("text", "names", "codes"),
    [
        ("", [], []),
        ("Package: a\nStatus: install ok installed\nVersion: 1\n", ["a"], []),
        ("Package: a\nStatus: install ok installed\n", ["a"], []),
        ("Package: a\nVersion: 1\n", [], ["sbom.package_without_status"]),
        ("Status: install ok installed\nVersion: 1\n", [], ["sbom.package_without_name"]),
        ("garbage without colon\nPackage: a\nStatus: install ok installed\n", ["a"], ["sbom.stanza_broken"]),
        (" continuation first\nPackage: a\nStatus: install ok installed\n", ["a"], ["sbom.stanza_broken"]),
        ("Package: a\nPackage: b\nStatus: install ok installed\n", ["a"], ["sbom.stanza_field_twice"]),
        ("Package: a\nStatus: install ok installed\nVersion: 1;x\n", ["a"], ["sbom.version_broken"]),
        ("Package: a\nStatus: install ok half-installed\n", ["a"], []),
        ("Package: a\nStatus: purge ok not-installed\n", [], []),
        ("Package: a\r\nStatus: install ok installed\r\n", ["a"], []),
        ("Package: a\nStatus: install ok installed\n\nPackage: a\nStatus: install ok installed\n", ["a"], ["sbom.package_twice"]),
    ],
)
def test_dpkg_status(text: str, names: list[str], codes: list[str]) -> None:
    problems: list[Problem] = []
    assert [p.name for p in parse_status(text.encode(), file="status", problems=problems)] == names
    assert [p.code for p in problems] == codes
    assert all(p.file == "status" and (p.row or 0) > 0 for p in problems)


@given(st.binary(max_size=400))
def test_dpkg_status_survives_any_bytes(data: bytes) -> None:
    parse_status(data, file="status", problems=[])


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z][a-z0-9+.-]{1,10}", fullmatch=True), st.from_regex(r"[0-9][0-9.]{0,5}", fullmatch=True)),
        unique_by=lambda p: p[0],
    )
)
def test_dpkg_status_gives_back_what_was_written(packages: list[tuple[str, str]]) -> None:
    text = "\n".join(f"Package: {n}\nStatus: install ok installed\nVersion: {v}\n" for n, v in packages)
    problems: list[Problem] = []
    assert [(p.name, p.version) for p in parse_status(text.encode(), file="s", problems=problems)] == packages
    assert not problems


@pytest.mark.parametrize(
    ("synopsis", "expected"),
    [
        ("GPL-2+", "GPL-2.0-or-later"), ("GPL-2", "GPL-2.0-only"), ("LGPL-2.1+", "LGPL-2.1-or-later"), ("Expat", "MIT"),
        ("GPL-2+ or Artistic", "GPL-2.0-or-later OR Artistic-1.0-Perl"), ("MIT and (GPL-3 or Apache-2.0)", "MIT AND (GPL-3.0-only OR Apache-2.0)"),
        ("GPL-2+ with OpenSSL exception", "GPL-2.0-or-later WITH openvpn-openssl-exception"), ("apache-2.0", "Apache-2.0"),
        ("custom", None), ("MIT or custom", None), ("or MIT", None), ("MIT or", None), ("((MIT)", None), ("MIT)", None), ("", None), ("GPL-9", None),
    ],
)  # fmt: skip
def test_licence_synopsis(synopsis: str, expected: str | None) -> None:
    assert to_expression(synopsis) == expected


@pytest.mark.parametrize(
    ("text", "licences", "basis"),
    [
        ("", (), ""),
        ("All rights reserved, ask us.", (), ""),
        ("see /usr/share/common-licenses/GPL-2.", ("GPL-2.0-only",), "derived"),
        (
            "version 2 or (at your option) any later version; see /usr/share/common-licenses/GPL-2'",
            ("GPL-2.0-or-later",),
            "derived",
        ),
        ("Permission is hereby granted, free\nof charge, to any person", ("MIT",), "derived"),
    ],
)
def test_copyright_text(text: str, licences: tuple[str, ...], basis: str) -> None:
    assert from_copyright(text) == (licences, basis)


def test_python_licence_precedence() -> None:
    assert from_python("MIT OR Apache-2.0", "x", ()) == ("MIT OR Apache-2.0",)
    assert from_python("", "BSD-3-Clause", ("License :: OSI Approved :: BSD License",)) == ("BSD-3-Clause",)
    assert from_python("", "", ("License :: OSI Approved :: BSD License",)) == ("BSD License",)  # which BSD is not known
    assert from_python("", "UNKNOWN", ()) == ()


@given(st.text(max_size=300))
def test_licences_survive_any_text(text: str) -> None:
    to_expression(text)
    from_copyright(text)
    from_python(text, text, (text,))


@pytest.mark.parametrize(
    ("data", "name", "version"),
    [
        (b"Name: a\nVersion: 1\n\nName: not this\n", "a", "1"),
        (b"Name: a\nName: b\n", "a", None),
        (b"Version: 1\r\nName: a\r\n\r\n", "a", "1"),
        (b"", None, None),
        (b"no headers at all", None, None),
        (b"\xff\xfe\x00N", None, None),
    ],
)
def test_python_metadata(data: bytes, name: str | None, version: str | None) -> None:
    fields, _ = parse_metadata(data)
    assert (fields.get("name"), fields.get("version")) == (name, version)


@given(st.binary(max_size=300))
def test_python_metadata_survives_any_bytes(data: bytes) -> None:
    parse_metadata(data)


@pytest.mark.parametrize(
    ("lock", "found", "codes"),
    [
        (
            {"lockfileVersion": 1, "dependencies": {"a": {"version": "1", "dependencies": {"b": {"version": "2"}}}}},
            {("a", "1"), ("b", "2")},
            [],
        ),
        (
            {"lockfileVersion": 3, "packages": {"": {"name": "me"}, "node_modules/a/node_modules/@s/b": {"version": "2"}}},
            {("@s/b", "2")},
            [],
        ),
        ({"lockfileVersion": 2, "packages": {"node_modules/alias": {"name": "real", "version": "1"}}}, {("real", "1")}, []),
        ({"lockfileVersion": 3, "packages": {"node_modules/l": {"link": True}}}, set(), []),
        ({"lockfileVersion": 3, "packages": {"node_modules/x": "1.0"}}, set(), ["sbom.lock_entry_broken"]),
        ({"lockfileVersion": 3, "packages": {"node_modules/": {"version": "1"}}}, set(), []),
        ({}, set(), ["sbom.lock_unknown"]),
        ([], set(), ["sbom.json_not_object"]),
    ],
)
def test_package_lock(lock: object, found: set[tuple[str, str]], codes: list[str]) -> None:
    problems: list[Problem] = []
    assert {(c.name, c.version) for c in parse_lock(json.dumps(lock).encode(), file="lock", problems=problems)} == found
    assert [p.code for p in problems] == codes


@pytest.mark.parametrize("data", [b"", b"{", b"\x00", b'{"a":' * 3000, b"\xef\xbb\xbf{", b'"text"', b"\xff\xff"])
def test_broken_json_is_a_problem_with_its_file(data: bytes) -> None:
    for read in (parse_lock, lambda d, **k: [parse_package(d, path="p", **k)]):
        problems: list[Problem] = []
        read(data, file="x/package-lock.json", problems=problems)
        assert [p.file for p in problems] == ["x/package-lock.json"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "version", "license", "licenses", "packages", "dependencies", "node_modules/a", "link", "type", "author"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_npm_readers_survive_any_json(value: object) -> None:
    data = json.dumps(value).encode()
    parse_lock(data, file="f", problems=[])
    parse_package(data, path="p", file="f", problems=[])


def header(values: dict[int, str | int]) -> bytes:
    """An RPM header as the database holds it."""
    index, data = b"", b""
    for tag, value in values.items():
        if isinstance(value, int):
            data += b"\0" * (-len(data) % 4)
            index += struct.pack(">iiii", tag, 4, len(data), 1)
            data += struct.pack(">i", value)
        else:
            index += struct.pack(">iiii", tag, 6, len(data), 1)
            data += value.encode() + b"\0"
    return struct.pack(">ii", len(values), len(data)) + index + data


BASH = {
    1000: "bash",
    1001: "5.2",
    1002: "1.fc40",
    1003: 2,
    1014: "GPL-3.0-or-later",
    1022: "x86_64",
    1044: "bash-5.2-1.fc40.src.rpm",
    1011: "Fedora",
}


def test_rpm_header_gives_back_what_was_written() -> None:
    assert parse_header(header(BASH))["licence"] == "GPL-3.0-or-later"
    assert parse_header(header(BASH))["epoch"] == "2"


@given(st.binary(max_size=200) | st.integers(0, 150).map(lambda n: header(BASH)[:n]))
def test_rpm_header_refuses_or_reads_any_bytes(data: bytes) -> None:
    try:
        parse_header(data)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either outcome is right, an empty reason is not


def test_rpm_sqlite_database_is_read_without_touching_it(tmp_path: Path) -> None:
    place = tmp_path / "var/lib/rpm"
    place.mkdir(parents=True)
    with sqlite3.connect(place / "rpmdb.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        connection.executemany(
            "INSERT INTO Packages(blob) VALUES (?)", [(header(BASH),), (header({1000: "gpg-pubkey", 1001: "1"}),), (b"\x00\x01",)]
        )
    connection.close()
    before = sorted((p.name, p.read_bytes()) for p in place.iterdir())
    problems: list[Problem] = []
    (bash,) = rpm_components(Root(tmp_path), Distribution("fedora", "40"), run=None, problems=problems) or []
    assert (bash.name, bash.version, bash.licences) == ("bash", "2:5.2-1.fc40", ("GPL-3.0-or-later",))
    assert bash.purl == "pkg:rpm/fedora/bash@5.2-1.fc40?arch=x86_64&distro=fedora-40&epoch=2"
    assert [(p.code, p.row) for p in problems] == [("sbom.rpm_header_broken", 3)]
    assert sorted((p.name, p.read_bytes()) for p in place.iterdir()) == before


def test_rpm_database_that_nobody_can_read_is_a_problem(tmp_path: Path) -> None:
    place = tmp_path / "var/lib/rpm"
    place.mkdir(parents=True)
    (place / "rpmdb.sqlite").write_bytes(b"not a database" * 100)
    problems: list[Problem] = []
    assert rpm_components(Root(tmp_path), Distribution(), run=None, problems=problems) is None
    (place / "rpmdb.sqlite").rename(place / "Packages")
    assert rpm_components(Root(tmp_path), Distribution(), run=None, problems=problems) is None
    assert [p.code for p in problems] == ["sbom.rpm_database_broken", "sbom.rpm_database_unreadable"]
    line = b"bash\t(none)\t5.2\t1\tx86_64\tGPLv3+\tFedora\tbash.src.rpm\nbroken line\n"
    found = rpm_components(Root(tmp_path), Distribution(), run=lambda _: line, problems=problems) or []
    assert [(c.name, c.version, c.licences) for c in found] == [("bash", "5.2-1", ("GPL-3.0-or-later",))]
    assert (problems[-1].code, problems[-1].row) == ("sbom.rpm_line_broken", 2)
    assert parse_query(b"", problems=problems) == []


@pytest.mark.parametrize(
    ("text", "date"),
    [("Date: Sat, 22 Nov 2026 00:12:11 UTC\nSuite: x-security\n", True), ("Date: nonsense\n", False), ("", False)],
)
def test_release_dates(text: str, date: bool) -> None:
    assert (parse_release(text.encode()).date is not None) is date


@given(st.binary(max_size=200))
def test_lists_and_releases_survive_any_bytes(data: bytes) -> None:
    parse_release(data)
    parse_os_release(data.decode("utf-8", "replace"))
    for ending in (".lz4", ".gz", ".xz", ".bz2"):
        try:
            decompressed(data, ending)
        except ValueError:
            continue


@pytest.mark.parametrize("ending", [".lz4", ".gz", ".xz", ".bz2"])
def test_a_compressed_bomb_stops_at_the_limit(ending: str) -> None:
    import bz2
    import gzip
    import lzma

    import lz4.frame

    pack = {".lz4": lz4.frame.compress, ".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}[ending]
    assert decompressed(pack(b"0" * 1000), ending, limit=1000) == b"0" * 1000
    with pytest.raises(ValueError, match=">"):
        decompressed(pack(b"0" * 100_000), ending, limit=1000)


WINDOWS = {
    "schema": "sekisho.windows-collector/1", "collector_version": "1", "collected_at": "2026-11-20T09:00:00+09:00", "privileged": True,
    "os": {"hostname": "pc-01", "caption": "Windows Server 2019", "version": "10.0.17763", "revision": 100},
    "programs": [{"name": "7-Zip", "version": "24.08", "publisher": "Igor"}, {"name": "Tool", "version": None}],
    "hotfixes": [{"id": "KB5012345"}], "errors": [],
    "pending_updates": [{"title": "2026-11 累積更新", "kb": ["KB5099999"], "security": True, "released": "2026-11-10"}, {"title": "driver", "security": False}],
}  # fmt: skip


def test_windows_file() -> None:
    inventory = windows_inventory(b"\xef\xbb\xbf" + json.dumps(WINDOWS).encode(), file="pc-01.json")
    assert [(c.name, c.version) for c in inventory.components] == [("7-Zip", "24.08"), ("KB5012345", "5012345"), ("Tool", "")]
    assert [u.candidate for u in inventory.lists.updates] == ["KB5099999"]
    assert inventory.distribution.version == "10.0.17763.100"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe{",
        json.dumps({**WINDOWS, "schema": "other/9"}).encode(),
        json.dumps({**WINDOWS, "programs": "x"}).encode(),
    ],
)
def test_a_file_that_is_no_windows_file_is_refused_with_its_name(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        windows_inventory(data, file="pc-01.json")
    assert caught.value.problems[0].file == "pc-01.json"


def test_sections_that_were_not_collected_are_told() -> None:
    inventory = windows_inventory(json.dumps({**WINDOWS, "programs": None, "pending_updates": None}).encode(), file="f")
    assert [p.fields for p in inventory.problems] == [{"section": "programs"}]
    assert inventory.lists.status == "unknown"
