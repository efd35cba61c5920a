"""One judgement: its panel and page, and what people do there; the page of a level rule."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.assessment import actions, forms, presenting, queries
from sekisho.records.assessment.models import Judgement, TargetOrigin
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, page, say
from sekisho.standards.level_rules import generic_rule, rule_for

if TYPE_CHECKING:
    from django import forms as django_forms

    from sekisho.records.requests.models import Request


def find(request: PageRequest, pk: uuid.UUID) -> Judgement:
    """The judgement of the address. Raises NotFound where it is not of this organisation."""
    row = queries.judgement(request.principal, pk)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


def _page(request: PageRequest, row: Judgement, *, status: int = 200, **extra: Any) -> HttpResponse:
    shown = presenting.show(request.principal, row, now=request.now, lang=language(), whole=True)
    own_words = row.target_reason if row.target_origin == TargetOrigin.PERSON else ""
    context: dict[str, Any] = {
        "shown": shown,
        "catalog_title": catalog_queries.text(row.requirement.catalog, "title", language()),
        "target_form": forms.TargetForm(
            initial={"version": row.version, "level": row.target_level, "on": row.target_on, "reason": own_words},
            prefix="target",
        ),
        "generic": generic_rule().meaning.get(language()),
        **extra,
    }
    return render(request, "assessment/judgement.html", context, status=status)


@require_GET
@page
def judgement(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """A page of its own; for htmx the panel beside 判定表."""
    del code
    row = find(request, pk)
    if getattr(request, "htmx", None):
        shown = presenting.show(request.principal, row, now=request.now, lang=language(), whole=False)
        return render(request, "assessment/_panel.html", {"shown": shown})
    return _page(request, row)


def _version(request: PageRequest) -> int:
    form = forms.VersionForm(request.POST)
    if not form.is_valid():
        raise InputError("assessment.request_broken")
    return int(form.cleaned_data["version"])


@require_POST
@page
def confirm(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Agree with the proposal. When somebody else was faster, the page shows what they saved."""
    try:
        actions.confirm(
            request.principal,
            judgement_id=pk,
            version=_version(request),
            now=request.now,
            organization_id=request.organization.pk,
        )
    except Conflict as error:
        return _page(request, find(request, pk), status=409, lines=say(error, language()))
    messages.success(request, _("確認しました。"))
    return redirect("assessment:judgement", code, pk)


def _told(request: PageRequest, made: Request) -> None:
    if made.state == "approved":
        messages.success(request, _("保存しました（申請 %(number)s）。") % {"number": made.number})
    else:
        messages.success(request, _("申請しました（申請 %(number)s）。承認されると反映されます。") % {"number": made.number})


def _asked(request: PageRequest, row: Judgement, template: str, form: django_forms.Form, **extra: Any) -> HttpResponse:
    shown = presenting.show(request.principal, row, now=request.now, lang=language(), whole=False)
    bad = form.is_bound or bool(extra.get("lines"))
    return render(request, template, {"shown": shown, "form": form, **extra}, status=422 if bad else 200)


@require_http_methods(["GET", "POST"])
@page
def level(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Ask for a level with a reason (申告, or another level than proposed)."""
    row = find(request, pk)
    initial = {"version": row.version, "level": row.proposed_level if row.level is None else row.level}
    form = forms.LevelForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.ask_level(
                request.principal,
                judgement_id=pk,
                version=form.cleaned_data["version"],
                level=form.cleaned_data["level"],
                reason=form.cleaned_data["reason"],
                now=request.now,
            )
        except (Conflict, InputError) as error:
            return _asked(request, find(request, pk), "assessment/level.html", form, lines=say(error, language()))
        _told(request, made)
        return redirect("assessment:judgement", code, pk)
    return _asked(request, row, "assessment/level.html", form, generic=generic_rule().meaning.get(language()))


@require_http_methods(["GET", "POST"])
@page
def applicability(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Ask that the requirement be left out, or taken in again."""
    row = find(request, pk)
    form = forms.ApplicabilityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.ask_applicability(
                request.principal,
                judgement_id=pk,
                applicable=not row.applicable,
                reason=form.cleaned_data["reason"],
                now=request.now,
            )
        except (Conflict, InputError) as error:
            return _asked(request, row, "assessment/applicability.html", form, lines=say(error, language()))
        _told(request, made)
        return redirect("assessment:judgement", code, pk)
    return _asked(request, row, "assessment/applicability.html", form)


@require_POST
@page
def attest(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Answer a question of the rule."""
    row = find(request, pk)
    form = forms.AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, lines=[_("「はい」か「いいえ」を選んでください。")])
    actions.attest(
        request.principal,
        judgement_id=pk,
        key=form.cleaned_data["key"],
        holds=form.cleaned_data["holds"],
        statement=form.cleaned_data["statement"],
        now=request.now,
    )
    messages.success(request, _("申告を記録し、レベルを提案し直しました。"))
    return redirect("assessment:judgement", code, pk)


@require_POST
@page
def target(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Set or remove the target."""
    row = find(request, pk)
    form = forms.TargetForm(request.POST, prefix="target")
    if not form.is_valid():
        return _page(request, row, status=422, target_form=form)
    given = form.cleaned_data
    try:
        actions.set_target(
            request.principal,
            judgement_id=pk,
            version=given["version"],
            level=given["level"],
            on=given["on"],
            reason=given["reason"],
            now=request.now,
        )
    except (Conflict, InputError) as error:
        return _page(request, find(request, pk), status=error.http_status, target_form=form, lines=say(error, language()))
    messages.success(request, _("目標を保存しました。"))
    return redirect("assessment:judgement", code, pk)


@require_GET
@page
def rule(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """How the level of a requirement is judged: each level's meaning and conditions."""
    del code
    requirement = catalog_queries.requirement(request.principal, pk)
    found = rule_for(requirement.catalog.key, requirement.ref)
    lang = language()
    context = {
        "requirement": requirement,
        "title": catalog_queries.text(requirement, "title", lang),
        "rule": found,
        "levels": presenting.levels_of(found, {}, now=request.now, lang=lang) if found else [],
        "note": found.conditions_note.get(lang) if found and found.conditions_note else "",
        "generic": generic_rule().meaning.get(lang),
    }
    return render(request, "assessment/rule.html", context)
