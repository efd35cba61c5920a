"""Masking in the room: plans (proposed from the data, edited, approved by a second person), runs as jobs, the signed proof."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from sekisho.engines.observation import encode
from sekisho.errors import Conflict, InputError, SekishoError, Unavailable
from sekisho.records.evidence import actions as evidence
from sekisho.records.jobs import actions as jobs
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle import secrets_of
from sekisho.records.lifecycle.actions.common import NAME, fresh
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import DataStore, MaskPlan, MaskRun, MaskRunState
from sekisho.records.lifecycle.rules.checking import checked_text
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.requests import actions as requests
from sekisho.records.requests.registry import RequestKind
from sekisho.records.requests.rules import StepSpec
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = [
    "MASK_PLAN_KIND",
    "MASK_RUN",
    "MaskPlanFacts",
    "ask_mask_plan",
    "begin_mask_run",
    "below",
    "edit_mask_plan",
    "end_mask_plan",
    "make_mask_plan",
    "propose_mask_plan",
    "run_mask",
    "sample_mask_plan",
    "shown_as",
    "sign_mask_run",
    "usable_store",
]

MASK_RUN: Final = "lifecycle.mask_run"
_LONGEST: Final = 500_000
_STORES: Final = ("folder", "database")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPlanFacts:
    """What is said of a plan; see ``models.MaskPlan``. ``target`` may hold {date}: the time of the run."""

    name: str
    text: str
    source: str = ""
    target: str = ""
    purpose: str = ""


def usable_store(store: DataStore, name: str, organization_id: uuid.UUID) -> DataStore:
    """The store, if it is the organisation's, in use, and holds tables. Raises InputError."""
    if store.organization_id != organization_id or store.retired_at is not None:
        raise InputError("lifecycle.store_elsewhere", name=name)
    if store.kind not in _STORES:
        raise InputError("lifecycle.mask_store_kind", name=name)
    return store


def below(store: DataStore, path: str, *, name: str) -> str:
    """A path below the store's folder, or the schema of a database. Raises InputError."""
    path = checked_text(path, name=name, limit=500, needed=store.kind == "folder")
    parts = PurePosixPath(path).parts
    if store.kind == "folder" and (path.startswith("/") or ".." in parts or "\\" in path or path in {".", "./"}):
        raise InputError("lifecycle.mask_path_outside", name=name, value=path[:200])
    return path


def _checked(source: DataStore, target: DataStore, facts: MaskPlanFacts) -> dict[str, Any]:
    text = checked_text(facts.text, name="text", limit=_LONGEST, needed=True) + "\n"
    load("masking").checked_plan(text)
    return {
        "name": checked_text(facts.name, name="name", limit=NAME, needed=True),
        "purpose": checked_text(facts.purpose, name="purpose", limit=500),
        "source": below(source, facts.source, name="source"),
        "target": below(target, facts.target, name="target"),
        "text": text,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }


def _save(row: MaskPlan) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict("lifecycle.name_twice", name="name", value=row.name) from error


def shown_as(store: DataStore, path: str) -> str:
    """What people call a place of a store."""
    return f"{store.name}：{path}"


def propose_mask_plan(principal: Principal, source: DataStore, *, path: str, title: str, recipient: str, now: datetime) -> str:
    """A plan as YAML, proposed from looking at the data. Nothing is kept; that somebody looked is on the Ledger."""
    principal.require("lifecycle.mask", source.organization_id)
    usable_store(source, "source_store", source.organization_id)
    place = below(source, path, name="source")
    bound = load("masking")
    location = bound.location_of(source, place, secret=secrets_of.read(settings.CONFIG.keys, source.pk))
    with (
        recording(principal, "lifecycle.propose_mask_plan", now=now, organization_id=source.organization_id) as entry,
        bound.called((location, shown_as(source, place))),
    ):
        found: str = bound.look(
            location,
            title=checked_text(title, name="name", limit=NAME, needed=True),
            purpose=checked_text(title, name="name", limit=NAME),
            recipient=checked_text(recipient, name="recipient", limit=NAME) or "―",
            domain="test-data",
            language=principal.language,
        )
        entry.about(source.pk)
        entry.words(path=place)
    return found


def make_mask_plan(
    principal: Principal,
    organization: Organization,
    *,
    source_store: DataStore,
    target_store: DataStore,
    facts: MaskPlanFacts,
    now: datetime,
) -> MaskPlan:
    """Keep a plan. Raises InputError naming the line of every mistake in it, and every column nobody decided on."""
    principal.require("lifecycle.mask", organization.pk)
    usable_store(source_store, "source_store", organization.pk)
    usable_store(target_store, "target_store", organization.pk)
    values = _checked(source_store, target_store, facts)
    with recording(principal, "lifecycle.make_mask_plan", now=now, organization_id=organization.pk) as entry:
        made = MaskPlan(
            organization=organization,
            source_store=source_store,
            target_store=target_store,
            made_at=now,
            made_by_id=principal.person_id,
            **values,
        )
        _save(made)
        entry.about(made.pk, source_store.pk, target_store.pk)
        entry.fact(digest=made.digest)
        entry.words(name=made.name)
    return made


