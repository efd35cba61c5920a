"""Reading a backup to its end without restoring it: authentic, complete, and every digest as in its manifest."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING, Any

from sekisho.errors import InputError
from sekisho.web.backup.container import FORMAT, FrameReader, Kind
from sekisho.web.backup.sealing import SealedReader, Secret

if TYPE_CHECKING:
    from sekisho.web.backup.writing import Progress

__all__ = ["check"]


def check(file: IO[bytes], secret: Secret, *, name: str, progress: Progress | None = None) -> dict[str, Any]:
    """Figures of the backup in ``file``. Raises InputError as the readers do, or ``backup.differs``. Needs no database."""
    frames = FrameReader(SealedReader(file, secret, name=name), name=name)
    kind, payload = frames.next()
    begin = frames.json(payload)
    if kind != Kind.BEGIN or begin.get("format") != FORMAT:
        raise frames.malformed()
    rows = artifacts = 0
    while True:
        kind, payload = frames.next()
        if kind == Kind.ROWS:
            rows += len(frames.json_list(payload))
        elif kind == Kind.ARTIFACT:
            _artifact(frames, frames.json(payload))
            artifacts += 1
            if progress:
                progress("evidence.store", artifacts)
        elif kind == Kind.END:
            end = frames.json(payload)
            frames.finish()
            break
        elif kind not in {Kind.KEY, Kind.TABLE, Kind.TABLE_END}:
            raise frames.malformed()
    if rows != sum(table["rows"] for table in end["tables"].values()) or artifacts != end["artifacts"]["count"]:
        raise InputError("backup.differs", what="manifest")
    return {
        "file": name,
        "made_at": begin["made_at"],
        "sekisho": begin["sekisho"],
        "database": begin["database"],
        "keys": begin["keys"],
        "rows": rows,
        "tables": end["tables"],
        "artifacts": artifacts,
        "damaged": end["artifacts"]["damaged"],
        "ledger": end["ledger"],
    }


def _artifact(frames: FrameReader, head: dict[str, Any]) -> None:
    digest = hashlib.sha256()
    while True:
        kind, payload = frames.next()
        if kind == Kind.ARTIFACT_END:
            break
        if kind != Kind.BYTES:
            raise frames.malformed()
        digest.update(payload)
    if digest.hexdigest() != head["sha256"]:
        raise InputError("backup.differs", what=str(head["sha256"])[:64])
