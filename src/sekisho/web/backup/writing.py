"""Writing a backup: one consistent look at the database, then the artifacts it names, then a manifest of what was written."""

# ruff: noqa: SLF001 - ``_meta`` and ``_base_manager`` are Django's documented names
from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from sekisho.errors import Conflict, Unavailable
from sekisho.records.database import database_errors
from sekisho.records.evidence.store import ArtifactStore
from sekisho.records.ledger import queries as ledger_queries
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM
from sekisho.web.backup import tables
from sekisho.web.backup.container import FORMAT, FrameWriter, Kind
from sekisho.web.backup.sealing import CHUNK, SealedWriter, Secret

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from django.db import models

__all__ = ["KEPT_SETTINGS", "Progress", "Written", "back_up"]

# What belongs to the installation. Not the addresses of database and Redis: they belong to the machine.
KEPT_SETTINGS: Final = ("secret_key", "base_url", "allowed_hosts", "https", "is_demo", "email_url", "time_zone")
_BATCH: Final = 500

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup holds. ``damaged``: artifacts whose bytes are gone or no longer have their hash; they are not in it."""

    file: str
    size: int
    rows: int
    tables: int
    artifacts: int
    artifact_bytes: int
    damaged: tuple[str, ...]
    ledger_entries: int
    ledger_head: str
    ledger_ok: bool
    keys: bool

    @property
    def ok(self) -> bool:
        """Whether everything that ought to be there was there and sound."""
        return self.ledger_ok and not self.damaged

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"ok": self.ok, **asdict(self)}


@contextmanager
def _snapshot() -> Iterator[None]:
    """A transaction that reads one state, and stops nobody from writing."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Our SQLite transactions take the write lock at once; a reader must not.
    usual = getattr(connection, "transaction_mode", None)
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined] # SQLite's own attribute
    try:
        with transaction.atomic():
            yield
    finally:
        connection.transaction_mode = usual  # type: ignore[attr-defined] # SQLite's own attribute


def back_up(target: Path, *, secret: Secret, now: datetime, with_keys: bool = True, progress: Progress | None = None) -> Written:
    """Write the present installation into ``target`` (mode 0600), sealed with ``secret``; it appears only when it is whole.

    Raises Conflict ``backup.file_exists``, Unavailable ``backup.cannot_write`` or ``database.*``.
    """
    if target.exists():
        raise Conflict("backup.file_exists", file=str(target))
    part = target.with_name(f"{target.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            with database_errors(), recording(SYSTEM, "installation.back_up", now=now) as entry:
                entry.fact(keys=with_keys)
            written = _Writer(file, secret, progress or (lambda _what, _count: None)).run(now=now, with_keys=with_keys)
            file.flush()
            os.fsync(file.fileno())
        size = part.stat().st_size
        part.rename(target)
    except OSError as error:
        raise Unavailable("backup.cannot_write", file=str(target), detail=error.strerror or "") from error
    finally:
        part.unlink(missing_ok=True)
    return Written(file=str(target), size=size, **written)


class _Writer:
    def __init__(self, file: IO[bytes], secret: Secret, progress: Progress) -> None:
        self._sealed = SealedWriter(file, secret)
        self._frames = FrameWriter(self._sealed)
        self._progress = progress
        self._store = ArtifactStore(settings.CONFIG.store)

    def run(self, *, now: datetime, with_keys: bool) -> dict[str, Any]:
        """Write everything; returns the figures of Written."""
        with database_errors(), _snapshot():
            sequence, head = ledger_queries.head()  # the first read fixes what is seen from here on
            self._begin(now=now, with_keys=with_keys)
            written = {model._meta.label_lower: self._table(model) for model in tables.kept_models(apps)}
            self._progress("ledger.verify", 0)
            ledger_ok = ledger_queries.verify().ok
            wanted = self._wanted()
        artifacts = self._artifacts(wanted)
        ledger = {"entries": sequence, "head": head, "ok": ledger_ok}
        self._frames.write_json(Kind.END, {"tables": written, "artifacts": artifacts, "ledger": ledger})
        self._sealed.finish()
        return {
            "rows": sum(table["rows"] for table in written.values()),
            "tables": len(written),
            "artifacts": artifacts["count"],
            "artifact_bytes": artifacts["bytes"],
            "damaged": tuple(artifacts["damaged"]),
            "ledger_entries": sequence,
            "ledger_head": head,
            "ledger_ok": ledger_ok,
            "keys": with_keys,
        }

    def _begin(self, *, now: datetime, with_keys: bool) -> None:
        kept = {name: getattr(settings.CONFIG, name) for name in KEPT_SETTINGS if with_keys or name != "secret_key"}
        applied = MigrationRecorder(connection).applied_migrations()
        folder = settings.CONFIG.keys
        files = sorted(path for path in folder.iterdir() if path.is_file()) if with_keys and folder.is_dir() else []
        begin = {
            "format": FORMAT,
            "sekisho": version("sekisho"),
            "made_at": now.isoformat(),
            "database": connection.vendor,
            "migrations": sorted(applied),
            "settings": kept,
            "keys": [path.name for path in files],
        }
        self._frames.write_json(Kind.BEGIN, begin)
        for path in files:
            content = base64.b64encode(path.read_bytes()).decode()
            self._frames.write_json(Kind.KEY, {"name": path.name, "content": content})

    def _table(self, model: type[models.Model]) -> dict[str, Any]:
        name, fields = model._meta.label_lower, tables.fields_of(model)
        self._frames.write_json(Kind.TABLE, {"table": name, "columns": tables.columns(model)})
        digest, count = hashlib.sha256(), 0
        batch: list[list[Any]] = []
        for row in tables.rows(model):
            digest.update(tables.digest_line(fields, row))
            batch.append(row)
            count += 1
            if len(batch) == _BATCH:
                self._frames.write_json(Kind.ROWS, batch)
                batch.clear()
                self._progress(name, count)
        if batch:
            self._frames.write_json(Kind.ROWS, batch)
        made = {"rows": count, "sha256": digest.hexdigest()}
        self._frames.write_json(Kind.TABLE_END, {"table": name, **made})
        return made

    def _wanted(self) -> bytes:
        """The hashes of all artifacts that are not erased, 32 bytes each."""
        artifacts = apps.get_model("evidence", "Artifact")._base_manager.filter(erased_at=None).order_by("pk")
        return b"".join(bytes.fromhex(pk) for pk in artifacts.values_list("pk", flat=True).iterator())

    def _artifacts(self, wanted: bytes) -> dict[str, Any]:
        damaged: list[str] = []
        count = total = 0
        for start in range(0, len(wanted), 32):
            sha256 = wanted[start : start + 32].hex()
            if not self._store.verify(sha256):
                damaged.append(sha256)
                continue
            total += self._artifact(sha256)
            count += 1
            self._progress("evidence.store", count)
        return {"count": count, "bytes": total, "damaged": damaged}

    def _artifact(self, sha256: str) -> int:
        size = self._store.path(sha256).stat().st_size
        self._frames.write_json(Kind.ARTIFACT, {"sha256": sha256, "size": size})
        with self._store.open(sha256) as file:
            while chunk := file.read(CHUNK):
                self._frames.write(Kind.BYTES, chunk)
        self._frames.write(Kind.ARTIFACT_END)
        return size
