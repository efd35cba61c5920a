"""Streams that are read once, and long texts: nothing is lost or found twice, places are right."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from tests.engines.textract.samples import make_docx, make_zip

from sekisho.engines.leakscan.places.gathering import located
from sekisho.engines.leakscan.places.model import Settings
from sekisho.engines.leakscan.places.scanning import Scanning
from sekisho.engines.leakscan.places.streams import scan_stream
from sekisho.engines.textract import Part, Place, extract, from_bytes

PHONE = "電話 0270-99-0123"


@pytest.fixture(scope="module")
def scanning() -> Scanning:
    return Scanning(Settings(names=False, key=b"sixteen bytes at least"))


@pytest.mark.parametrize(
    ("content", "count"),
    [(PHONE.encode(), 1), (PHONE.encode("cp932"), 1), (b"", 0), (make_zip({"a.txt": PHONE.encode()}), 1), (make_docx(), 5)],
)
def test_a_stream_gives_what_the_file_gives(scanning: Scanning, content: bytes, count: int) -> None:
    scan = scan_stream(scanning, io.BytesIO(content), name="-", spools=None)
    again = scanning.source(from_bytes(content, "-"), "-", None)
    assert (scan.count, scan.findings) == (again.count, again.findings)
    assert scan.count == count


class Endless:
    """Hands out a text piece by piece, never all at once."""

    def __init__(self, line: bytes, lines: int) -> None:
        self._line, self._left = line, lines
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and self._left:
            step = min(self._left, 1_000)
            self._rest += self._line * step
            self._left -= step
        got, self._rest = self._rest[:size], self._rest[size:]
        return got


def test_a_long_stream_finds_each_once_with_its_line(scanning: Scanning) -> None:
    filler = "みなも市の住民基本台帳事務の取扱いについて通知します。" * 30
    text = f"{filler}\n{filler}{PHONE}\n"
    scan = scan_stream(scanning, Endless(text.encode(), 2_000), name="-", spools=None)  # type: ignore[arg-type]
    assert scan.count == 2_000
    assert [one["location"]["line"] for one in scan.findings] == [2 * n for n in range(1, 2_001)]
    assert [one["start"] for one in scan.findings] == [len(text) * n + 2 * len(filler) + 4 for n in range(2_000)]


def test_paragraphs_that_flow_together_are_each_found_once_where_they_stand(scanning: Scanning) -> None:
    def pieces():
        at = 0
        for number in range(4_000):
            text = "あ" * 600 + (PHONE if number % 7 == 0 else "")
            yield Part(text, Place(page=number + 1), start=at)
            at += len(text) + 1

    found = list(located(scanning.scanner, pieces()))
    assert [one.place.page for one in found] == [n + 1 for n in range(0, 4_000, 7)]
    assert all(one.end - one.start == 12 for one in found)


def test_values_under_one_heading_keep_their_own_places(scanning: Scanning) -> None:
    content = "\n".join(f'{{"id": {n}, "電話": "0270-99-{n:04d}", "備考": "なし"}}' for n in range(3_000)).encode()
    text = "".join(extract(from_bytes(content, "a.jsonl")).texts())
    found = scanning.source(from_bytes(content, "a.jsonl"), "a.jsonl", None).findings
    assert [text[one["start"] : one["end"]] for one in found] == [f"0270-99-{n:04d}" for n in range(3_000)]
    assert [one["location"]["line"] for one in found] == list(range(1, 3_001))


def test_columns_of_a_ragged_table_keep_their_places(scanning: Scanning) -> None:
    content = '氏名,電話,備考\n花子,0270-99-0123\n太郎\n次郎,0270-99-0124,"改行\nあり",余り 0270-99-0125\n'.encode()
    text = content.decode()
    scan = scanning.source(from_bytes(content, "a.csv"), "a.csv", None)
    assert [text[one["start"] : one["end"]] for one in scan.findings] == ["0270-99-0123", "0270-99-0124", "0270-99-0125"]
    assert [(one["location"]["row"], one["location"]["column"]) for one in scan.findings] == [(2, 2), (4, 2), (4, 4)]


def test_a_heading_that_may_be_a_name_is_not_shown(scanning: Scanning) -> None:
    content = "水面花子,水面太郎\n0270-99-0123,0270-99-0124\n0270-99-0125,0270-99-0126\n".encode()
    scan = scanning.source(from_bytes(content, "a.csv"), "a.csv", None)
    assert scan.count == 4
    assert "水面" not in repr(scan)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory as Linux tells it")
def test_memory_stays_flat_whatever_the_length(scanning: Scanning, tmp_path: Path) -> None:
    import resource

    line = ("みなも市の住民基本台帳事務の取扱いについて通知します。" * 40 + "\n").encode()
    used = []
    for megabytes in (60, 300):
        scan = scan_stream(scanning, Endless(line, megabytes * 1_000_000 // len(line)), name="-", spools=tmp_path)  # type: ignore[arg-type]
        assert scan.characters > megabytes * 300_000
        used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert used[1] - used[0] < 30_000  # kilobytes
