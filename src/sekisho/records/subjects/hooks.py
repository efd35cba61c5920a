"""What higher rooms may register to be told of, or to add to a page of this room (at ``AppConfig.ready``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["MACHINE_SUSPENDED", "PANELS", "SUBJECTS_CHANGED", "MachineSuspended", "Panel", "SubjectsChanged", "tell_changed"]


class MachineSuspended(Protocol):
    """Told inside the transaction that suspends a machine; ``code`` says why."""

    def __call__(self, *, machine_id: uuid.UUID, code: str, now: datetime) -> None:
        """Make a duty, a notice …."""


class SubjectsChanged(Protocol):
    """Told inside the transaction that makes, changes or retires subjects of an organisation, or their parts. Must be quick."""

    def __call__(self, organization_id: uuid.UUID, *, now: datetime) -> None:
        """Make a job that looks at applicability again …."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a subject's page from a higher room: a template of that room with its context."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


MACHINE_SUSPENDED: Final[list[MachineSuspended]] = []
SUBJECTS_CHANGED: Final[list[SubjectsChanged]] = []
PANELS: Final[list[Callable[[Principal, Subject, datetime], Panel | None]]] = []
"""Each gives its part of a subject's page (after the reader's right to see the subject was checked), or None."""


def tell_changed(organization_id: uuid.UUID, *, now: datetime) -> None:
    """Tell everybody who registered."""
    for told in SUBJECTS_CHANGED:
        told(organization_id, now=now)
