"""What a leak scan of places is told and what it tells; everything can be handed to other processes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from sekisho.engines.leakscan.kinds import OPTIONAL, Kind
from sekisho.engines.leakscan.options import DEFAULT_THRESHOLD
from sekisho.engines.textract import Limits
from sekisho.engines.textract.headers import showable
from sekisho.engines.unpacking import printable

if TYPE_CHECKING:
    from sekisho.engines.leakscan.documents import Match
    from sekisho.engines.leakscan.places.gathering import Located
    from sekisho.errors import Problem

__all__ = [
    "DEFAULT_KINDS", "ENGINE", "ENGINE_VERSION", "INLINE", "PlaceScan", "Settings", "State", "Summary", "record",
    "record_of_match", "shown", "spooled",
]  # fmt: skip

ENGINE: Final = "leakscan"
ENGINE_VERSION: Final = "1.0.0"
DEFAULT_KINDS: Final = tuple(sorted(kind.label for kind in Kind if kind not in OPTIONAL))
INLINE: Final = 5_000
"""Findings of one place that stay in memory."""
State = Literal["read", "partly", "unread"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is looked for and how.

    ``kinds``: names of kinds; ``threshold``: least score, 0–1; ``names``: personal names and addresses too; ``rules``: the
    organisation's own rules (YAML, with ``rules_name`` for its errors); ``key``: secret of the fingerprints of values, and of own
    documents; ``documents``: file with fingerprints of own documents; ``encoding``: of text that says none itself.
    """

    kinds: tuple[str, ...] = DEFAULT_KINDS
    threshold: float = DEFAULT_THRESHOLD
    names: bool = True
    rules: bytes = field(default=b"", repr=False)
    rules_name: str = ""
    key: bytes = field(default=b"", repr=False)
    documents: Path | None = None
    encoding: str = ""
    limits: Limits = field(default_factory=Limits)

    def digest(self) -> str:
        """Equal for equal findings: what was scanned under another digest is scanned again. Gives nothing of the key away."""
        documents = hashlib.sha256(self.documents.read_bytes()).hexdigest() if self.documents else ""
        parts = (
            ENGINE_VERSION, *sorted(self.kinds), repr(self.threshold), str(self.names), hashlib.sha256(self.rules).hexdigest(),
            documents, hashlib.blake2b(b"settings", key=hashlib.sha256(self.key).digest()).hexdigest(), self.encoding,
            repr(self.limits),
        )  # fmt: skip
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def shown(path: str | Path) -> str:
    r"""A path as text that can always be written: bytes that are no UTF-8 as ``\xNN``, nothing that could steer a terminal."""
    text = str(path)
    safe = "".join(f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)  # noqa: PLR2004 - surrogate escapes
    return printable(safe) if not safe.isprintable() else safe


def record(path: str, found: Located) -> dict[str, Any]:
    """One finding as plain JSON values. Nothing in it gives the value back; for マイナンバー there is only the place."""
    one = found.finding
    location = found.place.as_dict()
    if found.rows is not None and found.column < len(found.rows.header):
        heading = found.rows.header[found.column]
        if showable(heading):
            location["heading"] = heading
    value: dict[str, Any] = {
        "type": one.type,
        "path": path,
        "start": found.start,
        "end": found.end,
        "score": one.score,
        "reasons": list(one.reasons),
    }
    more = {
        "location": location,
        "excerpt": one.excerpt,
        "fingerprint": one.fingerprint,
        "rule": one.rule,
        "alternatives": list(one.alternatives),
    }
    return value | {name: told for name, told in more.items() if told}


def record_of_match(path: str, match: Match) -> Iterator[dict[str, Any]]:
    """The findings of one own document that a text repeats: one for each passage."""
    for passage in match.passages:
        yield {
            "type": Kind.OWN_DOCUMENT.label,
            "path": path,
            "start": passage.start,
            "end": passage.end,
            "score": 1.0 if match.exact else round(passage.score, 3),
            "reasons": ["whole_document" if match.exact else "copied_passage"],
            "document": match.document,
            "share": match.share,
        }


@dataclass(slots=True)
class PlaceScan:
    """What became of one place (a file, a table, an object).

    ``findings``: the first ones; further ones in ``spool`` (JSON lines); ``unchanged``: taken over from the index.
    """

    path: str
    kind: str = ""
    state: State = "read"
    size: int = 0
    characters: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    spool: Path | None = None
    count: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    more_problems: int = 0
    unchanged: bool = False

    def each(self) -> Iterator[dict[str, Any]]:
        """All findings."""
        yield from self.findings
        if self.spool is not None:
            with self.spool.open("rb") as file:
                for line in file:
                    yield msgspec.json.decode(line)

    def dispose(self) -> None:
        """Remove the spool."""
        if self.spool is not None:
            self.spool.unlink(missing_ok=True)


@dataclass(slots=True)
class Summary:
    """Totals of a run."""

    read: int = 0
    partly: int = 0
    unread: int = 0
    unchanged: int = 0
    excluded: int = 0
    links: int = 0
    characters: int = 0
    size: int = 0
    findings: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    by_place: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, scan: PlaceScan) -> None:
        """Count one place."""
        if scan.state == "read":
            self.read += 1
        elif scan.state == "partly":
            self.partly += 1
        else:
            self.unread += 1
        self.unchanged += scan.unchanged
        self.characters += scan.characters
        self.size += scan.size
        self.findings += scan.count
        self.kinds.update(scan.kinds)
        if scan.count:
            self.places[scan.path] += scan.count
            self.by_place[scan.path] = dict(scan.kinds)

    @property
    def looked_at(self) -> int:
        """Places that there were."""
        return self.read + self.partly + self.unread

    @property
    def coverage(self) -> float | None:
        """Share of the places that were read wholly (0–1); None when there were none."""
        return self.read / self.looked_at if self.looked_at else None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; places with findings are counted, not listed."""
        return {
            "places": self.looked_at,
            "read": self.read,
            "partly": self.partly,
            "unread": self.unread,
            "unchanged": self.unchanged,
            "excluded": self.excluded,
            "links_not_followed": self.links,
            "bytes": self.size,
            "characters": self.characters,
            "coverage": round(self.coverage, 4) if self.coverage is not None else None,
            "findings": self.findings,
            "kinds": dict(sorted(self.kinds.items())),
            "places_with_findings": len(self.places),
        }


def spooled(values: Iterable[dict[str, Any]], folder: Path | None) -> tuple[list[dict[str, Any]], Path | None, Counter[str]]:
    """Findings: the first :data:`INLINE` in memory, the rest in a file in ``folder`` (without one, all); counts by type."""
    kept: list[dict[str, Any]] = []
    kinds: Counter[str] = Counter()
    path: Path | None = None
    with ExitStack() as stack:
        spool: Any = None
        for one in values:
            kinds[one["type"]] += 1
            if len(kept) < INLINE or folder is None:
                kept.append(one)
                continue
            if spool is None:
                handle, name = tempfile.mkstemp(dir=folder, prefix="findings-", suffix=".jsonl")
                spool = stack.enter_context(os.fdopen(handle, "wb"))
                path = Path(name)
            spool.write(msgspec.json.encode(one) + b"\n")
    return kept, path, kinds
