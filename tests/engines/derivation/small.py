"""A small rule set that holds every form once, for the tests of the engine."""

from __future__ import annotations

from functools import cache

from sekisho.standards.rule_sets import RuleSet, read_rule_set

RULES = """\
id: small
version: 3
title: {ja: 小さな規則, en: Small rules}
source: {documents: [試験]}
verified: proposal
confidence: low
confidence_note: {ja: 試験用, en: For tests}
settings:
- {id: many, title: {ja: 多い, en: Many}, value: 300}
sections:
- {id: s, title: {ja: 節, en: Section}}
questions:
- id: object
  section: s
  kind: choice
  title: {ja: 何を調達するか, en: What is bought?}
  why: {ja: 理, en: W}
  options: [{id: system, title: {ja: システム, en: System}}, {id: study, title: {ja: 調査, en: Study}}]
- id: outside
  section: s
  kind: yes_no
  title: {ja: 外から使うか, en: Used from outside?}
  why: {ja: 理, en: W}
  ask_if: {answer: object, is: system}
  from_tasks: internet
- {id: people, section: s, kind: number, title: {ja: 人数, en: People}, why: {ja: 理, en: W}, minimum: 0, unit: {ja: 人, en: people}}
- id: who
  section: s
  kind: choices
  title: {ja: だれが使うか, en: Who uses it?}
  why: {ja: 理, en: W}
  from_tasks: actors
  required: false
  options: [{id: staff, title: {ja: 職員, en: Staff}}, {id: public, title: {ja: 住民, en: Public}}]
- {id: note, section: s, kind: long_text, title: {ja: 覚え, en: Note}, why: {ja: 理, en: W}, required: false}
conditions:
- {id: A, title: {ja: 外部, en: Outside}, when: {answer: outside, is: yes}}
- {id: B, title: {ja: 多数, en: Many}, when: {answer: people, more_than: {setting: many}}}
- {id: S, title: {ja: システム, en: System}, when: {answer: object, is: system}}
decisions:
- id: grade
  title: {ja: 格付, en: Grade}
  choices:
  - {value: high, title: {ja: 高い, en: High}, when: {any_requirement_at_least: high}, reason: {ja: 高位がある, en: Some are high}}
  otherwise: low
  otherwise_title: {ja: 低い, en: Low}
  otherwise_reason: {ja: 高位がない, en: None is high}
groups:
- {id: AT, title: {ja: 侵害対策, en: Attack}}
requirements:
- id: R1
  group: AT
  title: {ja: 分離, en: Separation}
  threat: {ja: 侵入, en: Intrusion}
  purpose: {ja: 狭める, en: Narrow}
  applies_if: S
  rules:
  - {id: R1.mid, floor: mid, to: mid, when: {any: [A, B]}}
  - {id: R1.high, floor: mid, to: high, when: {all: [A, B]}}
  levels:
    low:
      demand: {ja: 分ける, en: Separate}
      clause: {ja: '網を分けること。', en: Separate.}
      cost: {ja: 小, en: S}
      operation: {ja: 小, en: S}
      acceptance: {shown: {ja: 図, en: Picture}}
    mid:
      demand: {ja: 細かく分ける, en: Separate more}
      clause: {ja: '{区分}ごとに分けること。', en: 'Separate by {区分}.'}
      cost: {ja: 中, en: M}
      operation: {ja: 中, en: M}
      acceptance: {shown: {ja: 設定, en: Settings}, evidence: [observation]}
    high:
      demand: {ja: 独立, en: Independent}
      clause: {ja: '独立させ、{保存期間}記録すること。', en: 'Independent; keep for {保存期間}.'}
      cost: {ja: 大, en: L}
      operation: {ja: 大, en: L}
      acceptance: {shown: {ja: 試験, en: Test}, by: third_party, evidence: [test_record]}
parts:
- {id: outer, title: {ja: 外側, en: Outer}}
- {id: requirements, title: {ja: 要件, en: Requirements}, parent: outer}
- {id: end, title: {ja: 終わり, en: End}}
clauses:
- {id: always, part: end, title: {ja: 総則, en: General}, text: {ja: 守ること。, en: Keep.}}
- {id: study, part: end, title: {ja: 文書, en: Papers}, text: {ja: 返すこと。, en: Return.}, include_if: {answer: object, is: study}}
- {id: extra, part: end, title: {ja: 任意, en: Extra}, text: {ja: 望ましい。, en: Nice.}, optional: true}
- {id: graded, part: end, title: {ja: 高い, en: High}, text: {ja: 報告すること。, en: Report.}, include_if: {decision: grade, is: high}}
placeholders:
- {id: 区分, title: {ja: 区分, en: Division}, help: {ja: 分け方, en: How}, example: 部}
- id: 保存期間
  title: {ja: 保存期間, en: Retention}
  help: {ja: 期間, en: Period}
  example: 1年
  suggestions:
  - {value: 3年, when: A, reason: {ja: 外から使うため, en: Used from outside}}
  - {value: 1年}
checks:
- id: small_but_outside
  severity: error
  when: {all: [{answer: people, less_than: 1}, A]}
  message: {ja: 使う人がいません。, en: Nobody uses it.}
  questions: [people, outside]
- id: too_much
  severity: warning
  when: {all: [{requirement: R1, at_least: high}, {not: A}]}
  message: {ja: 求めすぎです。, en: Too much.}
  requirements: [R1]
"""


@cache
def small_rules() -> RuleSet:
    """The rules above."""
    return read_rule_set({"rules.yaml": RULES.encode()})
