"""日程: the calendar of a case: planned backward, shown as a chart and a table, said where it is impossible."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sekisho.engines.schedule import ScheduleInputs, chart, rows, sentence
from sekisho.errors import Conflict, InputError
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import actions
from sekisho.records.procurement.forms.calendar import ScheduleForm
from sekisho.records.procurement.models import CaseState, MemberPart
from sekisho.records.procurement.queries import calendar as calendar_queries
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.records.procurement.views.contract import may
from sekisho.records.procurement.views.errors import beside_fields
from sekisho.standards.catalog import body_kinds
from sekisho.standards.procurement_calendar import procurement_calendar

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.engines.schedule import Check, Schedule

__all__ = ["calendar", "duties"]

TAB: Final = "procurement:calendar"
_EDITORS: Final = (MemberPart.OWNER, MemberPart.EDITOR)
_STATES: Final = (CaseState.PREPARING, CaseState.NOTICED, CaseState.OPENED, CaseState.CONTRACTED)
_OPTIONS: Final = ("budget_needed", "high_security", "scr", "urgent", "renotice", "prior_notice", "voluntary_50")


def _initial(request: PageRequest, shown: CasePage, saved: ScheduleInputs | None) -> dict[str, Any]:
    values = asdict(saved) if saved else calendar_queries.proposed_inputs(request.principal, shown.case)
    values["options"] = [name for name in _OPTIONS if values.get(name)]
    values["grounds"] = sorted(values.get("grounds", ()))
    return {
        **values,
        **{f"length_{name}": days for name, days in values.get("lengths", {}).items()},
        "version": shown.case.version,
    }


def told(schedule: Schedule, case_id: uuid.UUID, lang: str) -> dict[str, Any]:
    """A schedule in words and as a picture."""
    return {
        "svg": mark_safe(chart(schedule, lang, identifier=f"case-{case_id}")),  # noqa: S308 - built by lxml, texts escaped
        "rows": rows(schedule, lang),
        "feasible": schedule.feasible,
        "late": [(row.title.get(lang), row.start, row.days) for row in schedule.late],
        "checks": [
            {"text": _told(check, lang), "answer": check.answer, "source": check.source, "basis": check.source.basis.get(lang)}
            if check.source
            else {"text": _told(check, lang), "answer": check.answer, "source": None, "basis": ""}
            for check in schedule.checks
        ],
        "shortenings": [
            {"text": sentence(one, lang), "enough": one.enough, "basis": one.source.basis.get(lang) if one.source else "",
             "verified": one.source.verified if one.source else ""}
            for one in schedule.shortenings
        ],
        "earliest": schedule.earliest_start_of_operation,
    }  # fmt: skip


def _told(check: Check, lang: str) -> str:
    """The sentence of a check; the kind of body in words."""
    body = body_kinds().get(str(check.fields.get("body", "")))
    fields = {**check.fields, "body": body.title.get(lang)} if body else check.fields
    return sentence((check.code, fields), lang)


@require_http_methods(["GET", "POST"])
@page
def calendar(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Plan, look, save."""
    shown = case_page(request, case_id, TAB)
    lang, lines = language(), []
    saved = gate_queries.saved_inputs(shown.case)
    schedule: Schedule | None = None
    if saved is not None:
        try:
            schedule = calendar_queries.schedule_of(saved, now=request.now)
        except InputError as error:
            lines = say(error, request.principal.language)
    editable = {row.period for row in rows(schedule, lang) if row.editable and row.period} if schedule else set()
    given = {name.removeprefix("length_") for name in request.POST if name.startswith("length_")}
    known = {period.id for period in procurement_calendar().periods} - {"build", "same_day"}
    initial = _initial(request, shown, saved)
    periods = sorted((editable | given | set(initial.get("lengths", {}))) & known)
    form = ScheduleForm(request.POST or None, periods=periods, language=lang, initial=initial)
    may_save = shown.case.state in _STATES and may(request, shown, "procurement.edit", *_EDITORS)
    tried = False
    if request.method == "POST":
        lines = []
        if form.is_valid():
            try:
                if "save" in request.POST:
                    inputs, version = form.inputs, form.cleaned_data["version"]
                    schedule = actions.save_schedule(
                        request.principal, shown.case, inputs=inputs, version=version, now=request.now
                    )
                    messages.success(request, _("日程を保存しました。"))
                    return redirect(TAB, code, case_id)
                schedule, tried = calendar_queries.schedule_of(form.inputs, now=request.now), True
            except (InputError, Conflict) as error:
                schedule, lines = None, beside_fields(form, error, request.principal.language)
    prefix = f"procurement:{shown.case.pk}:step:"
    context: dict[str, Any] = {
        **shown.context,
        "form": form,
        "lines": lines,
        "tried": tried,
        "saved": saved is not None,
        "plan": told(schedule, case_id, lang) if schedule else None,
        "may_save": may_save,
        "duties": contract_queries.duties_from(prefix).filter(done_at=None).count() if saved else 0,
    }
    return render(request, "procurement/calendar.html", context, status=422 if form.errors or (lines and request.POST) else 200)


@require_POST
@page
def duties(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Duties from the steps of the saved calendar."""
    shown = case_page(request, case_id, TAB)
    count = actions.make_schedule_duties(request.principal, shown.case, now=request.now)
    messages.success(request, _("期限を%(n)s件作りました。カレンダーの購読にも出ます。") % {"n": count})
    return redirect(TAB, code, case_id)
