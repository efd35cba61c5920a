"""Which column of a batch holds what: by its name, else by a look at its values."""

# ruff: noqa: PLR2004 - lengths of texts
from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.indicators.lookup import Role
from sekisho.engines.detection.indicators.model import HASHES, Kind
from sekisho.engines.detection.indicators.normalise import recognise
from sekisho.engines.detection.indicators.wellknown import columns, fold
from sekisho.engines.events.model import SYSTEM_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Columns", "named_role", "sniff"]

_SAMPLE: Final = 256
_SHARE: Final = 0.6
_ENOUGH: Final = 32  # different values after which "holds none" is believed
_MOST_TRIES: Final = 100  # batches
_ROLES: Final = {
    Kind.IP: Role.IP, Kind.NETWORK: Role.IP, Kind.DOMAIN: Role.HOST, Kind.URL: Role.URL, Kind.EMAIL: Role.EMAIL,
    Kind.SSDEEP: Role.SSDEEP, Kind.FILE_NAME: Role.FILE, Kind.FILE_PATH: Role.FILE, Kind.REGISTRY: Role.REGISTRY,
    Kind.IMPHASH: Role.IMPHASH, **dict.fromkeys(HASHES - {Kind.SSDEEP, Kind.IMPHASH}, Role.HASH),
}  # fmt: skip
_LIST_OF_HASHES: Final = re.compile(r"(?i)(?:md5|sha1|sha256|imphash)=[0-9a-f]{32}")


def named_role(name: str) -> Role | None:
    """The role that a field's name says, whole or its last part (``destination.ip``, ``id.resp_h``, ``EventData.Image``)."""
    known, _ = columns()
    for part in (name, name.rpartition(".")[2], name.rpartition("/")[2]):
        role = known.get(fold(part))
        if role is not None:
            return Role(role)
    return None


def never(name: str) -> bool:
    """Whether a field of this name is not looked at."""
    _, kept_out = columns()
    return name in SYSTEM_COLUMNS or fold(name) in kept_out or fold(name.rpartition(".")[2]) in kept_out


def sniff(values: Iterable[str]) -> Role | None:
    """The role that most of ``values`` have; None when there is none, or they are too mixed."""
    found: Counter[Role] = Counter()
    count = 0
    for value in values:
        count += 1
        if _LIST_OF_HASHES.search(value):
            found[Role.HASHES] += 1
        elif len(value) <= 2_048 and (result := recognise(value)) is not None:
            found[_ROLES[result[0]]] += 1
    if not found:
        return None
    if (names := found[Role.IP] + found[Role.HOST]) >= _SHARE * count:
        return Role.IP if found[Role.IP] > found[Role.HOST] else Role.HOST
    role, number = found.most_common(1)[0]
    if role is Role.URL or found[Role.URL]:
        number, role = found[Role.URL] + names, Role.URL
    return role if number >= _SHARE * count else None


class Columns:
    """Roles of columns by source and channel: decided once and remembered.

    ``given`` are roles by the column's name that somebody fixed (None: not looked at); they come first.
    """

    def __init__(self, given: Mapping[str, Role | None] | None = None, *, text: bool = True) -> None:
        """``text``: whether running text (command lines, messages) is searched, too; it is the slowest part."""
        self._given = dict(given or {})
        self._text = text
        self._known: dict[tuple[str, str], Role | None] = {}
        self._tries: dict[tuple[str, str], int] = {}

    def role(self, source: str, name: str, column: Any) -> Role | None:
        """The role of ``column`` (Arrow, chunked) of ``source``; None when it is not to be looked at."""
        if name in self._given:
            return self._given[name]
        key = (source, name)
        if key not in self._known:
            if never(name):
                self._known[key] = None
            elif (role := named_role(name)) is not None:
                self._known[key] = role if self._text or role is not Role.TEXT else None
            else:
                return self._by_values(key, column)
        return self._known[key]

    def _by_values(self, key: tuple[str, str], column: Any) -> Role | None:
        """The role that the values say. "None" is remembered only after many different ones: a batch may hold dashes only."""
        sample = [value for value in column.slice(0, 65_536).unique().to_pylist() if value and value != "-"][:_SAMPLE]
        role = sniff(sample)
        self._tries[key] = self._tries.get(key, 0) + 1
        if role is not None or len(sample) >= _ENOUGH or self._tries[key] > _MOST_TRIES:
            self._known[key] = role
        return role

    def decided(self) -> dict[str, dict[str, str]]:
        """What was decided: source → column → role, ``""`` for columns that were not looked at; for the explanation of a run."""
        result: dict[str, dict[str, str]] = {}
        looked = {key: None for key in self._tries if key not in self._known}
        for (source, name), role in sorted({**looked, **self._known}.items()):
            if name not in SYSTEM_COLUMNS:
                result.setdefault(source, {})[name] = "" if role is None else role.value
        return result
