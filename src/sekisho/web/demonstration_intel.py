"""Threat intelligence in the demonstration: the fictional notices of the examples, through the same actions as on the pages.

The first is judged, blocked, read back, searched in the fictional logs and reported; the second waits to be judged.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from sekisho.records.intelligence import actions
from sekisho.records.intelligence.models import Candidate, IntelSource, Notice
from sekisho.records.intelligence.queries.indicators import of_notice
from sekisho.records.jobs import worker
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.models import Person
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Request, Step

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["create"]

_FIRST: Final = "notice-update-impersonation.txt"
_SECOND: Final = "notice-vpn-advisory.txt"


def create(city: Organization, *, now: datetime) -> int:
    """The sources and both notices; returns how many notices there are. A second call changes nothing."""
    if not IntelSource.objects.filter(organization=city).exists():
        _Office(city, now).work()
    return Notice.objects.filter(organization=city).count()


def _example(name: str) -> bytes:
    installed = resources.files("sekisho").joinpath("examples", "watch", name)
    if installed.is_file():
        return installed.read_bytes()
    return (Path(__file__).resolve().parents[3] / "examples" / "watch" / name).read_bytes()


class _Office:
    """The city's officer, chief and administrator at work, each with their own rights."""

    def __init__(self, city: Organization, now: datetime) -> None:
        self.city, self.now = city, now
        self.officer, self.chief = self._person("minamo-officer"), self._person("minamo-chief")
        self.administrator = self._person("minamo-sysadmin")

    def _person(self, login: str) -> Principal:
        today = timezone.localdate(self.now)
        return organization_queries.principal_of(Person.objects.get(login=login), today=today)

    def work(self) -> None:
        """From the source to the words to the staff."""
        facts = actions.SourceFacts(
            name="架空サイバー情報共有センター",
            kind="notice",
            default_tlp="amber",
            trust="high",
            owner_role="csirt",
            gives_back=True,
        )
        source = actions.register_source(self.officer, self.city, facts, now=self.now)
        actions.allow(
            self.officer, self.city, kind="domain", value="minamo.example.jp", reason="みなも市のドメイン", now=self.now
        )
        notice = self._take(source, _FIRST, minutes=9)
        self._take(source, _SECOND, minutes=3)
        likely = Candidate.objects.filter(notice=notice, state="waiting", ambiguous=False).values_list("pk", flat=True)
        actions.confirm(self.officer, notice, candidate_ids=list(likely), now=self.now)
        reason = "地方公共団体の職員を狙い、認証サーバーの記録に同じアドレスがある。"
        actions.judge(
            self.officer, notice, verdict="relevant", horizon="short", reason=reason, version=notice.version, now=self.now
        )
        self._block(notice)
        since = self.now - timedelta(days=92)
        actions.begin_search(self.officer, self.city, notice=notice, since=since, until=self.now, now=self.now)
        worker.run_due()
        self._report(notice)
        actions.measure(self.officer, self.city, now=timezone.now())

    def _take(self, source: IntelSource, name: str, *, minutes: int) -> Notice:
        content = _example(name)
        found = actions.look_into(self.officer, self.city, untrusted=content, name=name, source=source)
        taking = actions.Taking(source=source, received_at=self.now - timedelta(minutes=minutes))
        made = actions.register(
            self.officer, self.city, materials=found, untrusted=content, name=name, taking=taking, now=self.now
        )
        return made[0].notice

    def _block(self, notice: Notice) -> None:
        """Tried on the logs, approved by the chief, and read back from a fictional firewall."""
        rows = list(of_notice(self.officer, notice))
        release = actions.prepare(self.officer, self.city, rows=rows, notice=notice, now=self.now)
        worker.run_due()
        release.refresh_from_db()
        asked = actions.ask(self.officer, release, reason="不正な通信先として知らされたため。", now=timezone.now())
        self._approve(asked)
        read_at = timezone.now()
        listed = actions.block_list_file(self.administrator, self.city, "csv", now=read_at).content
        hashes = actions.block_list_file(self.administrator, self.city, "hashes", now=read_at).content
        for device, content in (("架空ファイアウォール FW-1", listed), ("架空の端末保護 EP-1", hashes)):
            actions.read_back(
                self.administrator,
                self.city,
                device=device,
                form="list",
                untrusted=content.encode(),
                name="read-back.txt",
                read_at=read_at,
                now=timezone.now(),
            )

    def _approve(self, asked: Request) -> None:
        step = Step.objects.filter(request=asked, advisory=False, state="open").first()
        if step is not None:
            today = timezone.localdate()
            requests.decide(self.chief, step, kind=DecisionKind.APPROVE, comment="", now=timezone.now(), today=today)

    def _report(self, notice: Notice) -> None:
        now = timezone.now()
        notice.refresh_from_db()
        page = actions.Page(
            title="更新の知らせを装う攻撃について",
            horizon="short",
            asked="知らせられた通信先を90日のあいだ止め、認証サーバーの見直しを進めてよいか。",
            given_to="最高情報セキュリティ責任者",
            summaries={notice.pk: "業務ソフトの更新の知らせを装ったメールが職員に届いています。開くと端末が外部から操られます。"},
        )
        briefing = actions.give_briefing(self.officer, self.city, [notice], page, now=now)
        actions.order(
            self.officer,
            briefing,
            text="全職員に注意を知らせ、認証サーバーの外からのログインを見直すこと。",
            given_by="最高情報セキュリティ責任者",
            due_on=timezone.localdate(now) + timedelta(days=5),
            owner_role="system_admin",
            now=now,
        )
        actions.announce(
            self.officer,
            self.city,
            notice=notice,
            title="「更新のお知らせ」を装うメールに気を付けてください",
            text="業務ソフトの更新を知らせるように見えるメールが届いています。本物の更新は、情報政策課が行います。",
            what_to_do="リンクを押さず、開いてしまったら、すぐにLANの線を抜いて情報政策課へ電話してください。",
            contact="情報政策課（内線 0000）",
            now=now,
        )
