"""The relevance of a notice by the engine's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sekisho.engines.threatintel.relevance import Held, Holdings, Information, relevance

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.intelligence.queries.inventory import Inventory

__all__ = ["weigh"]


def weigh(
    *,
    title: str,
    text: str,
    products: tuple[str, ...],
    cves: tuple[str, ...],
    published: datetime | None,
    sightings: int,
    inventory: Inventory,
    now: datetime,
) -> dict[str, Any]:
    """Score, band and reasons as plain values."""
    said = Information(title=title, text=text, products=products, cves=cves, published=published, sightings=sightings)
    held = Holdings(
        products=tuple(Held(name, where) for name, where in inventory.products),
        open_vulnerabilities=inventory.open_vulnerabilities,
        suppliers=inventory.suppliers,
        sectors=inventory.sectors,
        regions=inventory.regions,
        names=inventory.names,
    )
    return relevance(said, held, now=now).as_dict()
