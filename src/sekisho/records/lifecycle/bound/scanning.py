"""Looking through folders, buckets and databases for what scan rules meet. Libraries of the extra ``data`` load only here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.deletion.tree import reach, walk
from sekisho.errors import InputError, SekishoError, Unavailable
from sekisho.extras import explain
from sekisho.records.lifecycle.rules.scanning import Seen, met, named_day, years_between

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import DataStore, ScanRule

__all__ = ["MOST_SEEN", "Report", "bucket_client", "database_engine", "look_through"]

MOST_SEEN: Final = 2_000_000
_MOST_YEARS: Final = 200
_EVERY: Final = 2_000

Tell = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """What a scan saw: files, objects or rows; how many a rule met; places that could not be read."""

    seen: int = 0
    matched: int = 0
    unmatched: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    def problem(self, code: str, **fields: Any) -> None:
        """Note what could not be read (the first two hundred)."""
        if len(self.problems) < 200:  # noqa: PLR2004 - enough to see what is wrong
            self.problems.append({"code": code, "fields": fields})


@dataclass(slots=True)
class Met:
    """A place that a rule meets."""

    rule: ScanRule
    label: str
    locator: dict[str, Any]
    day: date | None
    count: int
    size: int


def look_through(store: DataStore, rules: list[ScanRule], *, secret: str, zone: Any, tell: Tell) -> tuple[list[Met], Report]:
    """What the rules meet in a store. ``secret``: its password; ``zone``: in which days of changes are counted.

    Raises NotFound, Unavailable when the store cannot be reached, MissingComponent without the extra.
    """
    report = Report()
    if store.kind == "database":
        return list(_tables(store, rules, secret=secret, report=report, tell=tell)), report
    files = _files(store, report) if store.kind == "folder" else _objects(store, secret, report)
    return list(_paths(files, rules, zone=zone, report=report, tell=tell, objects=store.kind == "bucket")), report


# ------------------------------------------------------------------------------------------------------ folders, buckets


def _files(store: DataStore, report: Report) -> Iterator[tuple[str, int, float]]:
    """Path, size and time of change of every file below the store's folder; links and mounts are told, not followed."""
    with reach(store.address, ()) as (folder, home):
        for entry in walk(folder, home):
            if entry.why:
                report.problem(f"lifecycle.scan_{entry.why}", path=entry.path[:300])
            elif entry.kind == "file":
                yield entry.path, entry.size, entry.changed / 1e9
            elif entry.kind in {"link", "special"}:
                report.problem(f"lifecycle.scan_{entry.kind}", path=entry.path[:300])


def bucket_client(store: DataStore, secret: str) -> Any:
    """An S3 client of the store. Raises MissingComponent."""
    try:
        import boto3  # noqa: PLC0415 - heavy
        from botocore.config import Config  # noqa: PLC0415 - heavy
    except ModuleNotFoundError as error:
        raise (explain(error) or error) from error

    return boto3.client(
        "s3",
        endpoint_url=store.address,
        region_name=store.region or "us-east-1",
        aws_access_key_id=store.login or None,
        aws_secret_access_key=secret or None,
        config=Config(connect_timeout=10, read_timeout=60, retries={"max_attempts": 3}, s3={"addressing_style": "path"}),
    )


def _objects(store: DataStore, secret: str, report: Report) -> Iterator[tuple[str, int, float]]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - heavy

    client = bucket_client(store, secret)
    try:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket):
            for one in page.get("Contents", ()):
                yield one["Key"], int(one["Size"]), one["LastModified"].timestamp()
    except (BotoCoreError, ClientError) as error:
        report.problem("lifecycle.store_unreachable", reason=type(error).__name__)
        raise Unavailable("lifecycle.store_unreachable", store=store.name, reason=type(error).__name__) from error


def _paths(
    files: Iterator[tuple[str, int, float]], rules: list[ScanRule], *, zone: Any, report: Report, tell: Tell, objects: bool
) -> Iterator[Met]:
    groups: dict[tuple[Any, str], list[float]] = {}
    by_id = {rule.pk: rule for rule in rules}
    for path, size, changed in files:
        report.seen += 1
        if report.seen > MOST_SEEN:
            raise InputError("lifecycle.scan_too_much", limit=MOST_SEEN)
        if report.seen % _EVERY == 0:
            tell(report.seen, 0)
        place = next(((rule, found) for rule in rules if (found := _place(rule, path))), None)
        if place is None:
            report.unmatched += 1
            continue
        report.matched += 1
        group = groups.setdefault((place[0].pk, place[1]), [0, 0, 0.0])
        group[0], group[1], group[2] = group[0] + 1, group[1] + size, max(group[2], changed)
    for (rule_id, path), (count, total, latest) in sorted(groups.items(), key=lambda item: item[0][1]):
        rule = by_id[rule_id]
        modified = datetime.fromtimestamp(latest, UTC).astimezone(zone).date()
        seen = Seen(path, int(count), int(total), modified)
        locator = {"prefix": path if rule.group == "each" else f"{path}/"} if objects else {"path": path}
        yield Met(rule, path, locator, _day(rule, seen), seen.count, seen.size)


