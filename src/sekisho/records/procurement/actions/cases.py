"""Preparing a case: answers saved bit by bit by several people, kept versions, copies and variants, opinions."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
import rfc8785
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Length
from django.utils import timezone

from sekisho.engines.derivation import SCHEMA, Answers, check_answers, read_answers, with_lines
from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import AnswerChange, Case, CaseMember, CaseState, CaseVersion, MemberPart, Opinion
from sekisho.records.procurement.rules.editing import apply_changes, checked_text, differences, value_at
from sekisho.standards.rule_sets import rule_set_ids

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = [
    "add_member",
    "cancel_case",
    "copy_case",
    "create_case",
    "give_opinion",
    "import_case",
    "keep_version",
    "link_subject",
    "read_import",
    "remove_member",
    "return_to_version",
    "save_answers",
]

_NOTE: Final = 300  # characters
_REASON: Final = 4000
_OPINION: Final = 20_000
_ATTEMPTS: Final = 20  # to take a number that nobody takes at the same moment
_EDITORS: Final = (MemberPart.OWNER, MemberPart.EDITOR)
IMPORT_LIMIT: Final = 4_000_000  # bytes of an answers file
CASE_RULE_SETS: Final = ("specification", "generative_ai")


def create_case(
    principal: Principal, *, organization: Organization, title: str, now: datetime, rule_set: str = "specification"
) -> Case:
    """Begin a case; whoever begins it owns it. It follows the rules in force in the organisation."""
    principal.require("procurement.edit", organization.pk)
    if rule_set not in CASE_RULE_SETS or rule_set not in rule_set_ids():
        raise InputError("rules.unknown_set", id=rule_set[:40])
    answers: dict[str, Any] = {"schema": SCHEMA, "rule_set": rule_set, "organization": organization.name}
    body = organization_queries.body_kind_of(organization.pk)
    edition = queries.edition_in_force(organization.pk, rule_set)
    return _create(
        principal,
        Case(organization=organization, rule_set=rule_set, edition=edition, answers=answers),
        title=title,
        changes={"answers.body": body} if body and rule_set == "specification" else {},
        now=now,
    )


def copy_case(principal: Principal, case: Case, *, title: str, variant: bool = False, now: datetime) -> Case:
    """A new case with the answers of an earlier one: ``variant`` to compare the two, otherwise one that stands alone.

    What people decided (strengths, wording, values of places) is copied too; proposals, questions and results are not.
    """
    principal.require("procurement.edit", case.organization_id)
    if variant:
        queries.require_part(principal, case, "procurement.edit", *_EDITORS)
        if case.state != CaseState.PREPARING:
            raise Conflict("procurement.frozen", number=case.number)
    made = Case(
        organization=case.organization,
        rule_set=case.rule_set,
        edition=case.edition if variant else queries.edition_in_force(case.organization_id, case.rule_set),
        answers=dict(case.answers),
        diagram=case.diagram,
        numbering=case.numbering,
        schedule=case.schedule,
        criteria=case.criteria,
        copied_from=case,
        variant_of=(case.variant_of or case) if variant else None,
    )
    return _create(principal, made, title=title, changes={}, now=now)


def _create(principal: Principal, made: Case, *, title: str, changes: Mapping[str, Any], now: datetime) -> Case:
    made.answers = apply_changes(queries.rules_of(made), made.answers, {"title": title, **changes})
    made.title, made.created_at, made.changed_at = made.answers["title"], now, now
    made.created_by_id = principal.person_id
    with recording(principal, "procurement.create", now=now, organization_id=made.organization_id) as entry:
        _insert(made, now)
        if principal.person_id is not None:
            CaseMember.objects.create(case=made, person_id=principal.person_id, part=MemberPart.OWNER, added_at=now)
        entry.about(made.pk)
        entry.fact(number=made.number, rule_set=made.rule_set, copied_from=str(made.copied_from_id or ""))
        entry.words(title=title)
    return made


def _insert(made: Case, now: datetime) -> None:
    """Save a new case under the next number. When another one took it at the same moment, the one after that."""
    for attempt in range(_ATTEMPTS):
        made.number = _next_number(now)
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _next_number(now: datetime) -> str:
    year = timezone.localdate(now).year
    rows = Case.objects.filter(number__startswith=f"P{year}-").annotate(length=Length("number"))
    last = rows.order_by("-length", "-number").values_list("number", flat=True).first()
    return f"P{year}-{int(last.rpartition('-')[2]) + 1 if last else 1:04d}"


def _locked(principal: Principal, case: Case) -> Case:
    """The row as it is now, locked until the end of the transaction; only while the case is prepared."""
    found = Case.objects.select_for_update(of=("self",)).select_related("edition", "organization").get(pk=case.pk)
    if found.state != CaseState.PREPARING:
        raise Conflict("procurement.frozen", number=found.number)
    queries.require_part(principal, found, "procurement.edit", *_EDITORS)
    return found


def save_answers(principal: Principal, case: Case, *, changes: Mapping[str, Any], base_version: int, now: datetime) -> Case:
    """Save some keys (``rules.editing.KEYS``; None takes away) that were shown at ``base_version``.

    Somebody else's changes to other keys stay. Raises Conflict ``procurement.changed_meanwhile`` when one of these keys was saved
    meanwhile, ``procurement.frozen`` after the notice; InputError for values that the questions do not admit.
    """
    with recording(principal, "procurement.save", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        after = apply_changes(queries.rules_of(found), found.answers, changes)
        rows = [
            AnswerChange(key=key, before=before, after=later)
            for key in changes
            if (before := value_at(found.answers, key)) != (later := value_at(after, key))
        ]
        if base_version > found.answers_version:
            raise InputError("procurement_cases.version_ahead", given=base_version, version=found.answers_version)
        # A return to an earlier version ("*") touches every key.
        if rows and (clash := queries.changes_since(found, base_version).filter(key__in=["*", *(r.key for r in rows)]).first()):
            who = clash.person.name if clash.person else ""
            raise Conflict("procurement.changed_meanwhile", key=clash.key, who=who, at=clash.at.isoformat())
        if rows:
            version = found.answers_version + 1
            for row in rows:
                row.case, row.version, row.person_id, row.at = found, version, principal.person_id, now
            AnswerChange.objects.bulk_create(rows)
            found.answers, found.answers_version, found.changed_at = after, version, now
            found.title = str(after.get("title") or found.title)
            found.save(update_fields=["answers", "answers_version", "changed_at", "title"])
        entry.about(found.pk)
        entry.fact(keys=[row.key for row in rows], version=found.answers_version)
    return found


def import_case(
    principal: Principal, *, organization: Organization, untrusted: bytes, filename: str, now: datetime, title: str = ""
) -> Case:
    """Begin a case with the answers of a file (``sekisho.answers/1``; ``title`` instead of the file's).

    Raises InputError as :func:`read_import`.
    """
    answers = read_import(principal, organization=organization, untrusted=untrusted, filename=filename)
    edition = queries.edition_in_force(organization.pk, answers.rule_set)
    plain = msgspec.to_builtins(answers) | {"organization": organization.name}
    made = Case(organization=organization, rule_set=answers.rule_set, edition=edition, answers={"schema": SCHEMA, **plain})
    return _create(principal, made, title=title.strip() or answers.title or filename.rpartition(".")[0], changes={}, now=now)


def read_import(principal: Principal, *, organization: Organization, untrusted: bytes, filename: str) -> Answers:
    """The answers of a file, checked against the rules in force in the organisation; writes nothing (the preview of an import).

    Raises InputError ``standards.*``, ``derivation.wrong_answers`` or ``procurement.*``, naming file and line where known.
    """
    principal.require("procurement.edit", organization.pk)
    if len(untrusted) > IMPORT_LIMIT:
        raise InputError("procurement_cases.file_too_large", size=len(untrusted), limit=IMPORT_LIMIT)
    answers = read_answers(untrusted, filename=filename)
    if answers.rule_set not in CASE_RULE_SETS or answers.rule_set not in rule_set_ids():
        raise InputError("rules.unknown_set", id=answers.rule_set[:40])
    rules = queries.rules_of(
        Case(
            organization=organization,
            rule_set=answers.rule_set,
            edition=queries.edition_in_force(organization.pk, answers.rule_set),
        )
    )
    try:
        check_answers(rules, answers, filename=filename)
    except InputError as error:
        raise with_lines(error, untrusted, filename=filename) from error
    # Ids and texts are checked as a save would, one by one.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answers))
    apply_changes(rules, plain, {key: value_at(plain, key) for key in differences({}, plain)})
    return answers


def keep_version(principal: Principal, case: Case, *, note: str, now: datetime) -> CaseVersion:
    """Keep the answers as they are now, with the rules that they were derived with."""
    note = checked_text(note, name="note", limit=_NOTE)
    queries.require_part(principal, case, "procurement.edit", *_EDITORS)
    with recording(principal, "procurement.keep_version", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("edition").get(pk=case.pk)
        made = _keep(found, note=note, person_id=principal.person_id, now=now)
        entry.about(found.pk, made.pk)
        entry.fact(number=made.number, sha256=made.sha256)
    return made


def return_to_version(principal: Principal, case: Case, *, number: int, now: datetime) -> Case:
    """Take the answers of a kept version as the present ones. The present ones are kept as a version before."""
    version = queries.versions(case).filter(number=number).first()
    if version is None:
        raise InputError("procurement.no_such_version", number=number)
    with recording(principal, "procurement.return_to_version", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        # The rules may be another edition than when the version was kept.
        answers = apply_changes(queries.rules_of(found), version.answers, {})
        kept = keep_version(principal, found, note="", now=now)
        found.answers, found.answers_version, found.changed_at = answers, found.answers_version + 1, now
        found.title = str(answers.get("title") or found.title)
        found.save(update_fields=["answers", "answers_version", "changed_at", "title"])
        AnswerChange.objects.create(
            case=found,
            version=found.answers_version,
            key="*",
            before=kept.number,
            after=number,
            person_id=principal.person_id,
            at=now,
        )
        entry.about(found.pk)
        entry.fact(number=number, kept=kept.number)
    return found


def add_member(principal: Principal, case: Case, *, person_id: uuid.UUID, part: str, now: datetime) -> CaseMember:
    """Let somebody of the organisation work on the case. Only owners do."""
    queries.require_part(principal, case, "procurement.edit", MemberPart.OWNER)
    if part not in MemberPart.values:
        raise InputError("procurement.unknown_part", part=part[:40], parts=", ".join(MemberPart.values))
    if not organization_queries.people_of(case.organization_id, today=timezone.localdate(now)).filter(pk=person_id).exists():
        raise InputError("procurement.person_unknown")
    with recording(principal, "procurement.add_member", now=now, organization_id=case.organization_id) as entry:
        made, _ = CaseMember.objects.get_or_create(case=case, person_id=person_id, part=part, defaults={"added_at": now})
        entry.about(case.pk, person_id)
        entry.fact(part=part)
    return made


def remove_member(principal: Principal, case: Case, *, person_id: uuid.UUID, part: str, now: datetime) -> None:
    """End somebody's part. The last owner stays."""
    queries.require_part(principal, case, "procurement.edit", MemberPart.OWNER)
    with recording(principal, "procurement.remove_member", now=now, organization_id=case.organization_id) as entry:
        rows = CaseMember.objects.select_for_update().filter(case=case)
        if part == MemberPart.OWNER and not rows.filter(part=part).exclude(person=person_id).exists():
            raise Conflict("procurement.last_owner")
        if not rows.filter(person=person_id, part=part).delete()[0]:
            raise InputError("procurement.person_unknown")
        entry.about(case.pk, person_id)
        entry.fact(part=part)


def link_subject(principal: Principal, case: Case, *, subject: Subject | None, now: datetime) -> None:
    """The system among the subjects that this case renews or is about."""
    queries.require_part(principal, case, "procurement.edit", *_EDITORS)
    if subject is not None and subject.organization_id != case.organization_id:
        raise InputError("procurement.subject_elsewhere")
    with recording(principal, "procurement.link_subject", now=now, organization_id=case.organization_id) as entry:
        Case.objects.filter(pk=case.pk).update(subject=subject, changed_at=now)
        entry.about(case.pk, *((subject.pk,) if subject else ()))


def give_opinion(
    principal: Principal, case: Case, *, agrees: bool, text: str, base_version: int | None = None, now: datetime
) -> Opinion:
    """Record the opinion of the 最高情報セキュリティアドバイザー等 on the case as it is now (which is kept as a version).

    Whoever wrote the case cannot also advise on it. ``base_version``: of the answers that the adviser was shown; an opinion on
    others would say yes to what nobody looked at: Conflict ``procurement_notice.changed_meanwhile``.
    """
    principal.require("procurement.advise", case.organization_id)
    own = queries.parts_of(principal, case) if not principal.is_system else frozenset()
    if own & set(_EDITORS):
        raise NotPermitted("procurement.own_opinion")
    text = checked_text(text, name="text", limit=_OPINION)
    if not text:
        raise InputError("procurement.opinion_missing")
    person_id = principal.own_id
    with recording(principal, "procurement.opinion", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("edition").get(pk=case.pk)
        if base_version is not None and base_version != found.answers_version:
            raise Conflict("procurement_notice.changed_meanwhile")
        version = queries.versions(found).first()
        if version is None or (version.answers, version.rule_digest) != (found.answers, queries.rules_of(found).digest):
            version = _keep(found, note="", person_id=person_id, now=now)
        made = Opinion.objects.create(case=found, case_version=version, person_id=person_id, agrees=agrees, text=text, at=now)
        entry.about(found.pk, made.pk)
        entry.fact(agrees=agrees, version=version.number)
        entry.words(text=made.text)
    return made


def _keep(case: Case, *, note: str, person_id: uuid.UUID | None, now: datetime) -> CaseVersion:
    """The next version of a locked case."""
    digest = queries.rules_of(case).digest
    last = CaseVersion.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
    return CaseVersion.objects.create(
        case=case,
        number=last + 1,
        answers=case.answers,
        answers_version=case.answers_version,
        edition=case.edition,
        rule_digest=digest,
        sha256=hashlib.sha256(rfc8785.dumps({"answers": case.answers, "rules": digest})).hexdigest(),
        note=note,
        person_id=person_id,
        at=now,
    )


def cancel_case(principal: Principal, case: Case, *, reason: str, now: datetime) -> None:
    """Stop a case before it is contracted; it stays on record."""
    queries.require_part(principal, case, "procurement.edit", MemberPart.OWNER)
    reason = checked_text(reason, name="reason", limit=_REASON)
    if not reason:
        raise InputError("procurement.reason_missing")
    with recording(principal, "procurement.cancel", now=now, organization_id=case.organization_id) as entry:
        before = (CaseState.PREPARING, CaseState.NOTICED, CaseState.OPENED)
        if not Case.objects.filter(pk=case.pk, state__in=before).update(state=CaseState.CANCELLED, changed_at=now):
            raise Conflict("procurement.wrong_state", state=case.state)
        entry.about(case.pk)
        entry.words(reason=reason)
