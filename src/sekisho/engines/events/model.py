"""The shape in which events travel from the readers to the store, to detection and to search.

A :class:`Batch` holds events of one :class:`Partition` as an Arrow table: the columns named here, which say where each event
comes from, and one nullable string column for each field. A field that an event does not have is null; an empty value is the
empty string. Numbers and truth values stand as JSON writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

__all__ = [
    "FILE",
    "HOST",
    "OFFSET",
    "RECORD",
    "SHA256",
    "SYSTEM_COLUMNS",
    "TIME",
    "Batch",
    "Partition",
    "Reject",
]

TIME: Final = "_time"  # timestamp[us, UTC]; null where the event has no time that could be read
OFFSET: Final = "_offset"  # int16, minutes east of UTC as the source wrote it; null where it was assumed or not given
FILE: Final = "_file"  # string, the file's name as it was handed in (inside an archive: archive!member)
SHA256: Final = "_sha256"  # string, lower-case hex, of the file as it lies on disk
RECORD: Final = "_record"  # int64: EventRecordID of an EVTX record, line number (from 1) in a text file
HOST: Final = "_host"  # string: the machine that wrote the event, where the event says it
SYSTEM_COLUMNS: Final = (TIME, OFFSET, FILE, SHA256, RECORD, HOST)


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """Which events stand together: the kind of source, its channel, the kind of event, the UTC day.

    ``source`` is the id of a field map (``windows``, ``linux.auth``, ``squid`` …). ``channel`` is the Windows channel or the
    name of a Zeek log; ``event`` the event id or type; both are empty where the source has none. ``day`` is None for events
    without a time, and for batches that were read without being sorted into days.
    """

    source: str
    channel: str = ""
    event: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one partition: the :data:`SYSTEM_COLUMNS` and one nullable string column for each field."""

    partition: Partition
    table: pa.Table


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be read: kept aside and shown, never dropped silently.

    ``record`` is the line number or record id where it is known, ``offset`` the byte where it begins, ``code`` says what is
    wrong (a sentence of ``standards/texts/events.yaml``), ``excerpt`` its first bytes, at most 512.
    """

    file: str
    sha256: str
    record: int | None
    offset: int | None
    code: str
    excerpt: bytes
