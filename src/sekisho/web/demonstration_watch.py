"""Log review in the demonstration: real logs of this machine where there are some, and the fictional city's with incidents.

Everything goes through the actions that people use; who does it is a fictional officer of the city.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from django.utils import timezone

from sekisho.records.evidence import actions as evidence
from sekisho.records.jobs import worker
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import Alert, LogReview, LogSource
from sekisho.records.monitoring.rules.searching import query_of
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.models import Organization, Person
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step
from sekisho.records.subjects import actions as subjects
from sekisho.records.subjects import queries as subject_queries
from sekisho.web import watch_example

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["Shown", "create", "real_logs"]

_REAL: Final = (
    "/var/log/auth.log", "/var/log/secure", "/var/log/syslog", "/var/log/messages", "/var/log/dpkg.log",
    "/var/log/audit/audit.log",
)  # fmt: skip
_MOST_BYTES: Final = 20_000_000
_JOURNAL_SECONDS: Final = 20
_NO_PROBLEM: Final = "担当者に確かめた。作業の記録と合っている。"


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to be seen: events read, how many of them real ones of this machine, findings."""

    events: int
    real: int
    findings: int


def real_logs() -> list[tuple[str, bytes]]:
    """Name and content of the logs of this machine that can be read here and are not too large; the journal of the last week."""
    found = []
    for path in map(Path, _REAL):
        try:
            if path.is_file() and 0 < path.stat().st_size <= _MOST_BYTES:
                found.append((path.name, path.read_bytes()))
        except OSError:  # not ours to read: then it is not shown
            continue
    journal = _journal()
    return [*found, ("journal.log", journal)] if journal else found


def _journal() -> bytes:
    program = shutil.which("journalctl")
    if program is None:
        return b""
    asked = [program, "--output=short-iso", "--since=-7d", "--no-pager", "--quiet"]
    try:
        got = subprocess.run(asked, check=False, capture_output=True, timeout=_JOURNAL_SECONDS, stdin=subprocess.DEVNULL)  # noqa: S603 - fixed
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return got.stdout[:_MOST_BYTES] if got.returncode == 0 else b""


def _own_zone() -> str:
    """The time zone in which this machine writes its logs."""
    _, _, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return name if name in available_timezones() else "UTC"


def create(city: Organization, *, host: Subject | None, now: datetime) -> Shown:
    """Sources, plans, rules, reviews, an investigation, a basis for watching staff. A second call changes nothing."""
    if LogSource.objects.filter(organization=city).exists():
        return _shown(city)
    desk = _Desk(city, now)
    desk.sources(host)
    desk.plans()
    desk.reviews()
    desk.investigation()
    desk.staff()
    return _shown(city)


def _shown(city: Organization) -> Shown:
    rows = list(LogSource.objects.filter(organization=city))
    real = sum(row.events for row in rows if row.name.startswith("この機械"))
    return Shown(sum(row.events for row in rows), real, Alert.objects.filter(organization=city).count())


