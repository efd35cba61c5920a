"""The content-addressed store: bytes by their SHA-256 as ``aa/bb/<sha256>``, below one folder.

Bytes are written to a temporary file, hashed on the way, flushed to the disk and only then renamed: a file that is
there is whole. No
Django in here; who may read what is decided in ``actions`` and ``queries``.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from io import BufferedReader

__all__ = ["ArtifactStore", "Stored", "is_sha256"]

CHUNK: Final = 1024 * 1024
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WRITERS: Final = 8


def is_sha256(value: str) -> bool:
    """Whether ``value`` is a SHA-256 in lower-case hex."""
    return _SHA256.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored: its hash and its size in bytes."""

    sha256: str
    size: int


class ArtifactStore:
    """Files by hash below ``root`` (made when first written to)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where the bytes of ``sha256`` are or would be. Raises InputError for what is not a hash."""
        if not is_sha256(sha256):
            raise InputError("evidence.not_a_hash", value=sha256[:80])
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        return self.path(sha256).is_file()

    def put(self, chunks: Iterable[bytes], *, limit: int, sha256: str | None = None) -> Stored:
        """Store a stream. Raises InputError when longer than ``limit`` bytes or not of the hash ``sha256`` that was claimed;
        Unavailable when the disk is full. Nothing half-written stays.
        """
        if sha256 is not None:
            self.path(sha256)
        with _full_disk():
            incoming = self._incoming()
            try:
                digest, size = hashlib.sha256(), 0
                with incoming.open("xb") as file:
                    for chunk in chunks:
                        size += len(chunk)
                        if size > limit:
                            raise InputError("evidence.too_large", limit=limit)
                        digest.update(chunk)
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                found = digest.hexdigest()
                if sha256 is not None and found != sha256:
                    raise InputError("evidence.hash_mismatch", claimed=sha256, found=found)
                self._move(incoming, found)
            finally:
                incoming.unlink(missing_ok=True)
        return Stored(sha256=found, size=size)

    def put_many(self, contents: Sequence[bytes]) -> None:
        """Store many small contents at once (their flushes to the disk share its journal's commits)."""
        missing = [c for c in contents if not self.has(hashlib.sha256(c).hexdigest())]
        if not missing:
            return
        with ThreadPoolExecutor(max_workers=min(_WRITERS, len(missing))) as pool:
            for _ in pool.map(lambda content: self.put((content,), limit=len(content)), missing):
                pass

    def open(self, sha256: str) -> BufferedReader:
        """The bytes. Raises NotFound ``evidence.bytes_missing`` when they are gone."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise NotFound("evidence.bytes_missing", sha256=sha256) from error

    def read(self, sha256: str) -> bytes:
        """All bytes of a small artifact."""
        with self.open(sha256) as file:
            return file.read()

    def verify(self, sha256: str) -> bool:
        """Whether the bytes are here and still have their hash."""
        try:
            with self.open(sha256) as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except NotFound:
            return False

    def delete(self, sha256: str) -> None:
        """Remove the bytes (the row in the database stays as a tombstone)."""
        self.path(sha256).unlink(missing_ok=True)

    def _incoming(self) -> Path:
        folder = self.root / "incoming"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / secrets.token_hex(16)

    def _move(self, incoming: Path, sha256: str) -> None:
        target = self.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        incoming.replace(target)
        # The rename itself must survive a power cut, too.
        with contextlib.suppress(OSError):  # some file systems cannot flush a folder
            handle = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@contextlib.contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable("evidence.store_full") from error
        if error.errno in {errno.EACCES, errno.EROFS, errno.EIO}:
            raise Unavailable("evidence.store_unwritable") from error
        raise
