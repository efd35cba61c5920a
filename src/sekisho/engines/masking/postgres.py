"""A PostgreSQL database by its URL: the connection, which database it really is, and types of SQL and Arrow."""

from __future__ import annotations

import re
from typing import Any, Final

import pyarrow as pa
import sqlalchemy
from sqlalchemy.engine import URL, Connection, make_url

from sekisho.engines.masking.places import shown_url
from sekisho.errors import InputError, Unavailable

__all__ = ["arrow_type", "connected", "identity", "quoted", "sql_type", "url_of"]

_TYPES: Final = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}


def quoted(*names: str) -> str:
    """A name, or a name in a schema, as an identifier of SQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def url_of(location: str) -> tuple[URL, str]:
    """The address for SQLAlchemy and the schema, which ``?schema=`` names (``public`` without it)."""
    try:
        url = make_url(location)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise InputError("masking_runs.url_bad", location=shown_url(location)) from None
    schema = url.query.get("schema", "public")
    if not isinstance(schema, str) or not schema:
        raise InputError("masking_runs.url_bad", location=shown_url(location))
    url = url.set(drivername="postgresql+psycopg").difference_update_query(["schema"])
    return url, schema


def connected(location: str) -> tuple[Connection, str]:
    """A connection of its own (no pool) and the schema. Raises Unavailable ``masking_runs.database_unavailable``."""
    url, schema = url_of(location)
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, hide_parameters=True)
        return engine.connect(), schema
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise Unavailable("masking_runs.database_unavailable", location=shown_url(location), reason=_reason(error)) from None


def _reason(error: Exception) -> str:
    text = str(getattr(error, "orig", None) or type(error).__name__)
    return re.sub(r"password=\S+", "", text.splitlines()[0])[:200]


def identity(connection: Connection) -> str:
    """Which database this is, whatever name or address led to it: the server's start and port, and the database's number."""
    row = connection.exec_driver_sql(
        "SELECT extract(epoch FROM pg_postmaster_start_time())::text, current_setting('port'), "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    ).one()
    return "postgresql:" + ":".join(str(one) for one in row)


def arrow_type(name: str, modifier: int) -> pa.DataType:
    """The Arrow type of a PostgreSQL type (``typname``, ``atttypmod``); what has none travels as PostgreSQL's own text."""
    if name == "numeric" and modifier >= 0:
        precision, scale = ((modifier - 4) >> 16) & 0xFFFF, (modifier - 4) & 0x7FF
        if precision <= 38 and 0 <= scale <= precision:  # noqa: PLR2004 - decimal128
            return pa.decimal128(precision, scale)
    return _TYPES.get(name, pa.string())


def sql_type(kind: pa.DataType) -> str:
    """The PostgreSQL type for a new column of an Arrow type."""
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamptz" if kind.tz else "timestamp"
    pairs: tuple[tuple[Any, str], ...] = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_int8, "smallint"),
        (pa.types.is_int16, "smallint"),
        (pa.types.is_int32, "integer"),
        (pa.types.is_uint64, "numeric(20,0)"),
        (pa.types.is_integer, "bigint"),
        (pa.types.is_float32, "real"),
        (pa.types.is_floating, "double precision"),
        (pa.types.is_date, "date"),
        (pa.types.is_time, "time"),
        (pa.types.is_binary, "bytea"),
    )
    return next((name for test, name in pairs if test(kind)), "text")
