"""What higher rooms may register to be told of (at ``AppConfig.ready``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

__all__ = ["MACHINE_SUSPENDED", "SUBJECTS_CHANGED", "MachineSuspended", "SubjectsChanged", "tell_changed"]


class MachineSuspended(Protocol):
    """Told inside the transaction that suspends a machine; ``code`` says why."""

    def __call__(self, *, machine_id: uuid.UUID, code: str, now: datetime) -> None:
        """Make a duty, a notice …."""


MACHINE_SUSPENDED: Final[list[MachineSuspended]] = []


class SubjectsChanged(Protocol):
    """Told inside the transaction that makes, changes or retires subjects of an organisation, or their parts. Must be quick."""

    def __call__(self, organization_id: uuid.UUID, *, now: datetime) -> None:
        """Make a job that looks at applicability again …."""


SUBJECTS_CHANGED: Final[list[SubjectsChanged]] = []


def tell_changed(organization_id: uuid.UUID, *, now: datetime) -> None:
    """Tell everybody who registered."""
    for told in SUBJECTS_CHANGED:
        told(organization_id, now=now)
