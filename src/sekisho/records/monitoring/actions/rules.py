"""Rules of an organisation: switched, given other limits, and Sigma rules of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max

from sekisho.errors import Conflict, InputError
from sekisho.records.downloads import safe_file_name
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.monitoring import detecting
from sekisho.records.monitoring.models import RuleSetting, SigmaSet
from sekisho.records.monitoring.rules.checking import checked_text

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["SIGMA_LIMIT", "preview_sigma", "set_rule", "switch_sigma", "upload_sigma"]

SIGMA_LIMIT: Final = 50_000_000  # bytes of an upload
_REASON: Final = 4000
_NAME: Final = 200


def set_rule(
    principal: Principal,
    *,
    organization: Organization,
    rule: str,
    is_on: bool,
    limits: Mapping[str, Any],
    reason: str,
    now: datetime,
) -> RuleSetting:
    """Switch a rule or give it other limits (those of its own that are left out stay as included), with the reason.

    Raises InputError ``monitoring.unknown_rule``, ``monitoring.unknown_limit``, ``monitoring.limit_out_of_range``.
    """
    principal.require("monitoring.rules", organization.pk)
    reason = checked_text(reason, name="reason", limit=_REASON, needed=True)
    checked = detecting.checked_limits(rule, limits, known_sigma=_sigma_rules(organization))
    with recording(principal, "monitoring.set_rule", now=now, organization_id=organization.pk) as entry:
        before = RuleSetting.objects.select_for_update().filter(organization=organization, rule=rule, superseded_at=None).first()
        if before is not None and before.is_on == is_on and before.limits == checked:
            raise Conflict("monitoring.setting_same")
        if before is None and is_on and not checked:
            raise Conflict("monitoring.setting_same")
        RuleSetting.objects.filter(organization=organization, rule=rule, superseded_at=None).update(superseded_at=now)
        made = RuleSetting.objects.create(
            organization=organization,
            rule=rule,
            is_on=is_on,
            limits=checked,
            reason=reason,
            person_id=principal.person_id,
            at=now,
        )
        entry.about(made.pk)
        entry.fact(rule=rule, is_on=is_on, limits=checked)
        entry.words(reason=reason)
    return made


def _sigma_rules(organization: Organization) -> set[str]:
    rows = SigmaSet.objects.filter(organization=organization, superseded_at=None).values_list("outcome", flat=True)
    return {str(rule.get("key")) for outcome in rows for rule in outcome.get("rules", ())}


def preview_sigma(principal: Principal, *, organization: Organization, untrusted: bytes, filename: str) -> dict[str, Any]:
    """What an upload (ZIP or YAML) would give: rules loaded, rules that cannot be used and why. Writes nothing.

    Raises InputError when it is no such file, is empty, or is too large.
    """
    principal.require("monitoring.rules", organization.pk)
    if len(untrusted) > SIGMA_LIMIT:
        raise InputError("monitoring.sigma_too_large", name="file", limit=SIGMA_LIMIT // 1_000_000)
    outcome = detecting.read_sigma(untrusted, filename)
    if not outcome["rules"] and not outcome["unsupported"]:
        raise InputError("monitoring.sigma_empty", name="file")
    return outcome


def upload_sigma(
    principal: Principal, *, organization: Organization, name: str, untrusted: bytes, filename: str, now: datetime
) -> SigmaSet:
    """Take Sigma rules: the next version of the set ``name``, on from now. Raises as :func:`preview_sigma`."""
    outcome = preview_sigma(principal, organization=organization, untrusted=untrusted, filename=filename)
    if not outcome["rules"]:
        raise InputError("monitoring.sigma_nothing_usable", name="file")
    name = checked_text(name, name="name", limit=_NAME, needed=True)
    digest = hashlib.sha256(untrusted).hexdigest()
    file_name = safe_file_name(filename)
    with recording(principal, "monitoring.upload_sigma", now=now, organization_id=organization.pk) as entry:
        rows = SigmaSet.objects.select_for_update().filter(organization=organization, name=name)
        if rows.filter(superseded_at=None, content_id=digest).exists():
            raise Conflict("monitoring.sigma_same")
        evidence.store_artifact(
            principal,
            chunks=(untrusted,),
            sha256=digest,
            media_type="application/zip" if untrusted[:2] == b"PK" else "application/yaml",
            name=file_name,
            organization_id=organization.pk,
            now=now,
        )
        number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
        rows.filter(superseded_at=None).update(superseded_at=now)
        made = SigmaSet.objects.create(
            organization=organization,
            name=name,
            number=number,
            content_id=digest,
            file_name=file_name,
            outcome=outcome,
            person_id=principal.person_id,
            at=now,
        )
        entry.about(made.pk, digest)
        entry.fact(number=number, loaded=len(outcome["rules"]), unsupported=len(outcome["unsupported"]))
        entry.words(name=name, file_name=file_name)
    return made


def switch_sigma(principal: Principal, sigma: SigmaSet, *, is_on: bool, reason: str, now: datetime) -> SigmaSet:
    """Switch a set on or off, with the reason."""
    principal.require("monitoring.rules", sigma.organization_id)
    reason = checked_text(reason, name="reason", limit=_REASON, needed=True)
    with recording(principal, "monitoring.switch_sigma", now=now, organization_id=sigma.organization_id) as entry:
        row = SigmaSet.objects.select_for_update().get(pk=sigma.pk)
        if row.superseded_at is not None:
            raise Conflict("monitoring.sigma_superseded")
        if row.is_on == is_on:
            raise Conflict("monitoring.setting_same")
        row.is_on, row.reason = is_on, reason
        row.save(update_fields=["is_on", "reason"])
        entry.about(row.pk)
        entry.fact(is_on=is_on)
        entry.words(reason=reason)
    return row
