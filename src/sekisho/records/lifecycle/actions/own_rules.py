"""The organisation's own rules of keeping (文書管理規程): asked for, approved by a second person, ended."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.common import NAME, TEXT, checked_document, fresh
from sekisho.records.lifecycle.actions.refreshing import refresh_later
from sekisho.records.lifecycle.models import OwnRule, OwnRuleState, RetentionEntry
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_number, checked_text
from sekisho.records.lifecycle.rules.counting import START_RULES
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec
from sekisho.standards.retention_rules import retention_rules

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["OWN_RULE_KIND", "OwnRuleFacts", "ask_own_rule", "end_own_rule"]

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}", re.ASCII)
_MOST: Final = {"year": 200, "month": 2400, "day": 73_000}


@dataclass(frozen=True, slots=True)
class OwnRuleFacts:
    """A rule: its key, what it is about, how long from which event on, and where it is written (``basis``, a document)."""

    key: str
    title: str
    rule_class: str
    event: str
    start: str
    basis: str
    value: int | None = None
    unit: str = "year"
    personal: str = "none"
    title_en: str = ""
    document_id: uuid.UUID | None = None


def ask_own_rule(principal: Principal, *, organization: Organization, facts: OwnRuleFacts, reason: str, now: datetime) -> OwnRule:
    """Ask for a rule of the organisation's own; it counts once a second person has approved it, here and below.

    A rule of the same key that holds now ends then. Raises InputError for its facts (a law's id cannot be taken), Conflict
    ``lifecycle.own_rule_asked`` while the same key waits for its approval.
    """
    principal.require("lifecycle.rules", organization.pk)
    values = _checked(principal, organization, facts, now)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.ask_own_rule", now=now, organization_id=organization.pk) as entry:
        made = OwnRule(organization=organization, created_at=now, **values)
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            raise Conflict("lifecycle.own_rule_asked", name="key", value=made.key) from error
        made.request = requests.submit(
            principal,
            kind=OWN_RULE_KIND.name,
            organization_id=organization.pk,
            payload={"own_rule": str(made.pk)},
            summary={"code": "lifecycle.request_own_rule", "fields": {"key": made.key, "title": made.title}},
            reason=reason,
            now=now,
        )
        OwnRule.objects.filter(pk=made.pk).update(request=made.request)
        entry.about(made.pk, made.request.pk)
        entry.fact(key=made.key, value=made.value, unit=made.unit, event=made.event, start=made.start)
        entry.words(title=made.title, basis=made.basis)
    made.refresh_from_db()
    return made


def _checked(principal: Principal, organization: Organization, facts: OwnRuleFacts, now: datetime) -> dict[str, Any]:
    rules = retention_rules()
    key = checked_text(facts.key, name="key", limit=32, needed=True)
    if not _KEY.fullmatch(key):
        raise InputError("lifecycle.key_broken", name="key")
    if key in rules.kinds:
        raise InputError("lifecycle.key_of_law", name="key", value=key)
    rule_class = checked_choice(facts.rule_class, name="rule_class", known=("own_rule", "must_delete", "permanent"))
    unit = checked_choice(facts.unit, name="unit", known=_MOST)
    value = facts.value if rule_class == "own_rule" else None
    if rule_class == "own_rule":
        if value is None:
            raise InputError("lifecycle.missing", name="value")
        checked_number(value, name="value", least=1, most=_MOST[unit])
    return {
        "key": key,
        "title": checked_text(facts.title, name="title", limit=NAME, needed=True),
        "title_en": checked_text(facts.title_en, name="title_en", limit=NAME),
        "rule_class": rule_class,
        "value": value,
        "unit": unit,
        "event": checked_choice(facts.event, name="event", known=rules.events),
        "start": checked_choice(facts.start, name="start", known=START_RULES),
        "personal": checked_choice(facts.personal, name="personal", known=("none", "personal", "my_number")),
        "basis": checked_text(facts.basis, name="basis", limit=300, needed=True),
        "document_id": checked_document(principal, organization.pk, facts.document_id, name="document", now=now, needed=False),
    }


def _apply(principal: Principal, request: Request, now: datetime) -> None:
    """The request was approved: the rule holds from now on, in the place of the one that had its key."""
    if principal.person_id == request.requester_id:
        raise InputError("lifecycle.second_person")
    row = OwnRule.objects.select_for_update().get(pk=request.payload["own_rule"])
    if row.state != OwnRuleState.ASKED:
        raise Conflict("lifecycle.own_rule_gone")
    former = OwnRule.objects.filter(organization_id=row.organization_id, key=row.key, state=OwnRuleState.APPROVED)
    former.update(state=OwnRuleState.ENDED, ended_at=now)
    row.state, row.approved_at, row.version = OwnRuleState.APPROVED, now, row.version + 1
    row.save(update_fields=["state", "approved_at", "version"])
    _refresh_below(row.organization_id, now=now)


def _check(principal: Principal, request: Request, now: datetime) -> None:
    del principal, now
    rows = OwnRule.objects.filter(
        pk=request.payload.get("own_rule"), organization_id=request.organization_id, state=OwnRuleState.ASKED
    )
    if not rows.exists():
        raise Conflict("lifecycle.own_rule_gone")


def _refresh_below(organization_id: uuid.UUID, *, now: datetime) -> None:
    below = RetentionEntry.objects.filter(organization__in=organization_queries.within(organization_id))
    for one in below.values_list("organization_id", flat=True).distinct():
        refresh_later(one, now=now)


def end_own_rule(principal: Principal, rule: OwnRule, *, reason: str, version: int, now: datetime) -> OwnRule:
    """The rule holds no more (or is not asked for any more). What named it becomes 未定 until it is given another.

    Raises Conflict ``lifecycle.own_rule_gone``, ``lifecycle.changed_meanwhile``.
    """
    principal.require("lifecycle.rules", rule.organization_id)
    reason = checked_text(reason, name="reason", limit=TEXT, needed=True)
    with recording(principal, "lifecycle.end_own_rule", now=now, organization_id=rule.organization_id) as entry:
        row = fresh(OwnRule.objects.all(), rule.pk, version)
        if row.state not in {OwnRuleState.ASKED, OwnRuleState.APPROVED}:
            raise Conflict("lifecycle.own_rule_gone")
        row.state, row.ended_at, row.version = OwnRuleState.ENDED, now, row.version + 1
        row.save(update_fields=["state", "ended_at", "version"])
        entry.about(row.pk)
        entry.fact(key=row.key)
        entry.words(reason=reason)
        _refresh_below(row.organization_id, now=now)
    return row


OWN_RULE_KIND: Final = RequestKind(
    name="lifecycle.own_rule",
    title="lifecycle.request_own_rule_title",
    action="lifecycle.rules",
    apply=_apply,
    check=_check,
    route=(StepSpec(1, Role.CHIEF_OFFICER),),
)
