"""The router that all areas of the room write on."""

from __future__ import annotations

from ninja import Router

from sekisho.records.api_base import Errors

__all__ = ["ERRORS", "router"]

router = Router(tags=["procurement"])
ERRORS = {401: Errors, 403: Errors, 404: Errors, 409: Errors, 422: Errors, 503: Errors}
