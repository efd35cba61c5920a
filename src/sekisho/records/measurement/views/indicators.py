"""指標: all of them, one of them with its course, targets, and computing now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.errors import InputError
from sekisho.records.languages import language
from sekisho.records.measurement import actions, queries
from sekisho.records.measurement.charting import course_svg
from sekisho.records.measurement.forms import TargetForm
from sekisho.records.measurement.presenting import KINDS, shown, text_of, unanswered
from sekisho.records.pages import PageRequest, page, say

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.records.measurement.presenting import Shown

__all__ = ["compute", "detail", "index", "remove_target", "target"]

_VALUES = 100


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """All indicators by kind, and the proposed ones that nothing answers yet."""
    del code
    rows = [shown(row) for row in queries.latest(request.principal, organization_id=request.organization.pk)]
    lang = language()
    context = {
        "groups": [(kind, [row for row in rows if row.indicator.kind == kind]) for kind in KINDS],
        "measured": sum(bool(row.text) for row in rows),
        "total": len(rows),
        "as_of": max((row.value.as_of for row in rows if row.value), default=None),
        "unanswered": [(m.id, m.title.get(lang), m.kind, m.data_source.get(lang), m.frequency.get(lang)) for m in unanswered()],
        "may_compute": request.principal.may("indicator.compute", request.organization.pk),
    }
    return render(request, "measurement/indicators.html", context)


@require_POST
@page
def compute(request: PageRequest, code: str) -> HttpResponse:
    """Compute all indicators as of now."""
    rows = actions.compute(request.principal, organization=request.organization, now=request.now)
    known = sum(row.value is not None for row in rows)
    words = _("指標を計算しました。値のあるもの %(known)d件、未測定 %(unknown)d件。")
    messages.success(request, words % {"known": known, "unknown": len(rows) - known})
    return redirect("measurement:indicators", code)


@require_safe
@page
def detail(request: PageRequest, code: str, key: str) -> HttpResponse:
    """One indicator: formula, course with its table, target."""
    del code
    return _detail(request, key)


def _detail(request: PageRequest, key: str, form: TargetForm | None = None, lines: list[str] | None = None) -> HttpResponse:
    organization = request.organization
    values = list(queries.series(request.principal, organization_id=organization.pk, key=key, limit=_VALUES))
    row = next(r for r in queries.latest(request.principal, organization_id=organization.pk) if r.indicator.key == key)
    seen: Shown = shown(row)
    aim = queries.targets(request.principal, organization_id=organization.pk).get(key)
    indicator = row.indicator
    context: dict[str, Any] = {
        "row": seen,
        "values": [(v, text_of(indicator, v.value)) for v in values],
        "aim": aim,
        "chart": mark_safe(course_svg(indicator, seen.title, values, row.target, language())),  # noqa: S308 - made by charts
        "form": form or _target_form(request, seen, initial=aim),
        "lines": lines,
        "may_target": request.principal.may("indicator.target", organization.pk),
    }
    return render(request, "measurement/indicator.html", context, status=422 if form is not None else 200)


def _target_form(request: PageRequest, row: Shown, *, initial: Any = None, post: bool = False) -> TargetForm:
    indicator = row.indicator
    given: dict[str, Any] = {}
    if initial is not None:
        value = round(initial.value * 100, 6) if indicator.ratio else initial.value
        given = {"value": int(value) if value == int(value) else value, "due_on": initial.due_on}
    return TargetForm(request.POST if post else None, unit=indicator.unit.get(language()), ratio=indicator.ratio, initial=given)


@require_POST
@page
def target(request: PageRequest, code: str, key: str) -> HttpResponse:
    """Set the target."""
    rows = queries.latest(request.principal, organization_id=request.organization.pk)
    row = next((shown(r) for r in rows if r.indicator.key == key), None)
    if row is None:
        return _detail(request, key)  # raises NotFound
    form = _target_form(request, row, post=True)
    if not form.is_valid():
        return _detail(request, key, form)
    try:
        actions.set_target(
            request.principal,
            organization=request.organization,
            key=key,
            value=form.target,
            due_on=form.cleaned_data["due_on"],
            now=request.now,
        )
    except InputError as error:
        return _detail(request, key, form, say(error, language()))
    messages.success(request, _("目標を決めました。"))
    return redirect("measurement:indicator", code, key)


@require_POST
@page
def remove_target(request: PageRequest, code: str, key: str) -> HttpResponse:
    """Remove the target."""
    actions.remove_target(request.principal, organization=request.organization, key=key, now=request.now)
    messages.success(request, _("目標をなくしました。"))
    return redirect("measurement:indicator", code, key)
