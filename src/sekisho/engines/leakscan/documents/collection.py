"""The fingerprints of an organisation's own documents, kept in one file without any of their text.

The file is a SQLite database: parameters, a check of the key, and for each document its name as the organisation gave it, its
keyed exact hash and its keyed shingles. Without the key nothing can be compared; with it nothing can be read back.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan.documents.shingles import LENGTH, WINDOW, Shingler, normalised
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from sekisho.engines.leakscan.documents.shingles import Codes, Hashes

__all__ = ["LEAST_KEY", "Collection", "Document", "Stream", "fingerprint", "load", "save"]

LEAST_KEY: Final = 16
"""Least bytes of a key."""
FORMAT: Final = "sekisho.document-fingerprints/1"
_BLOCK: Final = 1 << 16
_SCHEMA: Final = """
CREATE TABLE parameter (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE document (
  name TEXT PRIMARY KEY, exact TEXT NOT NULL, characters INTEGER NOT NULL, shingles BLOB NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Document:
    """One document: ``name`` as it is reported, ``exact`` hash (hex), normalised ``characters``, sorted ``shingles``."""

    name: str
    exact: str
    characters: int
    shingles: Hashes


class Stream:
    """Normalises and shingles a text that comes in parts; parts may be split anywhere."""

    def __init__(self, shingler: Shingler) -> None:
        """A new text."""
        self._shingler = shingler
        self._exact = shingler.exact()
        self._codes: Codes = np.zeros(0, dtype=np.uint32)
        self._places: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.characters = 0

    def feed(self, text: str, start: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Hashes]]:
        """Shingles of ``text``, which begins at code point ``start``: first and last places (in code points), keyed values.

        What stands at the end waits for the next part; some shingles near a border are given twice.
        """
        for at in range(0, len(text), _BLOCK):
            codes, places = normalised(text[at : at + _BLOCK])
            self._exact.update(codes.tobytes())
            self.characters += len(codes)
            self._codes = np.concatenate((self._codes, codes))
            self._places = np.concatenate((self._places, places + (start + at)))
            if len(self._codes) >= _BLOCK:
                yield self._selected()
                keep = LENGTH + WINDOW - 2
                self._codes, self._places = self._codes[-keep:], self._places[-keep:]

    def finish(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Hashes]]:
        """The shingles that were waiting."""
        if len(self._codes) >= LENGTH:
            yield self._selected()

    def _selected(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Hashes]:
        at, values = self._shingler.select(self._codes)
        return self._places[at], self._places[at + LENGTH - 1], values

    @property
    def exact(self) -> str:
        """The keyed hash of everything so far (hex)."""
        return self._exact.hexdigest()


def fingerprint(name: str, texts: Iterable[str], shingler: Shingler) -> Document:
    """The fingerprints of one document from its extracted text."""
    stream = Stream(shingler)
    found = [values for text in texts for _, _, values in stream.feed(text, 0)]
    found += [values for _, _, values in stream.finish()]
    shingles = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint64)
    return Document(name, stream.exact, stream.characters, shingles)


class Collection:
    """Documents ready to be compared with: all shingles sorted, each with the documents that hold it."""

    def __init__(self, documents: Sequence[Document], shingler: Shingler) -> None:
        """``documents`` were made with the key of ``shingler``."""
        self.documents = tuple(documents)
        self.shingler = shingler
        self.exact = {document.exact: index for index, document in enumerate(self.documents) if document.characters}
        owners = [np.full(len(d.shingles), index, dtype=np.int32) for index, d in enumerate(self.documents)]
        values = np.concatenate([d.shingles for d in self.documents]) if self.documents else np.zeros(0, dtype=np.uint64)
        order = np.argsort(values, kind="stable")
        self._values = values[order]
        self._owners = np.concatenate(owners)[order] if owners else np.zeros(0, dtype=np.int32)

    def holders(self, values: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """For ``values``: pairs of an index into them and a document that holds that shingle."""
        left = np.searchsorted(self._values, values, side="left")
        counts = np.searchsorted(self._values, values, side="right") - left
        hit = np.flatnonzero(counts)
        if not len(hit):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
        repeated = np.repeat(hit, counts[hit])
        offsets = np.arange(len(repeated)) - np.repeat(np.cumsum(counts[hit]) - counts[hit], counts[hit])
        return repeated, self._owners[left[repeated] + offsets]


def save(path: Path, documents: Iterable[Document], shingler: Shingler) -> int:
    """Write the fingerprints to ``path``, wholly or not at all; returns how many documents. A name that stands twice is refused.

    Raises:
        InputError: ``leakplaces.document_twice``.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    count = 0
    try:
        with closing(sqlite3.connect(temporary)) as database, database:
            database.executescript(_SCHEMA)
            parameters = {"format": FORMAT, "length": str(LENGTH), "window": str(WINDOW), "key": shingler.check}
            database.executemany("INSERT INTO parameter VALUES (?, ?)", parameters.items())
            for one in documents:
                row = (one.name, one.exact, one.characters, one.shingles.tobytes())
                try:
                    database.execute("INSERT INTO document VALUES (?, ?, ?, ?)", row)
                except sqlite3.IntegrityError as error:
                    raise InputError("leakplaces.document_twice", name=one.name) from error
                count += 1
        temporary.chmod(0o600)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def load(path: Path, key: bytes) -> Collection:
    """The fingerprints in ``path``.

    Raises:
        InputError: ``leakplaces.fingerprints_unusable`` (no such file, another format, damaged) or ``leakplaces.key_differs``.
    """
    shingler = Shingler(key)
    if not path.is_file():
        raise _unusable(path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            parameters = dict(database.execute("SELECT name, value FROM parameter"))
            if (parameters.get("format"), parameters.get("length"), parameters.get("window")) != (
                FORMAT,
                str(LENGTH),
                str(WINDOW),
            ):
                raise _unusable(path)
            if not hmac.compare_digest(str(parameters.get("key")), shingler.check):
                raise InputError("leakplaces.key_differs", file=path.name)
            rows = list(database.execute("SELECT name, exact, characters, shingles FROM document ORDER BY name"))
        documents = [Document(str(n), str(e), int(c), np.frombuffer(s, dtype=np.uint64)) for n, e, c, s in rows]
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise _unusable(path) from error
    return Collection(documents, shingler)


def _unusable(path: Path) -> InputError:
    problem = Problem("leakplaces.fingerprints_expected", {"expected": FORMAT}, str(path))
    return InputError("leakplaces.fingerprints_unusable", problems=(problem,), file=path.name)
