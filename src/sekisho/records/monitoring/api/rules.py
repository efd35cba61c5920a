"""Rules over HTTP: included ones with the organisation's settings, uploaded Sigma rules."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import File, Form, Status, UploadedFile

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.monitoring import actions, detecting
from sekisho.records.monitoring.api.routing import ERRORS, Code, Text, router
from sekisho.records.monitoring.models import RuleSetting, SigmaSet
from sekisho.records.monitoring.queries import rules as queries
from sekisho.records.monitoring.schemas import reviews as schemas
from sekisho.records.organization import queries as organization_queries


@router.get("/monitoring/rules", response={200: Paged[schemas.LogRuleOut], **ERRORS})
def list_rules(
    request: ApiRequest, organization: Code, purpose: Code = "", sign: Code = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The included rules as the organisation uses them."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    settings = queries.settings_of(here.pk)
    rows = [
        rule
        for rule in detecting.included_rules()
        if (not purpose or rule.purpose == purpose) and (not sign or rule.sign == sign)
    ]
    items = []
    for rule in rows[offset : offset + limit]:
        setting = settings.get(rule.id)
        included = {one.key: one.included for one in rule.limits}
        items.append(
            {
                "id": rule.id,
                "title": dict(rule.title),
                "purpose": rule.purpose,
                "sign": rule.sign,
                "severity": rule.severity,
                "controls": list(rule.controls),
                "is_on": setting is None or setting.is_on,
                "limits": {**included, **(setting.limits if setting else {})},
                "included_limits": included,
                "reason": setting.reason if setting else "",
            }
        )
    return {"items": items, "total": len(rows)}


@router.get("/monitoring/rules/settings", response={200: Paged[schemas.LogRuleSettingOut], **ERRORS})
def list_rule_settings(
    request: ApiRequest, organization: Code, rule: Text = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Every change on rules, newest first."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    rows = queries.setting_history(request.auth, here.pk, rule=rule)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.put("/monitoring/rules/{rule_key}", response={200: schemas.LogRuleSettingOut, **ERRORS})
def set_rule(request: ApiRequest, rule_key: Text, data: schemas.LogRuleSettingIn) -> RuleSetting:
    """Switch a rule or give it other limits, with the reason."""
    here = organization_queries.by_code(request.auth, data.organization)
    return actions.set_rule(
        request.auth,
        organization=here,
        rule=rule_key,
        is_on=data.is_on,
        limits=data.limits,
        reason=data.reason,
        now=request.now,
    )


@router.get("/monitoring/sigma", response={200: Paged[schemas.SigmaSetOut], **ERRORS})
def list_sigma_sets(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """The present version of each set of uploaded Sigma rules."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require("monitoring.read", here.pk)
    rows = queries.sigma_sets(request.auth, here.pk)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/monitoring/sigma/preview", response={200: schemas.SigmaPreviewOut, **ERRORS})
def preview_sigma(request: ApiRequest, organization: Form[Code], file: File[UploadedFile]) -> dict[str, Any]:
    """What a file (ZIP or YAML) would give: rules that can be used, those that cannot and why. Nothing is written."""
    here = organization_queries.by_code(request.auth, organization)
    untrusted = file.read(actions.SIGMA_LIMIT + 1)
    return actions.preview_sigma(request.auth, organization=here, untrusted=untrusted, filename=str(file.name))


@router.post("/monitoring/sigma", response={201: schemas.SigmaSetOut, **ERRORS})
def upload_sigma(request: ApiRequest, organization: Form[Code], name: Form[Text], file: File[UploadedFile]) -> Status[SigmaSet]:
    """Take Sigma rules: the next version of the set of that name."""
    here = organization_queries.by_code(request.auth, organization)
    made = actions.upload_sigma(
        request.auth,
        organization=here,
        name=name,
        untrusted=file.read(actions.SIGMA_LIMIT + 1),
        filename=str(file.name),
        now=request.now,
    )
    return Status(201, made)


@router.get("/monitoring/sigma/{uuid:sigma_set_id}", response={200: schemas.SigmaSetOut, **ERRORS})
def get_sigma_set(request: ApiRequest, sigma_set_id: uuid.UUID) -> SigmaSet:
    """One set of uploaded rules, any version."""
    return queries.sigma_set(request.auth, sigma_set_id)


@router.post("/monitoring/sigma/{uuid:sigma_set_id}/switch", response={200: schemas.SigmaSetOut, **ERRORS})
def switch_sigma(request: ApiRequest, sigma_set_id: uuid.UUID, data: schemas.SigmaSwitchIn) -> SigmaSet:
    """Switch it on or off, with the reason."""
    row = queries.sigma_set(request.auth, sigma_set_id)
    return actions.switch_sigma(request.auth, row, is_on=data.is_on, reason=data.reason, now=request.now)
