"""Restoring a backup into an empty database and a new home. Either all of it is there in the end, or nothing.

The tables are made as they were when the backup was written (its migrations' names), filled, compared row for row by digest with
what was saved, and only then brought to the present form. On PostgreSQL that is one transaction; an SQLite file gets its name
only when it is whole.
"""

# ruff: noqa: SLF001 - ``_meta`` and ``_base_manager`` are Django's documented names
from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from sekisho.errors import Conflict, InputError
from sekisho.records.database import database_errors
from sekisho.records.evidence.store import ArtifactStore, is_sha256
from sekisho.records.ledger import queries as ledger_queries
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM
from sekisho.web.backup import tables
from sekisho.web.backup.container import FORMAT, FrameReader, Kind

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from django.db import models

    from sekisho.web.backup.writing import Progress

__all__ = ["Restored", "begin_of", "restore"]

_KEY_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


@dataclass(slots=True)
class Restored:
    """What was restored. ``damaged``: artifacts that were already damaged when the backup was written."""

    made_at: str
    rows: int = 0
    tables: int = 0
    artifacts: int = 0
    damaged: tuple[str, ...] = ()
    ledger_entries: int = 0
    ledger_ok: bool = False
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    keys: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether ledger and artifacts are sound."""
        return self.ledger_ok and not self.damaged

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, without what is secret."""
        shown = {name: value for name, value in asdict(self).items() if name not in {"settings", "keys"}}
        return {"ok": self.ok, **shown}


def begin_of(frames: FrameReader) -> dict[str, Any]:
    """The first frame. Raises InputError ``backup.other_format``."""
    kind, payload = frames.next()
    if kind != Kind.BEGIN:
        raise frames.malformed()
    begin = frames.json(payload)
    if begin.get("format") != FORMAT:
        raise InputError("backup.other_format", file="")
    return begin


def restore(frames: FrameReader, *, home: Path, now: datetime, progress: Progress | None = None) -> Restored:
    """Read all of ``frames`` into the (empty) default database and the store below ``home``.

    Raises Conflict ``backup.database_not_empty``; InputError ``backup.newer``, ``backup.row_refused``, ``backup.differs``,
    ``backup.ledger_broken`` or what the readers raise. Then nothing stays (of an SQLite file the caller disposes).
    """
    work = _Restore(frames, ArtifactStore(home / "store"), progress or (lambda _what, _count: None))
    with database_errors(), work.clean_store():
        if connection.introspection.table_names():
            raise Conflict("backup.database_not_empty")
        # On SQLite tables can be changed only outside of transactions; the whole file is new there.
        with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
            return work.run(now=now)


