"""The room over HTTP: the same actions and queries as its pages, one module an area."""

from sekisho.records.lifecycle.api import (  # noqa: F401 - their operations join the router
    assessing,
    deletions,
    handovers,
    leakscans,
    mask_views,
    masking,
    retention,
    stores,
)
from sekisho.records.lifecycle.api.routing import router

__all__ = ["router"]
