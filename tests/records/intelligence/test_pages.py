"""Every page of the room opens for those who may, in both languages, and does what it says; labels hold on each."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.records.factories import NOW
from tests.records.intelligence.world import NOTICE, World, run_jobs, three_months

from sekisho.records.intelligence import actions
from sekisho.records.intelligence.models import Announcement, BlockProof, Briefing, Ioc, IocSearch, Notice, Release
from sekisho.records.intelligence.queries.indicators import of_notice

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def browser(world: World, role: str) -> Client:
    client = Client()
    client.force_login(world.people[role], backend="sekisho.web.backends.LoginBackend")
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"intelligence:{name}", args=["minamo", *args])


def post(client: Client, address: str, **data: Any) -> Any:
    return client.post(address, data, follow=True)


@pytest.fixture
def full(home: Any) -> World:
    """A world in which every page has something to show."""
    world = World()
    world.logs(three_months(denied_at=NOW - timedelta(minutes=30)))
    world.source()
    notice = world.judged(now=NOW + timedelta(minutes=1))
    csirt = world.who("csirt")
    release = actions.prepare(csirt, world.town, rows=list(of_notice(csirt, notice)), notice=notice, now=LATER)
    run_jobs(LATER)
    release.refresh_from_db()
    actions.ask(world.who("ciso"), release, reason="止める", now=LATER)
    actions.begin_search(csirt, world.town, notice=notice, since=NOW - timedelta(days=92), until=LATER, now=LATER)
    run_jobs(LATER)
    listed = "\n".join(Ioc.objects.values_list("value", flat=True))
    actions.read_back(
        csirt, world.town, device="FW1", form="list", untrusted=listed.encode(), name="fw.txt", read_at=LATER, now=LATER
    )
    page = actions.Page(title="報告", horizon="short", given_to="CISO")
    briefing = actions.give_briefing(csirt, world.town, [notice], page, now=LATER)
    actions.order(
        csirt, briefing, text="知らせる", given_by="CISO", due_on=(NOW + timedelta(days=3)).date(), owner_role="csirt", now=LATER
    )
    actions.announce(csirt, world.town, notice=notice, title="注意", text="届く", what_to_do="開かない", contact="100", now=LATER)
    actions.allow(csirt, world.town, kind="domain", value="minamo.example.jp", reason="自組織", now=LATER)
    return world


def addresses() -> list[str]:
    notice, ioc = Notice.objects.get(), Ioc.objects.filter(value="update-check.example.net").get()
    rows = [url(name) for name in (
        "index", "take", "iocs", "block_list", "hand_out", "read_back", "allowed", "releases", "searches", "search_begin", "briefings",
        "brief_many", "announcements", "announce", "sources", "source_new",
    )]  # fmt: skip
    rows += [
        url(name, notice.pk)
        for name in ("notice", "judge", "notice_edit", "prepare", "hand_out_notice", "search_notice", "brief", "announce_notice")
    ]
    rows += [
        url("ioc", ioc.pk),
        url("release", Release.objects.get().pk),
        url("search", IocSearch.objects.filter(way="backwards").get().pk),
        url("briefing", Briefing.objects.get().pk),
        url("announcement", Announcement.objects.get().pk),
        url("source", notice.organization.intel_sources.get().pk),
        url("source_edit", notice.organization.intel_sources.get().pk),
        *(url("proof", one.pk) for one in BlockProof.objects.all()),
    ]
    return rows


def test_every_page_opens_in_both_languages(full: World) -> None:
    client = browser(full, "csirt")
    for language in ("ja", "en"):
        full.people["csirt"].language = language
        full.people["csirt"].save()
        for address in addresses():
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert b"<c-" not in answer.content
    for form in ("xlsx", "csv"):
        assert client.get(url("export", form)).status_code == 200
        assert client.get(url("iocs_export", form)).status_code == 200
    for form in ("docx", "html", "md"):
        assert client.get(url("briefing_file", Briefing.objects.get().pk, form)).status_code == 200
    original = client.get(url("original", Notice.objects.get().pk))
    assert b"".join(original) == NOTICE.read_bytes()
    assert original["Content-Disposition"].startswith("attachment")


def test_who_may_read_reads_and_staff_read_announcements_only(full: World) -> None:
    auditor, staff = browser(full, "auditor"), browser(full, "staff")
    notice = Notice.objects.get()
    assert auditor.get(url("notice", notice.pk)).status_code == 200
    assert auditor.post(url("candidates", notice.pk), {"candidate": []}).status_code in {302, 403}
    assert auditor.get(url("take")).status_code == 403
    assert staff.get(url("index")).status_code == 403
    assert staff.get(url("notice", notice.pk)).status_code == 404
    assert "届く" in staff.get(url("announcements")).content.decode()
    assert "update-check" not in staff.get(url("announcement", Announcement.objects.get().pk)).content.decode()


def test_from_pasting_to_the_notice_on_the_pages(home: Any) -> None:
    world = World()
    client = browser(world, "csirt")
    text = NOTICE.read_text(encoding="utf-8")
    form = {"text": text, "source": "", "tlp": "", "received_at": "2026-11-22T09:00"}
    shown = post(client, url("take"), **form).content.decode()
    assert "update-check.example.net" in shown
    assert "TLP:AMBER" in shown
    assert not Notice.objects.exists(), "nothing is kept before it was confirmed"
    ticket = shown.split('name="ticket" value="')[1].split('"')[0]
    kept = {
        "do": "keep",
        "ticket": ticket,
        "received_at": "2026-11-22T09:00:00",
        "source": "",
        "tlp": "",
        "title": "更新を装う",
        "material": "0",
    }
    answer = post(client, url("take"), **kept)
    notice = Notice.objects.get()
    assert answer.redirect_chain[-1][0] == url("notice", notice.pk)
    assert notice.title == "更新を装う"
    waiting = [row for row in notice.candidates.filter(state="waiting") if not row.ambiguous]
    post(client, url("candidates", notice.pk), candidate=[str(row.pk) for row in waiting], do="confirm")
    assert Ioc.objects.count() == len(waiting)
    judged = post(
        client, url("judge", notice.pk), verdict="relevant", horizon="short", reason="使っている", version=notice.version
    )
    assert judged.redirect_chain
    again = post(client, url("take"), **form).content.decode()
    assert notice.number in again
    assert "もう届いています" in again


def test_a_looser_label_than_the_text_says_is_refused_beside_the_field(home: Any) -> None:
    world = World()
    form = {"text": NOTICE.read_text(encoding="utf-8"), "source": "", "tlp": "clear", "received_at": "2026-11-22T09:00"}
    answer = browser(world, "csirt").post(url("take"), form)
    assert answer.status_code == 422
    assert "TLP:AMBER" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b"   "),
        ("broken.json", b"{" * 2000),
        ("bomb.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><rss version="2.0"></rss>'),
        ("nul.txt", b"\x00\xff\xfe\x00" * 50),
        ("not-stix.json", b'{"type": "bundle", "objects": 3}'),
        ("../../etc/passwd.csv", b"a,b\n1,2\n"),
    ],
)
def test_hostile_files_are_refused_or_read_but_break_nothing(home: Any, name: str, content: bytes) -> None:
    world = World()
    file = io.BytesIO(content)
    file.name = name
    form = {"text": "", "file": file, "source": "", "tlp": "", "received_at": "2026-11-22T09:00"}
    answer = browser(world, "csirt").post(url("take"), form)
    assert answer.status_code in {200, 422}
    assert not Notice.objects.exists()
