"""Small logs of their own for the tests of the room, and a town in which they are reviewed."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.records.factories import NOW, make_organization, principal_for

from sekisho.records.jobs import worker
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import Ingestion, LogReview, LogSource
from sekisho.records.organization.permissions import Role
from sekisho.records.subjects import actions as subjects

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["Town", "failed_logins", "run_jobs"]


def failed_logins(
    count: int = 12, *, user: str = "tanaka", at: datetime = NOW - timedelta(hours=20), address: str = "192.0.2.5"
) -> bytes:
    """Lines of an sshd: ``count`` failures, one every five seconds."""
    lines = []
    for number in range(count):
        moment = (at + timedelta(seconds=5 * number)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        lines.append(
            f"{moment} web-01 sshd[{4000 + number}]: Failed password for {user} from {address} port {50000 + number} ssh2\n"
        )
    return "".join(lines).encode()


def run_jobs(now: datetime = NOW + timedelta(minutes=1)) -> int:
    """Run all jobs that are due."""
    return worker.run_due(clock=lambda: now)


@dataclass
class Town:
    """A town with an officer and a source of log-ins."""

    code: str = "minamo"
    organization: Organization = field(init=False)
    officer: Principal = field(init=False)
    source: LogSource = field(init=False)

    def __post_init__(self) -> None:
        self.organization = make_organization(self.code, body_kind="municipality", is_boundary=True)
        subjects.ensure_for(self.organization, now=NOW)
        self.officer = principal_for(Role.SYSTEM_OFFICER, self.organization)
        self.source = self.make_source()

    def make_source(self, name: str = "認証サーバー", **facts: Any) -> LogSource:
        facts = {"kind": "linux.auth", "owner_role": Role.SYSTEM_ADMIN.value, "time_zone": "UTC", **facts}
        return actions.register_source(
            self.officer,
            organization=self.organization,
            facts=actions.SourceFacts(name=name, **facts),
            now=NOW - timedelta(days=3),
        )

    def read(self, content: bytes, *, source: LogSource | None = None, name: str = "auth.log") -> Ingestion:
        """Hand in a file and have it read."""
        made = actions.receive_files(self.officer, source or self.source, [actions.Handed(name, io.BytesIO(content))], now=NOW)
        run_jobs()
        made.refresh_from_db()
        return made

    def review(self, purpose: str = "discovery", *, days: int = 2) -> LogReview:
        """A review of the last days, its rules applied."""
        made = actions.begin_review(
            self.officer,
            organization=self.organization,
            title=f"点検 {purpose}",
            purpose=purpose,
            sources=[row.pk for row in LogSource.objects.filter(organization=self.organization, retired_at=None)],
            period=(NOW - timedelta(days=days), NOW),
            now=NOW,
        )
        run_jobs()
        made.refresh_from_db()
        return made
