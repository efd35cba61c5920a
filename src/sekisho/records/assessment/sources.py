"""Reads what level rules need, for many subjects at once, in a number of queries that does not grow with them.

Parts and documents never cross organisations: what one organisation holds does not bear out another's level.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Max, Q, Window
from django.db.models.functions import RowNumber

from sekisho.records.assessment.models import Attestation
from sekisho.records.assessment.rules.facts import Answer, Facts, Figure, Paper, Part
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.level_rules import LEVELS, DocumentCondition, LevelRule, MeasureCondition, duration, leaves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

__all__ = ["Family", "Needs", "facts_for", "family_of", "needs_of"]

_RECENT: Final = 5  # figures of one key and part that are looked at: a failed run must not hide an earlier good one
_CHUNK: Final = 500


@dataclass(slots=True)
class Family:
    """The subjects of some organisations and how they hang together."""

    kinds: dict[uuid.UUID, tuple[str, str, uuid.UUID]] = field(default_factory=dict)  # id → kind, name, organisation
    parts: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    wholes: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    selves: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)  # organisation → the subject that stands for it

    def below(self, subject_id: uuid.UUID) -> list[uuid.UUID]:
        """The subject and all its parts."""
        return _reach(subject_id, self.parts)

    def above(self, subject_id: uuid.UUID) -> list[uuid.UUID]:
        """The subject, all that it is part of, and its organisation."""
        found = _reach(subject_id, self.wholes)
        own = self.selves.get(self.kinds[subject_id][2]) if subject_id in self.kinds else None
        return found if own is None or own in found else [*found, own]

    def touched_by(self, subject_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Whose levels may change with news about these: they, their wholes, their parts; all of an organisation for itself."""
        touched: set[uuid.UUID] = set()
        for subject_id in subject_ids:
            if subject_id not in self.kinds:
                continue
            kind, _, organization_id = self.kinds[subject_id]
            if kind == "organization":
                touched |= {pk for pk, (_, _, other) in self.kinds.items() if other == organization_id}
            touched |= set(_reach(subject_id, self.wholes)) | set(_reach(subject_id, self.parts))
        return touched


def _reach(start: uuid.UUID, links: dict[uuid.UUID, set[uuid.UUID]]) -> list[uuid.UUID]:
    found, waiting = [start], [start]
    while waiting:
        for following in sorted(links.get(waiting.pop(), ())):
            if following not in found:
                found.append(following)
                waiting.append(following)
    return found


def family_of(organization_ids: Iterable[uuid.UUID]) -> Family:
    """All subjects of these organisations and their links. Two queries."""
    rows = subject_queries.subjects(SYSTEM).filter(organization__in=list(organization_ids))
    family = Family()
    for pk, kind, name, organization_id, retired in rows.values_list("pk", "kind", "name", "organization_id", "retired_at"):
        if retired is None:
            family.kinds[pk] = (kind, name, organization_id)
            if kind == "organization":
                family.selves[organization_id] = pk
    for whole, part in rows.filter(part_links__isnull=False).values_list("pk", "part_links__part_id"):
        if whole in family.kinds and part in family.kinds and family.kinds[whole][2] == family.kinds[part][2]:
            family.parts[whole].add(part)
            family.wholes[part].add(whole)
    return family


@dataclass(frozen=True, slots=True)
class Needs:
    """What some rules ask for: measure keys with the longest freshness each, kinds of document."""

    keys: dict[str, timedelta]
    documents: frozenset[str]


def needs_of(rules: Iterable[LevelRule]) -> Needs:
    """What to read so that these rules can be evaluated."""
    keys: dict[str, timedelta] = {}
    documents: set[str] = set()
    for rule in rules:
        for name in LEVELS:
            for leaf in leaves(rule.levels[name].condition):
                if isinstance(leaf, MeasureCondition):
                    keys[leaf.key] = max(keys.get(leaf.key, timedelta()), duration(leaf.fresh))
                elif isinstance(leaf, DocumentCondition):
                    documents.add(leaf.kind)
    return Needs(keys, frozenset(documents))


def _chunks(ids: Collection[uuid.UUID]) -> Iterable[list[uuid.UUID]]:
    ordered = sorted(ids)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))


