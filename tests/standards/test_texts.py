"""Every sentence file: both languages, the same fields in both, no Japanese left in English."""

import re
import string
from importlib import resources

import pytest

from sekisho.errors import Problem
from sekisho.standards import texts

TOPICS = sorted(f.name[:-5] for f in resources.files("sekisho.standards.texts").iterdir() if f.name.endswith(".yaml"))


def fields(sentence):
    """The names of the fields; ``title_ja`` and ``title_en`` count as the same field in each language's own form."""
    return {re.sub("_(ja|en)$", "", name) for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_with_the_same_fields(topic):
    entries = texts.catalogue(topic)
    assert entries
    for name, entry in entries.items():
        assert set(entry) == {"ja", "en"}, f"{topic}.{name}"
        assert entry["ja"].strip(), f"{topic}.{name}"
        assert entry["en"].strip(), f"{topic}.{name}"
        assert fields(entry["ja"]) == fields(entry["en"]), f"{topic}.{name}"
        assert "" not in fields(entry["ja"]), f"{topic}.{name}: fields have names"


@pytest.mark.parametrize("topic", TOPICS)
def test_english_is_english(topic):
    kana = re.compile("[\u3041-\u309f\u30a1-\u30fa]")
    assert [name for name, entry in texts.catalogue(topic).items() if kana.search(entry["en"])] == []


def test_the_sentence_is_filled_in_the_readers_language():
    assert texts.render("standards.duplicate_id", {"id": "8.9"}, "en") == "The id “8.9” is used twice."
    assert "8.9" in texts.render("standards.duplicate_id", {"id": "8.9"}, "ja")


def test_a_problem_may_name_its_file_and_row_in_the_sentence() -> None:
    problem = Problem("review.not_supported", {"found": "?"}, file="案.xyz", row=3)
    assert "{" not in texts.render_problem(problem, "ja")
    assert "案.xyz" in texts.render_problem(problem, "en")


@pytest.mark.parametrize(
    ("lang", "said"),
    [("ja", "案件が今の段階（公告ずみ）では、これはできません。"), ("en", "in its present stage (announced)")],
)
def test_a_code_in_a_sentence_is_said_in_words(lang: str, said: str) -> None:
    assert said in texts.render("procurement.wrong_state", {"state": "noticed"}, lang)


def test_several_codes_are_said_with_commas_and_an_unknown_value_stays() -> None:
    assert "参加者（責任者、編集者）" in texts.render("procurement.not_member", {"parts": "owner, editor"}, "ja")
    assert "（owner, 他）" in texts.render("procurement.not_member", {"parts": "owner, 他"}, "ja")
