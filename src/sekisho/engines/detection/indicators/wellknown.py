"""The lists of :file:`standards/data/intelligence`: what is not to be blocked, and which columns hold what."""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import Literal

import msgspec

from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.model import Text, Verified

__all__ = ["Known", "WellKnown", "columns", "well_known"]

Effect = Literal["refuse", "warn"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the entries as they stand in the file."""

    source: str


class _Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    verified: Verified


class _Range(_Part, frozen=True):
    range: str
    ja: str
    en: str
    effect: Effect = "refuse"


class _Address(_Part, frozen=True):
    value: str
    ja: str
    en: str
    effect: Effect = "refuse"


class _Domain(_Part, frozen=True):
    name: str
    ja: str
    en: str
    effect: Effect = "refuse"
    below: Effect = "refuse"


class _Names(_Part, frozen=True):
    names: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sources: dict[str, _Source]
    address_ranges: tuple[_Range, ...]
    addresses: tuple[_Address, ...]
    domains: tuple[_Domain, ...]
    public_suffixes: tuple[_Names, ...]
    file_names: tuple[_Names, ...]


class Known(msgspec.Struct, frozen=True):
    """One entry: what it is, where that is written, what it does to an indicator itself and to one below it."""

    what: Text
    source: str
    effect: Effect
    below: Effect


class WellKnown(msgspec.Struct, frozen=True):
    """The list in the form in which it is asked. ``spans``: IP version, first and last address as numbers, text, entry."""

    ranges: tuple[tuple[Network, Known], ...]
    addresses: dict[str, Known]
    spans: tuple[tuple[int, int, int, str, Known], ...]
    domains: dict[str, Known]
    suffixes: dict[str, str]
    file_names: frozenset[str]


@cache
def well_known() -> WellKnown:
    """The list of well-known infrastructure. Raises msgspec.ValidationError when our own file is broken."""
    raw = msgspec.convert(read_yaml(data_directory().joinpath("intelligence", "well_known.yaml")), _File)

    def known(entry: _Range | _Address | _Domain, below: Effect) -> Known:
        return Known(Text(entry.ja, entry.en), raw.sources[entry.source].title, entry.effect, below)

    written: list[tuple[str, _Range | _Address]] = [(one.range, one) for one in raw.address_ranges]
    written += [(one.value, one) for one in raw.addresses]
    return WellKnown(
        ranges=tuple((ipaddress.ip_network(entry.range), known(entry, entry.effect)) for entry in raw.address_ranges),
        addresses={entry.value: known(entry, entry.effect) for entry in raw.addresses},
        spans=tuple(
            (network.version, int(network.network_address), int(network.broadcast_address), text, known(entry, entry.effect))
            for text, entry in written
            for network in [ipaddress.ip_network(text)]
        ),
        domains={entry.name: known(entry, entry.below) for entry in raw.domains},
        suffixes={name: raw.sources[group.source].title for group in raw.public_suffixes for name in group.names},
        file_names=frozenset(name for group in raw.file_names for name in group.names),
    )


class _Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roles: dict[str, tuple[str, ...]]
    never: tuple[str, ...]


@cache
def columns() -> tuple[dict[str, str], frozenset[str]]:
    """(role of each folded name of a field, folded names that are not looked at)."""
    raw = msgspec.convert(read_yaml(data_directory().joinpath("intelligence", "columns.yaml")), _Columns)
    return {fold(name): role for role, names in raw.roles.items() for name in names}, frozenset(map(fold, raw.never))


def fold(name: str) -> str:
    """The name of a field without case, spaces and ``_ - . :``."""
    return name.casefold().translate(_SIGNS)


_SIGNS = str.maketrans("", "", " _-.:　")
