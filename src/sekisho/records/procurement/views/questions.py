"""The questions: a list of sections, one question a page, and all answers at a glance."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.engines.derivation import checked_value, in_words
from sekisho.errors import InputError, NotFound
from sekisho.records.pages import PageRequest, page
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.rules.progress import answered
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.records.procurement.views.overview import problems
from sekisho.records.procurement.views.placing import placed
from sekisho.records.procurement.views.saving import save
from sekisho.standards import texts

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sekisho.engines.derivation import AnswerResult, Derivation
    from sekisho.standards.rule_sets import Question, RuleSet, Section

_CURRENT = "procurement:questions"


@dataclass(frozen=True, slots=True)
class Row:
    """One question in a list. ``reasons``: why it is not asked."""

    question: Question
    title: str
    reply: AnswerResult
    shown: str
    url: str
    answered: tuple[str, datetime | None]
    reasons: tuple[str, ...]

    @property
    def because(self) -> str:
        """Why it is not asked, in one line."""
        return ("、" if language() == "ja" else "; ").join(self.reasons)

    @property
    def asked(self) -> bool:
        """Whether somebody can answer it now."""
        return self.reply.asked is True


def _rows(shown: CasePage, derivation: Derivation, code: str) -> list[tuple[Section, list[Row]]]:
    rules, spoken = queries.rules_of(shown.case), language()
    by, why = queries.answered_by(shown.case), queries.not_asked_because(shown.case, derivation, spoken)
    found = []
    for section in rules.sections:
        rows = [
            Row(
                question,
                question.title.get(spoken),
                reply,
                in_words(question, reply.value, spoken),
                reverse("procurement:question", args=[code, shown.case.pk, question.id]),
                by.get(question.id, ("", None)) if reply.origin == "given" else ("", None),
                tuple(why.get(question.id, ())),
            )
            for question, reply in zip(rules.questions, derivation.answers, strict=True)
            if question.section == section.id
        ]
        if rows:
            found.append((section, rows))
    return found


def _overview(shown: CasePage, code: str) -> dict[str, Any]:
    derivation = queries.derivation_of(shown.case)
    spoken = language()
    sections: list[dict[str, Any]] = []
    for section, rows in _rows(shown, derivation, code):
        asked = [row for row in rows if row.asked]
        done = sum(row.reply.value is not None for row in asked)
        sections.append(
            {
                "title": section.title.get(spoken),
                "lead": section.lead.get(spoken) if section.lead else "",
                "id": section.id,
                "rows": rows,
                "asked": asked,
                "skipped": [row for row in rows if not row.asked],
                "done": done,
                "open": any(row.reply.asked is None for row in rows),
                "complete": done == len(asked),
            }
        )
    rules = queries.rules_of(shown.case)
    first = next((row for section in sections for row in section["asked"] if row.reply.value is None), None)
    done, total = answered(derivation)
    return {
        **shown.context,
        "sections": sections,
        "first": first,
        "done": done,
        "total": total,
        "problems": problems(derivation, rules, code, shown.case.pk),
        "unanswered": [(rules.find("questions", name).title.get(spoken), name) for name in derivation.unanswered],
    }


@require_safe
@page
def sections(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """All sections with how far each has come."""
    shown = case_page(request, case_id, _CURRENT)
    return render(request, "procurement/questions.html", _overview(shown, code))


@require_safe
@page
def check(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Check your answers: every answer with a link to change it, what is missing, what contradicts."""
    shown = case_page(request, case_id, _CURRENT)
    return render(request, "procurement/check.html", _overview(shown, code))


