"""Rules that are wrong, hostile or unusual: told with file and line, and never in the way of the others."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.detection.sigma import compile_rules
from sekisho.engines.detection.sigma import documents as documents_module
from sekisho.standards import texts

from .making import batch, found, records, rule, rules

GOOD = rule("s: {F: a}\ncondition: s", title="good")

# name: (text of the file, code, line)
BROKEN: dict[str, tuple[str | bytes, str, int | None]] = {
    "not UTF-8": (b"title: x\n\xff\xfe\x00bad", "detection.rule_encoding", 2),
    "not YAML": ("title: x\nlogsource: [\n", "detection.rule_yaml", 3),
    "a tag that would build an object": ("title: !!python/object/apply:os.system ['true']\n", "detection.rule_yaml", 1),
    "a list": ("- a\n- b\n", "detection.rule_not_mapping", 1),
    "a text": ("just words\n", "detection.rule_not_mapping", 1),
    "no log source": ("title: x\ndetection:\n  s: {F: a}\n  condition: s\n", "detection.rule_invalid", 1),
    "no detection": ("title: x\nlogsource: {product: windows}\n", "detection.rule_invalid", 1),
    "no condition": ("title: x\nlogsource: {product: windows}\ndetection:\n  s: {F: a}\n", "detection.rule_invalid", 4 - 1),
    "condition names nothing": (rule("s: {F: a}\ncondition: other"), "detection.rule_invalid", 7),
    "condition is no condition": (rule("s: {F: a}\ncondition: s and and"), "detection.rule_invalid", 7),
    "old pipe syntax": (rule("s: {F: a}\ncondition: s | count() > 5"), "detection.rule_invalid", 7),
    "unknown modifier": (rule("s:\n  F|nonsense: a\ncondition: s"), "detection.rule_invalid", 5),
    "wrong regular expression": (rule("s:\n  F|re: '(('\ncondition: s"), "detection.rule_invalid", 5),
    "wrong network": (rule("s:\n  F|cidr: 300.1.0.0/99\ncondition: s"), "detection.rule_invalid", 5),
    "infinite number": (rule("s:\n  F|lt: .inf\ncondition: s"), "detection.rule_invalid", 5),
    "detection is a text": ("title: x\nlogsource: {product: windows}\ndetection: words\n", "detection.rule_invalid", None),
    "log source is a list": ("title: x\nlogsource: [windows]\ndetection:\n  s: {F: a}\n  condition: s\n", "detection.rule_invalid", 2),
    "deep nesting": ("a: " + "[" * 100 + "]" * 100, "detection.rule_deep", 1),
    "deep block nesting": ("\n".join(" " * n + f"k{n}:" for n in range(100)), "detection.rule_deep", 1),
    "deep nesting on one line": ("- " * 5_000 + "x", "detection.rule_deep", 1),
    "aliases that multiply": (
        "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [{', '.join(['*a'] * 9)}]\n" for n in range(50)),
        "detection.rule_aliases",
        1,
    ),
    "deep condition": (rule("s: {F: a}\ncondition: " + "not " * 3_000 + "s"), "detection.rule_condition_deep", None),
    "unknown action": ("action: explode\ntitle: x\n", "detection.action_unknown", 1),
    "a date that cannot be": ("title: x\ndate: 2026-99-99\n", "detection.rule_yaml", 1),
    "four dashes to expand": (rule("s:\n  F|windash: '-a -b -c -d'\ncondition: s"), "detection.rule_invalid", None),
    "base64 of a wildcard": (rule("s:\n  F|base64: 'a*'\ncondition: s"), "detection.rule_invalid", None),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told_and_the_others_run(name: str) -> None:
    content, code, line = BROKEN[name]
    raw = content if isinstance(content, bytes) else content.encode()
    made = compile_rules([("bad.yml", raw), ("good.yml", GOOD.encode())])
    assert [r.title for r in made.rules] == ["good"]
    (fault,) = {(f.code, f.file) for f in made.broken}
    assert fault == (code, "bad.yml")
    if line is not None:
        assert made.broken[0].row == line
    for lang in ("ja", "en"):
        sentence = texts.render_problem(made.broken[0].problem(), lang)
        assert sentence != code
        assert "{" not in sentence.replace("[{", "")


def test_a_document_that_is_broken_leaves_the_others_of_its_file() -> None:
    made = rules(GOOD + "---\ntitle: [\n---\n" + GOOD.replace("good", "second"))
    assert [r.title for r in made.rules] == ["good", "second"]
    assert made.broken[0].row == GOOD.count("\n") + 3


def test_faults_of_what_only_describes_a_rule_are_remarks() -> None:
    made = rules(GOOD + "id: no-uuid\nstatus: brandnew\ndate: soon\ntags: [x]\n")
    assert len(made.rules) == 1
    assert {fault.code for fault in made.remarks} == {"detection.rule_invalid"}
    assert records(made, batch([{"F": "a"}])) == [1]


def test_doubled_ids_are_told_and_both_run() -> None:
    same = GOOD + "id: 5f113a8f-8b61-41ca-b90f-d374fa7e4a39\n"
    made = rules(same, same)
    assert [fault.code for fault in made.remarks] == ["detection.rule_double"]
    assert len(found(made, batch([{"F": "a"}]))) == 2


def test_byte_order_marks_and_utf_16() -> None:
    for raw in (b"\xef\xbb\xbf" + GOOD.encode(), GOOD.encode("utf-16")):
        assert len(compile_rules([("r.yml", raw)]).rules) == 1


def test_actions_apply_to_their_file_only() -> None:
    common = "action: global\nlogsource: {product: windows, category: process_creation}\nlevel: high\n"
    part = "title: one\ndetection:\n  s: {F: a}\n  condition: s\n"
    repeated = "action: repeat\ntitle: two\ndetection:\n  s: {F: b}\n"
    made = rules(common + "---\n" + part + "---\n" + repeated, part)
    assert [(r.title, r.level) for r in made.rules] == [("one", "high"), ("two", "high")]
    assert [fault.file for fault in made.broken] == ["r1.yml"]


def test_a_filter_narrows_the_rules_that_it_names() -> None:
    narrowed = "title: f\nlogsource: {product: windows}\nfilter:\n  rules: [wide]\n  ok: {G: fine}\n  condition: not ok\n"
    made = rules(GOOD + "name: wide\n", GOOD.replace("good", "other"), narrowed)
    hits = found(made, batch([{"F": "a", "G": "fine"}, {"F": "a"}]))
    assert sorted((one.title, one.record) for one in hits) == [("good", 2), ("other", 1), ("other", 2)]


def test_too_many_rules_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_module, "MAX_RULES", 3)
    made = rules("---\n".join([GOOD] * 5))
    assert len(made.rules) == 3
    assert made.broken[-1].code == "detection.too_many_rules"


def test_a_large_file_and_a_large_document_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_module, "MAX_FILE", 1_000)
    assert rules("#" * 1_001).broken[0].code == "detection.rule_file_large"
    monkeypatch.setattr(documents_module, "MAX_DOCUMENT", 300)
    assert rules(GOOD + "#" * 300).broken[0].code == "detection.rule_large"


def test_a_rule_with_too_many_values_is_refused() -> None:
    made = rules(rule("s:\n  F: [" + ",".join(f"v{n}" for n in range(51_000)) + "]\ncondition: s"))
    assert made.broken[0].code == "detection.rule_nodes"


def test_a_rule_with_thousands_of_values_runs() -> None:
    made = rules(rule("s:\n  F|contains: [" + ",".join(f"value{n}x" for n in range(5_000)) + "]\ncondition: s"))
    assert records(made, batch([{"F": "a value4999x"}, {"F": "value5000x"}])) == [1]


def test_catastrophic_patterns_are_limited_in_time() -> None:
    made = rules(rule("s:\n  F|re: '^(a|a)*(?=c)$'\ncondition: s"))
    from sekisho.engines.detection.sigma import Review

    review = Review(made)
    begin = time.monotonic()
    assert review.feed(batch([{"F": "a" * 60 + str(n)} for n in range(40)])) == []
    assert time.monotonic() - begin < 20
    (told,) = review.explanation()["time_limits"]
    assert told["values_given_up"] == 20
    assert told["values_not_asked"] == 20
    assert told["rules"] == ["t"]


def test_patterns_that_explode_elsewhere_are_linear_here() -> None:
    made = rules(rule("s:\n  F|re: '^(a+)+$'\n  G|contains: '" + "a*" * 200 + "b'\ncondition: 1 of s*"))
    begin = time.monotonic()
    assert records(made, batch([{"F": "a" * 50_000 + "!", "G": "a" * 50_000}])) == []
    assert time.monotonic() - begin < 5


@settings(max_examples=15, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers() | st.none(), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_whatever_stands_in_a_rule_it_never_raises(value: object) -> None:
    import yaml

    for key in ("detection", "logsource", "title", "level", "tags", "correlation", "filter", "id", "fields"):
        whole = yaml.safe_load(GOOD) | {key: value}
        text = yaml.safe_dump(whole, allow_unicode=True)
        made = compile_rules([("r.yml", text.encode())])
        found(made, batch([{"F": "a"}]))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_stands_in_a_file_it_never_raises(raw: bytes) -> None:
    compile_rules([("r.yml", raw)])
