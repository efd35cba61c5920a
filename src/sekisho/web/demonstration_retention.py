"""Retention and deletion in the demonstration: a folder of applications below the demonstration's home, really deleted.

Everything goes through the actions that people use; who does it are fictional officers of the city.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils import timezone

from sekisho.records.evidence import actions as evidence
from sekisho.records.jobs import worker
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.models import Certificate, FoundEntry, RetentionEntry
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.models import Person
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step
from sekisho.records.subjects import actions as subjects
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from pathlib import Path

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["Shown", "create"]

_APPLICATIONS: Final = 4
_LINES: Final = (
    "{name}\n申請者：架空 花子（{number:03d}）\n住所：架空県みなも市一丁目\nこの書類は、デモのための架空のものです。\n"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to be seen: entries of the ledger, files that were really deleted, certificates."""

    entries: int
    deleted: int
    certificates: int


def create(city: Organization, *, now: datetime) -> Shown:
    """A store, rules, entries, a hold, a decision, a deletion with its certificate. A second call changes nothing."""
    deleted = 0
    if not RetentionEntry.objects.filter(organization=city).exists():
        deleted = _Archive(city, now).work()
    return Shown(
        RetentionEntry.objects.filter(organization=city).count(), deleted, Certificate.objects.filter(organization=city).count()
    )


