"""A stream that can be read once (standard input): text is scanned as it flows; other kinds go through a temporary file."""

from __future__ import annotations

import io
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sekisho.engines.textract import from_path, from_stream
from sekisho.engines.textract.sniffing import sniff

if TYPE_CHECKING:
    from sekisho.engines.leakscan.places.model import PlaceScan
    from sekisho.engines.leakscan.places.scanning import Scanning

__all__ = ["scan_stream"]

_FLOWING: Final = frozenset({"text", "empty"})


def scan_stream(scanning: Scanning, stream: BinaryIO, *, name: str, spools: Path | None) -> PlaceScan:
    """Scan what comes out of ``stream``, called ``name``; memory stays flat for text of any length."""
    source = from_stream(stream, name)
    head = source.open().read()
    if sniff(head, name) in _FLOWING:
        opening = source.open
        first = [head]

        def again() -> object:

            return io.BytesIO(first.pop()) if first else opening()

        return scanning.source(replace(source, open=again), name, spools)
    with tempfile.NamedTemporaryFile(prefix="sekisho-stdin-") as room:
        shutil.copyfileobj(source.open(), room, 1 << 20)
        room.flush()
        return scanning.source(replace(from_path(Path(room.name)), name=name), name, spools)
