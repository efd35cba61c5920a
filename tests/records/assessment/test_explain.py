"""The sentence says figure, threshold, age; the list says what is missing. In both languages, from stored JSON."""

from __future__ import annotations

import pytest
from tests.records.assessment.town import HOUR
from tests.records.factories import NOW

from sekisho.records.assessment.rules import explain
from sekisho.standards.level_rules import LEVELS, level_rules


def test_sentence_names_figure_threshold_and_age(town):
    town.measured_well(at=NOW - 6 * HOUR)
    town.propose()
    found = explain.sentence(town.judgement("8.9").explanation, now=NOW, lang="ja")
    assert "98.6％（基準 95％以上）" in found
    assert found.count("最後の測定が6時間前（基準 24時間以内）") == 1
    assert found.endswith("だから、竹を提案しました。")
    english = explain.sentence(town.judgement("8.9").explanation, now=NOW, lang="en")
    assert "98.6 % (threshold at least 95 %)" in english
    assert "last measured 6 hours ago (within 24 hours required)" in english
    assert english.endswith("therefore Take is proposed.")


def test_missing_lists_what_the_next_level_needs(town):
    town.measured_well()
    town.propose()
    found = explain.missing(town.judgement("8.9").explanation, now=NOW, lang="ja")
    assert found == [
        "構成のコード（IaC）と適用の記録　なし → 文書を加えて確認を受ける",
        "自動復旧の試験の記録　なし → 文書を加えて確認を受ける",
    ]


def test_nothing_known_is_said_so(town):
    town.propose()
    explanation = town.judgement("8.9").explanation
    assert explain.sentence(explanation, now=NOW, lang="ja") == "判断に要るものがそろっていないため、未測定です。"
    (either,) = explain.missing(explanation, now=NOW, lang="ja")
    assert either.startswith("次のどれか：構成管理表")
    assert "未測定 → 1件以上" in either


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_rule_can_be_said_before_anything_is_measured(lang):
    for rule in level_rules().values():
        for name in LEVELS:
            for line in explain.wanted(rule.levels[name].condition, lang):
                assert line.text
                assert "levels." not in line.text
                assert "{" not in line.text
