"""An organisation's own rules: an edition is checked and kept, put in force, and cases are moved to it one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max

from sekisho.engines.derivation import check_answers
from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.cases import keep_version
from sekisho.records.procurement.models import Case, CaseState, CaseVersion, Grading, MemberPart, RuleEdition
from sekisho.records.procurement.queries import editions as edition_queries
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.procurement.rules.editions import checked_files, checked_settings
from sekisho.standards.rule_sets import rule_set, rule_set_ids

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["check_edition", "discard_edition", "move_to_edition", "propose_edition", "put_in_force"]

_NOTE: Final = 2000


def check_edition(
    principal: Principal, *, organization: Organization, rule_set_id: str, files: Mapping[str, bytes], settings: Mapping[str, Any]
) -> tuple[RuleSet, dict[str, str], dict[str, float]]:
    """The merged rules, the files and the numbers of a proposed edition; writes nothing (its preview).

    Raises InputError ``rules.invalid`` with every fault by file and line, or ``procurement_tools.*``.
    """
    principal.require("procurement.rules", organization.pk)
    if rule_set_id not in rule_set_ids():
        raise InputError("rules.unknown_set", id=rule_set_id[:40])
    texts = checked_files(files)
    merged = edition_queries.merged(rule_set_id, texts)
    numbers = checked_settings(merged, settings)
    if merged.digest == rule_set(rule_set_id).digest and not numbers:
        raise InputError("procurement_tools.nothing_changed")
    return merged, texts, numbers


def propose_edition(
    principal: Principal,
    *,
    organization: Organization,
    rule_set_id: str,
    files: Mapping[str, bytes],
    settings: Mapping[str, Any],
    note: str,
    now: datetime,
) -> RuleEdition:
    """Keep an edition: ``files`` are laid over the included rules item by item, ``settings`` are the organisation's numbers.

    Nothing follows it yet. Raises InputError as :func:`check_edition`.
    """
    merged, texts, numbers = check_edition(
        principal, organization=organization, rule_set_id=rule_set_id, files=files, settings=settings
    )
    note = checked_text(note, name="note", limit=_NOTE)
    if not note:
        raise InputError("procurement_tools.note_missing")
    with recording(principal, "procurement.propose_edition", now=now, organization_id=organization.pk) as entry:
        rows = RuleEdition.objects.select_for_update().filter(organization=organization, rule_set=rule_set_id)
        made = RuleEdition.objects.create(
            organization=organization,
            rule_set=rule_set_id,
            number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
            files=texts,
            settings=numbers,
            digest=merged.digest,
            note=note,
            person_id=principal.person_id,
            at=now,
        )
        entry.about(made.pk)
        hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(texts.items())}
        entry.fact(rule_set=rule_set_id, number=made.number, digest=merged.digest, files=hashes, settings=sorted(numbers))
        entry.words(note=note)
    return made


def put_in_force(principal: Principal, edition: RuleEdition, *, now: datetime) -> RuleEdition:
    """From now on new cases and gradings below the organisation follow the edition; cases that have begun do not change.

    An earlier edition may be put in force again. Raises InputError ``rules.invalid`` when it no longer fits
    the included rules, Conflict ``procurement_tools.base_changed`` when these are others than when it was proposed.
    """
    principal.require("procurement.rules", edition.organization_id)
    merged = edition_queries.merged(edition.rule_set, edition.files)
    if merged.digest != edition.digest:
        raise Conflict("procurement_tools.base_changed", number=edition.number)
    with recording(principal, "procurement.put_in_force", now=now, organization_id=edition.organization_id) as entry:
        present = (
            RuleEdition.objects.filter(organization=edition.organization_id, rule_set=edition.rule_set)
            .exclude(in_force_at=None)
            .order_by("-in_force_at")
            .first()
        )
        if present is not None and present.pk == edition.pk:
            raise Conflict("procurement_tools.already_in_force", number=edition.number)
        RuleEdition.objects.filter(pk=edition.pk).update(in_force_at=now)
        entry.about(edition.pk)
        entry.fact(rule_set=edition.rule_set, number=edition.number, before=present.number if present else 0)
    edition.refresh_from_db()
    return edition


def discard_edition(principal: Principal, edition: RuleEdition, *, now: datetime) -> None:
    """Take an edition away that was never in force and that nothing rests on."""
    principal.require("procurement.rules", edition.organization_id)
    with recording(principal, "procurement.discard_edition", now=now, organization_id=edition.organization_id) as entry:
        found = RuleEdition.objects.select_for_update().get(pk=edition.pk)
        used = any(rows.filter(edition=found).exists() for rows in (Case.objects, CaseVersion.objects, Grading.objects))
        if found.in_force_at is not None or used:
            raise Conflict("procurement_tools.edition_used", number=found.number)
        entry.about(found.pk)
        entry.fact(rule_set=found.rule_set, number=found.number, digest=found.digest)
        found.delete()


def move_to_edition(principal: Principal, case: Case, *, edition: RuleEdition | None, now: datetime) -> Case:
    """Let a case in preparation follow another edition (None: the included rules). Its answers are kept as a version before.

    Raises InputError ``derivation.wrong_answers`` when its answers do not fit the other rules.
    """
    with recording(principal, "procurement.move_to_edition", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update().get(pk=case.pk)
        queries.require_part(principal, found, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
        if found.state != CaseState.PREPARING:
            raise Conflict("procurement.frozen", number=found.number)
        if edition is not None and not edition_queries.editions_for(found).filter(pk=edition.pk).exists():
            raise InputError("procurement_tools.edition_elsewhere")
        if found.edition_id == (edition.pk if edition else None):
            raise Conflict("procurement_tools.follows_already", number=found.number)
        rules, _settings = edition_queries.rules_with(edition, found.organization_id, found.rule_set)
        check_answers(rules, queries.answers_of(found.answers))
        kept = keep_version(principal, found, note="", now=now)
        Case.objects.filter(pk=found.pk).update(edition=edition, changed_at=now)
        entry.about(found.pk, *((edition.pk,) if edition else ()))
        entry.fact(kept=kept.number, digest=rules.digest)
    return queries.case(principal, case.pk)
