"""One case at a glance: what is to be done, what is wrong, who works on it, what was advised."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.engines.derivation import explain
from sekisho.errors import Conflict, InputError
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.forms.cases import CancelForm, MemberForm, OpinionForm, SubjectForm
from sekisho.records.procurement.models import CaseState, MemberPart
from sekisho.records.procurement.queries.diagram import Confirmations, confirmations_of
from sekisho.records.procurement.views.common import case_page, language
from sekisho.records.procurement.views.names import PARTS, RULE_SETS, STATES, STEP_STATES, STEPS, address
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.engines.derivation import CheckResult, Derivation
    from sekisho.records.procurement.queries import Progress
    from sekisho.standards.rule_sets import RuleSet

_LINKED = ("information_system", "cloud_service", "host", "site", "device", "dataset", "code")


@require_safe
@page
def case(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The case with its list of tasks; for who is no member, what was published."""
    announced = queries.announced_case(request.principal, case_id)
    if not queries.parts_of(request.principal, announced):
        return redirect("procurement:notice", code, announced.pk)
    shown = case_page(request, case_id, "procurement:case")
    row = shown.case
    opinion = queries.last_opinion(row)
    orphans, drawn = 0, Confirmations({}, {})
    try:
        if row.rule_set == "specification":
            orphans = len(queries.applied_diagram(row, language=language()).orphans)
            drawn = confirmations_of(row)
    except InputError:
        pass  # the answers themselves cannot be read, which the page says
    agrees = opinion.agrees if opinion else None
    progress = queries.progress_of(
        row, opinion=agrees, orphans=orphans, drawn=drawn.total, confirmed=drawn.total - drawn.unconfirmed
    )
    rules = queries.rules_of(row)
    members = [(m, PARTS[m.part][0]) for m in queries.members(row)]
    is_owner = MemberPart.OWNER in shown.parts and request.principal.may("procurement.edit", row.organization_id)
    running = row.state in (CaseState.PREPARING, CaseState.NOTICED, CaseState.OPENED)
    context: dict[str, Any] = {
        **shown.context,
        "state": STATES[row.state],
        "unconfirmed": drawn.unconfirmed,
        "steps": _steps(progress, code, row.pk),
        "lines": say(progress.problem, request.principal.language) if progress.problem else [],
        "members": members,
        "is_owner": is_owner,
        "may_cancel": is_owner and running,
        "may_advise": running
        and not shown.parts & {MemberPart.OWNER, MemberPart.EDITOR}
        and request.principal.may("procurement.advise", row.organization_id),
        "may_copy": request.principal.may("procurement.edit", row.organization_id),
        "opinions": [(one, one.case_version.answers_version == row.answers_version) for one in queries.opinions(row)[:10]],
        "family": queries.family(request.principal, row),
        "rules": rules,
        "kind": RULE_SETS.get(row.rule_set, row.rule_set),
    }
    if progress.derivation is not None:
        context |= _derived(progress.derivation, rules, code, row.pk)
    if is_owner:
        context["member_form"] = MemberForm(people=queries.candidates(row, today=timezone.localdate(request.now)))
    return render(request, "procurement/case.html", context)


