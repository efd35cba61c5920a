"""Reads a device's configuration back: which indicators does it really block? "Blocked" is shown by this, not by an export."""

from __future__ import annotations

import ipaddress
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators import HASHES, Indicator, Kind, match_key, normalise
from sekisho.engines.detection.indicators.urls import parse as parse_url
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sekisho.engines.detection.indicators import Sighting

__all__ = ["Blocked", "Check", "check", "denied", "read_hash_list", "read_hosts", "read_rpz", "read_squid"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_REGEX: Final = 10_000
_SINKS: Final = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 - where a hosts file sends what it blocks
_RPZ_ACTIONS: Final = frozenset({".", "*.", "rpz-drop.", "rpz-tcp-only."})
_DENIED: Final = re.compile(r"(?i)(?:denied|deny|block|drop|reject|refus|nxdomain|遮断|拒否|ブロック|破棄)")


@dataclass(frozen=True, slots=True)
class Blocked:
    """What a configuration blocks. ``below``: names with all below them; ``exact``: names alone; ``urls`` in their compared form;
    ``patterns``: expressions that a URL is tried against. ``problems``: lines that could not be understood.
    """

    below: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    urls: frozenset[str] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()
    hashes: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    def covers(self, one: Indicator) -> bool:
        """Whether the configuration blocks all of what ``one`` stands for (a domain with what lies below it)."""
        if one.kind is Kind.DOMAIN:
            return self._name(one.value)
        if one.kind in {Kind.IP, Kind.NETWORK}:
            return self._network(one.value)
        if one.kind is Kind.URL:
            return self._url(one.value)
        return one.kind in HASHES and one.value in self.hashes

    def _name(self, name: str) -> bool:
        labels = name.split(".")
        return any(".".join(labels[at:]) in self.below for at in range(len(labels)))

    def _network(self, value: str) -> bool:
        network = ipaddress.ip_network(value)
        return any(
            known.version == network.version
            and int(known.network_address) <= int(network.network_address)
            and int(network.broadcast_address) <= int(known.broadcast_address)
            for known in self.networks
        )

    def _url(self, value: str) -> bool:
        parts = parse_url(value)
        if parts is None:
            return False
        host = self._name(parts.host) or parts.host in self.exact if parts.host_kind == "domain" else self._network(parts.host)
        return host or match_key(Kind.URL, value) in self.urls or any(one.search(parts.text) for one in self.patterns)


@dataclass(frozen=True, slots=True)
class Check:
    """Indicators that a configuration was seen to block, those it does not, those that only match exactly (no names below)."""

    shown: tuple[Indicator, ...]
    missing: tuple[Indicator, ...]
    exact_only: tuple[Indicator, ...] = field(default=())


def check(indicators: Iterable[Indicator], blocked: Blocked) -> Check:
    """Compare what should be blocked with what is."""
    shown, missing, exact = [], [], []
    for one in indicators:
        if blocked.covers(one):
            shown.append(one)
        elif one.kind is Kind.DOMAIN and one.value in blocked.exact:
            exact.append(one)
        else:
            missing.append(one)
    return Check(tuple(shown), tuple(missing), tuple(exact))


def read_squid(text: str, *, files: Mapping[str, str] | None = None, filename: str = "squid.conf") -> Blocked:
    """What ``http_access deny`` stops by ``dstdomain``, ``dst``, ``url_regex`` and ``urlpath``-free lists.

    ``files`` are the contents of files that lists name in quotes. A rule with several lists (all must hold) is not counted, nor
    one that stands behind ``http_access allow all``.
    """
    lists: dict[str, list[tuple[str, str]]] = {}
    denied_lists: list[str] = []
    problems: list[Problem] = []
    for row, line in enumerate(text.splitlines(), 1):
        try:
            words = shlex.split(line, comments=True, posix=True) if '"' in line else line.split("#", 1)[0].split()
        except ValueError:
            problems.append(Problem("threatintel.line_broken", {"line": line[:100]}, filename, row))
            continue
        if words[:1] == ["acl"] and len(words) >= 4:  # noqa: PLR2004 - acl name kind value
            values = _squid_values(words[3:], files or {}, problems, filename, row)
            lists.setdefault(words[1], []).extend((words[2], value) for value in values)
        elif words[:2] == ["http_access", "deny"] and len(words) == 3:  # noqa: PLR2004 - one list only
            denied_lists.append(words[2])
        elif words[:3] == ["http_access", "allow", "all"]:
            break
    return _squid_blocked([entry for name in denied_lists for entry in lists.get(name, [])], problems, filename)


def _squid_values(words: list[str], files: Mapping[str, str], problems: list[Problem], filename: str, row: int) -> list[str]:
    values: list[str] = []
    for word in words:
        if word.startswith("-"):
            continue
        if word.startswith("/") and ("/" in word[1:] or word in files):
            if word in files:
                values += [line.split("#", 1)[0].strip() for line in files[word].splitlines() if line.split("#", 1)[0].strip()]
            else:
                problems.append(Problem("threatintel.file_not_given", {"name": word[:200]}, filename, row))
        else:
            values.append(word)
    return values


def _squid_blocked(entries: list[tuple[str, str]], problems: list[Problem], filename: str) -> Blocked:
    below: set[str] = set()
    exact: set[str] = set()
    networks: list[Network] = []
    patterns: list[re.Pattern[str]] = []
    for kind, value in entries:
        name = normalise(Kind.DOMAIN, value)
        if kind == "dstdomain" and name is not None:
            (below if value.startswith(".") else exact).add(name)
        elif kind == "dst" and (network := _as_network(value)) is not None:
            networks.append(network)
        elif kind == "url_regex" and len(patterns) < _MOST_REGEX and len(value) < 5_000:  # noqa: PLR2004 - of a URL
            try:
                patterns.append(re.compile(value))
            except re.error:
                problems.append(Problem("threatintel.line_broken", {"line": value[:100]}, filename))
    return Blocked(frozenset(below), frozenset(exact), tuple(networks), patterns=tuple(patterns), problems=tuple(problems))


def _as_network(value: str) -> Network | None:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def read_rpz(text: str, *, filename: str = "rpz.zone") -> Blocked:
    """What a response policy zone in text form stops. ``rpz-passthru`` stops nothing; a name without ``*.`` stops only itself.

    Raises InputError ``threatintel.not_zone`` when there is no SOA record: a file that a name server would not load.
    """
    if not re.search(r"(?i)\bSOA\b", text):
        raise InputError("threatintel.not_zone", file=filename)
    origin = ""
    exact: set[str] = set()
    stars: set[str] = set()
    passed: set[str] = set()
    networks: list[Network] = []
    for line in text.splitlines():
        words = line.split(";", 1)[0].split()
        if words[:1] == ["$ORIGIN"] and len(words) > 1:
            origin = words[1].lower()
        at = next((place for place, word in enumerate(words) if word.upper() == "CNAME"), None)
        if not at or at + 1 >= len(words):
            continue
        owner, target = words[0].lower(), words[at + 1].lower()
        owner = owner.removesuffix(f".{origin}") if owner.endswith(".") and origin else owner
        if target == "rpz-passthru.":
            passed.add(owner.removeprefix("*."))
        elif target in _RPZ_ACTIONS or target.startswith("rpz-"):
            if owner.endswith(".rpz-ip"):
                network = _rpz_network(owner.removesuffix(".rpz-ip"))
                networks += [network] if network is not None else []
            elif (name := normalise(Kind.DOMAIN, owner)) is not None:
                (stars if owner.startswith("*.") else exact).add(name)
    below = {name for name in stars & exact if name not in passed}
    return Blocked(frozenset(below), frozenset(exact - below - passed), tuple(networks))


def _rpz_network(owner: str) -> Network | None:
    bits, *rest = owner.split(".")
    words = list(reversed(rest))
    address = ".".join(words) if len(words) == 4 and "zz" not in words else ":".join(words).replace("zz", "", 1)  # noqa: PLR2004 - IPv4
    if "zz" in words and words[0] == "zz":
        address = ":" + address
    if "zz" in words and words[-1] == "zz":
        address += ":"
    return _as_network(f"{address}/{bits}")


def read_hosts(text: str) -> Blocked:
    """What a hosts file sends nowhere: exactly the names that stand in it."""
    exact = set()
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if len(words) > 1 and words[0] in _SINKS:
            exact |= {name for word in words[1:] if (name := normalise(Kind.DOMAIN, word)) is not None}
    return Blocked(exact=frozenset(exact))


def read_hash_list(text: str) -> Blocked:
    """Hashes of a list, one a line, whatever follows them."""
    found = set()
    for line in text.splitlines():
        words = re.split(r"[\s,;]+", line.split("#", 1)[0].strip(), maxsplit=1)
        for kind in (Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.SSDEEP):
            if words[0] and (value := normalise(kind, words[0])) is not None:
                found.add(value)
    return Blocked(hashes=frozenset(found))


def denied(sightings: Iterable[Sighting], outcomes: Mapping[tuple[str, int | None], str]) -> tuple[Indicator, ...]:
    """Indicators of which a log shows that a device refused them.

    ``outcomes`` says of records by (file, record id) what the device did (``TCP_DENIED/403``, ``action=block`` …).
    """
    return tuple(
        one.indicator
        for one in sightings
        if any(_DENIED.search(outcomes.get((place.file, place.record), "")) for place in one.places)
    )
