"""One screen from a judgement: a document and the level that it bears out, asked for at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sekisho.errors import Conflict, InputError
from sekisho.records.assessment import actions, forms, presenting
from sekisho.records.assessment.rules import documents
from sekisho.records.assessment.views.judgement import find
from sekisho.records.evidence import rules as evidence
from sekisho.records.languages import language
from sekisho.records.organization import queries as organization
from sekisho.records.organization.permissions import PERMISSIONS
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.requests import queries as requests
from sekisho.standards.level_rules import rule_for

if TYPE_CHECKING:
    import uuid

    from sekisho.records.assessment.models import Judgement
    from sekisho.records.evidence.models import Evidence
    from sekisho.records.requests.models import Request
    from sekisho.standards.level_rules import DocumentCondition


def _asked(row: Judgement) -> list[tuple[int, DocumentCondition]]:
    rule = rule_for(row.requirement.catalog.key, row.requirement.ref)
    return documents.asked(rule if rule is not None and row.subject.kind in rule.subject_kinds else None)


def _kinds(row: Judgement, lang: str) -> list[Any]:
    """All kinds of document; those that the rule asks for first, with the level that needs them."""
    known = [(kind.id, kind.title[lang]) for kind in evidence.document_kinds().values()]
    levels = {int(level): name for level, name in forms.LEVEL_NAMES}
    names = dict(known)
    wanted = {
        condition.kind: _("%(level)s：%(title)s") % {"level": levels[level], "title": condition.title.get(lang)}
        for level, condition in _asked(row)
        if condition.kind in names
    }
    if not wanted:
        return known
    others = [kind for kind in known if kind[0] not in wanted]
    return [(_("この要求事項の規則が求める文書"), list(wanted.items())), (_("ほかの文書"), others)]


@require_http_methods(["GET", "POST"])
@page
def document(request: PageRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Upload a document and ask for the level that it bears out, in one form."""
    row = find(request, pk)
    for action in ("evidence.add", actions.kind_of_request(row.proposed_level)):
        request.principal.require(action, row.organization_id)
    lang = language()
    initial = {"version": row.version, "level": row.proposed_level if row.level is None else row.level}
    form = forms.DocumentedForm(request.POST or None, request.FILES or None, kinds=_kinds(row, lang), initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            kept, made = actions.declare_with_document(
                request.principal,
                judgement_id=pk,
                version=given["version"],
                level=given["level"],
                reason=given["reason"],
                upload=actions.Upload(**form.handed_in),
                now=request.now,
            )
        except (Conflict, InputError) as error:
            lines = say(error, lang)
        else:
            _tell(request, row, kept, made)
            return redirect("assessment:judgement", code, pk)
    if request.method == "POST" and "file" in request.FILES:
        lines.append(_("ファイルは、もう一度選んでください（ブラウザーは選んだファイルを覚えていません）。"))
    context = {
        "shown": presenting.show(request.principal, row, now=request.now, lang=lang, whole=False),
        "form": form,
        "lines": lines,
        "by_rule": bool(_asked(row)),
    }
    return render(request, "assessment/document.html", context, status=422 if form.is_bound else 200)


def _reviewers(request: PageRequest, row: Judgement) -> list[str]:
    """The roles in which somebody else may review the document."""
    today = timezone.localdate(request.now)
    return [
        str(name)
        for role, name in ROLE_NAMES.items()
        if role in PERMISSIONS["evidence.review"]
        and any(
            person.pk != request.principal.person_id
            for person in organization.holders(role=role, organization_id=row.organization_id, today=today)
        )
    ]


def _tell(request: PageRequest, row: Judgement, kept: Evidence, made: Request) -> None:
    """What happens next: who reviews the document, who approves the level, and what the rule does by itself."""
    if made.state == "approved":
        told = [_("文書を登録し、レベルを保存しました（申請 %(number)s）。") % {"number": made.number}]
    else:
        roles = [str(ROLE_NAMES.get(step.role, step.role)) for step in requests.steps_of(made) if step.state == "open"]
        told = [
            _("文書を登録し、レベルを申請しました（申請 %(number)s）。承認する人：%(roles)s。")
            % {"number": made.number, "roles": "、".join(roles)}
        ]
    reviewers = _reviewers(request, row)
    if reviewers:
        told.append(_("文書を確認する人：%(roles)s。") % {"roles": "、".join(reviewers)})
    told.append(_("文書が確認されるまで、このレベルは「申告」として数えます。"))
    start, end = kept.valid_from, kept.valid_until
    if any(kept.document_kind == c.kind and documents.meets(c, start=start, end=end, now=request.now) for _n, c in _asked(row)):
        told.append(_("確認が済むと、判定の規則が求める文書の条件を満たし、レベルは自動で提案し直されます。"))
    messages.success(request, " ".join(told))
    if not reviewers:
        messages.warning(request, _("文書を確認できる人がほかにいません。責任者の役割をほかの人にも付けてください。"))
