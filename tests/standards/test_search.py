"""Search finds two-character words, any width and case, all words, best first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.standards.catalog import catalog
from sekisho.standards.search import normalise, search, search_catalog


@pytest.mark.parametrize("word", ["委託", "監査", "時刻", "暗号", "教育", "媒体"])
def test_two_character_words_are_found_and_every_hit_holds_the_word(word):
    hits = search(word)
    assert any(hit.kind == "catalog" for hit in hits)
    in_titles = [hit for hit in hits if word in hit.title.ja]
    assert in_titles
    assert word in hits[0].title.ja


@pytest.mark.parametrize("query", ["8.9", "８．９", " 8.9 "])
def test_an_id_is_the_first_hit_in_any_width(query):
    first = search(query)[0]
    assert (first.source, first.id) == ("annex_a_2022", "8.9")


@pytest.mark.parametrize(("one", "other"), [("クラウド", "ｸﾗｳﾄﾞ"), ("SBOM", "ｓｂｏｍ"), ("Backup", "BACKUP")])
def test_width_and_case_make_no_difference(one, other):
    assert [h.id for h in search(one)] == [h.id for h in search(other)] != []


def test_all_words_must_occur():
    both = {(h.source, h.id) for h in search("ログ 保存")}
    assert both
    assert both <= {(h.source, h.id) for h in search("ログ")} & {(h.source, h.id) for h in search("保存")}
    assert search("ログ 存在しない言葉ですよ") == []


def test_title_comes_before_summary():
    scores = [h.score for h in search("監査")]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("query", ["", "   ", "\u3000"])
def test_an_empty_query_finds_nothing(query):
    assert search(query) == []


def test_english_is_searched_and_answered():
    first = search("Clock synchronization", "en")[0]
    assert first.id == "8.17"
    assert first.summary.isascii()


def test_one_catalogue_alone():
    assert {h.source for h in search_catalog(catalog("municipal_guideline"), "委託")} == {"municipal_guideline"}


@given(st.text(max_size=300))
def test_any_text_may_be_asked(query):
    words = normalise(query[:200]).split()
    assert bool(words) or search(query) == []
