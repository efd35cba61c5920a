"""Windows event logs: what becomes columns, and what is left of damaged files. The files are written by the tests themselves."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.events.evtx_writer import CHUNK, HEADER, Event, evtx
from tests.engines.events.support import read_bytes

from sekisho.engines.events import Partition

AT = datetime(2026, 1, 5, 1, 2, 3, 456789, tzinfo=UTC)


def logon(number: int = 0, **more: object) -> Event:
    data = {"TargetUserName": f"user{number}", "IpAddress": "10.0.0.5", "LogonType": 3, **more}
    return Event(4625, "Security", AT + timedelta(seconds=number), data)  # type: ignore[arg-type]


def test_system_and_event_data_become_columns(tmp_path):
    result = read_bytes(
        tmp_path, evtx([Event(4625, "Security", AT, {"TargetUserName": "太郎", "LogonType": 3, "Blank": ""}, record=77)])
    )
    (row,) = result.rows
    assert row["partition"] == Partition("windows", "Security", "4625")
    assert (row["_time"], row["_offset"], row["_record"], row["_host"]) == (AT, 0, 77, "PC01.example.jp")
    assert row["_file"].endswith("a.log")
    assert len(row["_sha256"]) == 64
    expected = {
        "Provider_Name": "Example-Provider", "EventID": "4625", "Channel": "Security", "Computer": "PC01.example.jp",
        "Level": "4", "Execution_ProcessID": "1912", "TargetUserName": "太郎", "LogonType": "3", "Blank": "",
    }  # fmt: skip
    assert expected.items() <= row.items()
    assert result.report.files[0].source == "windows"


@pytest.mark.parametrize(
    ("case", "event", "expected"),
    [
        ("leaf names of user data", Event(1102, "Security", AT, {"SubjectUserName": "x"}, user_data="LogFileCleared"), {"SubjectUserName": "x"}),
        ("a name that System has", Event(104, "System", AT, {"Channel": "Z"}, user_data="LogFileCleared"), {"Channel": "System", "Channel_2": "Z"}),
        ("names that differ by case", Event(5, "System", AT, {"a": "1", "A": "2"}), {"a": "1", "A_2": "2"}),
        ("unnamed data", Event(400, "Windows PowerShell", AT, unnamed=("one", "two")), {"Data": "one\ntwo"}),
        ("a reserved name", Event(6, "System", AT, {"_time": "x", "_file": "y"}), {"_time_2": "x", "_file_2": "y"}),
        ("no data", Event(7, "System", AT, empty_data=True), {"EventID": "7"}),
    ],
)  # fmt: skip
def test_naming_policy(case, event, expected, tmp_path):
    (row,) = read_bytes(tmp_path, evtx([event])).rows
    assert expected.items() <= row.items(), case


def test_first_spelling_is_the_column(tmp_path):
    events = [Event(9, "System", AT, {"Image": "a"}), Event(9, "System", AT, {"IMAGE": "b", "More": "c"})]
    result = read_bytes(tmp_path, evtx(events))
    assert [row["Image"] for row in result.rows] == ["a", "b"]
    assert len(result.batches) == 1


def test_batches_are_by_channel_and_event(tmp_path):
    events = [logon(1), Event(1, "System", AT, {"a": "1"}), logon(2)]
    found = {b.partition: b.table.num_rows for b in read_bytes(tmp_path, evtx(events)).batches}
    assert found == {Partition("windows", "Security", "4625"): 2, Partition("windows", "System", "1"): 1}


def test_compressed_logs_are_streams(tmp_path):
    result = read_bytes(tmp_path, gzip.compress(evtx([logon(i) for i in range(300)])), name="a.evtx.gz")
    assert len(result.rows) == 300
    assert not result.rejects


LOG = evtx([logon(i, Text="y" * (i % 90)) for i in range(400)])


def _edit(at: int, new: bytes) -> bytes:
    return LOG[:at] + new + LOG[at + len(new) :]


def _second() -> int:
    """Where the second record of the first chunk begins."""
    at = HEADER + 512
    return at + int.from_bytes(LOG[at + 4 : at + 8], "little")


@pytest.mark.parametrize(
    ("case", "content", "events", "rejects"),
    [
        ("file header of noise", _edit(0, b"ElfFile\0" + b"\xff" * 200), 400, 0),
        ("chunk says that it ends early", _edit(HEADER + 48, b"\0\x10\0\0"), 400, 0),
        ("chunk without its magic", _edit(HEADER, b"XXXX"), 400, 0),
        ("chunk with wrong record numbers", _edit(HEADER + 24, b"\xff" * 16), 400, 0),
        ("string and template tables of noise", _edit(HEADER + 128, b"\x99" * 384), 400, 0),
        ("a record of impossible size", _edit(_second() + 4, b"\xff\xff\xff\xff"), 400, 0),
        ("a record without its magic", _edit(_second(), b"\0\0\0\0"), 399, 1),
        ("a record whose content is noise", _edit(_second() + 24, b"\xee" * 8), 399, 1),
        ("only the header", LOG[:HEADER], 0, 0),
        ("less than the header", LOG[:100], 0, 1),
        ("a blank chunk between", LOG[:HEADER] + bytes(CHUNK) + LOG[HEADER:], 400, 0),
    ],
)
def test_damage_costs_only_what_it_hit(case, content, events, rejects, tmp_path):
    result = read_bytes(tmp_path, content)
    assert (len(result.rows), len(result.rejects)) == (events, rejects), case
    assert all(one.code.startswith("events.evtx_") and one.offset is not None for one in result.rejects)
    assert result.report.rejected == rejects


def test_truncated_file_gives_what_is_whole(tmp_path):
    result = read_bytes(tmp_path, LOG[: HEADER + 30_000])
    assert 50 < len(result.rows) < 205
    assert result.report.notes["evtx_chunk_truncated"] == 1
    assert len(result.rejects) <= 1


def test_reject_names_record_and_place(tmp_path):
    at = _second()
    (reject,) = read_bytes(tmp_path, _edit(at + 24, b"\xee" * 8)).rejects
    assert (reject.code, reject.record, reject.offset) == ("events.evtx_record", 2, at)
    assert reject.excerpt.startswith(b"\x2a\x2a\0\0")
    assert len(reject.excerpt) <= 512


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 40))
def test_flipped_bits_never_raise(seed, flips, tmp_path_factory):
    chance = random.Random(seed)
    content = bytearray(LOG)
    for _ in range(flips):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    result = read_bytes(tmp_path_factory.mktemp("e"), bytes(content))
    assert len(result.rows) + len(result.rejects) >= 350


@settings(max_examples=20, deadline=None)
@given(noise=st.binary(max_size=3000), keep=st.integers(0, HEADER))
def test_noise_after_the_magic_never_raises(noise, keep, tmp_path_factory):
    read_bytes(tmp_path_factory.mktemp("n"), b"ElfFile\0" + bytes(keep) + b"ElfChnk\0" + noise)
