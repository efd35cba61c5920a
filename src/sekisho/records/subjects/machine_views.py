"""Pages of enrolled machines, and of the register's import."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records import staging
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.subjects import actions, forms, importing, queries
from sekisho.records.tabular import XLSX_TYPE, write_xlsx

if TYPE_CHECKING:
    import uuid

PER_PAGE = 50
_REPORTING = ("host", "code", "device", "site", "cloud_service", "information_system")
_MOST_IMPORTED = 30 * 1024 * 1024


@require_safe
@page
def machines(request: PageRequest, code: str) -> HttpResponse:
    """Who reports, when it was last heard of, and who is suspended."""
    del code
    rows = queries.machines(request.principal).filter(subject__organization=request.organization)
    shown = Paginator(rows.order_by("revoked_at", "-suspended_at", "name"), PER_PAGE).get_page(request.GET.get("page"))
    may_enroll = request.principal.may("machine.enroll", request.organization.pk)
    return render(request, "subjects/machines.html", {"page": shown, "may_enroll": may_enroll})


@require_http_methods(["GET", "POST"])
@page
def enroll(request: PageRequest, code: str) -> HttpResponse:
    """Enrol a machine; afterwards its secret and the command to run there, shown once."""
    request.principal.require("machine.enroll", request.organization.pk)
    rows = queries.in_organization(request.principal, request.organization.pk).filter(kind__in=_REPORTING)[:1000]
    candidates = [(str(r.pk), f"{r.name}（{forms.kind_name(r.kind)}）") for r in rows]
    initial = {"subject": request.GET.get("subject", "")}
    form = forms.EnrollForm(request.POST or None, candidates=candidates, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        expires = None
        if values["expires_on"]:
            expires = timezone.make_aware(datetime.combine(values["expires_on"], time(23, 59, 59)))
        subject = queries.subject(request.principal, queries.uuid_of(values["subject"]))
        try:
            machine, secret = actions.enroll_machine(
                request.principal, subject=subject, name=values["name"], expires_at=expires, now=request.now
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            what = "code" if subject.kind == "code" else "host"
            context = {"machine": machine, "secret": secret, "what": what, "url": settings.CONFIG.base_url}
            response = render(request, "subjects/enrolled.html", context)
            response["Cache-Control"] = "no-store"
            return response
    context = {"form": form, "lines": lines, "candidates": candidates, "code": code}
    return render(request, "subjects/enroll.html", context, status=422 if form.errors or lines else 200)


@require_POST
@page
def revoke(request: PageRequest, code: str, machine_id: uuid.UUID) -> HttpResponse:
    """End an enrolment."""
    return _act(request, code, machine_id, lambda m: actions.revoke_machine(request.principal, machine=m, now=request.now))


@require_POST
@page
def resume(request: PageRequest, code: str, machine_id: uuid.UUID) -> HttpResponse:
    """Let a suspended machine report again, with a reason."""
    reason = request.POST.get("reason", "")[:2000]
    return _act(
        request,
        code,
        machine_id,
        lambda m: actions.resume_machine(request.principal, machine=m, reason=reason, now=request.now),
    )


def _act(request: PageRequest, code: str, machine_id: uuid.UUID, act: Any) -> HttpResponse:
    machine = queries.machine(request.principal, machine_id)
    try:
        act(machine)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("subjects:machines", code)


@require_safe
@page
def template(request: PageRequest, code: str) -> HttpResponse:
    """The empty register with its lists of choices."""
    del code
    content = write_xlsx(importing.columns(), [], title=_("対象の台帳"), language=request.principal.language, template=True)
    return attachment(content, name="subjects-template.xlsx", media_type=XLSX_TYPE)


@require_http_methods(["GET", "POST"])
@page
def upload(request: PageRequest, code: str) -> HttpResponse:
    """Choose a file, see what it would do, row by row."""
    del code
    organization = request.organization
    request.principal.require("subject.import", organization.pk)
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "subjects/import.html", {"form": form}, status=422 if form.errors else 200)
    file = form.cleaned_data["file"]
    if file.size > _MOST_IMPORTED:
        lines = say(InputError("tabular.too_large"), request.principal.language)
        return render(request, "subjects/import.html", {"form": form, "lines": lines}, status=422)
    content, encoding = file.read(), form.cleaned_data["encoding"]
    plan = importing.plan_import(
        request.principal, organization=organization, untrusted=content, name=file.name, encoding=encoding, now=request.now
    )
    context: dict[str, Any] = {"plan": plan, "name": file.name, "encoding": encoding, "shown": plan.rows[:200]}
    context |= {verb: plan.count(verb) for verb in ("create", "update", "same")}
    if plan.problems:
        error = InputError("tabular.rejected", problems=tuple(plan.problems), count=len(plan.problems))
        context["lines"] = say(error, request.principal.language)
        return render(request, "subjects/import.html", {**context, "form": forms.ImportForm()}, status=422)
    context["ticket"] = staging.keep(
        request.principal,
        content=content,
        name=file.name,
        purpose="subjects",
        organization_id=organization.pk,
        now=request.now,
    )
    return render(request, "subjects/preview.html", context)


@require_POST
@page
def confirm(request: PageRequest, code: str) -> HttpResponse:
    """Do what the preview showed, all or nothing."""
    try:
        content, name = staging.take(
            request.principal, ticket=request.POST.get("ticket", ""), purpose="subjects", organization_id=request.organization.pk
        )
        plan = importing.apply_import(
            request.principal,
            organization=request.organization,
            untrusted=content,
            name=name,
            encoding=request.POST.get("encoding", "") if request.POST.get("encoding") in {"utf-8", "cp932"} else "",
            now=request.now,
        )
    except (InputError, Conflict) as error:
        lines = say(error, request.principal.language)
        return render(request, "subjects/import.html", {"form": forms.ImportForm(), "lines": lines}, status=error.http_status)
    counts = {"created": plan.count("create"), "updated": plan.count("update")}
    messages.success(request, _("取り込みました（追加%(created)s件、変更%(updated)s件）。") % counts)
    return redirect("subjects:index", code)
