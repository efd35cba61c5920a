"""The evaluation sheet and the numbering of a case, while it is prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import Case, CaseState, MemberPart
from sekisho.records.procurement.queries import outputs as output_queries
from sekisho.records.procurement.rules.editing import checked_json
from sekisho.records.procurement.writing import checked_criteria, criteria_from

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["choose_numbering", "save_criteria"]

_MOST: Final = 1_000_000  # bytes of a sheet as JSON


def _locked(principal: Principal, case: Case) -> Case:
    found = Case.objects.select_for_update(of=("self",)).select_related("edition", "organization").get(pk=case.pk)
    if found.state != CaseState.PREPARING:
        raise Conflict("procurement.frozen", number=found.number)
    queries.require_part(principal, found, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
    return found


def save_criteria(
    principal: Principal, case: Case, *, criteria: Sequence[Mapping[str, Any]], base_version: int, now: datetime
) -> Case:
    """Keep the evaluation sheet as it was edited; an empty list goes back to what the rules propose.

    Raises InputError ``procurement_outputs.wrong_criteria`` with every fault (points exist only under 総合評価), Conflict
    ``procurement_outputs.criteria_changed`` when somebody else saved meanwhile, ``procurement.frozen`` after the notice.
    """
    checked_json([dict(row) for row in criteria], name="criteria", limit=_MOST)
    try:
        wanted = criteria_from([dict(row) for row in criteria])
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        problem = Problem("derivation.wrong_field", {"detail": message}, column=path.strip("`$.") or ".")
        raise InputError("procurement_outputs.wrong_criteria", problems=(problem,), count=1) from error
    with recording(principal, "procurement.save_criteria", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        if found.version != base_version:
            raise Conflict("procurement_outputs.criteria_changed")
        derivation = queries.derivation_of(found)
        award = next((str(a.value) for a in derivation.answers if a.question == "award" and a.value), "")
        checked_criteria(wanted, clauses=frozenset(c.id for c in derivation.included), award=award)
        found.criteria = msgspec.to_builtins(wanted)
        found.version, found.changed_at = found.version + 1, now
        found.save(update_fields=["criteria", "version", "changed_at"])
        entry.about(found.pk)
        entry.fact(count=len(wanted), points=sum(criterion.points for criterion in wanted))
    return found


def choose_numbering(principal: Principal, case: Case, *, numbering: str, now: datetime) -> Case:
    """Number the clauses in that style: a built-in one, or the id of one of the organisation's own.

    Raises NotFound ``procurement_outputs.unknown_numbering``.
    """
    with recording(principal, "procurement.choose_numbering", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        output_queries.numbering_of(found, numbering)
        found.numbering, found.changed_at = numbering, now
        found.save(update_fields=["numbering", "changed_at"])
        entry.about(found.pk)
        entry.fact(numbering=numbering)
    return found
