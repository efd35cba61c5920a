"""The review as a whole: a long draft as a careful reader sees it, in three formats; places, fingerprints, observation, rules."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines import draftreview
from sekisho.engines.draftreview import observe, read_draft, read_draft_file, review
from sekisho.engines.observation import decode, encode
from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.standards.catalog import data_directory, measures, read_yaml
from sekisho.standards.review_rules import build_rules, check_rules, schema

DRAFT = Path(__file__).parents[3] / "examples" / "procurement" / "drafts" / "booking-site.md"


@pytest.fixture(scope="module")
def long_review(rules):
    return review(read_draft_file(DRAFT), rules=rules, required=[c.id for c in rules.clauses])


def test_the_facade_names_what_there_is():
    assert {"read_draft", "read_draft_file", "review", "observe", "Review"} <= set(draftreview.__all__)
    assert len(draftreview.__all__) == len(set(draftreview.__all__))
    assert all(hasattr(draftreview, name) for name in draftreview.__all__)


def test_a_long_draft_is_seen_as_a_careful_reader_sees_it(long_review):
    status = {c.id: c.status for c in long_review.clauses}
    assert [i for i, s in status.items() if s == "missing" and i[:2] in {"AT", "AU", "AC", "PR", "PH", "DA", "SC", "UP"}] == [
        "SC-2-1"
    ]
    assert [i for i, s in status.items() if s == "partly" and "-" in i] == ["PR-1-3"]
    assert [i for i, s in status.items() if i[0] == "C" and i[1].isdigit() and s == "partly"] == ["C1", "C2", "C3", "C4"]
    assert {i for i, s in status.items() if i[0] == "U" and i[1].isdigit() and s == "missing"} == {"U2", "U11"}
    assert {i for i, s in status.items() if i[0] == "R" and s == "covered"} == {"R1", "R2", "R3"}
    assert {i for i, s in status.items() if i.startswith("AI") and s != "missing"} == set()
    levels = {c.id: c.level for c in long_review.clauses if c.family == "sbd"}
    assert {i for i, level in levels.items() if level == "mid"} == {
        "AT-2-2", "AT-3-1", "AT-3-2", "AU-1-1", "AC-1-1", "AC-2-1", "AC-2-2", "PR-1-2", "PH-1-2",
    }  # fmt: skip
    assert [(i.kind, i.rule) for i in long_review.items] == [
        ("inconsistent", "log_retention"),
        ("floor", "log_retention"),
        ("restriction", "BR-USE"),
        ("restriction", "QU-CERT"),
        ("restriction", "QU-RECORD"),
        ("placeholder", "PH-BRACES"),
        ("vague", "V-PROPER"),
    ]
    first, second = long_review.items[0].passages
    assert (first.location.headings[-1], second.location.headings[-1]) == ("3.4 ログの管理", "5 その他")


def test_the_same_draft_as_docx_and_pdf_says_nearly_the_same(long_review, make, rules):
    lines = [line for line in DRAFT.read_text(encoding="utf-8").splitlines() if line.strip() and "|---" not in line]

    def fill(document):
        for line in lines:
            level = len(line) - len(line.lstrip("#"))
            document.add_heading(line.lstrip("# "), level) if level else document.add_paragraph(line)

    required = [c.id for c in rules.clauses]
    word = review(read_draft(make.docx(fill), filename="a.docx"), rules=rules, required=required)
    assert {c.id: (c.status, c.level) for c in word.clauses} == {c.id: (c.status, c.level) for c in long_review.clauses}
    assert [i.rule for i in word.items] == [i.rule for i in long_review.items]
    plain = [line.lstrip("# ") for line in lines]
    pages = ["\n".join(plain[at : at + 14]) for at in range(0, len(plain), 14)]
    paper = review(read_draft(make.pdf(pages), filename="a.pdf"), rules=rules, required=required)
    different = [c.id for c, d in zip(paper.clauses, long_review.clauses, strict=True) if c.status != d.status]
    assert len(different) <= 3, different
    assert {i.rule for i in paper.items} == {i.rule for i in long_review.items}
    assert all(p.location.page for c in paper.clauses for p in c.passages)


def test_every_reported_place_is_in_the_original_text(long_review, every_match):
    places = every_match(long_review)
    assert len(places) > 200
    assert all(match.text == passage.text[match.start : match.end] and match.text for passage, match in places)


WORDS = "ログを取得し保存すること通信は暗号化認証TLS1.0RSA1024一年間十分ヶ月。、\n　（）{}○○社製®第3条(1)アSHA-1必要に応じて等同等不要とする"


@settings(max_examples=120, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200), st.text(alphabet=WORDS, max_size=200), st.lists(st.sampled_from(WORDS), max_size=60).map("".join)
    )
)
def test_any_text_is_reviewed_with_places_that_are_right(rules, every_match, text):
    try:
        draft = read_draft(text.encode("utf-8", "ignore"), filename="a.txt")
    except InputError:
        return
    result = review(draft, rules=rules, required=[c.id for c in rules.clauses], expected={"log_retention": "1年"})
    assert all(match.text == passage.text[match.start : match.end] for passage, match in every_match(result))
    assert all(0 <= c.confidence <= 1 for c in result.clauses)
    json.dumps(result.as_dict())


def test_it_is_deterministic_and_survives_json(long_review, rules):
    again = review(read_draft_file(DRAFT), rules=rules, required=[c.id for c in rules.clauses])
    assert again == long_review
    data = json.loads(json.dumps(long_review.as_dict(), ensure_ascii=False))
    assert msgspec.convert(data, draftreview.Review) == long_review
    assert (long_review.engine, long_review.rules_version) == ("draftreview", rules.version)


def test_a_decision_is_kept_when_text_before_it_is_added(long_review, rules):
    changed = DRAFT.read_text(encoding="utf-8").replace("## 2 業務の要件", "追加の段落である。\n\n## 2 業務の要件")
    moved = review(read_draft(changed.encode(), filename=DRAFT.name), rules=rules, required=[c.id for c in rules.clauses])
    assert [i.fingerprint for i in moved.items] == [i.fingerprint for i in long_review.items]
    assert [c.fingerprint for c in moved.clauses] == [c.fingerprint for c in long_review.clauses]
    every = [i.fingerprint for i in moved.items] + [c.fingerprint for c in moved.clauses]
    assert len(every) == len(set(every))


def test_the_same_words_twice_are_two_items(look):
    items = look("期間はTBDとする。\n期間はTBDとする。").items
    assert len({i.fingerprint for i in items}) == len(items) == 2


def test_an_english_draft_says_that_it_is_not_supported(rules):
    text = ("The contractor shall encrypt all communication with TLS 1.0 and keep logs for one year. " * 5).encode()
    result = review(read_draft(text, filename="a.txt"), rules=rules)
    assert not result.supported
    assert [n.code for n in result.notices] == ["review.language_not_supported"]
    assert (result.clauses, result.items, result.counts["missing"]) == ((), (), 0)
    observation = observe(result, now=datetime(2026, 11, 22, tzinfo=UTC), name="x")
    assert {m.status for m in observation.measures} == {"not_applicable"}


def test_the_observation_has_declared_measures_and_findings(long_review):
    observation = observe(long_review, now=datetime(2026, 11, 22, tzinfo=UTC), name="予約サイト")
    assert decode(encode(observation)) == observation
    values = {m.key: m.value for m in observation.measures}
    assert all(key in measures() and measures()[key].producers == ("draftreview",) for key in values)
    assert values["draft.clauses_required"] == 78
    assert values["draft.clauses_covered"] == long_review.counts["covered"]
    assert values["draft.contradictions"] == 1
    assert all(texts.known(f.code) for f in observation.findings)
    assert len({f.fingerprint for f in observation.findings}) == len(observation.findings)


def test_every_code_has_a_sentence_without_open_fields(long_review):
    for item in long_review.items:
        for lang in ("ja", "en"):
            assert "{" not in texts.render(item.code, {**item.fields, "found": "x"}, lang)
        assert texts.known(item.suggestion)
    assert all(texts.known(reason) for c in long_review.clauses for reason in c.reasons)


def test_the_committed_schema_is_that_of_the_types():
    committed = json.loads(data_directory().joinpath("schemas", "procurement_review.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(schema()))


def test_wrong_rules_are_refused_with_all_their_places(rules):
    assert check_rules(rules) == []
    raw = read_yaml(data_directory().joinpath("procurement", "review.yaml"))
    raw["clauses"][0]["fact"] = "nowhere:1"
    raw["clauses"][1]["id"] = raw["clauses"][2]["id"]
    raw["floors"][0]["pattern"] = "("
    with pytest.raises(InputError) as raised:
        build_rules(raw)
    assert raised.value.code == "review.rules_wrong"
    assert len(raised.value.problems) == 3
    raw["clauses"][0]["nonsense"] = 1
    with pytest.raises(msgspec.ValidationError):
        build_rules(raw)
