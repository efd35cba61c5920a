"""Who sees what by a masking plan: the roles of its ``views``, column by column, and their views as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.rules.checking import checked_text

if TYPE_CHECKING:
    from sekisho.records.lifecycle.bound.mask_views import Views
    from sekisho.records.lifecycle.models import MaskPlan

__all__ = ["example_of", "sql_of", "views_of"]

_SCHEMA: Final = 63
"""Bytes of a name in PostgreSQL; characters here."""


def views_of(row: MaskPlan) -> Views:
    """Who sees what. Raises InputError for a plan that is none any more."""
    bound = load("mask_views")
    found: Views = bound.views_of(load("masking").checked_plan(row.text))
    return found


def example_of(row: MaskPlan, role: str) -> str:
    """How the plan's ``views`` might begin, as YAML."""
    bound = load("mask_views")
    text: str = bound.example_views(load("masking").checked_plan(row.text), role)
    return text


def sql_of(row: MaskPlan, role: str, *, dialect: str, schema: str = "") -> str:
    """The views of a role as SQL; ``schema``: where its tables are.

    Raises NotFound for a role that the plan does not name, InputError naming every column that SQL cannot say.
    """
    bound = load("mask_views")
    schema = checked_text(schema, name="schema", limit=_SCHEMA)
    text: str = bound.sql_of(load("masking").checked_plan(row.text), role, dialect=dialect, schema=schema)
    return text
