"""From a rule's log source to the partitions in which its events stand, so that the log source is never lost.

Windows channels and what differs between kinds of events stand in ``logsources.yaml``; every other source says in its field map
(:mod:`sekisho.standards.event_maps`) which log sources of Sigma it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final, Literal

import msgspec
import yaml

from sekisho.standards.event_maps import event_maps

if TYPE_CHECKING:
    from sekisho.engines.detection.sigma.model import LogSource
    from sekisho.standards.event_maps import EventMap

__all__ = ["LogSources", "Place", "standing"]

_OWN: Final = frozenset({"windows"})  # sources that logsources.yaml describes wholly, but for the product


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of one source: its channel and event ids (empty: any), the fields' other names and values, and what must hold."""

    source: str
    channel: str = ""
    events: tuple[str, ...] = ()
    rename: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    when: dict[str, tuple[str, ...]] = {}

    def holds(self, source: str, channel: str, event: str) -> bool:
        """Whether a partition of these names stands here (an event or channel that the partition does not name may)."""
        return (
            self.source == source
            and (not self.channel or self.channel.lower() == channel.lower())
            and (not self.events or not event or event.lower() in {one.lower() for one in self.events})
        )


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    constants: dict[str, dict[str, Literal["channel", "event"]]]
    services: dict[str, dict[str, tuple[Place, ...]]]
    categories: dict[str, dict[str, tuple[Place, ...]]]


_Named = dict[tuple[str, str], list[Place]]


class LogSources:
    """The table: (product, name) → places, for services and for categories; product → places."""

    def __init__(self, maps: Sequence[EventMap] = ()) -> None:
        """``maps`` are an organisation's own field maps beside the included ones; they win over an included one of their id."""
        table = _table()
        self._constants = table.constants
        self._services: _Named = _flat(table.services)
        self._categories: _Named = _flat(table.categories)
        self._products: dict[str, dict[str, Place]] = {}
        self._known: dict[LogSource, tuple[Place, ...]] = {}
        for one in {**event_maps(), **{own.id: own for own in maps}}.values():
            self._add(one)

    def _add(self, one: EventMap) -> None:
        for said in one.logsources:
            if said.product:
                self._products.setdefault(said.product, {})[one.id] = Place(one.id)
            if one.id in _OWN:
                continue
            for channel in said.channels or ("",):
                place = Place(one.id, channel, said.events)
                if said.service:
                    self._services.setdefault((said.product, said.service), []).append(place)
                if said.category:
                    self._categories.setdefault((said.product, said.category), []).append(place)

    def places(self, logsource: LogSource) -> tuple[Place, ...]:
        """Where the events of ``logsource`` stand; empty when the table does not know it."""
        known = self._known.get(logsource)
        if known is None:
            known = self._known[logsource] = self._places(logsource)
        return known

    def _places(self, logsource: LogSource) -> tuple[Place, ...]:
        if logsource.category:
            found = self._named(self._categories, logsource.product, logsource.category)
            if logsource.service:
                services = self._named(self._services, logsource.product, logsource.service)
                found = tuple(p for p in found if any(s.holds(p.source, p.channel, "") for s in services))
            return found
        if logsource.service:
            return self._named(self._services, logsource.product, logsource.service)
        return tuple(self._products.get(logsource.product, {}).values())

    def _named(self, part: _Named, product: str, name: str) -> tuple[Place, ...]:
        """Places under ``name``: of the product and of no product; of every product when the rule names none."""
        products = [product, ""] if product else [key[0] for key in part if key[1] == name]
        return tuple(place for key in dict.fromkeys(products) for place in part.get((key, name), ()))

    def constants(self, source: str, channel: str, event: str) -> dict[str, str]:
        """Fields (lower case) that have one known value in all events of a partition."""
        given = {"channel": channel, "event": event}
        return {name.lower(): given[part] for name, part in self._constants.get(source, {}).items() if given[part]}


@cache
def _table() -> _Table:
    content = resources.files("sekisho.engines.detection.sigma").joinpath("logsources.yaml").read_bytes()
    return msgspec.convert(yaml.safe_load(content), _Table)


def _flat(named: dict[str, dict[str, tuple[Place, ...]]]) -> _Named:
    return {(product, name): list(places) for product, names in named.items() for name, places in names.items()}


@cache
def standing() -> LogSources:
    """The table without own maps."""
    return LogSources()
