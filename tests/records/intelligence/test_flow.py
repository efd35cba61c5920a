"""As an administrator would: a notice arrives as text; soon it is judged, on the block list, searched for, reported, with the times."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.records.factories import NOW, TODAY
from tests.records.intelligence.world import World, hand_in, run_jobs, squid, three_months

from sekisho.records.intelligence import actions
from sekisho.records.intelligence.models import BlockProof, Ioc, IocSearch, Notice, Release
from sekisho.records.intelligence.queries.indicators import of_notice
from sekisho.records.monitoring.models import Alert
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step

pytestmark = pytest.mark.django_db


def approve(world: World, release: Release, *, now) -> None:
    step = Step.objects.get(request=release.request, advisory=False, state="open")
    requests.decide(world.who("system_officer"), step, kind=DecisionKind.APPROVE, comment="", now=now, today=TODAY)


def test_from_the_text_to_blocked_searched_and_reported(home) -> None:  # noqa: PLR0915 - one story
    world = World()
    log = world.logs(three_months())
    csirt = world.who("csirt")
    notice = world.judged(now=NOW + timedelta(minutes=2))
    assert {row.value for row in of_notice(csirt, notice)} >= {"update-check.example.net", "203.0.113.77", "198.51.100.0/28"}

    now = NOW + timedelta(minutes=3)
    release = actions.prepare(csirt, world.town, rows=list(of_notice(csirt, notice)), notice=notice, test_days=60, now=now)
    run_jobs(now)
    release.refresh_from_db()
    assert release.state == "tested"
    assert release.test["conclusive"]
    assert [one["value"] for one in release.test["stopped"]] == ["update-check.example.net"]
    assert release.test["stopped"][0]["count"] == 3

    actions.ask(csirt, release, reason="不正な通信先のため", now=now)
    release.refresh_from_db()
    assert release.state == "pending"
    approve(world, release, now=NOW + timedelta(minutes=4))
    notice.refresh_from_db()
    assert notice.released_at == NOW + timedelta(minutes=4)
    assert notice.blocked_at is None, "written to a list is not blocked"

    now = NOW + timedelta(minutes=5)
    given = actions.hand_out(world.who("system_admin"), world.town, form="squid", audience="organization", now=now)
    assert ".update-check.example.net" in given.content
    notice.refresh_from_db()
    assert notice.blocked_at is None

    search = actions.begin_search(csirt, world.town, notice=notice, since=NOW - timedelta(days=92), until=now, now=now)
    run_jobs(now)
    search.refresh_from_db()
    assert search.state == "done", search.error
    assert search.report["conclusive"]
    sighting = search.sightings.get()
    assert (sighting.count, sighting.denied, list(sighting.hosts)) == (3, 0, ["10.1.2.7"])
    alert = Alert.objects.get(origin="intelligence")
    assert (alert.entity, alert.count) == ("update-check.example.net", 3)

    # The device's configuration, read back, shows what is stopped.
    now = NOW + timedelta(minutes=7)
    every = "\n".join(f"deny,{row.value}" for row in Ioc.objects.filter(released_at__isnull=False))
    proof = actions.read_back(
        world.who("system_admin"),
        world.town,
        device="FW1",
        form="list",
        untrusted=every.encode(),
        name="fw.csv",
        read_at=now,
        now=now,
    )
    assert proof.missing == 0
    notice.refresh_from_db()
    assert notice.blocked_at == now

    # A denied contact that arrives later is searched for by itself.
    hand_in(
        world.who("system_officer"),
        log,
        [squid(now, "10.1.2.9", "http://update-check.example.net/x", result="TCP_DENIED/403")],
        now=now + timedelta(minutes=1),
    )
    run_jobs(now + timedelta(minutes=1))
    arrival = IocSearch.objects.get(way="arrival")
    assert arrival.sightings.get().denied == 1
    assert BlockProof.objects.filter(way="denials").exists()

    page = actions.Page(
        title="更新を装う攻撃について",
        horizon="short",
        asked="遮断を続けてよいか",
        given_to="最高情報セキュリティ責任者",
        summaries={notice.pk: "職員を狙うメール"},
    )
    briefing = actions.give_briefing(csirt, world.town, [notice], page, now=NOW + timedelta(minutes=10))
    actions.order(
        csirt,
        briefing,
        text="全職員に知らせること",
        given_by="CISO",
        due_on=TODAY,
        owner_role="csirt",
        now=NOW + timedelta(minutes=10),
    )
    actions.announce(
        csirt,
        world.town,
        notice=notice,
        title="更新の知らせを装うメール",
        text="届いています",
        what_to_do="開かない",
        contact="内線100",
        now=NOW + timedelta(minutes=10),
    )
    notice = Notice.objects.get(pk=notice.pk)
    assert None not in (notice.judged_at, notice.blocked_at, notice.searched_at, notice.reported_at)
    assert actions.measure(csirt, world.town, now=NOW + timedelta(minutes=11)) == {"notices": 1}
