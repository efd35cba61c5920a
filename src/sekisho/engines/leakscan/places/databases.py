"""Databases by SQLAlchemy URL: every table and column, streamed by the server in portions; cells told by primary key.

The column's name is the context of what stands in it. The password is never shown: addresses are told without it, and of what a
driver says only the kind of error is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.leakscan.places.gathering import Located, located
from sekisho.engines.leakscan.places.model import PlaceScan, record, record_of_match, shown, spooled
from sekisho.engines.textract import Rows
from sekisho.engines.textract.tables import as_text, table
from sekisho.errors import InputError, Problem, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine

    from sekisho.engines.leakscan.places.scanning import Scanning

__all__ = ["Database", "shown_url"]

_PORTION: Final = 5_000
_LONGEST_KEY: Final = 40
_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def _url(address: str) -> URL:
    """The address. Raises InputError ``leakplaces.url_unusable`` (which does not repeat it)."""
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - of the extra
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise InputError("leakplaces.url_unusable") from error
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def shown_url(address: str) -> str:
    """The address without its password (and without what may be one in its query)."""
    url = _url(address)
    return shown(url._replace(password=None).set(query={}).render_as_string())


@dataclass(slots=True)
class Database:
    """One database. ``password`` fills what the address leaves out; ``tables`` empty takes all (``schema.table`` or ``table``);
    ``share`` (0–1) of the rows is scanned, chosen by ``chance`` (numbers from 0 to 1).
    """

    address: str
    password: str = field(default="", repr=False)
    tables: tuple[str, ...] = ()
    share: float = 1.0
    chance: Callable[[], float] | None = None
    problems: list[Problem] = field(default_factory=list)

    def scans(self, scanning: Scanning, spools: Path | None) -> Iterator[PlaceScan]:
        """One result for each table.

        Raises:
            InputError: the address cannot be used, its driver is not there, or a table that was asked for does not exist.
            Unavailable: the database cannot be reached or refuses.
        """
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - of the extra

        with self._engine() as engine:
            where = shown_url(self.address)
            try:
                names = self._names(engine)
            except SQLAlchemyError as error:
                raise Unavailable("leakplaces.database_unreachable", address=where, reason=_reason(error)) from None
            for schema, name in names:
                place = f"{where}#{schema}.{name}" if schema else f"{where}#{name}"
                yield self._table(engine, (schema, name), place, scanning, spools)

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        from sqlalchemy import create_engine  # noqa: PLC0415 - of the extra
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415

        url = _url(self.address)
        if self.password:
            url = url.set(password=self.password)
        if url.get_backend_name() == "sqlite":
            url = _existing(url)
        try:
            engine = create_engine(url, hide_parameters=True)
        except (NoSuchModuleError, ArgumentError, ModuleNotFoundError) as error:
            raise InputError("leakplaces.driver_missing", driver=url.drivername) from error
        try:
            yield engine
        finally:
            engine.dispose()

    def _names(self, engine: Engine) -> list[tuple[str, str]]:
        from sqlalchemy import inspect  # noqa: PLC0415 - of the extra

        inspector = inspect(engine)
        own = {"information_schema", "pg_catalog", "pg_toast"}
        main = inspector.default_schema_name or ""
        schemas = [s for s in inspector.get_schema_names() if s not in own] if engine.dialect.name != "sqlite" else [""]
        found = [(schema, name) for schema in schemas for name in sorted(inspector.get_table_names(schema or None))]
        found += [
            (s, n) for s in schemas if engine.dialect.name == "postgresql" for n in inspector.get_materialized_view_names(s)
        ]
        if not self.tables:
            return found
        chosen = []
        for wanted in self.tables:
            hits = [(s, n) for s, n in found if wanted in {f"{s}.{n}", n if s in {main, ""} else None}]
            if not hits:
                known = ", ".join(f"{s}.{n}" if s else n for s, n in found[:50])
                raise InputError("leakplaces.table_missing", table=wanted, known=known)
            chosen += hits
        return list(dict.fromkeys(chosen))

    def _table(
        self, engine: Engine, table_name: tuple[str, str], place: str, scanning: Scanning, spools: Path | None
    ) -> PlaceScan:  # fmt: skip
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - of the extra

        result = PlaceScan(place, kind="table")
        reader = _Reader(scanning, place, result)
        try:
            with engine.connect() as connection:
                rows = self._rows(connection, *table_name)
                keys = _keys(connection, *table_name)
                result.findings, result.spool, kinds = spooled(reader.records(rows, keys), spools)
                result.kinds, result.count = dict(kinds), sum(kinds.values())
        except SQLAlchemyError as error:
            result.state = "partly" if reader.rows else "unread"
            result.problems.append(Problem("leakplaces.table_unreadable", {"reason": _reason(error)}, place))
        return result

    def _rows(self, connection: Connection, schema: str, name: str) -> Iterator[tuple[Sequence[str], list[tuple[int, Any]]]]:
        """The names of the columns and portions of numbered rows, as the server hands them out; of a sample only its rows."""
        from sqlalchemy import select, text  # noqa: PLC0415 - of the extra
        from sqlalchemy import table as named  # noqa: PLC0415

        source = named(name, schema=schema or None)
        statement = select(text("*")).select_from(source)
        result = connection.execution_options(stream_results=True, yield_per=_PORTION, max_row_buffer=_PORTION).execute(statement)
        names = list(result.keys())
        done = 0
        for portion in result.partitions(_PORTION):
            rows = list(enumerate(portion, start=done + 1))
            done += len(rows)
            if self.share < 1 and self.chance is not None:
                chance = self.chance
                rows = [row for row in rows if chance() < self.share]
            yield names, rows


def _existing(url: URL) -> URL:
    """A SQLite file opened for reading only; one that does not exist is not made."""
    path = url.database or ""
    if not path or path == ":memory:" or not Path(path).is_file():
        raise InputError("leakplaces.paths_missing", problems=(Problem("leakplaces.path_missing", {}, shown(path)),), count=1)
    return url.set(database=f"file:{Path(path).resolve()}", query={"mode": "ro", "uri": "true"})


def _reason(error: BaseException) -> str:
    """What kind of error it was; never its text, which may hold the address or values."""
    cause = getattr(error, "orig", None)
    state = getattr(cause, "sqlstate", "") or ""
    return " ".join(filter(None, (type(cause or error).__name__, state)))


def _keys(connection: Connection, schema: str, name: str) -> tuple[str, ...]:
    from sqlalchemy import inspect  # noqa: PLC0415 - of the extra

    return tuple(inspect(connection).get_pk_constraint(name, schema or None).get("constrained_columns") or ())


class _Reader:
    """The findings of one table, portion by portion."""

    def __init__(self, scanning: Scanning, place: str, result: PlaceScan) -> None:
        self._scanning = scanning
        self._place = place
        self._result = result
        self.rows = 0

    def records(
        self, portions: Iterator[tuple[Sequence[str], list[tuple[int, Any]]]], keys: tuple[str, ...]
    ) -> Iterator[dict[str, Any]]:
        from sekisho.engines.leakscan.documents import Matcher  # noqa: PLC0415 - only with own documents
        from sekisho.engines.textract import Place  # noqa: PLC0415

        documents = self._scanning.documents
        matcher = Matcher(documents) if documents is not None else None
        start, place = 0, Place()
        for names, rows in portions:
            if not rows:
                continue
            cells = [[as_text(value) for value in row] for _, row in rows]
            piece = table(cells, place, header=names, first=1)
            piece.numbers = [number for number, _ in rows]
            piece.start = start
            start += len(piece.text) + 1
            self.rows += len(rows)
            self._result.characters = start - 1
            if matcher is not None:
                matcher.feed(piece.text, piece.start)
            yield from self._portion(piece, [names.index(key) for key in keys if key in names])
        if matcher is not None:
            for match in matcher.finish():
                yield from record_of_match(self._place, match)

    def _portion(self, piece: Rows, keys: list[int]) -> Iterator[dict[str, Any]]:
        found = list(located(self._scanning.scanner, [piece]))
        secret = {one.row for one in found if one.column in keys}
        for one in sorted(found, key=lambda f: (f.start, f.end)):
            value = record(self._place, one)
            value["location"] |= {"column": piece.header[one.column]}
            if one.row not in secret and (key := self._key(piece, one, keys)):
                value["location"]["key"] = key
            value["location"].pop("heading", None)
            yield value

    @staticmethod
    def _key(piece: Rows, one: Located, keys: list[int]) -> dict[str, str]:
        """The primary key of the row, unless something was found in it: a key may be a personal value itself."""
        key = {piece.header[index]: piece.cells[one.row][index] for index in keys}
        return key if all(len(value) <= _LONGEST_KEY for value in key.values()) else {}
