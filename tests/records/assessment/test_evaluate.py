"""The evaluator: three-valued, cumulative, with basis, freshness and reasons. Pure values, no database."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.records.assessment.rules.evaluate import evaluate, judge
from sekisho.records.assessment.rules.facts import Answer, Facts, Figure, Paper, Part
from sekisho.records.assessment.rules.verdict import Outcome, Verdict, all_of, any_of
from sekisho.standards.level_rules import Condition, build_rule

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
T, F, U = Verdict.TRUE, Verdict.FALSE, Verdict.UNDECIDED
HOSTS = [uuid.UUID(int=n) for n in range(1, 4)]
TEXT = {"ja": "題", "en": "title"}


def condition(**raw):
    import msgspec

    return msgspec.convert(raw, Condition)


def measure(**more):
    return condition(measure={"key": "x.y", "op": "<=", "value": 0, "fresh": "P1D", **more})


def figure(host, value, *, age=timedelta(hours=1), **more):
    status = more.pop("status", "measured" if value is not None else "error")
    return Figure(host, "x.y", value, status, NOW - age, uuid.uuid4(), **more)


def facts(*figures, hosts=2, papers=(), answers=()):
    found = {}
    for f in sorted(figures, key=lambda f: f.observed_at, reverse=True):
        found.setdefault((f.part_id, f.key), []).append(f)
    return Facts([Part(h, "host", str(h)) for h in HOSTS[:hosts]], found, papers, answers)


A, B, C = HOSTS
MEASURES = [
    ("both meet it", {}, [(A, 0), (B, 0)], T, "met"),
    ("one fails", {}, [(A, 0), (B, 2)], F, "not_met"),
    ("one fails, the other is unknown", {}, [(A, 2)], F, "not_met"),
    ("one meets it, the other is unknown", {}, [(A, 0)], U, "missing"),
    ("nothing at all", {}, [], U, "missing"),
    ("too old", {}, [(A, 0, {"age": 2 * DAY}), (B, 0)], U, "stale"),
    ("read too little", {"min_coverage": 0.9}, [(A, 0, {"coverage": 0.5}), (B, 0, {"coverage": 1.0})], U, "coverage"),
    ("an error does not count as zero", {}, [(A, None), (B, 0)], U, "error"),
    ("an error does not hide an earlier good run", {}, [(A, None), (A, 0, {"age": 3 * timedelta(hours=1)}), (B, 0)], T, "met"),
    ("not applicable drops out", {}, [(A, None, {"status": "not_applicable"}), (B, 0)], T, "met"),
    ("not applicable everywhere", {}, [(h, None, {"status": "not_applicable"}) for h in (A, B)], U, "not_applicable"),
    (
        "not applicable may have to be waited for",
        {"not_applicable": "undecided"},
        [(A, None, {"status": "not_applicable"}), (B, 0)],
        U,
        "not_applicable",
    ),
    ("share reached", {"aggregate": "share", "share_of_parts": 0.5}, [(A, 0), (B, 9)], T, "met"),
    ("share out of reach", {"aggregate": "share", "share_of_parts": 0.8}, [(A, 0), (B, 9)], F, "not_met"),
    ("share still open", {"aggregate": "share", "share_of_parts": 0.8}, [(A, 0)], U, "missing"),
    ("sum", {"aggregate": "sum", "value": 3}, [(A, 1), (B, 2)], T, "met"),
    ("mean", {"aggregate": "mean", "value": 1}, [(A, 1), (B, 2)], F, "not_met"),
    ("mean of too few", {"aggregate": "mean", "value": 9}, [(A, 1)], U, "missing"),
    ("mean of enough", {"aggregate": "mean", "value": 9, "share_of_parts": 0.5}, [(A, 1)], T, "met"),
    ("min", {"aggregate": "min", "op": ">=", "value": 2}, [(A, 1), (B, 2)], F, "not_met"),
    ("max", {"aggregate": "max", "op": ">=", "value": 2}, [(A, 1), (B, 2)], T, "met"),
    ("other dimensions are another figure", {}, [(A, 0, {"dimensions": {"class": "xss"}}), (B, 0)], U, "missing"),
    ("nothing of that kind", {"parts": ["code"]}, [(A, 0)], U, "no_parts"),
]


@pytest.mark.parametrize(("more", "given_figures", "verdict", "why"), [m[1:] for m in MEASURES], ids=[m[0] for m in MEASURES])
def test_measures(more, given_figures, verdict, why):
    figures = [figure(row[0], row[1], **(row[2] if len(row) > 2 else {})) for row in given_figures]
    found = judge(measure(**more), facts(*figures), NOW)
    assert (found.verdict, found.detail["why"]) == (verdict, why)
    assert found.basis == ("" if verdict is U else "measured")


def test_worst_shows_the_worst_figure_and_the_first_end_of_freshness():
    old = figure(A, 3, age=timedelta(hours=20))
    found = judge(measure(value=5), facts(old, figure(B, 1)), NOW)
    assert found.detail["actual"] == 3
    assert found.fresh_until == old.observed_at + DAY


def paper(kind="plan", *, age=DAY, until=None, reviewed=True):
    at = NOW - age
    return Paper(uuid.uuid4(), kind, kind, at, until, at if reviewed else None)


PAPERS = [
    ("valid and reviewed", [paper()], T, "met"),
    ("none", [], U, "missing"),
    ("another kind", [paper("other")], U, "missing"),
    ("not reviewed", [paper(reviewed=False)], U, "not_reviewed"),
    ("its validity is over", [paper(until=NOW)], U, "stale"),
    ("older than the rule allows", [paper(age=40 * DAY)], U, "stale"),
    ("from the future", [paper(age=-DAY)], U, "missing"),
    ("an old one and a current one", [paper(age=40 * DAY), paper()], T, "met"),
]


@pytest.mark.parametrize(("papers", "verdict", "why"), [p[1:] for p in PAPERS], ids=[p[0] for p in PAPERS])
def test_documents_are_never_false_only_undecided(papers, verdict, why):
    found = judge(condition(document={"kind": "plan", "title": TEXT, "fresh": "P30D"}), facts(papers=papers), NOW)
    assert (found.verdict, found.detail["why"]) == (verdict, why)


@pytest.mark.parametrize(
    ("holds", "age", "verdict"), [(True, DAY, T), (False, DAY, F), (True, 40 * DAY, U), (False, 40 * DAY, U)]
)
def test_answers_hold_for_their_time(holds, age, verdict):
    answer = Answer(uuid.uuid4(), "k", holds, NOW - age, NOW + 365 * DAY)
    asked = condition(attestation={"key": "k", "question": TEXT, "valid_for": "P30D"})
    assert judge(asked, facts(answers=[answer]), NOW).verdict is verdict


@pytest.mark.parametrize(
    ("parts", "both", "either"),
    [("TT", T, T), ("TF", F, T), ("TU", U, T), ("FF", F, F), ("FU", F, U), ("UU", U, U)],
)
def test_kleene_tables(parts, both, either):
    named = {"T": T, "F": F, "U": U}
    outcomes = [Outcome(named[p], "measured", detail={"type": "measure"}) for p in parts]
    assert all_of(outcomes).verdict is both
    assert any_of(outcomes).verdict is either


def test_basis_is_the_weakest_that_is_needed_and_the_strongest_that_suffices():
    measured, declared = Outcome(T, "measured", NOW + 2 * DAY), Outcome(T, "declared", NOW + DAY)
    assert (all_of([measured, declared]).basis, all_of([measured, declared]).fresh_until) == ("declared", NOW + DAY)
    assert (any_of([declared, measured]).basis, any_of([declared, measured]).fresh_until) == ("measured", NOW + 2 * DAY)


def rule(ume, take, matsu):
    level = {"meaning": TEXT}
    return build_rule(
        {
            "id": "c.1", "version": 1, "catalog": "c", "requirement": "1", "proposal": True, "verified": "proposal",
            "source": {"documents": ["x"]}, "subject_kinds": ["host"], "grace": "P1D",
            "levels": {"ume": level | {"condition": ume}, "take": level | {"condition": take}, "matsu": level | {"condition": matsu}},
        }
    )  # fmt: skip


def ask(key, value):
    return {"measure": {"key": key, "op": "<=", "value": value, "fresh": "P1D"}}


RULE = rule(ask("x.y", 5), ask("x.y", 3), {"all": [ask("x.y", 1), {"document": {"kind": "plan", "title": TEXT}}]})


@pytest.mark.parametrize(
    ("value", "papers", "level", "basis"),
    [
        (9, [], 0, "measured"),
        (4, [], 1, "measured"),
        (2, [], 2, "measured"),
        (1, [], 2, "measured"),
        (1, [paper()], 3, "documented"),
        (None, [paper()], None, ""),
    ],
)
def test_highest_level_that_is_wholly_true_is_proposed(value, papers, level, basis):
    found = evaluate(RULE, facts(figure(A, value), hosts=1, papers=papers), now=NOW)
    assert (found.level, found.basis) == (level, basis)


def test_a_higher_level_alone_proposes_nothing():
    odd = rule({"document": {"kind": "plan", "title": TEXT}}, ask("x.y", 3), ask("x.y", 1))
    found = evaluate(odd, facts(figure(A, 0), hosts=1), now=NOW)
    assert found.level is None
    assert found.supports(2) is U


def test_what_is_missing_names_only_what_is_not_met():
    found = evaluate(RULE, facts(figure(A, 1), hosts=1), now=NOW)
    assert found.explanation["next"] == "matsu"
    assert [item["type"] for item in found.explanation["missing"]] == ["document"]


figures = st.lists(
    st.tuples(st.sampled_from(HOSTS), st.one_of(st.none(), st.integers(0, 8)), st.integers(0, 72), st.floats(0, 1)), max_size=8
)


@settings(max_examples=150, deadline=None)
@given(first=figures, more=figures)
def test_more_evidence_never_makes_a_true_level_undecided(first, more):
    def made(rows):
        return [figure(h, v, age=timedelta(hours=a), coverage=c) for h, v, a, c in rows]

    before = evaluate(RULE, facts(*made(first)), now=NOW)
    after = evaluate(RULE, facts(*made(first), *made(more)), now=NOW)
    for level in (1, 2):
        if before.support[level] is T:
            assert after.support[level] is not U


@settings(max_examples=150, deadline=None)
@given(rows=figures, hours=st.integers(0, 200))
def test_time_alone_never_decides_anything(rows, hours):
    known = facts(*[figure(h, v, age=timedelta(hours=a)) for h, v, a, _ in rows])
    early, late = evaluate(RULE, known, now=NOW), evaluate(RULE, known, now=NOW + timedelta(hours=hours))
    for level in (1, 2, 3):
        if early.support[level] is U:
            assert late.support[level] is not T
    if early.fresh_until is not None and NOW + timedelta(hours=hours) < early.fresh_until:
        assert late.level == early.level


@settings(max_examples=100, deadline=None)
@given(rows=figures)
def test_levels_are_cumulative_and_the_explanation_is_json(rows):
    import json

    found = evaluate(RULE, facts(*[figure(h, v, age=timedelta(hours=a)) for h, v, a, _ in rows]), now=NOW)
    verdicts = [found.support[n] for n in (1, 2, 3)]
    assert all(not (higher is T and lower is not T) for lower, higher in pairwise(verdicts))
    json.dumps(found.explanation)
