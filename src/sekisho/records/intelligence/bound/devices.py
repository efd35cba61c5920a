"""What a device's configuration, read back, stops."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators import Kind, match_key, recognise
from sekisho.engines.threatintel.readback import Blocked, check, read_hash_list, read_hosts, read_rpz, read_squid
from sekisho.records.intelligence.bound.values import as_indicators
from sekisho.records.intelligence.rules.blocking import BLOCKABLE

if TYPE_CHECKING:
    from sekisho.records.intelligence.models import Ioc

__all__ = ["held"]

_COMMENT: Final = re.compile(r"^\s*(?:#|;|//|--|REM\b)", re.IGNORECASE)
_SPLIT: Final = re.compile(r"[\s,;|\"'()<>=]+")
_ALLOW: Final = re.compile(r"(?<![A-Za-z-])(?:permit|allow(?:ed)?|accept|passthru|whitelist|許可)(?![A-Za-z-])", re.IGNORECASE)
_MOST_LINES: Final = 2_000_000
_LONGEST_LINE: Final = 10_000
_SHORTEST: Final = 4  # no address, name or hash is shorter


def held(rows: Sequence[Ioc], form: str, text: str, *, filename: str) -> set[str]:
    """The ids (as text) of those rows that a configuration stops wholly. ``form``: one of ``rules.blocking.READ_BACK``.

    Raises InputError of the engine for what is no configuration of that form.
    """
    indicators = as_indicators(rows)
    shown = {id(one) for one in check(indicators, _blocked(form, text, filename=filename)).shown}
    return {str(row.pk) for row, one in zip(rows, indicators, strict=True) if id(one) in shown}


def _blocked(form: str, text: str, *, filename: str) -> Blocked:
    if form == "squid":
        return read_squid(text, filename=filename)
    if form == "rpz":
        return read_rpz(text, filename=filename)
    if form == "hosts":
        return read_hosts(text)
    if form == "hashes":
        return read_hash_list(text)
    names, networks, addresses, hashes = set(), set(), set(), set()
    for kind, value in _entries(text):
        if kind is Kind.DOMAIN:
            names.add(value)
        elif kind in {Kind.IP, Kind.NETWORK}:
            networks.add(value)
        elif kind is Kind.URL:
            addresses.add(match_key(kind, value))
        else:
            hashes.add(value)
    return Blocked(
        below=frozenset(names),
        networks=tuple(ipaddress.ip_network(one) for one in sorted(networks)),
        urls=frozenset(addresses),
        hashes=frozenset(hashes),
    )


def _entries(text: str) -> Iterator[tuple[Kind, str]]:
    """What a table or a plain list names. Lines that are comments or allow something stop nothing."""
    for number, line in enumerate(text.splitlines()):
        if number >= _MOST_LINES:
            return
        if len(line) > _LONGEST_LINE or _COMMENT.match(line) or _ALLOW.search(line):
            continue
        for word in _SPLIT.split(line.split(" #", 1)[0]):
            plain = word.strip(".*").removeprefix("*.")
            found = recognise(plain) if len(plain) >= _SHORTEST else None
            if found is not None and found[0].value in BLOCKABLE:
                yield found
