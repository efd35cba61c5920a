"""The router of the room's operations."""

from __future__ import annotations

from typing import Annotated, Final

from ninja import Router
from pydantic import Field

from sekisho.records.api_base import Errors

__all__ = ["ERRORS", "Code", "Text", "router"]

router = Router(tags=["lifecycle"])
ERRORS: Final = dict.fromkeys((400, 401, 403, 404, 409, 422, 503), Errors)
Code = Annotated[str, Field(max_length=64)]
Text = Annotated[str, Field(max_length=300)]
