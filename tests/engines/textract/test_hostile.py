"""Whatever is in a file, nothing is raised for it: it is read, or told with a code that has a sentence in both languages."""

from __future__ import annotations

import gzip
import io
import random
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.textract.samples import (
    NOTE,
    make_docx,
    make_mail,
    make_pdf,
    make_tar,
    make_xlsx,
    make_zip,
)  # fmt: skip

from sekisho.engines.textract import Limits, extract, extract_file, from_bytes, from_path
from sekisho.standards import texts

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def told(data: bytes, name: str, **limits: int):
    extracted = extract(from_bytes(data, name), limits=Limits(**limits))
    text = "".join(extracted.texts())
    for problem in (*extracted.problems, *extracted.notes):
        assert texts.known(problem.code), problem.code
        for lang in ("ja", "en"):
            assert "{" not in texts.render_problem(problem, lang), problem
    return text, extracted


def codes(data: bytes, name: str, **limits: int) -> tuple[set[str], str]:
    _, extracted = told(data, name, **limits)
    return {p.code.removeprefix("textract.") for p in extracted.problems}, extracted.state


def encrypted_zip() -> bytes:
    """A ZIP whose member says that it is encrypted."""
    data = bytearray(make_zip({"秘密.txt": NOTE.encode()}, method=zipfile.ZIP_STORED))
    struct.pack_into("<H", data, 6, 1 | 0x800)
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1 | 0x800)
    return bytes(data)


def ole_with(*names: str) -> bytes:
    """The least OLE file that has streams of these names (MS-CFB, version 3)."""
    free, end, fat = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<I", 0) + struct.pack("<I", free) * 108
    table = struct.pack("<II", fat, end) + struct.pack("<I", free) * 126

    def entry(name: str, kind: int, child: int, right: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0" if name else b""
        return (
            raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, free, right, child) + bytes(36)
            + struct.pack("<IQ", end, 0)
        )  # fmt: skip

    entries = [entry("Root Entry", 5, 1, free)]
    entries += [entry(name, 2, free, at + 1 if at < len(names) else free) for at, name in enumerate(names, start=1)]
    entries += [bytes(68) + struct.pack("<III", free, free, free) + bytes(48)] * (4 - len(entries))
    return header + table + b"".join(entries)


def bomb_zip() -> bytes:
    return make_zip({"零.txt": b"0" * (70 << 20)})


def nested_zip(depth: int) -> bytes:
    data = NOTE.encode()
    name = "a.txt"
    for _ in range(depth):
        data, name = make_zip({name: data}), "a.zip"
    return data


def deep_json(depth: int) -> bytes:
    return b"[" * depth + b'"' + "氏名".encode() + b'"' + b"]" * depth


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>'


