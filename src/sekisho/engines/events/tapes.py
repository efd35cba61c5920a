"""TAR archives, compressed or not, as appliances hand out their logs: unpacked once into a temporary file, read from there."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sekisho.engines.events.content import Content
from sekisho.engines.events.options import Limits, Origin
from sekisho.engines.unpacking import Guarded, compression, printable, unpacked

__all__ = ["is_tape", "tape_members"]

_BLOCK: Final = 1 << 20
_HEAD: Final = 8
_MAGIC_AT: Final = 257
_MAGIC: Final = b"ustar"
_HEADER: Final = 512
_LATEST: Final = 253_370_764_800  # the year 9999


def is_tape(content: Content) -> bool:
    """Whether a content is a TAR archive (POSIX or GNU)."""
    stream = content.open()
    try:
        return stream.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
    finally:
        stream.close()


class _Window:
    """A part of the unpacked archive."""

    def __init__(self, room: Any, offset: int, size: int) -> None:
        self._room = room
        self._at = offset
        self._end = offset + size

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        self._room.seek(self._at)
        got: bytes = self._room.read(left if size < 0 else min(size, left))
        self._at += len(got)
        return got

    def close(self) -> None:
        """The room is closed by its owner."""


def tape_members(content: Content, limits: Limits, origin: Origin) -> Iterator[Content]:
    """The files in the archive ``content``; each can be opened until the next is asked for. ``origin`` takes what is wrong."""
    with tempfile.TemporaryFile() as room:
        stream = content.open()
        try:
            while block := stream.read(_BLOCK):
                room.write(block)
        finally:
            stream.close()
        if stream.problem:
            origin.reject(stream.problem, offset=stream.count)
        room.seek(0)
        count = 0
        try:
            with tarfile.open(fileobj=room, mode="r:") as archive:
                while (member := archive.next()) is not None:
                    count += 1
                    if count > limits.members:
                        origin.reject("events.archive_too_many")
                        return
                    if member.isreg():
                        yield _member(content, room, member, limits)
                room.seek(archive.offset)
                if room.read(_HEADER).strip(b"\0"):  # the library takes a broken header for the end
                    raise tarfile.ReadError
        except (tarfile.TarError, EOFError, ValueError, OverflowError, OSError):
            if not stream.problem:
                origin.reject("events.archive_damaged")


def _member(content: Content, room: Any, member: tarfile.TarInfo, limits: Limits) -> Content:
    name = printable(member.name)
    kind = compression(_Window(room, member.offset_data, min(member.size, _HEAD)).read())
    modified = datetime.fromtimestamp(member.mtime, UTC) if 0 < member.mtime < _LATEST else content.modified
    opening = partial(_open, room, member.offset_data, member.size, kind, limits)
    return replace(
        content, name=f"{content.name}!{name}", size=member.size, modified=modified, open=opening, packed=True, member=name
    )


def _open(room: Any, offset: int, size: int, kind: str, limits: Limits) -> Guarded:
    window: Any = _Window(room, offset, size)
    return Guarded(unpacked(window, kind), limits, max(size, 1))
