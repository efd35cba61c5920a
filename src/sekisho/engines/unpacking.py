"""Compressed files as bounded streams: whatever they claim, no more than the limits comes out, and damage ends the stream.

A stream never raises for its content: it ends, and :attr:`Guarded.problem` says why: ``unreadable``, ``archive_damaged`` or
``archive_bomb`` in the caller's topic of ``standards/texts``.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Final, Protocol

__all__ = ["Guarded", "UnpackingLimits", "compression", "printable", "unpacked"]

_BLOCK: Final = 1 << 16
_LARGEST_READ: Final = 1 << 20
_XZ_MEMORY: Final = 128 << 20
_RATIO_FROM: Final = 64 << 20
_MAGIC: Final = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zst"}
_DAMAGE: Final = (
    EOFError, OSError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile,
)  # fmt: skip


class UnpackingLimits(Protocol):
    """How far a compressed file may grow."""

    @property
    def unpacked_bytes(self) -> int:
        """Most that one compressed file may unpack to."""

    @property
    def ratio(self) -> int:
        """Most that one compressed file may grow (looked at from 64 MiB on)."""


def printable(name: str) -> str:
    """A name from an archive, without what could steer a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)


def compression(head: bytes) -> str:
    """``gz``, ``bz2``, ``xz``, ``zst`` or "" by the first bytes."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


def _gzip() -> Any:
    return zlib.decompressobj(wbits=31)


def _xz() -> Any:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


_MAKERS: Final[dict[str, Callable[[], Any]]] = {"gz": _gzip, "bz2": bz2.BZ2Decompressor, "xz": _xz}


class _Streamed(io.RawIOBase):
    """gz, bz2 and xz, also several one after another (as rotation by appending makes them); gives what lies before damage."""

    def __init__(self, packed: BinaryIO, kind: str) -> None:
        self._packed = packed
        self._make = _MAKERS[kind]
        self._now: Any = self._make()
        self._left = b""
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._some(len(buffer))
        buffer[: len(got)] = got
        return len(got)

    def _some(self, size: int) -> bytes:
        while True:
            if self._now.eof:
                self._left = self._now.unused_data
                rest = (self._left or self._packed.read(_BLOCK)).lstrip(b"\0")  # padding is allowed between members
                if not rest:
                    return b""
                self._now, self._left = self._make(), rest
            hungry = getattr(self._now, "needs_input", not getattr(self._now, "unconsumed_tail", b""))
            data = getattr(self._now, "unconsumed_tail", b"") or self._left
            self._left = b""
            if hungry and not data:
                data = self._packed.read(_BLOCK)
                if not data:
                    raise EOFError
            got: bytes = self._now.decompress(data, size)
            if got:
                return got

    def close(self) -> None:
        self._packed.close()
        super().close()


class Guarded:
    """Reads that are counted, bounded and never raise for what is read."""

    def __init__(self, stream: Any, limits: UnpackingLimits, packed_size: int | None, *, topic: str = "events") -> None:
        """``packed_size`` (bytes) is that of the compressed file; None where nothing was compressed."""
        self._stream = stream
        self._topic = topic
        self._most = limits.unpacked_bytes
        if packed_size is not None:
            self._most = min(self._most, max(_RATIO_FROM, limits.ratio * packed_size))
        self._bounded = packed_size is not None
        self.count = 0
        self.problem = ""

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, fewer only at the end."""
        parts: list[bytes] = []
        wanted = _LARGEST_READ if size < 0 else size
        while wanted > 0 and not self.problem:
            try:
                part = self._stream.read(min(wanted, _LARGEST_READ))
            except _DAMAGE:
                self.problem = f"{self._topic}.archive_damaged" if self._bounded else f"{self._topic}.unreadable"
                break
            if not part:
                break
            self.count += len(part)
            if self._bounded and self.count > self._most:
                self.problem = f"{self._topic}.archive_bomb"
                break
            parts.append(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Close what lies below."""
        self._stream.close()


class _Zstd:
    """A zst stream; whatever Arrow says of its content is an OSError, as of the other kinds."""

    def __init__(self, packed: BinaryIO) -> None:
        import pyarrow as pa  # noqa: PLC0415 - of an extra; only zst needs it

        self._damage = pa.ArrowException
        self._stream = pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), "zstd")

    def read(self, size: int = -1) -> bytes:
        try:
            got: bytes = self._stream.read(size)
        except self._damage as error:
            raise OSError("zst") from error
        return got

    def close(self) -> None:
        self._stream.close()

    @property
    def closed(self) -> bool:
        return bool(self._stream.closed)

    def readable(self) -> bool:
        return True


def unpacked(packed: BinaryIO, kind: str) -> Any:
    """The stream inside ``packed``; ``kind`` as :func:`compression` says."""
    if kind == "zst":
        return _Zstd(packed)
    return _Streamed(packed, kind) if kind else packed