def _steps(progress: Progress, code: str, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """The steps as the page shows them; those whose page does not exist are left out."""
    found = []
    for step in progress.steps:
        name, what, target = STEPS[step.key]
        url = address(target, code, case_id)
        if not url:
            continue
        style, state = STEP_STATES[step.state]
        draft_only = step.key == "documents" and step.state == "later"
        found.append(
            {
                "key": step.key,
                "name": name,
                "what": what,
                "url": "" if step.state == "later" and step.key in {"diagram", "notice", "opinion"} else url,
                "style": style,
                "state": _("案は出せる") if draft_only else state,
                "state_key": step.state,
                "done": step.done,
                "total": step.total,
                "next": progress.next is not None and progress.next.key == step.key,
            }
        )
    return found


def problems(derivation: Derivation, rules: RuleSet, code: str, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """What does not fit together, errors first, each with links to where it is mended."""

    def links(check: CheckResult) -> list[tuple[str, str]]:
        found = []
        for name in check.questions:
            question = rules.find("questions", name)
            found.append((question.title.get(language()), address("procurement:question", code, case_id, name)))
        for name in check.requirements:
            requirement = rules.find("requirements", name)
            url = address("procurement:requirement", code, case_id, name) or address("procurement:requirements", code, case_id)
            found.append((f"{name} {requirement.title.get(language())}", url))
        return found

    checks = sorted(derivation.checks, key=lambda check: check.severity != "error")
    return [
        {"bad": check.severity == "error", "message": check.message.get(language()), "links": links(check)} for check in checks
    ]


def _derived(derivation: Derivation, rules: RuleSet, code: str, case_id: uuid.UUID) -> dict[str, Any]:
    decisions = []
    for result in derivation.decisions:
        decision = rules.find("decisions", result.id)
        decisions.append(
            {
                "title": decision.title.get(language()),
                "outcome": result.title.get(language()) if result.title else "",
                "reason": result.reason.get(language()) if result.reason else "",
                "because": explain(result.because, rules, language())[:8],
                "basis": decision.basis.get(language()) if decision.basis else "",
                "verified": decision.verified,
            }
        )
    held = [result for result in derivation.requirements if result.holds]
    counts = [(level, sum(r.level == level for r in held)) for level in ("low", "mid", "high")]
    return {
        "problems": problems(derivation, rules, code, case_id),
        "decisions": [one for one in decisions if one["outcome"]],
        "undecided": [one for one in decisions if not one["outcome"]],
        "levels": counts if held else [],
        "clause_count": len(derivation.included),
        "unanswered": len(derivation.unanswered),
        "unfilled": len({place.key for place in derivation.unfilled}),
    }


@require_POST
@page
def member(request: PageRequest, code: str, case_id: uuid.UUID, verb: str) -> HttpResponse:
    """Add or remove somebody."""
    shown = case_page(request, case_id, "procurement:case")
    given = request.POST
    person_id, part = subject_queries.uuid_of(given.get("person", "")), given.get("part", "")
    try:
        if verb == "add":
            actions.add_member(request.principal, shown.case, person_id=person_id, part=part, now=request.now)
        else:
            actions.remove_member(request.principal, shown.case, person_id=person_id, part=part, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    else:
        messages.success(request, _("参加者を変えました。"))
    if person_id == request.principal.person_id and not queries.cases(request.principal).filter(pk=case_id).exists():
        return redirect("procurement:index", code)  # who left the case sees it no more
    return redirect("procurement:case", code, case_id)


@require_http_methods(["GET", "POST"])
@page
def opinion(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The opinions on a case, and the form of whoever advises on it."""
    shown = case_page(request, case_id, "procurement:case")
    row = shown.case
    may_advise = not shown.parts & {MemberPart.OWNER, MemberPart.EDITOR} and request.principal.may(
        "procurement.advise", row.organization_id
    )
    form = OpinionForm(request.POST or None, initial={"base_version": row.answers_version}) if may_advise else None
    lines: list[str] = []
    if request.method == "POST" and form is None:
        actions.give_opinion(request.principal, row, agrees=False, text=request.POST.get("text", ""), now=request.now)
    if request.method == "POST" and form is not None and form.is_valid():
        values = form.cleaned_data
        try:
            actions.give_opinion(
                request.principal,
                row,
                agrees=values["agrees"] == "yes",
                text=values["text"],
                base_version=values["base_version"],
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
            if isinstance(error, Conflict):  # the page shows the present state now: writing it again is about that
                form.data = {**form.cleaned_data, "base_version": row.answers_version}
        else:
            messages.success(request, _("意見を記録しました。"))
            return redirect("procurement:opinion", code, case_id)
    progress = queries.progress_of(row)
    needed = _needed(progress, queries.rules_of(row))
    given = [(one, one.case_version.answers_version == row.answers_version) for one in queries.opinions(row)]
    context = {**shown.context, "form": form, "lines": lines, "opinions": given, "needed": needed}
    return render(request, "procurement/opinion.html", context, status=422 if lines or (form and form.errors) else 200)


def _needed(progress: Progress, rules: RuleSet) -> dict[str, Any] | None:
    """Whether an opinion is needed, with the rule's reason."""
    if progress.derivation is None:
        return None
    found = next((d for d in progress.derivation.decisions if d.id == "opinion_needed"), None)
    if found is None:
        return None
    return {
        "title": found.title.get(language()) if found.title else "",
        "reason": found.reason.get(language()) if found.reason else "",
        "because": explain(found.because, rules, language())[:8],
        "yes": found.value == "yes",
    }


@require_http_methods(["GET", "POST"])
@page
def subject(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Which subject the case is about."""
    shown = case_page(request, case_id, "procurement:case")
    row = shown.case
    queries.require_part(request.principal, row, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
    rows = subject_queries.in_organization(request.principal, row.organization_id).filter(
        kind__in=_LINKED, organization=row.organization_id
    )
    form = SubjectForm(
        request.POST or None,
        candidates=[(str(one.pk), one.name) for one in rows[:1000]],
        initial={"subject": str(row.subject_id or "")},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["subject"]
        found = subject_queries.subject(request.principal, uuid.UUID(chosen)) if chosen else None
        try:
            actions.link_subject(request.principal, row, subject=found, now=request.now)
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            return redirect("procurement:case", code, case_id)
    context = {**shown.context, "form": form, "lines": lines}
    return render(request, "procurement/subject.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def cancel(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Say what cancelling does, then do it."""
    shown = case_page(request, case_id, "procurement:case")
    queries.require_part(request.principal, shown.case, "procurement.edit", MemberPart.OWNER)
    form = CancelForm(request.POST or None, expected=shown.case.number)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_case(request.principal, shown.case, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(request, _("案件 %(number)s を取りやめました。記録は残ります。") % {"number": shown.case.number})
            return redirect("procurement:case", code, case_id)
    context = {**shown.context, "form": form, "lines": lines}
    return render(request, "procurement/cancel.html", context, status=422 if form.errors or lines else 200)
