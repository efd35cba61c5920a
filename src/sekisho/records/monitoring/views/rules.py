"""Pages of rules: included ones with the organisation's limits, uploaded Sigma rules."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records import staging
from sekisho.records.languages import language
from sekisho.records.monitoring import actions, detecting
from sekisho.records.monitoring.forms.fields import ReasonForm
from sekisho.records.monitoring.forms.rules import RuleForm, SigmaForm
from sekisho.records.monitoring.queries import rules as queries
from sekisho.records.monitoring.views.common import choice_of, export, page_of, text_of
from sekisho.records.monitoring.views.names import PURPOSES, SEVERITIES, SIGNS
from sekisho.records.pages import PageRequest, beside, page, say, tell
from sekisho.records.tabular import Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.monitoring.models import SigmaSet

PURPOSE: Final = "monitoring.sigma"
_COLUMNS: Final = (
    Column("id", "規則", "Rule", width=30),
    Column("title", "何を見つけるか", "What it finds", width=50),
    Column("purpose", "目的", "Purpose", width=12),
    Column("sign", "兆候・予兆", "Sign", width=12),
    Column("severity", "重大度", "Severity", width=10),
    Column("controls", "管理策", "Controls", width=14),
    Column("needs", "必要なログ", "Logs needed", width=30),
    Column("limits", "しきい値", "Limits", width=30),
    Column("state", "状態", "State", width=14),
    Column("reason", "変えた理由", "Reason of change", width=40),
)


def _listed(request: PageRequest) -> list[dict[str, Any]]:
    """The included rules as the address narrows them, with the organisation's settings."""
    settings = queries.settings_of(request.organization.pk)
    comma = "、" if language() == "ja" else ", "
    purpose, sign = choice_of(request, "purpose", PURPOSES), choice_of(request, "sign", SIGNS)
    state, text = choice_of(request, "state", ("off", "changed")), text_of(request).casefold()
    rows = []
    for rule in detecting.included_rules():
        setting = settings.get(rule.id)
        title = rule.title.get(language(), "")
        if (purpose and rule.purpose != purpose) or (sign and rule.sign != sign):
            continue
        if (state == "off" and (setting is None or setting.is_on)) or (state == "changed" and setting is None):
            continue
        if text and text not in f"{rule.id} {title}".casefold():
            continue
        rows.append(
            {
                "rule": rule,
                "title": title,
                "purpose": PURPOSES[rule.purpose][0],
                "sign": SIGNS[rule.sign],
                "severity": SEVERITIES[rule.severity],
                "setting": setting,
                "is_on": setting is None or setting.is_on,
                "needs": comma.join(need.get(language(), "") for need in rule.needs),
                "limits": [
                    (limit.title.get(language(), limit.key), (setting.limits if setting else {}).get(limit.key, limit.included))
                    for limit in rule.limits
                ],
            }
        )
    return rows


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """All rules: those included, and those that the organisation brought."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    context: dict[str, Any] = {
        "page": page_of(request, _listed(request), each=100),
        "total": len(detecting.included_rules()),
        "sets": list(queries.sigma_sets(request.principal, request.organization.pk)),
        "purposes": [(key, name) for key, (name, _what) in PURPOSES.items()],
        "signs": [(key, name) for key, (_style, name, _what) in SIGNS.items()],
        "may_edit": request.principal.may("monitoring.rules", request.organization.pk),
    }
    return render(request, "monitoring/rules.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the rules that the list shows."""
    del code
    request.principal.require("monitoring.read", request.organization.pk)
    rows = [
        {
            "id": line["rule"].id,
            "title": line["title"],
            "purpose": str(line["purpose"]),
            "sign": str(line["sign"][1]),
            "severity": str(line["severity"][1]),
            "controls": "、".join(line["rule"].controls),
            "needs": line["needs"],
            "limits": "、".join(f"{name}={value:g}" for name, value in line["limits"]),
            "state": _("使う") if line["is_on"] else _("使わない"),
            "reason": line["setting"].reason if line["setting"] else "",
        }
        for line in _listed(request)
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("ログ点検の規則"), name="log-rules")


