"""Rows of the room ``intelligence`` for the generated requests, and requests of it that succeed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.records.intelligence.world import NOTICE

from sekisho.records.intelligence import actions
from sekisho.records.intelligence.models import Candidate, Ioc, Notice, Release
from sekisho.records.intelligence.queries.indicators import of_notice
from sekisho.records.jobs import worker
from sekisho.records.organization.permissions import Role

if TYPE_CHECKING:
    from tests.contract.api_world import World

__all__ = ["Intel", "intelligence_requests", "intelligence_values"]

BASE: Final = "/api/v1/intelligence"
SECOND: Final = "注意喚起 TLP:GREEN\n通信先\n・c2[.]example[.]com\n".encode()

Request = tuple[dict[str, Any], dict[str, Any], Any]


class Intel:
    """A source, a notice that is judged with indicators on the block list, one that waits, a search, the ways out."""

    def __init__(self, world: World) -> None:
        self.world = world
        who, town, now = world.principal, world.town, world.now
        facts = actions.SourceFacts(
            name="共有センター", kind="taxii", address="https://taxii.example.jp/", default_tlp="green", owner_role=Role.CSIRT
        )
        self.source = actions.register_source(who, town, facts, now=now)
        self.notice = self._taken(NOTICE.read_bytes())
        self.waiting = self._taken(SECOND)
        chosen = [row.pk for row in Candidate.objects.filter(notice=self.notice, state="waiting", ambiguous=False)]
        actions.confirm(who, self.notice, candidate_ids=chosen, now=now)
        actions.judge(who, self.notice, verdict="relevant", horizon="short", reason="使う", version=self.notice.version, now=now)
        self.approved = self._release(self.notice)
        actions.ask(who, self.approved, reason="止める", now=now)
        self.tested = self._release(self.notice)
        self.allowed = actions.allow(who, town, kind="domain", value="minamo.example.jp", reason="自組織", now=now)
        self.search = actions.begin_search(who, town, notice=self.notice, since=now - timedelta(days=30), until=now, now=now)
        worker.run_due(clock=lambda: now)
        page = actions.Page(title="報告", horizon="short", given_to="CISO")
        self.briefing = actions.give_briefing(who, town, [self.notice], page, now=now)
        self.announcement = actions.announce(who, town, title="注意", text="届く", what_to_do="開かない", contact="100", now=now)
        self.notice.refresh_from_db()
        self.iocs = list(of_notice(who, self.notice))

    def _taken(self, content: bytes) -> Notice:
        who, town, now = self.world.principal, self.world.town, self.world.now
        found = actions.look_into(who, town, untrusted=content, name="n.txt")
        taking = actions.Taking(source=self.source)
        return actions.register(who, town, materials=found, untrusted=content, name="n.txt", taking=taking, now=now)[0].notice

    def _release(self, notice: Notice) -> Release:
        who, town, now = self.world.principal, self.world.town, self.world.now
        made = actions.prepare(who, town, rows=list(of_notice(who, notice)), notice=notice, now=now)
        worker.run_due(clock=lambda: now)
        made.refresh_from_db()
        return made


def intelligence_values(intel: Intel) -> dict[str, list[Any]]:
    """Parameter name → values that exist."""

    def ids(*rows: Any) -> list[str]:
        return [str(row.pk) for row in rows]

    return {
        "threat_notice_id": ids(intel.notice, intel.waiting),
        "notice": ids(intel.notice),
        "notices": [ids(intel.notice)],
        "intel_source_id": ids(intel.source),
        "ioc_id": ids(*intel.iocs),
        "indicators": [ids(*intel.iocs)],
        "candidates": [ids(*Candidate.objects.filter(notice=intel.waiting))],
        "block_release_id": ids(intel.tested, intel.approved),
        "ioc_search_id": ids(intel.search),
        "briefing_id": ids(intel.briefing),
        "announcement_id": ids(intel.announcement),
        "allowed_id": ids(intel.allowed),
        "list_form": list(actions.LISTS),
        "tlp": ["green", "amber"],
        "default_tlp": ["green"],
        "horizon": ["short", "long"],
        "audience": ["organization", "clients"],
    }


def intelligence_requests(intel: Intel) -> dict[str, Request]:
    """Name of an operation → a request that it grants."""
    now, code = intel.world.now, intel.world.town.code
    day = now.date()
    source = {"name": "別の入手元", "kind": "notice", "default_tlp": "green", "owner_role": "csirt"}
    at_notice = {"threat_notice_id": str(intel.waiting.pk)}
    at_source = {"intel_source_id": str(intel.source.pk)}
    at_tested = {"block_release_id": str(intel.tested.pk)}
    at_briefing = {"briefing_id": str(intel.briefing.pk)}
    chosen = [str(row.pk) for row in Candidate.objects.filter(notice=intel.waiting, state="waiting")]
    iocs = [str(row.pk) for row in intel.iocs]
    intel.waiting.refresh_from_db()
    version = intel.waiting.version
    judged = {
        "verdict": "watch",
        "reason": "様子を見る",
        "look_again_on": (day + timedelta(days=30)).isoformat(),
        "version": version,
    }
    listed = "\n".join(row.value for row in Ioc.objects.filter(released_at__isnull=False)).encode()
    briefing = {"organization": code, "notices": [str(intel.notice.pk)], "title": "報告", "horizon": "short", "given_to": "CISO"}
    order = {"text": "知らせる", "given_by": "CISO", "owner_role": "csirt", "due_on": (day + timedelta(days=3)).isoformat()}
    announcement = {"organization": code, "title": "注意", "text": "届く", "what_to_do": "開かない", "contact": "100"}
    period = {"since": (now - timedelta(days=30)).isoformat(), "until": now.isoformat()}
    notice = f"{BASE}/notices/{{threat_notice_id}}"
    return {
        f"POST {BASE}/notices": ({}, {}, {"organization": code, "file": "別の注意喚起\nc3[.]example[.]com\n".encode()}),
        f"POST {notice}/candidates": (at_notice, {}, {"candidates": chosen}),
        f"POST {notice}/judge": (at_notice, {}, judged),
        f"POST {notice}/relevance": (at_notice, {}, None),
        f"PATCH {notice}": (at_notice, {}, {"title": "別の題名", "version": version}),
        f"POST {notice}/label": (at_notice, {}, {"tlp": "amber", "reason": "入手元の指示", "version": version}),
        f"POST {BASE}/sources": ({}, {}, {**source, "organization": code}),
        f"PUT {BASE}/sources/{{intel_source_id}}": (at_source, {}, {**source, "version": intel.source.version}),
        f"POST {BASE}/sources/{{intel_source_id}}/looked": (at_source, {}, None),
        f"POST {BASE}/sources/{{intel_source_id}}/poll": (at_source, {}, None),
        f"POST {BASE}/sources/{{intel_source_id}}/secret": (at_source, {}, {"secret": ""}),
        f"POST {BASE}/sources/{{intel_source_id}}/retire": (at_source, {}, {"reason": "やめる"}),
        f"POST {BASE}/indicators/remove": ({}, {}, {"organization": code, "indicators": iocs[:1], "reason": "誤り"}),
        f"GET {BASE}/block-list/{{list_form}}": ({"list_form": "squid"}, {"organization": code}, None),
        f"POST {BASE}/hand-outs": ({}, {}, {"organization": code, "form": "csv"}),
        f"POST {BASE}/block-proofs": (
            {}, {},
            {"organization": code, "device": "FW1", "form": "list", "read_at": now.isoformat(), "file": listed},
        ),
        f"POST {BASE}/allowed": ({}, {}, {"organization": code, "kind": "network", "value": "192.0.2.0/24", "reason": "自組織"}),
        f"POST {BASE}/allowed/{{allowed_id}}/end": ({"allowed_id": str(intel.allowed.pk)}, {}, None),
        f"POST {BASE}/releases": ({}, {}, {"organization": code, "indicators": iocs, "test_days": 10}),
        f"POST {BASE}/releases/{{block_release_id}}/ask": (at_tested, {}, {"reason": "止める"}),
        f"POST {BASE}/releases/{{block_release_id}}/test": (at_tested, {}, None),
        f"POST {BASE}/releases/{{block_release_id}}/drop": (at_tested, {}, None),
        f"POST {BASE}/searches": ({}, {}, {"organization": code, **period}),
        f"POST {BASE}/briefings": ({}, {}, briefing),
        f"GET {BASE}/briefings/{{briefing_id}}/file": (at_briefing, {"output": "md"}, None),
        f"POST {BASE}/briefings/{{briefing_id}}/instructions": (at_briefing, {}, order),
        f"POST {BASE}/announcements": ({}, {}, announcement),
        f"POST {BASE}/announcements/{{announcement_id}}/end": ({"announcement_id": str(intel.announcement.pk)}, {}, None),
    }  # fmt: skip
