"""Relevance with its reasons; the times of a piece of information."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sekisho.engines.observation import MeasureStatus
from sekisho.engines.threatintel import Case, Held, Holdings, Information, Step, course, measures, relevance
from sekisho.standards.catalog import measures as declared
from sekisho.standards.texts import known

HOLDINGS = Holdings(
    products=(Held("Sample VPN", ("本庁 VPN装置",)), Held("グループウェアX"), Held("Go")),
    open_vulnerabilities=frozenset({"CVE-2026-12345"}), suppliers=("株式会社みなもシステム",), sectors=("地方公共団体",), regions=("関東",),
    names=("みなも市", "city.minamo.lg.jp"),
)  # fmt: skip
CASES = {
    "nothing known": ({"title": "Other Gateway"}, 0, "none", ["none"]),
    "product": ({"title": "sample-vpn の脆弱性"}, 35, "medium", ["product"]),
    "product in full-width": ({"title": "Ｓａｍｐｌｅ　ＶＰＮの脆弱性"}, 35, "medium", ["product"]),
    "no part of another word": ({"title": "Sample VPNs2"}, 0, "none", ["none"]),
    "Japanese has no borders": ({"title": "新グループウェアXの件"}, 35, "medium", ["product"]),
    "too short a name": ({"title": "Go to the page"}, 0, "none", ["none"]),
    "open vulnerability": ({"title": "x", "cves": ("cve-2026-12345",)}, 50, "medium", ["vulnerability"]),
    "sighting": ({"title": "x", "sightings": 3}, 70, "high", ["sighting"]),
    "sector and supplier": ({"title": "地方公共団体を狙う", "text": "株式会社みなもシステムを経由"}, 50, "medium", ["supplier", "sector"]),
    "own name": ({"title": "みなも市への攻撃予告"}, 60, "high", ["own"]),
    "everything": ({"title": "みなも市 Sample VPN", "cves": ("CVE-2026-12345",), "sightings": 1}, 100, "high", ["sighting", "own", "vulnerability", "product"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_relevance(name, now):
    given, score, band, reasons = CASES[name]
    found = relevance(Information(**given), HOLDINGS, now=now)
    assert (found.score, found.band.value) == (score, band)
    assert [code for code, _, _ in found.reasons] == [f"threatintel.relevance_{reason}" for reason in reasons]
    assert all(known(code) for code, _, _ in found.reasons)


def test_recent_adds_only_to_another_reason(now):
    recent = now - timedelta(days=3)
    assert relevance(Information("x", published=recent), HOLDINGS, now=now).score == 0
    assert relevance(Information("Sample VPN", published=recent), HOLDINGS, now=now).score == 40
    assert relevance(Information("Sample VPN", published=now + timedelta(days=1)), HOLDINGS, now=now).score == 35


def hours(now, **at):
    return {Step(name): now - timedelta(hours=10) + timedelta(hours=value) for name, value in at.items()}


def test_course_of_a_relevant_case(now):
    case = Case(hours(now, received=0, judged=1, blocked=3.5), relevant=True, needed=frozenset({Step.BLOCKED, Step.SEARCHED}))
    found = course(case, now=now).as_dict()
    assert found == {"hours": {"judged": 1.0, "blocked": 3.5}, "open_hours": {"searched": 10.0}, "problems": []}


def test_course_of_one_that_does_not_concern_us(now):
    found = course(Case(hours(now, received=0, judged=1), relevant=False), now=now)
    assert found.open == {}
    assert course(Case(hours(now, received=0)), now=now).open == {Step.JUDGED: timedelta(hours=10)}


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ({"judged": 1}, "times_missing"),
        ({"received": 2, "judged": 1}, "times_out_of_order"),
        ({"received": 0, "judged": 11}, "times_out_of_order"),
        ({"received": 0}, "times_missing"),
    ],
)
def test_what_cannot_be_right(at, code, now):
    found = course(Case(hours(now, **at), relevant=True), now=now)
    assert f"threatintel.{code}" in [problem.code for problem in found.problems]


def test_measures(now):
    cases = [
        Case(hours(now, received=0, judged=1, blocked=2, searched=3, reported=4), relevant=True, acted=True, shared_in=True),
        Case(hours(now, received=0, judged=3), relevant=True),
        Case(hours(now, received=0, judged=2), relevant=False, shared_out=True),
        Case(hours(now, received=0)),
    ]
    found = {one.key: one for one in measures(cases, now=now)}
    assert set(found) <= set(declared())
    assert {key: one.value for key, one in found.items()} == {
        "intel.received": 4, "intel.judged": 0.75, "intel.acted": 0.5, "intel.shared_in": 1, "intel.shared_out": 1,
        "intel.hours_to_judged": 2.0, "intel.hours_to_blocked": 2.0, "intel.hours_to_searched": 3.0, "intel.hours_to_reported": 4.0,
    }  # fmt: skip
    assert (found["intel.hours_to_judged"].coverage, found["intel.hours_to_blocked"].coverage) == (0.75, 0.5)
    nothing = {one.key: one for one in measures([], now=now)}
    assert nothing["intel.received"].value == 0
    assert {
        one.status for key, one in nothing.items() if key not in {"intel.received", "intel.shared_in", "intel.shared_out"}
    } == {MeasureStatus.NOT_APPLICABLE}
