"""Rows of the room as the engine's values, and the engine's rules over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.engines.detection.indicators import Direction, Indicator, Kind, Own, Tlp, normalise
from sekisho.engines.threatintel.tlp import Audience, check_export, permitted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.intelligence.models import Ioc
    from sekisho.records.intelligence.rules.intake import OwnNames

__all__ = ["as_indicators", "forbid", "may_go", "normal", "own"]


def as_indicators(rows: Iterable[Ioc]) -> list[Indicator]:
    """Rows as the engine's values, in their order."""
    return [
        Indicator(
            kind=Kind(row.kind),
            value=row.value,
            original=row.original,
            direction=Direction(row.direction),
            active_from=row.active_from,
            active_until=row.active_until,
            expires=row.expires_at,
            tlp=Tlp(row.tlp),
            confidence=row.confidence,
            title=row.title,
            labels=tuple(row.labels),
            block=row.wants_block,
        )
        for row in rows
    ]


def own(names: OwnNames) -> Own:
    """The organisation's own names and networks."""
    return Own(domains=names.domains, networks=names.networks)


def forbid(rows: Iterable[Ioc], audience: str) -> None:
    """Raise NotPermitted ``threatintel.tlp_forbids`` that names each row which must not go to ``audience``."""
    check_export(as_indicators(rows), Audience(audience))


def may_go(label: str, audience: str) -> bool:
    """Whether what bears ``label`` may be given to ``audience``. What is no label goes nowhere."""
    return label in set(Tlp) and permitted(Tlp(label), Audience(audience))


def normal(kind: str, text: str) -> str | None:
    """The normal form of a domain, or of an address or network; None when it is none."""
    if kind == "domain":
        return normalise(Kind.DOMAIN, text)
    return normalise(Kind.NETWORK, text) or normalise(Kind.IP, text)
