"""The iCalendar writer: escaping, folding and the whole file (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.records.duties.calendar import Event, escape, fold, write

DUE = datetime(2026, 11, 24, 17, 0, tzinfo=timezone(timedelta(hours=9)))
MADE = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("plain", "written"),
    [("a,b;c\\d", "a\\,b\\;c\\\\d"), ("一\r\n二\n三\r四", "一\\n二\\n三\\n四"), ("a\x00\x07b\tc", "ab\tc"), ("", "")],
)
def test_text_is_escaped(plain, written) -> None:
    assert escape(plain) == written


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=400))
def test_folding_keeps_every_character_and_no_line_is_longer_than_75_octets(line) -> None:
    folded = fold(line)
    assert folded.replace("\r\n ", "") == line
    assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))


@given(st.text(max_size=200))
def test_no_text_can_add_a_line_of_its_own(text) -> None:
    event = Event(uid="1@sekisho", due_at=DUE, made_at=MADE, summary=text, description=text)
    unfolded = write([event], name=text, now=MADE).replace("\r\n ", "")
    names = [line.split(":")[0].split(";")[0] for line in unfolded.rstrip("\r\n").split("\r\n")]
    assert names.count("BEGIN") == names.count("END") == 2
    assert names.count("SUMMARY") == 1


def test_the_file_says_when_in_universal_time() -> None:
    written = write([Event("1@sekisho", DUE, MADE, "申請を決める", url="https://x.example/o/a/")], name="期限", now=MADE)
    assert written.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    for line in ("DTSTART:20261124T080000Z", "DTSTAMP:20261120T000000Z", "SUMMARY:申請を決める", "URL:https://x.example/o/a/"):
        assert f"\r\n{line}\r\n" in written
    assert written.endswith("END:VCALENDAR\r\n")