class _Restore:
    def __init__(self, frames: FrameReader, store: ArtifactStore, progress: Progress) -> None:
        self._frames, self._store, self._progress = frames, store, progress
        self._new: list[str] = []
        self._models: dict[str, type[models.Model]] = {}
        self._seen: dict[str, dict[str, Any]] = {}
        self._columns: dict[str, list[str]] = {}

    @contextmanager
    def clean_store(self) -> Iterator[None]:
        """What was put into the store goes again when something fails."""
        try:
            yield
        except BaseException:
            for sha256 in self._new:
                self._store.delete(sha256)
            raise

    def run(self, *, now: datetime) -> Restored:
        """Everything, in the order of the file."""
        begin = begin_of(self._frames)
        made = Restored(made_at=str(begin["made_at"]), settings=begin["settings"])
        self._progress("migrations", 0)
        self._make_tables([(str(app), str(name)) for app, name in begin["migrations"]])
        with transaction.atomic():
            end = self._read(made)
            self._compare(end)
            connection.check_constraints()
        if missing := [name for name in begin["keys"] if name not in made.keys]:
            raise InputError("backup.differs", what=f"keys/{missing[0]}")
        self._progress("migrations", 0)
        call_command("migrate", verbosity=0, interactive=False)
        self._reset_sequences()
        self._progress("ledger.verify", 0)
        verified = ledger_queries.verify()
        wanted = end["ledger"]
        if (wanted["ok"] and not verified.ok) or (verified.entries, verified.head) != (wanted["entries"], wanted["head"]):
            raise InputError("backup.ledger_broken", count=len(verified.breaks))
        with recording(SYSTEM, "installation.restore", now=now) as entry:
            entry.fact(made_at=made.made_at, head=wanted["head"], entries=wanted["entries"])
        made.ledger_entries, made.ledger_ok = verified.entries, verified.ok
        return made

    def _make_tables(self, names: list[tuple[str, str]]) -> None:
        """The tables as of the migrations ``names``, and the models that fit them."""
        executor = MigrationExecutor(connection)
        graph, ours = executor.loader.graph, set(names)
        # Django's own and allauth's migrations are part of it, too.
        if unknown := sorted(ours - set(graph.nodes)):
            raise InputError("backup.newer", names=", ".join(".".join(name) for name in unknown[:5]))
        leaves = [name for name in names if not any(c.key in ours and c.key[0] == name[0] for c in graph.node_map[name].children)]
        executor.migrate(leaves)
        connection.check_constraints()
        old = executor.loader.project_state(names).apps
        self._models = {model._meta.label_lower: model for model in tables.kept_models(old)}

    def _read(self, made: Restored) -> dict[str, Any]:
        """Fill tables and store up to the end; returns the manifest."""
        while True:
            kind, payload = self._frames.next()
            if kind == Kind.TABLE:
                made.rows += self._table(self._frames.json(payload))
                made.tables += 1
            elif kind == Kind.ARTIFACT:
                self._artifact(self._frames.json(payload))
                made.artifacts += 1
                self._progress("evidence.store", made.artifacts)
            elif kind == Kind.KEY:
                key = self._frames.json(payload)
                if not _KEY_NAME.fullmatch(str(key["name"])):
                    raise self._frames.malformed()
                made.keys[key["name"]] = base64.b64decode(key["content"], validate=True)
            elif kind == Kind.END:
                end = self._frames.json(payload)
                self._frames.finish()
                break
            else:
                raise self._frames.malformed()
        made.damaged = tuple(end["artifacts"]["damaged"])
        if end["artifacts"]["count"] != made.artifacts:
            raise InputError("backup.differs", what="artifacts")
        return end

    def _table(self, head: dict[str, Any]) -> int:
        name = str(head["table"])
        model = self._models.get(name)
        if model is None or name in self._seen or sorted(tables.columns(model)) != sorted(head["columns"]):
            raise self._frames.malformed()
        fields, digest, count = tables.fields_of(model, head["columns"]), hashlib.sha256(), 0
        while True:
            kind, payload = self._frames.next()
            if kind == Kind.TABLE_END:
                end = self._frames.json(payload)
                break
            if kind != Kind.ROWS:
                raise self._frames.malformed()
            batch = self._frames.json_list(payload)
            for row in batch:
                digest.update(tables.digest_line(fields, row))
            self._insert(model, fields, batch)
            count += len(batch)
            self._progress(name, count)
        if (end["rows"], end["sha256"]) != (count, digest.hexdigest()):
            raise InputError("backup.differs", what=name)
        self._seen[name] = {"rows": count, "sha256": end["sha256"]}
        self._columns[name] = head["columns"]
        return count

    def _insert(self, model: type[models.Model], fields: list[Any], batch: list[list[Any]]) -> None:
        try:
            made = [model(**{f.attname: tables.decode(f, value) for f, value in zip(fields, row, strict=True)}) for row in batch]
            with transaction.atomic():
                model._base_manager.bulk_create(made)
        except OperationalError:
            raise
        except (ValueError, TypeError, ValidationError, DatabaseError) as error:
            raise self._first_refused(model, fields, batch) from error

    def _first_refused(self, model: type[models.Model], fields: list[Any], batch: list[list[Any]]) -> InputError:
        """Name the row that the database does not take (SQLite knows no lengths and takes NUL characters, PostgreSQL not)."""
        name, detail, key = model._meta.label_lower, "", "?"
        for row in batch:
            values = dict(zip([f.attname for f in fields], row, strict=False))
            try:
                one = model(**{f.attname: tables.decode(f, values[f.attname]) for f in fields})
                with transaction.atomic():
                    one.save(force_insert=True)
            except (ValueError, TypeError, KeyError, ValidationError, DatabaseError) as error:
                key, detail = str(values.get(model._meta.pk.attname)), str(error).splitlines()[0][:200]
                break
        return InputError("backup.row_refused", table=name, key=key, detail=detail)

    def _artifact(self, head: dict[str, Any]) -> None:
        sha256, size = str(head["sha256"]), int(head["size"])
        if not is_sha256(sha256):
            raise self._frames.malformed()
        known = self._store.has(sha256)
        if not known:
            self._new.append(sha256)
        stored = self._store.put(self._bytes(), limit=size, sha256=sha256)
        if stored.size != size:
            raise InputError("backup.differs", what=sha256)

    def _bytes(self) -> Iterator[bytes]:
        while True:
            kind, payload = self._frames.next()
            if kind == Kind.ARTIFACT_END:
                return
            if kind != Kind.BYTES:
                raise self._frames.malformed()
            yield payload

    def _compare(self, end: dict[str, Any]) -> None:
        """What the database now gives back is what was saved, in every table."""
        if self._seen != end["tables"] or set(self._seen) != set(self._models):
            raise InputError("backup.differs", what=", ".join(sorted(set(self._models) ^ set(end["tables"]))[:5]) or "manifest")
        for name, model in self._models.items():
            self._progress(name, 0)
            count, digest = tables.table_digest(model, self._columns[name])
            if (count, digest) != (self._seen[name]["rows"], self._seen[name]["sha256"]):
                raise InputError("backup.differs", what=name)
        kept = self._models["evidence.artifact"]._base_manager.filter(erased_at=None).count()
        if kept != end["artifacts"]["count"] + len(end["artifacts"]["damaged"]):
            raise InputError("backup.differs", what="artifacts")

    def _reset_sequences(self) -> None:
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), tables.kept_models(apps)):
                cursor.execute(sql)
