"""Which rules hold for a procurement: the agreement on government procurement, invitations, small contracts, an assembly.

Every answer is yes, no or unknown and says by which figure. What no table knows stays unknown; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.schedule.days import fiscal_year
from sekisho.engines.schedule.model import Check, ScheduleInputs, Source
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.standards.procurement_calendar import AmountLimit, BodyRegime, Calendar, ThresholdTable

__all__ = ["body_row", "holds", "known_facts", "stated_facts"]

_AS_GOODS: Final = "lease"
_INVITED: Final = frozenset({"goods", "lease", "services"})


def holds(when: dict[Any, tuple[str, ...]], facts: dict[str, str]) -> bool:
    """Whether every fact that the condition asks has one of the wanted answers."""
    return all(facts.get(name) in wanted for name, wanted in when.items())


def body_row(inputs: ScheduleInputs, rules: Calendar) -> BodyRegime:
    """The rules that bind the body; InputError when the kind of body or its class of municipality is unknown."""
    rows = rules.regimes(inputs.body)
    if not rows:
        raise InputError("schedule.unknown_body", body=inputs.body)
    found = next((row for row in rows if row.municipality == inputs.municipality), None)
    if found is None:
        known = ", ".join(row.municipality for row in rows)
        raise InputError("schedule.unknown_municipality", body=inputs.body, municipality=inputs.municipality, known=known)
    return found


def stated_facts(inputs: ScheduleInputs, row: BodyRegime) -> dict[str, str]:
    """The facts that the inputs say themselves; what the amount decides is "unknown" as yet."""
    return {
        "assembly": "unknown",
        "award": inputs.award,
        "body": inputs.body,
        "budget": "needed" if inputs.budget_needed else "secured",
        "high_security": _yes(inputs.high_security),
        "kind": inputs.kind,
        "method": inputs.method,
        "municipality": row.municipality,
        "off_the_shelf": inputs.off_the_shelf,
        "opinions": "yes",
        "prior_notice": _yes(inputs.prior_notice),
        "regime": row.regime,
        "renotice": _yes(inputs.renotice),
        "rfi": "yes",
        "scr": _yes(inputs.scr),
        "treaty": "unknown",
        "urgent": _yes(inputs.urgent),
        "voluntary_50": _yes(inputs.voluntary_50),
    }


def known_facts(
    inputs: ScheduleInputs, row: BodyRegime, rules: Calendar, contract_day: date
) -> tuple[dict[str, str], tuple[Check, ...]]:
    """All facts, with the decisions that made them. ``contract_day``: the tables hold for contracts concluded in their period."""
    facts = stated_facts(inputs, row)
    table = next((t for t in rules.thresholds if t.first_day <= contract_day <= t.last_day), None)
    treaty = _treaty(inputs, row, table, contract_day)
    invitations = _invitations(inputs, row, table, contract_day)
    small = _small(inputs, rules, facts)
    assembly = _assembly(inputs, rules, facts)
    facts["treaty"], facts["assembly"] = treaty.answer, assembly.answer
    # On the safe side: what is not known is planned for, and the check says so.
    facts["rfi"] = facts["opinions"] = "no" if invitations.answer == "no" else "yes"
    checks = [treaty, invitations, small, assembly]
    if inputs.method == "negotiated" and treaty.answer != "no":
        checks.append(Check(code="schedule.hint_negotiated_treaty"))
    return facts, tuple(checks)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _source(rule: AmountLimit | ThresholdTable) -> Source:
    return Source(basis=rule.basis, verified=rule.verified, confidence=rule.confidence, item=rule.item)


def _treaty(inputs: ScheduleInputs, row: BodyRegime, table: ThresholdTable | None, day: date) -> Check:
    if row.agency is None:
        if inputs.treaty == "yes":
            raise InputError("schedule.treaty_not_for_body", body=inputs.body)
        return Check(code="schedule.treaty_not_for_body", answer="no", fields={"body": inputs.body})
    if inputs.treaty != "auto":
        return Check(code=f"schedule.treaty_stated_{inputs.treaty}", answer=inputs.treaty)
    if table is None:
        return Check(code="schedule.treaty_year_unknown", answer="unknown", fields=_year(day))
    return _by_amount(inputs, row, table)


def _by_amount(inputs: ScheduleInputs, row: BodyRegime, table: ThresholdTable) -> Check:
    kind = "goods" if inputs.kind == _AS_GOODS else inputs.kind
    rows = [r for r in table.rows if r.agency == row.agency and r.kind == kind]
    amounts = sorted(r.treaty_yen for r in rows)
    fields: dict[str, Any] = {
        "amount": inputs.amount_yen,
        "limit": amounts[0],
        "sdr": min(r.treaty_sdr for r in rows),
        "first_day": table.first_day.isoformat(),
        "last_day": table.last_day.isoformat(),
    }
    voluntary = [r.voluntary_yen for r in rows if r.voluntary_yen is not None]
    if inputs.amount_yen < amounts[0]:
        name, answer = "below", "no"
        if voluntary and inputs.amount_yen >= min(voluntary):
            name, answer, fields["limit"] = "voluntary_only", "unknown", min(voluntary)
    elif inputs.amount_yen < amounts[-1]:
        name, answer, fields["upper"] = "group_unsure", "unknown", amounts[-1]
    elif row.coverage == "partial":
        name, answer = "body_unsure", "unknown"
    else:
        name, answer = "applies", "yes"
    return Check(code=f"schedule.treaty_{name}", answer=answer, fields=fields, source=_source(table))


def _invitations(inputs: ScheduleInputs, row: BodyRegime, table: ThresholdTable | None, day: date) -> Check:
    if inputs.invitations != "auto":
        return Check(code=f"schedule.invitations_stated_{inputs.invitations}", answer=inputs.invitations)
    if row.agency not in {"central", "other"} or inputs.kind not in _INVITED:
        return Check(code="schedule.invitations_not_for_body", answer="no")
    if table is None:
        return Check(code="schedule.invitations_year_unknown", answer="unknown", fields=_year(day))
    answer = _yes(inputs.amount_yen >= table.invitation_yen)
    source = Source(basis=table.invitation_basis, verified=table.invitation_verified, confidence="medium", item="PR17")
    fields = {"amount": inputs.amount_yen, "limit": table.invitation_yen, "sdr": table.invitation_sdr}
    return Check(code=f"schedule.invitations_{answer}", answer=answer, fields=fields, source=source)


def _small(inputs: ScheduleInputs, rules: Calendar, facts: dict[str, str]) -> Check:
    limit = next((r for r in rules.small_limits if holds(r.when, facts)), None)
    if limit is None:
        return Check(code="schedule.small_own_rules", answer="unknown")
    fields: dict[str, Any] = {"amount": inputs.amount_yen, "limit": limit.yen, "as_of": rules.known_as_of}
    allowed = inputs.amount_yen <= limit.yen
    if inputs.method == "negotiated" and inputs.ground_negotiated == "small" and not allowed:
        raise InputError("schedule.small_exceeded", **fields)
    return Check(code=f"schedule.small_{_yes(allowed)}", answer=_yes(allowed), fields=fields, source=_source(limit))


def _assembly(inputs: ScheduleInputs, rules: Calendar, facts: dict[str, str]) -> Check:
    limit = next((r for r in rules.assembly_limits if holds(r.when, facts)), None)
    if limit is not None:
        answer = _yes(inputs.amount_yen >= limit.yen)
        fields = {"amount": inputs.amount_yen, "limit": limit.yen}
        return Check(code=f"schedule.assembly_{answer}", answer=answer, fields=fields, source=_source(limit))
    alike = list(_same_kind(rules.assembly_limits, facts))
    if alike and inputs.amount_yen >= min(alike):  # a body without a row of its own, from the lowest of all on
        return Check(code="schedule.assembly_unsure", answer="unknown", fields={"amount": inputs.amount_yen, "limit": min(alike)})
    return Check(code="schedule.assembly_not_asked", answer="no")


def _same_kind(limits: tuple[AmountLimit, ...], facts: dict[str, str]) -> Iterator[int]:
    for limit in limits:
        if holds({name: wanted for name, wanted in limit.when.items() if name in {"regime", "kind"}}, facts):
            yield limit.yen


def _year(day: date) -> dict[str, Any]:
    return {"fiscal_year": fiscal_year(day), "date": day.isoformat()}
