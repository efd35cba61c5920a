"""システムの格付: all systems with their grade, one page that grades, the history."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.engines.derivation import in_words
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.assessment import queries as assessment_queries
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.forms.gradings import TargetsForm
from sekisho.records.procurement.queries import gradings as grading_queries
from sekisho.records.procurement.rules.grading import GRADES, answers_from, grade_of, target_of
from sekisho.records.procurement.views.common import language
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.records.assessment.queries import TargetPlan
    from sekisho.records.procurement.models import Case, Grading
    from sekisho.records.procurement.queries.gradings import GradingRules
    from sekisho.records.procurement.rules.grading import Graded
    from sekisho.records.subjects.models import Subject

_PER_PAGE: Final = 50
_SHOWN: Final = 200
SETS: Final = {
    "set_a": gettext_lazy("Aの組（中位を下限とし、高位を検討。目標は松）"),
    "set_b": gettext_lazy("Bの組（中位が基本。目標は竹）"),
    "set_c": gettext_lazy("Cの組（低位から始める。目標は梅）"),
}


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """All systems: ungraded ones first, then by grade; how old each grading is, whether the rules have changed since."""
    del code
    request.principal.require("procurement.read", request.organization.pk)
    rows = grading_queries.systems(request.principal, request.organization.pk)
    wanted = request.GET.get("grade", "")
    if wanted in GRADES:
        rows = rows.filter(grade=wanted)
    elif wanted == "none":
        rows = rows.filter(grade="")
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    present = grading_queries.present_gradings(request.principal, list(shown))
    rules = grading_queries.grading_rules(request.organization.pk)
    systems = [
        {
            "subject": one,
            "grading": present.get(one.pk),
            "stale": one.pk in present
            and one.organization_id == request.organization.pk
            and present[one.pk].rule_digest != rules.digest,
            "differs": one.pk in present and present[one.pk].grade != one.grade,
        }
        for one in shown
    ]
    context = {
        "systems": systems,
        "page": shown,
        "grades": GRADES,
        "wanted": wanted,
        "edition": rules.edition,
        "rules": rules.rules,
        "may_grade": request.principal.may("procurement.grade", request.organization.pk),
    }
    return render(request, "procurement/gradings.html", context)


def _about(request: PageRequest) -> tuple[Subject | None, Case | None]:
    """What is graded, from the address. Raises NotFound."""
    found = {name: request.GET.get(name) or request.POST.get(name) or "" for name in ("subject", "case")}
    try:
        ids = {name: uuid.UUID(value) if value else None for name, value in found.items()}
    except ValueError as error:
        raise NotFound("access.not_found") from error
    if ids["subject"]:
        subject = subject_queries.subject(request.principal, ids["subject"])
        request.principal.require("procurement.grade", subject.organization_id)
        return subject, None
    if ids["case"]:
        return None, queries.case(request.principal, ids["case"])
    raise NotFound("access.not_found")


def _given(request: PageRequest, rules: GradingRules) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for question in rules.rules.questions:
        name = f"a.{question.id}"
        value = request.POST.getlist(name) if question.kind == "choices" else request.POST.get(name, "")
        if value:
            given[question.id] = value
    return given


def _result(rules: GradingRules, graded: Graded | None, lines: list[str]) -> dict[str, Any]:
    """The live result: the grade, why, what follows, what does not fit together, what is still open."""
    if graded is None:
        return {"lines": lines}
    spoken = language()
    derived = graded.derivation
    return {
        "lines": lines,
        "grade": graded.grade,
        "set": SETS.get(graded.requirement_set, graded.requirement_set),
        "reasons": [one.get(spoken) for one in graded.reasons],
        "open": len(derived.unanswered),
        "checks": [(one.severity == "error", one.message.get(spoken)) for one in derived.checks],
        "follows": [
            (decision.title.get(spoken), one.title.get(spoken), one.reason.get(spoken) if one.reason else "")
            for one, decision in zip(derived.decisions, rules.rules.decisions, strict=True)
            if one.id in {"strength_floor", "strength_target"} and one.title and graded.grade
        ],
    }


def _questions(rules: GradingRules, given: Mapping[str, Any], *, wrong: Mapping[str, str]) -> list[dict[str, Any]]:
    spoken = language()
    made = []
    for question in rules.rules.questions:
        value = given.get(question.id, "")
        made.append(
            {
                "id": question.id,
                "wrong": wrong.get(f"a-{question.id}", ""),
                "kind": question.kind,
                "title": question.title.get(spoken),
                "why": question.why.get(spoken),
                "help": question.help.get(spoken) if question.help else "",
                "unit": question.unit.get(spoken) if question.unit else "",
                "options": _options(question, spoken),
                "chosen": [f"{v:g}" if isinstance(v, float) else str(v) for v in (value if isinstance(value, list) else [value])],
                "conditional": question.ask_if is not None,
                "verified": question.verified,
            }
        )
    return made


def _errors(rules: GradingRules, error: InputError | Conflict, spoken: str) -> list[tuple[str, str]]:
    """(id of the field, sentence): each problem beside the (first) question that it is about, which is named as on the page."""
    titles = {question.id: question.title.get(spoken) for question in rules.rules.questions}
    if not error.problems:
        at = "reason" if error.code == "procurement_tools.grade_reason_missing" else ""
        return [(at, line) for line in say(error, spoken)]
    made = []
    for one in error.problems:
        about = one.column.removeprefix("answers.").split(", ")[0]
        fields = {name: f"「{titles[value]}」" if value in titles else value for name, value in one.fields.items()}
        made.append((f"a-{about}" if about in titles else "", texts.render(one.code, fields, spoken)))
    return made


def _options(question: Any, spoken: str) -> list[tuple[str, str, str]]:
    if question.kind == "yes_no":
        return [(value, texts.render(f"derivation.{value}", {}, spoken), "") for value in ("yes", "no")]
    return [(one.id, one.title.get(spoken), one.note.get(spoken) if one.note else "") for one in question.options]


@require_http_methods(["GET", "POST"])
@page
def grade(request: PageRequest, code: str) -> HttpResponse:
    """The one page that grades a system or what a case buys."""
    subject, case = _about(request)
    organization_id = subject.organization_id if subject else case.organization_id  # type: ignore[union-attr]
    request.principal.require("procurement.grade", organization_id)
    rules = grading_queries.grading_rules(organization_id)
    errors: list[tuple[str, str]] = []
    history = grading_queries.history_of(
        request.principal, subject_id=subject.pk if subject else None, case_id=case.pk if case else None
    )
    last = history.first()
    given: dict[str, Any] = dict(last.answers) if last else {}
    if request.method == "POST":
        given = _given(request, rules)
        try:
            made = actions.grade_system(
                request.principal,
                subject=subject,
                case=case,
                answers=given,
                grade=request.POST.get("grade", ""),
                reason=request.POST.get("reason", ""),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            errors = _errors(rules, error, request.principal.language)
        else:
            messages.success(request, _("格付を%(grade)sに決めました。") % {"grade": made.grade})
            return redirect("procurement:grading", code, made.pk)
    context = {
        "subject": subject,
        "case": case,
        "questions": _questions(rules, given, wrong=dict(errors)),
        "errors": errors,
        "result": _live(request, rules, given, subject),
        "grades": GRADES,
        "chosen": request.POST.get("grade", ""),
        "reason": request.POST.get("reason", ""),
        "history": history[:20],
        "note": rules.rules.confidence_note.get(language()),
    }
    return render(request, "procurement/grading_new.html", context, status=422 if errors else 200)


def _live(request: PageRequest, rules: GradingRules, given: Mapping[str, Any], subject: Subject | None) -> dict[str, Any]:
    """The result, with what it would mean for the judgements of a subject once nothing is open."""
    try:
        graded = grade_of(rules.rules, answers_from(rules.rules, given), settings=rules.settings)
        shown = _result(rules, graded, [])
        grade = request.POST.get("grade") or graded.grade
        if subject is not None and grade:
            target = target_of(rules.rules, graded.answers, grade, settings=rules.settings)
            plan = assessment_queries.target_plan(request.principal, subject=subject, level=target.level)
            why = target.reason.get(language()) if target.reason else ""
            shown |= {"target": target, "plan": plan, "counts": _counts(plan), "why": why}
    except InputError as error:
        return _result(rules, None, say(error, language()))
    return shown


def _counts(plan: TargetPlan) -> dict[str, int]:
    return {what: plan.count(what) for what in ("new", "raised", "lowered", "person", "removed", "bought")}


@require_POST
@page
def live(request: PageRequest, code: str) -> HttpResponse:
    """The result for the answers as they stand in the form; nothing is kept."""
    del code
    subject, case = _about(request)
    organization_id = subject.organization_id if subject else case.organization_id  # type: ignore[union-attr]
    request.principal.require("procurement.grade", organization_id)
    rules = grading_queries.grading_rules(organization_id)
    return render(request, "procurement/_grading_result.html", {"result": _live(request, rules, _given(request, rules), subject)})


@require_safe
@page
def show(request: PageRequest, code: str, grading_id: uuid.UUID) -> HttpResponse:
    """One grading: its answers, why, who decided; the ones before it."""
    del code
    row = grading_queries.grading(request.principal, grading_id)
    rules = grading_queries.grading_rules(row.organization_id)
    spoken = language()
    context = {
        "grading": row,
        "set": SETS.get(row.requirement_set, row.requirement_set),
        "reasons": [str(one.get(spoken) or one.get("ja", "")) for one in row.reasons],
        "answers": _answers(row, rules, spoken),
        "stale": row.superseded_at is None and row.rule_digest != rules.digest,
        "history": grading_queries.history_of(request.principal, subject_id=row.subject_id, case_id=row.case_id)[:50],
        "may_grade": request.principal.may("procurement.grade", row.organization_id),
        **_following(request, row),
    }
    return render(request, "procurement/grading.html", context)


def _following(request: PageRequest, row: Grading) -> dict[str, Any]:
    """What the grade means for the judgements of its system, or why nothing can be set now."""
    found = grading_queries.follows(request.principal, row)
    if found.refused is not None:
        return {"refused": " ".join(say(found.refused, language()))}
    assert found.subject is not None
    assert found.target is not None
    assert found.plan is not None
    organization_id = found.subject.organization_id
    return {
        "subject": found.subject,
        "target": found.target,
        "why": found.target.reason.get(language()) if found.target.reason else "",
        "plan": found.plan,
        "counts": _counts(found.plan),
        "may_set": all(request.principal.may(name, organization_id) for name in ("procurement.grade", "judgement.target")),
    }


@require_http_methods(["GET", "POST"])
@page
def targets(request: PageRequest, code: str, grading_id: uuid.UUID) -> HttpResponse:
    """What the grade would change in the targets of judgements, one by one, and setting them."""
    row = grading_queries.grading(request.principal, grading_id)
    shown = _following(request, row)
    if "refused" in shown:
        messages.warning(request, shown["refused"])
        return redirect("procurement:grading", code, row.pk)
    plan, spoken = shown["plan"], language()
    first = {"digest": plan.digest, "on": shown["target"].by(timezone.localdate(request.now))}
    form = TargetsForm(request.POST if request.method == "POST" else None, initial=first)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.set_grade_targets(
                request.principal, row, digest=form.cleaned_data["digest"], on=form.cleaned_data["on"], now=request.now
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
            form = TargetsForm(initial={**first, "on": form.cleaned_data["on"]})
        else:
            made = {"n": len(done.changing), "kept": len(done.kept)}
            messages.success(request, _("%(n)s件の判定の目標を決めました。%(kept)s件は変えずに残しました。") % made)
            return redirect("procurement:grading", code, row.pk)
    context = {
        "grading": row,
        **shown,
        "form": form,
        "lines": lines,
        **{
            name: [(one, catalog_queries.text(one.judgement.requirement, "title", spoken)) for one in aims[:_SHOWN]]
            for name, aims in (("changing", plan.changing), ("kept", plan.kept))
        },
        "more_changing": max(0, len(plan.changing) - _SHOWN),
        "more_kept": max(0, len(plan.kept) - _SHOWN),
    }
    return render(request, "procurement/grading_targets.html", context, status=422 if lines or form.errors else 200)


def _answers(row: Grading, rules: GradingRules, spoken: str) -> list[tuple[str, str]]:
    """The answers in the words of the rules as they are now; what they no longer know stands as it is."""
    made = []
    for name, value in row.answers.items():
        question = rules.rules.find("questions", name)
        shown = tuple(value) if isinstance(value, list) else value
        made.append((question.title.get(spoken), in_words(question, shown, spoken)) if question else (name, str(value)))
    return made
