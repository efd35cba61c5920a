"""What documents of a case are written from: the case as a value, its numbering, its templates, what prevents issue."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import msgspec
from django.utils import timezone

from sekisho.documents.model import Document, decode
from sekisho.documents.numbering import BUILT_IN
from sekisho.documents.numbering import NumberingStyle as Style
from sekisho.engines.derivation import explain
from sekisho.engines.derivation.truth import Evaluator
from sekisho.engines.systemdiagram import decode_edits
from sekisho.errors import InputError, NotFound
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.organization.queries import ancestors
from sekisho.records.procurement.models import Notice, NumberingStyle, Opinion, WordTemplate
from sekisho.records.procurement.queries.cases import answers_of, derivation_of, rules_of, settings_of
from sekisho.records.procurement.queries.diagram import confirmations_of
from sekisho.records.procurement.rules.issuing import Obstacle, obstacles
from sekisho.records.procurement.writing import Material, OpinionNote, build, criteria_from, fill_template, render_one

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.engines.derivation import Derivation
    from sekisho.records.procurement.models import Case

__all__ = [
    "document_file",
    "document_of",
    "material_of",
    "not_offered_because",
    "numbering_of",
    "numbering_styles",
    "obstacles_of",
    "opinion_is_current",
    "published_document",
    "template_bytes",
    "word_template",
    "word_templates",
]


def numbering_styles(case_: Case) -> QuerySet[NumberingStyle]:
    """The organisation's own styles, and those of the organisations above it."""
    return NumberingStyle.objects.filter(organization__in=[o.pk for o in ancestors(case_.organization_id)])


def numbering_of(case_: Case, name: str = "") -> Style:
    """The style of that name (a built-in one, or the id of an own one); the case's own when empty.

    Raises NotFound ``procurement_outputs.unknown_numbering``.
    """
    wanted = name or case_.numbering
    if wanted in BUILT_IN:
        return BUILT_IN[wanted]
    try:
        row = numbering_styles(case_).filter(pk=uuid.UUID(wanted)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("procurement_outputs.unknown_numbering", name=wanted[:40])
    return Style(tuple(row.levels))


def opinion_is_current(case_: Case, opinion: Opinion) -> bool:
    """Whether the opinion was given on the answers as they are now, under the rules as they are now."""
    version = opinion.case_version
    return version.answers_version == case_.answers_version and version.rule_digest == rules_of(case_).digest


def _opinions(case_: Case) -> QuerySet[Opinion]:
    return Opinion.objects.filter(case=case_).select_related("person", "case_version")


def material_of(
    case_: Case,
    *,
    language: str,
    now: datetime,
    numbering: str = "",
    derivation: Derivation | None = None,
) -> Material:
    """Everything that the documents of the case are written from."""
    answers = answers_of(case_.answers)
    notice = Notice.objects.filter(case=case_).first()
    organization = case_.organization
    confirmed = confirmations_of(case_)
    return Material(
        rules=rules_of(case_),
        answers=answers,
        derivation=derivation or derivation_of(case_),
        style=numbering_of(case_, numbering),
        language="en" if language == "en" else "ja",
        as_of=timezone.localtime(notice.at if notice else now),
        opinions=tuple(
            OpinionNote(
                name=opinion.person.name,
                on=timezone.localdate(opinion.at).isoformat(),
                agrees=opinion.agrees,
                text=opinion.text,
                current=opinion_is_current(case_, opinion),
            )
            for opinion in _opinions(case_)
        ),
        criteria=criteria_from(case_.criteria),
        edits=decode_edits(msgspec.json.encode(case_.diagram)) if case_.diagram else None,
        drawn=(confirmed.total, confirmed.unconfirmed),
        issued=notice is not None,
        number=case_.number,
        fictional=organization.is_fictional,
    )


def published_document(case_: Case) -> Document | None:
    """The specification as it was published; None before the notice."""
    notice = Notice.objects.filter(case=case_).first()
    if notice is None or not notice.document:
        return None
    return decode(msgspec.json.encode(notice.document))


def document_of(case_: Case, material: Material, which: str, *, draft: bool) -> Document:
    """One of writing.DOCUMENTS; the specification as it was published once the notice is out. Errors as ``writing.build``."""
    if which == "specification" and (published := published_document(case_)) is not None:
        return published
    return build(material, which, draft=draft)


def document_file(case_: Case, material: Material, *, which: str, form: str, template: str, draft: bool) -> bytes:
    """A document as a file; ``template`` is the id of a Word template to be filled, or empty.

    Raises InputError ``procurement_outputs.unfilled`` (unless ``draft``), NotFound ``procurement_outputs.template_gone``.
    """
    if not template:
        return render_one(document_of(case_, material, which, draft=draft), form)
    if which != "specification" or form != "docx":
        raise InputError("procurement_outputs.template_needs_docx")
    try:
        row = word_template(case_, uuid.UUID(template))
    except ValueError as error:
        raise NotFound("procurement_outputs.template_gone") from error
    return fill_template(material, template_bytes(row), filename=row.file_name, draft=draft)


def obstacles_of(case_: Case, derivation: Derivation) -> tuple[Obstacle, ...]:
    """What prevents the notice now."""
    current = any(opinion_is_current(case_, opinion) for opinion in _opinions(case_))
    return obstacles(derivation, opinions_current=current)


def word_templates(case_: Case) -> QuerySet[WordTemplate]:
    """The Word templates of the organisation and those above it that are in use."""
    own = [organization.pk for organization in ancestors(case_.organization_id)]
    return WordTemplate.objects.filter(organization__in=own, withdrawn_at=None).select_related("artifact")


def word_template(case_: Case, template_id: uuid.UUID) -> WordTemplate:
    """One template in use. Raises NotFound ``procurement_outputs.template_gone``."""
    found = word_templates(case_).filter(pk=template_id).first()
    if found is None:
        raise NotFound("procurement_outputs.template_gone")
    return found


def template_bytes(template: WordTemplate) -> bytes:
    """The file of a template. Raises NotFound ``evidence.bytes_missing``."""
    return evidence_actions.artifact_store().read(template.artifact_id)


def not_offered_because(case_: Case, derivation: Derivation, language: str) -> dict[str, list[str]]:
    """Id of a clause that the rules do not offer → why not, in sentences."""
    rules = rules_of(case_)
    shown = {clause.id for clause in derivation.clauses}
    known: dict[str, Any] = {reply.question: reply.value for reply in derivation.answers if reply.value is not None}
    chosen = {result.id: result.level for result in derivation.requirements if result.decided}
    evaluator = Evaluator(rules, known, chosen=chosen, settings=settings_of(case_))
    found = {
        result.id: explain(result.holds_because, rules, language)
        for result in derivation.requirements
        if result.holds is False and result.holds_because is not None
    }
    for clause in rules.clauses:
        if clause.id not in shown and clause.include_if is not None:
            found[clause.id] = explain(evaluator.truth(clause.include_if), rules, language)
    return found
