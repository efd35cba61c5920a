"""What higher rooms may register to be told of (at ``AppConfig.ready``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["AFTER_READING", "AfterReading"]


class AfterReading(Protocol):
    """Told inside the transaction that notes that logs were read. Must be quick: enqueue a job."""

    def __call__(
        self, organization_id: uuid.UUID, *, files: Sequence[str], since: datetime, until: datetime, now: datetime
    ) -> None:
        """``files``: SHA-256 of those that were read (none: not known, any may be new); their events lie in the store of a source
        of the organisation, which now has events from ``since`` up to, without, ``until``.
        """


AFTER_READING: Final[list[AfterReading]] = []
