"""The rooms whose pages and API the web mounts, in the order of the API's description."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

__all__ = ["ROOMS", "api_modules", "url_modules"]

ROOMS: Final = (
    "organization",
    "catalog",
    "subjects",
    "evidence",
    "assessment",
    "procurement",
    "incidents",
    "lifecycle",
    "monitoring",
    "intelligence",
    "measurement",
    "requests",
    "duties",
    "jobs",
    "ledger",
)


def _present(name: str) -> list[str]:
    modules = [f"sekisho.records.{room}.{name}" for room in ROOMS]
    return [module for module in modules if find_spec(module) is not None]


def url_modules() -> list[str]:
    """Each room's ``urls``. An import error within one propagates."""
    return _present("urls")


def api_modules() -> list[str]:
    """Each room's ``api``. An import error within one propagates."""
    return _present("api")
