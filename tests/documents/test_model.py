from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.documents import model
from sekisho.documents.checking import problems
from sekisho.documents.layout import lay_out, look
from sekisho.errors import InputError
from sekisho.standards import texts

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


def document(*blocks: Any, **fields: Any) -> model.Document:
    return model.Document(title="題", organization="みなも市", as_of=NOW, blocks=blocks, **fields)


def test_the_example_survives_json(report: model.Document) -> None:
    assert model.decode(model.encode(report)) == report
    assert model.encode(model.decode(model.encode(report))) == model.encode(report)
    assert json.loads(model.encode(report))["schema"] == model.SCHEMA


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_becomes_text_that_json_and_xml_can_hold(text: str) -> None:
    made = document(model.Paragraph((text, model.Strong(text))))
    assert model.decode(model.encode(made)) == made
    kept = made.blocks[0].runs[0]
    assert not any(ord(c) < 32 and c not in "\t\n" for c in kept)
    kept.encode()


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_an_input_error(data: bytes) -> None:
    with pytest.raises(InputError, match="not_a_document"):
        model.decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"schema":"sekisho.document/2","title":"a","organization":"b","as_of":"2026-01-01T00:00:00Z","blocks":[]}',
        b'{"title":"a","organization":"b","as_of":"2026-01-01T00:00:00","blocks":[]}',
        b'{"title":"a","organization":"b","as_of":"2026-01-01T00:00:00Z","blocks":[{"type":"script"}]}',
        b'{"title":"a","organization":"b","as_of":"2026-01-01T00:00:00Z","blocks":[],"colour":"red"}',
    ],
    ids=["other version", "no time zone", "unknown block", "unknown field"],
)
def test_documents_of_another_shape_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="not_a_document"):
        model.decode(data)


def test_every_problem_is_found_at_once() -> None:
    mark = model.LevelMark(model.Level.UME, model.MarkState.UNMEASURED)
    table = model.Table(
        (model.Column("数", model.ColumnKind.NUMBER), model.Column("日", model.ColumnKind.DATE)),
        (
            (model.Cell(float("nan")), model.Cell("32日")),
            (model.Cell(1),),
            (model.Cell(model.LevelMark(model.Level.UME)), model.Cell("2026-01-01", ("x",))),
        ),
        "表",
        groups=(model.ColumnGroup("上", 3),),
    )
    chart = model.Chart(model.ChartKind.LEVELS, (model.Point("a", 1, "gold", ("y",)),), "図", " ")
    runs = model.Paragraph((model.Cite("z"), model.Link("悪", "javascript:alert(1)"), mark))
    references = (model.Reference("a", "a", "//evil.example"), model.Reference("a", "b"))
    found = [problem.code for problem in problems(document(runs, table, chart, references=references))]
    assert sorted(found) == sorted(
        "documents." + code
        for code in (
            *("duplicate_reference", "bad_address", "unknown_reference", "bad_address", "wrong_level"),
            *("group_span", "wrong_value", "wrong_value", "row_length", "wrong_value", "unknown_reference"),
            *("no_alternative", "wrong_series", "unknown_reference"),
        )
    )
    with pytest.raises(InputError) as caught:
        lay_out(document(runs))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    "url", ["javascript:1", "data:text/html,x", "//host", "http://", "vbscript:x", "/a b", '/a"b', "ftp://x", "/\\evil"]
)
def test_addresses_that_may_not_be_linked(url: str) -> None:
    assert [p.code for p in problems(document(model.Paragraph((model.Link("x", url),))))] == ["documents.bad_address"]


def test_numbers_of_headings_tables_and_references(report: model.Document) -> None:
    layout = lay_out(report)
    numbers = [h.number for h in layout.headings.values()]
    assert numbers == ["1", "2", "2.1", "2.2", "3", "4", "5", "5.1", "5.2", ""]
    assert [layout.number(i) for i in ("e1", "e3", "e2", "e4")] == [1, 2, 3, 4]
    assert [c.split()[0] for c in layout.captions.values()] == [
        "図1",
        "表1",
        "表2",
        "表3",
        "表4",
        "図2",
        "図3",
        "表5",
        "表6",
        "表7",
    ]


@pytest.mark.parametrize(
    ("value", "kind", "digits", "expected"),
    [
        (1234, "number", None, "1,234"),
        (-0.5, "number", None, "−0.5"),
        (0.125, "percent", None, "12.5%"),
        (0.0005, "percent", None, "0.1%"),
        (2.5, "number", 0, "3"),
        (1e20, "number", None, "100,000,000,000,000,000,000"),
        (1 / 3, "number", None, "0.33"),
        (-0.0001, "number", 1, "0.0"),
    ],
)
def test_figures_as_words(value: float, kind: str, digits: int | None, expected: str) -> None:
    assert lay_out(document()).figure(value, kind, digits) == expected


def test_marks_differ_without_colour() -> None:
    marks = [model.LevelMark(level) for level in model.Level]
    marks += [model.LevelMark(state=s) for s in (model.MarkState.UNMEASURED, model.MarkState.NOT_APPLICABLE)]
    looks = [look(mark, "ja") for mark in marks]
    assert len({seen.character for seen in looks}) == len(looks)
    assert [seen.filled for seen in looks] == [0, 1, 2, 3, 0, 0]


def test_every_word_is_there_in_both_languages() -> None:
    for name, entry in texts.catalogue("documents").items():
        assert set(entry) == {"ja", "en"}, name
        assert all(entry.values()), name
