"""What people change on the drawn diagram of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.systemdiagram import decode_edits
from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import AnswerChange, Case, CaseState, DiagramConfirmation, MemberPart
from sekisho.records.procurement.queries.diagram import confirmations_of
from sekisho.records.procurement.rules.editing import checked_json

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["confirm_parts", "save_diagram"]

_MOST: Final = 400_000  # bytes as JSON


def save_diagram(principal: Principal, case: Case, *, edits: Mapping[str, Any], base_version: int, now: datetime) -> Case:
    """Save all changes on the diagram (``engines.systemdiagram.Edits`` as JSON), made from ``base_version`` of the diagram.

    Raises Conflict ``procurement_cases.diagram_changed`` when somebody saved meanwhile, ``procurement.frozen`` after the notice;
    InputError ``diagram.*`` for what are no edits.
    """
    checked_json(edits, name="diagram", limit=_MOST)
    plain = msgspec.json.decode(msgspec.json.encode(decode_edits(msgspec.json.encode(edits))))
    with recording(principal, "procurement.save_diagram", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("edition", "organization").get(pk=case.pk)
        if found.state != CaseState.PREPARING:
            raise Conflict("procurement.frozen", number=found.number)
        queries.require_part(principal, found, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
        if base_version > found.diagram_version:
            raise InputError("procurement_cases.version_ahead", given=base_version, version=found.diagram_version)
        if base_version != found.diagram_version and plain != found.diagram:
            last = queries.changes(found).filter(key="diagram").order_by("-at").first()
            raise Conflict("procurement_cases.diagram_changed", who=last.person.name if last and last.person else "")
        if plain != found.diagram:
            AnswerChange.objects.create(
                case=found,
                version=found.answers_version,
                key="diagram",
                before=found.diagram,
                after=plain,
                person_id=principal.person_id,
                at=now,
            )
            found.diagram, found.diagram_version, found.changed_at = plain, found.diagram_version + 1, now
            found.save(update_fields=["diagram", "diagram_version", "changed_at"])
        entry.about(found.pk)
        entry.fact(version=found.diagram_version)
    return found


def confirm_parts(principal: Principal, case: Case, *, parts: Mapping[str, str], now: datetime, confirmed: bool = True) -> int:
    """Say that a person looked at parts that the program drew, or (``confirmed`` false) take that back. Returns how many changed.

    ``parts``: id → fingerprint as it was shown (``queries.confirmations_of``). A part counts as confirmed until the tasks, or
    somebody's changes, make another of it. Raises Conflict ``procurement_cases.part_changed`` when that happened meanwhile,
    ``procurement.frozen`` after the notice; InputError ``procurement_cases.diagram_unknown``.
    """
    if not parts:
        raise InputError("procurement_cases.no_parts")
    with recording(principal, "procurement.confirm_diagram", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("edition", "organization").get(pk=case.pk)
        if found.state != CaseState.PREPARING:
            raise Conflict("procurement.frozen", number=found.number)
        queries.require_part(principal, found, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
        present = confirmations_of(found)
        for name, seen in parts.items():
            if name not in present.parts:
                raise InputError("procurement_cases.diagram_unknown", id=name[:80])
            if present.parts[name] != seen:
                raise Conflict("procurement_cases.part_changed")
        wanted = {name: seen for name, seen in parts.items() if (name in present.confirmed) != confirmed}
        DiagramConfirmation.objects.filter(case=found, part__in=wanted).delete()
        if confirmed:
            DiagramConfirmation.objects.bulk_create(
                DiagramConfirmation(case=found, part=name, fingerprint=seen, person_id=principal.person_id, at=now)
                for name, seen in wanted.items()
            )
        entry.about(found.pk)
        entry.fact(parts=wanted, confirmed=confirmed)
    return len(wanted)
