"""The word index of a segment: for each row group and column a Bloom filter of the words in it, in one file beside it.

It answers which columns of which row groups can contain a word at all; those are then read. B. H. Bloom, "Space/time trade-offs
in hash coding with allowable errors", CACM 13 (1970): with 10 bits a word and four probes about one look in eighty is needless.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.events.model import FILE, SHA256
from sekisho.engines.events.store.tokens import Numbers, numbers_of
from sekisho.errors import Unavailable

__all__ = ["INDEX_FROM", "IndexBuilder", "candidates", "index_path"]

INDEX_FROM: Final = 4_096
"""Events from which a segment gets an index; a smaller one is read as fast."""
_MAGIC: Final = b"SKWORDS1"
_BITS: Final = 10
_PROBES: Final = 4
_ENTRY: Final = np.dtype([("group", "<u2"), ("column", "<u2"), ("words", "<u4"), ("first", "<u8")])
_UNINDEXED: Final = frozenset({FILE, SHA256})


def index_path(segment: Path) -> Path:
    """Where the index of a segment lies."""
    return segment.with_suffix(".words")


def _places(numbers: Numbers, bits: Any) -> npt.NDArray[np.uint64]:
    """The bits of each number: one row for each probe."""
    steps = np.arange(_PROBES, dtype=np.uint64)[:, None]
    second = (numbers >> np.uint64(32)) | np.uint64(1)
    return np.asarray((numbers + steps * second) % bits, dtype=np.uint64)


class IndexBuilder:
    """Takes the row groups of a segment in their order."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}
        self._entries: list[tuple[int, int, int, int]] = []
        self._filters: list[npt.NDArray[np.uint64]] = []
        self._first = 0
        self._group = 0

    def add(self, group: pa.Table) -> None:
        """The next row group."""
        for name, kind in zip(group.column_names, group.schema.types, strict=True):
            if name not in _UNINDEXED and pa.types.is_string(kind):
                self._column(name, group.column(name))
        self._group += 1

    def _column(self, name: str, column: Any) -> None:
        values = pc.unique(column).drop_null()
        numbers = numbers_of(values)
        if not numbers.size:
            return
        words = -(-numbers.size * _BITS // 64)
        places = _places(numbers, np.uint64(words * 64)).ravel()
        bits = np.zeros(words * 64, dtype=np.uint8)
        bits[places] = 1
        self._filters.append(np.packbits(bits, bitorder="little").view("<u8"))
        self._entries.append((self._group, self._columns.setdefault(name, len(self._columns)), words, self._first))
        self._first += words

    def write(self, segment: Path) -> None:
        """Write the index beside ``segment``, down to the disk."""
        head = json.dumps({"columns": list(self._columns), "entries": len(self._entries)}, ensure_ascii=False).encode()
        head += b" " * (-(len(_MAGIC) + 4 + len(head)) % 8)
        with index_path(segment).open("wb") as file:
            file.write(_MAGIC + len(head).to_bytes(4, "little") + head)
            file.write(np.array(self._entries, dtype=_ENTRY).tobytes())
            for one in self._filters:
                file.write(one.tobytes())
            file.flush()
            os.fsync(file.fileno())


def candidates(segment: Path, numbers: Numbers) -> dict[int, set[str]]:
    """Row group → columns in which all ``numbers`` may occur. Raises Unavailable ``events.index_unreadable``."""
    path = index_path(segment)
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        length = int.from_bytes(bytes(data[8:12]), "little") if bytes(data[:8]) == _MAGIC else 0
        head = json.loads(bytes(data[12 : 12 + length]))
        begin = 12 + length
        end = begin + head["entries"] * _ENTRY.itemsize
        entries, filters = data[begin:end].view(_ENTRY), data[end:].view("<u8")
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable("events.index_unreadable", file=str(path)) from error
    left = np.ones(len(entries), dtype=bool)
    for number in numbers:
        bits = entries["words"].astype(np.uint64) * np.uint64(64)
        places = _places(np.full(len(entries), number, dtype=np.uint64), bits)
        words = filters[(entries["first"] + (places >> np.uint64(6))).astype(np.int64)]
        left &= ((words >> (places & np.uint64(63))) & np.uint64(1)).all(axis=0)
    found: dict[int, set[str]] = {}
    for entry in entries[left]:
        found.setdefault(int(entry["group"]), set()).add(head["columns"][entry["column"]])
    return found
