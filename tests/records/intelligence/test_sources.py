"""Sources: their rhythm as duties, TAXII fetched by a job, secrets that stand nowhere but in the folder of keys."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core import serializers
from django.test import Client
from django.urls import reverse
from tests.records.factories import NOW
from tests.records.intelligence.world import World, run_jobs

from sekisho.errors import Conflict, InputError, Unavailable
from sekisho.records.duties.models import Duty
from sekisho.records.intelligence import actions, hooks
from sekisho.records.intelligence.models import IntelSource, Notice, NoticeReceipt
from sekisho.records.ledger.models import Content, Entry
from sekisho.records.organization.principals import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sekisho.engines.threatintel.taxii import Taxii

pytestmark = pytest.mark.django_db
SECRET = "p@ss-word-of-taxii"
OBJECTS = [
    {
        "type": "indicator", "spec_version": "2.1", "id": "indicator--6f0d2d5e-6a5b-4b0e-9c1c-52e3c0a2b7d1",
        "created": "2026-11-20T00:00:00.000Z", "modified": "2026-11-20T00:00:00.000Z", "pattern_type": "stix",
        "pattern": "[domain-name:value = 'c2.example.org']", "valid_from": "2026-11-20T00:00:00Z",
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
    }
]  # fmt: skip


class Server:
    """Stands in for the gateway: gives objects once, or fails."""

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = list(OBJECTS)
        self.error: Exception | None = None
        self.access: hooks.Access | None = None
        self.seen: list[dict[str, str]] = []

    def __call__(self, core: Taxii, *, address: str, access: hooks.Access | None, tell: Callable[[int], None]) -> Taxii:
        del address
        self.access = access
        if self.error is not None:
            raise self.error
        core.objects += self.objects
        core.after["c1"] = "2026-11-21T00:00:00Z"
        tell(len(core.objects))
        self.objects = []
        return core


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    hooks.FETCH.append(made)
    yield made
    hooks.FETCH.remove(made)


@pytest.fixture
def world(home: Path) -> World:
    return World()


def taxii(world: World) -> IntelSource:
    return world.source(name="県のTAXII", kind="taxii", address="https://taxii.example.jp/taxii2/", login="minamo", rhythm_days=1)


def test_what_a_server_gives_becomes_a_notice_whose_candidates_wait(world: World, server: Server) -> None:
    source = taxii(world)
    actions.poll(world.who("csirt"), source, now=NOW)
    run_jobs(NOW)
    notice = Notice.objects.get()
    source.refresh_from_db()
    assert (notice.tlp, notice.form, notice.source_id) == ("green", "stix", source.pk)
    assert [row.value for row in notice.candidates.all()] == ["c2.example.org"]
    assert source.cursor == {"c1": "2026-11-21T00:00:00Z"}
    actions.poll(world.who("csirt"), source, now=NOW + timedelta(hours=1))
    run_jobs(NOW + timedelta(hours=1))
    assert Notice.objects.count() == 1, "nothing new makes no notice"


def test_the_scheduler_fetches_in_the_rhythm_of_the_source(world: World, server: Server) -> None:
    source = taxii(world)
    assert actions.poll_due(SYSTEM, now=NOW) == 1
    run_jobs(NOW)
    source.refresh_from_db()
    assert source.last_looked_at == NOW
    assert actions.poll_due(SYSTEM, now=NOW + timedelta(hours=2)) == 0
    assert actions.poll_due(SYSTEM, now=NOW + timedelta(days=1)) == 1


def test_a_server_that_fails_is_told_at_the_source(world: World, server: Server) -> None:
    source = taxii(world)
    server.error = Unavailable("threatintel.taxii_unreachable", reason="ConnectError")
    actions.poll(world.who("csirt"), source, now=NOW)
    run_jobs(NOW)
    source.refresh_from_db()
    assert source.last_error == {"code": "threatintel.taxii_unreachable", "fields": {"reason": "ConnectError"}}
    client = Client()
    client.force_login(world.people["csirt"], backend="sekisho.web.backends.LoginBackend")
    assert "ConnectError" in client.get(reverse("intelligence:source", args=["minamo", source.pk])).content.decode()


def test_a_secret_is_handed_to_the_gateway_and_stands_in_no_table_and_on_no_page(world: World, server: Server) -> None:
    source = taxii(world)
    csirt = world.who("csirt")
    actions.set_secret(csirt, source, untrusted=SECRET, now=NOW)
    actions.poll(csirt, source, now=NOW)
    run_jobs(NOW)
    assert server.access is not None
    assert (server.access.user, server.access.secret) == ("minamo", SECRET)
    assert SECRET not in repr(server.access)
    dumped = serializers.serialize(
        "json", [*IntelSource.objects.all(), *Entry.objects.all(), *Content.objects.all(), *Duty.objects.all()]
    )
    assert SECRET not in dumped
    client = Client()
    client.force_login(world.people["csirt"], backend="sekisho.web.backends.LoginBackend")
    for name in ("source", "source_edit"):
        assert SECRET not in client.get(reverse(f"intelligence:{name}", args=["minamo", source.pk])).content.decode()
    files = list(settings.CONFIG.keys.glob("intelligence-*.secret"))
    assert [file.read_text() for file in files] == [SECRET]
    assert files[0].stat().st_mode & 0o077 == 0
    facts = actions.SourceFacts(
        name=source.name, kind="taxii", default_tlp="green", owner_role="csirt", address="https://other.example.jp/"
    )
    source.refresh_from_db()
    actions.edit_source(csirt, source, facts, version=source.version, now=NOW)
    assert not list(settings.CONFIG.keys.glob("intelligence-*.secret")), "another server must not get it"


@pytest.mark.parametrize(
    "address",
    [
        "http://taxii.example.jp/",
        "ftp://taxii.example.jp/",
        "https://user:pw@taxii.example.jp/",
        "",
        "https://",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_are_none_or_would_carry_secrets_are_refused(world: World, address: str) -> None:
    with pytest.raises(InputError):
        world.source(name="x", kind="taxii", address=address)


def test_looking_moves_the_duty_and_retiring_ends_it(world: World) -> None:
    source = world.source(rhythm_days=7)
    duty = Duty.objects.get(code="intelligence.duty_look")
    assert duty.due_at == NOW + timedelta(days=7)
    later = NOW + timedelta(days=6)
    actions.looked_at(world.who("csirt"), source, now=later)
    duty.refresh_from_db()
    assert (duty.due_at, duty.done_at) == (later + timedelta(days=7), None)
    actions.retire_source(world.who("csirt"), source, reason="終わった", now=later)
    duty.refresh_from_db()
    assert duty.done_at == later
    with pytest.raises(Conflict):
        actions.looked_at(world.who("csirt"), IntelSource.objects.get(), now=later)


def test_the_same_from_another_source_is_joined(world: World) -> None:
    first = world.notice("注意 TLP:GREEN\n次の通信先を止めてください。\n通信先 c2[.]example[.]com\n")
    again = world.notice("注意　ＴＬＰ:GREEN\r\n\r\n次の通信先を止めてください。\r\n通信先   c2[.]example[.]com")
    assert first.pk == again.pk
    assert NoticeReceipt.objects.filter(notice=first).count() == 1


def test_a_bundle_with_unknown_types_and_a_red_object_is_red_as_a_whole_but_its_green_indicator_is_not(world: World) -> None:
    red = {**OBJECTS[0], "id": "indicator--7f0d2d5e-6a5b-4b0e-9c1c-52e3c0a2b7d2", "pattern": "[ipv4-addr:value = '203.0.113.5']",
           "object_marking_refs": ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]}  # fmt: skip
    bundle = {"type": "bundle", "id": "bundle--1", "objects": [*OBJECTS, red, {"type": "x-odd", "id": "x-odd--1"}]}
    notice = world.notice(json.dumps(bundle), name="bundle.json")
    assert notice.tlp == "red"
    csirt = world.who("csirt")
    actions.confirm(csirt, notice, candidate_ids=[row.pk for row in notice.candidates.filter(state="waiting")], now=NOW)
    labels = dict(notice.organization.iocs.values_list("value", "tlp"))
    assert labels == {"c2.example.org": "green", "203.0.113.5": "red"}
