"""One place, wholly: its text, its findings, its problems. Used by every process that scans."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.leakscan.documents import Collection, Matcher, load
from sekisho.engines.leakscan.kinds import Kind, kind_of
from sekisho.engines.leakscan.options import Options
from sekisho.engines.leakscan.places.gathering import located
from sekisho.engines.leakscan.places.model import PlaceScan, Settings, record, record_of_match, shown, spooled
from sekisho.engines.leakscan.plugs import Recogniser
from sekisho.engines.leakscan.scanner import Scanner
from sekisho.engines.textract import Source, extract, from_path
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from sekisho.engines.textract import Piece

__all__ = ["Scanning", "prepared"]

_NAMES: Final = frozenset({Kind.PERSON_NAME, Kind.PERSON_KANA, Kind.POSTAL_ADDRESS})


class Scanning:
    """A scanner, the own documents, and the settings that made them."""

    def __init__(self, settings: Settings) -> None:
        """Raises InputError when kinds, rules or fingerprints cannot be used."""
        self.settings = settings
        kinds = frozenset(_kind(name) for name in settings.kinds)
        if not settings.names:
            kinds -= _NAMES
        own = None
        if settings.rules:
            from sekisho.engines.leakscan.own import read_own_rules  # noqa: PLC0415 - only with own rules

            own = read_own_rules(settings.rules, filename=settings.rules_name)
        recognisers = _names() if kinds & _NAMES else ()
        self.scanner = Scanner(
            Options(kinds=kinds, threshold=settings.threshold, key=settings.key, own=own, recognisers=recognisers)
        )
        wanted = Kind.OWN_DOCUMENT in kinds and settings.documents is not None
        self.documents: Collection | None = load(settings.documents, settings.key) if wanted and settings.documents else None

    def file(self, path: Path, name: str, spools: Path | None) -> PlaceScan:
        """Scan the file at ``path``, called ``name``; many findings go to a file in ``spools``."""
        try:
            return self.source(from_path(path), name, spools)
        except OSError as error:
            return unreadable(name, error)

    def source(self, source: Source, name: str, spools: Path | None) -> PlaceScan:
        """Scan any untrusted content."""
        settings = self.settings
        told = extract(source, limits=settings.limits, encoding=settings.encoding, name=name)
        result = PlaceScan(name, size=source.size or 0)
        result.findings, result.spool, kinds = spooled(self.records(told.pieces, name), spools)
        if result.spool is None:
            result.findings.sort(key=lambda one: (one["start"], one["end"]))
        result.kind, result.state, result.characters = told.kind, told.state, told.characters
        result.problems, result.notes, result.more_problems = told.problems, told.notes, told.more_problems
        result.kinds, result.count = dict(kinds), sum(kinds.values())
        return result

    def records(self, pieces: Iterator[Piece], name: str) -> Iterator[dict[str, Any]]:
        """The findings of pieces as plain JSON values; own documents last."""
        matcher = Matcher(self.documents) if self.documents is not None else None
        source = _watched(pieces, matcher) if matcher is not None else pieces
        for found in located(self.scanner, source):
            yield record(name, found)
        if matcher is not None:
            for match in matcher.finish():
                yield from record_of_match(name, match)


def _watched(pieces: Iterator[Piece], matcher: Matcher) -> Iterator[Piece]:
    for piece in pieces:
        matcher.feed(piece.text, piece.start)
        yield piece


def _kind(name: str) -> Kind:
    try:
        return kind_of(name)
    except KeyError as error:
        known = ", ".join(sorted(kind.label for kind in Kind))
        raise InputError("leakplaces.kind_unknown", kind=name, known=known) from error


def _names() -> tuple[Recogniser, ...]:
    from sekisho.engines.leakscan.names import NameRecogniser  # noqa: PLC0415 - large data, only where names are wanted

    return (NameRecogniser(),)


def unreadable(name: str, error: OSError) -> PlaceScan:
    """A place that could not be opened at all."""
    code = "leakplaces.denied" if isinstance(error, PermissionError) else "leakplaces.unreadable"
    return PlaceScan(name, state="unread", problems=[Problem(code, {}, shown(name))])


@lru_cache(maxsize=2)
def prepared(settings: Settings) -> Scanning:
    """The scanning of these settings, made once in a process."""
    return Scanning(settings)
