"""Rows as JSON and back, alike for every database; which tables are kept, and in which order."""
# ruff: noqa: SLF001 - ``_meta`` and ``_base_manager`` are Django's documented names

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, models
from django.db.models.functions import Collate

if TYPE_CHECKING:
    from django.apps.registry import Apps

__all__ = ["LEFT_OUT", "columns", "decode", "digest_line", "fields_of", "kept_models", "rows", "table_digest"]

# Not kept: sessions (everybody logs in again), and what Django derives from the code by itself.
LEFT_OUT: Final = frozenset(
    {
        "sessions.session",
        "organization.loginsession",
        "contenttypes.contenttype",
        "auth.permission",
        "auth.group",
        "auth.group_permissions",
        "account.emailconfirmation",
    }
)
_READ: Final = 1000
_EXACT: Final = 2**53


def kept_models(apps: Apps) -> list[type[models.Model]]:
    """Every model with a table of its own that is not left out, by label (constraints are checked at the end)."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label_lower not in LEFT_OUT and model._meta.managed and not model._meta.proxy
    ]
    return sorted(found, key=lambda model: model._meta.label_lower)


def fields_of(model: type[models.Model], names: Sequence[str] = ()) -> list[models.Field[Any, Any]]:
    """The columns' fields; in the order of ``names`` where given (a table's age decides the order of its columns)."""
    found = {field.attname: field for field in model._meta.local_concrete_fields}
    return [found[name] for name in names] if names else list(found.values())


def columns(model: type[models.Model]) -> list[str]:
    """The columns' attribute names."""
    return [field.attname for field in fields_of(model)]


def _value_field(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field


def _encode(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    return value


def decode(field: models.Field[Any, Any], value: Any) -> Any:
    """The value that the field takes. Raises ValueError or ValidationError when it cannot be one."""
    field = _value_field(field)
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.DateTimeField):
        return datetime.fromisoformat(value)
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value, validate=True)
    return field.to_python(value)


def rows(model: type[models.Model], names: Sequence[str] = ()) -> Iterator[list[Any]]:
    """All rows as JSON values, by primary key in the order of its bytes (not of a language), a thousand in memory at a time."""
    key: Any = "pk"
    if isinstance(_value_field(model._meta.pk), models.CharField):
        key = Collate("pk", "C" if connection.vendor == "postgresql" else "BINARY")
    found = model._base_manager.order_by(key).values_list(*(names or columns(model)))
    for row in found.iterator(chunk_size=_READ):
        yield [_encode(value) for value in row]


def _canonical(value: Any) -> Any:
    """JSON as it compares equal between databases: PostgreSQL keeps neither the order of keys nor 1e3 as written."""
    if isinstance(value, dict):
        return {name: _canonical(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_canonical(one) for one in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return f"{value:.15e}"
    return value if not isinstance(value, float) or abs(value) <= _EXACT else f"{value:.15e}"


def digest_line(fields: list[models.Field[Any, Any]], row: list[Any]) -> bytes:
    """What a table's digest is taken over: one line for each row."""
    made = [_canonical(value) if isinstance(field, models.JSONField) else value for field, value in zip(fields, row, strict=True)]
    return json.dumps(made, separators=(",", ":")).encode("ascii") + b"\n"


def table_digest(model: type[models.Model], names: Sequence[str]) -> tuple[int, str]:
    """Number of rows and SHA-256 of the table as it is now, over the columns ``names``."""
    fields, digest, count = fields_of(model, names), hashlib.sha256(), 0
    for row in rows(model, names):
        digest.update(digest_line(fields, row))
        count += 1
    return count, digest.hexdigest()
