"""The room over HTTP: the same actions and queries as its pages, one module an area."""

from sekisho.records.procurement.api import calendar, cases, contract, deciding, notice, outputs, questions, reviews, tools
from sekisho.records.procurement.api.routing import router

__all__ = ["calendar", "cases", "contract", "deciding", "notice", "outputs", "questions", "reviews", "router", "tools"]
