"""A town that keeps and deletes: people, a folder with applications of past years, small steps of the whole way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from tests.records.factories import NOW, TODAY, make_organization, principal_for

from sekisho.records.evidence import actions as evidence
from sekisho.records.jobs import worker
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.models import ConsentKind, Deletion, RetentionEntry
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step
from sekisho.records.subjects import actions as subjects
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import DataStore
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["CareTown", "run_jobs"]

CLOCK = {"now": NOW + timedelta(minutes=1)}


def run_jobs(now: datetime = NOW + timedelta(minutes=1)) -> int:
    """Run all jobs that are due."""
    return worker.run_due(clock=lambda: now)


@dataclass
class CareTown:
    """A town (``body_kind`` decides its gates) with an officer who asks and a chief who approves."""

    code: str = "minamo"
    body_kind: str = "municipality"
    organization: Organization = field(init=False)
    officer: Principal = field(init=False)
    chief: Principal = field(init=False)

    def __post_init__(self) -> None:
        self.organization = make_organization(self.code, body_kind=self.body_kind, is_boundary=True)
        subjects.ensure_for(self.organization, now=NOW)
        self.officer = principal_for(Role.SYSTEM_OFFICER, self.organization)
        self.chief = principal_for(Role.CHIEF_OFFICER, self.organization)

    @property
    def folder(self) -> Path:
        """Below which data may be scanned and deleted."""
        return Path(settings.CONFIG.home) / "data" / self.code

    def applications(self, year: int = 2020, count: int = 3) -> list[Path]:
        """Files of a fiscal year."""
        made = []
        for number in range(count):
            path = self.folder / "applications" / str(year) / f"application-{number:03d}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"申請書 {number} 架空 花子\n" * 20, encoding="utf-8")
            made.append(path)
        return made

    def store(self, **facts: Any) -> DataStore:
        """The folder as a store."""
        self.folder.mkdir(parents=True, exist_ok=True)
        given = {"name": "窓口の共有フォルダ", "kind": "folder", "address": str(self.folder), **facts}
        return actions.register_store(self.chief, organization=self.organization, facts=actions.StoreFacts(**given), now=NOW)

    def entry(self, *places: actions.PlaceFacts, **facts: Any) -> RetentionEntry:
        """An entry whose period (five years by RT75's way of counting) is over, unless told otherwise."""
        given: dict[str, Any] = {
            "name": "申請書（2020年度）",
            "kinds": ["RT16"],
            "events": {"employment_ended": date(2020, 5, 1)},
            "answers": {"transitional": False},
            "owner_role": Role.SECTION_OFFICER.value,
            "personal": True,
            **facts,
        }
        return actions.register_entry(
            self.officer, organization=self.organization, facts=actions.EntryFacts(**given), places=places, now=NOW
        )

    def in_folder(self, store: DataStore, path: str = "applications/2020") -> actions.PlaceFacts:
        """A copy in the store."""
        return actions.PlaceFacts(kind="folder", label=path, store_id=store.pk, locator={"path": path})

    def document(self, title: str = "廃棄の決裁", kind: str = "contract") -> Any:
        """A document as evidence."""
        subject = subject_queries.organization_subject(self.organization.pk)
        assert subject is not None
        return evidence.add_document(
            self.officer, subject=subject, title=title, document_kind=kind, file_name="d.txt", chunks=(title.encode(),), now=NOW
        )

    def consent(self, *entries: RetentionEntry, kind: str = ConsentKind.DISPOSAL_DECISION, **facts: Any) -> Any:
        """The decision to destroy."""
        given: dict[str, Any] = {
            "kind": kind,
            "number": "総務第12号",
            "decided_on": TODAY,
            "document_id": self.document().pk,
            "entries": [one.pk for one in entries],
            **facts,
        }
        return actions.record_consent(self.officer, organization=self.organization, facts=actions.ConsentFacts(**given), now=NOW)

    def deletion(self, *entries: RetentionEntry, **facts: Any) -> Deletion:
        """Planned, not asked for."""
        given: dict[str, Any] = {
            "title": "2020年度の申請書の廃棄",
            "reason": "保存期間の満了",
            "entries": [one.pk for one in entries],
            **facts,
        }
        return actions.make_deletion(self.officer, organization=self.organization, facts=actions.DeletionFacts(**given), now=NOW)

    def decide(self, request: Request | None, kind: DecisionKind = DecisionKind.APPROVE, *, now: datetime = NOW) -> None:
        """The chief decides."""
        assert request is not None
        for step in Step.objects.filter(request=request, advisory=False, state="open"):
            requests.decide(self.chief, step, kind=kind, comment="よい", now=now, today=TODAY)

    def approved(self, *entries: RetentionEntry, **facts: Any) -> Deletion:
        """Planned, looked at, asked for, approved."""
        made = self.deletion(*entries, **facts)
        made = actions.ask_deletion(self.officer, made, reason="満了", version=made.version, now=NOW)
        self.decide(made.request)
        made.refresh_from_db()
        actions.begin_dry_run(self.officer, made, now=NOW)
        run_jobs()
        made.refresh_from_db()
        return made

    def executed(self, *entries: RetentionEntry, **facts: Any) -> Deletion:
        """All the way, up to what people must do."""
        made = self.approved(*entries, **facts)
        made = actions.execute_deletion(self.officer, made, version=made.version, now=NOW)
        run_jobs()
        made.refresh_from_db()
        return made
