"""Searching: whole words in any case, values of fields, wildcards; with the index and without it the same hits."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.events.evtx_writer import Event, evtx

from sekisho.engines.events import Options, Store, Term
from sekisho.engines.events.store.index import IndexBuilder, candidates, index_path
from sekisho.engines.events.store.search import _containing
from sekisho.engines.events.store.tokens import numbers_of, numbers_of_term
from sekisho.errors import InputError, Unavailable

NOW = datetime(2026, 1, 10, tzinfo=UTC)
AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
VALUES = [
    "10.0.0.1", "110.0.0.1", "10.0.0.17", "from 10.0.0.1 port 22", "10.0.0.1.", "DOMAIN\\Taro", "taro", "taro-x",
    "http://evil.example/a/b.exe?x=1", "www.evil.example", "C:\\Windows\\evil.exe", "SHA1=ABCD,MD5=00ff",
    "山田太郎がログオン", "山田花子", "a..b", "x_y", "", "100%", "a*b", "2001:db8::1",
]  # fmt: skip
FILLER = 5_000


def filled(folder, values, *, many):
    """A store whose segment is large enough to have an index, or is not."""
    store = Store(folder / ("many" if many else "few"))
    rows = [{"time": (AT + timedelta(seconds=i)).isoformat(), "value": v, "n": str(i)} for i, v in enumerate(values)]
    if many:
        rows += [
            {"time": (AT + timedelta(hours=1, seconds=i % 3000)).isoformat(), "value": f"filler-{i}", "n": "z"}
            for i in range(FILLER)
        ]
    path = folder / f"{store.folder.name}.json"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    store.ingest([path], now=NOW, options=Options())
    assert [s.indexed for s in store.segments()] == [many]
    return store


@pytest.fixture(scope="module", params=[True, False], ids=["with index", "without index"])
def store(request, tmp_path_factory):
    return filled(tmp_path_factory.mktemp("search"), VALUES, many=request.param)


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("10.0.0.1", [0, 3, 4]),
        ("TARO", [5, 6]),
        ("value=taro", [6]),
        ("VALUE=Taro", [6]),
        ("evil.example", [8]),
        ("evil.exe", [10]),
        (".exe", [8, 10]),
        ("b.exe", [8]),
        ("abcd", [11]),
        ("sha1=abcd", []),  # looks like a field: there is none of that name
        ("00FF", [11]),
        ("山田", [12, 13]),
        ("太郎", [12]),
        ("田", [12, 13]),
        ("ログオン", [12]),
        ("b", [14, 18]),
        ("x_y", [15]),
        ("value=", [16]),
        ("100%", [17]),
        ("value=a*b", [14, 18]),
        ("value=*.exe", [10]),
        ("*evil*", [8, 9, 10]),
        ("value=10.0.0.1?", [2, 4]),
        ("2001:db8::1", [19]),
        ("db8", [19]),
        ("evil.example/a/b.exe", [8]),
        ("nothing", []),
        ("missing=x", []),
        ("_record=3", [2]),
    ],
)
def test_terms(term, found, store):
    result = store.search([term], limit=1_000)
    assert [int(hit.fields["n"]) for hit in result.hits] == found
    assert result.total == len(found)


def test_a_hit_says_where_it_stands(store):
    (hit,) = store.search(["value=taro"]).hits
    assert (hit.record, hit.time, hit.partition.source) == (7, AT + timedelta(seconds=6), "json")
    assert hit.file.endswith(".json")
    assert hit.fields == {"value": "taro", "n": "6"}


def test_all_terms_must_match_and_time_bounds_hold(store):
    assert [h.fields["n"] for h in store.search(["10.0.0.1", "port"]).hits] == ["3"]
    assert store.search(["10.0.0.1", "taro"]).total == 0
    inside = store.search(["10.0.0.1"], since=AT + timedelta(seconds=3), until=AT + timedelta(seconds=4))
    assert [h.fields["n"] for h in inside.hits] == ["3"]
    assert store.search([], since=AT, until=AT + timedelta(seconds=2)).total == 2


def test_limit_newest_and_what_was_looked_at(store):
    result = store.search(["10.0.0.1"], limit=1)
    assert ([h.fields["n"] for h in result.hits], result.total) == (["0"], 3)
    assert (result.first, result.last) == (AT, AT + timedelta(seconds=4))
    assert [h.fields["n"] for h in store.search(["10.0.0.1"], limit=2, newest=True).hits] == ["4", "3"]
    nothing = store.search(["nothing"])
    assert nothing.events >= len(VALUES)
    assert nothing.looked_since == AT
    assert store.search(["taro"], source="windows").events == 0


def test_the_index_spares_reading(tmp_path):
    store = filled(tmp_path, VALUES, many=True)
    result = store.search(["nothing-at-all"])
    assert (result.groups, result.skipped) == (0, 1)
    index_path(store.segments()[0].path).write_bytes(b"nonsense")
    with pytest.raises(Unavailable, match="index_unreadable"):
        store.search(["taro"])


@pytest.mark.parametrize(("terms", "code"), [([""], "term_empty"), (["x" * 2_000], "term_long")])
def test_terms_are_checked(terms, code, store):
    with pytest.raises(InputError, match=code):
        store.search(terms)


def test_windows_events_are_found_by_user_and_address(tmp_path):
    path = tmp_path / "a.evtx"
    path.write_bytes(evtx([Event(4625, "Security", AT, {"TargetUserName": "太郎", "IpAddress": "192.0.2.7"}, record=42)]))
    store = Store(tmp_path / "s")
    store.ingest([path], now=NOW)
    for term in ("192.0.2.7", "ipaddress=192.0.2.7", "太郎", "targetusername=太郎", "EventID=4625"):
        assert [hit.record for hit in store.search([term]).hits] == [42], term


TEXTS = st.text(alphabet="ab1.-_ /\\@:=漢字é\n", max_size=20)


@settings(max_examples=100, deadline=None)
@given(values=st.lists(TEXTS, min_size=1, max_size=8), term=st.text(alphabet="ab1.-_ /@:漢字é", min_size=1, max_size=6))
def test_the_index_never_misses(values, term):
    column = pa.array(values, type=pa.string())
    wanted = Term(term)
    hits = pa.compute.match_substring_regex(column, wanted.pattern, ignore_case=True).to_pylist()
    for value, hit in zip(values, hits, strict=True):
        if hit:
            words = set(numbers_of(pa.array([value], type=pa.string())).tolist())
            assert set(numbers_of_term(term).tolist()) <= words


@given(values=st.lists(TEXTS, max_size=6))
def test_words_are_those_that_a_plain_reading_gives(values):
    def words(text):
        return set(re.findall(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", text.lower()))

    alone = {w: numbers_of(pa.array([w], type=pa.string())).tolist() for text in values for w in words(text)}
    together = set(numbers_of(pa.array([t for t in values if t.isascii()], type=pa.string())).tolist())
    assert together == {n for text in values if text.isascii() for w in words(text) for n in alone[w]}


def test_the_index_of_a_segment_knows_group_and_column(tmp_path):
    builder = IndexBuilder()
    builder.add(pa.table({"a": pa.array(["one", "two"]), "b": pa.array(["three", None])}))
    builder.add(pa.table({"a": pa.array(["four", ""]), "b": pa.array([None, None], type=pa.string())}))
    builder.write(tmp_path / "x.parquet")
    for word, place in {"one": {0: {"a"}}, "three": {0: {"b"}}, "four": {1: {"a"}}}.items():
        assert candidates(tmp_path / "x.parquet", numbers_of_term(word)) == place


@given(
    values=st.lists(st.none() | st.text(alphabet="ab1", max_size=4), max_size=150),
    term=st.text(alphabet="ab1", min_size=1, max_size=3),
    begin=st.integers(0, 3),
)
def test_one_search_through_all_values_finds_what_each_value_contains(values, term, begin):
    array = pa.array(values, type=pa.string())[begin:]
    found = _containing(array, term).tolist()
    assert found == [number for number, value in enumerate(array.to_pylist()) if value is not None and term in value]
