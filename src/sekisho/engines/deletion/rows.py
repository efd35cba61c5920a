"""Rows of a database: counted first, deleted in one transaction that sees that none is left, effects of foreign keys told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from sekisho.engines.deletion.conditions import condition
from sekisho.engines.deletion.model import Guard, Item, Listing, Outcome, Rows, Statement, Stop, Verification
from sekisho.errors import Conflict, NotFound, Unavailable

if TYPE_CHECKING:
    from sekisho.engines.deletion.journal import Journal

__all__ = ["erase_rows", "list_rows", "verify_rows"]

_ROWS: Final = "rows"


@dataclass(frozen=True, slots=True)
class _Referrer:
    """A table with a foreign key to the one deleted from, and how many of its rows point to rows that go."""

    table: str
    columns: tuple[str, ...]
    effect: str
    rows: int


class _Stopped(Exception):
    """Rolls the transaction back."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.code)
        self.stop = stop


@contextmanager
def _errors(target: Rows) -> Iterator[None]:
    """What the database says becomes an error of ours; its words may hold values and are not shown."""
    try:
        yield
    except NoSuchTableError as error:
        raise NotFound("deletion.no_such_table", table=target.table) from error
    except SQLAlchemyError as error:
        raise Unavailable("deletion.database", target=target.id, kind=type(error).__name__) from error


def _reflected(connection: sa.Connection, target: Rows) -> sa.Table:
    return sa.Table(target.table, sa.MetaData(), schema=target.schema, autoload_with=connection, resolve_fks=False)


def _strict(connection: sa.Connection) -> None:
    """SQLite looks at foreign keys only when told so, and wipes deleted bytes only then."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


@contextmanager
def _transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One view of the data from the first count to the end; SQLite takes its lock for writing at once."""
    with engine.connect() as connection:
        _strict(connection)
        connection.commit()
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901 - the same connection
        with connection.begin():
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def _facts(connection: sa.Connection, target: Rows) -> tuple[sa.Table, sa.ColumnElement[bool], int, str, list[_Referrer]]:
    table = _reflected(connection, target)
    where = condition(target.where, table, target.parameters)
    count = int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())
    return table, where, count, _digest(connection, table, where), _referrers(connection, table, where)


def _digest(connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> str:
    """SHA-256 over the keys of the rows, in order; without a primary key over the whole rows as a set."""
    keys = list(table.primary_key.columns)
    made = hashlib.sha256()
    if keys:
        for row in connection.execute(sa.select(*keys).where(where).order_by(*keys).execution_options(yield_per=5_000)):
            made.update(repr(tuple(row)).encode() + b"\n")
        return made.hexdigest()
    total = 0
    for row in connection.execute(sa.select(*table.columns).where(where).execution_options(yield_per=5_000)):
        total = (total + int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())) % (1 << 256)
    made.update(total.to_bytes(32))
    return made.hexdigest()


def _referrers(connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> list[_Referrer]:
    inspector = sa.inspect(connection)
    found = []
    for name in inspector.get_table_names(schema=table.schema):
        for key in inspector.get_foreign_keys(name, schema=table.schema):
            if key["referred_table"] != table.name or (key.get("referred_schema") or table.schema) != table.schema:
                continue
            found_table = sa.Table(name, sa.MetaData(), schema=table.schema, autoload_with=connection, resolve_fks=False)
            other = found_table.alias("referrer")
            own = key["referred_columns"] or [c.name for c in table.primary_key.columns]
            pairs = zip(key["constrained_columns"], own, strict=True)
            meets = sa.and_(*(other.c[a] == table.c[b] for a, b in pairs))
            pointing = sa.select(sa.func.count()).select_from(other).where(sa.exists().where(meets, where))
            rows = connection.execute(pointing).scalar_one()
            effect = _effect(connection, name, key)
            found.append(_Referrer(name, tuple(key["constrained_columns"]), effect, int(rows)))
    return found


def _effect(connection: sa.Connection, table: str, key: Any) -> str:
    """What the key does when its row goes; SQLAlchemy does not read it from every way of writing it in SQLite."""
    told = key.get("options", {}).get("ondelete")
    if connection.dialect.name == "sqlite":
        quoted = connection.dialect.identifier_preparer.quote_identifier(table)
        rows = connection.exec_driver_sql(f"PRAGMA foreign_key_list({quoted})").mappings().all()
        columns = set(key["constrained_columns"])
        told = next((r["on_delete"] for r in rows if r["table"] == key["referred_table"] and r["from"] in columns), told)
    return str(told or "NO ACTION").upper()


def list_rows(target: Rows, engine: sa.Engine) -> Listing:
    """How many rows would go, a digest over their keys, and what foreign keys would do.

    Raises InputError for the condition (``deletion.where_*``), NotFound for the table, Unavailable for the database.
    """
    with _errors(target), _transaction(engine) as connection:
        _, _, count, digest, referrers = _facts(connection, target)
        backend = connection.dialect.name
    item = Item(name=target.table, kind=_ROWS, size=0, fields={"count": count})
    return Listing(
        target=target.id, type="rows", items=(item,), count=count, bytes=0, refused=0, digest=digest,
        statements=(Statement(code="deletion.rows_counted", fields={"count": count, "backend": backend}), *_effects(referrers)),
    )  # fmt: skip


def _effects(referrers: list[_Referrer]) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            code="deletion.foreign_key",
            fields={"table": r.table, "columns": ", ".join(r.columns), "effect": r.effect, "rows": r.rows},
        )
        for r in referrers
        if r.rows
    )


