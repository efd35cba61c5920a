"""What higher rooms may register at ``AppConfig.ready``: entries that not everybody who reads the ledger may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import uuid

    from django.db.models import QuerySet

    from sekisho.records.ledger.models import Entry

__all__ = ["NARROWED", "Narrowed", "Reader", "shown_to"]


class Reader(Protocol):
    """Whoever reads: who they are, and where they may."""

    @property
    def is_system(self) -> bool:
        """The installation itself, which reads everything."""

    @property
    def person_id(self) -> uuid.UUID | None:
        """The person behind it; None for a machine."""

    def may(self, action: str, organization_id: uuid.UUID | None) -> bool:
        """Whether ``action`` is allowed in the organisation."""


class Narrowed(Protocol):
    """Leaves out the entries of its room that the reader may not see (yet)."""

    def __call__(self, reader: Reader, rows: QuerySet[Entry]) -> QuerySet[Entry]:
        """The rest."""


NARROWED: Final[list[Narrowed]] = []


def shown_to(reader: Reader, rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """``rows`` without what a room keeps from the reader. The chain itself is verified whole by whoever may verify it."""
    if reader.is_system:
        return rows
    for narrowed in NARROWED:
        rows = narrowed(reader, rows)
    return rows
