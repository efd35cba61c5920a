"""TLP 2.0 on every way out: pages, lists, search, duties, ledger, exports, block lists, the queue of findings, the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.records.factories import NOW
from tests.records.intelligence.world import World, run_jobs, three_months

from sekisho.engines.detection.indicators import Kind, Tlp
from sekisho.engines.threatintel.tlp import Audience
from sekisho.errors import InputError, NotFound, NotPermitted
from sekisho.records.duties import queries as duties
from sekisho.records.intelligence import actions, searching
from sekisho.records.intelligence.bound.values import may_go
from sekisho.records.intelligence.models import Ioc, NoticeReader
from sekisho.records.intelligence.queries import indicators, notices
from sekisho.records.intelligence.queries.indicators import IocFilters
from sekisho.records.intelligence.queries.notices import NoticeFilters
from sekisho.records.intelligence.rules.blocking import BLOCKABLE
from sekisho.records.intelligence.rules.labels import AUDIENCES, LABELS, loosest, strictest
from sekisho.records.jobs.models import Job
from sekisho.records.ledger import queries as ledger
from sekisho.records.ledger.hooks import shown_to
from sekisho.records.ledger.models import Content, Entry
from sekisho.records.monitoring.models import Alert

pytestmark = pytest.mark.django_db
SECRET = "red-secret"
RED = f"【極秘】{SECRET} の注意 TLP:RED\n通信先\n・{SECRET}[.]example[.]org\n"


def test_the_room_and_the_engine_name_the_same_labels_kinds_and_audiences() -> None:
    assert tuple(Tlp) == LABELS
    assert {"recipient", *AUDIENCES} == set(Audience)
    assert set(Kind) >= BLOCKABLE


@pytest.mark.parametrize(
    ("label", "audience", "allowed"),
    [
        ("red", "organization", False),
        ("amber+strict", "organization", True),
        ("amber+strict", "clients", False),
        ("amber", "clients", True),
        ("amber", "community", False),
        ("green", "community", True),
        ("green", "public", False),
        ("clear", "public", True),
        ("", "organization", False),
        ("TLP:CLEAR", "organization", False),
    ],
)
def test_who_may_have_what(label: str, audience: str, allowed: bool) -> None:
    assert may_go(label, audience) is allowed


def test_a_whole_is_as_strict_as_its_strictest_part_and_what_came_twice_as_loose_as_the_looser() -> None:
    assert strictest(("green", "amber", "clear")) == "amber"
    assert loosest(("red", "green")) == "green"
    assert loosest(()) == "red"


@pytest.fixture
def red(home: Any) -> World:
    world = World()
    notice = world.confirmed(RED)
    actions.judge(
        world.who("csirt"), notice, verdict="watch", horizon="", reason=SECRET, version=notice.version,
        look_again_on=(NOW + timedelta(days=9)).date(), now=NOW,
    )  # fmt: skip
    world.red = notice
    return world


@pytest.mark.parametrize("role", ["system_officer", "chief_officer", "auditor", "system_admin"])
def test_a_red_notice_does_not_exist_for_who_is_not_named(red: World, role: str) -> None:
    who = red.who(role)
    assert not notices.notices(who).exists()
    assert not indicators.iocs(who).exists()
    assert notices.listed(who, red.town, filters=NoticeFilters()).count() == 0
    assert indicators.listed(who, red.town, filters=IocFilters(), now=NOW).count() == 0
    assert sum(notices.counts_by_verdict(who, red.town).values()) == 0
    assert searching.find(who, red.town, SECRET, 10) == []
    assert not duties.duties(who, state="all").filter(source__contains=str(red.red.pk)).exists()
    with pytest.raises(NotFound):
        notices.notice(who, red.red.pk)
    client = Client()
    client.force_login(red.people[role], backend="sekisho.web.backends.LoginBackend")
    for name in ("notice", "judge", "original", "prepare", "search_notice", "brief", "hand_out_notice"):
        assert client.get(reverse(f"intelligence:{name}", args=["minamo", red.red.pk])).status_code == 404
    for name in ("index", "iocs", "export", "iocs_export", "searches", "briefings"):
        args = ["minamo", "csv"] if name.endswith("export") else ["minamo"]
        assert SECRET not in client.get(reverse(f"intelligence:{name}", args=args)).content.decode()


def test_the_ledger_tells_of_a_red_notice_only_to_the_named_and_never_its_words(red: World) -> None:
    rows = Entry.objects.filter(sequence__in=ledger.sequences_about([red.red.pk]))
    assert rows.exists()
    assert not shown_to(red.who("auditor"), rows).exists()
    assert shown_to(red.who("csirt"), rows).exists()
    assert SECRET not in "".join(rows.values_list("body", flat=True))
    assert SECRET not in str(list(Content.objects.values_list("value", flat=True)))


def test_duties_of_a_red_notice_name_its_number_only(red: World) -> None:
    found = duties.duties(red.who("csirt"), state="all").filter(source__contains=str(red.red.pk))
    assert found.exists()
    assert SECRET not in str([row.fields for row in found])


def test_a_red_indicator_goes_on_no_block_list_and_into_no_file(red: World) -> None:
    csirt = red.who("csirt")
    rows = list(indicators.iocs(csirt))
    with pytest.raises(NotPermitted) as caught:
        actions.prepare(csirt, red.town, rows=rows, now=NOW)
    assert caught.value.code == "threatintel.tlp_forbids"
    assert f"{SECRET}.example.org" in str(caught.value.problems)
    with pytest.raises(NotPermitted):
        actions.hand_out(csirt, red.town, form="stix", audience="organization", notice=red.red, now=NOW)
    with pytest.raises(NotPermitted):
        actions.announce(csirt, red.town, notice=red.red, title="x", text="x", what_to_do="x", contact="x", now=NOW)
    client = Client()
    client.force_login(red.people["csirt"], backend="sekisho.web.backends.LoginBackend")
    assert SECRET not in client.get(reverse("intelligence:export", args=["minamo", "csv"])).content.decode()


def test_a_named_person_reads_it_and_another_becomes_one_by_name(red: World) -> None:
    csirt, officer = red.who("csirt"), red.who("system_officer")
    actions.add_reader(csirt, red.red, person_id=red.people["system_officer"].pk, now=NOW)
    assert notices.notice(officer, red.red.pk)
    actions.remove_reader(officer, red.red, person_id=red.people["csirt"].pk, now=NOW)
    assert not notices.notices(csirt).exists()
    assert NoticeReader.objects.count() == 1


def test_results_of_jobs_and_the_queue_of_findings_say_nothing_of_a_red_value(red: World) -> None:
    lines = [line.replace("update-check.example.net", f"{SECRET}.example.org") for line in three_months()]
    red.logs(lines)
    csirt = red.who("csirt")
    search = actions.begin_search(csirt, red.town, notice=red.red, since=NOW - timedelta(days=92), until=NOW, now=NOW)
    run_jobs(NOW)
    search.refresh_from_db()
    assert search.sightings.count() == 1
    alert = Alert.objects.get(origin="intelligence")
    assert SECRET not in f"{alert.entity}{alert.fields}{alert.events}{alert.rule_title}"
    assert SECRET not in str(list(Job.objects.values_list("payload", "result", "error")))


def test_what_another_source_gives_as_green_is_green_though_a_red_notice_names_it_too(red: World) -> None:
    red.confirmed(f"公開の注意 TLP:GREEN\n通信先\n・{SECRET}[.]example[.]org\n")
    row = Ioc.objects.get(value=f"{SECRET}.example.org")
    assert row.tlp == "green"
    auditor = red.who("auditor")
    assert indicators.ioc(auditor, row.pk)
    assert [one.notice.tlp for one in indicators.origins_of(auditor, row)] == ["green"], "the RED origin stays hidden"


def test_a_stricter_label_takes_what_was_listed_from_every_export(home: Any) -> None:
    world = World()
    notice = world.confirmed("注意 TLP:GREEN\n通信先\n・c2[.]example[.]com\n")
    csirt = world.who("csirt")
    Ioc.objects.update(released_at=NOW, expires_at=NOW + timedelta(days=9))
    assert "c2.example.com" in actions.block_list_file(csirt, world.town, "squid", now=NOW).content
    actions.relabel(csirt, notice, tlp="red", reason="入手元の訂正", version=notice.version, now=NOW)
    with pytest.raises(NotPermitted):
        actions.block_list_file(csirt, world.town, "squid", now=NOW)
    assert "c2" not in actions.block_list_file(world.who("system_admin"), world.town, "squid", now=NOW).content


def test_amber_goes_to_clients_but_not_to_the_community_and_the_refusal_names_it(home: Any) -> None:
    world = World()
    notice = world.confirmed("注意 TLP:AMBER\n通信先\n・c2[.]example[.]com\n")
    csirt = world.who("csirt")
    given = actions.hand_out(csirt, world.town, form="stix", audience="clients", recipient="出先", notice=notice, now=NOW)
    assert given.count == 1
    with pytest.raises(NotPermitted) as caught:
        actions.hand_out(csirt, world.town, form="stix", audience="community", recipient="仲間", notice=notice, now=NOW)
    assert "c2.example.com" in str(caught.value.problems[0].fields)
    with pytest.raises(InputError):
        actions.hand_out(csirt, world.town, form="stix", audience="clients", notice=notice, now=NOW)


def test_staff_and_buyers_see_no_duty_of_the_room(home: Any) -> None:
    world = World()
    world.notice()
    assert not duties.duties(world.who("staff"), state="all").filter(source__startswith="intelligence:").exists()
    assert duties.duties(world.who("csirt"), state="all").filter(source__startswith="intelligence:").exists()
