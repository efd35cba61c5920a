"""What the views of the room share: filters from the address."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sekisho.records.assessment.queries import VIEWS, Filters

if TYPE_CHECKING:
    from sekisho.records.pages import PageRequest

__all__ = ["filters_of", "number_of"]

_LONGEST = 100


def number_of(request: PageRequest, name: str) -> int:
    """A positive number of the address; 1 for anything else."""
    given = request.GET.get(name, "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 7 else 1  # noqa: PLR2004 - a million pages


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def filters_of(request: PageRequest, *, default_view: str) -> Filters:
    """What the address asks to see; unknown values are as if not given."""
    given = {name: request.GET.get(name, "").strip().replace("\x00", "")[:_LONGEST] for name in request.GET}
    view = given.get("view", "")
    return Filters(
        view=view if view in VIEWS else default_view,
        catalog=given.get("catalog", ""),
        kind=given.get("kind", ""),
        subject=_id(given.get("subject", "")),
        requirement=_id(given.get("requirement", "")),
        level=given.get("level", ""),
        basis=given.get("basis", ""),
        state=given.get("state", ""),
        text=given.get("q", ""),
    )
