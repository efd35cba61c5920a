"""Every kind of file gives its text, and every position counts in the extracted text."""

from __future__ import annotations

import pytest
from tests.engines.textract.samples import NOTE

from sekisho.engines.textract import Part, Piece, Rows, extract, from_bytes

WANTED = {
    "a.txt": [NOTE],
    "a-cp932.txt": [NOTE],
    "a.csv": ["水面 花子", "0270-99-0130"],
    "a.json": ["水面 花子", "123456789018"],
    "a.jsonl": ["水面 花子", "水面 太郎"],
    "a.xml": [NOTE, "0270-99-0131"],
    "a.html": ["題", NOTE, "花子"],
    "a.eml": ["水面 花子 <hanako@minamo.example>", "住民の一覧を送ります", NOTE, "本文はHTMLです", "絵の説明", "隠した注"],
    "a.xlsx": [
        "123456789018",
        "100000000080",
        "昭和51年5月3日",
        "mimi@minamo.example",
        "部外秘の足元",
        "隠れた電話",
        "源 次郎",
        "水面 作成者",
    ],
    "a.docx": [
        NOTE,
        "0270-99-0125",
        "頭の極秘",
        "足の社外秘",
        "消した番号 123456789018",
        "箱の中の文字",
        "注釈の文字",
        "水面 作成者",
    ],
    "a.pptx": ["一枚目の題", "話す人の覚え 0270-99-0126", "0270-99-0127"],
    "a.pdf": ["Hello 0270-99-0128", "付箋の文字", "水面 作成者", "0270-99-0130"],
    "a.zip": [NOTE, "0270-99-0130"],
    "a.tar": [NOTE],
    "a.tar.gz": [NOTE],
    "a.txt.bz2": [NOTE],
    "a.txt.xz": [NOTE],
    "a.sqlite": ["水面 花子", "0270-99-0129"],
}


def pieces(data: bytes, name: str) -> tuple[str, list[Piece]]:
    extracted = extract(from_bytes(data, name))
    kept: list[Piece] = []
    text = ""
    for piece in extracted.pieces:
        text += "" if piece.continues or not kept else "\n"
        assert piece.start == len(text)
        text += piece.text
        kept.append(piece)
    assert extracted.characters == len(text)
    return text, kept


def test_all_kinds_are_looked_at(every_kind: dict[str, bytes]) -> None:
    assert set(every_kind) == set(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_a_file_gives_all_of_its_text(every_kind: dict[str, bytes], name: str) -> None:
    text, _ = pieces(every_kind[name], name)
    assert [wanted for wanted in WANTED[name] if wanted not in text] == []


@pytest.mark.parametrize("name", WANTED)
def test_cells_stand_where_they_say(every_kind: dict[str, bytes], name: str) -> None:
    text, kept = pieces(every_kind[name], name)
    for piece in kept:
        if isinstance(piece, Rows):
            for row, cells in enumerate(piece.cells):
                for column, cell in enumerate(cells):
                    start = piece.start + piece.cell_start(row, column)
                    assert text[start : start + len(cell)] == cell


@pytest.mark.parametrize("name", WANTED)
def test_texts_joined_are_the_extracted_text(every_kind: dict[str, bytes], name: str) -> None:
    assert "".join(extract(from_bytes(every_kind[name], name)).texts()) == pieces(every_kind[name], name)[0]


@pytest.mark.parametrize("name", WANTED)
def test_a_whole_file_is_said_to_be_read(every_kind: dict[str, bytes], name: str) -> None:
    extracted = extract(from_bytes(every_kind[name], name))
    list(extracted.pieces)
    assert (extracted.state, extracted.problems) == ("read", [])


@pytest.mark.parametrize(
    "name", [n for n in WANTED if n.endswith((".xlsx", ".docx", ".pptx", ".pdf", ".zip", ".tar", ".gz", ".sqlite"))]
)
def test_the_content_decides_not_the_name(every_kind: dict[str, bytes], name: str) -> None:
    text, _ = pieces(every_kind[name], "wrong.txt")
    assert [wanted for wanted in WANTED[name] if wanted not in text] == []


def place_of(kept: list[Piece], wanted: str) -> dict[str, object]:
    for piece in kept:
        if isinstance(piece, Part) and wanted in piece.text:
            return piece.place.as_dict()
        if isinstance(piece, Rows):
            for row, cells in enumerate(piece.cells):
                for column, cell in enumerate(cells):
                    if wanted in cell:
                        return piece.cell_place(row, column).as_dict()
    raise AssertionError(wanted)


@pytest.mark.parametrize(
    ("name", "wanted", "place"),
    [
        ("a.csv", "0270-99-0130", {"row": 2, "column": 2}),
        ("a.xlsx", "123456789018", {"name": "住民", "row": 3, "column": 2}),
        ("a.xlsx", "0270-99-0124", {"name": "控え", "row": 1, "column": 2, "hidden": True}),
        ("a.xlsx", "mimi@", {"part": "comment", "name": "住民", "row": 3, "column": 1}),
        ("a.docx", "消した番号", {"part": "deleted"}),
        ("a.pptx", "話す人の覚え", {"part": "notes", "slide": 2, "hidden": True}),
        ("a.pdf", "Hello", {"page": 1}),
        ("a.pdf", "0270-99-0130", {"inside": "添付.csv", "row": 2, "column": 2}),
        ("a.zip", "0270-99-0130", {"inside": "b.zip!c.csv", "row": 2, "column": 2}),
        ("a.eml", "隠した注", {"part": "comment"}),
        ("a.sqlite", "0270-99-0129", {"name": "住民", "row": 1, "column": 3}),
        ("a.jsonl", "水面 太郎", {"name": "氏名", "line": 2}),
    ],
)
def test_a_place_says_where(every_kind: dict[str, bytes], name: str, wanted: str, place: dict[str, object]) -> None:
    assert place_of(pieces(every_kind[name], name)[1], wanted) == place


@pytest.mark.parametrize(
    ("name", "header"), [("a.csv", ("氏名", "電話")), ("a.xlsx", ("氏名", "個人番号", "生年月日")), ("a.docx", ("氏名", "電話"))]
)
def test_headings_of_columns_are_recognised(every_kind: dict[str, bytes], name: str, header: tuple[str, ...]) -> None:
    assert next(p.header for p in pieces(every_kind[name], name)[1] if isinstance(p, Rows)) == header
