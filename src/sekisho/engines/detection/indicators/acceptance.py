"""May an indicator be searched and blocked? Refusals and warnings, each with its reason."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.indicators import hosts, urls
from sekisho.engines.detection.indicators.model import Kind
from sekisho.engines.detection.indicators.normalise import normalise, recognise
from sekisho.engines.detection.indicators.refang import refang
from sekisho.engines.detection.indicators.wellknown import WellKnown, well_known

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Own", "Reason", "Verdict", "assess", "judge"]

_WIDEST: Final = {4: (8, 16), 6: (16, 32)}  # version: (refused below this prefix, warned below this one)
_EVERYTHING: Final = frozenset("* *.* any all 0.0.0.0 :: / \\ % すべて 全て".split())  # noqa: SIM905 - ways to say everything
_EMPTY: Final = frozenset(
    hashlib.new(name, b"", usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")
)
_SHALLOW_KEY: Final = 2
_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}\.?")


@dataclass(frozen=True, slots=True)
class Own:
    """What is the organisation's own, or excepted: domains with all below them, networks (``192.0.2.0/24`` or addresses)."""

    domains: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a sentence of ``texts/indicators.yaml`` and what fills it. ``refuses``: it must not be used; else a person is told."""

    code: str
    refuses: bool
    fields: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The reason as plain JSON values."""
        return {"code": self.code, "refuses": self.refuses, "fields": self.fields}


def _refuse(code: str, fields: dict[str, Any]) -> Reason:
    return Reason(code, refuses=True, fields=fields)


def _warn(code: str, fields: dict[str, Any]) -> Reason:
    return Reason(code, refuses=False, fields=fields)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a text: its kind and normal form (None when it is no indicator) and all reasons."""

    kind: Kind | None
    value: str | None
    reasons: tuple[Reason, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it may be used; there may be warnings."""
        return self.value is not None and not any(reason.refuses for reason in self.reasons)


def assess(text: str, *, kind: Kind | None = None, own: Own | None = None, known: WellKnown | None = None) -> Verdict:
    """Kind, normal form and reasons of what somebody handed in as an indicator. ``kind`` None: it is recognised."""
    plain = refang(text).strip()
    if plain.lower() in _EVERYTHING or (plain and not plain.strip("*.?/\\ ")):
        return Verdict(kind, None, (_refuse("indicators.matches_everything", {"value": text[:100]}),))
    if kind is None:
        found = recognise(text)
        kind, value = found if found is not None else (None, None)
    else:
        value = normalise(kind, text)
        if value is None and kind is Kind.IP and (value := normalise(Kind.NETWORK, text)) is not None:
            kind = Kind.NETWORK
        elif kind is Kind.NETWORK and value is None and (value := normalise(Kind.IP, text)) is not None:
            kind = Kind.IP
        elif kind is Kind.FILE_NAME and value is None and (value := normalise(Kind.FILE_PATH, text)) is not None:
            kind = Kind.FILE_PATH
    if kind is None or value is None:
        code = "tld_only" if kind in {None, Kind.DOMAIN} and _LABEL.fullmatch(plain.removeprefix("*.")) else "not_an_indicator"
        return Verdict(kind, None, (_refuse(f"indicators.{code}", {"value": text[:100]}),))
    return Verdict(kind, value, judge(kind, value, own=own, known=known))


def judge(kind: Kind, value: str, *, own: Own | None = None, known: WellKnown | None = None) -> tuple[Reason, ...]:
    """Reasons against using ``value`` (in normal form); empty when there are none."""
    lists = known if known is not None else well_known()
    mine = own if own is not None else Own()
    if kind in {Kind.IP, Kind.NETWORK}:
        return tuple(_address(value, mine, lists))
    if kind is Kind.DOMAIN:
        return tuple(_domain(value, mine, lists))
    if kind is Kind.URL:
        return tuple(_url(value, mine, lists))
    if kind is Kind.EMAIL:
        name = value.rpartition("@")[2]
        return tuple(_own_domain(name, mine))
    return tuple(_file(kind, value, lists))


def _address(value: str, own: Own, lists: WellKnown) -> Iterator[Reason]:
    network = ipaddress.ip_network(value)
    refused, warned = _WIDEST[network.version]
    if network.prefixlen == 0:
        yield _refuse("indicators.matches_everything", {"value": value})
        return
    if network.prefixlen < refused:
        yield _refuse("indicators.network_too_wide", {"value": value, "limit": refused})
    elif network.prefixlen < warned:
        yield _warn("indicators.network_wide", {"value": value, "addresses": network.num_addresses})
    first, last = int(network.network_address), int(network.broadcast_address)
    for version, low, high, text, entry in lists.spans:
        if version == network.version and first <= high and low <= last:
            fields = {"value": value, "range": text, "what_ja": entry.what.ja, "what_en": entry.what.en, "source": entry.source}
            code = "special_range" if "/" in text else "well_known_address"
            refuses = entry.effect == "refuse"
            yield Reason(f"indicators.{code}", refuses=refuses, fields={**fields, "address": text})
    for text in own.networks:
        mine = ipaddress.ip_network(text, strict=False)
        if mine.version == network.version and network.overlaps(mine):
            yield _refuse("indicators.own_network", {"value": value, "own": text})


def _own_domain(name: str, own: Own) -> Iterator[Reason]:
    for text in own.domains:
        mine = hosts.domain(text) or text.lower()
        if name == mine or name.endswith(f".{mine}") or mine.endswith(f".{name}"):
            yield _refuse("indicators.own_domain", {"value": name, "own": mine})


def _domain(name: str, own: Own, lists: WellKnown) -> Iterator[Reason]:
    yield from _own_domain(name, own)
    if name in lists.suffixes:
        yield _refuse("indicators.public_suffix", {"value": name, "source": lists.suffixes[name]})
        return
    labels = name.split(".")
    for start in range(len(labels)):
        parent = ".".join(labels[start:])
        entry = lists.domains.get(parent)
        if entry is not None:
            effect = entry.effect if start == 0 else entry.below
            fields = {"value": name, "name": parent, "what_ja": entry.what.ja, "what_en": entry.what.en, "source": entry.source}
            yield Reason("indicators.well_known_domain", effect == "refuse", fields)
            return


def _url(value: str, own: Own, lists: WellKnown) -> Iterator[Reason]:
    parts = urls.parse(value)
    if parts is None:
        yield _refuse("indicators.not_an_indicator", {"value": value[:100]})
        return
    if parts.host_kind == "ip":
        yield from _address(parts.host, own, lists)
        return
    for reason in _domain(parts.host, own, lists):
        # One page of a well-known host may well be the attacker's; only the whole host must not be blocked for it.
        own_one = reason.code == "indicators.own_domain"
        whole = parts.path == "/" and reason.refuses
        yield reason if own_one or whole else _warn("indicators.page_of_well_known", reason.fields)


def _file(kind: Kind, value: str, lists: WellKnown) -> Iterator[Reason]:
    if value in _EMPTY:
        yield _refuse("indicators.hash_of_nothing", {"value": value})
    elif len(set(value)) == 1:
        yield _refuse("indicators.not_an_indicator", {"value": value[:100]})
    if kind is Kind.FILE_NAME and value in lists.file_names:
        yield _warn("indicators.common_file_name", {"value": value})
    if kind is Kind.REGISTRY and value.count("\\") < _SHALLOW_KEY:
        yield _refuse("indicators.registry_too_wide", {"value": value})
