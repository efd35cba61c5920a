"""Blocked is what was read back; lists, expiry, the allow-list; what the level of 5.7 is measured by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.records.factories import NOW
from tests.records.intelligence.world import World, run_jobs, squid

from sekisho.engines.threatintel.times import Step
from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.duties.models import Duty
from sekisho.records.evidence.models import Measure
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.bound.measuring import case_of
from sekisho.records.intelligence.models import Candidate, Ioc, Notice, Release
from sekisho.records.intelligence.queries.indicators import block_list, of_notice
from sekisho.records.intelligence.rules.blocking import (
    default_days,
    default_direction,
    denied,
    is_action_column,
    is_client_column,
)
from sekisho.records.intelligence.rules.intake import segments
from sekisho.records.intelligence.rules.times import NoticeFacts
from sekisho.records.organization.principals import SYSTEM

pytestmark = pytest.mark.django_db
TEXT = "注意 TLP:GREEN\n通信先\n・c2[.]example[.]com\n・203[.]0[.]113[.]9\n"


@pytest.fixture
def world(home: Any) -> World:
    return World()


def listed(world: World) -> Notice:
    """A notice whose indicators are on the list."""
    notice = world.judged(TEXT)
    release = actions.prepare(world.who("csirt"), world.town, rows=list(of_notice(SYSTEM, notice)), notice=notice, now=NOW)
    run_jobs(NOW)
    actions.ask(world.who("ciso"), Release.objects.get(pk=release.pk), reason="止める", now=NOW)
    return Notice.objects.get(pk=notice.pk)


def read(world: World, text: str, *, form: str = "list", minutes: int = 5) -> Any:
    at = NOW + timedelta(minutes=minutes)
    return actions.read_back(
        world.who("system_admin"),
        world.town,
        device="FW1",
        form=form,
        untrusted=text.encode(),
        name="x",
        read_at=at,
        now=NOW + timedelta(hours=1),
    )


@pytest.mark.parametrize(
    ("form", "text", "held"),
    [
        ("list", "deny c2.example.com\ndeny 203.0.113.9\n", 2),
        ("list", "deny 203.0.113.0/24\n", 1),
        ("list", "deny example.com\n", 1),
        ("list", "# c2.example.com\n; 203.0.113.9\n", 0),
        ("list", "permit c2.example.com\nhttp_access allow 203.0.113.9\n", 0),
        ("squid", "acl bad dstdomain .c2.example.com\nhttp_access deny bad\n", 1),
        ("squid", "acl bad dstdomain .c2.example.com\nhttp_access allow bad\n", 0),
        ("hosts", "0.0.0.0 other.example.com\n", 0),
    ],
)
def test_only_what_the_configuration_really_stops_is_shown(world: World, form: str, text: str, held: int) -> None:
    listed(world)
    proof = read(world, text, form=form)
    assert proof.iocs.count() == held
    assert proof.missing == 2 - held
    assert Ioc.objects.filter(blocked_at__isnull=False).count() == held


def test_a_notice_is_blocked_when_the_last_of_its_indicators_is_and_the_time_is_that_of_the_reading(world: World) -> None:
    notice = listed(world)
    read(world, "c2.example.com\n", minutes=5)
    notice.refresh_from_db()
    assert notice.blocked_at is None
    read(world, "c2.example.com\n203.0.113.9\n", minutes=9)
    notice.refresh_from_db()
    assert notice.blocked_at == NOW + timedelta(minutes=9)


def test_a_configuration_from_before_the_release_shows_nothing_and_one_from_the_future_is_refused(world: World) -> None:
    listed(world)
    assert read(world, "c2.example.com\n", minutes=-5).iocs.count() == 0
    with pytest.raises(InputError):
        read(world, "c2.example.com\n", minutes=600)


def test_expired_indicators_leave_the_list_by_themselves_after_a_reminder(world: World) -> None:
    listed(world)
    duty = Duty.objects.get(code="intelligence.duty_expiry")
    assert duty.due_at == NOW + timedelta(days=90 - 7)
    later = NOW + timedelta(days=91)
    assert [row.kind for row in block_list(SYSTEM, world.town, now=later)] == ["domain"]
    assert "203.0.113.9" not in actions.block_list_file(world.who("csirt"), world.town, "csv", now=later).content
    assert actions.expire(SYSTEM, now=later) == 1
    assert Ioc.objects.get(kind="ip").removed_reason == "intelligence.expired"


def test_what_is_ones_own_is_neither_confirmed_nor_listed(world: World) -> None:
    csirt = world.who("csirt")
    notice = world.confirmed(TEXT)
    actions.allow(csirt, world.town, kind="network", value="203.0.113.0/24", reason="自組織", now=NOW)
    with pytest.raises(InputError) as caught:
        actions.prepare(csirt, world.town, rows=list(of_notice(SYSTEM, notice)), now=NOW)
    assert caught.value.code == "intelligence.never_block"
    other = world.notice("別の注意 TLP:GREEN\n通信先\n・203[.]0[.]113[.]77\n")
    row = Candidate.objects.get(notice=other)
    with pytest.raises(InputError):
        actions.confirm(csirt, other, candidate_ids=[row.pk], now=NOW)
    assert not Ioc.objects.filter(value="203.0.113.77").exists()


def test_nothing_is_asked_for_without_a_test_and_an_inconclusive_one_says_so(world: World) -> None:
    notice = world.judged(TEXT)
    csirt = world.who("csirt")
    release = actions.prepare(csirt, world.town, rows=list(of_notice(SYSTEM, notice)), now=NOW)
    with pytest.raises(Conflict):
        actions.ask(csirt, release, reason="x", now=NOW)
    run_jobs(NOW)
    release.refresh_from_db()
    assert release.test["conclusive"] is False
    request = actions.ask(csirt, release, reason="止める", now=NOW)
    assert request.summary["code"] == "intelligence.request_release_untried"
    with pytest.raises(NotPermitted):
        actions.drop_release(world.who("auditor"), release, now=NOW)


def test_the_figures_of_the_level_come_from_the_times(world: World) -> None:
    listed(world)
    read(world, "c2.example.com\n203.0.113.9\n", minutes=30)
    actions.measure(world.who("csirt"), world.town, now=NOW + timedelta(hours=2))
    found = dict(Measure.objects.filter(key__startswith="intel.").values_list("key", "value"))
    assert found["intel.received"] == 1
    assert found["intel.judged"] == 1
    assert found["intel.hours_to_blocked"] == 0.5
    assert found["intel.acted"] == 1
    assert not Measure.objects.filter(key__startswith="intel.", held=True).exists(), "every key is declared"


@pytest.mark.parametrize(
    ("facts", "needed", "acted"),
    [
        ({"verdict": "relevant", "indicators": 2, "blockable": 1}, {Step.REPORTED, Step.BLOCKED, Step.SEARCHED}, False),
        ({"verdict": "relevant"}, {Step.REPORTED}, False),
        ({"verdict": "relevant", "announced": NOW}, {Step.REPORTED}, True),
        ({"verdict": ""}, {Step.REPORTED}, False),
    ],
)
def test_a_notice_needs_only_what_it_can_have(facts: dict[str, Any], needed: set[Step], acted: bool) -> None:
    case = case_of(NoticeFacts(received=NOW, horizon="short", **facts))
    assert (set(case.needed), case.acted) == (needed, acted)


@pytest.mark.parametrize(
    ("word", "stops"),
    [
        ("TCP_DENIED", True),
        ("deny", True),
        ("Blocked", True),
        ("遮断", True),
        ("TCP_MISS", False),
        ("allowed", False),
        ("", False),
        (None, False),
    ],
)
def test_words_of_devices_that_stop(word: str | None, stops: bool) -> None:
    assert denied(word) is stops


def test_columns_by_their_names_and_defaults_by_kind() -> None:
    assert is_action_column("s-action")
    assert is_action_column("Device Action")
    assert not is_action_column("c-uri")
    assert is_client_column("c-ip")
    assert is_client_column("id.orig_h")
    assert default_direction("domain") == "outbound"
    assert default_days("sha256") > default_days("ip")


def test_the_text_is_cut_at_the_places_and_overlapping_ones_are_left_out() -> None:
    text = "あいうえお"
    assert segments(text, [(1, 2, "a"), (1, 3, "b"), (4, 9, "c")]) == [("あ", ""), ("い", "a"), ("うえお", "")]


def test_dropping_takes_back_what_only_this_notice_said(world: World) -> None:
    notice = world.confirmed(TEXT)
    row = Candidate.objects.filter(notice=notice, kind="ip").get()
    actions.drop(world.who("csirt"), notice, candidate_ids=[row.pk], now=NOW)
    assert [one.kind for one in Ioc.objects.all()] == ["domain"]


def test_the_other_side_is_not_counted_as_a_machine_of_the_organisation(home) -> None:
    world = World()
    world.logs(
        [
            squid(NOW - timedelta(days=2), client, "http://www.example.jp/login")
            for client in ("203.0.113.77", "203.0.113.77", "198.51.100.3", "10.1.2.7")
        ]
    )
    notice = world.judged()
    csirt = world.who("csirt")
    search = actions.begin_search(csirt, world.town, notice=notice, since=NOW - timedelta(days=5), until=NOW, now=NOW)
    run_jobs(NOW)
    search.refresh_from_db()
    seen = {one.ioc.value: one for one in search.sightings.select_related("ioc")}
    assert {value: one.count for value, one in seen.items()} == {"203.0.113.77": 2, "198.51.100.0/28": 1}
    assert not any(set(one.hosts) & {"203.0.113.77", "198.51.100.3"} for one in seen.values())