@require_http_methods(["GET", "POST"])
@page
def detail(request: PageRequest, code: str, rule_id: str) -> HttpResponse:
    """One included rule: what it finds, its limits, who changed it and why."""
    request.principal.require("monitoring.read", request.organization.pk)
    rule = next((one for one in detecting.included_rules() if one.id == rule_id), None)
    if rule is None:
        raise NotFound("access.not_found")
    setting = queries.settings_of(request.organization.pk).get(rule.id)
    may_edit = request.principal.may("monitoring.rules", request.organization.pk)
    initial: dict[str, Any] = {"is_on": setting is None or setting.is_on}
    initial |= {f"limit_{key}": value for key, value in (setting.limits if setting else {}).items()}
    form = RuleForm(request.POST or None, limits=rule.limits, language=language(), initial=initial)
    lines: list[str] = []
    if request.method == "POST":
        request.principal.require("monitoring.rules", request.organization.pk)
        if form.is_valid():
            try:
                actions.set_rule(
                    request.principal,
                    organization=request.organization,
                    rule=rule.id,
                    is_on=form.cleaned_data["is_on"],
                    limits=form.limits(),
                    reason=form.cleaned_data["reason"],
                    now=request.now,
                )
            except (InputError, Conflict) as error:
                lines = beside(form, error)
            else:
                messages.success(request, _("規則を変えました。つぎの点検から効きます。"))
                return redirect("monitoring:rule", code, rule.id)
    context = {
        "rule": rule,
        "title": rule.title.get(language(), ""),
        "about": rule.about.get(language(), ""),
        "purpose": PURPOSES[rule.purpose],
        "sign": SIGNS[rule.sign],
        "severity": SEVERITIES[rule.severity],
        "setting": setting,
        "form": form if may_edit else None,
        "lines": lines,
        "history": queries.setting_history(request.principal, request.organization.pk, rule=rule.id),
        "needs": ("、" if language() == "ja" else ", ").join(need.get(language(), "") for need in rule.needs),
        "next_step": rule.action.get(language(), ""),
        "limits": [(limit.title.get(language(), limit.key), limit, limit.reason.get(language(), "")) for limit in rule.limits],
    }
    return render(request, "monitoring/rule.html", context, status=422 if form.errors or lines else 200)


# --------------------------------------------------------------------------------------------------------- Sigma sets


def _unsupported(outcome: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**line, "why": texts.render(str(line.get("code", "")), dict(line.get("fields", {})), language())}
        for line in outcome.get("unsupported", ())
    ]


@require_http_methods(["GET", "POST"])
@page
def upload(request: PageRequest, code: str) -> HttpResponse:
    """Read Sigma rules and show what could be used; nothing is taken yet."""
    del code
    request.principal.require("monitoring.rules", request.organization.pk)
    form = SigmaForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "lines": []}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        untrusted, name = file.read(actions.SIGMA_LIMIT + 1), str(file.name)
        try:
            outcome = actions.preview_sigma(
                request.principal, organization=request.organization, untrusted=untrusted, filename=name
            )
        except InputError as error:
            context["lines"] = beside(form, error)
        else:
            context |= {"outcome": outcome, "unsupported": _unsupported(outcome), "file_name": PurePath(name).name}
            context["ticket"] = staging.keep(
                request.principal,
                content=untrusted,
                name=name,
                purpose=PURPOSE,
                organization_id=request.organization.pk,
                now=request.now,
            )
    failed = bool(form.errors or context["lines"])
    return render(request, "monitoring/sigma_upload.html", context, status=422 if failed else 200)


@require_POST
@page
def confirm(request: PageRequest, code: str) -> HttpResponse:
    """Take the rules that were previewed."""
    request.principal.require("monitoring.rules", request.organization.pk)
    try:
        untrusted, filename = staging.take(
            request.principal,
            ticket=request.POST.get("ticket", ""),
            purpose=PURPOSE,
            organization_id=request.organization.pk,
        )
        made = actions.upload_sigma(
            request.principal,
            organization=request.organization,
            name=request.POST.get("name", ""),
            untrusted=untrusted,
            filename=filename,
            now=request.now,
        )
    except (InputError, Conflict) as error:
        context = {"form": SigmaForm(), "lines": say(error, language())}
        return render(request, "monitoring/sigma_upload.html", context, status=error.http_status)
    messages.success(request, _("規則を取り込みました。つぎの点検から使います。"))
    return redirect("monitoring:sigma_set", code, made.pk)


def _set(request: PageRequest, sigma_set_id: uuid.UUID) -> SigmaSet:
    row = queries.sigma_set(request.principal, sigma_set_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


@require_safe
@page
def sigma(request: PageRequest, code: str, sigma_set_id: uuid.UUID) -> HttpResponse:
    """One uploaded set: its rules, those that cannot be used and why, its versions."""
    del code
    return _sigma(request, _set(request, sigma_set_id), ReasonForm(), [])


def _sigma(request: PageRequest, row: SigmaSet, form: ReasonForm, lines: list[str], *, status: int = 200) -> HttpResponse:
    text = text_of(request).casefold()
    found = [rule for rule in row.outcome.get("rules", ()) if not text or text in f"{rule['title']} {rule['file']}".casefold()]
    context = {
        "set": row,
        "page": page_of(request, found, each=100),
        "unsupported": _unsupported(row.outcome),
        "versions": queries.sigma_versions(row),
        "may_edit": row.superseded_at is None and request.principal.may("monitoring.rules", row.organization_id),
        "form": form,
        "lines": lines,
    }
    return render(request, "monitoring/sigma_set.html", context, status=status)


@require_POST
@page
def switch(request: PageRequest, code: str, sigma_set_id: uuid.UUID) -> HttpResponse:
    """Switch a set on or off."""
    row = _set(request, sigma_set_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _sigma(request, row, form, [], status=422)
    try:
        actions.switch_sigma(request.principal, row, is_on=not row.is_on, reason=form.cleaned_data["reason"], now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    else:
        messages.success(request, _("切り替えました。つぎの点検から効きます。"))
    return redirect("monitoring:sigma_set", code, row.pk)
