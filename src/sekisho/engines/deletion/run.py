"""From a plan to a record: prepared by a dry run, approved by its code, executed within limits, verified at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import rfc8785

from sekisho.engines.deletion.files import QUARANTINE
from sekisho.engines.deletion.journal import Journal
from sekisho.engines.deletion.model import Files, Guard, Listing, Outcome, Statement, Target, Verification
from sekisho.engines.deletion.plan import Plan, decided, plan_hash, rules_hash
from sekisho.engines.deletion.quarantine import aside, bring_back, clear_away, set_aside
from sekisho.engines.deletion.record import SCHEMA, DeletionRecord, TargetRecord, record_hash
from sekisho.engines.deletion.targets import Resources, check_limits, erase_target, list_target, verify_target
from sekisho.engines.deletion.tree import reach
from sekisho.engines.retention import Decision, Hold, State, decision_dict
from sekisho.errors import Conflict, InputError, Problem, SekishoError
from sekisho.standards.retention_rules import RetentionRules

__all__ = ["Prepared", "execute", "finish", "prepare", "restore", "verify_record"]

_SHORT: Final = 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a dry run found. ``code`` is what is approved: plan, rules and contents; ``problems``: why it may not run now."""

    plan: Plan
    decision: Decision | None
    listings: tuple[Listing, ...]
    code: str
    problems: tuple[Problem, ...]

    @property
    def run(self) -> str:
        """The id of the run: the same plan with the same approval is the same run."""
        return f"{self.plan.id}-{self.code[:8]}"


def prepare(
    plan: Plan,
    resources: Resources,
    *,
    on: date,
    rules: RetentionRules,
    holds: tuple[Hold, ...] = (),
    begun: dict[str, Listing] | None = None,
) -> Prepared:
    """The dry run of a whole plan. Changes nothing.

    ``begun``: the listings with which an interrupted run began (of its journal); they stand for what is partly gone.
    Raises InputError, NotFound, Conflict or Unavailable where a target cannot be listed.
    """
    decision = decided(plan, on=on, rules=rules, holds=holds)
    earlier = begun or {}
    listings = tuple(earlier.get(target.id) or list_target(target, resources) for target in plan.targets)
    problems = _obstacles(plan, decision)
    try:
        check_limits(listings, plan.limits)
    except Conflict as error:
        problems += error.problems
    contents = hashlib.sha256("".join(f"{one.target}:{one.digest}\n" for one in listings).encode()).hexdigest()
    code = "-".join(part[:_SHORT] for part in (plan_hash(plan), rules_hash(decision), contents))
    return Prepared(plan, decision, listings, code, problems)


def _obstacles(plan: Plan, decision: Decision | None) -> tuple[Problem, ...]:
    """Why the retention rules forbid it on this day."""
    if decision is None:
        return ()
    found = []
    if decision.state not in {State.DUE, State.MUST_DELETE}:
        last = decision.last_day_kept.isoformat() if decision.last_day_kept else "–"
        found.append(Problem("deletion.not_due", {"state": decision.state.value, "last": last}))
    for one in decision.explanations:
        if one.rule_class != "must_delete" and not one.certain:
            fields = {"kind": one.kind, "questions": ", ".join((*one.open_questions, *one.missing)) or "–"}
            found.append(Problem("deletion.not_certain", fields))
    if plan.restore_days and decision.state is State.MUST_DELETE:
        found.append(Problem("deletion.no_restore_window"))
    return tuple(found)