def _place(rule: ScanRule, path: str) -> str:
    """The file itself, or the folder above it that the rule meets; empty when it meets neither."""
    if rule.group == "each":
        return path if met(rule.pattern, path) else ""
    parts = path.split("/")
    return next((folder for end in range(1, len(parts)) if met(rule.pattern, folder := "/".join(parts[:end]))), "")


def _day(rule: ScanRule, seen: Seen) -> date | None:
    if rule.date_source == "modified":
        return seen.modified
    if rule.date_source == "fixed":
        return rule.fixed_on
    found = met(rule.pattern, seen.path) if rule.date_source == "path" else None
    return named_day(found) if found else None


# ------------------------------------------------------------------------------------------------------------ databases


def database_engine(store: DataStore, secret: str) -> Any:
    """A SQLAlchemy engine for the store. Raises MissingComponent, InputError."""
    try:
        from sqlalchemy import create_engine  # noqa: PLC0415 - heavy
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - heavy
        from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - heavy
    except ModuleNotFoundError as error:
        raise (explain(error) or error) from error

    try:
        url = make_url(store.address)
    except ArgumentError as error:
        raise InputError("lifecycle.address_broken", name="address") from error
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database and not Path(url.database).is_file():
        raise Unavailable(
            "lifecycle.store_unreachable", store=store.name, reason=os.strerror(2)
        )  # SQLite would make an empty one
    if store.login:
        url = url.set(username=store.login)
    if secret and url.drivername != "sqlite":
        url = url.set(password=secret)
    return create_engine(url)


def _tables(store: DataStore, rules: list[ScanRule], *, secret: str, report: Report, tell: Tell) -> Iterator[Met]:
    engine = database_engine(store, secret)
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - heavy

    try:
        with engine.connect() as connection:
            for number, rule in enumerate(rules):
                tell(number, len(rules))
                try:
                    yield from _table(connection, rule, report)
                except SekishoError as error:
                    report.problem(error.code, **error.fields)
    except SQLAlchemyError as error:
        raise Unavailable("lifecycle.store_unreachable", store=store.name, reason=type(error).__name__) from error
    finally:
        engine.dispose()


def _table(connection: Any, rule: ScanRule, report: Report) -> Iterator[Met]:
    from sqlalchemy import MetaData, Table, func, select  # noqa: PLC0415 - heavy
    from sqlalchemy.exc import NoSuchTableError  # noqa: PLC0415 - heavy

    schema, _, name = rule.pattern.rpartition(".")
    try:
        table = Table(name, MetaData(), schema=schema or None, autoload_with=connection)
    except NoSuchTableError as error:
        raise InputError("lifecycle.scan_no_table", table=rule.pattern) from error
    if rule.column not in table.c:
        raise InputError("lifecycle.scan_no_column", table=rule.pattern, column=rule.column)
    column = table.c[rule.column]
    total, first, last = connection.execute(select(func.count(), func.min(column), func.max(column))).one()
    report.seen += total
    undated = connection.execute(select(func.count()).where(column.is_(None)).select_from(table)).scalar_one()
    report.unmatched += undated
    if first is None:
        return
    start, end = _as_day(first, rule), _as_day(last, rule)
    for since, until in list(years_between(start, end, fiscal=rule.group == "fiscal_year"))[:_MOST_YEARS]:
        where = (column >= _bound(column, since)) & (column < _bound(column, until))
        count, newest = connection.execute(select(func.count(), func.max(column)).where(where)).one()
        if not count:
            continue
        report.matched += count
        locator = {"table": rule.pattern, "column": rule.column, "since": since.isoformat(), "until": until.isoformat()}
        day = rule.fixed_on if rule.date_source == "fixed" else _as_day(newest, rule) if rule.date_source == "column" else None
        yield Met(rule, f"{rule.pattern} {since.isoformat()} – {(until - timedelta(days=1)).isoformat()}", locator, day, count, 0)


def _as_day(value: Any, rule: ScanRule) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise InputError("lifecycle.scan_no_dates", table=rule.pattern, column=rule.column) from error


def _bound(column: Any, day: date) -> Any:
    """The day as the column holds days: a text column by its ISO form."""
    kind = column.type.python_type
    if kind is datetime:
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the column has no zone
    return day if kind is date else day.isoformat()
