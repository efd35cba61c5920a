"""What kinds of work there are. Rooms register theirs at ``AppConfig.ready``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["KINDS", "SCHEDULES", "JobCancelled", "JobContext", "JobKind", "register", "schedule"]


class JobCancelled(Exception):
    """Raised in a handler by :meth:`JobContext.progress` when somebody cancelled the job, or another worker took it over."""


@dataclass(slots=True)
class JobContext:
    """What a handler is given. ``clock`` is the present time; ``principal`` has the rights that hold now."""

    job_id: uuid.UUID
    kind: str
    principal: Principal
    organization_id: uuid.UUID | None
    payload: dict[str, Any]
    clock: Callable[[], datetime]
    report: Callable[[int, int], None] = field(default=lambda _done, _total: None)

    @property
    def now(self) -> datetime:
        """The present time."""
        return self.clock()

    def progress(self, done: int, total: int) -> None:
        """Tell how far the work is. Raises JobCancelled when it is to stop."""
        self.report(done, total)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work: who may ask for it (an action of the permission table; None: only the installation itself)."""

    name: str
    handler: Callable[[JobContext], dict[str, Any] | None]
    permission: str | None
    most_attempts: int


KINDS: Final[dict[str, JobKind]] = {}
SCHEDULES: Final[dict[str, tuple[str, int]]] = {}
"""Key → (kind of job, seconds between)."""


def register(
    kind: str,
    handler: Callable[[JobContext], dict[str, Any] | None],
    *,
    permission: str | None = None,
    most_attempts: int = 4,
) -> None:
    """Declare a kind of work. The handler must be safe to repeat: a crash makes it run again from the start.

    Its result (plain JSON values) is kept with the job. It raises SekishoError for what no repetition mends, Unavailable for what
    may pass; anything else is a defect, logged and tried again ``most_attempts`` times.
    """
    KINDS[kind] = JobKind(kind, handler, permission, most_attempts)


def schedule(key: str, *, kind: str, every_seconds: int) -> None:
    """Have the installation run ``kind`` again and again."""
    SCHEDULES[key] = (kind, every_seconds)