def _plan(plan: MaskPlan, version: int | None) -> MaskPlan:
    row = fresh(MaskPlan.objects.select_related("source_store", "target_store", "organization"), plan.pk, version)
    if row.ended_at is not None:
        raise Conflict("lifecycle.mask_plan_ended")
    return row


def edit_mask_plan(principal: Principal, plan: MaskPlan, *, facts: MaskPlanFacts, version: int, now: datetime) -> MaskPlan:
    """Change a plan. An approval is for the text and the places as they were: a changed one has to be approved again."""
    principal.require("lifecycle.mask", plan.organization_id)
    values = _checked(plan.source_store, plan.target_store, facts)
    with recording(principal, "lifecycle.edit_mask_plan", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, version)
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        if set(changed) - {"name", "purpose"}:
            row.approved_digest, row.approved_by, row.approved_at = "", None, None
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        _save(row)
        entry.about(row.pk)
        entry.fact(changed=changed, digest=row.digest)
    return row


def end_mask_plan(principal: Principal, plan: MaskPlan, *, version: int, now: datetime) -> None:
    """The plan is used no more; its runs stay on record."""
    principal.require("lifecycle.mask", plan.organization_id)
    with recording(principal, "lifecycle.end_mask_plan", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, version)
        row.ended_at, row.version = now, row.version + 1
        row.save(update_fields=["ended_at", "version"])
        entry.about(row.pk)


def sample_mask_plan(principal: Principal, plan: MaskPlan, *, now: datetime) -> dict[str, Any]:
    """A few rows before (partly hidden) and after. That somebody looked is on the Ledger; the rows are not."""
    principal.require("lifecycle.mask", plan.organization_id)
    bound = load("masking")
    store = plan.source_store
    location = bound.location_of(store, plan.source, secret=secrets_of.read(settings.CONFIG.keys, store.pk))
    with (
        recording(principal, "lifecycle.sample_mask_plan", now=now, organization_id=plan.organization_id) as entry,
        bound.called((location, shown_as(store, plan.source))),
    ):
        found: dict[str, Any] = bound.see(
            bound.checked_plan(plan.text), location, folder=settings.CONFIG.keys, organization_id=plan.organization_id, now=now
        )
        entry.about(plan.pk)
    return found


# ----------------------------------------------------------------------------------------------------------- approval


def ask_mask_plan(principal: Principal, plan: MaskPlan, *, reason: str, version: int, now: datetime) -> Request:
    """Ask that a plan may run. A second person approves."""
    principal.require("lifecycle.mask", plan.organization_id)
    reason = checked_text(reason, name="reason", limit=4000, needed=True)
    with recording(principal, "lifecycle.ask_mask_plan", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, version)
        if row.is_approved:
            raise Conflict("lifecycle.mask_approved_already")
        asked = requests.submit(
            principal,
            kind=MASK_PLAN_KIND.name,
            organization_id=row.organization_id,
            payload={"plan": str(row.pk), "digest": row.digest, "version": row.version},
            summary={"code": "lifecycle.request_mask_plan", "fields": {"name": row.name}},
            reason=reason,
            now=now,
        )
        entry.about(row.pk, asked.pk)
    return asked


def _approve(principal: Principal, request: Request, now: datetime) -> None:
    if principal.person_id == request.requester_id:
        raise InputError("lifecycle.second_person")
    row = MaskPlan.objects.select_for_update().get(pk=request.payload["plan"])
    if row.version != request.payload["version"] or row.digest != request.payload["digest"]:
        raise Conflict("lifecycle.changed_meanwhile")
    row.approved_digest, row.approved_by_id, row.approved_at = row.digest, principal.person_id, now
    row.version += 1
    row.save(update_fields=["approved_digest", "approved_by", "approved_at", "version"])


def _check(principal: Principal, request: Request, now: datetime) -> None:
    del principal, now
    rows = MaskPlan.objects.filter(pk=request.payload.get("plan"), organization_id=request.organization_id, ended_at=None)
    if not rows.filter(digest=request.payload.get("digest")).exists():
        raise Conflict("lifecycle.changed_meanwhile")


MASK_PLAN_KIND: Final = RequestKind(
    name="lifecycle.mask_plan",
    title="lifecycle.request_mask_plan_title",
    action="lifecycle.mask",
    apply=_approve,
    check=_check,
    route=(StepSpec(1, Role.CHIEF_OFFICER),),
)


# --------------------------------------------------------------------------------------------------------------- runs


