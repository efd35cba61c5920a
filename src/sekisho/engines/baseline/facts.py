"""Facts: what was read on a host, from where, and what could not be read.

A fact is a value under a dotted key (``sshd.option.permitrootlogin``). Its status says how it came out; a file that does not
exist is a fact too (*absent*), a file that we may not read is not (*denied*). Secrets (password hashes, community strings, keys)
never become part of a fact, and neither does a hash of a file that holds them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

__all__ = ["SCHEMA", "Fact", "FactStatus", "Facts", "FactsBuilder", "Source"]

SCHEMA: Final = "sekisho.baseline-facts/1"


class FactStatus(StrEnum):
    """How a fact came out."""

    READABLE = "readable"
    ABSENT = "absent"
    DENIED = "denied"
    UNPARSABLE = "unparsable"
    NOT_LIVE = "not_live"  # only a running system knows it, and this is one at rest


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a fact was read: ``path`` inside the root (or the name of a command), first ``line`` that decided, ``sha256`` of the
    file as read (never of a file that holds secrets).
    """

    path: str
    line: int | None = None
    sha256: str = ""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact. ``value`` is plain JSON; ``volatile`` facts change by themselves and never count as drift."""

    status: FactStatus
    value: Any = None
    sources: tuple[Source, ...] = ()
    volatile: bool = False


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All facts of one host. ``live`` is false for a mounted system or an image; ``container`` when the host is one."""

    schema: str = SCHEMA
    platform: str
    hostname: str
    root: str
    live: bool
    container: bool
    privileged: bool
    facts: dict[str, Fact]

    def get(self, key: str) -> Fact | None:
        """The fact under ``key``, if any collector tried to read it."""
        return self.facts.get(key)

    def value(self, key: str, default: Any = None) -> Any:
        """The value under ``key`` if it could be read, else ``default``."""
        fact = self.facts.get(key)
        return fact.value if fact is not None and fact.status is FactStatus.READABLE else default


class FactsBuilder:
    """Gathers facts while collectors run."""

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}

    def add(self, key: str, value: Any, *sources: Source, volatile: bool = False) -> None:
        """A fact that was read."""
        self.facts[key] = Fact(status=FactStatus.READABLE, value=value, sources=sources, volatile=volatile)

    def miss(self, key: str, status: FactStatus, *sources: Source) -> None:
        """A fact that could not be read, or that does not exist."""
        self.facts[key] = Fact(status=status, sources=sources)

    def value(self, key: str, default: Any = None) -> Any:
        """The value of a fact read before, else ``default``."""
        fact = self.facts.get(key)
        return fact.value if fact is not None and fact.status is FactStatus.READABLE else default
