"""The room over HTTP: the same actions and queries as its pages, one module an area."""

from sekisho.records.lifecycle.api import (  # noqa: F401 - their operations join the router
    assessing,
    deletions,
    handovers,
    leakscans,
    masking,
    retention,
    stores,
)
from sekisho.records.lifecycle.api.routing import router

__all__ = ["router"]