def begin_mask_run(principal: Principal, plan: MaskPlan, *, now: datetime) -> MaskRun:
    """Have a job mask and prove. Raises Conflict unless the plan, as it is, was approved."""
    principal.require("lifecycle.mask", plan.organization_id)
    with recording(principal, "lifecycle.begin_mask_run", now=now, organization_id=plan.organization_id) as entry:
        row = _plan(plan, None)
        if not row.is_approved:
            raise Conflict("lifecycle.mask_not_approved")
        if row.runs.filter(state=MaskRunState.WAITING).exists():
            raise Conflict("lifecycle.mask_running")
        made = MaskRun.objects.create(
            organization_id=row.organization_id, plan=row, text=row.text, digest=row.digest, person_id=principal.person_id, at=now
        )
        made.job = jobs.enqueue(principal, MASK_RUN, now=now, payload={"run": str(made.pk)}, organization_id=row.organization_id)
        made.save(update_fields=["job"])
        entry.about(row.pk, made.pk)
        entry.fact(digest=row.digest)
    return made


def run_mask(context: JobContext) -> dict[str, Any]:
    """The job. The target is published whole or not at all; a run that is repeated after a crash begins anew."""
    run = MaskRun.objects.select_related("plan__source_store", "plan__target_store", "organization").get(
        pk=context.payload["run"]
    )
    if run.state != MaskRunState.WAITING:
        return {"holds": run.proof_holds}
    plan, bound = run.plan, load("masking")

    def secret(store: DataStore) -> str:
        return secrets_of.read(settings.CONFIG.keys, store.pk)

    target = plan.target.replace("{date}", f"{timezone.localtime(run.at):%Y%m%d-%H%M%S}")
    before = plan.runs.filter(state=MaskRunState.DONE).exclude(pk=run.pk).order_by("-at").first()
    places = ((plan.source_store, plan.source), (plan.target_store, target))
    shown = [shown_as(store, path) for store, path in places]
    try:
        located = [bound.location_of(store, path, secret=secret(store)) for store, path in places]
        with bound.called(*zip(located, shown, strict=True)):
            done = bound.mask(
                bound.checked_plan(run.text),
                *located,
                folder=settings.CONFIG.keys,
                organization_id=run.organization_id,
                organization=run.organization.name,
                expected=before.result.get("keys", []) if before else [],
                language="ja",
                fictional=run.organization.is_fictional,
                shown=tuple(shown),
                now=timezone.localtime(context.now),
                tell=lambda _table, rows: context.progress(rows, 0),
            )
    except Unavailable:
        raise
    except SekishoError as error:
        MaskRun.objects.filter(pk=run.pk).update(state=MaskRunState.FAILED, error=error.as_dict(), finished_at=context.now)
        raise
    _finish(context, run, done)
    return {"holds": done.holds}


def _finish(context: JobContext, run: MaskRun, done: Any) -> None:
    now = context.now
    with recording(context.principal, "lifecycle.mask_run", now=now, organization_id=run.organization_id) as entry:
        MaskRun.objects.filter(pk=run.pk).update(
            state=MaskRunState.DONE,
            result={**done.result, "keys": done.keys},
            proof=done.proof,
            proof_holds=done.holds,
            report=done.report,
            error=None,
            finished_at=now,
        )
        entry.about(run.plan_id, run.pk)
        entry.fact(holds=done.holds, digest=run.digest)
    subject = run.plan.source_store.subject or subject_queries.organization_subject(run.organization_id)
    if subject is None or subject.retired_at is not None:
        return
    made = msgspec.structs.replace(
        done.observation,
        subject=msgspec.structs.replace(done.observation.subject, kind=subject.kind, name=subject.name),
        scope=tuple(f"{run.plan_id}:{one}" for one in done.observation.scope),
        findings=tuple(
            msgspec.structs.replace(
                one,
                scope=f"{run.plan_id}:{one.scope}",
                fingerprint=hashlib.sha256(f"{run.plan_id}:{one.fingerprint}".encode()).hexdigest(),
            )
            for one in done.observation.findings
        ),
    )
    evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now)


def sign_mask_run(principal: Principal, run: MaskRun, *, now: datetime) -> MaskRun:
    """The 保護管理者 has read the report and signs for it: somebody else than who ran it, and only when the proof holds."""
    principal.require("lifecycle.sign", run.organization_id)
    with recording(principal, "lifecycle.sign_mask_run", now=now, organization_id=run.organization_id) as entry:
        row = MaskRun.objects.select_for_update().get(pk=run.pk)
        if row.proof_holds is not True:
            raise Conflict("lifecycle.mask_not_proven")
        if row.signed_at is not None:
            raise Conflict("lifecycle.signed_already")
        if principal.person_id is None or principal.person_id == row.person_id:
            raise Conflict("lifecycle.sign_own")
        row.signed_by_id, row.signed_at = principal.person_id, now
        row.save(update_fields=["signed_by", "signed_at"])
        entry.about(row.plan_id, row.pk)
        report = hashlib.sha256(msgspec.json.encode(row.report, order="deterministic")).hexdigest()
        entry.fact(digest=row.digest, report=report)
    return row
