"""Where bytes come from: a file, a stream, a member of an archive, an attachment; each opened as often as needed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["HEAD", "Source", "from_bytes", "from_path", "from_stream"]

HEAD: Final = 1 << 16
"""Bytes by which a content is recognised."""


@dataclass(slots=True)
class Source:
    """Untrusted bytes with a name. ``open`` gives a new stream over all of them (a :func:`from_stream` only once); ``size`` in
    bytes, None where it is not known before reading; ``path`` where it is a file of this machine.
    """

    name: str
    open: Callable[[], Any]
    size: int | None = None
    path: Path | None = None
    once: bool = False
    declared: str = ""


def from_path(path: Path) -> Source:
    """A file. Raises OSError when it cannot be looked at; what it is (a device, a folder) is not asked here."""
    return Source(path.name, lambda: path.open("rb"), path.stat().st_size, path)


def from_bytes(untrusted: bytes, name: str, *, declared: str = "") -> Source:
    """Bytes in memory; ``declared`` is the charset that came with them."""
    return Source(name, lambda: io.BytesIO(untrusted), len(untrusted), declared=declared)


class _Joined:
    """The first bytes of a stream, which were looked at, and the rest."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._head = b""
        self._used = False

    def head(self) -> io.BytesIO:
        while len(self._head) < HEAD and (more := self._stream.read(HEAD - len(self._head))):
            self._head += more
        return io.BytesIO(self._head)

    def read(self, size: int = -1) -> bytes:
        if self._head:
            cut = len(self._head) if size < 0 else size
            got, self._head = self._head[:cut], self._head[cut:]
            return got if size >= 0 else got + self._stream.read()
        got = self._stream.read(size)
        return got or b""

    def close(self) -> None:
        """The stream belongs to the caller."""


def from_stream(stream: Any, name: str) -> Source:
    """A stream that can be read only once, as standard input. The first opening looks at its head, the second reads it."""
    joined = _Joined(stream)
    opened = 0

    def opening() -> Any:
        nonlocal opened
        opened += 1
        return joined.head() if opened == 1 else joined

    return Source(name, opening, None, once=True)
