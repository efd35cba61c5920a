"""Looking again whether what was reported gone is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle.actions.deletion_runs import secret_of
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import ErasedPlace, ErasedState
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.rules.deleting import BY_MACHINE

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.lifecycle.models import Deletion
    from sekisho.records.organization.principals import Principal

__all__ = ["verify_deletion"]


def verify_deletion(principal: Principal, deletion: Deletion, *, now: datetime) -> dict[str, int]:
    """Look again whether everything that was reported gone is gone: how many copies are gone, left, or cannot be looked at.

    Raises Unavailable when a store cannot be reached.
    """
    from sekisho.engines.deletion import Outcome  # noqa: PLC0415 - an engine

    principal.require("lifecycle.execute", deletion.organization_id)
    door = load("deleting")
    counted = {"gone": 0, "left": 0, "not_checked": 0, "unreachable": 0}
    with recording(principal, "lifecycle.verify_deletion", now=now, organization_id=deletion.organization_id) as entry:
        for one in queries.erased_places(deletion).filter(state=ErasedState.DONE):
            if one.place.kind not in BY_MACHINE or one.report is None:
                counted["not_checked"] += 1
                continue
            kept = msgspec.json.decode(evidence.artifact_store().read(one.report.sha256))
            outcome = msgspec.convert(kept["outcome"], Outcome)
            with door.reached(one.place, method=deletion.method, secret=secret_of(one.place)) as place:
                verified = door.verify(place, outcome)
            counted[verified.result] += 1
            ErasedPlace.objects.filter(pk=one.pk).update(verified={**door.shown(verified), "at": now.isoformat()})
        entry.about(deletion.pk)
        entry.fact(**counted)
    return counted