def _figures(subject_ids: Collection[uuid.UUID], needs: Needs, now: datetime) -> dict[tuple[uuid.UUID, str], list[Figure]]:
    by_length: dict[timedelta, list[str]] = defaultdict(list)
    for key, length in needs.keys.items():
        by_length[length].append(key)
    recent = Q()
    for length, keys in by_length.items():
        recent |= Q(measures__key__in=keys, measures__observed_at__gte=now - length)
    found: dict[tuple[uuid.UUID, str], list[Figure]] = defaultdict(list)
    if not needs.keys:
        return found
    for chunk in _chunks(subject_ids):
        rows = (
            subject_queries.subjects(SYSTEM)
            .filter(recent, pk__in=chunk, measures__held=False, measures__observation__evidence__withdrawn_at=None)
            .annotate(
                place=Window(
                    RowNumber(),
                    partition_by=[F("pk"), F("measures__key"), F("measures__dimensions")],
                    order_by=F("measures__observed_at").desc(),
                )
            )
            .filter(place__lte=_RECENT)
            .order_by()
            .values_list(
                "pk",
                "measures__key",
                "measures__value",
                "measures__status",
                "measures__observed_at",
                "measures__observation__evidence",
                "measures__coverage",
                "measures__dimensions",
                "measures__reason",
            )
        )
        for row in rows:
            found[row[0], row[1]].append(Figure(*row))
    for figures in found.values():
        figures.sort(key=lambda f: f.observed_at, reverse=True)
    _add_old(found, subject_ids, needs)
    return found


def _add_old(found: dict[tuple[uuid.UUID, str], list[Figure]], subject_ids: Collection[uuid.UUID], needs: Needs) -> None:
    """So that "too old" can be told from "never measured": the time of the last figure where no recent one was found."""
    lacking = {pk for pk in subject_ids if any((pk, key) not in found for key in needs.keys)}
    for chunk in _chunks(lacking):
        rows = (
            subject_queries.subjects(SYSTEM)
            .filter(pk__in=chunk, measures__key__in=list(needs.keys), measures__dimensions={}, measures__held=False)
            .order_by()
            .values_list("pk", "measures__key")
            .annotate(last=Max("measures__observed_at"))
        )
        for pk, key, last in rows:
            if (pk, key) not in found:
                found[pk, key].append(Figure(part_id=pk, key=key, value=None, status="old", observed_at=last))


def _papers(subject_ids: Collection[uuid.UUID], needs: Needs) -> dict[uuid.UUID, list[Paper]]:
    found: dict[uuid.UUID, list[Paper]] = defaultdict(list)
    if not needs.documents:
        return found
    for chunk in _chunks(subject_ids):
        rows = (
            subject_queries.subjects(SYSTEM)
            .filter(
                pk__in=chunk,
                evidence__kind="document",
                evidence__document_kind__in=sorted(needs.documents),
                evidence__withdrawn_at=None,
            )
            .order_by()
            .values_list(
                "pk",
                "evidence",
                "evidence__document_kind",
                "evidence__title",
                "evidence__valid_from",
                "evidence__valid_until",
                "evidence__reviewed_at",
            )
        )
        for row in rows:
            found[row[0]].append(Paper(*row[1:]))
    return found


def _answers(pairs: Collection[tuple[uuid.UUID, uuid.UUID]]) -> dict[tuple[uuid.UUID, uuid.UUID], list[Answer]]:
    found: dict[tuple[uuid.UUID, uuid.UUID], list[Answer]] = defaultdict(list)
    requirements = sorted({requirement for requirement, _ in pairs})
    for chunk in _chunks({subject for _, subject in pairs}):
        rows = Attestation.objects.filter(subject__in=chunk, requirement__in=requirements, superseded_at=None)
        for row in rows:
            answer = Answer(row.pk, row.key, row.holds, row.made_at, row.valid_until)
            found[row.requirement_id, row.subject_id].append(answer)
    return found


def facts_for(
    pairs: Sequence[tuple[uuid.UUID, uuid.UUID]], rules: Iterable[LevelRule], family: Family, *, now: datetime
) -> dict[tuple[uuid.UUID, uuid.UUID], Facts]:
    """Facts for each (requirement, subject). Three or four queries for up to 500 subjects."""
    needs = needs_of(rules)
    subjects = {subject for _, subject in pairs}
    below = {pk: family.below(pk) for pk in subjects}
    above = {pk: family.above(pk) for pk in subjects}
    figures = _figures({part for parts in below.values() for part in parts}, needs, now)
    papers = _papers({whole for wholes in above.values() for whole in wholes}, needs)
    answers = _answers(pairs)
    shared: dict[uuid.UUID, dict[str, Any]] = {}
    for pk in subjects:
        parts = [Part(part, family.kinds[part][0], family.kinds[part][1]) for part in below[pk] if part in family.kinds]
        shared[pk] = {
            "parts": parts,
            "figures": {(p.id, key): figures[p.id, key] for p in parts for key in needs.keys if (p.id, key) in figures},
            "papers": [paper for whole in above[pk] for paper in papers.get(whole, ())],
        }
    return {pair: Facts(**shared[pair[1]], answers=answers.get(pair, ())) for pair in pairs}
