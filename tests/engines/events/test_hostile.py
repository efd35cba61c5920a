"""Input that means harm or is simply broken: bounded, counted, kept aside; and parsers that never raise for what they read."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.events.support import JAPAN, REFERENCE, read_bytes, read_paths

from sekisho.engines.events import Limits
from sekisho.engines.events.collect import as_text
from sekisho.engines.events.json_reader import flattened
from sekisho.engines.events.times import FORMATS, TimeReader
from sekisho.errors import InputError

LINE = "Jan  5 10:00:00 web01 app: {}\n"
SMALL = Limits(line_bytes=1_000, batch_bytes=20_000, pending_bytes=60_000)


def lines(*texts: str) -> str:
    return "".join(LINE.format(text) for text in texts)


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_too_long_line_is_a_reject_and_the_next_is_read(tmp_path):
    result = read_bytes(tmp_path, lines("a") + "x" * 3_000_000 + "\n" + lines("b"), limits=SMALL)
    assert [row["message"] for row in result.rows] == ["a", "b"]
    assert [row["_record"] for row in result.rows] == [1, 3]
    (reject,) = result.rejects
    assert (reject.code, reject.record, reject.offset, len(reject.excerpt)) == ("events.line_too_long", 2, len(lines("a")), 512)


def test_nul_bytes_are_counted_and_what_follows_is_read(tmp_path):
    result = read_bytes(
        tmp_path,
        lines("a").encode() + bytes(5_000_000) + lines("b").encode() + bytes(10) + b"\n" + lines("c\0d").encode(),
        limits=SMALL,
    )
    assert [row["message"] for row in result.rows] == ["a", "b", "c\\x00d"]
    assert result.report.notes["nul_bytes"] == 5_000_011
    assert set(result.codes) == {"nul_bytes"}


def test_a_reject_knows_its_line_and_byte(tmp_path):
    text = lines("a") + "no header at all\n" + lines("b")
    (reject,) = read_bytes(tmp_path, text).rejects
    assert text.encode()[reject.offset :].startswith(b"no header at all")
    assert (reject.record, reject.excerpt) == (2, b"no header at all")


def test_rejects_beyond_the_limit_are_counted_only(tmp_path):
    result = read_bytes(tmp_path, lines(*"abcdefgh") + "?\n" * 5, limits=Limits(rejects_kept=3))
    assert (len(result.rejects), result.report.rejected, result.report.notes["rejects_not_kept"]) == (3, 5, 2)


@pytest.mark.parametrize(
    ("case", "packed"),
    [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress), ("zip", lambda content: zipped({"a.log": content}))],
)
def test_compressed_whole_and_cut(case, packed, tmp_path):
    content = lines(*(f"{i:06d}{'é' * (i % 37)}" for i in range(5_000))).encode()
    whole = read_bytes(tmp_path, packed(content), name=f"a.{case}")
    assert (len(whole.rows), whole.rejects) == (5_000, [])
    cut = read_bytes(tmp_path, packed(content)[:-2000], name=f"b.{case}")
    assert cut.codes[-1:] == ["archive_damaged"]
    if case in {"gz", "xz"}:  # bz2 has blocks of 900 kB, and a ZIP its list of members at the end
        assert len(cut.rows) > 500


def test_members_appended_by_rotation_are_all_read(tmp_path):
    result = read_bytes(tmp_path, gzip.compress(lines("a").encode()) + gzip.compress(lines("b").encode()), name="a.gz")
    assert [row["message"] for row in result.rows] == ["a", "b"]


def test_zstandard(tmp_path):
    import pyarrow as pa

    packed = pa.compress(lines("a", "b").encode(), codec="zstd", asbytes=True)
    assert len(read_bytes(tmp_path, packed, name="a.zst").rows) == 2


def test_a_bomb_stops_at_the_limit(tmp_path):
    content = lines(*["same"] * 40_000).encode()
    for name, packed in {"a.gz": gzip.compress(content), "a.zip": zipped({"m.log": content})}.items():
        result = read_bytes(tmp_path, packed, name=name, limits=Limits(unpacked_bytes=1_000_000))
        assert result.codes == ["archive_bomb"], name
        assert 0 < len(result.rows) * 32 <= 1_000_000


@pytest.mark.parametrize(
    ("case", "members", "codes"),
    [
        ("an archive in an archive", {"in.zip": zipped({"a.log": b"x"})}, ["archive_nested"]),
        ("too many members", {f"{i}.log": b"" for i in range(20)}, ["archive_too_many"]),
    ],
)
def test_archives_that_are_refused(case, members, codes, tmp_path):
    assert read_bytes(tmp_path, zipped(members), name="a.zip", limits=Limits(members=10)).codes == codes, case


def test_encrypted_and_broken_archives_are_named(tmp_path):
    content = bytearray(zipped({"a.log": lines("a").encode()}))
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    assert read_bytes(tmp_path, bytes(content), name="a.zip").codes == ["archive_encrypted"]
    assert read_bytes(tmp_path, b"PK\x03\x04" + bytes(50), name="b.zip").codes == ["archive_damaged"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", "Jan  5 10:00:00 host sshd: x\n" * 500)
    bent = bytearray(packed.getvalue())
    bent[35:41] = b"\xff" * 6  # behind the head of 30 bytes and the name
    assert read_bytes(tmp_path, bytes(bent), name="c.zip").codes == ["archive_damaged"]


def test_members_cannot_lead_out_of_their_archive(tmp_path):
    result = read_bytes(tmp_path, zipped({"../../etc/x\n.log": lines("a").encode()}), name="a.zip")
    (row,) = result.rows
    assert row["_file"] == f"{tmp_path / 'a.zip'}!../../etc/x\\x0a.log"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


def taped(members: dict[str, bytes], mode: str) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:
        for name, content in members.items():
            one = tarfile.TarInfo(name)
            one.size, one.mtime = len(content), 1_767_574_800
            archive.addfile(one, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    return target.getvalue()


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:xz"])
def test_tar_archives_are_read_member_by_member(mode, tmp_path):
    members = {"var/a.log": lines("a").encode(), "../b.log.gz": gzip.compress(lines("b", "c").encode()), "empty": b""}
    result = read_bytes(tmp_path, taped(members, mode), name="logs.tar")
    assert [(row["_file"].partition("!")[2], row["message"]) for row in result.rows] == [
        ("../b.log.gz", "b"), ("../b.log.gz", "c"), ("var/a.log", "a"),
    ]  # fmt: skip
    assert not result.rejects


def test_a_damaged_tar_gives_what_comes_before(tmp_path):
    members = {f"{i}.log": lines(*(f"{i} {j}" for j in range(200))).encode() for i in range(5)}
    whole = taped(members, "w:")
    result = read_bytes(tmp_path, whole[:20_000], name="a.tar")
    assert 400 <= len(result.rows) < 1_000
    broken = read_bytes(tmp_path, whole[:7_300] + b"\xff" * 600 + whole[7_900:], name="b.tar")
    assert broken.codes == ["archive_damaged"]
    assert len(broken.rows) >= 190
    assert read_bytes(tmp_path, taped(members, "w:"), name="c.tar", limits=Limits(members=3)).codes == ["archive_too_many"]


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize(
    ("case", "content", "events", "codes"),
    [
        ("nested 100,000 deep", f'{{"time":"2026-01-05"}}\n{deep(100_000)}\n', 1, ["json_broken"]),
        ("nested 500 deep", f'{{"time":"2026-01-05"}}\n{deep(500)}\n', 1, ["json_too_deep"]),
        ("nested 200 deep", f'{{"time":"2026-01-05"}}\n{deep(200)}\n', 2, []),
        ("arrays 100,000 deep", '{"time":"2026-01-05","a":' + "[" * 100_000 + "]" * 100_000 + "}\n", 0, ["json_broken"]),
        ("not JSON in between", '{"time":"2026-01-05"}\n{"a":\n{"b":2}\n', 2, ["json_broken"]),
        ("a number in between", '{"time":"2026-01-05"}\n42\n', 1, ["json_not_object"]),
        ("an array that is cut off", '[{"a":1},{"a":2},{"a":', 2, ["json_unfinished"]),
        ("an array of numbers", "[1,2,3]", 0, ["json_no_object"]),
        ("pretty objects one after another", '{\n "a": 1\n}\n{\n "a": "}{\\""\n}\n', 2, []),
        ("a cover with more behind it", '{"Records":[{"a":1},{"a":2}],"next":"x"}\n{"Records":[{"a":3}]}\n', 3, []),
        ("an empty cover", '{"Records":[]}', 1, []),
    ],
)
def test_json(case, content, events, codes, tmp_path):
    result = read_bytes(tmp_path, content, source="json")
    assert (len(result.rows), result.codes) == (events, codes), case


def test_deep_values_stay_text_of_json(tmp_path):
    (row,) = read_bytes(tmp_path, deep(40) + "\n", source="json", limits=Limits(depth=3)).rows
    (name, text) = next(item for item in row.items() if item[0].startswith("a."))
    assert name == "a.a.a"
    assert json.loads(text)


def test_a_long_object_in_a_document_is_a_reject(tmp_path):
    content = json.dumps([{"a": 1}, {"b": "x" * 900_000}, {"a": 2}])
    result = read_bytes(tmp_path, content, source="json", limits=SMALL)
    assert [(row["_record"], row["a"]) for row in result.rows] == [(1, "1"), (3, "2")]
    assert [(one.code, one.record, one.offset) for one in result.rejects] == [("events.line_too_long", 2, content.index('{"b"'))]


def test_fields_without_end_find_a_place(tmp_path):
    content = "".join(json.dumps({"time": "2026-01-05", **{f"k{i}_{j}": j for j in range(20)}}) + "\n" for i in range(50))
    result = read_bytes(tmp_path, content, source="json", limits=Limits(fields=100))
    assert len(result.rows) == 50
    assert all(batch.table.num_columns <= 110 for batch in result.batches)
    assert json.loads(result.rows[-1]["_more"])["k49_19"] == 19


def test_partitions_without_end_share_one(tmp_path):
    content = "".join(f"type=T{i} msg=audit(1700000000.1:{i}): a=1\n" for i in range(200))
    result = read_bytes(tmp_path, content, limits=Limits(partitions=20))
    assert len(result.rows) == 200
    assert len({batch.partition for batch in result.batches}) == 21


def test_batches_stay_small(tmp_path):
    result = read_bytes(tmp_path, lines(*["y" * 200] * 20_000), limits=SMALL)  # 4.6 MB, handed over every MiB
    assert len(result.batches) == 5
    assert max(batch.table.nbytes for batch in result.batches) < 2_000_000
    assert max(b.table.num_rows for b in read_bytes(tmp_path, lines(*"ab" * 50), limits=Limits(batch_rows=7)).batches) == 7


@pytest.mark.parametrize(
    ("case", "content", "records", "codes"),
    [
        ("a cell over two lines", '日時,扉名,カード番号,備考\n2026/01/05 1:00,a,1,"x\ny"\n2026/01/05 2:00,b,2,z\n', [2, 4], []),
        ("a quotation mark that is never closed", '日時,扉名,カード番号,備考\n2026/01/05 1:00,a,1,"x\n2026/01/05 2:00,b,2,z\n', [3], ["quote_open"]),
        ("more cells than headings", "日時,扉名,カード番号\n2026/01/05 1:00,a,1,x,y\n", [2], []),
        ("fewer cells than headings", "日時,扉名,カード番号\n2026/01/05 1:00\n", [2], []),
        ("one heading twice", "日時,扉名,扉名,カード番号\n2026/01/05 1:00,a,b,1\n", [2], []),
    ],
)  # fmt: skip
def test_tables(case, content, records, codes, tmp_path):
    result = read_bytes(tmp_path, content, source="door")
    assert ([row["_record"] for row in result.rows], result.codes) == (records, codes), case


@pytest.mark.parametrize(
    ("case", "content"),
    [("noise", bytes(range(256)) * 40), ("an image", b"\x89PNG\r\n\x1a\n" + bytes(500)), ("prose", b"This is not a log.\n" * 20)],
)
def test_what_is_no_log_is_said_to_be_none(case, content, tmp_path):
    result = read_bytes(tmp_path, content)
    assert (result.rows, result.codes) == ([], ["unknown_format"]), case


def test_empty_files_and_other_things(tmp_path):
    (tmp_path / "empty.log").write_bytes(b"")
    (tmp_path / "link.log").symlink_to("/etc/hostname")
    result = read_paths(tmp_path)
    assert (result.rows, result.codes, [one.file for one in result.report.files]) == ([], [], [str(tmp_path / "empty.log")])


def test_missing_paths_are_all_named_before_anything_is_read(tmp_path):
    (tmp_path / "a.log").write_text(lines("a"))
    with pytest.raises(InputError) as caught:
        read_paths(tmp_path / "a.log", tmp_path / "b", tmp_path / "c")
    assert [problem.file for problem in caught.value.problems] == [str(tmp_path / "b"), str(tmp_path / "c")]


def test_an_unknown_source_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown_source"):
        read_bytes(tmp_path, lines("a"), source="nothing")


EARLIEST, LATEST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2200-01-01")
SOURCES = (
    "csv",
    "json",
    "syslog",
    "squid",
    "web.access",
    "zeek",
    "iis",
    "fortigate",
    "linux.audit",
    "door",
    "windows",
    "ifilter",
    "",
)
WORDS = st.sampled_from(
    [
        "Jan  5 10:00:00 ",
        "<34>1 ",
        "type=X msg=audit(1.1:2): ",
        '"',
        "{",
        "}",
        "[",
        "]",
        "\n",
        "\0",
        "=",
        ",",
        "#fields\t",
        "日時,",
        "\\x",
        "2026-01-05",
        '{"a":',
        "1700000000.1 ",
    ]
)


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(st.one_of(WORDS, st.text(max_size=30)), max_size=40), source=st.sampled_from(SOURCES))
def test_no_text_makes_a_reader_raise(parts, source, tmp_path_factory):
    content = "".join(parts).encode("utf-8", "surrogatepass")
    result = read_bytes(tmp_path_factory.mktemp("h"), content, source=source)
    assert result.report.rejected == len(result.rejects)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=400), source=st.sampled_from(SOURCES))
def test_no_bytes_make_a_reader_raise(content, source, tmp_path_factory):
    read_bytes(tmp_path_factory.mktemp("b"), content, source=source)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
JSON = st.recursive(
    st.one_of(SCALARS, st.lists(SCALARS, max_size=4)),
    lambda inner: st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def scalars(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in scalars(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in scalars(inner)]
    return [] if value is None else [as_text(value) or ""]


@given(value=st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_flattening_keeps_every_scalar(value):
    names, values = flattened(value, Limits())
    assert len(names) == len(values)
    said = "\n".join(as_text(one) or "" for one in values)
    assert all(text in said for text in scalars(value))


@given(at=st.datetimes(min_value=EARLIEST, max_value=LATEST), minutes=st.integers(-14 * 60, 14 * 60))
def test_times_are_read_back_as_written(at, minutes):
    from datetime import timedelta, timezone

    local = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    micros, offset = TimeReader(["calendar"], JAPAN, REFERENCE).read(local.isoformat())
    assert offset == minutes
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros or 0) == local


@given(text=st.text(max_size=60))
def test_no_text_makes_the_clock_raise(text):
    TimeReader(FORMATS, JAPAN, REFERENCE).read(text)


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2026/1/5 9:02", ["calendar"], "2026-01-05T00:02:00+00:00"),
        ("2026年1月5日（月） 午後3時4分5秒", ["calendar"], "2026-01-05T06:04:05+00:00"),
        ("2026-01-05T09:00:00.123456789Z", ["calendar"], "2026-01-05T09:00:00.123456+00:00"),
        ("2026-01-05 24:00:00", ["calendar"], "2026-01-05T15:00:00+00:00"),
        ("20260105090203", ["calendar"], "2026-01-05T00:02:03+00:00"),
        ("2016-12-31T23:59:60Z", ["calendar"], "2016-12-31T23:59:59+00:00"),
        ("1/5/2026 12:04:05 AM", ["month_first"], "2026-01-04T15:04:05+00:00"),
        ("Jan  5 2026 10:00:00", ["syslog"], "2026-01-05T01:00:00+00:00"),
        ("1767574800", ["epoch"], "2026-01-05T01:00:00+00:00"),
        ("1767574800123", ["epoch"], "2026-01-05T01:00:00.123000+00:00"),
        ("1767574800123456789", ["epoch"], "2026-01-05T01:00:00.123456+00:00"),
        ("2026-02-30 00:00:00", ["calendar"], None),
    ],
)
def test_written_times(text, formats, expected):
    micros, _ = TimeReader(formats, JAPAN, REFERENCE).read(text)
    from datetime import timedelta

    found = None if micros is None else (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).isoformat()
    assert found == expected


def test_the_hour_that_exists_twice_is_the_first_and_a_written_offset_decides():
    from zoneinfo import ZoneInfo

    reader = TimeReader(["calendar"], ZoneInfo("Europe/Berlin"), REFERENCE)
    assert reader.read("2025-10-26 02:30:00")[0] == reader.read("2025-10-26 02:30:00+02:00")[0]
    assert reader.read("2025-10-26 02:30:00+01:00")[0] - reader.read("2025-10-26 02:30:00")[0] == 3_600_000_000
