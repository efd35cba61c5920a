"""What was scanned before and what it gave: one SQLite file, so that a second run reads only what changed.

A file counts as unchanged when size, times, inode and device are the same, or else when its content has the same hash; and when
it was scanned under the same settings. After an interruption the next run goes on where the last one stopped: every file is
there wholly or not at all.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from sekisho.engines.leakscan.places.model import PlaceScan, State, spooled
from sekisho.errors import InputError, Problem, Unavailable

if TYPE_CHECKING:
    from sekisho.engines.leakscan.places.folders import Candidate

__all__ = ["FORMAT", "Index", "hash_of"]

FORMAT: Final = "sekisho.leakscan-index/1"
_SCHEMA: Final = """
CREATE TABLE parameter (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE place (
  id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, settings TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
  changed INTEGER NOT NULL, inode INTEGER NOT NULL, device INTEGER NOT NULL, sha256 TEXT NOT NULL, scan TEXT NOT NULL
);
CREATE TABLE finding (place INTEGER NOT NULL REFERENCES place ON DELETE CASCADE, value TEXT NOT NULL);
CREATE INDEX finding_place ON finding (place);
"""
_BLOCK: Final = 1 << 20
_SIGNED: Final = 1 << 63


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hex. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _key(path: Path) -> bytes:
    return bytes(path.absolute())


class Index:
    """The index in one file; made if it does not exist. Close it, or use it as a context manager."""

    def __init__(self, path: Path, settings: str) -> None:
        """``settings``: digest of what is looked for.

        Raises:
            InputError: ``leakplaces.index_unusable``: the file is no index, or of another version.
            Unavailable: ``leakplaces.index_busy``: another run uses it.
        """
        self.path = path
        self._settings = settings
        self._seen: set[bytes] = set()
        new = not path.exists() or not path.stat().st_size
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        try:
            self._database = sqlite3.connect(path, timeout=1, isolation_level=None)
            self._open(new=new)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Unavailable("leakplaces.index_busy", file=path.name) from error
            raise self._unusable() from error
        except sqlite3.Error as error:
            raise self._unusable() from error

    def _open(self, *, new: bool) -> None:
        self._database.execute("PRAGMA foreign_keys = ON")
        if new:
            self._database.executescript(f"BEGIN;{_SCHEMA}")
            self._database.execute("INSERT INTO parameter VALUES ('format', ?)", (FORMAT,))
            self._database.execute("COMMIT")
        found = self._database.execute("SELECT value FROM parameter WHERE name = 'format'").fetchone()
        if found is None or found[0] != FORMAT:
            self._database.close()
            raise self._unusable()
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("BEGIN IMMEDIATE")

    def _unusable(self) -> InputError:
        problem = Problem("leakplaces.index_expected", {"expected": FORMAT}, str(self.path))
        return InputError("leakplaces.index_unusable", problems=(problem,), file=self.path.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def files(self) -> frozenset[Path]:
        """The index's own files, which no scan looks at."""
        base = self.path.absolute()
        return frozenset({base, *(base.with_name(base.name + end) for end in ("-wal", "-shm", "-journal"))})

    def unchanged(self, candidate: Candidate, spools: Path) -> PlaceScan | None:
        """What an earlier scan of the same content gave (many findings: in a file in ``spools``); None if it must be scanned."""
        key = _key(candidate.path)
        self._seen.add(key)
        row = self._database.execute(
            "SELECT id, settings, size, modified, changed, inode, device, sha256, scan FROM place WHERE path = ?", (key,)
        ).fetchone()
        if row is None or row[1] != self._settings or row[2] != candidate.size:
            return None
        if tuple(row[3:7]) != _identity(candidate):
            with suppress(OSError):
                if not row[7] or hash_of(candidate.path) != row[7]:
                    return None
                self._database.execute(
                    "UPDATE place SET modified = ?, changed = ?, inode = ?, device = ? WHERE id = ?",
                    (*_identity(candidate), row[0]),
                )
                return self._kept(int(row[0]), row[8], candidate.name, spools)
            return None
        return self._kept(int(row[0]), row[8], candidate.name, spools)

    def _kept(self, place: int, scan: str, name: str, spools: Path) -> PlaceScan:
        kept = msgspec.json.decode(scan, type=_Kept)
        values = (dict(msgspec.json.decode(value), path=name) for value in self._values(place))
        findings, spool, count = spooled(values, spools)
        return PlaceScan(
            name, kept.kind, kept.state, kept.size, kept.characters, findings, spool, sum(count.values()), kept.kinds,
            [_problem(p) for p in kept.problems], [_problem(p) for p in kept.notes], kept.more_problems, unchanged=True,
        )  # fmt: skip

    def _values(self, place: int) -> Iterable[str]:
        return (row[0] for row in self._database.execute("SELECT value FROM finding WHERE place = ? ORDER BY rowid", (place,)))

    def keep(self, candidate: Candidate, scan: PlaceScan, sha256: str) -> None:
        """Remember one scan; a place that could not be read at all is tried again next time."""
        key = _key(candidate.path)
        self._database.execute("DELETE FROM place WHERE path = ?", (key,))
        if scan.state == "unread" and not scan.kind:
            return
        kept = _Kept(scan.kind, scan.state, scan.size, scan.characters, scan.kinds, [p.as_dict() for p in scan.problems],
                     [p.as_dict() for p in scan.notes], scan.more_problems)  # fmt: skip
        row = (key, self._settings, candidate.size, *_identity(candidate), sha256, msgspec.json.encode(kept).decode())
        made = self._database.execute(
            "INSERT INTO place (path, settings, size, modified, changed, inode, device, sha256, scan)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        values = ((made.lastrowid, msgspec.json.encode(one).decode()) for one in scan.each())
        self._database.executemany("INSERT INTO finding VALUES (?, ?)", values)

    def commit(self) -> None:
        """Make everything so far last."""
        self._database.execute("COMMIT")
        self._database.execute("BEGIN IMMEDIATE")

    def forget_others(self, roots: Iterable[Path]) -> int:
        """Forget what stood below ``roots`` and was not there in this run; returns how many."""
        gone = 0
        for root in roots:
            base = _key(root)
            for (key,) in list(self._database.execute("SELECT path FROM place")):
                if (key == base or key.startswith(base.rstrip(b"/") + b"/")) and key not in self._seen:
                    self._database.execute("DELETE FROM place WHERE path = ?", (key,))
                    gone += 1
        return gone

    def close(self) -> None:
        """Keep everything and close."""
        with suppress(sqlite3.Error):
            self._database.execute("COMMIT")
        self._database.close()


class _Kept(msgspec.Struct, frozen=True):
    """A scan without its findings."""

    kind: str
    state: State
    size: int
    characters: int
    kinds: dict[str, int]
    problems: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    more_problems: int


def _problem(value: dict[str, Any]) -> Problem:
    return Problem(value["code"], value["fields"], value["file"], value["row"], value["column"])


def _identity(candidate: Candidate) -> tuple[int, int, int, int]:
    """Times, inode and device as numbers that SQLite holds."""
    numbers = (candidate.modified, candidate.changed, candidate.inode, candidate.device)
    a, b, c, d = (number - (1 << 64) if number >= _SIGNED else number for number in numbers)
    return a, b, c, d