def docx_with(part: str, content: bytes) -> bytes:
    room = io.BytesIO(make_docx())
    out = io.BytesIO()
    with zipfile.ZipFile(room) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str, dict[str, int], set[str], str]] = {
    # name of the case: content, name of the file, limits, codes, state
    "empty": (lambda: b"", "a.txt", {}, set(), "read"),
    "image": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "a.png", {}, {"image_not_read"}, "unread"),
    "image named as text": (lambda: b"\xff\xd8\xff\xe0" + bytes(100), "a.txt", {}, {"image_not_read"}, "unread"),
    "random bytes": (lambda: random.Random(1).randbytes(5_000), "a.txt", {}, {"binary_not_read"}, "unread"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50), "a.7z", {}, {"archive_not_read"}, "unread"),
    "LZH": (lambda: b"\x20\x00-lh5-" + bytes(50), "a.lzh", {}, {"archive_not_read"}, "unread"),
    "RTF": (lambda: b"{\\rtf1 abc}", "a.doc", {}, {"rtf_not_read"}, "unread"),
    "old Word": (lambda: ole_with("WordDocument"), "a.doc", {}, {"old_format"}, "unread"),
    "encrypted Office": (lambda: ole_with("EncryptedPackage", "EncryptionInfo"), "a.xlsx", {}, {"encrypted"}, "unread"),
    "broken OLE": (lambda: OLE + bytes(20), "a.xls", {}, {"ole_not_read"}, "unread"),
    "XLS without a workbook": (lambda: ole_with("Workbook"), "a.xls", {}, {"damaged"}, "unread"),
    "MSG without properties": (lambda: ole_with("__properties_version1.0"), "a.msg", {}, {"damaged"}, "unread"),
    "encrypted PDF": (lambda: make_pdf(password="x"), "a.pdf", {}, {"encrypted"}, "unread"),
    "image-only PDF": (lambda: make_pdf(""), "a.pdf", {}, {"pages_without_text"}, "unread"),
    "cut PDF": (lambda: make_pdf()[:200], "a.pdf", {}, {"damaged"}, "unread"),
    "cut DOCX": (lambda: make_docx()[:-400], "a.docx", {}, {"archive_damaged"}, "unread"),
    "DOCX with a DTD": (lambda: docx_with("word/document.xml", LAUGHS), "a.docx", {}, {"doctype"}, "partly"),
    "DOCX with a broken part": (lambda: docx_with("word/comments.xml", b"<w:comm"), "a.docx", {}, {"damaged"}, "partly"),
    "DOCX over the limit": (make_docx, "a.docx", {"document": 1_000}, {"too_large"}, "unread"),
    "encrypted ZIP": (encrypted_zip, "a.zip", {}, {"encrypted"}, "unread"),
    "ZIP bomb": (bomb_zip, "a.zip", {"ratio": 100}, {"archive_bomb"}, "unread"),
    "gzip bomb": (lambda: gzip.compress(b"0" * (80 << 20)), "a.txt.gz", {"ratio": 100}, {"archive_bomb"}, "partly"),
    "nested too deeply": (lambda: nested_zip(12), "a.zip", {}, {"too_nested"}, "unread"),
    "too many entries": (
        lambda: make_zip({f"{n}.txt": b"x" for n in range(30)}), "a.zip", {"entries": 20}, {"too_many_entries"}, "partly",
    ),
    "cut ZIP": (lambda: make_zip({"a.txt": NOTE.encode()})[:-30], "a.zip", {}, {"archive_damaged"}, "unread"),
    "cut gzip": (lambda: gzip.compress(NOTE.encode() * 1_000)[:-20], "a.gz", {}, {"archive_damaged"}, "partly"),
    "cut TAR": (lambda: make_tar({"a.txt": NOTE.encode() * 100})[:2_000], "a.tar", {}, {"archive_damaged"}, "partly"),
    "XML that expands": (lambda: LAUGHS, "a.xml", {}, {"xml_entities"}, "read"),
    "XML that reads files": (lambda: OUTSIDE, "a.xml", {}, {"xml_entities"}, "read"),
    "broken XML": (lambda: b"<a><b></a>", "a.xml", {}, {"xml_as_text"}, "read"),
    "broken JSON": (lambda: b'{"a": ', "a.json", {}, {"json_as_text"}, "read"),
    "deep JSON": (lambda: deep_json(100_000), "a.json", {}, {"json_as_text"}, "read"),
    "broken JSON line": (lambda: b'{"a": "b"}\n{"a"\n', "a.jsonl", {}, {"json_lines_as_text"}, "read"),
    "deep HTML": (lambda: b"<html>" + b"<div>" * 100_000 + b"x", "a.html", {}, {"html_as_text"}, "read"),
    "ragged CSV": (lambda: b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n", "a.csv", {}, {"row_ragged"}, "read"),
    "open quotation mark": (lambda: b'a,b\n"1,2\n3,4\n', "a.csv", {}, {"quote_open"}, "read"),
    "wrong bytes": (lambda: "住民".encode() * 10 + b"\xff" + b"abc", "a.txt", {}, {"encoding_broken"}, "partly"),
    "broken SQLite": (lambda: b"SQLite format 3\0" + b"\xff" * 4_000, "a.sqlite", {}, {"damaged"}, "unread"),
    "mail with a bomb": (
        lambda: make_mail({"零.zip": bomb_zip()}), "a.eml", {"ratio": 100}, {"archive_bomb"}, "partly",
    ),
    "mail with an encrypted PDF": (lambda: make_mail({"x.pdf": make_pdf(password="x")}), "a.eml", {}, {"encrypted"}, "partly"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_input_is_told(case: str) -> None:
    make, name, limits, expected, state = HOSTILE[case]
    assert codes(make(), name, **limits) == (expected, state)


def test_entities_are_never_expanded() -> None:
    assert "hahaha" not in told(LAUGHS, "a.xml")[0]
    assert "root:" not in told(OUTSIDE, "a.xml")[0]


def test_a_row_that_differs_is_told_with_its_number() -> None:
    _, extracted = told(b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n", "a.csv")
    assert [(p.row, p.fields) for p in extracted.problems] == [(3, {"expected": 3, "found": 2}), (4, {"expected": 3, "found": 4})]


@pytest.mark.parametrize(
    ("declared", "actual", "position"),
    [("utf-8", "cp932", 3), ("euc_jp", "utf-8", None), ("cp932", "utf-8", None), ("utf-8", "euc_jp", 3)],
)
def test_a_wrongly_declared_encoding_is_told_with_the_byte(declared: str, actual: str, position: int | None) -> None:
    text = "abc" + "住民の皆様へのお知らせです。みなも市からのお願いを申し上げます。" * 3
    extracted = extract(from_bytes(text.encode(actual), "a.txt"), encoding=declared)
    assert "".join(extracted.texts()) == text
    (problem,) = extracted.problems
    assert (problem.code, problem.fields["declared"]) == ("textract.encoding_declared_wrong", declared)
    assert position is None or problem.fields["position"] == position


def test_undecodable_bytes_are_told_with_their_positions() -> None:
    data = "住民".encode() * 10 + b"\xff" + "住民".encode() + b"\xfe"
    _, extracted = told(data, "a.txt")
    (problem,) = extracted.problems
    assert (problem.fields["count"], problem.fields["positions"]) == (2, "60, 67")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_plain_text_is_exactly_its_decoded_content(encoding: str, newline: str) -> None:
    text = newline.join(["住民の皆様へ、みなも市からのお知らせです。", "", "電話 0270-99-0123", ""])
    assert told(text.encode(encoding), "a.txt")[0] == text


@pytest.mark.parametrize("text", ["①㈱みなも商会の社員", "Ⅲ種 纊 鍈"])
def test_vendors_rows_are_read_in_every_japanese_encoding(text: str) -> None:
    jis = [c.encode("cp932") for c in text]
    euc = b"".join(_to_jis(b, 0x80) if len(b) == 2 else b for b in jis)
    if "纊" not in text:
        assert told("住民の皆様へ".encode("euc_jp") * 5 + euc, "a.txt")[0].endswith(text)


def _to_jis(pair: bytes, high: int) -> bytes:
    lead, trail = pair
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + (trail >= 0x9F)
    cell = trail - 0x9F if trail >= 0x9F else trail - 0x40 - (trail > 0x7F)
    return bytes((row + 0x21 | high, cell + 0x21 | high))


def test_files_of_zero_bytes_are_no_text() -> None:
    assert codes(bytes(10_000), "a.txt") == ({"binary_not_read"}, "unread")


def test_many_problems_are_counted() -> None:
    data = make_zip({f"{n}.png": b"\x89PNG\r\n\x1a\n" for n in range(300)})
    _, extracted = told(data, "a.zip", problems=50)
    assert (len(extracted.problems), extracted.more_problems) == (50, 250)


def test_what_is_inside_is_named_without_control_characters() -> None:
    _, extracted = told(make_tar({"a\x1b[31m.png": b"\x89PNG\r\n\x1a\n"}), "a.tar")
    assert extracted.problems[0].file == "a.tar!a\\x1b[31m.png"


def test_names_in_cp932_are_read_in_a_zip() -> None:
    data = make_zip({"\x83e\x83X\x83g.txt": NOTE.encode()})
    raw = data.replace("\x83e\x83X\x83g".encode(), "テスト".encode("cp932").ljust(9, b"_"))
    raw = bytearray(raw)
    struct.pack_into("<H", raw, 6, 0)
    struct.pack_into("<H", raw, raw.find(b"PK\x01\x02") + 8, 0)
    extracted = extract(from_bytes(bytes(raw), "a.zip"))
    assert [p.place.inside for p in extracted.pieces] == [("テスト___.txt",)]


def test_a_file_that_cannot_be_opened_raises_as_files_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        extract_file(tmp_path / "none")


def test_a_sqlite_file_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE a (b)")
    database.close()
    before = path.read_bytes()
    list(extract_file(path).pieces)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.sqlite"]


NAMES = ["a.txt", "a.csv", "a.html", "a.xml", "a.json", "a.jsonl", "a.eml", "a.mbox", "a.bin"]


@given(st.binary(max_size=400), st.sampled_from(NAMES))
@settings(max_examples=150, deadline=None)
def test_random_bytes_never_raise(data: bytes, name: str) -> None:
    told(data, name)


@given(st.text(max_size=300), st.sampled_from(NAMES), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
@settings(max_examples=150, deadline=None)
def test_random_text_never_raises(text: str, name: str, encoding: str) -> None:
    told(text.encode(encoding, "replace"), name)


CHANGES = st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8)


@given(number=st.integers(0, 17), changes=CHANGES, cut=st.none() | st.floats(0, 1))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changed_files_never_raise(
    every_kind: dict[str, bytes], number: int, changes: list[tuple[float, int]], cut: float | None
) -> None:
    name = sorted(every_kind)[number]
    content = bytearray(every_kind[name])
    for share, value in changes:
        content[int(share * len(content))] = value
    told(bytes(content if cut is None else content[: int(cut * len(content))]), name)


CELLS = st.lists(
    st.lists(
        st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs", "Cc"]), max_size=8), min_size=1, max_size=5
    ),
    max_size=8,
)


@given(CELLS)
@settings(max_examples=150, deadline=None)
def test_cells_of_a_csv_stand_where_they_say(rows: list[list[str]]) -> None:
    import csv

    room = io.StringIO()
    csv.writer(room, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    text = room.getvalue()
    extracted = extract(from_bytes(b"\xef\xbb\xbf" + text.encode(), "a.csv"))
    whole, cells = "", []
    for piece in extracted.pieces:
        whole += piece.text
        for row, values in enumerate(piece.cells):
            for column, value in enumerate(values):
                start = piece.start + piece.cell_start(row, column)
                assert text[start : start + len(value)] == value
            cells.append([v.replace('""', '"') for v in values])
    assert whole == text
    assert cells == rows


@pytest.mark.parametrize("block", [1, 7, 1_000])
def test_rows_do_not_depend_on_how_the_text_is_cut(tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from sekisho.engines.textract import decoding

    text = "".join(f'{n},"値,{n}\n二行目",末{n}\r\n' for n in range(200))
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    whole = [row for piece in extract(from_path(path)).pieces for row in piece.cells]
    monkeypatch.setattr(decoding, "_BLOCK", block)
    assert [row for piece in extract(from_path(path)).pieces for row in piece.cells] == whole
    assert len(whole) == 200


def test_a_workbook_with_a_bomb_is_refused() -> None:
    room = io.BytesIO(make_xlsx())
    out = io.BytesIO()
    with zipfile.ZipFile(room) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/worksheets/sheet9.xml", b" " * (50 << 20))
    assert codes(out.getvalue(), "a.xlsx") == ({"bomb"}, "unread")
