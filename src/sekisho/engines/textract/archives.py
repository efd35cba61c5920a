"""ZIP, TAR and single compressed files: every member read as what it is, with bounds on depth, entries, size and growth."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.textract.decoding import decode
from sekisho.engines.textract.model import Piece, Place
from sekisho.engines.textract.package import ZIP_DAMAGE
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.source import Source
from sekisho.engines.unpacking import Guarded, printable, unpacked

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading

__all__ = ["read_compressed", "read_tar", "read_zip"]

_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_RATIO_FROM: Final = 64 << 20
_SUFFIXES: Final = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar"}
_TAR_DAMAGE: Final = (tarfile.TarError, EOFError, ValueError, OverflowError, OSError, IndexError, RecursionError)


class _Bounds:
    """How far one member may grow: what is left of the file's budget."""

    def __init__(self, reading: Reading) -> None:
        self.unpacked_bytes = min(reading.limits.member, max(reading.budget, 1))
        self.ratio = reading.limits.ratio


def read_compressed(source: Source, reading: Reading, place: Place, kind: str) -> Iterator[Piece]:
    """What a gz, bz2, xz or zst file holds; ``kind`` as :func:`sekisho.engines.unpacking.compression` says."""
    reading.entry()
    path = PurePath(source.name)
    name = path.stem + _SUFFIXES.get(path.suffix.lower(), "") if path.suffix else f"{path.name}.content"

    def opening() -> Guarded:
        return Guarded(unpacked(source.open(), kind), _Bounds(reading), source.size or 1, topic="textract")

    yield from reading.dive(Source(name, opening, None), place)


def read_zip(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The members of a ZIP archive; encrypted, damaged and monstrous ones are told."""
    with reading.seekable(source, place) as file:
        try:
            archive = zipfile.ZipFile(file)
        except ZIP_DAMAGE as error:
            raise Unreadable("archive_damaged", position=0) from error
        with archive:
            for member in archive.infolist():
                if not member.is_dir():
                    reading.entry()
                    yield from _member(archive, member, reading, place)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, reading: Reading, place: Place) -> Iterator[Piece]:
    name = printable(_name(member))
    where = place.within(name)
    packed = max(member.compress_size, 1)
    if member.flag_bits & _ENCRYPTED:
        reading.problem("encrypted", where)
    elif member.file_size > _RATIO_FROM and member.file_size > reading.limits.ratio * packed:
        reading.problem("archive_bomb", where, position=0)
    else:
        try:
            archive.open(member).close()
        except ZIP_DAMAGE:
            reading.problem("archive_damaged", where, position=0)
            return
        opening = partial(_open_member, archive, member, reading)
        yield from reading.dive(Source(name, opening, member.file_size), place)


def _name(member: zipfile.ZipInfo) -> str:
    """A name that is not marked as UTF-8 is CP932 in Japan, whatever the library takes it for."""
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return member.filename
    try:
        return decode(member.orig_filename.encode("cp437"))[0]
    except UnicodeEncodeError:
        return member.filename


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, reading: Reading) -> Guarded:
    return Guarded(archive.open(member), _Bounds(reading), max(member.compress_size, 1), topic="textract")


class _Window:
    """A part of an unpacked archive."""

    def __init__(self, room: Any, offset: int, size: int) -> None:
        self._room, self._at, self._end = room, offset, offset + size

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        self._room.seek(self._at)
        got: bytes = self._room.read(left if size < 0 else min(size, left))
        self._at += len(got)
        return got

    def close(self) -> None:
        """The room is closed by its owner."""


def read_tar(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The regular files of a TAR archive; links and devices are not followed."""
    with reading.seekable(source, place) as room:
        try:
            archive = tarfile.open(fileobj=room, mode="r:")  # noqa: SIM115 - closed by the with below
        except _TAR_DAMAGE as error:
            raise Unreadable("archive_damaged", position=0) from error
        with archive:
            while True:
                try:
                    member = archive.next()
                except _TAR_DAMAGE:
                    reading.problem("archive_damaged", place, position=archive.offset)
                    return
                if member is None:
                    break
                reading.entry()
                if member.isreg():
                    opening = partial(_Window, room, member.offset_data, member.size)
                    yield from reading.dive(Source(printable(member.name), opening, member.size), place)
            room.seek(archive.offset)
            if room.read(512).strip(b"\0"):  # the library takes a broken header for the end
                reading.problem("archive_damaged", place, position=archive.offset)