def execute(
    prepared: Prepared,
    resources: Resources,
    *,
    approved: str,
    guard: Guard,
    journal: Path,
    clock: Callable[[], datetime],
) -> DeletionRecord:
    """Delete what was approved, target after target, and look again; a stop ends the run, and the record says how far it came.

    ``approved``: the code that was approved. ``clock`` says the time with its zone. An interrupted run goes on from ``journal``.
    Raises Conflict ``deletion.approval_stale`` (which part), ``deletion.not_now`` (its problems), ``deletion.no_approval``.
    """
    plan = prepared.plan
    _check_approval(prepared, approved)
    _check_recordable(prepared)
    started = clock()
    rows: list[TargetRecord] = []
    stopped = False
    with Journal(journal, run=prepared.run, plan=approved) as kept:
        resumed = kept.resumed
        for target, listing in zip(plan.targets, prepared.listings, strict=True):
            if stopped:
                rows.append(TargetRecord(target=target, error={"code": "deletion.run_stopped", "fields": {}}))
                continue
            row = _one(plan, target, listing, resources, guard=guard, journal=kept, run=prepared.run)
            stopped = row.outcome is not None and row.outcome.stopped is not None
            rows.append(row)
    assert plan.approval is not None
    finished = clock()
    made = DeletionRecord(
        schema=SCHEMA, run=prepared.run, plan=plan.id, title=plan.title, reason=plan.reason,
        no_statutory_period=plan.no_statutory_period, plan_hash=plan_hash(plan), approved_code=approved, approval=plan.approval,
        executor=plan.executor, responsible=plan.responsible, witness=plan.witness, started_at=started, finished_at=finished,
        state=_state(rows, restorable=bool(plan.restore_days)),
        decision=decision_dict(prepared.decision) if prepared.decision else None, sources=dict(plan.sources), targets=tuple(rows),
        resumed=resumed, restore_until=finished + timedelta(days=plan.restore_days) if plan.restore_days else None,
    )  # fmt: skip
    return msgspec.structs.replace(made, sha256=record_hash(made))


def _check_approval(prepared: Prepared, approved: str) -> None:
    if prepared.plan.approval is None or not approved:
        raise Conflict("deletion.no_approval")
    parts = ("plan", "rules", "contents")
    for part, then, now in zip(parts, approved.split("-"), prepared.code.split("-"), strict=False):
        if then != now:
            raise Conflict("deletion.approval_stale", part=part)
    if approved != prepared.code:
        raise Conflict("deletion.approval_stale", part="plan")
    if prepared.problems:
        raise Conflict("deletion.not_now", problems=prepared.problems, count=len(prepared.problems))


def _check_recordable(prepared: Prepared) -> None:
    """Nothing goes that could not be written down afterwards (numbers beyond JSON's, texts that are no Unicode)."""
    try:
        rfc8785.dumps(msgspec.to_builtins((prepared.plan, prepared.listings)))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, ValueError) as error:
        raise Conflict("deletion.not_recordable", kind=type(error).__name__) from error


def _one(
    plan: Plan, target: Target, listing: Listing, resources: Resources, *, guard: Guard, journal: Journal, run: str
) -> TargetRecord:
    try:
        outcome: Outcome
        if plan.restore_days and isinstance(target, Files):
            outcome = set_aside(target, listing, run=run, guard=guard)
            return TargetRecord(target=target, outcome=outcome)
        outcome = erase_target(target, listing, resources, guard=guard, journal=journal)
    except SekishoError as error:
        return TargetRecord(target=target, error={"code": error.code, "fields": _plain(error.fields)})
    try:
        return TargetRecord(target=target, outcome=outcome, verification=verify_target(target, outcome.items, resources))
    except SekishoError as error:  # it is gone or not; only nobody could look
        return TargetRecord(target=target, outcome=outcome, error={"code": error.code, "fields": _plain(error.fields)})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int) else str(value)[:200] for name, value in fields.items()}


def _state(rows: list[TargetRecord], *, restorable: bool) -> str:
    outcomes = [row.outcome for row in rows]
    if any(one is not None and one.stopped is not None for one in outcomes):
        return "stopped"
    if restorable:
        return "quarantined" if all(one is not None and one.achieved == "quarantined" for one in outcomes) else "partial"
    sound = all(row.outcome is not None and row.outcome.complete and _gone(row) for row in rows)
    return "complete" if sound else "partial"