@require_http_methods(["GET", "POST"])
@page
def question(request: PageRequest, code: str, case_id: uuid.UUID, question_id: str) -> HttpResponse:
    """One question on a page of its own."""
    shown = case_page(request, case_id, _CURRENT)
    rules = queries.rules_of(shown.case)
    asked: Question | None = rules.find("questions", question_id)
    if asked is None:
        raise NotFound("access.not_found")
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        queries.require_part(request.principal, shown.case, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
        try:
            value = _given(request, shown, asked)
            stay = reverse("procurement:question", args=[code, case_id, question_id])
            if (choice := save(request, shown, {f"answers.{asked.id}": value}, back=stay)) is not None:
                return choice
        except InputError as error:
            errors = placed(error, request.principal.language, lambda *_: "value")
        else:
            return redirect(_onward(request, case_page(request, case_id, _CURRENT), code, question_id))
    context = _question(request, shown, rules, asked, code)
    return render(request, "procurement/question.html", {**context, "errors": errors}, status=422 if errors else 200)


def _given(request: PageRequest, shown: CasePage, asked: Question) -> Any:
    """What the form says, as a value that the question admits; None takes the answer away."""
    do = request.POST.get("do", "")
    if do == "clear":
        return None
    if do == "take":
        derivation = queries.derivation_of(shown.case)
        return _plain(next(reply.tasks for reply in derivation.answers if reply.question == asked.id))
    return read_value(asked, request.POST.getlist("value"))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def read_value(asked: Question, given: list[str]) -> Any:
    """The fields of the form as an answer. Raises InputError when nothing was given, or what the question does not admit."""
    values = [value for value in given if value.strip()]
    if not values:
        missing = {"choices": "choose_some", "yes_no": "choose_one", "choice": "choose_one"}.get(asked.kind, "write_something")
        raise InputError(f"procurement_cases.{missing}")
    raw: Any = values if asked.kind == "choices" else values[0]
    if asked.kind == "number":
        digits = unicodedata.normalize("NFKC", values[0]).replace(",", "").strip()
        try:
            raw = float(digits)
        except ValueError as error:
            raise InputError("procurement_cases.not_a_number", value=values[0][:40]) from error
        raw = int(raw) if raw.is_integer() else raw
    return _plain(checked_value(asked, raw)) if asked.kind != "number" else (checked_value(asked, raw), raw)[1]


def _neighbours(derivation: Derivation, rules: RuleSet, question_id: str) -> tuple[str, str]:
    """The question before and after among those that are asked ("" at the ends), in the order of the sections."""
    order = {section.id: place for place, section in enumerate(rules.sections)}
    asked = {reply.question for reply in derivation.answers if reply.asked or reply.question == question_id}
    names = [q.id for q in sorted(rules.questions, key=lambda q: order.get(q.section, len(order))) if q.id in asked]
    place = names.index(question_id)
    return (names[place - 1] if place else ""), (names[place + 1] if place + 1 < len(names) else "")


def _onward(request: PageRequest, shown: CasePage, code: str, question_id: str) -> str:
    """Where a saved answer leads: back to the answers when the reader came from there, else on to the next question."""
    case_id = shown.case.pk
    if request.POST.get("do") == "clear":
        return reverse("procurement:question", args=[code, case_id, question_id])
    if request.GET.get("from") == "check":
        return reverse("procurement:check", args=[code, case_id])
    _before, after = _neighbours(queries.derivation_of(shown.case), queries.rules_of(shown.case), question_id)
    if after:
        return reverse("procurement:question", args=[code, case_id, after])
    return reverse("procurement:check", args=[code, case_id])


def _question(request: PageRequest, shown: CasePage, rules: RuleSet, asked: Question, code: str) -> dict[str, Any]:
    derivation = queries.derivation_of(shown.case)
    spoken, case_id = language(), shown.case.pk
    reply = next(reply for reply in derivation.answers if reply.question == asked.id)
    before, after = _neighbours(derivation, rules, asked.id)
    section = rules.find("sections", asked.section)
    here = [q for q in rules.questions if q.section == asked.section]
    puts = {r.question for r in derivation.answers if r.asked}
    numbered = [q.id for q in here if q.id in puts]
    typed = request.POST.getlist("value") if request.method == "POST" and request.POST.get("do", "") == "" else None
    last = queries.changes(shown.case).filter(key=f"answers.{asked.id}").first()

    def url(name: str) -> str:
        return reverse("procurement:question", args=[code, case_id, name]) if name else ""

    return {
        **shown.context,
        "question": asked,
        "title": asked.title.get(spoken),
        "why": asked.why.get(spoken),
        "help": asked.help.get(spoken) if asked.help else "",
        "example": asked.example.get(spoken) if asked.example else "",
        "unit": asked.unit.get(spoken) if asked.unit else "",
        "section": section.title.get(spoken),
        "place": numbered.index(asked.id) + 1 if asked.id in numbered else 0,
        "places": len(numbered),
        "options": _options(asked, spoken),
        "chosen": typed if typed is not None else _chosen(reply.value),
        "reply": reply,
        "reasons": queries.not_asked_because(shown.case, derivation, spoken).get(asked.id, []),
        "tasks": in_words(asked, reply.tasks, spoken) if reply.tasks is not None else "",
        "given": reply.origin == "given",
        "value": in_words(asked, reply.value, spoken),
        "by": last,
        "before": url(before),
        "after": url(after),
        "version": request.POST.get("base_version") or shown.case.answers_version,
        "checks": [
            one for one in problems(derivation, rules, code, case_id) if (asked.title.get(spoken), url(asked.id)) in one["links"]
        ],
        "from_check": request.GET.get("from") == "check",
    }


def _chosen(value: Any) -> list[str]:
    """A value as the fields of the form hold it."""
    if value is None:
        return []
    if isinstance(value, tuple):
        return list(value)
    return [f"{value:.10g}" if isinstance(value, float) else str(value)]


def _options(asked: Question, spoken: str) -> list[tuple[str, str, str]]:
    """Id, title and note of each option."""
    if asked.kind == "yes_no":
        return [(name, texts.render(f"derivation.{name}", {}, spoken), "") for name in ("yes", "no")]
    return [(o.id, o.title.get(spoken), o.note.get(spoken) if o.note else "") for o in asked.options]
