"""Lists ask the database the same for 1, 20 and 200 rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.records.factories import NOW
from tests.records.intelligence.world import World

from sekisho.records.intelligence.models import (
    Announcement,
    Briefing,
    IntelSource,
    Ioc,
    IocOrigin,
    IocSearch,
    Notice,
    Release,
)

pytestmark = pytest.mark.django_db
LISTS = ("index", "iocs", "releases", "searches", "briefings", "announcements", "sources", "block_list")


def fill(world: World, count: int) -> None:
    """So many rows of each list, hanging together."""
    town = world.town
    for number in range(count):
        key = f"{count}-{number}"
        source = IntelSource.objects.create(
            organization=town, name=key, kind="notice", default_tlp="green", owner_role="csirt", created_at=NOW
        )
        notice = Notice.objects.create(
            organization=town, source=source, number=f"TI-{key}", title=key, form="text", digest=key, tlp="green", received_at=NOW,
            registered_at=NOW, judged_by=world.people["csirt"], verdict="relevant", horizon="short",
        )  # fmt: skip
        ioc = Ioc.objects.create(
            organization=town, kind="domain", value=f"{key}.example.com", digest=key, tlp="green", added_at=NOW, released_at=NOW
        )
        IocOrigin.objects.create(ioc=ioc, notice=notice, tlp="green", at=NOW)
        Release.objects.create(organization=town, notice=notice, number=f"BL-{key}", made_at=NOW, made_by=world.people["csirt"])
        IocSearch.objects.create(organization=town, notice=notice, way="backwards", since=NOW, until=NOW, at=NOW)
        Briefing.objects.create(
            organization=town, number=f"BR-{key}", title=key, horizon="short", tlp="green", given_to="x", at=NOW
        )
        Announcement.objects.create(organization=town, notice=notice, title=key, text="x", what_to_do="x", contact="x", at=NOW)


def test_the_number_of_queries_does_not_grow_with_the_rows(home: Any) -> None:
    world = World()
    client = Client()
    client.force_login(world.people["system_officer"], backend="sekisho.web.backends.LoginBackend")
    counted: dict[str, list[int]] = {name: [] for name in LISTS}
    for more in (1, 19, 180):
        fill(world, more)
        for name in LISTS:
            with CaptureQueriesContext(connection) as caught:
                assert client.get(reverse(f"intelligence:{name}", args=["minamo"])).status_code == 200
            counted[name].append(len(caught))
    grown = {name: numbers for name, numbers in counted.items() if max(numbers[1:]) > numbers[0] + 1 or numbers[1] != numbers[2]}
    assert grown == {}
