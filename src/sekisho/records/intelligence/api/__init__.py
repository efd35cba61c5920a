"""The room over HTTP: the same actions and queries as its pages, one module an area."""

from sekisho.records.intelligence.api import blocking, indicators, notices, reporting, searches, sources
from sekisho.records.intelligence.api.routing import router

__all__ = ["blocking", "indicators", "notices", "reporting", "router", "searches", "sources"]
