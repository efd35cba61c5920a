"""Pages of who sees what by a masking plan: the matrix, a few rows with the eyes of a role, the views as SQL."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.errors import NotFound, SekishoError
from sekisho.records.downloads import attachment
from sekisho.records.languages import language
from sekisho.records.lifecycle.actions import mask_views as actions
from sekisho.records.lifecycle.queries import mask_views as queries
from sekisho.records.lifecycle.queries import masking
from sekisho.records.pages import PageRequest, own, page, say
from sekisho.standards import texts

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.records.lifecycle.bound.mask_views import ColumnSeen, NotSql, Seen, Views
    from sekisho.records.lifecycle.models import MaskPlan

DIALECTS: Final = (("postgresql", "PostgreSQL"), ("sqlite", "SQLite"))


def _plan(request: PageRequest, plan_id: uuid.UUID) -> MaskPlan:
    return own(request, masking.plan(request.principal, plan_id))


def _word(kind: str, name: str, lang: str) -> str:
    """What a transform or a kind of data is called; empty where there is no word for it."""
    code = f"masking_runs.{kind}_{name}"
    return texts.render(code, {}, lang) if texts.known(code) else ""


def _settings(values: dict[str, Any]) -> list[str]:
    return [f"{key}: {_plain(value)}" for key, value in values.items()]


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "・".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cell(seen: Seen, lang: str) -> dict[str, Any]:
    return {"seen": seen, "word": _word("transform", seen.transform, lang), "settings": _settings(seen.settings)}


def _row(column: ColumnSeen, lang: str) -> dict[str, Any]:
    kinds = [_word("kind", one, lang) or one for one in column.kinds]
    return {
        "name": column.name,
        "kinds": [one for one in kinds if one != column.name],
        "cells": [_cell(one, lang) for one in column.seen],
    }


def _not_sql(one: NotSql, lang: str) -> dict[str, str]:
    word = _word("transform", one.transform, lang) or _word("action", one.transform, lang)
    return {"table": one.table, "column": one.column, "transform": one.transform, "word": word}


def _shown(
    request: PageRequest, row: MaskPlan, found: Views, *, role: str = "", lines: list[str] | None = None, status: int = 200
) -> HttpResponse:
    """The page. ``lines``: why what was asked for with the eyes of ``role`` could not be shown."""
    lang = language()
    tables = [
        {
            "name": table.name,
            "roles": [(one.role, table.name in one.tables) for one in found.roles],
            "rows": [_row(column, lang) for column in table.columns],
        }
        for table in found.tables
    ]
    roles = [{"role": one, "not_sql": [_not_sql(column, lang) for column in one.not_sql]} for one in found.roles]
    context = {
        "plan": row,
        "tables": tables,
        "roles": roles,
        "may_mask": row.ended_at is None and request.principal.may("lifecycle.mask", row.organization_id),
        "example": "" if found.roles else queries.example_of(row, _("窓口")),
        "dialects": DIALECTS,
        "asked": role,
        "lines": lines or [],
    }
    return render(request, "lifecycle/mask_views.html", context, status=status)


@require_safe
@page
def index(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """Which role sees which column how."""
    del code
    row = _plan(request, mask_plan_id)
    return _shown(request, row, queries.views_of(row))


@require_POST
@page
def sample(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """A few rows with the eyes of a role; beside the role, why they cannot be shown."""
    del code
    row = _plan(request, mask_plan_id)
    request.principal.require("lifecycle.mask", row.organization_id)
    role, views = request.POST.get("role", ""), queries.views_of(row)
    if role not in {one.role for one in views.roles}:
        raise NotFound("access.not_found")
    try:
        found = actions.sample_mask_view(request.principal, row, role, now=request.now)
    except SekishoError as error:
        if error.http_status >= 500:  # noqa: PLR2004 - what may pass is told as such
            raise
        lines = say(error, request.principal.language)
        return _shown(request, row, views, role=role, lines=lines, status=error.http_status)
    lang = language()
    tables = [
        {
            "name": table["name"],
            "columns": [
                {"name": one["name"], "id": one["action"], "word": _words(one["action"], lang)} for one in table["columns"]
            ],
            "rows": list(zip(*(one["values"] for one in table["columns"]), strict=True)),
        }
        for table in found["tables"]
    ]
    return render(request, "lifecycle/mask_view_sample.html", {"plan": row, "role": role, "tables": tables})


def _words(action: str, lang: str) -> str:
    return _("そのまま") if action == "keep" else _word("transform", action, lang)


@require_safe
@page
def sql(request: PageRequest, code: str, mask_plan_id: uuid.UUID) -> HttpResponse:
    """The views of a role as a file of SQL."""
    del code
    row = _plan(request, mask_plan_id)
    role, dialect = request.GET.get("role", ""), request.GET.get("dialect", "")
    text = queries.sql_of(row, role, dialect=dialect, schema=request.GET.get("schema", ""))
    return attachment(text, name=f"{row.name}-{role}-{dialect}.sql", media_type="application/sql; charset=utf-8")
