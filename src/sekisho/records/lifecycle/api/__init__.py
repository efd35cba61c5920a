"""The room over HTTP: the same actions and queries as its pages, one module an area."""

from sekisho.records.lifecycle.api import leakscans  # noqa: F401 - its operations join the router
from sekisho.records.lifecycle.api.routing import router

__all__ = ["router"]