class _Desk:
    """The city's officer at work."""

    def __init__(self, city: Organization, now: datetime) -> None:
        self.city, self.now = city, now
        self.officer = self._person("minamo-officer")
        self.rows: dict[str, LogSource] = {}

    def _person(self, login: str) -> Principal:
        today = timezone.localdate(self.now)
        return organization_queries.principal_of(Person.objects.get(login=login), today=today)

    def _run(self) -> None:
        worker.run_due()

    # ------------------------------------------------------------------------------------------------------- sources

    def sources(self, host: Subject | None) -> None:
        """Register them and hand in their logs."""
        room = subjects.create_subject(
            self.officer, organization=self.city, kind="site", name="本庁舎 サーバー室", description="架空の施設。", now=self.now
        )
        example = watch_example.make(end=timezone.localtime(self.now))
        self._source("auth", "認証サーバー", "linux.auth", [("auth.log", example.auth)])
        self._source("proxy", "本庁舎プロキシ", "squid", [("access.log", example.proxy)], retention_days=180)
        self._source("door", "サーバー室の入退室", "door", [("door.csv", example.door)], subject=room, rhythm_hours=96)
        self._source("server", "業務サーバー", "syslog", [("messages.log", example.server)])
        self._source("metrics", "機器の数値（容量・温度）", "metrics", [("metrics.csv", example.metrics)])
        self._source("branch", "支所の認証サーバー", "linux.auth", [], note="11月から送られてこない。回線の工事を確かめる。")
        real = real_logs()
        if real:
            self._source(
                "real",
                "この機械のログ（実物）",
                "",
                real,
                subject=host,
                rhythm_hours=24 * 30,
                retention_days=3650,
                zone=_own_zone(),
            )
        actions.replace_premises(
            self.officer, organization=self.city, untrusted=watch_example.PREMISES, filename="premises.csv", now=self.now
        )
        actions.upload_sigma(
            self.officer,
            organization=self.city,
            name="みなも市の自作の規則",
            untrusted=watch_example.SIGMA,
            filename="own-rules.yml",
            now=self.now,
        )
        self._run()

    def _source(
        self,
        key: str,
        name: str,
        kind: str,
        files: list[tuple[str, bytes]],
        *,
        subject: Subject | None = None,
        rhythm_hours: int = 72,
        retention_days: int = 365,
        note: str = "",
        zone: str = "Asia/Tokyo",
    ) -> None:
        facts = actions.SourceFacts(
            name=name,
            kind=kind,
            subject_id=subject.pk if subject else None,
            owner_role=Role.SYSTEM_ADMIN,
            rhythm_hours=rhythm_hours,
            retention_days=retention_days,
            note=note,
            time_zone=zone,
        )
        made = actions.register_source(self.officer, organization=self.city, facts=facts, now=self.now - timedelta(days=7))
        self.rows[key] = made
        if files:
            handed = [actions.Handed(file_name, io.BytesIO(content)) for file_name, content in files]
            actions.receive_files(self.officer, made, handed, now=self.now)

    # ------------------------------------------------------------------------------------------------ plans, reviews

    def plans(self) -> None:
        """What is reviewed how often."""
        self.daily = self._plan("認証と入退室の毎日の点検", "discovery", ("auth", "door", "branch"), "daily", days=1)
        self._plan("プロキシと業務サーバーの毎週の点検", "discovery", ("proxy", "server"), "weekly", days=2)
        self.ahead = self._plan("容量・温度・負荷の毎月の点検", "prevention", ("metrics", "server"), "monthly", days=14)

    def _plan(self, title: str, purpose: str, keys: tuple[str, ...], every: str, *, days: int) -> actions.PlanFacts:
        facts = actions.PlanFacts(
            title=title,
            purpose=purpose,
            sources=[self.rows[key].pk for key in keys],
            every=every,
            owner_role=Role.SYSTEM_ADMIN,
            basis="みなも市 情報セキュリティ実施手順（架空）",
        )
        starts_at = timezone.localtime(self.now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
        self.plan = actions.make_plan(self.officer, organization=self.city, facts=facts, starts_at=starts_at, now=self.now)
        return facts

    def _reviewed(self, title: str, purpose: str, keys: tuple[str, ...], *, since: timedelta, until: timedelta) -> LogReview:
        made = actions.begin_review(
            self.officer,
            organization=self.city,
            title=title,
            purpose=purpose,
            sources=[self.rows[key].pk for key in keys if key in self.rows],
            period=(self.now - since, self.now - until),
            now=self.now,
        )
        self._run()
        made.refresh_from_db()
        return made

    def _finish(self, review: LogReview, notes: str) -> None:
        now = timezone.now()
        for alert in Alert.objects.filter(seen__review=review, state="new", suppressed_by=None):
            actions.triage(self.officer, alert, state="no_problem", text=_NO_PROBLEM, version=alert.version, now=now)
        actions.finish_review(self.officer, review, notes=notes, version=review.version, now=now)

    def reviews(self) -> None:
        """One for each purpose that is over, and the present ones whose findings wait."""
        earlier = self._reviewed(
            "先々週の点検", "discovery", ("auth", "proxy", "door", "server"), since=timedelta(days=21), until=timedelta(days=10)
        )
        self._finish(earlier, "いつもの打ち間違いのほかに、気になる記録はなかった。")
        self._reviewed(
            "今週の点検",
            "discovery",
            ("auth", "proxy", "door", "server", "branch", "real"),
            since=timedelta(days=7),
            until=timedelta(0),
        )
        self._reviewed(
            "容量・温度・負荷の点検", "prevention", ("metrics", "server", "proxy"), since=timedelta(days=7), until=timedelta(0)
        )
        now = timezone.now()
        spray = Alert.objects.filter(organization=self.city, rule="discovery.auth.spray").first()
        if spray is not None:
            actions.triage(
                self.officer, spray, state="looking", text="外部の診断の日程を確かめている。", version=spray.version, now=now
            )
        actions.suppress(
            self.officer,
            organization=self.city,
            rule="discovery.door.off_hours",
            entity="*警備*",
            reason="警備員の夜間の巡回。委託契約で時刻が決まっている。",
            expires_at=now + timedelta(days=90),
            now=now,
        )

    def investigation(self) -> None:
        """Who came in by the guessed password, and what they did."""
        now = timezone.now()
        alert = Alert.objects.filter(organization=self.city, rule="discovery.auth.failed_then_success").first()
        if alert is None:
            return
        trail = actions.open_trail(
            self.officer, organization=self.city, title="佐藤の利用者名での夜間のログイン", alert=alert, now=now
        )
        notes = (
            "この接続元からは、夜中の失敗のあとに1回だけ成功している。",
            "成功のあとに、管理者の権限と新しい利用者。",
            "svc-update は台帳にない利用者。",
        )
        for text, note in zip(("203.0.113.77", "sato", "svc-update"), notes, strict=True):
            query = query_of(since=now - timedelta(days=7), until=now, now=now, text=text)
            done = actions.search(self.officer, organization=self.city, query=query, trail=trail, now=now)
            if done.step is not None:
                actions.note_step(self.officer, done.step, note=note, now=now)
        actions.triage(
            self.officer,
            alert,
            state="incident",
            text="パスワードを当てられて入られた。利用者名 sato と svc-update を止め、CSIRTに知らせた。",
            version=alert.version,
            now=now,
        )

    # ------------------------------------------------------------------------------------------------ watching staff

    def staff(self) -> None:
        """A basis with rule, notice and approval, and one search on it."""
        now, today = timezone.now(), timezone.localdate(self.now)
        chief, ciso = self._person("minamo-chief"), self._person("minamo-ciso")
        subject = subject_queries.organization_subject(self.city.pk)
        assert subject is not None
        papers = [
            evidence.add_document(
                self.officer,
                subject=subject,
                title=title,
                document_kind=kind,
                file_name=f"{kind}.txt",
                chunks=(f"{title}（架空の文書）\n".encode(),),
                now=now,
            )
            for title, kind in (
                ("職員の記録の確認に関する規程", "staff_monitoring_rule"),
                ("職員の記録を確認することについて（周知）", "staff_monitoring_notice"),
            )
        ]
        facts = actions.BasisFacts(
            purpose="サーバー室の機器を、入室していない人の利用者名で使うことを見つけるため。",
            rule_document=papers[0].pk,
            notice_document=papers[1].pk,
            noticed_on=today - timedelta(days=14),
            starts_on=today,
            ends_on=today + timedelta(days=90),
        )
        basis = actions.ask_basis(
            chief, organization=self.city, facts=facts, reason="施錠と個別の聞き取りだけでは見つけられない。", now=now
        )
        for step in Step.objects.filter(request=basis.request, advisory=False, state="open"):
            requests.decide(ciso, step, kind=DecisionKind.APPROVE, comment="目的の外に使わないこと。", now=now, today=today)
        basis.refresh_from_db()
        if basis.approved_at is None:
            return
        actions.search_staff(
            chief,
            organization=self.city,
            basis=basis,
            about="sato",
            since=now - timedelta(days=3),
            until=now,
            reason="夜間のログインの事案で、本人が入室していたかを確かめる。",
            now=now,
        )
