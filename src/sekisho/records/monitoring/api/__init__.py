"""The room over HTTP: the same actions and queries as its pages, one module an area."""

from sekisho.records.monitoring.api import alerts, reviews, rules, searches, sources
from sekisho.records.monitoring.api.routing import router

__all__ = ["alerts", "reviews", "router", "rules", "searches", "sources"]
