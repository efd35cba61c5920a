"""Indicators of compromise as values: what kind, in which normal form, until when, in which direction, from whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

__all__ = ["HASHES", "HASH_LENGTHS", "Direction", "Indicator", "Kind", "Tlp"]


class Kind(StrEnum):
    """What an indicator is. The value of each kind has one normal form (:mod:`.normalise`)."""

    IP = "ip"
    NETWORK = "network"
    DOMAIN = "domain"
    URL = "url"
    EMAIL = "email"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    IMPHASH = "imphash"
    SSDEEP = "ssdeep"
    FILE_NAME = "file_name"
    FILE_PATH = "file_path"
    REGISTRY = "registry"


HASH_LENGTHS: Final = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256, 128: Kind.SHA512}
HASHES: Final = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.IMPHASH, Kind.SSDEEP})


class Direction(StrEnum):
    """Which traffic is to be stopped: from inside out (内→外), from outside in (外→内), or both."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    BOTH = "both"


class Tlp(StrEnum):
    """Labels of the Traffic Light Protocol 2.0 (FIRST, 2022)."""

    RED = "red"
    AMBER_STRICT = "amber+strict"
    AMBER = "amber"
    GREEN = "green"
    CLEAR = "clear"


class Indicator(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One indicator.

    ``value`` is in normal form, ``original`` as the source wrote it. ``active_from`` and ``active_until`` say when the
    attacker used it, ``expires`` until when it is blocked and searched (both UTC; None: not said). ``confidence`` is
    0–100 as in STIX 2.1, None where the source says nothing; ``block`` is False for what the source gives as context only
    (MISP's ``to_ids``). ``tlp`` None means that the source has no label; what that allows is decided in
    :mod:`sekisho.engines.threatintel.tlp`.
    """

    kind: Kind
    value: str
    original: str = ""
    direction: Direction = Direction.BOTH
    active_from: datetime | None = None
    active_until: datetime | None = None
    expires: datetime | None = None
    tlp: Tlp | None = None
    source: str = ""
    reference: str = ""
    confidence: int | None = None
    title: str = ""
    labels: tuple[str, ...] = ()
    block: bool = True

    @property
    def key(self) -> str:
        """Kind and value: the same for the same indicator whoever reports it."""
        return f"{self.kind.value}:{self.value}"

    def expired(self, now: datetime) -> bool:
        """Whether it is no longer to be blocked and searched at ``now``."""
        return self.expires is not None and self.expires <= now

    def active(self, moment: datetime) -> bool:
        """Whether ``moment`` lies in the period in which the attacker used it; an open side is without limit."""
        return (self.active_from is None or self.active_from <= moment) and (
            self.active_until is None or moment <= self.active_until
        )
