"""How far cases have come, and who did what in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import CharField, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from sekisho.engines import systemdiagram
from sekisho.engines.derivation import Evaluator, explain
from sekisho.errors import InputError
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement.models import AnswerChange, CaseState, Opinion
from sekisho.records.procurement.queries.cases import (
    answers_of,
    cases,
    derivation_of,
    in_organization,
    rules_of,
    settings_of,
)
from sekisho.records.procurement.rules.progress import Facts, Step, next_step, steps

if TYPE_CHECKING:
    import uuid
    from datetime import date, datetime

    from django.db.models import QuerySet

    from sekisho.engines.derivation import Derivation
    from sekisho.engines.systemdiagram import Applied, Edits
    from sekisho.records.organization.models import Person
    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Case

__all__ = [
    "Progress",
    "answered_by",
    "applied_diagram",
    "candidates",
    "changes",
    "edits_of",
    "family",
    "last_opinion",
    "listed",
    "not_asked_because",
    "opinions",
    "progress_of",
]


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done and what comes next. ``derivation`` None: the rules do not admit the answers, ``problem`` says why."""

    derivation: Derivation | None
    steps: tuple[Step, ...]
    next: Step | None
    problem: InputError | None = None


def listed(
    principal: Principal, organization_id: uuid.UUID, *, state: str = "", rule_set: str = "", text: str = ""
) -> QuerySet[Case]:
    """The visible cases with who changed them last (``changed_by``) and what the last opinion was (``opinion_agrees``)."""
    rows = in_organization(principal, organization_id, state=state, rule_set=rule_set, text=text)
    newest = AnswerChange.objects.filter(case=OuterRef("pk")).order_by("-version")
    current = Opinion.objects.filter(case=OuterRef("pk"), case_version__answers_version=OuterRef("answers_version"))
    return rows.annotate(
        changed_by=Coalesce(
            Subquery(newest.values("person__name")[:1]), F("created_by__name"), Value(""), output_field=CharField()
        ),
        opinion_agrees=Subquery(current.order_by("-at").values("agrees")[:1]),
    )


def progress_of(case_: Case, *, opinion: bool | None = None, orphans: int = 0, drawn: int = 0, confirmed: int = 0) -> Progress:
    """How far a case has come. ``opinion``: whether the last opinion on its present answers agrees (None: there is none);
    ``drawn``, ``confirmed``: parts of the diagram.
    """
    try:
        derivation = derivation_of(case_)
    except InputError as error:
        return Progress(None, (), None, error)
    noticed = case_.state not in (CaseState.PREPARING, CaseState.CANCELLED)
    facts = Facts(opinion=opinion, orphans=orphans, noticed=noticed, drawn=drawn, confirmed=confirmed)
    found = steps(case_.rule_set, answers_of(case_.answers), derivation, facts)
    return Progress(derivation, found, next_step(found) if case_.state == CaseState.PREPARING else None)


def opinions(case_: Case) -> QuerySet[Opinion]:
    """The recorded opinions, newest first, with the version that each is about."""
    return Opinion.objects.filter(case=case_).select_related("person", "case_version")


def last_opinion(case_: Case) -> Opinion | None:
    """The newest opinion on the answers as they are now."""
    return opinions(case_).filter(case_version__answers_version=case_.answers_version).first()


def changes(case_: Case) -> QuerySet[AnswerChange]:
    """Every saved change of the answers, newest first."""
    return AnswerChange.objects.filter(case=case_).select_related("person").order_by("-version", "key")


def answered_by(case_: Case) -> dict[str, tuple[str, datetime]]:
    """Id of a question → who answered it last, and when."""
    rows = AnswerChange.objects.filter(case=case_, key__startswith="answers.").order_by("version")
    return {key.partition(".")[2]: (name or "", at) for key, name, at in rows.values_list("key", "person__name", "at")}


def not_asked_because(case_: Case, derivation: Derivation, language: str) -> dict[str, list[str]]:
    """Id of a question that is not put, or not yet → why, in sentences."""
    rules = rules_of(case_)
    known: dict[str, Any] = {reply.question: reply.value for reply in derivation.answers if reply.value is not None}
    evaluator = Evaluator(rules, known, chosen={}, settings=settings_of(case_))
    found = {}
    for question, reply in zip(rules.questions, derivation.answers, strict=True):
        if not reply.asked and question.ask_if is not None:
            found[question.id] = explain(evaluator.truth(question.ask_if), rules, language)
    return found


def family(principal: Principal, case_: Case) -> list[tuple[str, Case]]:
    """The visible relatives of a case, each with what it is: ``original``, ``main`` (of a variant), ``variant`` or ``copy``."""
    visible = cases(principal)
    ids = {one for one in (case_.copied_from_id, case_.variant_of_id) if one is not None}
    found = [("main" if one.pk == case_.variant_of_id else "original", one) for one in visible.filter(pk__in=ids)]
    root = case_.variant_of_id or case_.pk
    near = visible.filter(Q(variant_of=root) | Q(copied_from=case_)).exclude(pk__in={case_.pk, *ids})
    found += [("variant" if one.variant_of_id == root else "copy", one) for one in near.order_by("number")[:50]]
    return found


def candidates(case_: Case, *, today: date) -> QuerySet[Person]:
    """Who may be made a member: everybody with a role that reaches the organisation."""
    return organization_queries.people_of(case_.organization_id, today=today).order_by("kana", "name")


def edits_of(case_: Case) -> Edits:
    """What people changed on the drawn diagram."""
    return systemdiagram.decode_edits(msgspec.json.encode(case_.diagram))


def applied_diagram(case_: Case, *, language: str) -> Applied:
    """The diagram as drawn from the answers with people's changes on it, and the changes that found no target."""
    derived = systemdiagram.derive(answers_of(case_.answers).business, language=language)
    return systemdiagram.apply(derived, edits_of(case_))
