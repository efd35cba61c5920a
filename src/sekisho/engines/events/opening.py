"""From paths to contents: folders are walked, archives opened, every content named, hashed and bounded.

A :class:`Content` is one log: a file, what a compressed file holds, or a member of a ZIP archive. It can be opened again and
again, and always gives the same bytes: a file that grows while it is read ends where it ended when it was hashed.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from sekisho.engines.events.content import Content
from sekisho.engines.events.options import FileReport, Limits, Origin
from sekisho.engines.events.tapes import is_tape, tape_members
from sekisho.engines.unpacking import Guarded, compression, printable, unpacked
from sekisho.errors import InputError, Problem

__all__ = ["contents", "files_in", "hash_of"]

_BLOCK: Final = 1 << 20
_HEAD: Final = 8
_SMALL: Final = 4 << 20  # bytes; a smaller file is read once
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_MANY: Final = 0xFFFF
_ENCRYPTED: Final = 0x1


def files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that ``paths`` name, folders walked in the order of names; links inside folders are not followed.

    Raises InputError ``events.paths_missing`` before anything is read, naming every path that does not exist.
    """
    missing = [Problem("events.path_missing", {}, str(path)) for path in paths if not path.exists()]
    if missing:
        raise InputError("events.paths_missing", problems=tuple(missing), count=len(missing))
    seen: set[tuple[int, int]] = set()
    for path in paths:
        for one in _walked(path) if path.is_dir() else (path,):
            found = one.stat()
            if (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                yield one


def _walked(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            one = Path(place, name)
            try:
                kind = one.lstat().st_mode
            except OSError:  # gone since the folder was listed
                continue
            if stat.S_ISREG(kind):
                yield one


def hash_of(stream: Any) -> tuple[str, int]:
    """SHA-256 (lower-case hex) and length of everything in ``stream``."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


class _Part:
    """The first ``size`` bytes of a file."""

    def __init__(self, path: Path, size: int) -> None:
        self._file = path.open("rb")
        self._left = size

    def read(self, size: int = -1) -> bytes:
        got = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(got)
        return got

    @property
    def closed(self) -> bool:
        return self._file.closed

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()


def contents(path: Path, limits: Limits, refuse: Callable[[FileReport, str], Origin]) -> Iterator[Content]:
    """The logs in the file ``path``. What cannot be opened is given to ``refuse`` with its code; nothing is raised for it."""
    report = FileReport(str(path))
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            refuse(report, "").reject("events.not_a_file")
            return
        with path.open("rb", buffering=0) as file:
            # a buffer larger than needed costs as much as the reading
            whole = file.read(min(max(found.st_size, _HEAD) + 1, _SMALL))
            head = whole[:_HEAD]
            if len(whole) != found.st_size or len(whole) == _SMALL:  # large, or growing
                whole = b""
                file.seek(0)
            sha256, size = hash_of(file) if not whole else (hashlib.sha256(whole).hexdigest(), len(whole))
    except OSError:
        refuse(report, "").reject("events.unreadable")
        return
    report.size, report.sha256 = size, sha256
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    if head.startswith(_ZIP):
        yield from _members(path, limits, refuse, report, modified)
        return
    kind = compression(head)
    content = Content(str(path), path, sha256, size, modified, partial(_open, path, whole, size, kind, limits), packed=bool(kind))
    if is_tape(content):
        yield from tape_members(content, limits, refuse(report, sha256))
        return
    yield content


def _open(path: Path, whole: bytes, size: int, kind: str, limits: Limits) -> Guarded:
    part: Any = io.BytesIO(whole) if whole else _Part(path, size)
    return Guarded(unpacked(part, kind), limits, size if kind else None)


def _members(
    path: Path, limits: Limits, refuse: Callable[[FileReport, str], Origin], report: FileReport, modified: datetime
) -> Iterator[Content]:
    try:
        if _entries(path) > limits.members:
            refuse(report, report.sha256).reject("events.archive_too_many")
            return
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error):
        refuse(report, report.sha256).reject("events.archive_damaged")
        return
    for member in members:
        name = f"{path}!{printable(member.filename)}"
        one = FileReport(name, report.sha256, member.file_size)
        if member.flag_bits & _ENCRYPTED:
            refuse(one, report.sha256).reject("events.archive_encrypted")
            continue
        try:
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                head = stream.read(_HEAD)
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
            refuse(one, report.sha256).reject("events.archive_damaged")
            continue
        if head.startswith(_ZIP):
            refuse(one, report.sha256).reject("events.archive_nested")
            continue
        opening = partial(_open_member, path, member, compression(head), limits)
        yield Content(
            name, path, report.sha256, member.file_size, modified, opening, packed=True, member=name[len(str(path)) + 1 :]
        )


def _entries(path: Path) -> int:
    """How many members the end of a ZIP archive says there are, before its list is read into memory."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(max(0, size - _END_SIZE - _MANY))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        return 0
    count, length = struct.unpack_from("<HI", tail, at + 10)
    return max(int(count), int(length) // 46)  # no entry of the list is shorter than 46 bytes


class _Member:
    """A member together with its archive, which is closed with it."""

    def __init__(self, path: Path, member: zipfile.ZipInfo) -> None:
        self._archive = zipfile.ZipFile(path)
        self._stream: BinaryIO = self._archive.open(member)  # type: ignore[assignment]

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    @property
    def closed(self) -> bool:
        return self._stream.closed

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        self._archive.close()


def _open_member(path: Path, member: zipfile.ZipInfo, kind: str, limits: Limits) -> Guarded:
    stream: Any = _Member(path, member)
    return Guarded(unpacked(stream, kind), limits, max(member.compress_size, 1))
