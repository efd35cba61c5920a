"""The exact comparison: which indicators one value of a log holds."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators import files, hosts, urls
from sekisho.engines.detection.indicators.extract import extract
from sekisho.engines.detection.indicators.model import HASHES, Indicator, Kind
from sekisho.engines.detection.indicators.normalise import match_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Lookup", "Role"]


class Role(StrEnum):
    """What the values of a column are."""

    IP = "ip"
    HOST = "host"
    URL = "url"
    HASH = "hash"
    IMPHASH = "imphash"
    HASHES = "hashes"  # a list such as Sysmon's MD5=…,SHA256=…,IMPHASH=…
    SSDEEP = "ssdeep"
    EMAIL = "email"
    FILE = "file"
    REGISTRY = "registry"
    TEXT = "text"  # running text such as a command line


_LIST: Final = re.compile(r"[,;|\s]+")


class Lookup:
    """Indicators by what is compared. Positions are indices into :attr:`indicators`."""

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        """``indicators`` in normal form (:func:`.normalise.normalise`); repeats are all kept."""
        self.indicators: list[Indicator] = []
        self.exact: dict[Kind, dict[str, int | tuple[int, ...]]] = {kind: {} for kind in Kind}
        self.networks: dict[int, dict[int, dict[int, tuple[int, ...]]]] = {4: {}, 6: {}}
        self._finders: dict[Role, Callable[[str], Iterator[int]]] = {
            Role.IP: self._host, Role.HOST: self._host, Role.URL: self._url, Role.HASH: self._hash,
            Role.IMPHASH: self._imphash, Role.HASHES: self._hashes, Role.SSDEEP: self._ssdeep, Role.EMAIL: self._email,
            Role.FILE: self._file, Role.REGISTRY: self._registry, Role.TEXT: self._text,
        }  # fmt: skip
        for indicator in indicators:
            position = len(self.indicators)
            self.indicators.append(indicator)
            if indicator.kind is Kind.NETWORK:
                self._add_network(indicator.value, position)
                continue
            known = self.exact[indicator.kind]
            key = match_key(indicator.kind, indicator.value)
            present = known.get(key)
            if present is None:
                known[key] = position
            else:
                known[key] = (*(present if isinstance(present, tuple) else (present,)), position)

    def _add_network(self, value: str, position: int) -> None:
        found = ipaddress.ip_network(value)
        of_length = self.networks[found.version].setdefault(found.prefixlen, {})
        start = int(found.network_address)
        of_length[start] = (*of_length.get(start, ()), position)

    def _at(self, kind: Kind, key: str) -> tuple[int, ...]:
        found = self.exact[kind].get(key)
        if found is None:
            return ()
        return found if isinstance(found, tuple) else (found,)

    def positions(self, role: Role, value: str) -> tuple[int, ...]:
        """Positions of the indicators that ``value`` holds, each once, in order."""
        return tuple(sorted(set(self._finders[role](value))))

    def _address(self, address: str) -> Iterator[int]:
        yield from self._at(Kind.IP, address)
        parsed = ipaddress.ip_address(address)
        number, width = int(parsed), parsed.max_prefixlen
        for length, known in self.networks[parsed.version].items():
            yield from known.get(number >> (width - length) << (width - length), ())

    def _name(self, name: str) -> Iterator[int]:
        known = self.exact[Kind.DOMAIN]
        if not known:
            return
        labels = name.split(".")
        for start in range(len(labels) - 1):
            yield from self._at(Kind.DOMAIN, ".".join(labels[start:]))

    def _host(self, text: str) -> Iterator[int]:
        found = hosts.host(text)
        if found is not None:
            yield from self._address(found[1]) if found[0] == "ip" else self._name(found[1])

    def _url(self, text: str) -> Iterator[int]:
        parts = urls.parse(text)
        if parts is None:
            yield from self._host(text)
            return
        yield from self._at(Kind.URL, parts.key)
        yield from self._address(parts.host) if parts.host_kind == "ip" else self._name(parts.host)

    def _hash(self, text: str) -> Iterator[int]:
        value = files.hash_value(text)
        kind = None if value is None else files.hash_kind(value)
        if value is not None and kind is not None:
            yield from self._at(kind, value)

    def _imphash(self, text: str) -> Iterator[int]:
        value = files.hash_value(text)
        if value is not None:
            yield from self._at(Kind.IMPHASH, value)

    def _hashes(self, text: str) -> Iterator[int]:
        for part in _LIST.split(text):
            if part.lower().startswith("imphash"):
                yield from self._imphash(part)
            else:
                yield from self._hash(part)

    def _ssdeep(self, text: str) -> Iterator[int]:
        value = files.ssdeep(text)
        if value is not None:
            yield from self._at(Kind.SSDEEP, value)

    def _email(self, text: str) -> Iterator[int]:
        for part in re.split(r"[,;]\s*", text):
            value = files.email(part)
            if value is not None:
                yield from self._at(Kind.EMAIL, value)
                yield from self._name(value.rpartition("@")[2])

    def _file(self, text: str) -> Iterator[int]:
        if text[:9].lower() == "\\registry" or text[:2].lower() == "hk":  # an object's name may be that of a key
            yield from self._registry(text)
        path = files.file_path(text)
        if path is not None:
            yield from self._at(Kind.FILE_PATH, path)
        name = files.file_name(files.base_name(text.strip().strip("\"'")))
        if name is not None:
            yield from self._at(Kind.FILE_NAME, name)

    def _registry(self, text: str) -> Iterator[int]:
        key = files.registry(text)
        for parent in files.registry_parents(key) if key else ():
            yield from self._at(Kind.REGISTRY, parent)

    def _text(self, text: str) -> Iterator[int]:
        for found in extract(text):
            role = _ROLE_OF[found.kind]
            yield from self._finders[role](found.value)


_ROLE_OF: Final = {
    Kind.IP: Role.IP, Kind.NETWORK: Role.IP, Kind.DOMAIN: Role.HOST, Kind.URL: Role.URL, Kind.EMAIL: Role.EMAIL,
    Kind.SSDEEP: Role.SSDEEP, Kind.FILE_NAME: Role.FILE, Kind.FILE_PATH: Role.FILE, Kind.REGISTRY: Role.REGISTRY,
    **dict.fromkeys(HASHES - {Kind.SSDEEP, Kind.IMPHASH}, Role.HASH), Kind.IMPHASH: Role.IMPHASH,
}  # fmt: skip