def erase_rows(target: Rows, listing: Listing, engine: sa.Engine, *, guard: Guard, journal: Journal | None = None) -> Outcome:
    """Delete exactly the rows of the listing, all or none.

    Within the transaction: counted again, compared with the listing, deleted, seen to be none, and ``guard`` asked last.
    Raises Conflict ``deletion.changed_since_approval``, ``deletion.rows_referenced``; otherwise as :func:`list_rows`.
    """
    resumed = bool(journal and target.id in journal.listings)
    if journal:
        if target.id in journal.finished:
            return msgspec.convert(journal.finished[target.id], Outcome)
        journal.begin(listing)
    referrers: list[_Referrer] = []
    try:
        with _errors(target), _transaction(engine) as connection:
            table, where, count, digest, referrers = _facts(connection, target)
            if resumed and count == 0 and listing.count:
                return _finished(target, listing, connection, done=listing.count, state="gone", journal=journal)
            if digest != listing.digest or count != listing.count:
                raise Conflict("deletion.changed_since_approval", target=target.id, then=listing.count, now=count)
            _allowed(target, referrers)
            gone = connection.execute(sa.delete(table).where(where)).rowcount
            left = int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())
            if gone != count or left:
                raise Conflict("deletion.rows_differ", target=target.id, expected=count, deleted=gone, left=left)
            _ask(guard, target)
            made = _finished(target, listing, connection, done=count, state="done", journal=None)
    except _Stopped as stopped:
        return _held(target, listing, stopped.stop)
    made = _carried_over(made, engine)
    if journal:
        journal.finish(target.id, msgspec.to_builtins(made))
    return made


def _ask(guard: Guard, target: Rows) -> None:
    stop = guard(target.id, target.table)
    if stop is not None:
        raise _Stopped(stop)


def _allowed(target: Rows, referrers: list[_Referrer]) -> None:
    for one in referrers:
        if one.rows and (not target.cascade or one.effect in {"NO ACTION", "RESTRICT"}):
            raise Conflict("deletion.rows_referenced", target=target.id, table=one.table, rows=one.rows, effect=one.effect)


def _finished(
    target: Rows, listing: Listing, connection: sa.Connection, *, done: int, state: str, journal: Journal | None
) -> Outcome:
    item = Item(name=target.table, kind=_ROWS, state=state, note="found_gone" if state == "gone" else "", fields={"count": done})
    said = [*listing.statements, *_said(connection)]
    if state == "gone":
        said.append(Statement(code="deletion.found_gone", fields={"count": done}))
    if target.method != "clear":
        said.append(Statement(code="deletion.not_reached", fields={"asked": target.method, "achieved": "deleted"}))
    made = Outcome(
        target=target.id, type="rows", asked=target.method, achieved="deleted" if done else "none", done=done, left=0, bytes=0,
        overwritten=0, items=(item,), statements=tuple(said), evidence={"rows_digest": listing.digest},
    )  # fmt: skip
    if journal:
        journal.finish(target.id, msgspec.to_builtins(made))
    return made


def _carried_over(made: Outcome, engine: sa.Engine) -> Outcome:
    """SQLite with a write-ahead log holds the old pages in its file until the log is carried over: do it, or say so."""
    if engine.dialect.name != "sqlite":
        return made
    try:
        with engine.connect() as connection:
            if str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()) != "wal":
                return made
            connection.rollback()
            busy = bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0])
    except SQLAlchemyError:  # the rows are gone; only this is not known
        busy = True
    code = "deletion.sqlite_log_left" if busy else "deletion.sqlite_log_carried"
    return msgspec.structs.replace(made, statements=(*made.statements, Statement(code=code)))


def _said(connection: sa.Connection) -> list[Statement]:
    """What the database keeps of deleted rows, as far as it is known."""
    name = connection.dialect.name
    if name == "sqlite":
        mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
        wiped = bool(connection.exec_driver_sql("PRAGMA secure_delete").scalar())
        said = [Statement(code="deletion.sqlite_wiped" if wiped else "deletion.sqlite_not_wiped", fields={"mode": mode})]
        return [*said, Statement(code="deletion.backups_left")]
    if name == "postgresql":
        return [Statement(code="deletion.postgresql_keeps"), Statement(code="deletion.backups_left")]
    return [Statement(code="deletion.database_keeps", fields={"backend": name}), Statement(code="deletion.backups_left")]


def _held(target: Rows, listing: Listing, stop: Stop) -> Outcome:
    state = "held" if stop.code == "deletion.held" else "untouched"
    item = Item(name=target.table, kind=_ROWS, state=state, fields={"count": listing.count})
    return Outcome(
        target=target.id, type="rows", asked=target.method, achieved="none", done=0, left=listing.count, bytes=0, overwritten=0,
        items=(item,), statements=listing.statements, stopped=Statement(code=stop.code, fields=stop.fields),
    )  # fmt: skip


def verify_rows(target: Rows, engine: sa.Engine, *, total: int) -> Verification:
    """Whether rows that meet the condition are there (again)."""
    with _errors(target), _transaction(engine) as connection:
        table = _reflected(connection, target)
        where = condition(target.where, table, target.parameters)
        left = int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())
    checks = (Statement(code="deletion.checked_rows", fields={"left": left}), Statement(code="deletion.bytes_not_looked_at"))
    names = (f"{target.table}: {left}",) if left else ()
    return Verification(
        target=target.id, result="left" if left else "gone", checked=total, total=total, left=names, checks=checks
    )
