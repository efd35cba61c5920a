"""The frames inside a sealed file: kind (1 byte) ‖ length (4 bytes, big-endian) ‖ payload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.web.backup.sealing import SealedReader, SealedWriter

__all__ = ["FORMAT", "MOST_FRAME", "FrameReader", "FrameWriter", "Kind"]

FORMAT: Final = "sekisho.backup/1"
MOST_FRAME: Final = 64 * 1024 * 1024


class Kind:
    """What a frame holds, in the order in which they come."""

    BEGIN: Final = b"B"  # JSON: format, when, versions, migrations, settings, names of keys
    KEY: Final = b"K"  # JSON: name and content (base64) of a file of the keys' folder
    TABLE: Final = b"T"  # JSON: table, columns
    ROWS: Final = b"R"  # JSON: list of rows (lists, in the order of the columns)
    TABLE_END: Final = b"t"  # JSON: table, rows, sha256
    ARTIFACT: Final = b"A"  # JSON: sha256, size
    BYTES: Final = b"D"  # bytes of the artifact
    ARTIFACT_END: Final = b"a"  # nothing
    END: Final = b"Z"  # JSON: tables, artifacts, ledger


class FrameWriter:
    """Writes frames."""

    def __init__(self, sealed: SealedWriter) -> None:
        self._sealed = sealed

    def write(self, kind: bytes, payload: bytes = b"") -> None:
        """One frame."""
        self._sealed.write(kind + len(payload).to_bytes(4, "big"))
        self._sealed.write(payload)

    def write_json(self, kind: bytes, value: Any) -> None:
        """One frame of JSON (ASCII: text that is no valid Unicode survives as escapes)."""
        self.write(kind, json.dumps(value, separators=(",", ":")).encode("ascii"))


class FrameReader:
    """Reads frames. Raises InputError ``backup.malformed`` for what does not follow."""

    def __init__(self, sealed: SealedReader, *, name: str) -> None:
        self._sealed, self._name = sealed, name

    def next(self) -> tuple[bytes, bytes]:
        """Kind and payload."""
        kind, length = self._sealed.read(1), int.from_bytes(self._sealed.read(4), "big")
        if length > MOST_FRAME:
            raise self.malformed()
        return kind, self._sealed.read(length)

    def json(self, payload: bytes) -> dict[str, Any]:
        """A payload that must be a JSON object."""
        try:
            value = json.loads(payload)
        except ValueError as error:
            raise self.malformed() from error
        if not isinstance(value, dict):
            raise self.malformed()
        return value

    def json_list(self, payload: bytes) -> list[list[Any]]:
        """A payload that must be a JSON list of lists."""
        try:
            value = json.loads(payload)
        except ValueError as error:
            raise self.malformed() from error
        if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
            raise self.malformed()
        return value

    def finish(self) -> None:
        """Nothing may follow."""
        if not self._sealed.at_end():
            raise self.malformed()

    def malformed(self) -> InputError:
        """Authentic, but not of this form: written by a program that errs."""
        return InputError("backup.malformed", file=self._name)
