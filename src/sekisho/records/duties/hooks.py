"""What higher rooms may register at ``AppConfig.ready``: duties that not everybody in the organisation may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.duties.models import Duty
    from sekisho.records.organization.principals import Principal

__all__ = ["NARROWED", "Narrowed", "shown_to"]


class Narrowed(Protocol):
    """Leaves out the duties of its room that the principal may not see (yet). Asks the database nothing by itself."""

    def __call__(self, principal: Principal, rows: QuerySet[Duty]) -> QuerySet[Duty]:
        """The rest."""


NARROWED: Final[list[Narrowed]] = []


def shown_to(principal: Principal, rows: QuerySet[Duty]) -> QuerySet[Duty]:
    """``rows`` without what a room keeps from the principal."""
    if principal.is_system:
        return rows
    for narrowed in NARROWED:
        rows = narrowed(principal, rows)
    return rows
