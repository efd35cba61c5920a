"""What higher rooms may register to be told of (at ``AppConfig.ready``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

__all__ = ["MACHINE_SUSPENDED", "MachineSuspended"]


class MachineSuspended(Protocol):
    """Told inside the transaction that suspends a machine; ``code`` says why."""

    def __call__(self, *, machine_id: uuid.UUID, code: str, now: datetime) -> None:
        """Make a duty, a notice …."""


MACHINE_SUSPENDED: Final[list[MachineSuspended]] = []
