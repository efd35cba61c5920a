"""What a notice freezes, as one value with its hash: the same for the preview, the publication and the verification."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.utils import timezone

from sekisho.documents.model import encode
from sekisho.errors import InputError, Problem
from sekisho.records.procurement.queries.cases import derivation_of
from sekisho.records.procurement.queries.notice_period import corrected_period, first_period
from sekisho.records.procurement.queries.outputs import material_of, obstacles_of
from sekisho.records.procurement.rules.estimate import holds_estimate
from sekisho.records.procurement.rules.notice import (
    AWARDS,
    Dates,
    canonical_hash,
    check_dates,
    frozen_dates,
)
from sekisho.records.procurement.rules.notice_period import PeriodAnswers
from sekisho.records.procurement.writing import checked_criteria, sheet, specification
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.engines.derivation import Derivation
    from sekisho.records.procurement.models import Case, Notice
    from sekisho.records.procurement.rules.issuing import Obstacle
    from sekisho.records.procurement.writing import Material

__all__ = ["SCHEMA", "Frozen", "Verification", "freeze", "obstacle_problems", "verify"]

SCHEMA: Final = "sekisho.notice/1"
_LANGUAGE: Final = "ja"  # a notice is published in Japanese, whoever presses the button


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is published: ``content`` as JSON with its hash, the document (its hash stands in ``content``), the derivation."""

    content: dict[str, Any]
    sha256: str
    document: dict[str, Any]
    derivation: Derivation
    award: str
    period: dict[str, Any]
    """How the time for bids was checked; kept with the notice, not published."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a notice still is what was published. ``content``: its own hash; the others: what that content refers to."""

    recorded: str
    computed: str
    content: bool
    document: bool
    answers: bool
    dates: bool

    @property
    def agrees(self) -> bool:
        """Everything agrees."""
        return self.content and self.document and self.answers and self.dates


def obstacle_problems(found: tuple[Obstacle, ...], material: Material, language: str) -> tuple[Problem, ...]:
    """Obstacles as problems with readable names of questions, requirements and clauses."""
    problems = []
    for one in found:
        fields = {name: value.get(language) if isinstance(value, Text) else value for name, value in one.fields.items()}
        for kind in ("question", "requirement"):
            if item := material.rules.find(f"{kind}s", str(fields.get(kind, ""))):
                fields[kind] = item.title.get(language)
        if entry := material.outline.by_clause.get(str(fields.get("clause", ""))):
            fields["clause"] = f"{entry.citation} {entry.title}"
        problems.append(Problem(one.code, fields, column=one.at))
    return tuple(problems)


def freeze(
    case_: Case,
    dates: Dates,
    *,
    award: str = "",
    now: datetime,
    language: str = "ja",
    correction: bool = False,
    reason: str = "",
    period: PeriodAnswers | None = None,
) -> Frozen:
    """Everything that would be published now with these dates. Writes nothing.

    Raises InputError ``procurement_notice.obstacles`` with all that stands in the way, ``.award_differs``, ``.award_missing``,
    ``.wrong_dates``, ``.estimate_in_clauses``, and ``procurement_outputs.wrong_criteria`` (points outside 総合評価 too). A
    ``correction`` needs no new opinion of the advisor unless strengths change (which the action sees to). ``period``: what is
    said about the time for bids; too short a time raises ``procurement_notice.period_*`` (``rules.notice_period``).
    """
    derivation = derivation_of(case_)
    found = tuple(o for o in obstacles_of(case_, derivation) if not (correction and o.kind == "opinion"))
    midnight = timezone.make_aware(datetime.combine(dates.published_on, time.min))
    material = replace(
        material_of(case_, language=_LANGUAGE, now=now, derivation=derivation), as_of=midnight, issued=True, sheets={}
    )
    if found:
        raise InputError("procurement_notice.obstacles", problems=obstacle_problems(found, material, language), count=len(found))
    award = _award(material.award, award)
    check_dates(dates, award=award, now=now, today=timezone.localdate(now))
    said = period or PeriodAnswers()
    if correction:
        checked = corrected_period(case_, dates, said, award=award)
    else:
        checked = first_period(case_, dates, said, award=award, derivation=derivation)
    clauses = frozenset(clause.id for clause in derivation.included)
    checked_criteria(material.criteria, clauses=clauses, award=award)
    criteria = sheet(material)
    checked_criteria(criteria, clauses=clauses, award=award)
    _refuse_estimates(derivation, language)
    document = msgspec.json.decode(encode(specification(material)))
    content = {
        "schema": SCHEMA,
        "case": case_.number,
        "title": case_.title,
        "award": award,
        "derivation": msgspec.json.decode(msgspec.json.encode(derivation)),
        "criteria": list(msgspec.to_builtins(criteria)),
        "numbering": case_.numbering,
        "numbering_levels": list(material.style.levels),
        "dates": frozen_dates(dates),
        "answers_sha256": canonical_hash({"answers": case_.answers, "rules": derivation.digest}),
        "document_sha256": canonical_hash(document),
        **({"reason": reason} if correction else {}),
    }
    return Frozen(content, canonical_hash(content), document, derivation, award, checked)


def _award(answered: str, given: str) -> str:
    """How the award is decided: as the question was answered; ``given`` only where nobody was asked."""
    if given and given not in AWARDS:
        raise InputError("procurement_notice.award_unknown", value=given[:20], known=", ".join(AWARDS))
    if given and answered and given != answered:
        raise InputError("procurement_notice.award_differs", given=given, answered=answered)
    if not (answered or given):
        raise InputError("procurement_notice.award_missing")
    return answered or given


def _refuse_estimates(derivation: Derivation, language: str) -> None:
    """No clause that people worded, and no value that they filled in, holds the 予定価格."""
    problems = tuple(_estimates(derivation, language))
    if problems:
        raise InputError("procurement_notice.estimate_in_clauses", problems=problems, count=len(problems))


def _estimates(derivation: Derivation, language: str) -> Iterator[Problem]:
    for clause in derivation.included:
        written = [*([clause.text.get(_LANGUAGE)] if clause.own_text else []), *(place.value or "" for place in clause.places)]
        if any(holds_estimate(text) for text in written):
            yield Problem("procurement_notice.estimate_here", {"title": clause.title.get(language)}, column=clause.id)


def verify(notice: Notice) -> Verification:
    """Compute the hashes of a notice anew from what is stored."""
    content, version = notice.frozen, notice.case_version
    try:
        computed = canonical_hash(content)
        document = canonical_hash(notice.document) if notice.document else ""
        answers = canonical_hash({"answers": version.answers, "rules": version.rule_digest})
    except InputError:
        return Verification(notice.sha256, "", content=False, document=False, answers=False, dates=False)
    dates = frozen_dates(
        Dates(
            published_on=notice.published_on,
            questions_until=notice.questions_until,
            proposals_until=notice.proposals_until,
            opening_at=notice.opening_at,
        )
    )
    return Verification(
        recorded=notice.sha256,
        computed=computed,
        content=computed == notice.sha256 and content.get("award") == notice.award,
        document=content.get("document_sha256", "") == document,
        answers=answers == version.sha256 and content.get("answers_sha256", answers) == answers,
        dates=content.get("dates", dates) == dates,
    )
