"""What was saved when by whom, kept versions, and the answers as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.forms.cases import KeepForm
from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.rules.answers_file import as_yaml
from sekisho.records.procurement.rules.editing import differences, value_at
from sekisho.records.procurement.rules.wording import key_in_words, value_in_words
from sekisho.records.procurement.views.common import case_page, language
from sekisho.records.procurement.views.saving import names_of

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from sekisho.standards.rule_sets import RuleSet

_CURRENT: Final = "procurement:history"
_PER_PAGE: Final = 30
_LINES: Final = 12


def _change(key: str, before: Any, after: Any, rules: RuleSet, names: Mapping[str, str]) -> dict[str, Any]:
    spoken = language()
    return {
        "name": key_in_words(key, rules, spoken, before, after),
        "before": value_in_words(key, before, rules, spoken, names)[:_LINES],
        "after": value_in_words(key, after, rules, spoken, names)[:_LINES],
    }


@require_safe
@page
def show(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Kept versions and every change."""
    del code
    shown = case_page(request, case_id, _CURRENT)
    rules, names = queries.rules_of(shown.case), names_of(shown.case.answers)
    listed = Paginator(queries.changes(shown.case), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **shown.context,
        "versions": queries.versions(shown.case)[:50],
        "page": listed,
        "changes": [(one, _change(one.key, one.before, one.after, rules, names)) for one in listed],
        "form": KeepForm(),
        "digest": rules.digest,
    }
    return render(request, "procurement/history.html", context)


@require_POST
@page
def keep(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Keep the answers as they are now."""
    shown = case_page(request, case_id, _CURRENT)
    try:
        made = actions.keep_version(request.principal, shown.case, note=request.POST.get("note", ""), now=request.now)
    except InputError as error:
        tell(request, error)
    else:
        messages.success(request, _("いまの内容を、版%(number)sとして残しました。") % {"number": made.number})
    return redirect(_CURRENT, code, case_id)


@require_http_methods(["GET", "POST"])
@page
def go_back(request: PageRequest, code: str, case_id: uuid.UUID, number: int) -> HttpResponse:
    """Say what returning to a version changes, then return."""
    shown = case_page(request, case_id, _CURRENT)
    queries.require_part(request.principal, shown.case, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
    version = queries.versions(shown.case).filter(number=number).first() if number < 2**31 else None
    if version is None:
        raise NotFound("access.not_found")
    lines: list[str] = []
    if request.method == "POST":
        try:
            actions.return_to_version(request.principal, shown.case, number=number, now=request.now)
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(
                request, _("版%(number)sの内容に戻しました。直前の内容も、版として残しました。") % {"number": number}
            )
            return redirect(_CURRENT, code, case_id)
    rules, now, then = queries.rules_of(shown.case), shown.case.answers, version.answers
    names = names_of(then) | names_of(now)
    changes = [_change(key, value_at(now, key), value_at(then, key), rules, names) for key in differences(now, then)]
    context = {**shown.context, "version": version, "changes": changes, "lines": lines}
    return render(request, "procurement/return.html", context, status=422 if lines else 200)


@require_safe
@page
def answers_file(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The answers as a YAML file."""
    del code
    shown = case_page(request, case_id, _CURRENT)
    content = as_yaml(shown.case.answers)
    return attachment(content, name=f"{shown.case.number}-answers.yaml", media_type="application/yaml; charset=utf-8")