def _gone(row: TargetRecord) -> bool:
    return row.verification is not None and row.verification.result in {"gone", "not_checked"}


def finish(
    record: DeletionRecord, *, guard: Guard, journal: Path, clock: Callable[[], datetime], early: bool = False
) -> DeletionRecord:
    """Delete what was set aside, after its window (``early``: before). Returns the new record, which takes the old one's place.

    Raises Conflict ``deletion.not_quarantined``, ``deletion.window_open``.
    """
    now = clock()
    if record.state != "quarantined" or record.restore_until is None:
        raise Conflict("deletion.not_quarantined", state=record.state)
    if now < record.restore_until and not early:
        raise Conflict("deletion.window_open", until=record.restore_until.isoformat())
    rows = []
    with Journal(journal, run=record.run, plan=record.approved_code) as kept:
        for row in record.targets:
            assert isinstance(row.target, Files)
            there = aside(row.target, record.run)
            listing = kept.listings.get(there.id) or list_target(there)
            outcome = erase_target(there, listing, guard=guard, journal=kept)
            clear_away(row.target, record.run)
            rows.append(TargetRecord(target=there, outcome=outcome, verification=_looked(there, outcome)))
    made = msgspec.structs.replace(
        record, targets=tuple(rows), finished_at=clock(), state=_state(rows, restorable=False), restore_until=None, sha256=""
    )
    return msgspec.structs.replace(made, sha256=record_hash(made))


def _looked(target: Files, outcome: Outcome) -> Verification:
    """Look again. The folder of a quarantine is itself gone in the end; the root it lay in must be there."""
    base, quarantined, _ = target.root.partition(f"/{QUARANTINE}/")
    if quarantined:
        with reach(base, ()):
            pass
        if not Path(target.root).exists():
            gone = sum(i.state in {"done", "gone"} for i in outcome.items)
            said = Statement(code="deletion.checked_root", fields={"root": target.root})
            return Verification(target=target.id, result="gone", checked=gone, total=gone, checks=(said,))
    return verify_target(target, outcome.items)


def restore(record: DeletionRecord, *, clock: Callable[[], datetime]) -> DeletionRecord:
    """Bring everything back that was set aside. Raises Conflict ``deletion.not_quarantined``, ``deletion.restore_in_the_way``."""
    if record.state != "quarantined":
        raise Conflict("deletion.not_quarantined", state=record.state)
    rows = []
    for row in record.targets:
        assert isinstance(row.target, Files)
        assert row.outcome is not None
        back = bring_back(row.target, record.run)
        outcome = msgspec.structs.replace(row.outcome, achieved="none", items=back)
        rows.append(msgspec.structs.replace(row, outcome=outcome))
    made = msgspec.structs.replace(
        record, targets=tuple(rows), finished_at=clock(), state="restored", restore_until=None, sha256=""
    )
    return msgspec.structs.replace(made, sha256=record_hash(made))


def verify_record(record: DeletionRecord, resources: Resources) -> tuple[TargetRecord, ...]:
    """Look again at everything that the record reports gone. Raises InputError for a record of something set aside."""
    if record.state in {"quarantined", "restored"}:
        raise InputError("deletion.nothing_deleted", state=record.state)
    rows = []
    for row in record.targets:
        if row.outcome is None:
            rows.append(row)
            continue
        try:
            rows.append(msgspec.structs.replace(row, verification=_looked_with(row, resources), error=None))
        except SekishoError as error:
            rows.append(
                msgspec.structs.replace(row, verification=None, error={"code": error.code, "fields": _plain(error.fields)})
            )
    return tuple(rows)


def _looked_with(row: TargetRecord, resources: Resources) -> Verification:
    assert row.outcome is not None
    if isinstance(row.target, Files):
        return _looked(row.target, row.outcome)
    return verify_target(row.target, row.outcome.items, resources)
