"""What the API modules of all rooms share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["ApiRequest", "Errors", "Limit", "Offset", "Paged", "ReasonIn", "bytes_of"]

T = TypeVar("T")

Limit = Annotated[int, Field(ge=1, le=500)]
Offset = Annotated[int, Field(ge=0, le=10_000_000)]


class ApiRequest(HttpRequest):
    """An authenticated request: ``auth`` is the Principal (session, person's token or machine's token)."""

    auth: Principal
    now: datetime


class ProblemOut(Schema):
    """One place where an input is wrong."""

    code: str
    message: str
    file: str = ""
    row: int | None = None
    column: str = ""


class Errors(Schema):
    """How every refusal looks: a stable code, the sentence in the reader's language, and each place."""

    code: str
    message: str
    fields: dict[str, Any] = {}
    problems: list[ProblemOut] = []


class ReasonIn(Schema):
    """Why."""

    reason: Annotated[str, Field(max_length=2000)]


class Paged(Schema, Generic[T]):
    """A page of a list: ``total`` counts all that the reader may see."""

    items: list[T]
    total: int


def bytes_of(*media_types: str) -> dict[str, Any]:
    """``openapi_extra`` of an operation that answers with a file of one of ``media_types``."""
    # OpenAPI 3.1: bytes as they are have no schema.
    names = media_types or ("application/octet-stream",)
    return {"responses": {200: {"content": {name.partition(";")[0]: {} for name in names}}}}
