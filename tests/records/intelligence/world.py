"""What the room's tests share: an organisation with people, a notice, and logs of a proxy with a planted contact."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.records.factories import NOW, give, make_organization, make_person, principal_of

from sekisho.records.intelligence import actions
from sekisho.records.intelligence.models import Candidate, Notice
from sekisho.records.jobs import worker
from sekisho.records.monitoring import actions as monitoring
from sekisho.records.subjects import actions as subjects

if TYPE_CHECKING:
    from sekisho.records.intelligence.models import IntelSource
    from sekisho.records.monitoring.models import LogSource
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "watch"
NOTICE = EXAMPLES / "notice-update-impersonation.txt"
DENIED = "TCP_DENIED/403"


class World:
    """みなも市 with its CSIRT, officer, administrator, auditor and staff."""

    red: Notice

    def __init__(self, code: str = "minamo") -> None:
        self.town: Organization = make_organization(code, name="みなも市", body_kind="municipality", is_boundary=True)
        subjects.ensure_for(self.town, now=NOW)
        self.people = {
            role: make_person(f"{code}-{role}", name=role)
            for role in ("csirt", "system_officer", "chief_officer", "ciso", "system_admin", "auditor", "staff")
        }
        for role, person in self.people.items():
            give(person, role, self.town)

    def who(self, role: str) -> Principal:
        return principal_of(self.people[role])

    def source(self, **facts: Any) -> IntelSource:
        given = {"name": "情報共有センター", "kind": "notice", "default_tlp": "amber", "owner_role": "csirt", **facts}
        return actions.register_source(self.who("csirt"), self.town, actions.SourceFacts(**given), now=NOW)

    def notice(self, text: str | None = None, *, name: str = "notice.txt", now: datetime = NOW, **taking: Any) -> Notice:
        given = NOTICE.read_bytes() if text is None else text.encode()
        found = actions.look_into(self.who("csirt"), self.town, untrusted=given, name=name)
        made = actions.register(
            self.who("csirt"),
            self.town,
            materials=found,
            untrusted=given,
            name=name,
            taking=actions.Taking(source=None, **taking),
            now=now,
        )
        return made[0].notice

    def confirmed(self, text: str | None = None, *, now: datetime = NOW, **taking: Any) -> Notice:
        notice = self.notice(text, now=now, **taking)
        rows = [row.pk for row in Candidate.objects.filter(notice=notice, state="waiting") if row.kind and not row.ambiguous]
        actions.confirm(self.who("csirt"), notice, candidate_ids=rows, now=now)
        notice.refresh_from_db()
        return notice

    def judged(self, text: str | None = None, *, now: datetime = NOW, **taking: Any) -> Notice:
        notice = self.confirmed(text, now=now, **taking)
        return actions.judge(
            self.who("csirt"),
            notice,
            verdict="relevant",
            horizon="short",
            reason="使っている製品だから",
            version=notice.version,
            now=now,
        )

    def logs(self, lines: list[str], *, name: str = "プロキシ", now: datetime = NOW) -> LogSource:
        """A Squid access log as a source, read by the job."""
        source = monitoring.register_source(
            self.who("system_officer"),
            organization=self.town,
            facts=monitoring.SourceFacts(name=name, kind="squid", owner_role="system_admin"),
            now=now,
        )
        hand_in(self.who("system_officer"), source, lines, now=now)
        return source


def hand_in(principal: Principal, source: LogSource, lines: list[str], *, now: datetime) -> None:
    content = "".join(f"{line}\n" for line in lines).encode()
    monitoring.receive_files(principal, source, [monitoring.Handed("access.log", io.BytesIO(content))], now=now)
    worker.run_due(clock=lambda: now)


def squid(at: datetime, host: str, url: str, *, result: str = "TCP_MISS/200", method: str = "GET") -> str:
    """A line of Squid's own format."""
    return f"{at.timestamp():.3f}    120 {host} {result} 1024 {method} {url} - HIER_DIRECT/203.0.113.1 text/html"


def three_months(*, contacts: int = 3, denied_at: datetime | None = None) -> list[str]:
    """A line an hour over 90 days of everyday traffic, with contacts of one machine to the notice's destination."""
    start = NOW - timedelta(days=90)
    lines = [
        squid(start + timedelta(hours=hour), f"10.1.2.{hour % 20 + 1}", "http://www.example.jp/index.html")
        for hour in range(0, 90 * 24, 4)
    ]
    lines += [
        squid(NOW - timedelta(days=40 - number), "10.1.2.7", "http://update-check.example.net/beacon")
        for number in range(contacts)
    ]
    if denied_at is not None:
        lines.append(squid(denied_at, "10.1.2.7", "http://update-check.example.net/beacon", result=DENIED))
    return lines


def run_jobs(now: datetime) -> None:
    worker.run_due(clock=lambda: now)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)
