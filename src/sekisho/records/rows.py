"""What every room does with the rows of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model

from sekisho.errors import NotFound

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["the_row"]

M = TypeVar("M", bound=Model)


def the_row(rows: QuerySet[M]) -> M:
    """The row that ``rows`` names. Raises NotFound: what a reader may not see is as if it were not there."""
    found = rows.first()
    if found is None:
        raise NotFound("access.not_found")
    return found