class _Archive:
    """The city's officers at work."""

    def __init__(self, city: Organization, now: datetime) -> None:
        self.city, self.now = city, now
        self.today = timezone.localdate(now)
        self.officer, self.chief = self._person("minamo-officer"), self._person("minamo-chief")
        self.year = self.today.year if self.today.month >= 4 else self.today.year - 1  # noqa: PLR2004 - April

    def _person(self, login: str) -> Principal:
        return organization_queries.principal_of(Person.objects.get(login=login), today=timezone.localdate(self.now))

    def _approve(self, request: Request | None) -> None:
        for step in Step.objects.filter(request=request, advisory=False, state="open"):
            requests.decide(
                self.chief, step, kind=DecisionKind.APPROVE, comment="確かめた。", now=timezone.now(), today=self.today
            )

    def work(self) -> int:
        """All of it; how many files were deleted."""
        self._files()
        self._rules()
        self._stores()
        self._entries()
        deleted = self._deletion()
        self._others()
        worker.run_due()
        actions.measure_retention(self.officer, organization=self.city, now=timezone.now())
        return deleted

    @property
    def folder(self) -> Path:
        """Below which the demonstration may scan and delete."""
        place: Path = settings.CONFIG.care_roots[0] / "minamo"
        return place

    def _files(self) -> None:
        """Applications of seven fiscal years, and logs of three months."""
        for back in range(1, 8):
            year = self.year - back
            for number in range(_APPLICATIONS):
                path = self.folder / "applications" / f"{year}" / f"application-{number:03d}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_LINES.format(name=f"施設使用許可申請書（{year}年度）", number=number), encoding="utf-8")
                moment = datetime(year + 1, 3, 20, tzinfo=UTC).timestamp()
                os.utime(path, (moment, moment))
        for back in (30, 400, 800):
            day = self.today - timedelta(days=back)
            path = self.folder / "logs" / f"access-{day:%Y%m%d}.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("192.0.2.1 - - GET /\n" * 20, encoding="utf-8")

    def _rules(self) -> None:
        for key, title, value in (("MINAMO-5", "許認可の申請書類（5年）", 5), ("MINAMO-3", "軽易な申請書類（3年）", 3)):
            facts = actions.OwnRuleFacts(
                key=key, title=title, rule_class="own_rule", event="completed", start="next_fiscal_year", value=value,
                basis="みなも市文書管理規程 別表（架空）", personal="personal",
                title_en=f"Applications ({value} years)",
            )  # fmt: skip
            asked = actions.ask_own_rule(
                self.officer, organization=self.city, facts=facts, reason="規程の別表を登録する。", now=self.now
            )
            self._approve(asked.request)

    def _stores(self) -> None:
        store = actions.register_store(
            self.chief,
            organization=self.city,
            facts=actions.StoreFacts(
                name="窓口の共有フォルダ", kind="folder", address=str(self.folder), note="このデモの中のフォルダ。"
            ),
            now=self.now,
        )
        for name, pattern, group, kind, event, personal in (
            ("施設使用許可の申請書", "applications/{fy}", "folder", "MINAMO-5", "completed", True),
            ("アクセスログ", "logs/access-{yyyy}{mm}{dd}.log", "each", "RT87", "recorded", False),
        ):
            facts = actions.ScanRuleFacts(
                name=name, pattern=pattern, group=group, kinds=[kind], event=event, date_source="path", personal=personal,
                public_record=personal,
                owner_role=Role.SECTION_OFFICER if personal else Role.SYSTEM_ADMIN,
            )  # fmt: skip
            actions.make_scan_rule(self.officer, store, facts=facts, now=self.now)
        actions.begin_scan(self.officer, store, now=self.now)
        worker.run_due()
        found = FoundEntry.objects.filter(rule__store=store, state="new").order_by("label")
        actions.accept_found(self.officer, store, found_ids=[one.pk for one in found][:-1], now=self.now)

    def _entry(self, name: str, *places: actions.PlaceFacts, **facts: Any) -> RetentionEntry:
        given: dict[str, Any] = {"owner_role": Role.SECTION_OFFICER, **facts}
        return actions.register_entry(
            self.officer, organization=self.city, facts=actions.EntryFacts(name=name, **given), places=places, now=self.now
        )

    def _entries(self) -> None:
        supplier = subjects.create_subject(
            self.officer, organization=self.city, kind="supplier", name="架空データセンター株式会社", now=self.now
        )
        old, long_ago = date(self.year - 6, 3, 31), date(self.year - 9, 9, 30)
        self._entry(
            "会計年度任用職員の人事記録",
            actions.PlaceFacts(kind="paper", label="本庁2階 文書庫 棚12", quantity="4箱"),
            actions.PlaceFacts(kind="supplier", label="給与計算の委託先の写し", supplier_id=supplier.pk),
            kinds=["RT18", "RT47"], events={"employment_ended": old, "purpose_ended": old + timedelta(days=60)},
            answers={"transitional": False}, my_number=True,
        )  # fmt: skip
        self._entry(
            "庁舎改修工事の契約書", actions.PlaceFacts(kind="paper", label="財政課 書架"), kinds=["RT01"],
            events={"contract_end": long_ago, "books_closed": long_ago},
        )  # fmt: skip
        self._entry(
            "住民相談の記録", actions.PlaceFacts(kind="paper", label="福祉課 書架"), kinds=["MINAMO-3"], sensitive=True,
            note="いつ完結したかを、担当に確かめている。",
        )  # fmt: skip
        self._entry(
            "共用端末から回収したハードディスク", actions.PlaceFacts(kind="media", label="情報政策課 金庫", quantity="2台")
        )

    def _document(self, title: str, kind: str) -> Any:
        subject = subject_queries.organization_subject(self.city.pk)
        assert subject is not None
        content = f"{title}（架空の文書）\n".encode()
        return evidence.add_document(
            self.officer,
            subject=subject,
            title=title,
            document_kind=kind,
            file_name=f"{kind}.txt",
            chunks=(content,),
            now=self.now,
        )

    def _deletion(self) -> int:
        """The oldest applications whose period is over: decided, planned, looked at, approved, executed, certified."""
        rows = RetentionEntry.objects.filter(organization=self.city, kinds=["MINAMO-5"], outcome="dated", due_on__lte=self.today)
        chosen = list(rows.order_by("due_on")[:1])
        ids = [row.pk for row in chosen]
        paper = self._document("廃棄の決裁（施設使用許可申請書）", "disposal_decision")
        self._document("みなも市 情報の削除の手順", "deletion_rule")
        consent = actions.ConsentFacts(
            kind="disposal_decision", number=f"総務第{self.year}-12号", decided_on=self.today, document_id=paper.pk, entries=ids
        )
        actions.record_consent(self.officer, organization=self.city, facts=consent, now=self.now)
        facts = actions.DeletionFacts(title="施設使用許可申請書の廃棄", reason="保存期間の満了", entries=ids)
        row = actions.make_deletion(self.officer, organization=self.city, facts=facts, now=self.now)
        actions.begin_dry_run(self.officer, row, now=timezone.now())
        worker.run_due()
        row.refresh_from_db()
        row = actions.ask_deletion(self.officer, row, reason="文書主任の選別を経た。", version=row.version, now=timezone.now())
        self._approve(row.request)
        row.refresh_from_db()
        row = actions.execute_deletion(self.officer, row, version=row.version, now=timezone.now())
        worker.run_due()
        row.refresh_from_db()
        if row.state == "done":
            actions.issue_certificate(
                self.officer, row, witness="みなも市 総務課 文書主任（架空）", version=row.version, now=timezone.now()
            )
        return sum(one.outcome.get("done", 0) for one in row.erased.all())

    def _others(self) -> None:
        """A hold, automatic deletion that waits for its approval, a stock-taking under way, a deletion that is planned."""
        hold = actions.HoldFacts(
            kind="disclosure", name="情報公開請求（庁舎改修工事）", reason="開示の決定まで、関係する文書を残す。",
            starts_on=self.today - timedelta(days=10), text="庁舎改修",
        )  # fmt: skip
        actions.set_hold(self.officer, organization=self.city, facts=hold, now=self.now)
        order = actions.OrderFacts(
            name="アクセスログの毎日の廃棄", reason="1年を過ぎたログを、毎日消す。", kinds=["RT87"], limits={"most_files": 100}
        )
        actions.ask_order(self.officer, organization=self.city, facts=order, now=self.now)
        actions.start_stocktaking(
            self.officer,
            organization=self.city,
            title=f"{self.year}年度の棚卸し",
            due_on=self.today + timedelta(days=30),
            now=self.now,
        )
