"""The 建物と札の台帳 as the engine wants it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sekisho.engines.detection.presence import Place, Premises
from sekisho.records.monitoring.models import PremisesEntry, PremisesKind

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["accounts_of", "premises_of"]


def premises_of(organization_id: uuid.UUID) -> Premises:
    """Doors, areas, cards and machines of an organisation."""
    rows = list(PremisesEntry.objects.filter(organization_id=organization_id))

    def of(kind: PremisesKind) -> dict[str, str]:
        return {row.key: row.value for row in rows if row.kind == kind}

    return Premises(
        doors={row.key: Place(row.value, row.more) for row in rows if row.kind == PremisesKind.DOOR},
        inside=of(PremisesKind.INSIDE),
        travel={(row.key, row.value): float(row.more) for row in rows if row.kind == PremisesKind.TRAVEL},
        cards=of(PremisesKind.CARD),
        rooms={key.lower(): value for key, value in of(PremisesKind.HOST).items()},
    )


def accounts_of(organization_id: uuid.UUID) -> Mapping[str, str]:
    """Account (lower case) → person."""
    rows = PremisesEntry.objects.filter(organization_id=organization_id, kind=PremisesKind.ACCOUNT)
    return {key.lower(): value for key, value in rows.values_list("key", "value")}
