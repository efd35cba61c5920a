"""What higher rooms may register to be told of, or to add to a page of this room (at ``AppConfig.ready``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["AFTER_INGEST", "KEPT", "USES", "AfterIngest", "Use"]


class AfterIngest(Protocol):
    """Told inside the transaction that received figures or documents about these subjects. Must be quick: enqueue a job."""

    def __call__(self, subject_ids: frozenset[uuid.UUID], *, now: datetime) -> None:
        """Make a job that proposes levels …."""


@dataclass(frozen=True, slots=True)
class Use:
    """Where an evidence is used: what it is called there, a link, and since when."""

    title: str
    url: str
    detail: str = ""


AFTER_INGEST: Final[list[AfterIngest]] = []
USES: Final[list[Callable[[Principal, uuid.UUID], Sequence[Use]]]] = []
"""Each gives the uses of one evidence (by its id) that the principal may see."""
KEPT: Final[list[Callable[[str], bool]]] = []
"""Each says whether the bytes of that hash must stay because its room sealed them, whatever their holders do."""
