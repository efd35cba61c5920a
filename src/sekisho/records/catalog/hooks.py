"""What higher rooms may add to the pages of this room (at ``AppConfig.ready``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from sekisho.records.catalog.models import Requirement
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["ADOPTED", "PANELS", "Adopted", "Panel", "RequirementPanel"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A section of the requirement page: ``template`` of the registering room, given ``panel`` (this) and the page's context."""

    title: _StrPromise | str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


class RequirementPanel(Protocol):
    """What a higher room says about a requirement in an organisation, as far as the principal may see; None for nothing."""

    def __call__(
        self, principal: Principal, *, organization: Organization, requirement: Requirement, now: datetime
    ) -> Panel | None:
        """For example the judgements of the requirement."""


PANELS: Final[dict[str, RequirementPanel]] = {}
"""By room; shown in this order below the requirement's facts. Each should need few queries: the page's budget is shared."""


class Adopted(Protocol):
    """Told inside the transaction in which an organisation took up or gave up a catalogue. Must be quick: enqueue a job."""

    def __call__(self, organization_id: uuid.UUID, *, now: datetime) -> None:
        """Bring applicability up to date …."""


ADOPTED: Final[list[Adopted]] = []
